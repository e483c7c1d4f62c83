// What happens to a frame on its way: cut, too large, filtered, waiting for the rate, marked or
// dropped for having waited, lost, corrupted, late, twice.
#include "sim/cable.h"

#include <algorithm>

#include "sim/congestion_mark.h"
#include "sim/packet.h"

namespace acksu::sim {
namespace {

// How long the line is busy with so many bytes; at most 2^30 of them.
Duration transmission_time(std::uint64_t bytes, std::uint64_t bits_per_second) {
  if (bits_per_second == 0) return Duration::zero();
  constexpr std::uint64_t nanoseconds_a_second = 1'000'000'000;
  return Duration{static_cast<std::int64_t>(bytes * 8 * nanoseconds_a_second / bits_per_second)};
}

// How many bytes leave in that time, exact to those of a microsecond; a line without a limit leaves
// none behind.
std::uint64_t sent_in(Duration time, std::uint64_t bits_per_second) {
  const auto microseconds = static_cast<std::uint64_t>(nanoseconds(time)) / 1000;
  return microseconds * bits_per_second / 8'000'000;
}

std::uint64_t measured(Duration duration) {
  return static_cast<std::uint64_t>(nanoseconds(duration));
}
Duration duration_of(std::uint64_t measure) { return Duration{static_cast<std::int64_t>(measure)}; }

std::optional<std::uint64_t> measure(bool happens, std::uint64_t amount) {
  return happens ? std::optional{amount} : std::nullopt;
}

}  // namespace

bool Cable::matches(const FilterRule& rule, const Frame& frame) const {
  if (rule.mask == 0 && !rule.only_text) return true;
  const std::optional<TcpPacket> packet = read_tcp(frame, carries_);
  if (!packet) return false;
  if (rule.only_text && packet->segment.text.is_empty()) return false;
  return (packet->segment.flags.bits & rule.mask) == rule.flags;
}

// The check sequence of a real link catches nearly every flipped bit. Those that it misses are for
// the checksums above; a neighbour's address or ARP, which have none, would be lies without end.
bool Cable::is_checked_above(const Frame& frame) const {
  constexpr std::uint16_t arp = 0x0806;
  const LinkHeader link = link_header(frame, carries_);
  return frame.bytes.size() > link.bytes && link.type != 0 && link.type != arp;
}

template <class Draw>
std::optional<std::uint64_t> Cable::chance(Side from, Fault::Kind kind, Draw draw) {
  const std::uint64_t number = counters_[index_of(from)].sent;
  if (script_) {
    const auto listed = std::find_if(script_->begin(), script_->end(), [&](const Fault& fault) {
      return fault.from == from && fault.frame == number && fault.kind == kind;
    });
    return listed == script_->end() ? std::nullopt : std::optional{listed->amount};
  }
  const std::optional<std::uint64_t> drawn = draw();
  if (drawn && is_written_down_) faults_.push_back({from, number, kind, *drawn, now_});
  return drawn;
}

void Cable::send(Side from, Frame frame, Instant now, std::vector<Arrival>& arrivals) {
  CableCounters& counters = counters_[index_of(from)];
  const DirectionSettings& settings = direction(from);
  ++counters.sent;
  counters.sent_bytes += frame.bytes.size();
  now_ = now;
  if (!takes(from, frame, now)) return;

  const Treatment treatment = filter(from, frame);
  if (treatment.is_dropped) {
    ++counters.filtered;
    return;
  }
  if (settings.has_codel && !passes_codel(from, frame, now)) return;
  note_queue(from, frame.bytes.size(), now);
  const Instant at = later_by(arrival_time(from, frame.bytes.size(), now), treatment.delay);
  Transmitter& transmitter = transmitters_[index_of(from)];
  const auto lost = chance(from, Fault::Kind::lost, [&] {
    const bool is_lost = rng_.chance(settings.loss);
    return measure(transmitter.bursts.loses(settings.bursts, rng_) || is_lost, 0);
  });
  if (lost) {
    ++counters.lost;
    return;
  }
  const auto again = chance(from, Fault::Kind::duplicated, [&]() -> std::optional<std::uint64_t> {
    if (!rng_.chance(settings.duplicate) && !treatment.is_duplicated) return std::nullopt;
    return rng_.between(0, measured(settings.duplicate_delay));
  });
  if (again) {
    ++counters.duplicated;
    arrivals.push_back({at + duration_of(*again), frame, transmitter.free_at});
  }
  const auto bit = chance(from, Fault::Kind::corrupted, [&]() -> std::optional<std::uint64_t> {
    if (!rng_.chance(settings.corrupt) || !is_checked_above(frame)) return std::nullopt;
    const std::uint64_t first = link_header(frame, carries_).bytes;
    return rng_.between(first * 8, std::uint64_t{frame.bytes.size()} * 8 - 1);
  });
  if (bit && is_checked_above(frame)) {
    ++counters.corrupted;
    frame = corrupted(frame, *bit);
  }
  arrivals.push_back({later_by(at, treatment.copy_delay), std::move(frame), transmitter.free_at});
}

// Whether the frame fits on the line and into the queue before it.
bool Cable::takes(Side from, const Frame& frame, Instant now) {
  CableCounters& counters = counters_[index_of(from)];
  const DirectionSettings& settings = direction(from);
  if (is_cut_at(from, now)) {
    ++counters.cut;
    return false;
  }
  const std::uint32_t whole_bytes = frame.bytes.size();
  const std::uint32_t most_bytes = settings.mtu + link_header(frame, carries_).bytes;
  if (frame.segment_bytes == 0 && whole_bytes > most_bytes) {
    ++counters.too_large;
    return false;
  }
  const Transmitter& transmitter = transmitters_[index_of(from)];
  if (transmitter.free_at <= now) return true;
  const Duration waiting =
      transmitter.free_at - now + transmission_time(whole_bytes, settings.rate);
  if (waiting <= transmission_time(settings.queue_bytes, settings.rate)) return true;
  ++counters.queue_full;
  return false;
}

// How long the frame will have waited is known: the line is free for it at a known time.
bool Cable::passes_codel(Side from, Frame& frame, Instant now) {
  CableCounters& counters = counters_[index_of(from)];
  const DirectionSettings& settings = direction(from);
  Transmitter& transmitter = transmitters_[index_of(from)];
  const Instant begin = std::max(transmitter.free_at, now);
  const std::uint32_t largest = settings.mtu + link_header(frame, carries_).bytes;
  const Duration one_frame = transmission_time(largest, settings.rate);
  if (!transmitter.codel.must_tell(settings.codel, begin, begin - now, one_frame)) return true;
  const Ecn codepoint = ecn_codepoint(frame, carries_);
  // RFC 3168 5: what understands it is marked instead of dropped; a mark of others stays.
  if (!settings.has_ecn || codepoint == Ecn::not_capable) {
    ++counters.codel_dropped;
    return false;
  }
  ++counters.marked;
  if (codepoint != Ecn::congestion_experienced) frame = marked(frame, carries_, *pool_);
  return true;
}

void Cable::note_queue(Side from, std::uint32_t bytes, Instant now) {
  const Transmitter& transmitter = transmitters_[index_of(from)];
  if (transmitter.free_at <= now) return;
  const std::uint64_t waiting = sent_in(transmitter.free_at - now, direction(from).rate) + bytes;
  std::uint64_t& most = counters_[index_of(from)].queue_most_bytes;
  most = std::max(most, waiting);
}

bool Cable::is_cut_at(Side from, Instant now) const {
  const std::vector<Cut>& cuts = settings_.directions[index_of(from)].cuts;
  return is_cut_ || std::any_of(cuts.begin(), cuts.end(),
                                [now](const Cut& cut) { return cut.from <= now && now < cut.to; });
}

Cable::Treatment Cable::filter(Side from, const Frame& frame) {
  Treatment result;
  for (FilterRule& rule : rules_) {
    if (rule.from != from || !matches(rule, frame)) continue;
    ++rule.matches;
    if (rule.matches < rule.first || rule.matches - rule.first >= rule.count) continue;
    if (rule.action == FilterRule::Action::drop) result.is_dropped = true;
    if (rule.action == FilterRule::Action::duplicate) {
      result.is_duplicated = true;
      result.copy_delay = rule.delay;
    }
    if (rule.action == FilterRule::Action::delay) result.delay += rule.delay;
  }
  return result;
}

Instant Cable::arrival_time(Side from, std::uint32_t bytes, Instant now) {
  const DirectionSettings& settings = direction(from);
  Transmitter& transmitter = transmitters_[index_of(from)];
  transmitter.free_at =
      std::max(transmitter.free_at, now) + transmission_time(bytes, settings.rate);

  const auto late = chance(from, Fault::Kind::late, [&] {
    const std::uint64_t extra = rng_.between(0, measured(settings.jitter));
    return measure(extra > 0, extra);
  });
  const Duration extra = duration_of(late.value_or(0));
  const Instant at =
      std::max(transmitter.free_at + settings.delay + extra, transmitter.last_arrival);
  const auto overtaken = chance(from, Fault::Kind::overtaken, [&] {
    return measure(rng_.chance(settings.reorder), measured(settings.reorder_delay));
  });
  if (overtaken) {
    ++counters_[index_of(from)].reordered;
    return at + duration_of(*overtaken);
  }
  transmitter.last_arrival = at;
  return at;
}

// What is left of a transmission at one rate takes so long at another.
Instant Cable::RateChange::later(Instant leaves) const {
  if (leaves <= now || before == 0 || before == after) return leaves;
  if (after == 0) return now;
  return now + transmission_time(sent_in(leaves - now, before), after);
}

Cable::RateChange Cable::set_rate(Side from, std::uint64_t rate, Instant now) {
  Transmitter& transmitter = transmitters_[index_of(from)];
  const RateChange change{now, direction(from).rate, rate};
  direction(from).rate = rate;
  const Instant free_at = change.later(transmitter.free_at);
  // The last frame that arrives has waited no longer than the last one that leaves.
  if (transmitter.last_arrival > now) transmitter.last_arrival += free_at - transmitter.free_at;
  transmitter.free_at = free_at;
  return change;
}

// A script's bit may be beyond this frame's end, or before its packet.
Frame Cable::corrupted(const Frame& frame, std::uint64_t bit) {
  Slice copy = pool_->allocate(frame.bytes.size());
  frame.bytes.copy_to(copy.writable());
  const std::uint64_t first = link_header(frame, carries_).bytes;
  bit = std::max(bit % (std::uint64_t{frame.bytes.size()} * 8), first * 8);
  copy.writable()[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1u << (bit % 8));
  return Frame{BufferChain{std::move(copy)}, frame.segment_bytes, false};
}

void Cable::digest(Digest& digest) const {
  rng_.digest(digest);
  digest.add(is_cut_ ? 1 : 0);
  for (const Transmitter& transmitter : transmitters_) {
    digest.add(transmitter.free_at);
    digest.add(transmitter.last_arrival);
    digest.add(transmitter.bursts.is_ill() ? 1 : 0);
    transmitter.codel.digest(digest);
  }
  for (const FilterRule& rule : rules_) digest.add(std::uint64_t{rule.matches});
}

}  // namespace acksu::sim
