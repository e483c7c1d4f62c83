// How a pacer spreads text over time.
#include "tcp/pacer.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

constexpr std::uint32_t pacer_mss = 1000;

// Segments that leave at a time, and when the next may.
std::uint32_t leave(Pacer& pacer, Instant now, std::uint32_t most = 1000) {
  std::uint32_t count = 0;
  while (count < most && pacer.may_send(now)) {
    pacer.on_sent(pacer_mss);
    ++count;
  }
  return count;
}

TEST(Pacer, LetsAllPassUntilItHasARate) {
  Pacer pacer;
  EXPECT_FALSE(pacer.is_on());
  EXPECT_EQ(leave(pacer, Instant{} + 1s), 1000u);
}

TEST(Pacer, SendsTwoSegmentsAtOnceWhenSlow) {
  Pacer pacer;
  pacer.set_rate(100'000, pacer_mss);  // a segment in 10 ms
  Instant now = Instant{} + 1s;
  EXPECT_EQ(leave(pacer, now), 2u);
  EXPECT_EQ(leave(pacer, now + 9ms), 0u);
  now = pacer.next_at();
  EXPECT_EQ(leave(pacer, now), 2u);
  EXPECT_EQ(pacer.next_at() - now, 20ms);
}

TEST(Pacer, ABurstLastsToItsLastByte) {
  Pacer pacer;
  pacer.set_rate(12'000'000, pacer_mss);
  const Instant now = Instant{} + 1s;
  EXPECT_TRUE(pacer.may_send(now));
  for (const std::uint32_t bytes : {11'998u, 1u}) {
    pacer.on_sent(bytes);
    EXPECT_TRUE(pacer.may_send(now)) << bytes;
  }
  pacer.on_sent(1);
  EXPECT_FALSE(pacer.may_send(now));
}

TEST(Pacer, SendsAMillisecondsWorthWhenFast) {
  Pacer pacer;
  pacer.set_rate(12'000'000, pacer_mss);
  EXPECT_EQ(pacer.quantum(), 12'000u);
  EXPECT_EQ(leave(pacer, Instant{} + 1s), 12u);
  pacer.set_rate(2'000'000'000, pacer_mss);
  EXPECT_EQ(pacer.quantum(), 64u * 1024);
}

// A timer that is due at once would fire for ever where time stands still: on a path without delay,
// at the beginning of a world (seed 7007396), or where octets take less than a nanosecond.
TEST(Pacer, NeverWaitsForNow) {
  for (const Instant now : {Instant{}, Instant{} + 1s}) {
    Pacer pacer;
    pacer.set_rate(Pacer::most_bytes_per_second, pacer_mss);
    std::uint32_t count = 0;
    for (; pacer.may_send(now) && count < 1'000'000; ++count) pacer.on_sent(1);
    EXPECT_EQ(count, pacer.quantum());
    EXPECT_GT(pacer.next_at(), now);
    EXPECT_TRUE(pacer.may_send(pacer.next_at()));
  }
}

TEST(Pacer, KeepsTheRateWithTimersThatAreLate) {
  Pacer pacer;
  pacer.set_rate(10'000'000, pacer_mss);
  Instant now = Instant{} + 1s;
  std::uint32_t sent = 0;
  while (now < Instant{} + 2s) {
    sent += leave(pacer, now);
    now = pacer.next_at() + 400us;  // of 1 ms
  }
  EXPECT_NEAR(sent, 10'000, 30);
}

TEST(Pacer, SavesNothingUpForLater) {
  Pacer pacer;
  pacer.set_rate(10'000'000, pacer_mss);
  leave(pacer, Instant{} + 1s);
  EXPECT_EQ(leave(pacer, Instant{} + 60s, 10), 10u);
  EXPECT_EQ(leave(pacer, Instant{} + 60s + 400us), 0u) << "a whole burst, and half of one in time";
}

TEST(Pacer, CutsLargeBurstsAndLeavesTheRestAlone) {
  Pacer pacer;
  pacer.limit_bursts(2'000'000, 10 * pacer_mss);
  EXPECT_TRUE(pacer.is_on());
  EXPECT_FALSE(pacer.is_spreading());
  Instant now = Instant{} + 1s;
  EXPECT_EQ(leave(pacer, now), 10u);
  EXPECT_EQ(leave(pacer, now + 1ms), 0u);
  now += 1s;
  EXPECT_EQ(leave(pacer, now), 10u);
  now = pacer.next_at();
  EXPECT_EQ(leave(pacer, now), 10u);
  EXPECT_EQ(pacer.next_at() - now, 5ms) << "at the rate, in bursts";
  EXPECT_EQ(leave(pacer, pacer.next_at(), 4), 4u);
  now += 1s;
  EXPECT_EQ(leave(pacer, now), 10u) << "not what was left as well";
  now += 1s;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(leave(pacer, now += 1ms, 1), 1u) << "half of the rate is never held up";
  }
  pacer.limit_bursts(40'000'000, 10 * pacer_mss);
  EXPECT_EQ(pacer.quantum(), 40'000u) << "a millisecond's worth";
  pacer.set_rate(2'000'000, pacer_mss);
  EXPECT_TRUE(pacer.is_spreading());
}

TEST(Pacer, CanBeSwitchedOff) {
  Pacer pacer;
  pacer.set_rate(1, pacer_mss);
  const Instant now = Instant{} + 1s;
  EXPECT_EQ(leave(pacer, now), 2u);
  EXPECT_LE(pacer.next_at() - now, 2s) << "no wait is longer than a second for a segment";
  pacer.set_rate(0, pacer_mss);
  EXPECT_EQ(leave(pacer, now), 1000u);
}

}  // namespace
}  // namespace acksu::tcp
