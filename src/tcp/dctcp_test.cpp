// DCTCP's window where a switch marks what stands in its queue (RFC 8257 3.3). Its parts are tried
// in ecn_test.cpp.
#include <gtest/gtest.h>

#include <string>

#include "tcp/window_path_test.h"

namespace acksu::tcp {
namespace {

// The window in segments after each round trip, where a switch marks what comes in a window beyond
// 100: it comes down by half at first, then by as much as was marked.
TEST(Dctcp, Curve) {
  WindowPath path{CongestionAlgorithm::dctcp, 100, 100 * WindowPath::mss};
  std::string curve;
  for (int round_trip = 0; round_trip < 60; ++round_trip) {
    const std::uint32_t window = path.segments();
    for (std::uint32_t i = 0; i < window; ++i) {
      const Seq una{path.sent + WindowPath::mss}, nxt = una + path.congestion.cwnd;
      const std::uint32_t marked = i >= 100 ? WindowPath::mss : 0;
      dctcp().on_echo(path.congestion, {WindowPath::mss, WindowPath::mss, una, nxt, marked});
      path.acknowledge();
    }
    if (window > 100) {
      dctcp().on_congestion_experienced(path.congestion,
                                        {path.now, WindowPath::mss, path.congestion.cwnd});
    }
    curve += (round_trip == 0 ? "" : " ") + std::to_string(path.segments());
  }
  EXPECT_EQ(
      curve,
      "101 54 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 "
      "81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 100 100 101 100 100 101 "
      "100 100 101 101");
}

}  // namespace
}  // namespace acksu::tcp
