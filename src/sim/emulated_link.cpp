// What is under way, by the time of its arrival.
#include "sim/emulated_link.h"

#include <algorithm>
#include <utility>

namespace acksu::sim {

void EmulatedLink::take(Side from, Frame frame, Instant now) {
  Way& way = ways_[index_of(from)];
  if (way.under_way.size() >= most_frames) {
    ++way.refused;
    return;
  }
  arrivals_.clear();
  cable_.send(from, std::move(frame), now, arrivals_);
  for (Cable::Arrival& arrival : arrivals_) {
    way.delays.add(arrival.at - now);
    way.under_way.emplace(arrival.at, UnderWay{std::move(arrival.frame), arrival.leaves});
  }
}

Instant EmulatedLink::deadline() const {
  Instant result = never;
  for (const Way& way : ways_) {
    if (!way.under_way.empty()) result = earliest(result, way.under_way.begin()->first);
  }
  return result;
}

void EmulatedLink::release(Side from, std::vector<Frame>& frames, std::size_t most, Instant now) {
  Way& way = ways_[index_of(from)];
  while (most > 0 && !way.under_way.empty() && way.under_way.begin()->first <= now) {
    const auto next = way.under_way.begin();
    way.lateness.add(now - next->first);
    ++way.delivered;
    way.delivered_bytes += next->second.frame.bytes.size();
    frames.push_back(std::move(next->second.frame));
    way.under_way.erase(next);
    --most;
  }
}

void EmulatedLink::set(Side from, const DirectionSettings& settings, Instant now) {
  const Cable::RateChange change = cable_.set_rate(from, settings.rate, now);
  cable_.direction(from) = settings;
  if (change.before == change.after) return;
  Way& way = ways_[index_of(from)];
  std::multimap<Instant, UnderWay> moved;
  Instant last = now;
  for (auto& [at, under_way] : way.under_way) {
    const Instant leaves = change.later(under_way.leaves);
    last = std::max(last, at + (leaves - under_way.leaves));
    moved.emplace_hint(moved.end(), last, UnderWay{std::move(under_way.frame), leaves});
  }
  way.under_way = std::move(moved);
  cable_.hold_until(from, last);
}

}  // namespace acksu::sim
