// The queue against std::deque; objects alive and blocks held.
#include "base/ring.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/counted_test.h"
#include "base/rng.h"

namespace acksu {
namespace {

void expect_same(const Ring<Counted>& ring, const std::deque<int>& model) {
  ASSERT_EQ(ring.size(), model.size());
  ASSERT_EQ(ring.is_empty(), model.empty());
  for (std::uint32_t i = 0; i < ring.size(); ++i) ASSERT_EQ(ring[i].number(), model[i]);
  if (model.empty()) return;
  ASSERT_EQ(ring.front().number(), model.front());
  ASSERT_EQ(ring.back().number(), model.back());
}

TEST(Ring, AgreesWithADeque) {
  int live = 0;
  BufferPool pool;
  Rng rng{6};
  {
    Ring<Counted> ring;
    std::deque<int> model;
    for (int i = 0; i < 20'000; ++i) {
      const auto position = static_cast<std::uint32_t>(rng.below(model.size() + 1));
      const auto rest = static_cast<std::uint32_t>(model.size()) - position;
      switch (rng.below(model.empty() ? 2 : 6)) {
        case 0:
        case 1:
          ring.push_back(pool, Counted{i, live});
          model.push_back(i);
          break;
        case 2:
          ring.insert(pool, position, Counted{i, live});
          model.insert(model.begin() + position, i);
          break;
        case 3:
          ring.pop_front();
          model.pop_front();
          break;
        case 4:
          ring.pop_back();
          model.pop_back();
          break;
        default: {
          const auto count = static_cast<std::uint32_t>(rng.below(rest + 1) / 4);
          ring.erase(position, count);
          model.erase(model.begin() + position, model.begin() + position + count);
        }
      }
      expect_same(ring, model);
      ASSERT_EQ(live, static_cast<int>(model.size()));
      ASSERT_EQ(pool.live_blocks(), model.empty() ? 0u : 1u);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
  EXPECT_EQ(live, 0);
  EXPECT_EQ(pool.live_blocks(), 0u);
}

TEST(Ring, ACopyHasItsOwnObjects) {
  int live = 0;
  BufferPool pool;
  Ring<Counted> ring;
  for (int i = 0; i < 6; ++i) ring.push_back(pool, Counted{i, live});
  ring.pop_front();
  ring.pop_front();
  for (int i = 6; i < 10; ++i) ring.push_back(pool, Counted{i, live});  // wraps around
  Ring<Counted> copy = ring;
  EXPECT_EQ(live, 16);
  copy[0].set_number(100);
  copy.pop_back();
  expect_same(ring, {2, 3, 4, 5, 6, 7, 8, 9});
  expect_same(copy, {100, 3, 4, 5, 6, 7, 8});
  ring = copy;
  expect_same(ring, {100, 3, 4, 5, 6, 7, 8});
  ring = std::move(copy);
  expect_same(ring, {100, 3, 4, 5, 6, 7, 8});
  ring.clear();
  EXPECT_EQ(live, 0);
  EXPECT_EQ(pool.live_blocks(), 0u);
}

TEST(Ring, IsEmptyAfterItWasMoved) {
  int live = 0;
  BufferPool pool;
  Ring<Counted> ring;
  ring.push_back(pool, Counted{1, live});
  const Ring<Counted> taken = std::move(ring);
  EXPECT_TRUE(ring.is_empty());  // NOLINT: that is what is tested
  EXPECT_EQ(taken.size(), 1u);
  ring.push_back(pool, Counted{2, live});
  EXPECT_EQ(ring.front().number(), 2);
}

TEST(Ring, ACopyOfAnEmptyRingHoldsNothing) {
  int live = 0;
  BufferPool pool;
  Ring<Counted> ring;
  ring.push_back(pool, Counted{1, live});
  ring.pop_back();
  const Ring<Counted> copy = ring;
  EXPECT_TRUE(copy.is_empty());
  EXPECT_EQ(pool.live_blocks(), 0u);
}

TEST(RingDeathTest, KeepsItsLimits) {
  int live = 0;
  BufferPool pool;
  Ring<Counted> ring;
  EXPECT_DEATH(ring.front(), "broken promise");
  EXPECT_DEATH(ring.pop_front(), "broken promise");
  ring.push_back(pool, Counted{1, live});
  EXPECT_DEATH(ring[1], "broken promise");
  EXPECT_DEATH(ring.erase(0, 2), "broken promise");
}

TEST(Ring, MakesElementsInTheirPlace) {
  struct Element {
    int number = 5;
  };
  BufferPool pool;
  Ring<Element> ring;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ring.append(pool).number, 5);
    ring.back().number = i;
  }
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(ring[i].number, static_cast<int>(i));
}

}  // namespace
}  // namespace acksu
