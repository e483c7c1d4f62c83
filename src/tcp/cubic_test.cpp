// CUBIC against RFC 9438: its response function, its curve, and what the moments of a connection do
// to it.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tcp/window_path_test.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t cubic_mss = 1000;

struct CubicPath : WindowPath {
  explicit CubicPath(std::uint32_t segments, std::uint32_t ssthresh = no_ssthresh)
      : WindowPath(CongestionAlgorithm::cubic, segments, ssthresh) {}
};

TEST(Cubic, TakesCubeRoots) {
  for (const std::uint64_t root : {0u, 1u, 2u, 3u, 1000u, 1'048'576u, 2'097'151u}) {
    EXPECT_EQ(cube_root(root * root * root), root);
    if (root == 0) continue;
    EXPECT_EQ(cube_root(root * root * root - 1), root - 1);
  }
  EXPECT_EQ(cube_root(26), 2u);
}

// RFC 9438 5.1 and 5.2: the average window for a loss rate, CUBIC's or where that is larger Reno's.
double response(double loss, double rtt_seconds) {
  const double cubic = std::pow(0.4 * 3.7 / (4 * 0.3), 0.25) * std::pow(rtt_seconds / loss, 0.75);
  return std::max(cubic, std::sqrt(1.5 / loss));
}

double average_window(std::uint32_t segments_a_loss, Duration rtt, double start) {
  CubicPath path{static_cast<std::uint32_t>(start), cubic_mss};
  path.rtt = rtt;
  const auto one_loss = [&] {
    for (std::uint32_t i = 0; i < segments_a_loss; ++i) path.acknowledge();
    path.lose();
  };
  for (int i = 0; i < 6; ++i) one_loss();
  const Instant begin = path.now;
  constexpr int losses = 2;
  for (int i = 0; i < losses; ++i) one_loss();
  const double round_trips =
      static_cast<double>(nanoseconds(path.now - begin)) / static_cast<double>(nanoseconds(rtt));
  return losses * segments_a_loss / round_trips;
}

TEST(Cubic, FollowsTheResponseFunction) {  // RFC 9293 MAY-18
  for (const Duration rtt : {Duration{10ms}, Duration{100ms}}) {
    for (const std::uint32_t segments : {1000u, 10'000u, 100'000u, 1'000'000u}) {
      const double expected = response(1.0 / segments, static_cast<double>(nanoseconds(rtt)) / 1e9);
      EXPECT_NEAR(average_window(segments, rtt, expected) / expected, 1, 0.1)
          << "one loss in " << segments << ", " << nanoseconds(rtt) / 1'000'000 << " ms";
    }
  }
}

// RFC 9438 4.2, 4.6: back to 1000 segments after K = cbrt(300 / 0.4) = 9.1 s, flat there, and then
// beyond.
TEST(Cubic, Curve) {
  CubicPath path{1000, 1000 * cubic_mss};
  path.lose();
  EXPECT_EQ(path.segments(), 700u);
  EXPECT_EQ(
      path.curve(1s, 20),
      "788 857 909 947 972 988 996 999 999 1000 1002 1009 1024 1047 1082 1132 1198 1283 1390 1520");
}

// RFC 9438 4.3: on short round trips, and with small windows, as fast as Reno.
TEST(Cubic, CurveOfAShortPath) {
  CubicPath path{100, 100 * cubic_mss};
  path.rtt = 10ms;
  path.lose();
  EXPECT_EQ(path.curve(100ms, 20),
            "75 80 85 91 96 103 113 123 133 143 153 163 173 183 193 203 213 223 233 243");
}

// RFC 9438 4.7: fast convergence.
TEST(Cubic, MakesRoomWhenItLosesEarlier) {
  CubicPath path{1000, 1000 * cubic_mss};
  path.lose();
  path.lose();
  EXPECT_EQ(path.segments(), 490u);
  EXPECT_EQ(path.congestion.record->cubic.w_max, 595u * cubic_mss) << "700 * (1 + 0.7) / 2";
}

// RFC 9438 4.2, 5.8: time in which the application does not use the window is no time of the curve.
TEST(Cubic, StandsStillWhileTheWindowIsNotUsed) {
  CubicPath path{1000, 1000 * cubic_mss}, idle = path;
  path.lose();
  idle.lose();
  path.pass(2s);
  idle.pass(2s);
  const std::uint32_t before = idle.congestion.cwnd;
  idle.pass(60s, false);
  EXPECT_EQ(idle.congestion.cwnd, before);
  path.pass(3s);
  idle.pass(3s);
  EXPECT_NEAR(idle.segments(), path.segments(), 2);
}

// RFC 9438 4.8.
TEST(Cubic, BeginsAFlatCurveAfterATimeOut) {
  CubicPath path{1000, 1000 * cubic_mss};
  path.congestion.control().on_time_out(path.congestion,
                                        {path.now, cubic_mss, path.congestion.cwnd});
  EXPECT_EQ(path.congestion.ssthresh, 700 * cubic_mss);
  path.congestion.cwnd = cubic_mss;
  path.acknowledge(true, true);
  EXPECT_EQ(path.segments(), 2u);
  while (path.congestion.is_in_slow_start()) path.acknowledge();
  path.pass(1s);
  EXPECT_EQ(path.congestion.record->cubic.k, 0);
  EXPECT_EQ(path.congestion.record->cubic.origin, 700u * cubic_mss);
}

