// Time that stops at its end instead of wrapping around.
#include "base/time.h"

#include <gtest/gtest.h>

namespace acksu {
namespace {

TEST(Time, LaterByStaysAtNever) {
  EXPECT_EQ(later_by(Instant{1s}, 2s), Instant{3s});
  EXPECT_EQ(later_by(Instant{1s}, forever), never);
  EXPECT_EQ(later_by(never, 1ns), never);
  EXPECT_EQ(later_by(never - 1ns, 1ns), never);
  EXPECT_EQ(later_by(never - 2ns, 1ns), never - 1ns);
  EXPECT_EQ(later_by(Instant{5s}, -2s), Instant{3s});
}

TEST(Time, CountsNanoseconds) {
  EXPECT_EQ(nanoseconds(Instant{3ms}), 3'000'000);
  EXPECT_EQ(nanoseconds(Duration{1min}), 60'000'000'000);
  EXPECT_EQ(earliest(Instant{2s}, Instant{1s}), Instant{1s});
}

}  // namespace
}  // namespace acksu
