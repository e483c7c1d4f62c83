// One machine: links, neighbours, IPv4 and IPv6, ICMP, UDP and TCP, driven by four verbs (absorb,
// emit, on_time, and the calls of its applications). A host never asks for the time, never blocks,
// never calls back, and belongs to one thread.
//
//   IN    absorb(link, burst, now)     frames change state; nothing is sent
//   OUT   emit(link, frames, max, now) the only door out
//   TIME  deadline(), on_time(now)     sleep until the deadline, then tell the time
//   CALL  connect, write, read, ...    change queues and state; the next emit speaks
//
// `now` never goes back from one verb to the next. A host is a value: its copy goes on by itself
// (sharing only buffers that nobody writes), and equal states have equal digests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/socket_calls.h"
#include "wire/ndp.h"

namespace acksu {

class Host : public SocketCalls {
 public:
  Host(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool);

  // ---- The verbs
  // Takes a burst of frames that arrived by `link`, and out of them what it keeps: slices with
  // text. What is left of the frames means nothing any more.
  void absorb(LinkId link, std::span<Frame> burst, Instant now);
  // Appends up to `max_frames` frames that want to leave by `link`, connections in turn. Returns
  // how many; when it returns `max_frames` there may be more.
  std::size_t emit(LinkId link, std::vector<Frame>& frames, std::size_t max_frames, Instant now);
  // When something is due by itself; `never`: no timer runs. May be early, is never late.
  Instant deadline() const;
  void on_time(Instant now);

  // ---- TCP calls
  // Listens on an address of this host or, when `local.address` is any, on all of them. Port 0
  // takes an ephemeral port. Errors: address_in_use, address_not_available.
  Result<Handle> listen(Endpoint local, ListenOptions options, Instant now);
  // The oldest ready connection. Errors: would_block, bad_handle.
  Result<Handle> accept(Handle listener, Instant now);
  // Starts an active open; `Readiness::connected` or `failed` tells the outcome. Errors:
  // address_not_available, address_in_use, network_unreachable, invalid_argument (port 0; broadcast
  // or multicast, RFC 9293 MUST-46), out_of_memory.
  Result<Handle> connect(Endpoint remote, ConnectOptions options, Instant now);
  // Queues a copy of as many bytes as there is room for; returns how many (> 0). Errors:
  // would_block (no room), is_shut_down, not_connected (before the handshake writes are queued
  // too), out_of_memory, or why the connection failed.
  Result<std::uint32_t> write(Handle connection, Bytes bytes, Instant now);
  // Copies what has arrived in order; 0 means the peer has closed its side and all was read.
  // Errors: would_block, or why the connection failed (once unread text is gone).
  Result<std::uint32_t> read(Handle connection, MutableBytes bytes, Instant now);
  // As `write` without a copy: shares a block of `pool()` until its bytes are acknowledged. Nobody
  // writes in it any more, nor behind them. Also: invalid_argument (another pool's).
  Result<std::uint32_t> write_shared(Handle connection, Slice text, Instant now);
  // As `read` without a copy: views of up to `most` (> 0) bytes, never written; none: the end.
  Result<BufferChain> read_shared(Handle connection, std::uint32_t most, Instant now);
  // Sends a FIN after all that was written; reading goes on (half-close). Errors: bad_handle,
  // not_connected.
  Error shutdown_write(Handle connection, Instant now);
  // Gives the socket up: a connection sends what was written, then FIN; with unread text it resets
  // (RFC 9293 3.10.4 and RFC 2525 2.17). The handle is dead at once, the connection ends by itself.
  // A listener closes with all that nobody has accepted.
  Error close(Handle socket, Instant now);
  // Ends a connection with a reset at once. The handle is dead.
  Error abort(Handle connection, Instant now);
  Error set_options(Handle socket, const ConnectionOptions& options, Instant now);
  // What holds for TCP from now on, as a system's administrator sets it; buffers, options and
  // windows that connections have agreed on stay as they are.
  void set_tcp(const tcp::Settings& settings) { settings_.tcp = settings; }

