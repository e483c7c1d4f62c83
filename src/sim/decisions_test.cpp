// Decisions: all of them are the seed's world, none of them is a world without chance, and a
// planted broken promise is shrunk to what breaks it.
#include "sim/decisions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "sim/shortest.h"
#include "sim/swarm.h"

namespace acksu::sim {
namespace {

using Indices = std::vector<std::size_t>;

Indices all_of(const Decisions& decisions) {
  Indices all(decisions.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

TEST(Decisions, AllOfThemAreTheWorldOfTheSeed) {
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    Roll rolled = seed % 2 == 0 ? roll(seed) : swarm_roll(seed);
    rolled.is_copied = false;
    const Decisions decisions{rolled};
    RandomWorld replayed = decisions.world(all_of(decisions));
    RandomWorld first{rolled};
    EXPECT_EQ(replayed.run(), first.run()) << seed;
    EXPECT_EQ(replayed.report(), first.report()) << seed;
  }
}

TEST(Decisions, WithNoneOfThemChanceDoesNothing) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Decisions decisions{roll(seed)};
    EXPECT_EQ(decisions.broken(), "");
    RandomWorld world = decisions.world({});
    EXPECT_TRUE(world.run()) << world.report();
    for (CableId id = 0; id < world.world().cable_count(); ++id) {
      for (const Side side : {Side::a, Side::b}) {
        const CableCounters& cable = world.world().cable(id).counters(side);
        EXPECT_EQ(cable.lost + cable.cut + cable.reordered + cable.duplicated, 0u) << seed;
      }
    }
    for (const Exchange& exchange : world.traffic(client_host).exchanges()) {
      ADD_FAILURE() << seed << ": opened " << to_string(exchange.plan);
    }
  }
}

// "No host ever sends a segment again" is a promise that nobody made.
bool breaks_planted(RandomWorld& world) {
  world.run();
  std::uint64_t again = 0;
  for (HostId id = 0; id < world.talkers(); ++id) {
    again += world.world().host(id).counters().tcp.retransmitted_segments;
  }
  return again > 0;
}

TEST(Decisions, APlantedPromiseIsBrokenByAShortestList) {
  int shrunk = 0;
  for (std::uint64_t seed = 0; seed < 200 && shrunk < 5; ++seed) {
    const Decisions decisions{roll(seed)};
    const auto breaks = [&](const Indices& kept) {
      RandomWorld world = decisions.world(kept);
      return breaks_planted(world);
    };
    if (decisions.size() < 20 || !breaks(all_of(decisions))) continue;
    const Indices kept = shortest(decisions.size(), breaks, 1'000);
    ++shrunk;
    ASSERT_TRUE(breaks(kept));
    // Somebody opens a connection, and one thing goes wrong; hardly ever more.
    EXPECT_LE(kept.size(), 6u) << seed;
    EXPECT_NE(decisions.text(kept.front()).find(" opens "), std::string::npos);
    for (const std::size_t each : kept) {
      Indices fewer = kept;
      fewer.erase(std::find(fewer.begin(), fewer.end(), each));
      EXPECT_FALSE(breaks(fewer)) << seed << " without " << decisions.text(each);
    }
  }
  EXPECT_EQ(shrunk, 5);
}

TEST(Decisions, OnePromiseIsKnownAgainWithOtherNumbers) {
  EXPECT_EQ(without_numbers("moved left by 12 bytes"), without_numbers("moved left by 7 bytes"));
  EXPECT_NE(without_numbers("moved left by 12 bytes"), without_numbers("12 connections are held"));
}

}  // namespace
}  // namespace acksu::sim
