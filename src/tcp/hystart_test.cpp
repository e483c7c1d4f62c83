// HyStart++ by rounds: what makes slow start conservative, what takes that back, what ends it.
#include "tcp/hystart.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

// A round of `samples` ACKs, each with that RTT; its last one acknowledges all that was sent
// before.
struct Rounds {
  HyStart hystart;
  std::uint32_t una = 0, nxt = 10;

  void pass(Duration rtt, int samples = 10) {
    const std::uint32_t end = nxt;
    for (int i = 1; i <= samples; ++i) {
      if (i > 1) nxt += 10;
      una = i == samples ? end : una;
      hystart.on_ack({.now = {}, .una = Seq{una}, .nxt = Seq{nxt}, .rtt = rtt});
    }
  }
};

TEST(HyStart, SeesTheDelayOfAQueue) {  // RFC 9406 4.2 (a)
  Rounds rounds;
  rounds.pass(40ms);
  rounds.pass(44ms);
  EXPECT_FALSE(rounds.hystart.is_conservative()) << "an eighth of 40 ms is 5 ms";
  rounds.pass(50ms);
  EXPECT_TRUE(rounds.hystart.is_conservative());
  EXPECT_FALSE(rounds.hystart.is_over());
}

// RFC 9406 4.3: MIN_RTT_THRESH 4 ms, MAX_RTT_THRESH 16 ms.
TEST(HyStart, BoundsTheThreshold) {
  for (const auto& [rtt, threshold] : {std::pair{1ms, 4ms}, std::pair{400ms, 16ms}}) {
    Rounds below, at;
    below.pass(rtt);
    at.pass(rtt);
    below.pass(rtt + threshold - Duration{1});
    at.pass(rtt + threshold);
    EXPECT_FALSE(below.hystart.is_conservative());
    EXPECT_TRUE(at.hystart.is_conservative());
  }
}

TEST(HyStart, WantsEightSamples) {  // RFC 9406 4.2 (a)
  Rounds rounds;
  rounds.pass(40ms);
  rounds.pass(90ms, 7);
  EXPECT_FALSE(rounds.hystart.is_conservative());
  rounds.pass(200ms, 8);
  EXPECT_TRUE(rounds.hystart.is_conservative());
}

TEST(HyStart, GoesOnWhenTheDelayWasAMoments) {  // RFC 9406 4.2 (b)
  Rounds rounds;
  rounds.pass(40ms);
  rounds.pass(60ms);
  rounds.pass(60ms);
  EXPECT_TRUE(rounds.hystart.is_conservative());
  rounds.pass(41ms);
  EXPECT_FALSE(rounds.hystart.is_conservative());
  // And counts anew when it comes back.
  rounds.pass(60ms);
  for (int i = 0; i < 3; ++i) rounds.pass(60ms);
  EXPECT_TRUE(rounds.hystart.is_conservative());
  EXPECT_FALSE(rounds.hystart.is_over());
}

// RFC 9406 4.2: CSS lasts five rounds; the one in which it began is one of them.
TEST(HyStart, EndsAfterFiveRounds) {
  Rounds rounds;
  rounds.pass(40ms);
  for (int i = 0; i < 4; ++i) rounds.pass(60ms);
  EXPECT_FALSE(rounds.hystart.is_over());
  rounds.pass(60ms);
  EXPECT_TRUE(rounds.hystart.is_over());
}

// ACKs at the beginning of a round trip, so long and so far apart.
bool has_seen_train(Duration length, Duration gap, Duration rtt, bool is_paced = false) {
  HyStart hystart;
  AckSample sample{.now = Instant{} + 1h, .nxt = Seq{10'000}, .rtt = rtt, .is_paced = is_paced};
  const Instant end = sample.now + length;
  for (; sample.now <= end; sample.now += gap) {
    sample.una += 1;
    hystart.on_ack(sample);
  }
  EXPECT_FALSE(hystart.is_conservative());
  return hystart.is_over();
}

TEST(HyStart, ATrainOfAcksFillsHalfAPath) {
  EXPECT_FALSE(has_seen_train(20ms, 1ms, 40ms));
  EXPECT_TRUE(has_seen_train(21ms, 1ms, 40ms));
  EXPECT_TRUE(has_seen_train(22ms, 2ms, 40ms));
  EXPECT_FALSE(has_seen_train(39ms, 2'100us, 40ms)) << "it has gaps";
  EXPECT_TRUE(has_seen_train(5ms, 1ms, 8ms));
  EXPECT_FALSE(has_seen_train(8ms, 1'100us, 8ms)) << "for such a path they are gaps";
  EXPECT_FALSE(has_seen_train(39ms, 1ms, 40ms, true)) << "it is the pacer's";
}

}  // namespace
}  // namespace acksu::tcp
