// A value or an error.
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace acksu {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return Error::invalid_argument;
  return number / 2;
}

TEST(Result, HoldsAValue) {
  const Result<int> result = half_of(8);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 4);
  EXPECT_EQ(result.error(), Error::none);
}

TEST(Result, HoldsAnError) {
  const Result<int> result = half_of(7);
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error(), Error::invalid_argument);
}

TEST(Result, MayHoldAnErrorAsItsValueOrOnlyMovableThings) {
  Result<std::unique_ptr<std::string>> result{std::make_unique<std::string>("text")};
  EXPECT_EQ((*result)->size(), 4u);
  const std::unique_ptr<std::string> taken = std::move(*result);
  EXPECT_EQ(*taken, "text");
  Result<std::string> text{std::string{"abc"}};
  EXPECT_EQ(text->size(), 3u);
}

TEST(ResultDeathTest, AnErrorHasNoValue) {
  const Result<int> result = half_of(7);
  EXPECT_DEATH(static_cast<void>(*result), "broken promise");
}

}  // namespace
}  // namespace acksu