  // ---- UDP and ICMP calls
  // Errors: address_in_use, address_not_available.
  Result<Handle> open_udp(Endpoint local, const UdpOptions& options, Instant now);
  Result<Handle> open_udp(Endpoint local, Instant now) { return open_udp(local, {}, now); }
  // All options but link and versions. Errors: bad_handle, invalid_argument (another link).
  Error set_udp_options(Handle udp, const UdpOptions& options);
  // Hears and speaks to that peer only from now on; port 0: to everybody again. What others have
  // sent is forgotten. Errors: bad_handle, invalid_argument, network_unreachable.
  Error connect_udp(Handle udp, Endpoint remote);
  // Queues a datagram, in fragments if it is larger than the link and its options allow. Errors:
  // message_too_long, network_unreachable, address_not_available (the source), permission_denied
  // (a broadcast), invalid_argument (no port or address), already_connected (to another peer),
  // bad_handle, out_of_memory.
  Error send_datagram(Handle udp, const DatagramTarget& target, Bytes payload, Instant now);
  Error send_to(Handle udp, Endpoint remote, Bytes payload, Instant now) {
    return send_datagram(udp, {.remote = remote}, payload, now);
  }
  // The oldest datagram, cut to `bytes` (length tells its true size). Errors: would_block,
  // bad_handle; before datagrams, each error of `take_udp_error` that nobody has taken, once.
  Result<Datagram> receive_from(Handle udp, MutableBytes bytes);
  // The oldest ICMP error about what the socket has sent.
  std::optional<DatagramError> take_udp_error(Handle udp);
  // From now on the UDP or raw socket hears what is sent to its port, or by its protocol, in that
  // group on that link, from everybody (RFC 1112); routers are told (IGMP, MLD). The groups of all
  // hosts have to be joined, too. Errors: bad_handle, invalid_argument (no group, another link than
  // the socket's, a link without IPv6), address_in_use (it has joined), out_of_memory (too many).
  Error join_group(Handle socket, const GroupName& name, Instant now);
  // Errors: bad_handle, address_not_available (it has not joined).
  Error leave_group(Handle socket, const GroupName& name, Instant now);

  // ---- Raw IP calls
  // A socket that hears each packet of that protocol which is for this host, besides whatever the
  // host itself does about it: whole again if it came in fragments; of ICMP and ICMPv6 only those
  // with a good checksum. Errors: not_supported (TCP and UDP have sockets of their own),
  // invalid_argument (no protocol; another version's address), address_not_available,
  // out_of_memory (too many raw sockets).
  Result<Handle> open_raw(const RawName& name, const RawOptions& options, Instant now);
  // All options but the link. Errors: bad_handle, invalid_argument.
  Error set_raw_options(Handle raw, const RawOptions& options);
  // Hears and speaks to that peer only from now on; any: to everybody again. What others have sent
  // is forgotten. Errors: bad_handle, invalid_argument, network_unreachable.
  Error connect_raw(Handle raw, IpAddress remote);
  // Queues a packet, in fragments if it is larger than the link and its options allow. Errors: as
  // send_datagram; invalid_argument also for a header that IP does not have.
  Error send_raw(Handle raw, const RawTarget& target, Bytes bytes, Instant now);
  // The oldest packet, cut to `bytes`. Errors: would_block, bad_handle; before packets, each error
  // of `take_raw_error` that nobody has taken, once.
  Result<RawPacket> receive_raw(Handle raw, MutableBytes bytes);
  // The oldest ICMP error about a packet of its protocol that was sent from here.
  std::optional<DatagramError> take_raw_error(Handle raw);

  // Sends an ICMP echo request. Errors: network_unreachable.
  Error ping(IpAddress remote, EchoName name, Bytes payload, Instant now);
  // The oldest answer not yet taken (at most 64 are kept).
  std::optional<EchoReply> next_echo_reply();

  // ---- Addresses and routes: addressing.cpp
  // An address of this host on that link, with the network that it is on; one of IPv6 is ours as
  // soon as nobody else is found to have it. Errors: address_in_use (it is ours already),
  // invalid_argument (also IPv6 on a link that has none), out_of_memory (too many).
  Error add_address(LinkId link, const Prefix& prefix, Instant now);
  // IPv6 from now on, as by settings. Errors: invalid_argument (no link, or its MTU is below 1280).
  Error start_ipv6(LinkId link);
  // Connections keep the address they have, and end by themselves. Errors: address_not_available.
  Error remove_address(LinkId link, IpAddress address, Instant now);
  // Errors: address_in_use (there is one of that prefix and metric), invalid_argument.
  Error add_route(const Prefix& prefix, const RouteTarget& target, Instant now);
  Error remove_route(const Prefix& prefix, std::uint32_t metric, Instant now);
  // Ends PPP on that link, for good.
  void close_line(LinkId link, Instant now);

