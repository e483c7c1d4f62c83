// Two stacks of gVisor's netstack, joined by a pipe of Ethernet frames in memory, and their connections.
package main

import (
	"bytes"
	"fmt"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const (
	nic         = 1
	port        = 7
	bufferBytes = 256 << 10
	clientAddr  = tcpip.Address("\x0a\x00\x00\x01")
	serverAddr  = tcpip.Address("\x0a\x00\x00\x02")
)

func expect(err tcpip.Error, what string) {
	if err != nil {
		panic(fmt.Sprintf("netstack: %s: %s", what, err))
	}
}

func isWait(err tcpip.Error) bool {
	_, ok := err.(*tcpip.ErrWouldBlock)
	return ok
}

// newStack is a host with that address. Time stamps, SACK, window scale and checksums in software are on.
func newStack(link stack.LinkEndpoint, address tcpip.Address) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	sack := tcpip.TCPSACKEnabled(true)
	expect(s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack), "SACK")
	send := tcpip.TCPSendBufferSizeRangeOption{Min: 4096, Default: bufferBytes, Max: 4 << 20}
	expect(s.SetTransportProtocolOption(tcp.ProtocolNumber, &send), "send buffer")
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4096, Default: bufferBytes, Max: 4 << 20}
	expect(s.SetTransportProtocolOption(tcp.ProtocolNumber, &receive), "receive buffer")

	expect(s.CreateNIC(nic, ethernet.New(link)), "link")
	own := tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: address, PrefixLen: 24},
	}
	expect(s.AddProtocolAddress(nic, own, stack.AddressProperties{}), "address")
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: nic}})
	return s
}

// socket is an endpoint and what tells that it can be read.
type socket struct {
	endpoint tcpip.Endpoint
	readable chan struct{}
	entry    waiter.Entry
}

func newSocket(endpoint tcpip.Endpoint, queue *waiter.Queue) *socket {
	s := &socket{endpoint: endpoint}
	endpoint.SocketOptions().SetDelayOption(false)
	s.entry, s.readable = waiter.NewChannelEntry(waiter.ReadableEvents | waiter.EventHUp)
	queue.EventRegister(&s.entry)
	return s
}

// write takes as much as there is room for.
func (s *socket) write(text []byte) int {
	count, err := s.endpoint.Write(bytes.NewReader(text), tcpip.WriteOptions{})
	if err != nil && !isWait(err) {
		expect(err, "write")
	}
	return int(count)
}

// sink is where bytes are read to.
type sink []byte

func (s sink) Write(text []byte) (int, error) { return copy(s, text), nil }

// read copies out all that is there; ended: the other end has closed.
func (s *socket) read(to sink) (total int, ended bool) {
	for {
		result, err := s.endpoint.Read(to, tcpip.ReadOptions{})
		if isWait(err) {
			return total, false
		}
		if _, ok := err.(*tcpip.ErrClosedForReceive); ok {
			return total, true
		}
		expect(err, "read")
		total += result.Count
	}
}

// pair is both ends of a connection.
type pair struct{ client, server *socket }

type hosts struct {
	client, server *stack.Stack
	listener       *socket
}

func newHosts(mtu uint32) *hosts {
	// The Ethernet header counts as a part of the pipe's MTU.
	near, far := pipe.New("\x02\x00\x00\x00\x00\x01", "\x02\x00\x00\x00\x00\x02", mtu+header.EthernetMinimumSize)
	h := &hosts{client: newStack(near, clientAddr), server: newStack(far, serverAddr)}
	var queue waiter.Queue
	endpoint, err := h.server.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &queue)
	expect(err, "listener")
	expect(endpoint.Bind(tcpip.FullAddress{Port: port}), "bind")
	expect(endpoint.Listen(1024), "listen")
	h.listener = newSocket(endpoint, &queue)
	return h
}

func (h *hosts) open() pair {
	var queue waiter.Queue
	endpoint, err := h.client.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &queue)
	expect(err, "socket")
	client := newSocket(endpoint, &queue)
	err = endpoint.Connect(tcpip.FullAddress{NIC: nic, Addr: serverAddr, Port: port})
	if _, ok := err.(*tcpip.ErrConnectStarted); !ok {
		expect(err, "connect")
	}
	for {
		accepted, acceptedQueue, err := h.listener.endpoint.Accept(nil)
		if err == nil {
			return pair{client, newSocket(accepted, acceptedQueue)}
		}
		if !isWait(err) {
			expect(err, "accept")
		}
		<-h.listener.readable
	}
}
