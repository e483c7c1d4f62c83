// The numbers are fixed for ever, and as even as chance allows.
#include "base/rng.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/digest.h"

namespace acksu {
namespace {

std::uint64_t digest_of(const Rng& rng) {
  Digest digest;
  rng.digest(digest);
  return digest.value();
}

// xoshiro256++ as published, from the state that splitmix64 gives for the seed.
TEST(Rng, IsXoshiro256PlusPlusSeededBySplitmix64) {
  Rng rng{0};
  EXPECT_EQ(rng.next(), 0x53175d61490b23dfu);
  EXPECT_EQ(rng.next(), 0x61da6f3dc380d507u);
  EXPECT_EQ(rng.next(), 0x5c0fdf91ec9a7bfcu);
}

TEST(Rng, IsAValue) {
  Rng rng{4711};
  rng.next();
  Rng copy = rng;
  EXPECT_EQ(digest_of(rng), digest_of(copy));
  EXPECT_EQ(rng.next(), copy.next());
  rng.next();
  EXPECT_NE(digest_of(rng), digest_of(copy));
}

TEST(Rng, BelowIsEven) {
  Rng rng{1};
  for (const std::uint64_t bound : {1ull, 2ull, 3ull, 7ull, 8ull, 10ull}) {
    std::vector<int> counts(bound);
    for (int i = 0; i < 20'000; ++i) ++counts[rng.below(bound)];
    const double mean = 20'000.0 / static_cast<double>(bound);
    for (const int count : counts) EXPECT_NEAR(count, mean, mean * 0.12) << bound;
  }
  const std::uint64_t large = (std::uint64_t{1} << 63) + 1;
  for (int i = 0; i < 1000; ++i) EXPECT_LT(rng.below(large), large);
}

TEST(Rng, BetweenIncludesBothEnds) {
  Rng rng{2};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 500; ++i) seen.insert(rng.between(5, 8));
  EXPECT_EQ(seen, (std::set<std::uint64_t>{5, 6, 7, 8}));
  EXPECT_EQ(rng.between(9, 9), 9u);
  const std::uint64_t before = digest_of(rng);
  rng.between(0, ~std::uint64_t{0});
  EXPECT_NE(digest_of(rng), before);
}

TEST(Rng, ChanceIsInPartsPerMillion) {
  Rng rng{3};
  int happened = 0;
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_FALSE(rng.chance(0));
    EXPECT_TRUE(rng.chance(1'000'000));
    happened += rng.chance(50'000) ? 1 : 0;
  }
  EXPECT_NEAR(happened, 5000, 400);
}

TEST(Rng, AskingDrawsOneNumberWhateverTheChance) {
  Rng rng{4};
  Rng same = rng;
  rng.chance(0);
  rng.chance(1'000'000);
  same.next();
  same.next();
  EXPECT_EQ(digest_of(rng), digest_of(same));
}

TEST(Rng, AForkGoesItsOwnWay) {
  Rng one{5};
  Rng other{5};
  Rng fork_of_one = one.fork();
  Rng fork_of_other = other.fork();
  for (int i = 0; i < 10; ++i) one.next();
  EXPECT_EQ(fork_of_one.next(), fork_of_other.next());
  EXPECT_NE(fork_of_other.next(), other.next());
}

TEST(RngDeathTest, AnEmptyRangeHasNoNumber) {
  Rng rng{6};
  EXPECT_DEATH(rng.below(0), "broken promise");
  EXPECT_DEATH(rng.between(2, 1), "broken promise");
}

}  // namespace
}  // namespace acksu
