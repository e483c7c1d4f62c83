// A cable between two links: what it does to frames that travel over it. Delay, jitter, rate,
// queue, MTU, loss (by chance or in bursts), reordering, duplication, corruption and cuts, each
// direction by itself; and a filter that treats chosen frames (the third segment with text, the
// first SYN+ACK) in a chosen way. A queue drops at its tail, or tells senders by CoDel that it has
// been standing too long. Integer arithmetic only: the same seed gives the same arrivals with every
// compiler. What is not used draws no random numbers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/rng.h"
#include "base/time.h"
#include "host/frame.h"
#include "host/link_kind.h"
#include "sim/burst_loss.h"
#include "sim/codel.h"
#include "sim/fault.h"

namespace acksu::sim {

// The two ends of a cable, in the order in which they were connected.
enum class Side : std::uint8_t { a, b };
constexpr Side other(Side side) { return side == Side::a ? Side::b : Side::a; }
constexpr std::size_t index_of(Side side) { return static_cast<std::size_t>(side); }

// [from, to) in virtual time: frames sent then are lost.
struct Cut {
  Instant from{};
  Instant to = never;
};

// One direction. All chances are parts per million of the frames.
struct DirectionSettings {
  Duration delay = 1ms;
  Duration jitter{};                       // up to so much more, without overtaking
  std::uint64_t rate = 0;                  // bits per second; 0: no limit
  std::uint32_t queue_bytes = 256 * 1024;  // waiting for the rate; more is dropped at the tail
  std::uint32_t mtu = 1500;                // bytes of a frame behind its link header
  std::uint32_t loss = 0;
  std::uint32_t reorder = 0;  // delayed by `reorder_delay` more, so that others overtake
  Duration reorder_delay = 2ms;
  std::uint32_t duplicate = 0;
  Duration duplicate_delay{};  // of the second copy, at most: an old duplicate
  std::uint32_t corrupt = 0;   // one bit flipped, behind the link header; never in ARP
  std::vector<Cut> cuts{};
  BurstLossSettings bursts{};
  bool has_codel = false;  // `queue_bytes` stays a limit
  bool has_ecn = false;    // CoDel marks what may be marked (RFC 3168) and drops the rest
  CodelSettings codel{};
};

struct CableSettings {
  std::array<DirectionSettings, 2> directions;  // what side a sends, what side b sends

  static CableSettings both(const DirectionSettings& direction) { return {{direction, direction}}; }
};

// Treats the `first`-th frame that matches and `count` - 1 matches after it. With a mask only TCP
// segments match: those whose flags under the mask are `flags`.
struct FilterRule {
  enum class Action : std::uint8_t { drop, delay, duplicate };

  Side from = Side::a;
  std::uint16_t mask = 0;  // of `Flags`; 0: any frame
  std::uint16_t flags = 0;
  bool only_text = false;  // only segments that carry text
  std::uint32_t first = 1;
  std::uint32_t count = 1;
  Action action = Action::drop;
  Duration delay{};  // of the delayed frame, or of the second copy

  std::uint32_t matches = 0;  // seen so far
};

// What became of the frames of one direction.
struct CableCounters {
  std::uint64_t sent = 0, sent_bytes = 0, delivered = 0, delivered_bytes = 0;
  std::uint64_t lost = 0, cut = 0, queue_full = 0, too_large = 0, filtered = 0;
  std::uint64_t reordered = 0, duplicated = 0, corrupted = 0;
  std::uint64_t codel_dropped = 0, marked = 0;
  std::uint64_t queue_most_bytes = 0;  // waited at once
};

class Cable {
 public:
  // A frame on its way to the other side.
  struct Arrival {
    Instant at{};
    Frame frame;
    Instant leaves{};  // the queue, with its last bit
  };

  // `carries` is what stands before packets on it: Ethernet, with tags or without, or nothing.
  Cable(CableSettings settings, Rng rng, std::shared_ptr<BufferPool> pool,
        LinkKind carries = LinkKind::ethernet)
      : pool_(std::move(pool)), settings_(std::move(settings)), rng_(rng), carries_(carries) {}

  // Takes a frame that leaves the link at `from`, and appends what will arrive at the other side:
  // nothing, the frame, or two. Blocks that others may see are never written: a corrupted frame is
  // a copy.
  void send(Side from, Frame frame, Instant now, std::vector<Arrival>& arrivals);

  // While it is cut, all frames sent are lost; those under way still arrive.
  void cut(bool is_cut) { is_cut_ = is_cut; }
  bool is_cut() const { return is_cut_; }
  void add(const FilterRule& rule) { rules_.push_back(rule); }

  // Sets the rate for what comes, and for what waits: if it leaves the queue after `now`, the times
  // of its arrival are to be moved by later(leaves) - leaves, where `later` is what this returns.
  struct RateChange {
    Instant now{};
    std::uint64_t before = 0, after = 0;  // bits per second; 0: no limit
    Instant later(Instant leaves) const;
  };
  RateChange set_rate(Side from, std::uint64_t rate, Instant now);
  // What comes from now on arrives no sooner, unless it is reordered.
  void hold_until(Side from, Instant arrival) {
    Instant& last = transmitters_[index_of(from)].last_arrival;
    if (last < arrival) last = arrival;
  }

  DirectionSettings& direction(Side from) { return settings_.directions[index_of(from)]; }
  const DirectionSettings& direction(Side from) const {
    return settings_.directions[index_of(from)];
  }
  const CableCounters& counters(Side from) const { return counters_[index_of(from)]; }

  // Writes down all that chance does from now on.
  void write_down_faults() { is_written_down_ = true; }
  const std::vector<Fault>& faults() const { return faults_; }
  // From now on chance does these things and no others. Rates, queues and cuts are no chance.
  void follow(std::vector<Fault> script) { script_ = std::move(script); }
  void digest(Digest& digest) const;

 private:
  // The transmitter of one direction.
  struct Transmitter {
    Instant free_at{};       // the last bit accepted so far has left
    Instant last_arrival{};  // of a frame that was not reordered
    BurstLoss bursts;
    Codel codel;
  };
  struct Treatment {
    bool is_dropped = false;
    bool is_duplicated = false;
    Duration delay{};
    Duration copy_delay{};  // of the second copy, more than that
  };

  // What chance does to the frame that is sent now: how much of it, or nothing. `draw` throws the
  // dice, unless there is a script.
  template <class Draw>
  std::optional<std::uint64_t> chance(Side from, Fault::Kind kind, Draw draw);
  bool takes(Side from, const Frame& frame, Instant now);
  bool matches(const FilterRule& rule, const Frame& frame) const;
  bool is_checked_above(const Frame& frame) const;
  bool is_cut_at(Side from, Instant now) const;
  Treatment filter(Side from, const Frame& frame);
  bool passes_codel(Side from, Frame& frame, Instant now);
  void note_queue(Side from, std::uint32_t bytes, Instant now);
  Instant arrival_time(Side from, std::uint32_t bytes, Instant now);
  Frame corrupted(const Frame& frame, std::uint64_t bit);

  std::shared_ptr<BufferPool> pool_;
  CableSettings settings_;
  Rng rng_;
  LinkKind carries_;
  std::vector<FilterRule> rules_;
  std::array<Transmitter, 2> transmitters_{};
  std::array<CableCounters, 2> counters_{};
  bool is_cut_ = false;
  bool is_written_down_ = false;
  Instant now_{};  // of the frame that is sent
  std::vector<Fault> faults_;
  std::optional<std::vector<Fault>> script_;
};

}  // namespace acksu::sim
