// Packets of raw sockets on their way out, with a header of the host's making or of their own.
#include "base/checksum.h"
#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/header_sum.h"

namespace acksu {
namespace {

constexpr std::uint32_t longest_packet = 0xffff;
constexpr std::uint32_t id_place = 4, protocol_place = 9, sum_place = 10;  // in an IPv4 header
constexpr std::uint32_t source_place = 12, destination_place = 16;

// The Internet checksum of `text` and what else it covers, at its place in there.
void put_checksum(MutableBytes text, std::uint32_t offset, Sum also) {
  store_be16(&text[offset], 0);
  store_be16(&text[offset], (also + sum_of(text)).checksum());
}

}  // namespace

Error Host::send_raw(Handle raw, const RawTarget& target, Bytes bytes, Instant now) {
  const RawSocket* const socket = raw_.find(raw);
  if (socket == nullptr) return Error::bad_handle;
  RawTarget to = target;
  if (to.remote.is_any()) to.remote = socket->remote;
  if (socket->is_connected() && socket->remote != to.remote) return Error::already_connected;
  const bool is_v4 = socket->name.version == IpVersion::v4;
  if (socket->options.has_header) {
    return is_v4 ? send_headed(*socket, to, bytes, now) : send_headed_v6(*socket, to, bytes, now);
  }
  if (to.remote.is_any() || to.remote.is_v4() != is_v4) return Error::invalid_argument;
  const std::optional<std::uint16_t> offset = socket->checksum_offset();
  if (offset && bytes.size() < *offset + 2u) return Error::invalid_argument;
  return is_v4 ? send_raw_v4(*socket, to, bytes, now) : send_raw_v6(*socket, to, bytes, now);
}

Error Host::send_raw_v4(const RawSocket& socket, const RawTarget& target, Bytes payload,
                        Instant now) {
  const Result<PacketPath> path =
      path_from(socket.departure(), {.remote = {target.remote, 0}, .source = target.source});
  if (!path) return path.error();
  const std::size_t length = wire::Ipv4Header::size + payload.size();
  const std::size_t most =
      socket.options.dont_fragment ? mtu_to(path->route.link, target.remote) : longest_packet;
  if (length > most) return Error::message_too_long;
  wire::Ipv4Header ip{.dscp_ecn = socket.options.traffic_class,
                      .total_length = static_cast<std::uint16_t>(length),
                      .dont_fragment = socket.options.dont_fragment,
                      .ttl = path->ttl,
                      .protocol = socket.name.protocol,
                      .source = path->route.source,
                      .destination = target.remote};
  if (!ip.dont_fragment) {
    ip.identification = identifications_.next_v4(ip.source, ip.destination, ip.protocol);
  }
  Slice packet = start_packet(ip, static_cast<std::uint32_t>(payload.size()));
  const MutableBytes text =
      packet.writable().subspan(wire::EthernetHeader::size + wire::Ipv4Header::size);
  std::copy(payload.begin(), payload.end(), text.begin());
  if (const auto offset = socket.checksum_offset()) put_checksum(text, *offset, Sum{});
  return send_packet(*path, BufferChain(std::move(packet)), now);
}

Error Host::send_raw_v6(const RawSocket& socket, const RawTarget& target, Bytes payload,
                        Instant now) {
  const std::optional<Route> route =
      path_from_v6(socket.departure(), {.remote = {target.remote, 0}, .source = target.source});
  if (!route) return Error::network_unreachable;
  const std::uint32_t most = socket.options.dont_fragment
                                 ? mtu_to(route->link, target.remote) - wire::Ipv6Header::size
                                 : longest_packet;
  if (payload.size() > most) return Error::message_too_long;
  wire::Ipv6Header ip{.traffic_class = socket.options.traffic_class,
                      .flow_label = flow_label({{route->source, 0}, {target.remote, 0}}),
                      .payload_length = static_cast<std::uint16_t>(payload.size()),
                      .next_header = socket.name.protocol,
                      .hop_limit = socket.options.ttl,
                      .source = route->source,
                      .destination = target.remote};
  if (ip.hop_limit == 0) {
    ip.hop_limit =
        wire::is_multicast(ip.destination) ? std::uint8_t{1} : ipv6_.hop_limit_of(route->link);
  }
  Slice packet = start_packet_v6(ip, static_cast<std::uint32_t>(payload.size()));
  const MutableBytes text =
      packet.writable().subspan(wire::EthernetHeader::size + wire::Ipv6Header::size);
  std::copy(payload.begin(), payload.end(), text.begin());
  if (const auto offset = socket.checksum_offset()) {
    wire::HeaderSum pseudo;
    wire::PseudoHeader{ip.source, ip.destination}.add_to(
        pseudo, ip.next_header, static_cast<std::uint32_t>(payload.size()));
    put_checksum(text, *offset, pseudo.folded());
  }
  return send_whole_or_cut(*route, ip, Frame{.bytes = BufferChain(std::move(packet))}, now);
}

Error Host::send_headed(const RawSocket& socket, const RawTarget& target, Bytes packet,
                        Instant now) {
  if (packet.size() < wire::Ipv4Header::size) return Error::invalid_argument;
  if (packet.size() > longest_packet) return Error::message_too_long;
  const std::uint32_t header_bytes = (packet[0] & 0xfu) * 4u;
  if (header_bytes < wire::Ipv4Header::size || header_bytes > packet.size()) {
    return Error::invalid_argument;
  }
  const IpAddress from = IpAddress::v4(load_be32(&packet[source_place]));
  const IpAddress to = IpAddress::v4(load_be32(&packet[destination_place]));
  if (!target.remote.is_any() && target.remote != to) return Error::invalid_argument;
  const std::optional<IpAddress> source = from.is_any() ? target.source : from;
  const Result<PacketPath> path =
      path_from(socket.departure(), {.remote = {to, 0}, .source = source});
  if (!path) return path.error();

  Slice bytes =
      pool_->allocate(wire::EthernetHeader::size + static_cast<std::uint32_t>(packet.size()));
  const MutableBytes room = bytes.writable().subspan(wire::EthernetHeader::size);
  std::copy(packet.begin(), packet.end(), room.begin());
  store_be32(&room[source_place], path->route.source.as_v4());
  if (load_be16(&room[id_place]) == 0) {
    store_be16(&room[id_place],
               identifications_.next_v4(path->route.source, to, packet[protocol_place]));
  }
  put_checksum(room.first(header_bytes), sum_place, Sum{});
  wire::Ipv4Header ip;
  if (wire::read(room, ip) != Drop::none || ip.total_length != packet.size()) {
    return Error::invalid_argument;
  }
  if (packet.size() > settings_.links[path->route.link].mtu) return Error::message_too_long;
  return send_packet(*path, BufferChain(std::move(bytes)), now);
}

Error Host::send_headed_v6(const RawSocket& socket, const RawTarget& target, Bytes packet,
                           Instant now) {
  wire::Ipv6Header ip;
  wire::ExtensionHeaders extensions;
  if (wire::read(packet, ip) != Drop::none || ip.total_length() != packet.size() ||
      wire::read(packet, ip, extensions) != Drop::none) {
    return Error::invalid_argument;
  }
  if (!target.remote.is_any() && target.remote != ip.destination) return Error::invalid_argument;
  const std::optional<IpAddress> source = ip.source.is_any() ? target.source : ip.source;
  const std::optional<Route> route =
      path_from_v6(socket.departure(), {.remote = {ip.destination, 0}, .source = source});
  if (!route) return Error::network_unreachable;
  if (packet.size() > ipv6_.mtu_of(route->link)) return Error::message_too_long;
  ip.source = route->source;
  Slice bytes = start_packet_v6(ip, ip.payload_length);
  std::copy(packet.begin() + wire::Ipv6Header::size, packet.end(),
            bytes.writable().begin() + wire::EthernetHeader::size + wire::Ipv6Header::size);
  return send_v6(*route, Frame{.bytes = BufferChain(std::move(bytes))}, now);
}

}  // namespace acksu
