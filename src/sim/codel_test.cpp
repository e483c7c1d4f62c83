// CoDel: its times exactly, and that it holds a queue down without emptying it.
#include "sim/codel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <queue>
#include <vector>

#include "sim/cable.h"
#include "sim/congestion_mark.h"

namespace acksu::sim {
namespace {

constexpr Duration no_time{};

// When it tells, of frames that leave every 100 microseconds after the same time in the queue.
std::vector<Instant> told(Codel& codel, Duration sojourn, Instant from, Instant to) {
  std::vector<Instant> result;
  for (Instant now = from; now < to; now += 100us) {
    if (codel.must_tell({}, now, sojourn, no_time)) result.push_back(now);
  }
  return result;
}

// RFC 8289 5: after an interval, and then after interval / sqrt(count).
TEST(Codel, TellsAfterAnIntervalThenMoreAndMoreOften) {
  Codel codel;
  const std::vector<Instant> times = told(codel, 6ms, Instant{}, Instant{} + 500ms);
  ASSERT_GE(times.size(), 6u);
  const std::vector<Instant> first{times.begin(), times.begin() + 6};
  EXPECT_EQ(first, (std::vector<Instant>{Instant{} + 100ms, Instant{} + 200ms,
                                         Instant{} + 270'800us, Instant{} + 328'500us,
                                         Instant{} + 378'500us, Instant{} + 423'200us}));
}

TEST(Codel, ToleratesWhatStandsForLessThanTheTarget) {
  Codel codel;
  EXPECT_TRUE(told(codel, 4999us, Instant{}, Instant{} + 10s).empty());
}

TEST(Codel, OneShortStayEndsAnInterval) {
  Codel codel;
  EXPECT_TRUE(told(codel, 50ms, Instant{}, Instant{} + 99ms).empty());
  EXPECT_FALSE(codel.must_tell({}, Instant{} + 99ms, 1ms, no_time));
  EXPECT_TRUE(told(codel, 50ms, Instant{} + 100ms, Instant{} + 199ms).empty());
}

// RFC 8289 5: a queue that comes back soon is told at the rate that held it down before.
TEST(Codel, RemembersTheRateForAWhile) {
  Codel codel;
  const std::size_t before = told(codel, 20ms, Instant{}, Instant{} + 1s).size();
  ASSERT_GT(before, 10u);
  EXPECT_FALSE(codel.must_tell({}, Instant{} + 1s, 1ms, no_time));
  Codel later = codel;
  // The first 100 ms wait; then 200 ms are enough for many.
  EXPECT_GT(told(codel, 20ms, Instant{} + 1s, Instant{} + 1300ms).size(), 5u);
  EXPECT_LE(told(later, 20ms, Instant{} + 10s, Instant{} + 10'300ms).size(), 3u);
}

TEST(Codel, AFrameBehindOneOtherIsNeverLate) {
  Codel codel;
  for (Instant now{}; now < Instant{} + 10s; now += 12ms) {
    EXPECT_FALSE(codel.must_tell({}, now, 12ms, 12ms));
  }
}

// ---- In a cable

// A flow of TCP in small: it opens its window by a frame a round trip, and halves it when a frame
// was lost or came with a mark, at most once a round trip.
class Flow {
 public:
  Flow(const DirectionSettings& direction, std::uint8_t ecn)
      : cable_(CableSettings::both(direction), Rng{1}, pool_), back_(direction.delay), ecn_(ecn) {}

  void run(Duration time) {
    for (Instant now{}; now < Instant{} + time; now = events_.top().at) {
      while (!events_.empty() && events_.top().at <= now) take(now);
      while (in_flight_ < window_ / unit) send(now);
    }
  }
  const CableCounters& counters() const { return cable_.counters(Side::a); }
  // Of what frames waited, once the flow has settled.
  Duration median_sojourn() {
    sojourns_.erase(sojourns_.begin(), sojourns_.begin() + static_cast<long>(sojourns_.size() / 3));
    std::sort(sojourns_.begin(), sojourns_.end());
    return sojourns_[sojourns_.size() / 2];
  }

 private:
  static constexpr std::uint64_t unit = 1'000'000;  // of the window, a frame
  static constexpr std::uint32_t frame_bytes = 1500;
  struct Event {
    Instant at;
    bool tells;
    bool operator<(const Event& other) const { return at > other.at; }
  };

  void send(Instant now) {
    Slice slice = pool_->allocate(frame_bytes);
    std::ranges::fill(slice.writable(), std::uint8_t{0});
    const MutableBytes bytes = slice.writable();
    bytes[12] = 0x08;
    bytes[14] = 0x45;
    bytes[15] = ecn_;
    arrivals_.clear();
    cable_.send(Side::a, Frame{BufferChain{std::move(slice)}, 0, false}, now, arrivals_);
    ++in_flight_;
    if (arrivals_.empty()) {
      events_.push({now + 2 * back_ + 5ms, true});
      return;
    }
    sojourns_.push_back(arrivals_[0].leaves - now);
    const bool is_marked =
        ecn_codepoint(arrivals_[0].frame, LinkKind::ethernet) == Ecn::congestion_experienced;
    events_.push({arrivals_[0].at + back_, is_marked});
  }
  void take(Instant now) {
    const bool tells = events_.top().tells;
    events_.pop();
    --in_flight_;
    if (!tells) {
      window_ += unit * unit / window_;
    } else if (now >= deaf_until_) {
      window_ = std::max(window_ / 2, 2 * unit);
      deaf_until_ = now + 2 * back_;
    }
  }

  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();
  Cable cable_;
  Duration back_;
  std::uint8_t ecn_;
  std::priority_queue<Event> events_;
  std::vector<Cable::Arrival> arrivals_;
  std::vector<Duration> sojourns_;
  std::uint64_t window_ = 10 * unit;
  std::uint64_t in_flight_ = 0;
  Instant deaf_until_{};
};

constexpr DirectionSettings path{.delay = 20ms, .rate = 20'000'000, .queue_bytes = 1'000'000};
DirectionSettings path_with_codel(bool has_ecn) {
  DirectionSettings direction = path;
  direction.has_codel = true;
  direction.has_ecn = has_ecn;
  return direction;
}

TEST(CodelCable, HoldsTheQueueNearItsTargetAndTheLineBusy) {
  Flow tail{path, 0}, codel{path_with_codel(false), 0};
  tail.run(60s);
  codel.run(60s);
  EXPECT_GT(tail.median_sojourn(), 100ms);
  EXPECT_LT(codel.median_sojourn(), 8ms);
  EXPECT_GT(codel.median_sojourn(), 1ms);
  EXPECT_GT(codel.counters().codel_dropped, 10u);
  EXPECT_EQ(codel.counters().queue_full, 0u);
  EXPECT_EQ(codel.counters().marked, 0u);
  // 60 s of 20 Mbit/s are 100,000 frames; a single flow that halves its window leaves some out.
  EXPECT_GT(codel.counters().sent, 80'000u);
}

// RFC 3168 5: what says that it understands marks is marked, never dropped.
TEST(CodelCable, MarksWhatUnderstandsMarks) {
  for (const std::uint8_t ect : {std::uint8_t{1}, std::uint8_t{2}}) {
    Flow flow{path_with_codel(true), ect};
    flow.run(30s);
    EXPECT_GT(flow.counters().marked, 10u);
    EXPECT_EQ(flow.counters().codel_dropped, 0u);
    EXPECT_LT(flow.median_sojourn(), 8ms);
  }
}

TEST(CodelCable, DropsWhatDoesNot) {
  Flow without{path_with_codel(true), 0};
  without.run(30s);
  EXPECT_GT(without.counters().codel_dropped, 10u);
  EXPECT_EQ(without.counters().marked, 0u);
  Flow not_asked{path_with_codel(false), 2};
  not_asked.run(30s);
  EXPECT_GT(not_asked.counters().codel_dropped, 10u);
  EXPECT_EQ(not_asked.counters().marked, 0u);
}

}  // namespace
}  // namespace acksu::sim
