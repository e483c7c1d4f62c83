// Steering by itself: fair, the same for both ends, and unknown to those without the key.
#include "host/steering.h"

#include <gtest/gtest.h>

#include <vector>

namespace acksu {
namespace {

FourTuple flow_of(std::uint32_t i) {
  const auto client = static_cast<std::uint16_t>(1024 + i % 50'000);
  return {{IpAddress::v4(10, 0, 0, 1), 80}, {IpAddress::v4(0x0a01'0000 + i / 50'000), client}};
}

TEST(Steering, SharesFlowsFairly) {
  for (const std::uint32_t shards : {1u, 2u, 3u, 7u, 64u}) {
    const Steering steering{{1, 2}, shards};
    std::vector<std::uint32_t> counts(shards);
    constexpr std::uint32_t flows = 64'000;
    for (std::uint32_t i = 0; i < flows; ++i) ++counts.at(steering.of_tcp(flow_of(i)));
    for (const std::uint32_t count : counts) {
      EXPECT_GT(count, flows / shards * 4 / 5) << shards;
      EXPECT_LT(count, flows / shards * 6 / 5 + 1) << shards;
    }
  }
}

TEST(Steering, IsTheSameForBothEnds) {
  const Steering steering{{3, 4}, 16};
  const IpAddress v6{0x2001'0db8'0000'0000, 1};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    FourTuple flow = flow_of(i * 37);
    if (i % 2 == 1) flow.local.address = flow.remote.address = v6;
    EXPECT_EQ(steering.of_tcp(flow), steering.of_tcp({flow.remote, flow.local}));
  }
}

// SECURITY C8: flows chosen to meet at one shard of many do so by chance only.
TEST(Steering, AttackFlowsChosenForOneShardOfAnotherKey) {
  const Steering theirs{{1, 2}, 8}, ours{{5, 6}, 8};
  std::vector<std::uint32_t> counts(8);
  std::uint32_t chosen = 0;
  for (std::uint32_t i = 0; chosen < 8000; ++i) {
    if (theirs.of_tcp(flow_of(i)) != 0) continue;
    ++chosen;
    ++counts[ours.of_tcp(flow_of(i))];
  }
  for (const std::uint32_t count : counts) EXPECT_NEAR(count, 1000, 200);
}

TEST(Steering, AnEphemeralPortOfUdpIsAllItTakes) {
  const Steering steering{{7, 8}, 4, {40'000, 49'999}};
  std::vector<std::uint32_t> of_service(4);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const Endpoint remote{IpAddress::v4(0x0a02'0000 + i), static_cast<std::uint16_t>(53 + i)};
    EXPECT_EQ(steering.of_udp({{IpAddress::v4(10, 0, 0, 1), 45'678}, remote}),
              steering.of_udp_port(45'678));
    ++of_service[steering.of_udp({{IpAddress::v4(10, 0, 0, 1), 53}, remote})];
  }
  for (const std::uint32_t count : of_service) EXPECT_GT(count, 150u) << "of 250";
  const ShardSettings shard{steering.of_udp_port(45'678), steering};
  EXPECT_TRUE(shard.may_own_udp(45'678));
  EXPECT_TRUE(shard.may_own_udp(53));
  const ShardSettings other{(shard.number + 1) % 4, steering};
  EXPECT_FALSE(other.may_own_udp(45'678));
  EXPECT_TRUE(other.may_own_udp(53)) << "each has a socket there";
}

}  // namespace
}  // namespace acksu
