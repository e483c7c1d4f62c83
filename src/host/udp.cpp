// UDP sockets: how they begin and end, and what they hear (RFC 768, RFC 1122 section 4.1).
#include "host/udp.h"

#include "host/host.h"
#include "wire/udp.h"

namespace acksu {

// ---- IN -----------------------------------------------------------------------------------------

Drop Host::take_udp(Arrival& arrival, Instant now) {
  BufferChain packet = arrival.packet;
  packet.drop_front(arrival.ip.header_bytes);
  wire::UdpDatagram datagram;
  const wire::PseudoHeader pseudo{arrival.ip.source, arrival.ip.destination};
  const Drop drop =
      wire::read_udp(std::move(packet), pseudo, arrival.is_checksum_trusted, datagram);
  if (drop != Drop::none) return drop;

  const Endpoint to{arrival.ip.destination, datagram.destination_port};
  const Endpoint from{arrival.ip.source, datagram.source_port};
  const std::uint32_t index = udp_.find_if(
      to.port, [&](const UdpSocket& socket) { return socket.hears(arrival.link, from, to); });
  // To all but its peer a connected socket looks like none at all.
  if (index == BoundSockets<UdpSocket>::none) {
    // RFC 1122 3.2.2.1 (a), 4.1.3.1; RFC 5382 REQ-4: what a translator was sent in vain, it does
    // not say.
    if (!is_outside(arrival.link)) {
      send_icmp_error(arrival, arrival.packet, {.code = wire::UnreachableCode::port}, now);
    }
    return Drop::udp_no_socket;
  }
  if (udp_[index].options.needs_checksum && !datagram.has_checksum) return Drop::udp_bad_checksum;
  // RFC 1122 4.1.3.5.
  const Datagram name{from, to, datagram.text.size(), arrival.link, arrival.ip.ttl, now};
  return queue_datagram(index, arrival, name, std::move(datagram.text));
}

Drop Host::queue_datagram(std::uint32_t index, const Arrival& arrival, const Datagram& name,
                          BufferChain text) {
  UdpSocket& socket = udp_[index];
  if (socket.options.refuses_fragments && arrival.was_fragmented) return Drop::udp_fragmented;
  const std::uint32_t most = socket.options.max_queue_bytes != 0 ? socket.options.max_queue_bytes
                                                                 : settings_.max_udp_queue_bytes;
  if (!socket.received.push(name, std::move(text), {*pool_, memory_, most})) {
    return Drop::udp_queue_full;
  }
  raise(SocketKind::udp, index, Readiness::readable);
  return Drop::none;
}

// ---- CALL ---------------------------------------------------------------------------------------

UdpSocket* Host::udp_socket(Handle handle) {
  return handle.kind == SocketKind::udp ? udp_.find(handle) : nullptr;
}

Result<Handle> Host::open_udp(Endpoint local, const UdpOptions& options, Instant) {
  if (options.link && *options.link >= wires()) return Error::invalid_argument;
  const Result<Endpoint> bound =
      bindable(local, {SocketKind::udp, options.versions, options.link, options.binds_freely});
  if (!bound) return bound.error();
  UdpSocket socket;
  socket.local = *bound;
  socket.options = options;
  const std::uint32_t index = udp_.open(std::move(socket));
  return Handle{index, udp_.generation(index), SocketKind::udp};
}

Error Host::set_udp_options(Handle udp, const UdpOptions& options) {
  UdpSocket* const socket = udp_socket(udp);
  if (socket == nullptr) return Error::bad_handle;
  if (options.link != socket->options.link || options.versions != socket->options.versions) {
    return Error::invalid_argument;
  }
  socket->options = options;
  return Error::none;
}

Error Host::connect_udp(Handle udp, Endpoint remote) {
  UdpSocket* const socket = udp_socket(udp);
  if (socket == nullptr) return Error::bad_handle;
  if (remote.port == 0) {
    socket->remote = {};
    return Error::none;
  }
  if (remote.address.is_any()) return Error::invalid_argument;
  if (remote.address.is_v4()) {
    const Result<PacketPath> path = path_from(socket->departure(), {.remote = remote});
    if (!path) return path.error();
  } else if (!path_from_v6(socket->departure(), {.remote = remote})) {
    return Error::network_unreachable;
  }
  socket->remote = remote;
  socket->received.clear(memory_);
  socket->errors.clear();
  return Error::none;
}

Error Host::close_udp(Handle handle, Instant now) {
  UdpSocket* const socket = udp_.find(handle);
  if (socket == nullptr) return Error::bad_handle;
  while (!socket->groups.empty()) leave_group(handle, GroupName(socket->groups.back()), now);
  forget_events(SocketKind::udp, handle.index);
  socket->received.clear(memory_);
  udp_.close(handle.index);
  return Error::none;
}

Result<Datagram> Host::receive_from(Handle udp, MutableBytes bytes) {
  UdpSocket* const socket = udp_socket(udp);
  if (socket == nullptr) return Error::bad_handle;
  if (const std::optional<DatagramError> told = take_udp_error(udp)) return told->error;
  if (socket->received.is_empty()) return Error::would_block;
  return socket->received.take(bytes, memory_);
}

}  // namespace acksu
