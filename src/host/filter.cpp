// Judging packets.
#include "host/filter.h"

#include <algorithm>
#include <array>

#include "wire/icmp.h"
#include "wire/ipv4.h"

namespace acksu {
namespace {

using wire::IpProtocol;

bool has_ports(std::uint8_t protocol) {
  return protocol == IpProtocol::tcp || protocol == IpProtocol::udp;
}

template <class Value>
bool fits(const std::optional<Value>& wanted, const std::optional<Value>& is) {
  return !wanted || wanted == is;
}

bool fits(const FilterRule& rule, const FilterPacket& packet) {
  if (!fits(rule.direction, std::optional{packet.direction})) return false;
  if (!fits(rule.in_link, packet.in_link) || !fits(rule.out_link, packet.out_link)) return false;
  if (!fits(rule.protocol, std::optional{packet.protocol})) return false;
  if (rule.icmp_type && (!packet.is_icmp || *rule.icmp_type != packet.icmp_type)) return false;
  if (rule.source && !rule.source->contains(packet.source.address)) return false;
  if (rule.destination && !rule.destination->contains(packet.destination.address)) return false;
  // A rule about ports says nothing of packets that have none.
  constexpr PortRange all;
  const auto fits_port = [&](const PortRange& range, std::uint16_t port) {
    const bool fits_any = range.first == all.first && range.last == all.last;
    return fits_any || (has_ports(packet.protocol) && range.holds(port));
  };
  return fits_port(rule.source_ports, packet.source.port) &&
         fits_port(rule.destination_ports, packet.destination.port);
}

// Both directions of a flow have one name in the table: the smaller endpoint first.
FourTuple in_order(const FourTuple& tuple) {
  return tuple.remote < tuple.local ? FourTuple{tuple.remote, tuple.local} : tuple;
}

void count(Filter::RuleCounters& counters, const FilterPacket& packet) {
  ++counters.packets;
  counters.bytes += packet.bytes;
}

}  // namespace

FilterPacket filter_packet(const NatPacket& opened) {
  FilterPacket packet;
  packet.protocol = opened.protocol();
  packet.source = endpoint_of(opened.source());
  packet.destination = endpoint_of(opened.destination());
  packet.bytes = opened.ip().total_length;
  packet.segment = opened.segment();
  switch (opened.kind()) {
    case NatPacket::Kind::tcp:
    case NatPacket::Kind::udp: return packet;
    case NatPacket::Kind::query:
    case NatPacket::Kind::reply: packet.icmp_type = opened.icmp_type(); break;
    case NatPacket::Kind::error:
      packet.icmp_type = opened.icmp_type();
      packet.is_icmp_error = true;
      packet.quoted_protocol = opened.quoted().protocol;
      packet.quoted_source = endpoint_of(opened.quoted().near);
      packet.quoted_destination = endpoint_of(opened.quoted().far);
      break;
  }
  packet.is_icmp = true;
  return packet;
}

Filter::Filter(const FilterSettings& settings, SipKey key)
    : settings_(settings),
      key_(key),
      idle_({settings.udp_timeout, settings.tcp_established_timeout,
             settings.tcp_transitory_timeout, settings.other_timeout}),
      counters_(settings.rules.size()) {}

std::uint64_t Filter::hash_of(const FlowName& name) const {
  const FourTuple tuple = in_order(name.tuple);
  const std::array<std::uint64_t, 5> words{tuple.local.address.high(), tuple.local.address.low(),
                                           tuple.remote.address.high(), tuple.remote.address.low(),
                                           (std::uint64_t{name.protocol} << 32) |
                                               (std::uint64_t{tuple.local.port} << 16) |
                                               tuple.remote.port};
  return siphash_1_3(key_, words);
}

std::uint32_t Filter::find(const FlowName& name) const {
  const FourTuple wanted = in_order(name.tuple);
  return by_name_.find(hash_of(name), [&](std::uint32_t index) {
    const FlowName& held = flows_[index].name;
    return held.protocol == name.protocol && in_order(held.tuple) == wanted;
  });
}

Filter::Judgement Filter::judge(const FilterPacket& packet, Instant now) {
  if (is_of_known_flow(packet, now)) {
    count(known_, packet);
    return {FilterVerdict::accept, Drop::none, no_rule, true};
  }
  return judged_by_rules(packet, now);
}

// RFC 5508 REQ-6 for a filter: an error belongs to the flow of the packet that it quotes, and
// neither keeps it alive nor ends it.
bool Filter::is_of_known_flow(const FilterPacket& packet, Instant now) {
  if (packet.is_icmp_error) {
    // Whoever sends it, it goes to the one who sent the quoted packet.
    if (packet.destination.address != packet.quoted_source.address) return false;
    return find({packet.quoted_protocol, {packet.quoted_source, packet.quoted_destination}}) !=
           HashIndex::none;
  }
  const std::uint32_t index = find({packet.protocol, {packet.source, packet.destination}});
  return index != HashIndex::none && use(index, packet, now);
}

bool Filter::use(std::uint32_t index, const FilterPacket& packet, Instant now) {
  Flow& flow = flows_[index];
  Idle idle = packet.protocol == IpProtocol::udp ? Idle::udp : Idle::other;
  if (packet.protocol == IpProtocol::tcp) {
    const bool is_from_originator =
        packet.source == flow.name.tuple.local && packet.destination == flow.name.tuple.remote;
    const auto side =
        is_from_originator ? TcpTracker::Side::originator : TcpTracker::Side::responder;
    const TcpTracker::Phase before = flow.tcp.phase();
    if (!flow.tcp.take(side, packet.segment)) return false;
    const TcpTracker::Phase after = flow.tcp.phase();
    if (packet.segment.has(Flags::rst) && before == after) return true;
    idle = after == TcpTracker::Phase::established ? Idle::established : Idle::transitory;
  }
  idle_.restart(index, static_cast<std::uint8_t>(idle), now, entry_of());
  return true;
}

Filter::Judgement Filter::judged_by_rules(const FilterPacket& packet, Instant now) {
  Judgement judgement{settings_.otherwise, Drop::none, no_rule, false};
  for (std::uint32_t i = 0; i < settings_.rules.size(); ++i) {
    if (!fits(settings_.rules[i], packet)) continue;
    judgement.verdict = settings_.rules[i].verdict;
    judgement.rule = i;
    break;
  }
  count(judgement.rule == no_rule ? otherwise_ : counters_[judgement.rule], packet);
  if (judgement.verdict != FilterVerdict::accept) {
    judgement.drop = Drop::filter_denied;
  } else if (!open(packet, now)) {
    judgement.verdict = FilterVerdict::drop;
    judgement.drop = Drop::filter_table_full;
  }
  return judgement;
}

// Remembers the flow of a packet that was let through. False: there is no room for another one.
bool Filter::open(const FilterPacket& packet, Instant now) {
  if (packet.is_icmp_error) return true;  // let through by itself
  const bool is_tcp = packet.protocol == IpProtocol::tcp;
  if (is_tcp && !TcpTracker::may_begin(packet.segment, settings_.takes_up_old_connections)) {
    return true;
  }
  const FlowName name{packet.protocol, {packet.source, packet.destination}};
  if (find(name) != HashIndex::none)
    return true;  // a strange segment that a rule lets through all the same
  if (flows_.size() >= settings_.max_flows) {
    // Of those that are short of life the oldest gives way: opening, closing, or queries.
    std::uint32_t oldest = idle_.oldest(static_cast<std::uint8_t>(Idle::transitory));
    if (oldest == HashIndex::none) oldest = idle_.oldest(static_cast<std::uint8_t>(Idle::other));
    if (oldest == HashIndex::none) return false;
    close(oldest);
  }
  const std::uint32_t index = flows_.allocate();
  flows_[index].name = name;
  by_name_.insert(hash_of(name), index);
  idle_.restart(index, static_cast<std::uint8_t>(Idle::transitory), now, entry_of());
  use(index, packet, now);
  return true;
}

void Filter::close(std::uint32_t index) {
  by_name_.erase(hash_of(flows_[index].name), index);
  idle_.stop(index, entry_of());
  flows_.release(index);
}

Instant Filter::deadline() const { return idle_.deadline(entry_of()); }

void Filter::on_time(Instant now) {
  for (std::uint32_t due = idle_.due(now, entry_of()); due != HashIndex::none;
       due = idle_.due(now, entry_of())) {
    close(due);
  }
}

void Filter::digest(Digest& digest) const {
  for (const RuleCounters& counters : counters_) digest.add(counters.packets);
  flows_.for_each([&](std::uint32_t index, const Flow& flow) {
    digest.add((std::uint64_t{index} << 8) | flow.name.protocol);
    for (const Endpoint& endpoint : {flow.name.tuple.local, flow.name.tuple.remote}) {
      digest.add(endpoint.address.high());
      digest.add(endpoint.address.low());
      digest.add(std::uint64_t{endpoint.port});
    }
    flow.tcp.digest(digest);
    digest.add(flow.idle.ends);
  });
}

}  // namespace acksu
