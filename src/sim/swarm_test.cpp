// The swarm: what is off is nowhere on, each feature is on about half the time, nothing that ends
// connections is on where nothing may fail, and a few seeds keep every promise.
#include "sim/swarm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "sim/random_world.h"

namespace acksu::sim::swarm_test {
namespace {

bool is_on(const Roll& roll, std::string_view feature) {
  for (std::size_t i = 0; i < feature_count(); ++i) {
    if (feature_name(i) == feature) return roll.features[i];
  }
  ADD_FAILURE() << "no feature " << feature;
  return false;
}

template <class Has>
bool any_host(const Roll& roll, Has has) {
  return std::any_of(roll.hosts.begin(), roll.hosts.end(), has);
}
template <class Has>
bool any_direction(const Roll& roll, Has has) {
  for (const Network& network : roll.topology.networks) {
    const auto& ways = network.cable.directions;
    if (std::any_of(ways.begin(), ways.end(), has)) return true;
  }
  return false;
}

TEST(Swarm, WhatIsOffIsNowhereOn) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Roll roll = swarm_roll(seed);
    const auto has = [&](std::string_view feature, auto host_has) {
      if (!is_on(roll, feature)) {
        EXPECT_FALSE(any_host(roll, host_has)) << feature << seed;
      }
    };
    has("SACK", [](const HostSettings& host) { return host.tcp.sack; });
    has("timestamps", [](const HostSettings& host) { return host.tcp.timestamps; });
    has("BBR", [](const HostSettings& host) {
      return host.tcp.congestion == tcp::CongestionAlgorithm::bbr;
    });
    has("accurate ECN",
        [](const HostSettings& host) { return host.tcp.ecn == tcp::EcnPolicy::ask_accurate; });
    has("little memory", [](const HostSettings& host) { return host.max_memory_bytes < 100'000; });
    if (!is_on(roll, "loss")) {
      EXPECT_FALSE(any_direction(roll, [](const auto& way) { return way.loss > 0; })) << seed;
    }
    if (!is_on(roll, "cuts")) {
      EXPECT_FALSE(any_direction(roll, [](const auto& way) { return !way.cuts.empty(); })) << seed;
    }
  }
}

TEST(Swarm, EachFeatureIsOnAboutHalfTheTime) {
  constexpr std::uint64_t seeds = 1'000;
  std::vector<std::uint64_t> on(feature_count()), on_when_gentle(feature_count());
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Roll roll = swarm_roll(seed);
    for (std::size_t i = 0; i < feature_count(); ++i) {
      if (roll.features[i]) ++on[i];
      if (roll.features[i] && roll.is_gentle) ++on_when_gentle[i];
    }
  }
  for (std::size_t i = 0; i < feature_count(); ++i) {
    EXPECT_GT(on[i], seeds * 3 / 10) << feature_name(i);
    EXPECT_LT(on[i], seeds * 6 / 10) << feature_name(i);
    const bool is_rough = std::string_view{feature_name(i)} == "cuts" ||
                          std::string_view{feature_name(i)} == "aborts and early closes";
    if (is_rough) {
      EXPECT_EQ(on_when_gentle[i], 0u) << feature_name(i);
    }
  }
}

TEST(Swarm, KeepsEveryPromise) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomWorld world{swarm_roll(seed)};
    EXPECT_TRUE(world.run()) << world.report();
  }
}

TEST(Swarm, TheReportSaysWhatIsOn) {
  const RandomWorld world{swarm_roll(7)};
  EXPECT_NE(world.report().find("\n  with "), std::string::npos) << world.report();
}

}  // namespace
}  // namespace acksu::sim::swarm_test
