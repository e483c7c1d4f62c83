// Indices, generations and copies of slabs.
#include "base/slab.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/counted_test.h"
#include "base/rng.h"

namespace acksu {
namespace {

using SmallSlab = Slab<Counted, 2>;

TEST(Slab, UsesFreedIndicesLastInFirstOut) {
  int live = 0;
  SmallSlab slab;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(slab.allocate(i, live), static_cast<std::uint32_t>(i));
  slab.release(1);
  slab.release(3);
  EXPECT_EQ(slab.allocate(13, live), 3u);
  EXPECT_EQ(slab.allocate(11, live), 1u);
  EXPECT_EQ(slab.allocate(5, live), 5u);
  EXPECT_EQ(slab.size(), 6u);
  EXPECT_EQ(slab.capacity(), 8u);
}

// SECURITY I2.
TEST(Slab, AnOldNameFindsNothing) {
  int live = 0;
  SmallSlab slab;
  const std::uint32_t index = slab.allocate(1, live);
  const std::uint32_t generation = slab.generation(index);
  ASSERT_NE(slab.find(index, generation), nullptr);
  EXPECT_EQ(slab.find(index, generation)->number(), 1);
  slab.release(index);
  EXPECT_EQ(slab.find(index, generation), nullptr);
  EXPECT_EQ(slab.allocate(2, live), index);
  EXPECT_EQ(slab.find(index, generation), nullptr);
  EXPECT_NE(slab.generation(index), generation);
  EXPECT_EQ(slab.find(1000, 1), nullptr);
  EXPECT_FALSE(slab.holds(SmallSlab::none));
}

TEST(Slab, ObjectsNeverMove) {
  int live = 0;
  SmallSlab slab;
  const Counted* first = &slab[slab.allocate(1, live)];
  for (int i = 0; i < 100; ++i) slab.allocate(i, live);
  EXPECT_EQ(&slab[0], first);
}

TEST(Slab, GrowsByASixteenth) {
  int live = 0;
  SmallSlab slab;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    slab.allocate(0, live);
    ASSERT_LE(slab.capacity(), i + i / 16 + 4);
  }
  EXPECT_FALSE(slab.holds(10'000)) << "there is memory for it, but it was never used";
}

TEST(Slab, ACopyKeepsIndicesGenerationsAndTheOrderOfReuse) {
  int live = 0;
  SmallSlab slab;
  for (int i = 0; i < 10; ++i) slab.allocate(i, live);
  for (const std::uint32_t index : {2u, 7u, 4u}) slab.release(index);
  SmallSlab copy = slab;
  EXPECT_EQ(live, 14);
  for (std::uint32_t i = 0; i < 10; ++i) {
    ASSERT_EQ(copy.holds(i), slab.holds(i));
    ASSERT_EQ(copy.generation(i), slab.generation(i));
    if (slab.holds(i)) {
      ASSERT_EQ(copy[i].number(), slab[i].number());
      ASSERT_NE(&copy[i], &slab[i]);
    }
  }
  for (int i = 0; i < 5; ++i) ASSERT_EQ(copy.allocate(i, live), slab.allocate(i, live));
  copy = SmallSlab{};
  EXPECT_EQ(live, 12);
  slab = std::move(copy);
  EXPECT_EQ(live, 0);
}

TEST(Slab, WalksByRisingIndex) {
  int live = 0;
  SmallSlab slab;
  for (int i = 0; i < 9; ++i) slab.allocate(i * 10, live);
  slab.release(0);
  slab.release(5);
  std::vector<std::uint32_t> seen;
  const SmallSlab& constant = slab;
  constant.for_each([&](std::uint32_t index, const Counted& object) {
    EXPECT_EQ(object.number(), static_cast<int>(index) * 10);
    seen.push_back(index);
  });
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2, 3, 4, 6, 7, 8}));
}

TEST(Slab, AgreesWithAMap) {
  int live = 0;
  Rng rng{7};
  {
    SmallSlab slab;
    std::map<std::uint32_t, int> model;
    for (int i = 0; i < 20'000; ++i) {
      if (model.empty() || rng.below(100) < (model.size() < 200 ? 55u : 40u)) {
        const std::uint32_t index = slab.allocate(i, live);
        ASSERT_TRUE(model.emplace(index, i).second) << "given out twice";
      } else {
        const auto victim = std::next(model.begin(), static_cast<long>(rng.below(model.size())));
        ASSERT_EQ(slab[victim->first].number(), victim->second);
        slab.release(victim->first);
        ASSERT_FALSE(slab.holds(victim->first));
        model.erase(victim);
      }
      ASSERT_EQ(slab.size(), model.size());
      ASSERT_EQ(live, static_cast<int>(model.size()));
    }
  }
  EXPECT_EQ(live, 0);
}

TEST(SlabDeathTest, IsNotReleasedTwice) {
  int live = 0;
  SmallSlab slab;
  slab.release(slab.allocate(1, live));
  EXPECT_DEATH(slab.release(0), "broken promise");
  EXPECT_DEATH(slab.release(100), "broken promise");
}

}  // namespace
}  // namespace acksu
