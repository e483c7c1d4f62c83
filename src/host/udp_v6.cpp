// UDP over IPv6, in and out (RFC 768, RFC 8200 section 8.1): datagrams that are larger than the
// path takes are cut into fragments (RFC 8200 section 4.5).
#include "host/fragmenter.h"
#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

namespace acksu {
namespace {

constexpr std::uint32_t before_udp = wire::EthernetHeader::size + wire::Ipv6Header::size;

}  // namespace

Drop Host::take_udp_v6(Arrival& arrival, Instant now) {
  BufferChain packet = arrival.packet;
  packet.drop_front(arrival.extensions.upper_offset);
  wire::UdpDatagram datagram;
  const wire::PseudoHeader pseudo{arrival.ip_v6.source, arrival.ip_v6.destination};
  const Drop drop =
      wire::read_udp(std::move(packet), pseudo, arrival.is_checksum_trusted, datagram);
  if (drop != Drop::none) return drop;
  const Endpoint to{arrival.ip_v6.destination, datagram.destination_port};
  const Endpoint from{arrival.ip_v6.source, datagram.source_port};
  const std::uint32_t index = udp_.find_if(
      to.port, [&](const UdpSocket& socket) { return socket.hears(arrival.link, from, to); });
  if (index == BoundSockets<UdpSocket>::none) {
    send_icmpv6_error(arrival, {.code = wire::Unreachable6Code::port}, now);  // RFC 4443 3.1
    return Drop::udp_no_socket;
  }
  const Datagram name{from, to, datagram.text.size(), arrival.link, arrival.ip_v6.hop_limit, now};
  return queue_datagram(index, arrival, name, std::move(datagram.text));
}

std::optional<Route> HostPaths::path_from_v6(const Departure& from,
                                             const DatagramTarget& target) const {
  const IpAddress to = target.remote.address;
  const IpAddress source = target.source.value_or(from.local);
  if (!wire::is_multicast(to) && routes_.is_bad_destination(to)) return std::nullopt;
  if (!source.is_any() && source.is_v4()) return std::nullopt;
  std::optional<Route> route;
  if (from.link && ipv6_.is_on(*from.link) &&
      (wire::is_multicast(to) || wire::is_link_local_v6(to))) {
    route = Route{*from.link, to, routes_.source_on(*from.link, to)};
  } else {
    route = route_to_v6(to, source);
  }
  if (!route || (from.link && *from.link != route->link)) return std::nullopt;
  if (!source.is_any()) route->source = source;
  if (!routes_.is_ours(route->source) || is_leak(*route, route->source)) return std::nullopt;
  return route;
}

Error Host::send_datagram_v6(const UdpSocket& socket, const DatagramTarget& target, Bytes payload,
                             Instant now) {
  const std::optional<Route> route = path_from_v6(socket.departure(), target);
  if (!route) return Error::network_unreachable;
  constexpr std::uint32_t header_bytes = wire::UdpDatagram::header_size;
  const Endpoint& remote = target.remote;
  const std::uint32_t most =
      socket.options.dont_fragment
          ? mtu_to(route->link, remote.address) - wire::Ipv6Header::size - header_bytes
          : 0xffff - header_bytes;
  if (payload.size() > most) return Error::message_too_long;

  wire::UdpDatagram datagram;
  datagram.source_port = socket.local.port;
  datagram.destination_port = remote.port;
  if (!payload.empty()) {
    Slice text = pool_->allocate(static_cast<std::uint32_t>(payload.size()));
    datagram.text_sum = copy_and_sum(text.writable().data(), payload);
    datagram.text.append(std::move(text));
  }
  std::uint8_t hop_limit = socket.options.ttl;
  if (hop_limit == 0) {
    hop_limit =
        wire::is_multicast(remote.address) ? std::uint8_t{1} : ipv6_.hop_limit_of(route->link);
  }
  const wire::Ipv6Header header{
      .flow_label = flow_label({{route->source, socket.local.port}, remote}),
      .payload_length = static_cast<std::uint16_t>(header_bytes + payload.size()),
      .next_header = wire::IpProtocol::udp,
      .hop_limit = hop_limit,
      .source = route->source,
      .destination = remote.address};
  Slice headers = start_packet_v6(header, header_bytes);
  wire::write_udp(datagram, {header.source, remote.address},
                  headers.writable().subspan(before_udp));
  Frame frame{.bytes = BufferChain(std::move(headers))};
  frame.bytes.append(std::move(datagram.text));
  return send_whole_or_cut(*route, header, std::move(frame), now);
}

// RFC 8200 5: who sends more than the path takes cuts it himself.
Error Host::send_whole_or_cut(const Route& route, const wire::Ipv6Header& header, Frame&& frame,
                              Instant now) {
  const std::uint32_t mtu = mtu_to(route.link, header.destination);
  if (header.total_length() <= mtu) return send_v6(route, std::move(frame), now);
  frame.bytes.drop_front(wire::EthernetHeader::size);
  wire::ExtensionHeaders extensions;
  const Drop drop = wire::read(frame.bytes.front(), header, extensions);
  ACKSU_ASSERT(drop == Drop::none);
  const Ipv6Cut cut{.mtu_bytes = mtu,
                    .headroom_bytes = wire::EthernetHeader::size,
                    .identification = identifications_.next_v6(header.source, header.destination)};
  for (BufferChain& fragment : fragments_of(header, extensions, frame.bytes, cut)) {
    const Error error = send_v6(route, Frame{.bytes = std::move(fragment)}, now);
    if (error != Error::none) return error;
  }
  return Error::none;
}

}  // namespace acksu
