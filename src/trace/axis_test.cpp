// Tests of axes: places, ticks and what is written beside them, in whole numbers.
#include "trace/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace acksu::trace {
namespace {

TEST(Axis, PlacesValuesBetweenItsEnds) {
  const Axis axis({100, 300}, 0, 1000);
  EXPECT_EQ(axis.at(100), 0);
  EXPECT_EQ(axis.at(200), 500);
  EXPECT_EQ(axis.at(300), 1000);
  const Axis upwards({0, 10}, 1000, 0);
  EXPECT_EQ(upwards.at(0), 1000);
  EXPECT_EQ(upwards.at(10), 0);
  EXPECT_EQ(upwards.at(3), 700);
}

TEST(Axis, KeepsValuesOutsideNear) {
  const Axis axis({0, 10}, 0, 1000);
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max() / 2;
  EXPECT_GT(axis.at(far), 1000);
  EXPECT_LE(axis.at(far), 21'000);
  EXPECT_LT(axis.at(-far), 0);
  const Axis long_one({0, far}, 0, 10'000);
  EXPECT_NEAR(static_cast<double>(long_one.at(std::int64_t{1} << 60)), 5'000, 1);
  const Axis empty({5, 5}, 0, 100);
  EXPECT_EQ(empty.at(5), 0);
}

TEST(Axis, HasTicksAtRoundNumbers) {
  EXPECT_EQ(Axis({0, 100}, 0, 1).ticks(5), (std::vector<std::int64_t>{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(Axis({7, 31}, 0, 1).ticks(3), (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_EQ(Axis({-5, 5}, 0, 1).ticks(2), (std::vector<std::int64_t>{-5, 0, 5}));
  for (std::int64_t to = 1; to < 100'000; to = to * 7 / 3 + 1) {
    const std::size_t count = Axis({0, to}, 0, 1).ticks(10).size();
    EXPECT_GE(count, 2u) << to;
    EXPECT_LE(count, 11u) << to;
  }
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_LE(Axis({0, most}, 0, 1).ticks(10).size(), 11u);
  EXPECT_LE(Axis({most - 10, most}, 0, 1).ticks(10).size(), 11u);
}

TEST(Axis, IsLogarithmicWhereItIsAskedTo) {
  const Axis axis({1000, 100'000}, 0, 2000, true);
  EXPECT_EQ(axis.at(1000), 0);
  EXPECT_NEAR(static_cast<double>(axis.at(10'000)), 1000, 1);
  EXPECT_EQ(axis.at(100'000), 2000);
  EXPECT_EQ(axis.ticks(3), (std::vector<std::int64_t>{1000, 10'000, 100'000}));
  EXPECT_EQ(Axis({15, 150}, 0, 1, true).ticks(9), (std::vector<std::int64_t>{20, 50, 100}));
  // One power of ten tells nothing: there are the others, too.
  EXPECT_EQ(Axis({15, 150}, 0, 1, true).ticks(2), (std::vector<std::int64_t>{20, 50, 100}));
}

TEST(Axis, KnowsLogarithms) {
  for (std::int64_t x = 1; x < std::int64_t{1} << 61; x = x * 3 + 1) {
    const double exact = std::log2(static_cast<double>(x)) * 65536;
    EXPECT_NEAR(static_cast<double>(scaled_log2(x)), exact, 2) << x;
  }
  EXPECT_EQ(scaled_log2(0), 0);
  EXPECT_EQ(scaled_log2(-7), 0);
}

TEST(Axis, FindsNiceSteps) {
  EXPECT_EQ(nice_step(0), 1);
  EXPECT_EQ(nice_step(3), 5);
  EXPECT_EQ(nice_step(50), 50);
  EXPECT_EQ(nice_step(51), 100);
  EXPECT_EQ(nice_step(std::numeric_limits<std::int64_t>::max()), 5'000'000'000'000'000'000);
}

TEST(Axis, WritesNumbersInTheirUnits) {
  EXPECT_STREQ(byte_unit(999).name, "B");
  EXPECT_STREQ(byte_unit(1000).name, "kB");
  EXPECT_STREQ(rate_unit(2'000'000'000).name, "Gbit/s");
  EXPECT_STREQ(time_unit(1500us).name, "ms");
  EXPECT_EQ(in_unit(1'250'000, {1000, "kB"}, 50'000), "1,250");
  EXPECT_EQ(in_unit(250, {1000, "kB"}, 50), "0.25");
  EXPECT_EQ(in_unit(2000, {1000, "kB"}, 500), "2.0");
  EXPECT_EQ(in_unit(-1500, {1000, "kB"}, 500), "-1.5");
  EXPECT_EQ(with_unit(1'500'000, {1'000'000, "ms"}), "1.5 ms");
  EXPECT_EQ(with_unit(2'000'000, {1'000'000, "ms"}), "2 ms");
  EXPECT_EQ(with_unit(7, {1, "B"}), "7 B");
}

}  // namespace
}  // namespace acksu::trace
