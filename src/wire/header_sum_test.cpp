// Sums of words, folded at the end, against sums that are folded at each step.
#include "wire/header_sum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace acksu::wire {
namespace {

TEST(HeaderSum, FoldsAsRfc1071Does) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint32_t>& given) {
    HeaderSum sum;
    Sum expected;
    for (const std::uint32_t word : given) {
      sum.add(word);
      expected = expected + Sum{static_cast<std::uint16_t>(word >> 16)} +
                 Sum{static_cast<std::uint16_t>(word)};
    }
    RC_ASSERT(sum.folded() == expected);
    RC_ASSERT(sum.is_whole() == (expected.folded() == 0xffff));
    sum.add(expected.checksum());
    RC_ASSERT(sum.is_whole());
  }));
}

TEST(HeaderSum, OfNothingAndOfAllOnes) {
  HeaderSum sum;
  EXPECT_EQ(sum.folded(), Sum{0});
  EXPECT_FALSE(sum.is_whole()) << "that has no checksum";
  for (const std::uint64_t words :
       {0xffffull, 0xffff'0000ull, 0xffff'ffffull, 0xffff'ffff'ffffull, ~0ull}) {
    HeaderSum whole;
    whole.add_all(words);
    EXPECT_EQ(whole.folded(), Sum{0xffff}) << words;
    EXPECT_TRUE(whole.is_whole()) << words;
  }
}

}  // namespace
}  // namespace acksu::wire
