// Packets for somebody else (RFC 1812 section 5): judged, translated where two networks meet (NAT),
// filtered, and sent on with one hop less to live. Whoever is refused is told why, if anybody may
// be.
//
// Left out on purpose: source routes, multicast routing.
#include "host/address_kinds.h"
#include "host/checksum_update.h"
#include "host/fragmenter.h"
#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"

namespace acksu {
namespace {

constexpr std::uint32_t ttl_place = 8, checksum_place = 10;  // in an IPv4 header
constexpr std::uint32_t most_header_bytes = 128;             // of IP and transport

// RFC 1812 5.3.1, RFC 1624. The TTL is the first half of its word.
void take_one_hop(MutableBytes header) {
  const std::uint16_t before = load_be16(&header[ttl_place]);
  header[ttl_place] -= 1;
  ChecksumUpdate update;
  update.replace16(before, load_be16(&header[ttl_place]));
  store_be16(&header[checksum_place], update.applied_to(load_be16(&header[checksum_place])));
}

}  // namespace

// What comes for an address that stands for others, and what an inside host sends there.
bool HostPaths::is_to_be_translated(const Arrival& arrival) const {
  return translation_ && translation_->is_external(arrival.ip.destination) &&
         arrival.ip.protocol != 0;
}

Drop Host::take_transit(Arrival& arrival, tcp::Context& context) {
  const Instant now = context.now;
  BufferChain packet = std::move(arrival.packet);
  if (translation_ && arrival.ip.is_fragment()) {
    // A translator needs the ports, which only the first fragment has.
    Reassembly::Result whole = put_together(Fragment::of(arrival.ip, packet), now);
    if (whole.drop != Drop::none || whole.packet.is_empty()) return whole.drop;
    packet = std::move(whole.packet);
    arrival.is_checksum_trusted = false;
    wire::read(packet.front(), packet.size(), arrival.ip);
  }
  arrival.packet = packet;  // as it came, to be quoted
  if (!is_to_be_translated(arrival)) return forward(arrival, std::move(packet), now);

  const bool is_from_outside = is_outside(arrival.link);
  const Translation translation =
      is_from_outside ? translation_->inbound(packet, now) : translation_->outbound(packet, now);
  switch (translation.verdict) {
    case Translation::Verdict::untouched: return take_packet(std::move(packet), arrival, context);
    case Translation::Verdict::dropped: return translation.drop;
    case Translation::Verdict::inward:
    case Translation::Verdict::outward: break;
  }
  return forward(arrival, std::move(packet), now);
}

// `packet` may be translated already. What is refused is told to whom it came from, who knows it
// only as it came (`arrival`): RFC 5508 REQ-5 for errors of our own.
Drop Host::forward(Arrival& arrival, BufferChain packet, Instant now) {
  using Code = wire::UnreachableCode;
  wire::Ipv4Header ip = arrival.ip;
  if (translation_) wire::read(packet.front(), packet.size(), ip);
  if (arrival.is_group || !settings_.forwards ||
      !may_be_forwarded(ip.source, ip.destination, settings_.martians)) {
    return Drop::ip_not_forwardable;
  }
  // RFC 1122 3.2.1.7 (a), RFC 1812 5.3.1: what is for us may have one left.
  if (ip.ttl <= 1) {
    return refuse(arrival, {.type = wire::IcmpType::time_exceeded}, Drop::ip_ttl_expired, now);
  }
  const RouteTarget* const target = routes_.target_of(ip.destination);
  if (target == nullptr) return refuse(arrival, {.code = Code::network}, Drop::ip_no_route, now);
  if (target->kind == RouteKind::blackhole) return Drop::ip_no_route;
  if (target->kind == RouteKind::unreachable) {
    return refuse(arrival, {.code = Code::host}, Drop::ip_unreachable, now);
  }
  // RFC 4787 REQ-8: by its own address nobody behind a translator is reached from outside.
  const bool is_from_outside = is_outside(arrival.link) && !is_outside(target->link);
  if (is_from_outside && ip.destination == arrival.ip.destination) return Drop::nat_filtered;
  const std::optional<Route> route = routes_.find(ip.destination);
  const std::uint32_t mtu = settings_.links[route->link].mtu;
  if (packet.size() > mtu && ip.dont_fragment) {
    const IcmpError error{.code = Code::fragmentation_needed, .rest = mtu};
    return refuse(arrival, error, Drop::ip_too_big, now);
  }
  if (const Drop drop = pass_filter(arrival, route->link, packet, now); drop != Drop::none) {
    return drop;
  }
  const Drop drop = translate(arrival, route->link, packet, now);
  if (drop != Drop::none) return drop;
  if (settings_.redirects.sends && ip.destination == arrival.ip.destination) {
    tell_redirect(arrival, *route, now);
  }
  return send_on(*route, std::move(packet), now);
}

Drop Host::refuse(const Arrival& arrival, IcmpError error, Drop drop, Instant now) {
  send_icmp_error(arrival, arrival.packet, error, now);
  return drop;
}

// What crosses from inside to outside.
Drop Host::translate(Arrival& arrival, LinkId out, BufferChain& packet, Instant now) {
  if (!is_outside(out) || is_outside(arrival.link)) return Drop::none;
  const Translation translation = translation_->outbound(packet, now);
  return translation.verdict == Translation::Verdict::dropped ? translation.drop : Drop::none;
}

Drop Host::pass_filter(const Arrival& arrival, LinkId out, BufferChain& packet, Instant now) {
  if (!filter_) return Drop::none;
  NatPacket opened;
  if (const Drop drop = opened.open(packet); drop != Drop::none) return drop;
  FilterPacket asked = filter_packet(opened);
  asked.direction = FilterDirection::forward;
  asked.in_link = arrival.link;
  asked.out_link = out;
  const Filter::Judgement judgement = filter_->judge(asked, now);
  if (judgement.verdict != FilterVerdict::reject) return judgement.drop;
  const IcmpError error{.code = wire::UnreachableCode::administratively_prohibited};
  return refuse(arrival, error, judgement.drop, now);
}

// A frame of the packet's own: its headers in a block that others do not read, room for the link's
// header before them.
Frame HostPaths::with_link_header(const BufferChain& packet) const {
  const Slice& front = packet[0];
  const std::uint32_t copied = std::min(front.size(), most_header_bytes);
  Slice headers = pool_->allocate(wire::EthernetHeader::size + copied);
  const MutableBytes room = headers.writable().subspan(wire::EthernetHeader::size);
  std::copy_n(front.bytes().begin(), copied, room.begin());
  Frame frame{.bytes = BufferChain(std::move(headers))};
  if (front.size() > copied) frame.bytes.append(front.part(copied, front.size() - copied));
  for (std::uint32_t i = 1; i < packet.count(); ++i) frame.bytes.append(packet[i]);
  return frame;
}

Drop Host::send_on(const Route& route, BufferChain packet, Instant now) {
  ++counters_.packets_forwarded;
  const std::uint32_t mtu = settings_.links[route.link].mtu;
  Frame frame = with_link_header(packet);
  take_one_hop(frame.bytes[0].writable().subspan(wire::EthernetHeader::size));
  if (packet.size() <= mtu) {
    send(route, std::move(frame), now);
    return Drop::none;
  }
  frame.bytes.drop_front(wire::EthernetHeader::size);
  wire::Ipv4Header header;
  const Drop drop = wire::read(frame.bytes.front(), frame.bytes.size(), header);
  if (drop != Drop::none) return drop;
  for (BufferChain& fragment : fragments_of(header, frame.bytes, mtu, wire::EthernetHeader::size)) {
    send(route, Frame{.bytes = std::move(fragment)}, now);
  }
  return Drop::none;
}

}  // namespace acksu