  // ---- For applications
  // A secret of its own for each who asks: for identifiers that nobody may guess.
  SipKey next_key() { return {application_keys_.next(), application_keys_.next()}; }
  // Asks who uses an address that is to be ours (RFC 5227 section 2.1.1), from now on: nothing
  // answers if nobody does. Errors: invalid_argument.
  Error probe_address(LinkId link, IpAddress address, Instant now);
  // Tells everybody that it is ours now (RFC 5227 section 2.3), and ends the probe.
  void announce_address(LinkId link, IpAddress address);
  // Asks everybody which address this host has there (RARP, RFC 903); what was told before is
  // forgotten. Errors: invalid_argument (no link, or one without MAC addresses).
  Error ask_address(LinkId link);

  // ---- Looking (and all of host_view.h)
  // What happened to sockets, in order, merged per socket, never lost; nothing when all is told.
  std::optional<SocketEvent> next_event();
  // Where events go; null: nowhere. Not owned, not copied with the host.
  void observe(HostObserver* observer) { observer_.set(observer); }

 private:
  // ---- Events: events.cpp
  void raise(SocketKind kind, std::uint32_t index, std::uint8_t news);
  void forget_events(SocketKind kind, std::uint32_t index);
  IndexLinks& event_links(std::uint32_t name);

  // ---- IN: input.cpp
  void absorb_all(LinkId link, std::span<Frame> burst, Instant now);
  void absorb_burst(LinkId link, std::span<Frame> burst, Instant now);
  Drop take(Arrival& arrival, tcp::Context& context);
  Drop take_other_kind(Arrival& arrival, tcp::Context& context);
  Drop take_arp(const Arrival& arrival, Instant now);
  Drop take_rarp(const Arrival& arrival);
  // ipv4_input.cpp
  Drop read_frame(Frame& frame, Arrival& arrival);
  [[gnu::noinline]] Drop read_any_frame(Frame& frame, Arrival& arrival);
  // What a device verified, or what nobody could have damaged; never what the frame says.
  bool is_trusted(const Frame& frame, LinkId link) const {
    return frame.is_checksum_verified || settings_.links[link].is_checksum_trusted;
  }
  // link_headers.cpp: links that are no plain Ethernet, and what the host says to itself
  Drop read_bare_packet(Frame& frame, Arrival& arrival);
  Drop take_tag(LinkId link, BufferChain& behind_ethernet, std::uint16_t& type) const;
  void put_link_headers(LinkId link, std::span<Frame> frames) const;
  Frame tagged(LinkId link, const Frame& frame) const;
  void turn_loopback(Instant now);
  // ppp_line.cpp: packets over a stream of octets
  void absorb_line(LinkId link, std::span<Frame> burst, Instant now);
  void take_from_line(LinkId, const PppSession::Arrival&, std::vector<Frame>& packets, Instant);
  void follow_line(LinkId link, Instant now);
  Drop read_ipv4(BufferChain& packet, Arrival& arrival);
  Drop read_segment(BufferChain& packet, IpAddress source, IpAddress destination, Arrival&) const;
  Drop read_upper(BufferChain& packet, Arrival& arrival);
  Drop check_addresses(Arrival& arrival);
  bool is_for_newcomer(const BufferChain& packet, const Arrival& arrival) const;
  Drop take_packet(BufferChain packet, Arrival& arrival, tcp::Context& context);
  Drop take_faulty(const Arrival& arrival, Instant now);
  Reassembly::Result put_together(Fragment fragment, Instant now);
  Drop take_fragment(Arrival& arrival, tcp::Context& context);
  // forwarding.cpp: packets for somebody else
  Drop take_transit(Arrival& arrival, tcp::Context& context);
  Drop forward(Arrival& arrival, BufferChain packet, Instant now);
  Drop translate(Arrival& arrival, LinkId out, BufferChain& packet, Instant now);
  Drop pass_filter(const Arrival& arrival, LinkId out, BufferChain& packet, Instant now);
  Drop send_on(const Route& route, BufferChain packet, Instant now);
  Drop refuse(const Arrival& arrival, IcmpError error, Drop drop, Instant now);
  // ipv6_input.cpp, ipv6_forwarding.cpp
  Drop read_ipv6(BufferChain& packet, Arrival& arrival);
  Drop read_behind_ipv6(BufferChain& packet, Arrival& arrival);
  Drop read_upper_v6(BufferChain& packet, Arrival& arrival);
  Drop check_addresses_v6(Arrival& arrival);
  Drop take_fragment_v6(Arrival& arrival, tcp::Context& context);
  Drop take_faulty_v6(const Arrival& arrival, Instant now);
  Drop forward_v6(Arrival& arrival, Instant now);
  Drop refuse_v6(const Arrival& arrival, Icmpv6Error error, Drop drop, Instant now);

