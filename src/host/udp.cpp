// UDP sockets: how they begin and end, and what they hear (RFC 768, RFC 1122 section 4.1).
#include "host/udp.h"

#include "host/host.h"
#include "wire/udp.h"

namespace acksu {
namespace {

// Text of that size is copied when it pins more than four times as much.
constexpr std::uint32_t worth_copying_bytes = 192;

}  // namespace

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
    // RFC 1122 3.2.2.1 and 4.1.3.1; RFC 5382 REQ-4: what a translator was sent in vain, it does not
    // say.
    if (!is_outside(arrival.link)) {
      send_icmp_error(arrival, arrival.packet, {.code = wire::UnreachableCode::port}, now);
    }
    return Drop::udp_no_socket;
  }
  UdpSocket& socket = udp_[index];
  if (socket.options.needs_checksum && !datagram.has_checksum) return Drop::udp_bad_checksum;
  const Datagram name{from, to, datagram.text.size(), arrival.link, arrival.ip.ttl};
  const Drop queue_drop = queue_datagram(socket, {name, std::move(datagram.text), 0});
  if (queue_drop == Drop::none) raise(SocketKind::udp, index, Readiness::readable);
  return queue_drop;
}

Drop Host::queue_datagram(UdpSocket& socket, UdpSocket::Received received) {
  const std::uint32_t length = received.text.size();
  if (length > 0 && length <= worth_copying_bytes &&
      received.text.pinned_bytes() > 4 * worth_copying_bytes) {
    Slice copy = pool_->allocate(length);
    received.text.copy_to(copy.writable());
    received.text = BufferChain(std::move(copy));
  }
  // An empty datagram has a place in the queue too.
  received.charged_bytes = received.text.pinned_bytes() + sizeof(UdpSocket::Received);
  const std::uint32_t most = socket.options.max_queue_bytes != 0 ? socket.options.max_queue_bytes
                                                                 : settings_.max_udp_queue_bytes;
  if (socket.queued_bytes + received.charged_bytes > most ||
      !memory_.charge(received.charged_bytes)) {
    return Drop::udp_queue_full;
  }
  socket.queued_bytes += received.charged_bytes;
  socket.received.push_back(*pool_, std::move(received));
  return Drop::none;
}

// ---- CALL ---------------------------------------------------------------------------------------

UdpSocket* Host::udp_socket(Handle handle) {
  return handle.kind == SocketKind::udp ? udp_.find(handle) : nullptr;
}

Result<Handle> Host::open_udp(Endpoint local, const UdpOptions& options, Instant) {
  if (options.link && *options.link >= wires()) return Error::invalid_argument;
  const Result<Endpoint> bound = bindable(local, SocketKind::udp, options.link);
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
  if (options.link != socket->options.link) return Error::invalid_argument;
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
    const Result<UdpPath> path = udp_path(*socket, {.remote = remote});
    if (!path) return path.error();
  } else if (!udp_path_v6(*socket, {.remote = remote})) {
    return Error::network_unreachable;
  }
  socket->remote = remote;
  forget_datagrams(*socket);
  socket->errors.clear();
  return Error::none;
}

Error Host::close_udp(Handle handle, Instant now) {
  UdpSocket* const socket = udp_.find(handle);
  if (socket == nullptr) return Error::bad_handle;
  while (!socket->groups.empty()) leave_group(handle, GroupName(socket->groups.back()), now);
  forget_events(SocketKind::udp, handle.index);
  forget_datagrams(*socket);
  udp_.close(handle.index);
  return Error::none;
}

void Host::forget_datagrams(UdpSocket& socket) {
  while (!socket.received.is_empty()) socket.received.pop_front();
  memory_.give_back(socket.queued_bytes);
  socket.queued_bytes = 0;
}

Result<Datagram> Host::receive_from(Handle udp, MutableBytes bytes) {
  UdpSocket* const socket = udp_socket(udp);
  if (socket == nullptr) return Error::bad_handle;
  if (const std::optional<DatagramError> told = take_udp_error(udp)) return told->error;
  if (socket->received.is_empty()) return Error::would_block;
  UdpSocket::Received received = std::move(socket->received.front());
  socket->received.pop_front();
  socket->queued_bytes -= received.charged_bytes;
  memory_.give_back(received.charged_bytes);

  if (received.text.size() > bytes.size()) {
    received.text.drop_back(received.text.size() - static_cast<std::uint32_t>(bytes.size()));
  }
  received.text.copy_to(bytes.first(received.text.size()));
  return received.datagram;
}

}  // namespace acksu
