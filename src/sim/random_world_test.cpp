// Random worlds: a few seeds of every kind keep every promise, and the same seed is the same run.
#include "sim/random_world.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/recorder.h"

namespace acksu::sim {
namespace {

TEST(RandomWorld, KeepsEveryPromise) {
  std::set<WorldKind> kinds;
  std::set<Way> ways_seen;
  std::set<Family> families_seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomWorld world{seed};
    kinds.insert(world.rolled().kind);
    ways_seen.insert(way_of(world.rolled().topology));
    families_seen.insert(world.rolled().family);
    EXPECT_TRUE(world.run()) << world.report();
  }
  EXPECT_EQ(kinds.size(), world_kinds);
  EXPECT_EQ(ways_seen.size(), ways);
  EXPECT_EQ(families_seen.size(), families);
}

// 4278: without SACK, while a lost probe of the path's MTU was repaired, less had arrived than
// duplicates had said, and the window became infinite.
TEST(RandomWorld, KeepsPromisesThatWereOnceBroken) {
  for (const std::uint64_t seed : {4278}) {
    RandomWorld world{seed};
    EXPECT_TRUE(world.run()) << world.report();
  }
}

TEST(RandomWorld, OneSeedIsOneRun) {
  const auto run = [](std::uint64_t seed) {
    RandomWorld world{seed};
    FrameDigest digest;
    world.world().watch(&digest);
    world.run();
    return std::pair{digest.value(), world.report()};
  };
  for (const std::uint64_t seed : {11, 12, 13}) EXPECT_EQ(run(seed), run(seed));
  EXPECT_NE(run(11).first, run(12).first);
}

TEST(RandomWorld, TheReportSaysWhatWasRolledAndHowItWent) {
  RandomWorld world{4711};
  world.run();
  const std::string report = world.report();
  EXPECT_EQ(report.rfind("seed 4711\n", 0), 0u);
  EXPECT_NE(report.find("  network 0"), std::string::npos) << report;
  EXPECT_NE(report.find("towards the server: delay"), std::string::npos) << report;
  EXPECT_NE(report.find("LISTEN --"), std::string::npos) << report;
}

// A gentle world is one in which nothing may fail: a forged reset in it must be noticed.
TEST(RandomWorld, WhatFailsInAGentleWorldIsABrokenPromise) {
  std::uint64_t seed = 0;
  Roll wrong = roll(seed);
  while (!wrong.is_gentle || wrong.kind != WorldKind::transfer) wrong = roll(++seed);
  wrong.traffic[0].openings[0].plan.ends_after = 1s;
  Meddler meddler;
  meddler.host = 0;
  meddler.state = tcp::State::established;
  meddler.meddling = Meddling::reset;
  wrong.meddlers = {meddler};
  RandomWorld world{wrong};
  EXPECT_FALSE(world.run());
  ASSERT_TRUE(world.violation());
  EXPECT_NE(world.violation()->text.find("although nothing went wrong"), std::string::npos);
}

}  // namespace
}  // namespace acksu::sim
