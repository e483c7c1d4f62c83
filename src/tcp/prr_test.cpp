// The rate of a repair (RFC 9937): what is under way comes down to ssthresh in one round trip.
#include "tcp/prr.h"

#include <gtest/gtest.h>

namespace acksu::tcp::prr_test {
namespace {

constexpr std::uint32_t mss = 1000;

TEST(Prr, SendsAsMuchOfWhatArrivesAsTheWindowShrinks) {
  // RFC 9937 6 (a): 100 segments down to 70, 7 of 10.
  Prr prr;
  prr.begin(100 * mss);
  std::uint32_t pipe = 99 * mss, sent = 0;
  for (int arrived = 0; arrived < 99; ++arrived) {
    pipe -= mss;
    const std::uint32_t window = prr.window(
        {.delivered = mss, .pipe = pipe, .ssthresh = 70 * mss, .mss = mss, .is_safe = false});
    while (pipe + mss <= window) {
      pipe += mss;
      sent += mss;
      prr.on_sent(mss);
    }
  }
  EXPECT_NEAR(sent, 70 * mss, mss);
  EXPECT_NEAR(pipe, 70 * mss, mss);
}

TEST(Prr, LetsTheFirstRepairGoAtOnce) {  // RFC 9937 6 (c)
  Prr prr;
  prr.begin(10 * mss);
  EXPECT_EQ(prr.window({.delivered = 0, .pipe = 9 * mss, .ssthresh = 5 * mss, .mss = mss}),
            10 * mss);
  prr.on_sent(mss);
  EXPECT_EQ(prr.window({.delivered = 0, .pipe = 10 * mss, .ssthresh = 5 * mss, .mss = mss}),
            10 * mss);
}

TEST(Prr, FillsAnEmptiedPathByWhatArrives) {  // RFC 9937 6 (b): the conservative bound
  Prr prr;
  prr.begin(10 * mss);
  prr.on_sent(mss);
  EXPECT_EQ(prr.window({.delivered = mss, .pipe = 2 * mss, .ssthresh = 5 * mss, .mss = mss}),
            3 * mss);
}

TEST(Prr, FillsItFasterWhenTheRepairGoesWell) {
  // RFC 9937 6 (b): the slow start bound.
  Prr prr;
  prr.begin(10 * mss);
  prr.on_sent(mss);
  EXPECT_EQ(
      prr.window(
          {.delivered = mss, .pipe = 2 * mss, .ssthresh = 5 * mss, .mss = mss, .is_safe = true}),
      4 * mss);
}

TEST(Prr, NeverFillsItBeyondItsGoal) {
  Prr prr;
  prr.begin(10 * mss);
  prr.on_sent(mss);
  EXPECT_EQ(prr.window({.delivered = 8 * mss,
                        .pipe = 4 * mss,
                        .ssthresh = 5 * mss,
                        .mss = mss,
                        .is_safe = true}),
            5 * mss);
}

}  // namespace
}  // namespace acksu::tcp::prr_test
