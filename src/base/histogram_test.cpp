// Histograms: no answer below the truth, none more than an eighth above it.
#include "base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

TEST(Histogram, KnowsNothingAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.longest(), 0ns);
  EXPECT_EQ(histogram.at_most(500), 0ns);
}

TEST(Histogram, IsExactForOneValue) {
  for (const Duration each : {Duration{0}, Duration{7}, Duration{8}, Duration{20ms}, forever}) {
    Histogram histogram;
    histogram.add(each);
    EXPECT_EQ(histogram.at_most(500), each);
    EXPECT_EQ(histogram.longest(), each);
  }
}

TEST(Histogram, NegativeDurationsCountAsZero) {
  Histogram histogram;
  histogram.add(Duration{-5});
  EXPECT_EQ(histogram.count(), 1u);
  EXPECT_EQ(histogram.at_most(0), 0ns);
}

TEST(Histogram, AnswersWithinAnEighth) {
  Rng rng{1};
  Histogram histogram;
  std::vector<Duration> all;
  for (int i = 0; i < 10'000; ++i) {
    const Duration each{static_cast<std::int64_t>(rng.next() >> rng.between(1, 63))};
    all.push_back(each);
    histogram.add(each);
  }
  std::sort(all.begin(), all.end());
  for (const std::uint32_t longer : {999u, 900u, 500u, 100u, 10u, 1u, 0u}) {
    const Duration truth = all[all.size() - 1 - all.size() * longer / 1000];
    EXPECT_GE(histogram.at_most(longer), truth);
    EXPECT_LE(nanoseconds(histogram.at_most(longer)) - nanoseconds(truth), nanoseconds(truth) / 8);
  }
}

}  // namespace
}  // namespace acksu
