// Congestion window validation (RFC 7661): when a window counts as validated, how long it is kept
// without that, how it is filled, and what a loss makes of it.
#include <gtest/gtest.h>

#include "tcp/sender_lab_test.h"

namespace acksu::tcp::window_validation_test {
namespace {

constexpr Duration round_trip = 100ms;

// ---- pipeACK ------------------------------------------------------------------------------------

struct Rounds {
  WindowValidation validation;
  Instant now{1s};
  Seq una{0xffff'f000};
  Duration srtt = round_trip;
  std::uint32_t cwnd = 100'000;

  Rounds() { validation.begin(una); }
  // `bytes` are acknowledged at once, a round trip after they were sent.
  void pass(std::uint32_t bytes, Duration after = round_trip) {
    now += after;
    una += bytes;
    ASSERT_TRUE(validation.is_round_over(una));
    validation.end_round({una, una, cwnd, now, srtt});
  }
  std::uint32_t pipe_ack() const { return validation.pipe_ack(now, srtt); }
};

TEST(WindowValidation, IsInhibitedWithoutASample) {  // RFC 7661 4.1, 4.2: undefined
  Rounds rounds;
  EXPECT_FALSE(rounds.validation.is_non_validated());
  EXPECT_FALSE(rounds.validation.may_have_idled(rounds.now + 1h));
  rounds.pass(1000);
  EXPECT_TRUE(rounds.validation.is_non_validated());
  rounds.validation.begin(rounds.una, rounds.now, rounds.srtt);
  EXPECT_FALSE(rounds.validation.is_non_validated());
}

TEST(WindowValidation, HalfOfTheWindowValidatesIt) {  // RFC 7661 4.3, 4.4 (a)
  Rounds rounds;
  rounds.pass(49'999);
  EXPECT_TRUE(rounds.validation.is_non_validated());
  rounds.pass(50'000);
  EXPECT_FALSE(rounds.validation.is_non_validated());
}

// What is under way is no sample yet, but where it fills half of the window nothing is doubted.
TEST(WindowValidation, HalfOfTheWindowUnderWayLeavesItValidated) {
  for (const std::uint32_t under_way : {49'999u, 50'000u}) {
    Rounds rounds;
    rounds.validation.note_flight(under_way);
    rounds.pass(1000);
    EXPECT_EQ(rounds.validation.is_non_validated(), under_way < 50'000) << under_way;
  }
}

// RFC 7661 4.2 (b): no sample counts for longer than max(3 RTT, 1 s), and the largest of them
// counts.
TEST(WindowValidation, RemembersTheLargestSampleOfTheSamplingPeriod) {
  for (const Duration srtt : {Duration{10ms}, Duration{100ms}, Duration{2s}}) {
    Rounds rounds;
    rounds.srtt = srtt;
    const Duration period = std::max<Duration>(3 * srtt, 1s);
    rounds.pass(60'000);
    const Instant sampled = rounds.now;
    Duration remembered{};
    while (rounds.now < sampled + 2 * period) {
      if (rounds.pipe_ack() == 60'000) remembered = rounds.now - sampled;
      rounds.pass(2000, period / 20);
    }
    EXPECT_LE(remembered, period);
    EXPECT_GE(remembered, period / 2 - period / 20);
    EXPECT_EQ(rounds.pipe_ack(), 2000u);
    rounds.now += period;
    EXPECT_EQ(rounds.pipe_ack(), 0u);
  }
}

// The first ACK of ten segments that left at once acknowledges one of them.
// RFC 7661 4.2 (a)
TEST(WindowValidation, ASampleIsAllThatOneRoundTripHolds) {
  Rounds rounds;
  Seq nxt = rounds.una + 10'000;
  for (int i = 1; i <= 9; ++i) {
    rounds.una += 1000;
    nxt += 2000;
    if (!rounds.validation.is_round_over(rounds.una)) continue;
    rounds.validation.end_round(
        {rounds.una, i == 1 ? rounds.una + 9000 : nxt, rounds.cwnd, rounds.now, rounds.srtt});
    EXPECT_EQ(rounds.pipe_ack(), 0u);
  }
  rounds.una += 1000;
  ASSERT_TRUE(rounds.validation.is_round_over(rounds.una));
  rounds.validation.end_round({rounds.una, nxt, rounds.cwnd, rounds.now, rounds.srtt});
  EXPECT_EQ(rounds.pipe_ack(), 10'000u);
}

// ---- The phases of a sender ---------------------------------------------------------------------

struct Told : Observer {
  void on_congestion(Instant /*now*/, const FourTuple& /*tuple*/,
                     const CongestionSample& sample) override {
    windows.push_back(sample.cwnd_bytes);
  }
  std::vector<std::uint32_t> windows;
};

// A sender on a path of 100 ms.
struct Busy {
  // Slow start: ten segments, then twice as many each round trip.
  void grow() { exchange(150 * mss); }
  // All that is written arrives; at most a window a round trip.
  void exchange(std::uint64_t bytes) {
    lab.write(bytes);
    while (acked < static_cast<std::int64_t>(lab.written)) round();
  }
  // What leaves in a round trip, at its pace if it has one; then it is acknowledged.
  void round() {
    lab.send();
    const Instant end = lab.desk.now + round_trip;
    while (lab.timers.is_armed(Timer::pacing) && lab.timers[Timer::pacing] < end) {
      lab.pass_to(Timer::pacing);
      lab.send();
    }
    lab.desk.now = end;
    const std::int64_t sent = lab.position(lab.sender.nxt());
    while (acked < sent) {
      acked = std::min(acked + 2 * std::int64_t{mss}, sent);
      lab.acknowledge(acked);
    }
  }
  std::uint32_t cwnd() const { return lab.info().snd.cwnd; }
  std::uint32_t ssthresh() const { return lab.info().snd.ssthresh; }
  std::string phase() const { return lab.info().snd.phase; }

  Lab lab{{.sack = true, .window = 400'000, .shift = 3}};
  std::int64_t acked = 0;
};

TEST(Validation, SlowStartAndFullWindowsAreValidated) {  // RFC 7661 4.3
  Busy each;
  each.lab.write(1'000'000);
  for (int i = 0; i < 5; ++i) {
    each.round();
    EXPECT_NE(each.phase(), "non-validated") << i;
  }
}

TEST(Validation, AWindowThatIsNotUsedNeitherGrowsNorShrinks) {  // RFC 7661 4.4 (b)
  Busy each;
  each.grow();
  const std::uint32_t before = each.cwnd();
  for (int i = 0; i < 1000; ++i) {
    each.exchange(1000);
    each.lab.desk.now += 150ms;
  }
  EXPECT_EQ(each.phase(), "non-validated");
  EXPECT_EQ(each.cwnd(), before);
  // More than half of it, but less than all: it does not limit us.
  each.lab.write(before * 3 / 4);
  each.round();
  EXPECT_EQ(each.cwnd(), before);
}

TEST(Validation, AWindowThatLimitsUsMayGrow) {  // RFC 7661 4.4 (b), 4.5.3
  Busy each;
  each.grow();
  const std::uint32_t before = each.cwnd();
  each.lab.desk.now += 10s;
  each.lab.write(4 * before);
  each.round();
  EXPECT_GT(each.cwnd(), before);
  EXPECT_NE(each.phase(), "non-validated") << "and half of it was used";
}

// RFC 7661 4.3 in place of RFC 5681 4.1.
TEST(Validation, ASilenceKeepsTheWindowAndFillsItAtAPace) {
  Busy each;
  each.grow();
  const std::uint32_t before = each.cwnd();
  each.lab.desk.now += 10s;
  each.lab.write(before);
  EXPECT_LE(each.lab.send().size(), 5u) << "RFC 7661 4.4.2: no burst";
  EXPECT_EQ(each.lab.sender.limited_by(), LimitedBy::pacing);
  EXPECT_EQ(each.phase(), "non-validated");
  each.round();
  EXPECT_GE(each.acked, static_cast<std::int64_t>(each.lab.written - before / 10))
      << "in one round trip";
  EXPECT_GE(each.cwnd(), before);
}

TEST(Validation, SmallAnswersNeedNoPace) {  // RFC 7661 4.4.2: what IW allows is no burst
  Busy each;
  each.grow();
  each.lab.desk.now += 10s;
  each.lab.write(10 * mss);
  EXPECT_EQ(each.lab.send().size(), 10u);
}

// RFC 7661 4.4 (c), 4.4.3, 4.5.2: a halving for each non-validated period of five minutes.
TEST(Validation, AfterFiveMinutesTheWindowIsHalved) {
  Busy each;
  each.grow();
  const std::uint32_t before = each.cwnd();
  each.lab.desk.now += 10min + 5s;
  each.lab.write(1000);
  each.lab.send();
  EXPECT_NEAR(each.cwnd(), before / 4, 1);
  const double sustained = before * 0.75;
  EXPECT_GE(each.ssthresh(), static_cast<std::uint32_t>(sustained));
}

void trickle(Busy& each, int seconds) {
  for (int i = 0; i < seconds; ++i) {
    each.exchange(1000);
    each.lab.desk.now += 900ms;
  }
}

// ... and who observes it is told before the first text leaves.
TEST(Validation, AWindowThatIsHalvedIsTold) {
  Busy each;
  each.grow();
  const std::uint32_t before = each.cwnd();
  Told told;
  each.lab.desk.observer = &told;
  each.lab.desk.now += 302s;
  each.lab.write(mss);
  EXPECT_EQ(each.lab.send(1).size(), 1u);
  EXPECT_EQ(told.windows, (std::vector<std::uint32_t>{before / 2}));
}

TEST(Validation, AFewBytesDoNotKeepAWindowForever) {  // RFC 7661 4.4.3
  Busy each;
  each.grow();
  const std::uint32_t before = each.cwnd();
  trickle(each, 290);
  EXPECT_EQ(each.cwnd(), before);
  trickle(each, 12);
  EXPECT_EQ(each.cwnd(), before / 2);
  trickle(each, 3000);
  EXPECT_EQ(each.cwnd(), 10 * mss) << "not below the initial window";
}

// RFC 7661 4.4.3: a window that is no larger than the initial one loses nothing in that time, so
// there is nothing to remember of it either.
TEST(Validation, AfterFiveMinutesAnInitialWindowIsLeftAlone) {
  for (const std::uint32_t initial : {7u, 8u}) {
    Busy each;
    each.lab.write(10 * mss);
    each.lab.send();
    each.lab.desk.now += round_trip;
    each.lab.acknowledge(0, {.sacks = {{mss, 10 * mss}}});
    each.lab.send();
    each.lab.desk.now += round_trip;
    each.lab.acknowledge(each.acked = 10 * mss);
    ASSERT_EQ(each.cwnd(), 5 * mss);
    while (each.cwnd() < 8 * mss) each.exchange(each.cwnd());
    ASSERT_EQ(each.cwnd(), 8 * mss);
    ASSERT_EQ(each.ssthresh(), 5 * mss);
    each.lab.desk.settings.initial_window_segments = initial;
    trickle(each, 310);
    EXPECT_EQ(each.cwnd(), initial * mss);
    EXPECT_EQ(each.ssthresh(), (initial == 8 ? 5 : 6) * mss) << "three quarters of what it was";
  }
}

// ---- Congestion in the non-validated phase ------------------------------------------------------

// RFC 7661 4.4 (d), 4.4.1 (a), (b), (c), 4.2 (c): LossFlightSize is 20 segments, pipeACK less, and
// 2 are sent again.
TEST(Validation, ALossLeavesHalfOfWhatWasUsed) {
  for (const CongestionAlgorithm algorithm :
       {CongestionAlgorithm::new_reno, CongestionAlgorithm::cubic, CongestionAlgorithm::dctcp}) {
    Busy each;
    each.lab.sender.use(algorithm, each.lab.desk.settings);
    each.grow();
    for (int i = 0; i < 20; ++i) each.exchange(5000);
    ASSERT_EQ(each.phase(), "non-validated");
    each.lab.write(20 * mss);
    EXPECT_LE(each.lab.send().size(), 20u);
    while (each.lab.sender.has_unsent()) {
      each.lab.pass_to(Timer::pacing);
      each.lab.send();
    }
    each.lab.desk.now += round_trip;
    each.lab.acknowledge(each.acked, {.sacks = {{each.acked + 2 * mss, each.acked + 20 * mss}}});
    EXPECT_EQ(each.ssthresh(), 10 * mss);
    EXPECT_EQ(each.lab.send(), full(each.acked, 2)) << "two were lost";
    each.lab.desk.now += round_trip;
    each.lab.acknowledge(each.acked + 20 * mss);
    EXPECT_EQ(each.ssthresh(), (20 - 2) * mss / 2) << name(algorithm);
    EXPECT_EQ(each.cwnd(), each.ssthresh());
    EXPECT_NE(each.phase(), "non-validated") << "pipeACK is undefined after a repair";
  }
}

// RFC 7661 4.4.1 (b): a segment whose repair is lost as well is one that the path did not take.
TEST(Validation, WhatIsLostTwiceCountsOnce) {
  Busy each;
  each.grow();
  for (int i = 0; i < 20; ++i) each.exchange(5000);
  ASSERT_EQ(each.phase(), "non-validated");
  each.lab.write(20 * mss);
  each.lab.send();
  while (each.lab.sender.has_unsent()) {
    each.lab.pass_to(Timer::pacing);
    each.lab.send();
  }
  each.lab.desk.now += round_trip;
  each.lab.acknowledge(each.acked, {.sacks = {{each.acked + 2 * mss, each.acked + 20 * mss}}});
  EXPECT_EQ(each.lab.send(), full(each.acked, 2)) << "two were lost";
  each.lab.desk.now += round_trip;
  each.lab.acknowledge(each.acked, {.sacks = {{each.acked + mss, each.acked + 20 * mss}}});
  EXPECT_EQ(each.lab.send(), full(each.acked, 1)) << "one of them again";
  each.lab.desk.now += round_trip;
  each.lab.acknowledge(each.acked + 20 * mss);
  EXPECT_EQ(each.ssthresh(), (20 - 2) * mss / 2);
}

TEST(Validation, ALossOfAValidatedWindowIsAnyLoss) {
  Busy each;
  each.lab.sender.use(CongestionAlgorithm::cubic, each.lab.desk.settings);
  each.grow();
  each.lab.write(2 * each.cwnd());
  const All sent = each.lab.send();
  const auto in_flight = static_cast<std::uint32_t>(sent.size()) * mss;
  each.lab.desk.now += round_trip;
  each.lab.acknowledge(each.acked, {.sacks = {{each.acked + mss, each.acked + 20 * mss}}});
  EXPECT_EQ(each.ssthresh(), in_flight / 10 * 7);
}

// What turns out to be in vain takes nothing (RFC 4015), whatever the phase was.
TEST(Validation, ALossThatWasNoneTakesNothing) {
  Busy each;
  each.grow();
  for (int i = 0; i < 20; ++i) each.exchange(5000);
  const std::uint32_t before = each.cwnd();
  each.lab.write(10 * mss);
  each.lab.send();
  each.lab.desk.now += round_trip;
  each.lab.acknowledge(each.acked, {.sacks = {{each.acked + mss, each.acked + 8 * mss}}});
  EXPECT_LT(each.cwnd(), before);
  each.lab.send();
  each.lab.desk.now += round_trip;
  each.lab.acknowledge(each.acked + 10 * mss, {.sacks = {{each.acked, each.acked + mss}}});
  EXPECT_EQ(each.lab.desk.counters.reductions_undone, 1u);
  EXPECT_GE(each.cwnd(), before);
}

// RFC 7661 4.4.1 for a mark (RFC 3168): nothing was sent again.
TEST(Validation, AMarkLeavesHalfOfWhatWasUsed) {
  for (const CongestionAlgorithm algorithm :
       {CongestionAlgorithm::new_reno, CongestionAlgorithm::cubic}) {
    Busy each;
    each.lab.sender.use(algorithm, each.lab.desk.settings);
    each.grow();
    for (int i = 0; i < 20; ++i) each.exchange(5000);
    ASSERT_EQ(each.phase(), "non-validated");
    each.lab.write(8 * mss);
    each.lab.send();
    each.lab.desk.now += round_trip;
    each.lab.acknowledge(each.acked + 1000, {.is_marked = true});
    EXPECT_EQ(each.cwnd(), 7 * mss / 2) << name(algorithm);
    EXPECT_EQ(each.ssthresh(), each.cwnd());
    EXPECT_NE(each.phase(), "non-validated");
  }
}

TEST(Validation, ATimeOutIsAnyTimeOut) {  // RFC 7661 4.4 (d)
  Busy each;
  each.grow();
  for (int i = 0; i < 20; ++i) each.exchange(5000);
  ASSERT_EQ(each.phase(), "non-validated");
  each.lab.write(8 * mss);
  each.lab.send();
  each.lab.pass_to_time_out();
  EXPECT_EQ(each.cwnd(), 1 * mss);
  EXPECT_EQ(each.ssthresh(), 4 * mss) << "half of FlightSize";
  EXPECT_EQ(each.phase(), "loss recovery");
}

}  // namespace
}  // namespace acksu::tcp::window_validation_test
