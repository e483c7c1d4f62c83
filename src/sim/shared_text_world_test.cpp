// Worlds whose applications all share their text with the hosts: with each feature of the swarm on
// and off all of it arrives as it was written, and in the end no block is held.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/random_world.h"
#include "sim/swarm.h"

namespace acksu::sim {
namespace {

void share_all(Roll& roll, std::uint32_t copying_every) {
  std::uint32_t count = 0;
  const auto share = [&](Plan& plan) { plan.shares_text = ++count % copying_every != 0; };
  for (TrafficSettings& traffic : roll.traffic) {
    for (Opening& opening : traffic.openings) share(opening.plan);
    for (Plan& plan : traffic.accepted) share(plan);
  }
}

TEST(SharedTextWorld, KeepsEveryPromise) {
  for (std::uint64_t seed = 1'000; seed < 1'080; ++seed) {
    Roll roll = swarm_roll(seed);
    share_all(roll, 1'000);
    RandomWorld world{std::move(roll)};
    EXPECT_TRUE(world.run()) << world.report();
  }
}

TEST(SharedTextWorld, MeetsThoseWhoCopy) {
  for (std::uint64_t seed = 2'000; seed < 2'040; ++seed) {
    Roll roll = swarm_roll(seed);
    share_all(roll, 2);
    RandomWorld world{std::move(roll)};
    EXPECT_TRUE(world.run()) << world.report();
  }
}

}  // namespace
}  // namespace acksu::sim
