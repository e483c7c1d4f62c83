// Ephemeral ports: each once in a round, and none tells the next.
#include "host/ports.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace acksu {
namespace {

constexpr IpAddress local = IpAddress::v4(10, 0, 0, 1);
constexpr Endpoint remote{IpAddress::v4(10, 0, 0, 2), 80};

TEST(EphemeralPorts, GivesEachPortOnceInARound) {
  for (const auto& [first, last] :
       {std::pair{32768, 60999}, {1, 65535}, {5, 5}, {10, 11}, {1024, 1123}, {49152, 65535}}) {
    EphemeralPorts ports(SipKey{1, 2}, static_cast<std::uint16_t>(first),
                         static_cast<std::uint16_t>(last));
    ASSERT_EQ(ports.size(), static_cast<std::uint32_t>(last - first + 1));
    for (int round = 0; round < 2; ++round) {
      std::set<std::uint16_t> seen;
      for (std::uint32_t i = 0; i < ports.size(); ++i) seen.insert(ports.next(local, remote));
      EXPECT_EQ(seen.size(), ports.size());
      EXPECT_EQ(*seen.begin(), first);
      EXPECT_EQ(*seen.rbegin(), last);
    }
  }
}

// SECURITY B2.
TEST(EphemeralPorts, TheNextPortCannotBeToldFromTheLast) {
  EphemeralPorts ports(SipKey{3, 4}, 32768, 60999);
  // The most frequent step from one port to the next is as rare as chance makes it.
  std::vector<int> steps(ports.size());
  std::uint32_t last = ports.next(local, remote);
  const std::uint32_t draws = ports.size();
  for (std::uint32_t i = 1; i < draws; ++i) {
    const std::uint32_t port = ports.next(local, remote);
    ++steps[(port + ports.size() - last) % ports.size()];
    last = port;
  }
  EXPECT_LE(*std::max_element(steps.begin(), steps.end()), 12);  // mean 1, Poisson
}

// SECURITY B2.
TEST(EphemeralPorts, DestinationsHaveOrdersOfTheirOwn) {
  EphemeralPorts ports(SipKey{3, 4}, 32768, 60999);
  constexpr Endpoint other{IpAddress::v4(10, 0, 0, 2), 81};
  double sum_x = 0, sum_y = 0, sum_xx = 0, sum_yy = 0, sum_xy = 0;
  const int draws = 20'000;
  for (int i = 0; i < draws; ++i) {
    const double x = ports.next(local, remote), y = ports.next(local, other);
    sum_x += x, sum_y += y, sum_xx += x * x, sum_yy += y * y, sum_xy += x * y;
  }
  const double covariance = sum_xy / draws - sum_x / draws * sum_y / draws;
  const double deviations = std::sqrt(sum_xx / draws - std::pow(sum_x / draws, 2)) *
                            std::sqrt(sum_yy / draws - std::pow(sum_y / draws, 2));
  EXPECT_LT(std::abs(covariance / deviations), 0.03);
}

TEST(EphemeralPorts, KeysMakeDifferentOrders) {
  EphemeralPorts one(SipKey{1, 2}, 32768, 60999), two(SipKey{1, 3}, 32768, 60999);
  int same = 0;
  for (int i = 0; i < 1000; ++i) same += one.next(local, remote) == two.next(local, remote) ? 1 : 0;
  EXPECT_LT(same, 5);
}

}  // namespace
}  // namespace acksu