  // ---- OUT: ipv4_output.cpp
  Neighbours::Hop hop_to(LinkId link, IpAddress next_hop, Instant now);
  // Keeps a frame until somebody knows the MAC address that it is to go to.
  void park(const Outlet& outlet, Frame&& frame);
  bool enqueue(LinkId link, Frame&& frame);
  Error send(const Route& route, Frame&& frame, Instant now);
  Error send_to_neighbour(const Route& route, Frame&& frame, std::uint16_t ether_type, Instant now);
  // ipv6_output.cpp
  Error send_v6(const Route& route, Frame&& frame, Instant now);
  Error send_datagram_v6(const UdpSocket&, const DatagramTarget&, Bytes payload, Instant now);
  Error send_whole_or_cut(const Route& route, const wire::Ipv6Header& header, Frame&& frame,
                          Instant now);
  // neighbour_service.cpp: does what the neighbours of a link ask for after a call on them.
  void serve_neighbours(LinkId link, Instant now);
  void note_contest(LinkId link, const wire::ArpPacket& arp);
  void defend_address(LinkId link, IpAddress address, Instant now);
  void send_arp(LinkId link, const MacAddress& destination, const wire::ArpPacket& packet);
  void deliver(LinkId link, Neighbours::Parked parked);
  void on_undeliverable(const Neighbours::Parked& parked, Instant now);

  // ---- ICMP and UDP: icmp.cpp, udp.cpp
  Drop take_icmp(Arrival& arrival, Instant now);
  Drop take_icmp_message(const Arrival& arrival, wire::IcmpMessage& message, Instant now);
  Drop take_echo_request(const Arrival& arrival, wire::IcmpMessage& message, Instant now);
  Drop take_error(const Arrival& arrival, const wire::IcmpMessage& message, Instant now);
  // too_big.cpp
  Drop take_too_big(const Quoted& quoted, DatagramError told, Instant now);
  Drop end_half_open_quoted(const Quoted& quoted, Instant now);
  // udp_errors.cpp
  Drop take_datagram_error(const wire::IcmpMessage& message, const Quoted& quoted, IpAddress by);
  Drop tell_udp_error(const Endpoint& source, const DatagramError& told);
  // icmp_error.cpp: about `packet`, which came as `arrival` says.
  void send_icmp_error(const Arrival& arrival, const BufferChain& packet, IcmpError error,
                       Instant now);
  void tell_undeliverable(const BufferChain& packet, Instant now);
  void tell_own_undeliverable(const Quoted& quoted);
  void tell_expired_fragments(Instant now);
  Error send_icmp(const wire::Ipv4Header& header, const wire::IcmpMessage& message, Instant now);
  Drop take_udp(Arrival& arrival, Instant now);
  Drop queue_datagram(std::uint32_t index, const Arrival& arrival, const Datagram& name,
                      BufferChain text);
  Error close_udp(Handle socket, Instant now);
  UdpSocket* udp_socket(Handle handle);
  // udp_output.cpp
  Error send_packet(const PacketPath& path, BufferChain packet, Instant now);

  // ---- Raw sockets: raw.cpp, raw_output.cpp
  // False: no raw socket wants it.
  bool offer_raw(const RawOffer& offer);
  Drop take_other(const Arrival& arrival, Instant now);
  Drop take_other_v6(Arrival& arrival, Instant now);
  Drop tell_raw_error(const Quoted& quoted, DatagramError told);
  Error close_raw(Handle raw, Instant now);
  Error send_raw_v4(const RawSocket& socket, const RawTarget& target, Bytes payload, Instant now);
  Error send_raw_v6(const RawSocket& socket, const RawTarget& target, Bytes payload, Instant now);
  Error send_headed(const RawSocket& socket, const RawTarget& target, Bytes packet, Instant now);
  Error send_headed_v6(const RawSocket& socket, const RawTarget& target, Bytes packet, Instant now);

