// From a frame to what it carries, for IPv6 (RFC 8200): header, extension headers, whether it is
// for us and may have come from where it says it does (RFC 4291 section 2.7, RFC 6890); fragments
// put together.
#include "host/address_kinds.h"
#include "host/host.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu {

Drop Host::read_ipv6(BufferChain& packet, Arrival& arrival) {
  const bool is_on = ipv6_.is_on(arrival.link) || arrival.link == loopback();
  if (!is_on) return Drop::ethernet_unknown_type;
  if (packet.is_empty()) return Drop::ip_truncated;
  Drop drop = wire::read(packet.front(), packet.size(), arrival.ip_v6);
  if (drop != Drop::none) return drop;
  packet.drop_back(packet.size() - arrival.ip_v6.total_length());  // padding
  arrival.was_fragmented = false;
  drop = check_addresses_v6(arrival);
  if (drop != Drop::none) return drop;
  // RFC 8200 4: on the way only hop-by-hop options are looked at, and those only where a router
  // has something to do about them.
  if (arrival.kind == Arrival::Kind::transit_v6) {
    arrival.packet = std::move(packet);
    return Drop::none;
  }
  return read_behind_ipv6(packet, arrival);
}

Drop Host::read_behind_ipv6(BufferChain& packet, Arrival& arrival) {
  const Drop drop = wire::read(packet.front(), arrival.ip_v6, arrival.extensions);
  if (drop != Drop::none && !arrival.extensions.problem) return drop;
  if (drop != Drop::none) {
    arrival.kind = Arrival::Kind::faulty_v6;
    arrival.fault = drop;
    arrival.packet = std::move(packet);
    return Drop::none;
  }
  if (!arrival.extensions.fragment) return read_upper_v6(packet, arrival);
  // One packet is cut once only: what was put together holds no fragment.
  if (arrival.was_fragmented) return Drop::ip_header_order;
  arrival.kind = Arrival::Kind::fragment_v6;
  arrival.packet = std::move(packet);
  return Drop::none;
}

// RFC 8200 4 (b).
Drop Host::read_upper_v6(BufferChain& packet, Arrival& arrival) {
  switch (arrival.extensions.protocol) {
    case wire::IpProtocol::tcp:
      arrival.ecn = static_cast<Ecn>(arrival.ip_v6.traffic_class & 3);
      packet.drop_front(arrival.extensions.upper_offset);
      if (packet.is_empty()) return Drop::tcp_truncated;
      return read_segment(packet, arrival.ip_v6.source, arrival.ip_v6.destination, arrival);
    case wire::IpProtocol::udp: arrival.kind = Arrival::Kind::udp_v6; break;
    case wire::NextHeader::icmpv6: arrival.kind = Arrival::Kind::icmp_v6; break;
    case wire::NextHeader::none: return Drop::ip_unknown_protocol;
    default: arrival.kind = Arrival::Kind::other_v6;
  }
  arrival.packet = std::move(packet);
  return Drop::none;
}

Drop Host::check_addresses_v6(Arrival& arrival) {
  const IpAddress source = arrival.ip_v6.source;
  const IpAddress destination = arrival.ip_v6.destination;
  Link& link = links_[arrival.link];
  if (link.good_source == source && link.good_destination == destination) return Drop::none;
  if (link.kind == LinkKind::loopback) return Drop::none;
  // RFC 4862, RFC 4861: who has no address yet speaks of that in ICMPv6.
  const bool is_asking = source.is_any() && is_multicast(destination) &&
                         arrival.ip_v6.next_header == wire::NextHeader::icmpv6;
  if (routes_.is_bad_source(source) && !is_asking) return Drop::ip_bad_source;
  if (is_martian_destination(destination, settings_.martians)) return Drop::ip_not_for_us;
  if (is_multicast(destination)) {
    arrival.is_group = true;
    const bool is_heard =
        ipv6_.listens_on(arrival.link, destination) || link.mld.listens_to(destination);
    return is_heard ? Drop::none : Drop::ip_group_not_joined;
  }
  // The strong model (RFC 8504 has no word on it, RFC 1122 3.3.4.2 has); a router has its addresses
  // on all links, but for those that are of a link.
  const bool is_ours =
      routes_.is_ours_on(arrival.link, destination) ||
      (settings_.forwards && !is_link_local(destination) && routes_.is_ours(destination));
  if (is_ours) {
    link.remember_good(source, destination);
    return Drop::none;
  }
  const bool is_any_accepted = settings_.accepts_any_address &&
                               arrival.ip_v6.next_header == wire::IpProtocol::tcp &&
                               source != destination;
  if (is_any_accepted) return Drop::none;
  if (!settings_.forwards) return Drop::ip_not_for_us;
  arrival.kind = Arrival::Kind::transit_v6;
  return Drop::none;
}

Drop Host::take_fragment_v6(Arrival& arrival, tcp::Context& context) {
  Fragment fragment = Fragment::of(arrival.ip_v6, arrival.extensions, std::move(arrival.packet));
  Reassembly::Result result = put_together(std::move(fragment), context.now);
  if (result.drop != Drop::none || result.packet.is_empty()) return result.drop;
  arrival.is_checksum_trusted = false;  // a device saw fragments only
  arrival.was_fragmented = true;
  Drop drop = wire::read(result.packet.front(), result.packet.size(), arrival.ip_v6);
  if (drop == Drop::none) drop = read_behind_ipv6(result.packet, arrival);
  return drop == Drop::none ? take(arrival, context) : drop;
}

// RFC 8200 4.2, RFC 4443 3.4.
Drop Host::take_faulty_v6(const Arrival& arrival, Instant now) {
  const wire::ParameterProblem problem = *arrival.extensions.problem;
  send_icmpv6_error(arrival,
                    {.type = wire::Icmpv6Type::parameter_problem,
                     .code = problem.code,
                     .rest = problem.pointer,
                     .is_for_groups_too = problem.is_for_groups_too},
                    now);
  return arrival.fault;
}

}  // namespace acksu
