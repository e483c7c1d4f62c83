// A cable between two ends that are somebody else's business: frames and the time are handed in,
// and what has arrived is taken out. Its settings may change by a schedule.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/histogram.h"
#include "sim/cable.h"

namespace acksu::sim {

class EmulatedLink {
 public:
  // Of the frames under way in one direction, lest a long line without a rate takes all memory.
  static constexpr std::size_t most_frames = 1u << 18;

  EmulatedLink(CableSettings settings, std::uint64_t seed, std::shared_ptr<BufferPool> pool,
               LinkKind carries = LinkKind::ethernet)
      : cable_(std::move(settings), Rng{seed}, std::move(pool), carries) {}

  void take(Side from, Frame frame, Instant now);
  // When the next frame arrives; `never` when none is under way.
  Instant deadline() const;
  // Appends what has arrived from `from` by `now`, at most so many frames, in order.
  void release(Side from, std::vector<Frame>& frames, std::size_t most, Instant now);

  // From now on. What waits for the rate goes on at the new one; what is under way arrives as it
  // would have. Nothing overtakes for that.
  void set(Side from, const DirectionSettings& settings, Instant now);
  void cut(bool is_cut) { cable_.cut(is_cut); }

  const DirectionSettings& settings(Side from) const { return cable_.direction(from); }
  const CableCounters& counters(Side from) const { return cable_.counters(from); }
  std::uint64_t refused(Side from) const { return ways_[index_of(from)].refused; }
  std::uint64_t delivered(Side from) const { return ways_[index_of(from)].delivered; }
  std::uint64_t delivered_bytes(Side from) const { return ways_[index_of(from)].delivered_bytes; }
  std::size_t under_way(Side from) const { return ways_[index_of(from)].under_way.size(); }
  // From when a frame was taken to when it was due, and from then to when it was released.
  const Histogram& delays(Side from) const { return ways_[index_of(from)].delays; }
  const Histogram& lateness(Side from) const { return ways_[index_of(from)].lateness; }

 private:
  struct UnderWay {
    Frame frame;
    Instant leaves;
  };
  struct Way {
    std::multimap<Instant, UnderWay> under_way;  // by arrival, then in the order of taking
    std::uint64_t refused = 0, delivered = 0, delivered_bytes = 0;
    Histogram delays, lateness;
  };

  Cable cable_;
  std::array<Way, 2> ways_;
  std::vector<Cable::Arrival> arrivals_;
};

}  // namespace acksu::sim
