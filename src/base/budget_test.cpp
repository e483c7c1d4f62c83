// What a budget charges, refuses and remembers.
#include "base/budget.h"

#include <gtest/gtest.h>

namespace acksu {
namespace {

TEST(Budget, ChargesUpToItsLimitAndCountsWhatItRefuses) {
  Budget budget{100};
  EXPECT_TRUE(budget.charge(60));
  EXPECT_FALSE(budget.charge(41));
  EXPECT_EQ(budget.held(), 60u);
  EXPECT_TRUE(budget.charge(40));
  EXPECT_FALSE(budget.charge(1));
  EXPECT_TRUE(budget.charge(0));
  EXPECT_EQ(budget.refused(), 2u);
  budget.give_back(100);
  EXPECT_EQ(budget.held(), 0u);
  EXPECT_EQ(budget.peak(), 100u);
}

TEST(Budget, RefusesOneChargeWhereItIsTold) {
  Budget budget{100, 2};
  EXPECT_TRUE(budget.charge(1));
  EXPECT_FALSE(budget.charge(1));
  EXPECT_TRUE(budget.charge(1));
  EXPECT_EQ(budget.held(), 2u);
  EXPECT_EQ(budget.refused(), 1u);
}

// SECURITY A3.
TEST(Budget, AHugeChargeDoesNotWrapAround) {
  Budget budget{100};
  EXPECT_TRUE(budget.charge(50));
  EXPECT_FALSE(budget.charge(~std::uint64_t{0}));
  EXPECT_EQ(budget.held(), 50u);
}

TEST(BudgetDeathTest, NoMoreIsGivenBackThanIsHeld) {
  Budget budget{100};
  EXPECT_TRUE(budget.charge(5));
  EXPECT_DEATH(budget.give_back(6), "broken promise");
}

}  // namespace
}  // namespace acksu