  // ---- ICMPv6: icmpv6.cpp, icmpv6_error.cpp, udp_v6.cpp
  Drop take_icmpv6(Arrival& arrival, Instant now);
  Drop take_icmpv6_message(const Arrival& arrival, wire::Icmpv6Message& message, Instant now);
  Drop take_echo_v6(const Arrival& arrival, wire::Icmpv6Message& message, Instant now);
  Drop take_icmpv6_error(const Arrival& arrival, const wire::Icmpv6Message& message, Instant now);
  Drop take_unreachable_v6(const Quoted& quoted, DatagramError told, Instant now);
  Drop take_udp_v6(Arrival& arrival, Instant now);
  Error send_icmpv6(const Route& route, const wire::Ipv6Header& header,
                    const wire::Icmpv6Message& message, Instant now);
  Error ping_v6(IpAddress remote, EchoName name, Bytes payload, Instant now);
  void send_icmpv6_error(const Arrival& arrival, Icmpv6Error error, Instant now);
  void tell_undeliverable_v6(const BufferChain& packet, Instant now);
  void tell_expired_v6(const ExpiredDatagram& expired, Instant now);
  // redirect_service.cpp
  Drop take_redirect(const Arrival& arrival, const wire::IcmpMessage& message, Instant now);
  Drop take_redirect_v6(LinkId link, const wire::NdpCarrier& carrier, const wire::Redirect& ndp,
                        Instant now);
  bool follow_redirect(const BetterHop& better, IpAddress reporter, Instant now);
  void forget_redirect(IpAddress destination);
  void look_for_hops(IpAddress destination);
  void tell_redirect(const Arrival& arrival, const Route& route, Instant now);
  void tell_redirect_v6(const Arrival& arrival, const Route& route, Instant now);
  // membership_service.cpp
  Membership& membership(LinkId link, IpAddress group);
  Drop take_igmp(const Arrival& arrival, Instant now);
  Drop take_mld(const Arrival& arrival, const wire::Icmpv6Message& message, Instant now);
  void serve_memberships(LinkId link, Instant now);
  void say_membership(LinkId link, const Membership::Outgoing& said);
  // ndp.cpp
  Drop take_ndp(const Arrival& arrival, const wire::Icmpv6Message& message, Instant now);
  Drop take_solicitation(LinkId link, const wire::NdpCarrier& carrier,
                         const wire::NeighbourSolicitation& ndp, Instant now);
  Drop take_advertisement(LinkId link, const wire::NeighbourAdvertisement& ndp, Instant now);
  Drop take_router_advertisement(LinkId link, IpAddress router,
                                 const wire::RouterAdvertisement& ndp, Instant now);
  void answer_solicitation(LinkId link, const wire::NdpCarrier& carrier,
                           const wire::NeighbourSolicitation& ndp, Instant now);
  void solicit(LinkId link, const Neighbours::Request& request);
  void follow_ipv6();
  void say_ipv6(const Ipv6Network::Message& message);
  template <class Ndp>
  void send_ndp(const Route& way, const Ndp& ndp, std::optional<MacAddress> mac);

