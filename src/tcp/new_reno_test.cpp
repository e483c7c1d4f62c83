// Slow start and congestion avoidance by numbers (RFC 5681), and what a greedy receiver can win.
#include <gtest/gtest.h>

#include "tcp/congestion.h"
#include "tcp/window_path_test.h"

namespace acksu::tcp::new_reno_test {
namespace {

constexpr std::uint32_t mss = 1000;

Congestion begin(std::uint32_t cwnd, std::uint32_t ssthresh) {
  Congestion congestion;

  congestion.cwnd = cwnd;
  congestion.ssthresh = ssthresh;
  return congestion;
}

void acknowledge(Congestion& congestion, std::uint32_t bytes, bool after_time_out = false) {
  congestion.control().on_ack(congestion, {.now = Instant{},
                                           .mss = mss,
                                           .acked_bytes = bytes,
                                           .is_after_time_out = after_time_out,
                                           .may_grow = true});
}

// RFC 9293 MUST-19.
// RFC 5681 3.1 (d): as long as nothing is lost.
TEST(NewReno, DoublesAWindowInSlowStart) {
  Congestion congestion = begin(10 * mss, 0xffff'ffff);
  for (int i = 0; i < 10; ++i) acknowledge(congestion, mss);
  EXPECT_EQ(congestion.cwnd, 20 * mss);
  EXPECT_TRUE(congestion.is_in_slow_start());
}

// RFC 9293 MUST-19.
// RFC 5681 3.1 (f).
TEST(NewReno, AddsOneSegmentAWindowInCongestionAvoidance) {
  Congestion congestion = begin(10 * mss, 10 * mss);
  for (int i = 0; i < 9; ++i) acknowledge(congestion, mss);
  EXPECT_EQ(congestion.cwnd, 10 * mss);
  acknowledge(congestion, mss);
  EXPECT_EQ(congestion.cwnd, 11 * mss);
  for (int i = 0; i < 11; ++i) acknowledge(congestion, mss);
  EXPECT_EQ(congestion.cwnd, 12 * mss);
}

TEST(NewReno, GoesFromTheOneToTheOtherWithinAnAck) {
  Congestion congestion = begin(10 * mss, 12 * mss);
  acknowledge(congestion, 14 * mss);
  EXPECT_EQ(congestion.cwnd, 13 * mss) << "2 segments to ssthresh; the other 12 are one window";
}

TEST(NewReno, HalvesTheFlightOnLoss) {  // RFC 5681 3.1 (g)
  Congestion congestion = begin(40 * mss, 0xffff'ffff);
  new_reno().on_loss(congestion, {Instant{}, mss, 30 * mss});
  EXPECT_EQ(congestion.ssthresh, 15 * mss);
  new_reno().on_loss(congestion, {Instant{}, mss, mss});
  EXPECT_EQ(congestion.ssthresh, 2 * mss);  // RFC 5681 (4)
}

// Savage's attack: a receiver that acknowledges each segment in many small parts.
// SECURITY D2.
// RFC 3465 2.1
TEST(NewReno, GivesNothingForDividedAcks) {
  for (const std::uint32_t ssthresh : {0xffff'ffffu, 10 * mss, 15 * mss}) {
    Congestion whole = begin(10 * mss, ssthresh), divided = begin(10 * mss, ssthresh);
    for (int i = 0; i < 100; ++i) {
      acknowledge(whole, mss);
      for (int part = 0; part < 100; ++part) acknowledge(divided, mss / 100);
    }
    EXPECT_LE(divided.cwnd, whole.cwnd) << ssthresh;
  }
}

// RFC 3465 2.3: after a time-out one ACK may cover much that arrived long ago.
// RFC 3465 2.3 (b)
TEST(NewReno, GrowsByOneSegmentAnAckAfterATimeOut) {
  Congestion congestion = begin(mss, 20 * mss);
  acknowledge(congestion, 15 * mss, true);
  EXPECT_EQ(congestion.cwnd, 2 * mss);
  acknowledge(congestion, mss / 2, true);
  EXPECT_EQ(congestion.cwnd, 2 * mss + mss / 2);
}

// Nor does it count beyond ssthresh what one such ACK covers.
TEST(NewReno, AfterATimeOutNothingIsLeftForCongestionAvoidance) {
  Congestion congestion = begin(9 * mss + mss / 2, 10 * mss);
  acknowledge(congestion, 15 * mss, true);
  EXPECT_EQ(congestion.cwnd, 10 * mss);
  EXPECT_EQ(congestion.acked, 0u);
  Congestion other = begin(9 * mss + mss / 2, 10 * mss);
  acknowledge(other, 2 * mss);
  EXPECT_EQ(other.cwnd, 10 * mss);
  EXPECT_EQ(other.acked, mss + mss / 2);
}

// RFC 4015 3.2: once.
TEST(NewReno, AReductionIsTakenBackOnce) {
  Congestion congestion = begin(40 * mss, 50 * mss);
  congestion.undo();
  EXPECT_EQ(congestion.cwnd, 40 * mss) << "there was none";
  congestion.remember();
  congestion.cwnd = congestion.ssthresh = 20 * mss;
  congestion.undo();
  EXPECT_EQ(congestion.cwnd, 40 * mss);
  EXPECT_EQ(congestion.ssthresh, 50 * mss);
  congestion.cwnd = congestion.ssthresh = 20 * mss;
  congestion.undo();
  EXPECT_EQ(congestion.cwnd, 20 * mss);
  EXPECT_EQ(congestion.ssthresh, 20 * mss);
}

// Twice the window in a round trip while it is below half of ssthresh, 1.2 times of it then; of a
// path without delay, the window in a nanosecond.
TEST(NewReno, ThePaceFollowsTheWindow) {
  for (const Duration srtt : {Duration{0}, Duration{1}, Duration{2}, Duration{1000}}) {
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(srtt.count(), 1));
    EXPECT_EQ(new_reno().pacing_rate(begin(4999, 10'000), srtt), 4999ull * 2'000'000'000 / time);
    EXPECT_EQ(new_reno().pacing_rate(begin(5000, 10'000), srtt), 5000ull * 1'200'000'000 / time);
  }
}

TEST(NewReno, StaysWithinWhatAWindowCanOffer) {
  Congestion congestion = begin((1u << 30) - mss, 0xffff'ffff);
  for (int i = 0; i < 100; ++i) acknowledge(congestion, 1u << 28);
  EXPECT_EQ(congestion.cwnd, 1u << 30);
  congestion.ssthresh = 1u << 20;
  for (int i = 0; i < 100; ++i) acknowledge(congestion, 1u << 30);
  EXPECT_EQ(congestion.cwnd, 1u << 30);
}

// RFC 5681 3.1: half of it after a loss, and a segment more each round trip of 100 ms.
TEST(NewReno, Curve) {
  WindowPath path{CongestionAlgorithm::new_reno, 1000, 1000 * mss};
  path.lose();
  EXPECT_EQ(path.segments(), 500u);
  EXPECT_EQ(path.curve(1s, 20),
            "510 520 530 540 550 560 570 580 590 600 610 620 630 640 650 660 670 680 690 700");
}

}  // namespace
}  // namespace acksu::tcp::new_reno_test
