// Which sizes are tried, in which order, and when no more.
#include "tcp/path_probe.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

struct PathProbeTest : testing::Test {
  PathProbe probe;
  Instant now{1h};
  std::uint32_t tried = 0;  // probes sent

  void SetUp() override { probe.begin(1448); }
  // Searches on a path that takes `right` bytes of text; what was found from `low` on.
  std::uint32_t search(std::uint32_t low, std::uint32_t right) {
    while (const std::uint32_t size = probe.next_size(low, now)) {
      EXPECT_GT(size, low);
      EXPECT_LE(size, 1448u);
      if (++tried > 100) break;
      probe.on_sent(Seq{1000}, size);
      EXPECT_EQ(probe.next_size(low, now), 0u) << "one at a time";
      if (size > right) {
        probe.on_lost();
        continue;
      }
      EXPECT_FALSE(probe.take_passed(Seq{1000} + (size - 1)));
      EXPECT_TRUE(probe.take_passed(Seq{1000} + size));
      low = size;
    }
    return low;
  }
};

// RFC 4821 7.3.
TEST_F(PathProbeTest, ComesCloseFromBelow) {
  for (std::uint32_t right = 1012; right < 1448; right += 7) {
    tried = 0;
    probe.on_black_hole();
    const std::uint32_t found = search(1012, right);
    EXPECT_LE(found, right);
    EXPECT_GT(found + 8, right);
    EXPECT_LE(tried, 20u);
  }
}

TEST_F(PathProbeTest, TriesAllOfItFirst) {
  probe.on_black_hole();
  EXPECT_EQ(search(1012, 1448), 1448u);
  EXPECT_EQ(tried, 1u);
  EXPECT_EQ(probe.next_size(1448, now), 0u);
}

// RFC 8899 5.1.1: after ten minutes the path may be another.
TEST_F(PathProbeTest, SearchesAgainAfterTenMinutes) {
  probe.on_black_hole();
  const std::uint32_t found = search(1012, 1228);
  now += 9min;
  EXPECT_EQ(probe.next_size(found, now), 0u);
  now += 1min;
  EXPECT_EQ(search(found, 1448), 1448u);
}

TEST_F(PathProbeTest, WhatIcmpSaysStandsForTenMinutes) {
  probe.on_told(now);
  EXPECT_EQ(probe.next_size(1248, now), 0u);
  now += 10min;
  EXPECT_EQ(probe.next_size(1248, now), 1448u);
}

// RFC 8899 5.1.2: a loss by chance is no verdict.
TEST_F(PathProbeTest, OneLossIsNoVerdict) {
  probe.on_black_hole();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(probe.next_size(1012, now), 1448u);
    probe.on_sent(Seq{7}, 1448);
    probe.on_lost();
  }
  EXPECT_LT(probe.next_size(1012, now), 1448u);
}

TEST_F(PathProbeTest, KnowsItsOwnBeginning) {
  probe.on_black_hole();
  EXPECT_FALSE(probe.is_at(Seq{7}));
  probe.on_sent(Seq{7}, 1448);
  EXPECT_TRUE(probe.is_at(Seq{7}));
  EXPECT_FALSE(probe.is_at(Seq{8}));
  probe.forget();
  EXPECT_FALSE(probe.is_at(Seq{7}));
}

// A size that was lost once is tried once more: so one loss tells states apart.
TEST_F(PathProbeTest, ALossTellsStatesApart) {
  const auto told_after = [&](int losses) {
    PathProbe each;
    each.begin(1448);
    for (int i = 0; i < losses; ++i) {
      each.on_sent(Seq{1000}, 1448);
      each.on_lost();
    }
    each.on_sent(Seq{1000}, 1448);
    Digest digest;
    each.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(told_after(0), told_after(0));
  EXPECT_NE(told_after(0), told_after(1));
}

}  // namespace
}  // namespace acksu::tcp
