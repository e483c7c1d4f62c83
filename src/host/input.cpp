// Absorbing bursts: all frames of a burst are read, then what they name is fetched, then each is
// taken in turn. Nothing is sent.
#include "host/host.h"
#include "host/runs.h"

namespace acksu {
namespace {

void prefetch(const ConnectionTable& table, std::span<const Arrival> arrivals) {
  for (const Arrival& arrival : arrivals) {
    if (arrival.drop != Drop::none || arrival.kind != Arrival::Kind::tcp) continue;
    table.prefetch_record(arrival.hash);
  }
}

}  // namespace

void Host::absorb(LinkId link, std::span<Frame> burst, Instant now) {
  ACKSU_ASSERT(link < wires());
  if (links_[link].ppp) {
    absorb_line(link, burst, now);
  } else {
    absorb_all(link, burst, now);
  }
  table_.connections().fold_some(wheel_, now);
}

void Host::absorb_all(LinkId link, std::span<Frame> burst, Instant now) {
  // Who looks is told about one frame at a time.
  const std::size_t most = observer_ ? 1 : ArrivalBurst::most;
  while (!burst.empty()) {
    const std::size_t count = std::min(most, burst.size());
    absorb_burst(link, burst.first(count), now);
    burst = burst.subspan(count);
  }
}

void Host::absorb_burst(LinkId link, std::span<Frame> burst, Instant now) {
  const bool is_told = links_[link].ppp.has_value();  // as what it was on the line
  if (observer_ && !is_told) observer_.get()->on_frame_in(now, link, burst.front());
  const std::span<Arrival> arrivals = arrivals_.first(burst.size());
  counters_.frames_in += burst.size();
  Arrival* next = arrivals.data();
  for (Frame& frame : burst) {
    counters_.bytes_in += frame.bytes.size();
    next->link = link;
    next->drop = read_frame(frame, *next);
    ++next;
  }
  find_runs(arrivals);
  if (burst.size() > 2) prefetch(table_, arrivals);
  tcp::Context context = context_at(now);
  for (Arrival& arrival : arrivals) {
    if (arrival.drop == Drop::none) arrival.drop = take(arrival, context);
    if (arrival.drop != Drop::none) counters_.drops.add(arrival.drop);
    if (observer_) observer_.get()->on_verdict(now, link, arrival.drop);
    arrival.packet.clear();
    arrival.segment.text.clear();
  }
}

Drop Host::take(Arrival& arrival, tcp::Context& context) {
  if (arrival.kind == Arrival::Kind::tcp) [[likely]]
    return take_tcp(arrival, context);
  return take_other_kind(arrival, context);
}

Drop Host::take_other_kind(Arrival& arrival, tcp::Context& context) {
  switch (arrival.kind) {
    case Arrival::Kind::udp: return take_udp(arrival, context.now);
    case Arrival::Kind::icmp: return take_icmp(arrival, context.now);
    case Arrival::Kind::igmp: return take_igmp(arrival, context.now);
    case Arrival::Kind::faulty: return take_faulty(arrival, context.now);
    case Arrival::Kind::other: return take_other(arrival, context.now);
    case Arrival::Kind::other_v6: return take_other_v6(arrival, context.now);
    case Arrival::Kind::arp: return take_arp(arrival, context.now);
    case Arrival::Kind::fragment: return take_fragment(arrival, context);
    case Arrival::Kind::transit: return take_transit(arrival, context);
    case Arrival::Kind::icmp_v6: return take_icmpv6(arrival, context.now);
    case Arrival::Kind::udp_v6: return take_udp_v6(arrival, context.now);
    case Arrival::Kind::fragment_v6: return take_fragment_v6(arrival, context);
    case Arrival::Kind::transit_v6: return forward_v6(arrival, context.now);
    case Arrival::Kind::faulty_v6: return take_faulty_v6(arrival, context.now);
    case Arrival::Kind::tcp:
    case Arrival::Kind::nothing: break;
  }
  return Drop::none;
}

}  // namespace acksu