  // ---- TCP in: tcp_input.cpp
  Drop take_tcp(Arrival& arrival, tcp::Context& context);
  Drop take_for_record(RecordName name, Arrival& arrival, tcp::Context& context);
  Drop take_for_connection(std::uint32_t index, Arrival& arrival, tcp::Context& context);
  Drop take_for_nobody(Arrival& arrival, tcp::Context& context);
  // tcp_half_open.cpp
  Drop take_for_listener(std::uint32_t listener, Arrival& arrival, tcp::Context& context);
  Drop take_syn(std::uint32_t listener, Arrival& arrival, tcp::Context& context);
  std::optional<Drop> take_cookie(std::uint32_t listener, Arrival& arrival, tcp::Context& context);
  Drop take_for_half_open(std::uint32_t index, Arrival& arrival, tcp::Context& context);
  void open_half(std::uint32_t listener, const Arrival& arrival, const tcp::Opening& opening,
                 tcp::Context& context);
  Drop accept_half_open(std::uint32_t index, Arrival& arrival, tcp::Context& context);
  Drop begin_accepted(std::uint32_t index, std::uint32_t listener, Arrival& arrival,
                      tcp::Context& context);
  void answer_for_half_open(std::uint32_t index, tcp::Answer answer, const Segment& segment,
                            tcp::Context& context);
  void say_syn_ack(HalfOpenRecord& record, const FourTuple& tuple, std::uint32_t mss, Instant now);
  void arm_half_open(std::uint32_t index, const tcp::Context& context);
  void end_half_open(std::uint32_t index, tcp::Event event, tcp::Context& context);
  void on_half_open_time(std::uint32_t index, tcp::Context& context);
  Drop check_room(std::uint32_t listener);
  // tcp_fast_open.cpp
  bool open_fast(std::uint32_t listener, Arrival& arrival, const tcp::Opening& opening,
                 tcp::Context& context);
  std::uint32_t begin_fast(std::uint32_t listener, const Arrival& arrival,
                           const tcp::Opening& opening, tcp::Context& context);
  void give_fast_open_cookie(const HalfOpenRecord& record, Segment& syn_ack, Instant now);
  void follow_opening(std::uint32_t index, ConnectionRecord&, std::uint8_t news, Instant now);
  void end_fast_open(ConnectionRecord& record, bool was_reset, Instant now);
  // tcp_time_wait.cpp
  Drop take_for_time_wait(std::uint32_t index, Arrival& arrival, tcp::Context& context);
  Drop reopen(std::uint32_t index, Arrival& arrival, tcp::Context& context);
  void retire(std::uint32_t connection, ConnectionRecord& record, tcp::Context& context);
  void acknowledge_in_time_wait(std::uint32_t index, Instant now);
  void end_time_wait(std::uint32_t index, tcp::Event event, tcp::Context& context);
  void tell_time_wait(std::uint32_t index, tcp::TimerChange change, const tcp::Context& context);

  // ---- TCP life: tcp_life.cpp
  // After anything that may have changed a connection. It may be gone then.
  void settle(std::uint32_t index, ConnectionRecord& record, tcp::Context& context);
  void raise_news(std::uint32_t index, ConnectionRecord& record, std::uint8_t news);
  void offer(std::uint32_t index, std::uint32_t listener);
  void bury(std::uint32_t index, ConnectionRecord& record, tcp::Context& context);
  void release(std::uint32_t index, ConnectionRecord& record, tcp::Context& context);
  void make_ready(std::uint32_t index, ConnectionRecord& record);
  void leave_ready(std::uint32_t index, ConnectionRecord& record);
  bool relieve_memory(Instant now);  // memory_relief.cpp
  void follow_deadline(std::uint32_t index, ConnectionRecord& record, tcp::Context& context);
  void disarm(ConnectionRecord& record);
  void on_connection_time(std::uint32_t index, tcp::Context& context);
  // After the MTU of a connection's path was learned.
  void follow_path_mtu(std::uint32_t index, tcp::Context& context);
  void note_path_mss(std::uint32_t index, tcp::Context& context);
  void tell_memory(const FourTuple& tuple, const char* what, std::int64_t bytes, Instant now) const;

  // ---- TCP out: tcp_output.cpp
  void reply(const FourTuple&, const Segment&, Instant, const ConnectionOptions* = nullptr);
  void emit_connection(std::uint32_t index, std::vector<Frame>& frames, std::size_t most,
                       tcp::Context& context);
  void find_hop(ConnectionRecord& record, Instant now);

  // ---- TCP calls: tcp_calls.cpp, binding.cpp
  Listener* listening(Handle listener);
  void settle_call(std::uint32_t index, ConnectionRecord& record, tcp::Context& context);
  template <class Call>
  Result<std::uint32_t> write_by(Handle connection, Instant now, Call call);
  void let_go(std::uint32_t connection);
  Error close_listener(Handle handle, tcp::Context& context);
  void abandon_openings(std::uint32_t listener, tcp::Context& context);
  // A name for a new connection; with port 0 an ephemeral one.
  Result<FreeName> pick_name(const FourTuple& tuple, Instant now);
  bool may_take_over(RecordName name, Instant now) const;
  Result<Endpoint> bindable(Endpoint local, const Binding& binding);
  void forget_judgements();
};

}  // namespace acksu
