// IPv6 packets on their way out: headers, flow labels (RFC 6437), groups on Ethernet (RFC 2464).
#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu {
namespace {

constexpr std::uint32_t before_transport = wire::EthernetHeader::size + wire::Ipv6Header::size;

}  // namespace

// RFC 6437 3: the same for all packets of a flow, and of no use to guess another's.
std::uint32_t HostPaths::flow_label(const FourTuple& tuple) const {
  return static_cast<std::uint32_t>(siphash<1, 3>(flow_label_key_, tuple)) & 0xf'ffff;
}

Slice HostPaths::start_packet_v6(const wire::Ipv6Header& header,
                                 std::uint32_t transport_header_bytes) const {
  Slice headers = pool_->allocate(before_transport + transport_header_bytes);
  wire::write(header, headers.writable().subspan(wire::EthernetHeader::size));
  return headers;
}

Slice HostPaths::segment_headers_v6(const FourTuple& tuple, const Segment& segment) const {
  Slice headers = pool_->allocate(before_transport + wire::largest_tcp_header);
  const MutableBytes room = headers.writable();
  const std::uint32_t header_bytes = wire::write_tcp(
      segment, {tuple.local.address, tuple.remote.address}, room.subspan(before_transport));
  wire::write(wire::Ipv6Header{.traffic_class = static_cast<std::uint8_t>(segment.ecn),
                               .flow_label = flow_label(tuple),
                               .payload_length =
                                   static_cast<std::uint16_t>(header_bytes + segment.text.size()),
                               .next_header = wire::IpProtocol::tcp,
                               .hop_limit = hop_limit_to(tuple.remote.address),
                               .source = tuple.local.address,
                               .destination = tuple.remote.address},
              room.subspan(wire::EthernetHeader::size));
  headers.drop_back(wire::largest_tcp_header - header_bytes);
  return headers;
}

std::uint8_t HostPaths::hop_limit_to(IpAddress destination) const {
  const std::optional<Route> route = routes_.find(destination);
  return route ? ipv6_.hop_limit_of(route->link) : settings_.ttl;
}

std::uint32_t HostPaths::mtu_to(LinkId link, IpAddress destination) const {
  const std::uint32_t mtu = destination.is_v4() ? settings_.links[link].mtu : ipv6_.mtu_of(link);
  return path_mtu_.mtu_to(destination, mtu);
}

// A link-local address or a group names no link: that of the source, if it is bound to one.
std::optional<Route> HostPaths::route_to_v6(IpAddress destination, IpAddress source) const {
  if (routes_.is_ours(destination)) return routes_.find(destination);
  const bool is_of_link = wire::is_multicast(destination) || wire::is_link_local_v6(destination);
  std::optional<Route> route;
  if (is_of_link) {
    std::optional<LinkId> link = ipv6_.first_link();
    if (!source.is_any()) link = routes_.link_of(source);
    if (link && ipv6_.is_on(*link)) {
      route = Route{*link, destination, routes_.source_on(*link, destination)};
    }
  } else {
    route = routes_.find(destination);
  }
  if (route && route->source.is_any()) route.reset();  // nobody could answer
  return route;
}

Error Host::send_v6(const Route& route, Frame&& frame, Instant now) {
  if (wire::is_multicast(route.next_hop)) {
    wire::write(wire::EthernetHeader{wire::mac_of_group_v6(route.next_hop), links_[route.link].mac,
                                     wire::EtherType::ipv6},
                frame.bytes[0].writable());
    return enqueue(route.link, std::move(frame)) ? Error::none : Error::out_of_memory;
  }
  return send_to_neighbour(route, std::move(frame), wire::EtherType::ipv6, now);
}

}  // namespace acksu
