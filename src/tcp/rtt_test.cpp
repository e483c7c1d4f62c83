// The arithmetic of RFC 6298, worked by hand, and its back-off.
#include "tcp/rtt.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

TEST(Rtt, BeginsWithOneSecond) {
  const Settings settings;
  const RttEstimator rtt;
  EXPECT_FALSE(rtt.has_sample());
  EXPECT_EQ(rtt.rto(settings), Duration{1s});  // RFC 6298 2.1
}

// RFC 6298 2.2 and 2.3 with alpha 1/8 and beta 1/4.
TEST(Rtt, FollowsThePublishedArithmetic) {
  Settings settings;
  settings.min_rto = 1ms;
  RttEstimator rtt;
  rtt.take_sample(400ms, settings);
  EXPECT_EQ(rtt.srtt(), Duration{400ms});
  EXPECT_EQ(rtt.rttvar(), Duration{200ms});
  EXPECT_EQ(rtt.rto(settings), Duration{1200ms});

  // RTTVAR = 3/4 * 200 + 1/4 * |400 - 240| = 190; SRTT = 7/8 * 400 + 1/8 * 240 = 380.
  rtt.take_sample(240ms, settings);
  EXPECT_EQ(rtt.rttvar(), Duration{190ms});
  EXPECT_EQ(rtt.srtt(), Duration{380ms});
  EXPECT_EQ(rtt.rto(settings), Duration{380ms + 4 * 190ms});

  // RTTVAR = 142.5 + 1/4 * |380 - 780| = 242.5; SRTT = 332.5 + 97.5 = 430.
  rtt.take_sample(780ms, settings);
  EXPECT_EQ(rtt.rttvar(), Duration{242500us});
  EXPECT_EQ(rtt.srtt(), Duration{430ms});
}

TEST(Rtt, KeepsAllowanceForVariance) {  // RFC 6298 section 4
  const Settings settings;
  RttEstimator rtt;
  for (int i = 0; i < 200; ++i) rtt.take_sample(100ms, settings);
  EXPECT_EQ(rtt.srtt(), Duration{100ms});
  EXPECT_EQ(rtt.rto(settings), Duration{100ms + settings.min_rto});
}

TEST(Rtt, TakesTheShortestSample) {
  const Settings settings;
  RttEstimator rtt;
  rtt.take_sample(Duration{0}, settings);
  EXPECT_TRUE(rtt.has_sample());
  for (int i = 0; i < 100; ++i) rtt.take_sample(Duration{0}, settings);
  EXPECT_TRUE(rtt.has_sample());
  EXPECT_GE(rtt.rto(settings), settings.min_rto);
}

// RFC 6298 5.5 and 2.5, RFC 9293 MUST-19.
TEST(Rtt, DoublesUpToTheMaximum) {
  const Settings settings;
  RttEstimator rtt;
  Duration expected = 1s;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(rtt.rto(settings), expected) << i;
    rtt.back_off();
    expected = std::min(2 * expected, settings.max_rto);
  }
  EXPECT_EQ(rtt.rto(settings), settings.max_rto);
  rtt.take_sample(100ms, settings);
  EXPECT_EQ(rtt.rto(settings), Duration{300ms}) << "a sample ends the back-off";
}

// RFC 6298 5.7.
TEST(Rtt, DoublesSixteenTimesAtMost) {
  Settings settings;
  settings.max_rto = 1000h;
  RttEstimator rtt;
  for (int i = 0; i < 16; ++i) rtt.back_off();
  EXPECT_EQ(rtt.rto(settings), settings.initial_rto * 65'536);
  rtt.back_off();
  EXPECT_EQ(rtt.rto(settings), settings.initial_rto * 65'536);
}

TEST(Rtt, WaitsThreeSecondsAfterALostSyn) {
  const Settings settings;
  RttEstimator lucky, unlucky;
  lucky.end_handshake();
  EXPECT_EQ(lucky.rto(settings), Duration{1s});
  unlucky.back_off();
  unlucky.back_off();
  unlucky.end_handshake();
  EXPECT_EQ(unlucky.rto(settings), Duration{3s});
  unlucky.back_off();
  EXPECT_EQ(unlucky.rto(settings), Duration{6s});
  unlucky.take_sample(50ms, settings);
  EXPECT_EQ(unlucky.rto(settings), Duration{250ms});
}

}  // namespace
}  // namespace acksu::tcp
