// Shortest lists: what is needed is found among what is not.
#include "sim/shortest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace acksu::sim {
namespace {

using Indices = std::vector<std::size_t>;

bool holds(const Indices& all, const Indices& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

TEST(Shortest, FindsWhatIsNeededTogether) {
  for (const Indices& needed : {Indices{}, Indices{0}, Indices{99}, Indices{3, 50, 51, 98}}) {
    const auto does = [&](const Indices& some) { return holds(some, needed); };
    EXPECT_EQ(shortest(100, does, 10'000), needed);
  }
  EXPECT_EQ(shortest(0, [](const Indices&) { return true; }, 10), Indices{});
}

// One of two ways is enough; and the second thing can only go when the first has gone.
TEST(Shortest, LeavesNothingThatCouldGoAlone) {
  const auto does = [](const Indices& some) {
    const bool has_other_way = !holds(some, {1}) && holds(some, {5});
    return holds(some, {1, 2, 5}) || (has_other_way && some.size() != 1) || some == Indices{5};
  };
  const Indices kept = shortest(8, does, 10'000);
  ASSERT_TRUE(does(kept));
  for (const std::size_t each : kept) {
    Indices fewer = kept;
    fewer.erase(std::find(fewer.begin(), fewer.end(), each));
    EXPECT_FALSE(does(fewer)) << each;
  }
}

TEST(Shortest, AsksNoMoreThanItMay) {
  std::size_t questions = 0;
  const auto does = [&](const Indices& some) {
    ++questions;
    return holds(some, {7});
  };
  const Indices kept = shortest(1'000, does, 20);
  EXPECT_EQ(questions, 20u);
  EXPECT_TRUE(holds(kept, {7}));
}

}  // namespace
}  // namespace acksu::sim
