// The wheel against a sorted model, and an event loop that sleeps until `next_deadline`.
#include "base/timing_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

Instant at(Duration since_start) { return Instant{since_start}; }

TEST(TimingWheel, FiresNothingWhenEmpty) {
  TimingWheel wheel;
  EXPECT_EQ(wheel.take_due(never), std::nullopt);
  EXPECT_EQ(wheel.next_deadline(), never);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(TimingWheel, FiresExactlyAtTheDeadline) {
  for (const Duration deadline : {0ns, 1ns, 65535ns, 65536ns, 65537ns, Duration{200ms},
                                  Duration{2h}, Duration{24h * 365 * 100}}) {
    TimingWheel wheel;
    wheel.arm(at(deadline), 7);
    EXPECT_EQ(wheel.take_due(at(deadline - 1ns)), std::nullopt) << deadline.count();
    EXPECT_EQ(wheel.take_due(at(deadline)), 7u) << deadline.count();
    EXPECT_EQ(wheel.take_due(never), std::nullopt);
    EXPECT_EQ(wheel.size(), 0u);
  }
}

TEST(TimingWheel, FiresInOrderOfDeadlineThenOfArming) {
  TimingWheel wheel;
  wheel.arm(at(10ms), 1);
  wheel.arm(at(5ms), 2);
  wheel.arm(at(10ms), 3);
  wheel.arm(at(10ms) - 1ns, 4);
  wheel.arm(at(5ms), 5);
  std::vector<std::uint32_t> fired;
  while (const auto owner = wheel.take_due(at(1s))) fired.push_back(*owner);
  EXPECT_EQ(fired, (std::vector<std::uint32_t>{2, 5, 4, 1, 3}));
}

TEST(TimingWheel, AMovedTimerStandsBehindThoseOfItsNewDeadline) {
  TimingWheel wheel;
  const auto early = wheel.arm(at(5ms), 1);
  wheel.arm(at(9ms), 2);
  const auto late = wheel.arm(at(50ms), 3);
  wheel.move(early, at(9ms));
  wheel.move(late, at(9ms));
  EXPECT_EQ(wheel.deadline(early), at(9ms));
  EXPECT_EQ(wheel.take_due(at(9ms)), 2u);
  EXPECT_EQ(wheel.take_due(at(9ms)), 1u);
  EXPECT_EQ(wheel.take_due(at(9ms)), 3u);
}

TEST(TimingWheel, ADeadlineInThePastIsDueAtOnce) {
  TimingWheel wheel;
  EXPECT_EQ(wheel.take_due(at(1h)), std::nullopt);
  wheel.arm(at(2s), 1);
  wheel.arm(at(-5s), 2);
  wheel.arm(at(1s), 3);
  EXPECT_EQ(wheel.next_deadline(), at(-5s));
  EXPECT_EQ(wheel.take_due(at(1h)), 2u);
  EXPECT_EQ(wheel.take_due(at(1h)), 3u);
  EXPECT_EQ(wheel.take_due(at(1h)), 1u);
}

TEST(TimingWheel, ATimerAtTheEndOfTimeDoesNotWrapAround) {
  TimingWheel wheel;
  wheel.arm(never, 1);
  wheel.arm(never - 1ns, 2);
  EXPECT_EQ(wheel.take_due(at(24h * 365 * 200)), std::nullopt);
  EXPECT_EQ(wheel.take_due(never - 1ns), 2u);
  EXPECT_EQ(wheel.take_due(never - 1ns), std::nullopt);
  EXPECT_EQ(wheel.take_due(never), 1u);
}

TEST(TimingWheel, NextDeadlineIsExactNearAndALowerBoundFar) {
  TimingWheel wheel;
  EXPECT_EQ(wheel.take_due(at(1s)), std::nullopt);
  wheel.arm(at(1s + 1ms), 1);
  EXPECT_EQ(wheel.next_deadline(), at(1s + 1ms));
  wheel.arm(at(1h), 2);
  EXPECT_EQ(wheel.next_deadline(), at(1s + 1ms));
  EXPECT_EQ(wheel.take_due(at(1s + 1ms)), 1u);
  EXPECT_LE(wheel.next_deadline(), at(1h));
  EXPECT_GT(wheel.next_deadline(), at(1s + 1ms));
}

TEST(TimingWheel, MovingATimerLaterNeverHidesAnother) {
  TimingWheel wheel;
  const auto moved = wheel.arm(at(1ms), 1);
  wheel.arm(at(3ms), 2);
  wheel.move(moved, at(100ms));
  EXPECT_LE(wheel.next_deadline(), at(3ms));
  EXPECT_EQ(wheel.take_due(at(3ms)), 2u);
  EXPECT_EQ(wheel.take_due(at(100ms) - 1ns), std::nullopt);
  EXPECT_EQ(wheel.take_due(at(100ms)), 1u);
}

// SECURITY C9.
TEST(TimingWheel, GivesFreedIdsOutAgainAndHoldsNoMoreMemory) {
  TimingWheel wheel;
  Rng rng{3};
  std::vector<TimingWheel::Id> ids;
  for (std::uint32_t owner = 0; owner < 1000; ++owner) ids.push_back(wheel.arm(at(1h), owner));
  const std::uint64_t bytes = wheel.bytes();
  for (int i = 0; i < 10'000; ++i) {
    TimingWheel::Id& id = ids[rng.below(ids.size())];
    wheel.disarm(id);
    id = wheel.arm(at(1h + Duration{rng.between(0, 1'000'000'000)}), 1);
  }
  EXPECT_EQ(wheel.bytes(), bytes);
  EXPECT_EQ(wheel.size(), 1000u);
}

// SECURITY C9: a timer that was disarmed is nothing that anybody meets again, and one that fires
// was moved less than once a level, whatever others do.
TEST(TimingWheel, ATimerCostsNoMoreWorkThanItsLevels) {
  TimingWheel wheel;
  Rng rng{5};
  const auto soon = [&](Instant now) {
    return now + Duration{rng.between(0, nanoseconds(Duration{1h}))};
  };
  Instant now = at(1s);
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const TimingWheel::Id id = wheel.arm(soon(now), i);
    EXPECT_EQ(id, 0u) << "its place is given out again";
    wheel.disarm(id);
    if (i % 100 != 0) continue;
    now += 1s;
    EXPECT_EQ(wheel.take_due(now), std::nullopt);
  }
  EXPECT_EQ(wheel.descents(), 0u);

  constexpr std::uint32_t live = 20'000;
  std::vector<TimingWheel::Id> ids;
  for (std::uint32_t i = 0; i < live; ++i) ids.push_back(wheel.arm(soon(now), i));
  for (int i = 0; i < 200'000; ++i) {  // moved and cancelled by the million in the meantime
    TimingWheel::Id& id = ids[rng.below(ids.size())];
    wheel.disarm(id);
    id = wheel.arm(soon(now), 1);
  }
  const Instant end = now + 1h;
  std::uint32_t fired = 0;
  std::uint64_t most_at_once = 0;
  while (now < end) {
    now = std::min(end, std::max(wheel.next_deadline(), now + 1ms));
    const std::uint64_t before = wheel.descents();
    while (wheel.take_due(now)) ++fired;
    most_at_once = std::max(most_at_once, wheel.descents() - before);
  }
  EXPECT_EQ(fired, live);
  EXPECT_LE(wheel.descents(), 5u * live) << "an hour lies in the fifth level of ticks of 65.5 us";
  EXPECT_LE(most_at_once, live / 3 + live / 64) << "those of 18 minutes, once in that time";
}

TEST(TimingWheel, DigestIsOfWhatWillFireNotOfHowItCameThere) {
  TimingWheel one;
  TimingWheel other;
  one.arm(at(2s), 2);
  one.arm(at(1s), 1);
  const auto id = other.arm(at(9s), 1);
  other.disarm(other.arm(at(3s), 3));
  other.arm(at(2s), 2);
  const auto digest_of = [](const TimingWheel& wheel) {
    Digest digest;
    wheel.digest(digest);
    return digest.value();
  };
  EXPECT_NE(digest_of(one), digest_of(other));
  other.move(id, at(1s));
  EXPECT_EQ(digest_of(one), digest_of(other));
}

TEST(TimingWheelDeathTest, ADisarmedTimerIsNotMoved) {
  TimingWheel wheel;
  const auto id = wheel.arm(at(1s), 1);
  wheel.disarm(id);
  EXPECT_DEATH(wheel.move(id, at(2s)), "broken promise");
  EXPECT_DEATH(wheel.disarm(id), "broken promise");
}

// The timers of one tick are few as a rule, so their heap is tried with many here.
TEST(TimingWheel, TimersOfOneTickAreSortedWhateverIsTakenOut) {
  Rng rng{12};
  for (int round = 0; round < 200; ++round) {
    TimingWheel wheel;
    std::map<TimingWheel::Id, Instant> armed;
    for (int i = 0; i < 60; ++i) {
      const Instant deadline = at(Duration{rng.below(65536)});
      armed[wheel.arm(deadline, 0)] = deadline;
    }
    for (int i = 0; i < 30; ++i) {
      const auto victim = std::next(armed.begin(), static_cast<long>(rng.below(armed.size())));
      wheel.disarm(victim->first);
      armed.erase(victim);
    }
    std::vector<Instant> deadlines;
    for (const auto& [id, deadline] : armed) deadlines.push_back(deadline);
    std::sort(deadlines.begin(), deadlines.end());
    for (const Instant deadline : deadlines) {
      ASSERT_EQ(wheel.next_deadline(), deadline);
      ASSERT_TRUE(wheel.take_due(deadline));
    }
  }
}

// The wheel and a sorted map side by side.
class Model {
 public:
  explicit Model(std::uint64_t seed) : rng_(seed), pace_bits_(18 + 2 * (seed % 8)) {}

  void step() {
    const std::uint64_t choice = rng_.below(100);
    if (choice < 30 || timers_.empty()) return arm();
    if (choice < 60) return move();
    if (choice < 75) return disarm();
    if (choice < 76) return copy();
    advance();
  }
  void drain() {
    now_ = never;
    while (fire_one()) {
    }
    ASSERT_TRUE(sorted_.empty());
    ASSERT_EQ(wheel_.size(), 0u);
  }

 private:
  using Key = std::pair<Instant, std::uint64_t>;
  struct Timer {
    TimingWheel::Id id;
    std::uint32_t owner;
    Key key;
  };

  // Of any order of magnitude up to `most_bits`.
  Duration random_duration(std::uint64_t most_bits) {
    const std::uint64_t bits = rng_.between(0, most_bits);
    return Duration{static_cast<std::int64_t>(rng_.next() & ((std::uint64_t{1} << bits) - 1))};
  }
  Instant random_deadline() {
    switch (rng_.below(20)) {
      case 0: return never;
      case 1: return later_by(now_, random_duration(63));
      case 2: return now_ - random_duration(36);
      case 3: return now_;
      case 4: return Instant{(now_ + random_duration(36)).time_since_epoch() / 65536 * 65536};
      case 5: return later_by(now_, random_duration(38));
      default: return now_ + Duration{rng_.below(std::uint64_t{1} << (pace_bits_ + 11))};
    }
  }
  std::size_t random_timer() { return rng_.below(timers_.size()); }

  void arm() {
    Timer timer{0, next_owner_++, {random_deadline(), turn_++}};
    timer.id = wheel_.arm(timer.key.first, timer.owner);
    sorted_[timer.key] = timer.owner;
    timers_.push_back(timer);
  }
  void move() {
    Timer& timer = timers_[random_timer()];
    sorted_.erase(timer.key);
    timer.key = {random_deadline(), turn_++};
    wheel_.move(timer.id, timer.key.first);
    sorted_[timer.key] = timer.owner;
    ASSERT_EQ(wheel_.deadline(timer.id), timer.key.first);
  }
  void disarm() {
    const std::size_t index = random_timer();
    wheel_.disarm(timers_[index].id);
    sorted_.erase(timers_[index].key);
    forget(index);
  }
  // The copy goes on; the original goes away.
  void copy() {
    const TimingWheel copied = wheel_;
    while (wheel_.take_due(never)) {
    }
    wheel_ = copied;
  }
  void advance() {
    const std::uint64_t kind = rng_.below(2000);
    if (kind == 0) {
      sleep_until(earliest(wheel_.next_deadline(), at(24h * 365 * 50)));
    } else if (kind < 500) {
      sleep_until(earliest(wheel_.next_deadline(), now_ + pace_));
    } else {
      now_ += random_duration(kind < 3 ? 46 : pace_bits_);
    }
    while (rng_.below(50) != 0 && fire_one()) {
    }
    check_next_deadline();
  }
  void sleep_until(Instant instant) { now_ = std::max(now_, instant); }
  bool fire_one() {
    const auto owner = wheel_.take_due(now_);
    const bool is_due = !sorted_.empty() && sorted_.begin()->first.first <= now_;
    EXPECT_EQ(owner.has_value(), is_due);
    if (!owner || !is_due) return false;
    EXPECT_EQ(*owner, sorted_.begin()->second);
    sorted_.erase(sorted_.begin());
    for (std::size_t i = 0; i < timers_.size(); ++i) {
      if (timers_[i].owner == *owner) {
        forget(i);
        break;
      }
    }
    return true;
  }
  void check_next_deadline() {
    ASSERT_EQ(wheel_.size(), sorted_.size());
    if (sorted_.empty()) {
      ASSERT_EQ(wheel_.next_deadline(), never);
    } else {
      ASSERT_LE(wheel_.next_deadline(), sorted_.begin()->first.first);
    }
  }
  void forget(std::size_t index) {
    timers_[index] = timers_.back();
    timers_.pop_back();
  }

  Rng rng_;
  std::uint64_t pace_bits_;  // how fast time goes: few timers or thousands at a time
  Duration pace_{std::int64_t{1} << pace_bits_};
  TimingWheel wheel_;
  std::map<Key, std::uint32_t> sorted_;
  std::vector<Timer> timers_;
  Instant now_{};
  std::uint32_t next_owner_ = 0;
  std::uint64_t turn_ = 0;
};

TEST(TimingWheel, AgreesWithASortedMap) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Model model{seed};
    for (int i = 0; i < 20'000 && !testing::Test::HasFailure(); ++i) model.step();
    model.drain();
    if (testing::Test::HasFailure()) return;
  }
}

// Whoever sleeps until `next_deadline` and looks is never late, and wakes up a few times a timer.
TEST(TimingWheel, AnEventLoopIsNeverLateAndSeldomInVain) {
  Rng rng{11};
  TimingWheel wheel;
  std::vector<Instant> deadlines;
  for (std::uint32_t owner = 0; owner < 500; ++owner) {
    deadlines.push_back(at(Duration{rng.between(0, 100'000'000'000)}));
    const auto id =
        wheel.arm(later_by(deadlines.back(), -Duration{rng.below(1'000'000'000)}), owner);
    wheel.move(id, deadlines.back());
  }
  std::uint32_t fired = 0;
  std::uint32_t wakes = 0;
  for (Instant now = wheel.next_deadline(); now != never; now = wheel.next_deadline()) {
    ++wakes;
    while (const auto owner = wheel.take_due(now)) {
      EXPECT_EQ(deadlines[*owner], now);
      ++fired;
    }
    ASSERT_GT(wheel.next_deadline(), now);
  }
  EXPECT_EQ(fired, 500u);
  EXPECT_LE(wakes, 500u * 4);
}

TEST(TimingWheel, ManyTimersOfOneInstantFireInTheOrderOfArming) {
  TimingWheel wheel;
  for (std::uint32_t owner = 0; owner < 100'000; ++owner) wheel.arm(at(1s), owner);
  EXPECT_LE(wheel.next_deadline(), at(1s));
  for (std::uint32_t owner = 0; owner < 100'000; ++owner) {
    ASSERT_EQ(wheel.take_due(at(1s)), owner);
  }
}

}  // namespace
}  // namespace acksu