// RFC 9438 4.9: a reduction in vain is taken back, with all that it changed.
TEST(Cubic, TakesAReductionBack) {
  CubicPath path{1000, 1000 * cubic_mss};
  path.lose();
  path.pass(3s);
  Congestion before = path.congestion;
  before.acked = 0;
  path.congestion.remember();
  path.lose();
  path.pass(100ms);
  path.congestion.undo();
  EXPECT_EQ(path.congestion.cwnd, before.cwnd);
  EXPECT_EQ(path.congestion.ssthresh, before.ssthresh);
  Digest expected, is;
  before.record->cubic.digest(expected);
  path.congestion.record->cubic.digest(is);
  EXPECT_EQ(is.value(), expected.value());
  path.congestion.cwnd = 1;
  path.congestion.undo();
  EXPECT_EQ(path.congestion.cwnd, 1u) << "once";
}

// RFC 9438 4.10, RFC 9406: the first slow start ends where the queue begins, without a loss.
TEST(Cubic, LeavesSlowStartWhenTheDelayRises) {
  CubicPath path{10};
  path.is_paced = true;  // else its ACKs would end it, for they come evenly
  while (path.segments() < 640) path.acknowledge();
  path.rtt = 150ms;
  while (path.congestion.is_in_slow_start() && path.segments() < 10'000) path.acknowledge();
  EXPECT_LT(path.segments(), 640u * 4);
  EXPECT_GT(path.segments(), 640u);
}

// SECURITY D2: a window is no larger for a receiver that divides its ACKs.
TEST(Cubic, GivesNothingForDividedAcks) {
  for (const std::uint32_t ssthresh : {no_ssthresh, 10 * cubic_mss}) {
    CubicPath whole{10, ssthresh}, divided{10, ssthresh};
    for (int i = 0; i < 200; ++i) {
      whole.acknowledge();
      for (int part = 0; part < 100; ++part) {
        divided.congestion.control().on_ack(divided.congestion, {.now = whole.now,
                                                                 .mss = cubic_mss,
                                                                 .acked_bytes = cubic_mss / 100,
                                                                 .nxt = Seq{1'000'000},
                                                                 .rtt = whole.rtt,
                                                                 .srtt = whole.rtt,
                                                                 .may_grow = true});
      }
    }
    EXPECT_LE(divided.congestion.cwnd, whole.congestion.cwnd + 2 * cubic_mss) << ssthresh;
  }
}

// RFC 9438 4.4: a round trip brings half of the window at most, however far the curve has run away.
TEST(Cubic, GrowsByHalfOfTheWindowAtMost) {
  CubicPath path{10, 1};
  path.acknowledge();
  path.now += 10min;
  const std::uint32_t before = path.congestion.cwnd;
  path.acknowledge();
  EXPECT_EQ(path.congestion.cwnd - before, cubic_mss / 2);
}

// RFC 9438 4.10: beyond where it lost last the curve begins where it is flat.
TEST(Cubic, BeginsFlatBeyondItsLastLoss) {
  CubicPath path{100};
  path.lose();
  path.pass(100ms);
  EXPECT_GT(path.congestion.record->cubic.k, 0);
  path.congestion.cwnd = 200 * cubic_mss;
  path.congestion.record->cubic.epoch = Instant{};
  path.acknowledge();
  EXPECT_EQ(path.congestion.record->cubic.k, 0);
  EXPECT_EQ(path.congestion.record->cubic.origin, 200 * cubic_mss);
}

// RFC 9438 4.2: a silence is no time of the curve, which goes on where it was.
TEST(Cubic, ASilenceIsNoTimeOfTheCurve) {
  CubicPath busy{100}, silent{100};
  for (CubicPath* path : {&busy, &silent}) {
    path->lose();
    path->pass(2s);
  }
  silent.now += 60s;
  silent.congestion.control().on_restart(silent.congestion, silent.now);
  busy.congestion.control().on_restart(busy.congestion, busy.now);
  for (CubicPath* path : {&busy, &silent}) path->pass(2s);
  EXPECT_EQ(silent.congestion.cwnd, busy.congestion.cwnd);
  // After slow start it begins anew.
  silent.congestion.ssthresh = silent.congestion.cwnd + 1;
  silent.congestion.control().on_restart(silent.congestion, silent.now);
  EXPECT_EQ(silent.congestion.record->cubic.epoch, Instant{});
}

// RFC 5681 3.1 (g), RFC 9438 4.6: two segments are left, however little was under way.
TEST(Congestion, NoLossLeavesLessThanTwoSegments) {
  const auto left = [](CongestionAlgorithm algorithm, std::uint32_t in_flight) {
    Congestion congestion;
    congestion.change_to(algorithm);
    congestion.cwnd = 10'000;
    congestion.control().on_loss(congestion, {Instant{}, 1000, in_flight});
    return congestion.ssthresh;
  };
  using enum CongestionAlgorithm;
  for (const CongestionAlgorithm each : {new_reno, cubic, dctcp}) {
    EXPECT_EQ(left(each, 1000), 2000u) << name(each);
    EXPECT_EQ(left(each, 10'000), each == cubic ? 7000u : 5000u) << name(each);
  }
}

TEST(Congestion, HasNames) {
  for (std::size_t i = 0; i < congestion_algorithm_count; ++i) {
    const auto algorithm = static_cast<CongestionAlgorithm>(i);
    EXPECT_EQ(congestion_named(name(algorithm)), algorithm);
  }
  EXPECT_EQ(congestion_named("vegas"), std::nullopt);
}

}  // namespace
}  // namespace acksu::tcp
