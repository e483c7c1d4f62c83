// UDP in, out, and its calls (RFC 768, RFC 1122 section 4.1).
#include "wire/udp.h"

#include "host/host.h"
#include "wire/ethernet.h"

namespace acksu {
namespace {

// Text of that size is copied when it pins more than four times as much.
constexpr std::uint32_t worth_copying_bytes = 192;

std::uint32_t pinned_bytes(const BufferChain& text) {
  std::uint32_t bytes = 0;
  for (std::uint32_t i = 0; i < text.count(); ++i) bytes += text[i].pinned_bytes();
  return bytes;
}

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
  const std::uint32_t index = udp_.find(to);
  if (index == BoundSockets<UdpSocket>::none) {
    // RFC 1122 3.2.2.1 and 4.1.3.1; RFC 5382 REQ-4: what a translator was sent in vain, it does not
    // say.
    if (!is_outside(arrival.link)) {
      send_icmp_error(arrival, arrival.packet, {.code = wire::UnreachableCode::port}, now);
    }
    return Drop::udp_no_socket;
  }
  const Drop queue_drop = queue_datagram(udp_[index], {from, to, std::move(datagram.text), 0});
  if (queue_drop == Drop::none) raise(SocketKind::udp, index, Readiness::readable);
  return queue_drop;
}

Drop Host::queue_datagram(UdpSocket& socket, UdpSocket::Received received) {
  const std::uint32_t length = received.text.size();
  if (length > 0 && length <= worth_copying_bytes &&
      pinned_bytes(received.text) > 4 * worth_copying_bytes) {
    Slice copy = pool_->allocate(length);
    received.text.copy_to(copy.writable());
    received.text = BufferChain(std::move(copy));
  }
  // An empty datagram has a place in the queue too.
  received.charged_bytes = pinned_bytes(received.text) + sizeof(UdpSocket::Received);
  if (socket.queued_bytes + received.charged_bytes > settings_.max_udp_queue_bytes ||
      !memory_.charge(received.charged_bytes)) {
    return Drop::udp_queue_full;
  }
  socket.queued_bytes += received.charged_bytes;
  socket.received.push_back(*pool_, std::move(received));
  return Drop::none;
}

// ---- CALL ---------------------------------------------------------------------------------------

Result<Handle> Host::open_udp(Endpoint local, Instant) {
  const Result<Endpoint> bound = bindable(local, SocketKind::udp);
  if (!bound) return bound.error();
  UdpSocket socket;
  socket.local = *bound;
  const std::uint32_t index = udp_.open(std::move(socket));
  return Handle{index, udp_.generation(index), SocketKind::udp};
}

Error Host::close_udp(Handle handle) {
  UdpSocket* const socket = udp_.find(handle);
  if (socket == nullptr) return Error::bad_handle;
  forget_events(SocketKind::udp, handle.index);
  memory_.give_back(socket->queued_bytes);
  udp_.close(handle.index);
  return Error::none;
}

Error Host::send_to(Handle udp, Endpoint remote, Bytes payload, Instant now) {
  const UdpSocket* const socket = udp.kind == SocketKind::udp ? udp_.find(udp) : nullptr;
  if (socket == nullptr) return Error::bad_handle;
  if (remote.port == 0 || remote.address.is_any()) return Error::invalid_argument;
  const std::optional<Route> route = route_to(remote.address);
  if (!route) return Error::network_unreachable;
  constexpr std::uint32_t before = wire::EthernetHeader::size + wire::Ipv4Header::size;
  constexpr std::uint32_t headers_bytes = wire::Ipv4Header::size + wire::UdpDatagram::header_size;
  if (payload.size() + headers_bytes > settings_.links[route->link].mtu) {
    return Error::message_too_long;
  }

  wire::UdpDatagram datagram;
  datagram.source_port = socket->local.port;
  datagram.destination_port = remote.port;
  if (!payload.empty()) {
    Slice text = pool_->allocate(static_cast<std::uint32_t>(payload.size()));
    datagram.text_sum = copy_and_sum(text.writable().data(), payload);
    datagram.text.append(std::move(text));
  }
  const IpAddress source = socket->local.address.is_any() ? route->source : socket->local.address;
  Slice headers =
      start_packet({.total_length = static_cast<std::uint16_t>(headers_bytes + payload.size()),
                    .dont_fragment = true,
                    .ttl = settings_.ttl,
                    .protocol = wire::IpProtocol::udp,
                    .source = source,
                    .destination = remote.address},
                   wire::UdpDatagram::header_size);
  wire::write_udp(datagram, {source, remote.address}, headers.writable().subspan(before));
  Frame frame{.bytes = BufferChain(std::move(headers))};
  frame.bytes.append(std::move(datagram.text));
  return send(*route, std::move(frame), now);
}

Result<Datagram> Host::receive_from(Handle udp, MutableBytes bytes) {
  UdpSocket* const socket = udp.kind == SocketKind::udp ? udp_.find(udp) : nullptr;
  if (socket == nullptr) return Error::bad_handle;
  if (std::exchange(socket->is_port_unreachable, false)) return Error::port_unreachable;
  if (socket->received.is_empty()) return Error::would_block;
  UdpSocket::Received received = std::move(socket->received.front());
  socket->received.pop_front();
  socket->queued_bytes -= received.charged_bytes;
  memory_.give_back(received.charged_bytes);

  const Datagram datagram{received.from, received.to, received.text.size()};
  if (received.text.size() > bytes.size()) {
    received.text.drop_back(received.text.size() - static_cast<std::uint32_t>(bytes.size()));
  }
  received.text.copy_to(bytes.first(received.text.size()));
  return datagram;
}

}  // namespace acksu
