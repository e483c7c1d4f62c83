// IPv6 packets for somebody else (RFC 8200, RFC 4443): passed on with one hop less to live, or
// refused with an error that says why. A router cuts no packet.
//
// Left out on purpose: hop-by-hop options of packets that pass (RFC 8200 4 lets us), multicast
// routing, translation.
#include "host/address_kinds.h"
#include "host/filter_v6.h"
#include "host/host.h"
#include "wire/ethernet.h"

namespace acksu {
namespace {

constexpr std::uint32_t hop_limit_place = wire::EthernetHeader::size + 7;

}  // namespace

Drop Host::refuse_v6(const Arrival& arrival, Icmpv6Error error, Drop drop, Instant now) {
  send_icmpv6_error(arrival, error, now);
  return drop;
}

Drop Host::forward_v6(Arrival& arrival, Instant now) {
  using Code = wire::Unreachable6Code;
  using Type = wire::Icmpv6Type;
  const wire::Ipv6Header& ip = arrival.ip_v6;
  if (arrival.is_group) return Drop::ip_not_forwardable;
  if (!may_be_forwarded(ip.source, ip.destination, settings_.martians)) {
    // RFC 4007 9: the source's address means nothing beyond its link.
    const bool is_told = is_link_local(ip.source) && !is_link_local(ip.destination);
    if (is_told) send_icmpv6_error(arrival, {.code = Code::beyond_scope}, now);
    return Drop::ip_not_forwardable;
  }
  // RFC 4443 3.3.
  if (ip.hop_limit <= 1) {
    return refuse_v6(arrival, {.type = Type::time_exceeded}, Drop::ip_ttl_expired, now);
  }
  const RouteTarget* const target = routes_.target_of(ip.destination);
  if (target == nullptr) {
    return refuse_v6(arrival, {.code = Code::no_route}, Drop::ip_no_route, now);
  }
  if (target->kind == RouteKind::blackhole) return Drop::ip_no_route;
  if (target->kind == RouteKind::unreachable) {
    return refuse_v6(arrival, {.code = Code::rejected_route}, Drop::ip_unreachable, now);
  }
  if (!ipv6_.is_on(target->link)) return Drop::ip_not_forwardable;
  const std::uint32_t mtu = ipv6_.mtu_of(target->link);
  if (arrival.packet.size() > mtu) {
    // RFC 8200 4.5 (d): nobody cuts it on the way.
    return refuse_v6(arrival, {.type = Type::packet_too_big, .rest = mtu}, Drop::ip_too_big, now);
  }
  if (filter_) {
    const TransitV6 transit{arrival.packet, ip, arrival.link, target->link};
    const Filter::Judgement judgement = judge(*filter_, transit, now);
    if (judgement.verdict == FilterVerdict::reject) {
      return refuse_v6(arrival, {.code = Code::administratively_prohibited}, judgement.drop, now);
    }
    if (judgement.verdict == FilterVerdict::drop) return judgement.drop;
  }
  const Route route{
      target->link, target->next_hop.is_any() ? ip.destination : target->next_hop, {}};
  if (settings_.redirects.sends) tell_redirect_v6(arrival, route, now);
  ++counters_.packets_forwarded;
  Frame frame = with_link_header(arrival.packet);
  frame.bytes[0].writable()[hop_limit_place] -= 1;
  send_v6(route, std::move(frame), now);
  return Drop::none;
}

}  // namespace acksu
