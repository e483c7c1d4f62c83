// Sequence numbers on a circle: every pair of interesting places, and all distances near the wrap.
#include "base/seq.h"

#include <gtest/gtest.h>

#include <vector>

namespace acksu {
namespace {

std::vector<std::uint32_t> places() {
  std::vector<std::uint32_t> result;
  for (const std::uint32_t middle : {0u, 0x4000'0000u, 0x8000'0000u, 0xc000'0000u}) {
    for (std::uint32_t i = 0; i < 9; ++i) result.push_back(middle + i - 4);
  }
  return result;
}

// The distance from `origin` to `value` counted in 64 bits: in [-2^31, 2^31).
std::int64_t distance(std::uint32_t value, std::uint32_t origin) {
  std::int64_t result = std::int64_t{value} - origin;
  if (result < -0x8000'0000ll) result += 0x1'0000'0000ll;
  if (result >= 0x8000'0000ll) result -= 0x1'0000'0000ll;
  return result;
}

// SECURITY C15.
TEST(Seq, ComparesAlongTheShorterWay) {
  for (const std::uint32_t x : places()) {
    for (const std::uint32_t y : places()) {
      const Seq a{x};
      const Seq b{y};
      const std::int64_t from_b = distance(x, y);
      SCOPED_TRACE(testing::Message() << x << ' ' << y);
      ASSERT_EQ(a - b, from_b);
      ASSERT_EQ(is_before(a, b), from_b < 0);
      ASSERT_EQ(is_after(a, b), from_b > 0);
      ASSERT_EQ(is_at_or_before(a, b), from_b <= 0);
      ASSERT_EQ(is_at_or_after(a, b), from_b >= 0);
      ASSERT_EQ(a == b, x == y);
      if (from_b == -0x8000'0000ll) continue;  // opposite: neither is earlier
      ASSERT_EQ(earlier(a, b), from_b <= 0 ? a : b);
      ASSERT_EQ(later(a, b), from_b >= 0 ? a : b);
    }
  }
}

TEST(Seq, AddsAndTakesAwayAroundTheWrap) {
  for (const std::uint32_t x : places()) {
    for (const std::uint32_t bytes : {0u, 1u, 5u, 0x7fff'ffffu}) {
      Seq moved{x};
      moved += bytes;
      ASSERT_EQ(moved, Seq{x} + bytes);
      ASSERT_EQ(moved - bytes, Seq{x});
      ASSERT_EQ(moved - Seq{x}, static_cast<std::int32_t>(bytes));
      ASSERT_EQ(bytes_between(Seq{x}, moved), bytes);
    }
  }
}

// SECURITY C15.
TEST(Seq, IsWithinAWindowThatWraps) {
  for (const std::uint32_t first : places()) {
    for (std::uint32_t length = 0; length < 12; ++length) {
      for (std::int64_t offset = -12; offset < 24; ++offset) {
        const Seq seq{static_cast<std::uint32_t>(first + offset)};
        ASSERT_EQ(is_within(seq, Seq{first}, length), offset >= 0 && offset < length)
            << first << '+' << offset << " in " << length;
      }
    }
  }
}

static_assert(is_after(Seq{0}, Seq{0xffff'ffff}));
static_assert(is_within(Seq{1}, Seq{0xffff'fffe}, 4));

}  // namespace
}  // namespace acksu
