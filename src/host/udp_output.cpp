// Datagrams on their way out: by which link, from which address, whole or in fragments (RFC 768,
// RFC 1122 section 4.1.4, RFC 1112 section 6).
#include "host/fragmenter.h"
#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/udp.h"

namespace acksu {
namespace {

constexpr std::uint32_t headers_bytes = wire::Ipv4Header::size + wire::UdpDatagram::header_size;
constexpr std::uint32_t most_payload_bytes = 65535 - headers_bytes;
constexpr IpAddress no_address = IpAddress::v4(0);

}  // namespace

Result<PacketPath> HostPaths::path_from(const Departure& from, const DatagramTarget& target) const {
  const IpAddress to = target.remote.address;
  if (!to.is_v4()) return Error::network_unreachable;
  const bool is_group = wire::is_multicast(to);
  const bool is_broadcast = routes_.is_broadcast(to);
  if (is_broadcast && !from.allows_broadcast) return Error::permission_denied;
  const bool is_to_many = is_group || is_broadcast;
  if (!is_to_many && routes_.is_bad_destination(to)) return Error::network_unreachable;
  PacketPath path{.route = {}, .mac = target.mac, .ttl = from.ttl};
  if (path.ttl == 0) path.ttl = is_group ? std::uint8_t{1} : settings_.ttl;
  if (from.link && (is_group || is_broadcast || target.mac)) {
    path.route = {*from.link, to, routes_.source_on(*from.link, to)};
  } else {
    const std::optional<Route> route = route_to(to);
    if (!route || (from.link && *from.link != route->link)) return Error::network_unreachable;
    path.route = *route;
  }
  // RFC 1122 3.3.6 (b).
  if (is_group) path.mac = wire::mac_of_group_v4(to);
  if (is_broadcast) path.mac = MacAddress::broadcast();
  if (!from.local.is_any()) path.route.source = from.local;
  // RFC 1122 4.1.3.5, 4.1.3.6.
  if (target.source) path.route.source = *target.source;
  const bool may_be_nobody = from.link && path.route.source == no_address;
  if (!may_be_nobody && !routes_.is_ours(path.route.source)) return Error::address_not_available;
  if (is_leak(path.route, path.route.source)) return Error::network_unreachable;
  return path;
}

Error Host::send_datagram(Handle udp, const DatagramTarget& target, Bytes payload, Instant now) {
  const UdpSocket* const socket = udp_socket(udp);
  if (socket == nullptr) return Error::bad_handle;
  if (target.remote.port == 0 || target.remote.address.is_any()) return Error::invalid_argument;
  if (socket->is_connected() && socket->remote != target.remote) return Error::already_connected;
  if (!target.remote.address.is_v4()) return send_datagram_v6(*socket, target, payload, now);
  const Result<PacketPath> path = path_from(socket->departure(), target);
  if (!path) return path.error();
  const std::size_t most =
      socket->options.dont_fragment
          ? std::min(mtu_to(path->route.link, target.remote.address) - headers_bytes,
                     most_payload_bytes)
          : most_payload_bytes;
  if (payload.size() > most) return Error::message_too_long;

  wire::UdpDatagram datagram;
  datagram.source_port = socket->local.port;
  datagram.destination_port = target.remote.port;
  // RFC 1122 4.1.3.4 (a), (b).
  datagram.has_checksum = !socket->options.omits_checksum;
  if (!payload.empty()) {
    Slice text = pool_->allocate(static_cast<std::uint32_t>(payload.size()));
    datagram.text_sum = copy_and_sum(text.writable().data(), payload);
    datagram.text.append(std::move(text));
  }
  wire::Ipv4Header ip{.total_length = static_cast<std::uint16_t>(headers_bytes + payload.size()),
                      .dont_fragment = socket->options.dont_fragment,
                      .ttl = path->ttl,
                      .protocol = wire::IpProtocol::udp,
                      .source = path->route.source,
                      .destination = target.remote.address};
  // RFC 6864 4.1: an atomic packet needs none.
  if (!ip.dont_fragment) {
    ip.identification = identifications_.next_v4(ip.source, ip.destination, ip.protocol);
  }
  Slice headers = start_packet(ip, wire::UdpDatagram::header_size);
  constexpr std::uint32_t before = wire::EthernetHeader::size + wire::Ipv4Header::size;
  wire::write_udp(datagram, {ip.source, ip.destination}, headers.writable().subspan(before));
  BufferChain frame(std::move(headers));
  frame.append(std::move(datagram.text));
  return send_packet(*path, std::move(frame), now);
}

// `frame` begins with room for Ethernet's header.
Error Host::send_packet(const PacketPath& path, BufferChain frame, Instant now) {
  const std::uint32_t mtu = settings_.links[path.route.link].mtu;
  std::vector<BufferChain> frames;
  if (frame.size() <= mtu + wire::EthernetHeader::size) {
    frames.push_back(std::move(frame));
  } else {
    frame.drop_front(wire::EthernetHeader::size);
    wire::Ipv4Header ip;
    const Drop drop = wire::read(frame.front(), frame.size(), ip);
    ACKSU_ASSERT(drop == Drop::none);
    // RFC 1122 3.3.3.
    frames = fragments_of(ip, frame, mtu, wire::EthernetHeader::size);
  }
  for (BufferChain& each : frames) {
    Frame piece{.bytes = std::move(each)};
    Error error = Error::none;
    if (path.mac) {
      wire::write(
          wire::EthernetHeader{*path.mac, links_[path.route.link].mac, wire::EtherType::ipv4},
          piece.bytes[0].writable());
      if (!enqueue(path.route.link, std::move(piece))) error = Error::out_of_memory;
    } else {
      error = send(path.route, std::move(piece), now);
    }
    if (error != Error::none) return error;  // without one fragment the others are of no use
  }
  return Error::none;
}

}  // namespace acksu
