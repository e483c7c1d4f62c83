// Neighbour discovery on the wire (RFC 4861), duplicate addresses (RFC 4862, RFC 7527), and routers
// that speak or are asked. What is believed of it is decided in `Neighbours`, `Ipv6Addresses` and
// `Ipv6Routers`.
#include "wire/ndp.h"

#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"

namespace acksu {
namespace {

// What `Neighbours` says of ARP, said of NDP.
Drop of_ndp(Drop drop) {
  if (drop == Drop::arp_unsolicited) return Drop::ndp_unsolicited;
  return drop == Drop::arp_conflict ? Drop::ndp_conflict : drop;
}

bool is_usable(const std::optional<MacAddress>& mac) { return mac && !mac->is_group(); }

}  // namespace

// ---- IN -----------------------------------------------------------------------------------------

Drop Host::take_ndp(const Arrival& arrival, const wire::Icmpv6Message& message, Instant now) {
  using Type = wire::Icmpv6Type;
  const wire::NdpCarrier carrier{arrival.ip_v6.source, arrival.ip_v6.destination,
                                 arrival.ip_v6.hop_limit, arrival.was_fragmented};
  switch (message.type) {
    case Type::neighbour_solicitation: {
      wire::NeighbourSolicitation ndp;
      const Drop drop = wire::read(message, carrier, ndp);
      return drop == Drop::none ? take_solicitation(arrival.link, carrier, ndp, now) : drop;
    }
    case Type::neighbour_advertisement: {
      wire::NeighbourAdvertisement ndp;
      const Drop drop = wire::read(message, carrier, ndp);
      return drop == Drop::none ? take_advertisement(arrival.link, ndp, now) : drop;
    }
    case Type::router_advertisement: {
      wire::RouterAdvertisement ndp;
      const Drop drop = wire::read(message, carrier, ndp);
      if (drop != Drop::none) return drop;
      return take_router_advertisement(arrival.link, carrier.source, ndp, now);
    }
    case Type::router_solicitation: {
      wire::RouterSolicitation ndp;
      const Drop drop = wire::read(message, carrier, ndp);
      if (drop == Drop::none) ipv6_.on(arrival.link).advertiser.on_solicitation(now);
      return drop;
    }
    case Type::redirect: {
      wire::Redirect ndp;
      const Drop drop = wire::read(message, carrier, ndp);
      return drop == Drop::none ? take_redirect_v6(arrival.link, carrier, ndp, now) : drop;
    }
    default: return Drop::icmp_unknown_type;
  }
}

// Whether a neighbour of that link may have such an address.
bool HostPaths::is_neighbour_on(LinkId link, IpAddress address) const {
  if (wire::is_link_local_v6(address)) return true;
  const RouteTarget* const target = routes_.target_of(address);
  return target != nullptr && target->link == link && target->next_hop.is_any();
}

Drop Host::take_solicitation(LinkId link, const wire::NdpCarrier& carrier,
                             const wire::NeighbourSolicitation& ndp, Instant now) {
  Ipv6Addresses& addresses = ipv6_.on(link).addresses;
  const Ipv6Address* const asked = addresses.find(ndp.target);
  if (asked == nullptr) return Drop::ndp_unsolicited;
  if (!asked->is_ready()) {
    // RFC 4862 5.4.3: who only looks for us will ask again; who tries the same address is a rival.
    if (!carrier.source.is_any()) return Drop::ndp_unsolicited;
    if (!addresses.on_rival(ndp.target, ndp.nonce, now)) return Drop::ndp_own_message;
    follow_ipv6();
    return Drop::ndp_conflict;
  }
  Drop drop = Drop::none;
  if (!carrier.source.is_any()) {
    if (!is_neighbour_on(link, carrier.source)) return Drop::ndp_unsolicited;
    if (ndp.source_mac && !is_usable(ndp.source_mac)) return Drop::ndp_bad_option;
    if (ndp.source_mac) {
      drop = of_ndp(
          links_[link].neighbours.on_solicitation_for_us(carrier.source, *ndp.source_mac, now));
    }
  }
  if (speaks_for_all()) answer_solicitation(link, carrier, ndp, now);
  serve_neighbours(link, now);
  return drop;
}

// RFC 4861 7.2.4. Who has no address is told with all others (RFC 4862 5.4.4).
void Host::answer_solicitation(LinkId link, const wire::NdpCarrier& carrier,
                               const wire::NeighbourSolicitation& ndp, Instant now) {
  const bool is_to_all = carrier.source.is_any();
  const Route way{link, is_to_all ? wire::all_nodes_v6 : carrier.source, ndp.target};
  const wire::NeighbourAdvertisement answer{.target = ndp.target,
                                            .is_router = settings_.forwards,
                                            .is_solicited = !is_to_all,
                                            .overrides = true,
                                            .target_mac = told_mac(link)};
  std::optional<MacAddress> mac = ndp.source_mac;
  if (!is_to_all && !mac) {
    Neighbours& neighbours = links_[link].neighbours;
    const MacAddress* const known = neighbours.mac_of(hop_to(link, carrier.source, now), now);
    // He asked by unicast, so he was known; if he is no more, he asks everybody next.
    if (known == nullptr) return;
    mac = *known;
  }
  send_ndp(way, answer, mac);
}

Drop Host::take_advertisement(LinkId link, const wire::NeighbourAdvertisement& ndp, Instant now) {
  Ipv6Network::OfLink& on_link = ipv6_.on(link);
  if (const Ipv6Address* const ours = on_link.addresses.find(ndp.target)) {
    // RFC 4862 5.4.4. An address in use stays: else one packet would take it from us.
    if (!ours->is_ready()) on_link.addresses.on_rival(ndp.target, {}, now);
    follow_ipv6();
    return Drop::ndp_conflict;
  }
  if (!is_usable(ndp.target_mac)) {
    // RFC 4861 7.2.5: without a link-layer address it can only confirm, which asks for one here.
    return ndp.target_mac ? Drop::ndp_bad_option : Drop::ndp_unsolicited;
  }
  Neighbours& neighbours = links_[link].neighbours;
  const Drop drop = ndp.is_solicited ? neighbours.on_reply(ndp.target, *ndp.target_mac, now)
                                     : neighbours.on_announcement(ndp.target, *ndp.target_mac);
  if (drop == Drop::none && !ndp.is_router) {
    on_link.routers.forget_router(ndp.target);  // RFC 4861 7.2.5: it was one
    follow_ipv6();
  }
  serve_neighbours(link, now);
  return of_ndp(drop);
}

Drop Host::take_router_advertisement(LinkId link, IpAddress router,
                                     const wire::RouterAdvertisement& ndp, Instant now) {
  Ipv6Network::OfLink& on_link = ipv6_.on(link);
  if (!on_link.believes_routers) return Drop::ndp_not_believed;
  Drop drop = on_link.routers.on_advertisement(ndp, router, now);
  for (const wire::PrefixInformation& each : ndp.prefixes) {
    const Ipv6Addresses::Verdict verdict = on_link.addresses.on_prefix(each, now);
    if (verdict == Ipv6Addresses::Verdict::refused) drop = Drop::ndp_limit;
  }
  if (const auto reachable = on_link.routers.reachable()) {
    links_[link].neighbours.set_reachable_v6(*reachable);
  }
  follow_ipv6();
  return drop;
}

// ---- OUT ----------------------------------------------------------------------------------------

// RFC 4861 4.6.1: only where links have such addresses.
std::optional<MacAddress> HostPaths::told_mac(LinkId link) const {
  if (!has_ethernet(links_[link].kind)) return std::nullopt;
  return links_[link].mac;
}

// To a group, or to the MAC address of whom it is for.
template <class Ndp>
void Host::send_ndp(const Route& way, const Ndp& ndp, std::optional<MacAddress> mac) {
  constexpr std::uint32_t before = wire::EthernetHeader::size + wire::Ipv6Header::size;
  Slice packet = pool_->allocate(before + wire::largest_ndp_message);
  const MutableBytes room = packet.writable();
  const std::uint32_t length = wire::write(ndp, {way.source, way.next_hop}, room.subspan(before));
  wire::write(wire::EthernetHeader{mac.value_or(wire::mac_of_group_v6(way.next_hop)),
                                   links_[way.link].mac, wire::EtherType::ipv6},
              room);
  wire::write(wire::Ipv6Header{.payload_length = static_cast<std::uint16_t>(length),
                               .next_header = wire::NextHeader::icmpv6,
                               .hop_limit = wire::ndp_hop_limit,
                               .source = way.source,
                               .destination = way.next_hop},
              room.subspan(wire::EthernetHeader::size));
  packet.drop_back(wire::largest_ndp_message - length);
  enqueue(way.link, Frame{.bytes = BufferChain(std::move(packet))});
}

// RFC 4861 8.2: to a neighbour, about one that it could speak to itself. A router is named by its
// link-local address only.
void Host::tell_redirect_v6(const Arrival& arrival, const Route& route, Instant now) {
  const wire::Ipv6Header& ip = arrival.ip_v6;
  if (route.link != arrival.link || !has_ethernet(links_[route.link].kind)) return;
  if (!is_neighbour_on(arrival.link, ip.source)) return;
  if (route.next_hop != ip.destination && !wire::is_link_local_v6(route.next_hop)) return;
  const std::optional<IpAddress> source = ipv6_.on(arrival.link).addresses.link_local();
  Neighbours& neighbours = links_[arrival.link].neighbours;
  const MacAddress* const mac = neighbours.mac_of(hop_to(arrival.link, ip.source, now), now);
  if (!source || mac == nullptr) return;
  const MacAddress to = *mac;
  if (!icmp_limit_.may_send(ip.source, now)) {
    counters_.drops.add(Drop::icmp_rate_limited);
    return;
  }
  const wire::Redirect said{.target = route.next_hop,
                            .destination = ip.destination,
                            .target_mac = {},
                            .quote = arrival.packet};
  send_ndp(Route{arrival.link, ip.source, *source}, said, to);
}

// RFC 4861 7.2.2 and 7.3.3.
void Host::solicit(LinkId link, const Neighbours::Request& request) {
  const IpAddress source = routes_.source_on(link, request.target);
  if (source.is_any()) return;
  const IpAddress to = request.mac ? request.target : wire::solicited_node_group(request.target);
  const wire::NeighbourSolicitation asked{
      .target = request.target, .source_mac = told_mac(link), .nonce = {}};
  send_ndp(Route{link, to, source}, asked, request.mac);
}

// After a change of addresses or routers.
void Host::follow_ipv6() {
  if (ipv6_.follow_changes(routes_)) forget_judgements();
}

void Host::say_ipv6(const Ipv6Network::Message& message) {
  const Ipv6Network::OfLink& on_link = ipv6_.on(message.link);
  const std::optional<MacAddress> mac = told_mac(message.link);
  const std::optional<IpAddress> link_local = on_link.addresses.link_local();
  switch (message.kind) {
    case Ipv6Network::Message::Kind::probe: {
      const wire::NeighbourSolicitation probe{
          .target = message.probe.target, .source_mac = {}, .nonce = message.probe.nonce};
      send_ndp(Route{message.link, wire::solicited_node_group(probe.target), {}}, probe, {});
      return;
    }
    case Ipv6Network::Message::Kind::router_solicitation: {
      wire::RouterSolicitation question;
      if (link_local) question.source_mac = mac;
      send_ndp(Route{message.link, wire::all_routers_v6, link_local.value_or(IpAddress{})},
               question, {});
      return;
    }
    case Ipv6Network::Message::Kind::router_advertisement: {
      if (!link_local) return;
      wire::RouterAdvertisement said = on_link.advertiser.advertisement();
      said.source_mac = mac;
      send_ndp(Route{message.link, wire::all_nodes_v6, *link_local}, said, {});
      return;
    }
  }
}

}  // namespace acksu
