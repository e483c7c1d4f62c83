// Redirects on the wire: those that a host believes (RFC 1122 3.2.2.2, RFC 4861 8.1 and 8.3), and
// those that a router sends (RFC 1812 5.2.7.2; of IPv6 in ndp.cpp). Both are off unless settings
// say so.
#include "host/address_kinds.h"
#include "host/host.h"

namespace acksu {

// ---- IN -----------------------------------------------------------------------------------------

Drop Host::take_redirect(const Arrival& arrival, const wire::IcmpMessage& message, Instant now) {
  constexpr std::uint8_t last_code = 3;  // for a network, a host, and both of a type of service
  // RFC 1812 5.2.7.2: a router does not follow others.
  const bool is_heard = settings_.redirects.accepts && !settings_.forwards && !arrival.is_group;
  if (!is_heard || message.code > last_code) return Drop::icmp_not_believed;
  wire::QuotedPacket quoted;
  if (const Drop drop = wire::read(message.payload.flatten(), quoted); drop != Drop::none) {
    return drop;
  }
  const Quoted packet{.protocol = quoted.ip.protocol,
                      .packet_bytes = quoted.ip.total_length,
                      .source = {quoted.ip.source, quoted.source_port},
                      .destination = {quoted.ip.destination, quoted.destination_port},
                      .tcp_seq = quoted.tcp_seq};
  // Who is not on the link would have to know what we send.
  if (quoted.ip.source != arrival.ip.destination || !may_have_sent(packet)) {
    return Drop::icmp_unmatched;
  }
  // RFC 1122 3.2.2.2 (c): to a gateway of the network through which the redirect came.
  const IpAddress gateway =
      IpAddress::v4(std::uint32_t{message.id} << 16 | std::uint32_t{message.sequence});
  if (!routes_.is_on_link(arrival.link, gateway) || routes_.is_bad_destination(gateway)) {
    return Drop::icmp_not_believed;
  }
  // RFC 1122 3.2.2.2: for a network it is taken as for the host.
  const BetterHop better{arrival.link, quoted.ip.destination, gateway};
  return follow_redirect(better, arrival.ip.source, now) ? Drop::none : Drop::icmp_not_believed;
}

Drop Host::take_redirect_v6(LinkId link, const wire::NdpCarrier& carrier, const wire::Redirect& ndp,
                            Instant now) {
  if (!settings_.redirects.accepts || settings_.forwards) return Drop::ndp_not_believed;
  const BetterHop better{link, ndp.destination, ndp.target};
  return follow_redirect(better, carrier.source, now) ? Drop::none : Drop::ndp_not_believed;
}

// Only the first hop of now may name another one, and not ourselves.
bool Host::follow_redirect(const BetterHop& better, IpAddress reporter, Instant now) {
  const std::optional<Route> route = routes_.find(better.destination);
  const bool is_first_hop = route && route->link == better.link && route->next_hop == reporter &&
                            reporter != better.destination;
  if (!is_first_hop || better.gateway == reporter || routes_.is_ours(better.gateway)) return false;
  if (!redirects_.add(routes_, better, now)) return false;
  look_for_hops(better.destination);
  return true;
}

// Whether a socket of ours may have sent that.
bool HostPaths::may_have_sent(const Quoted& quoted) const {
  if (quoted.protocol == wire::IpProtocol::tcp) {
    return connection_quoted(quoted) != Handle::no_index;
  }
  if (quoted.protocol == wire::IpProtocol::udp) {
    return udp_.find(quoted.source) != BoundSockets<UdpSocket>::none;
  }
  const bool is_v4 = quoted.source.address.is_v4();
  return raw_.want(is_v4 ? IpVersion::v4 : IpVersion::v6, quoted.protocol);
}

void Host::forget_redirect(IpAddress destination) {
  if (redirects_.forget(routes_, destination)) look_for_hops(destination);
}

// Connections keep their next hop in mind. No stranger makes us walk over them: a redirect is
// believed once, and of the first hop only.
void Host::look_for_hops(IpAddress destination) {
  std::vector<std::uint32_t> concerned;
  table_.connections().for_each([&](std::uint32_t index, const ConnectionRecord& record) {
    if (record.connection.tuple().remote.address == destination) concerned.push_back(index);
  });
  for (const std::uint32_t index : concerned) table_.connections()[index].hop = {};
}

// ---- OUT ----------------------------------------------------------------------------------------

// RFC 1812 5.2.7.2: the packet leaves by the link it came by, and its source and the next hop are
// on the same network. Always for a host, never for a network.
void Host::tell_redirect(const Arrival& arrival, const Route& route, Instant now) {
  constexpr std::uint8_t for_host = 1;
  if (route.link != arrival.link || !has_ethernet(links_[route.link].kind)) return;
  for (const LocalAddress& each : routes_.addresses()) {
    const bool is_near = each.link == route.link && each.prefix.contains(arrival.ip.source) &&
                         each.prefix.contains(route.next_hop);
    if (!is_near) continue;
    const IcmpError error{
        .type = wire::IcmpType::redirect, .code = for_host, .rest = route.next_hop.as_v4()};
    return send_icmp_error(arrival, arrival.packet, error, now);
  }
}

}  // namespace acksu
