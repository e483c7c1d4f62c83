// The emulated link in virtual time: what comes out when, and what a change of settings does.
#include "sim/emulated_link.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace acksu::sim {
namespace {

class Emulated : public testing::Test {
 protected:
  EmulatedLink link(const DirectionSettings& direction) {
    return {CableSettings::both(direction), 1, pool};
  }
  Frame frame(std::uint32_t bytes) {
    Slice slice = pool->allocate(bytes);
    std::ranges::fill(slice.writable(), std::uint8_t{0});
    return Frame{BufferChain{std::move(slice)}, 0, false};
  }
  // The sizes of what has arrived.
  static std::vector<std::uint32_t> sizes(EmulatedLink& link, Instant now, std::size_t most = 100) {
    std::vector<Frame> frames;
    link.release(Side::a, frames, most, now);
    std::vector<std::uint32_t> result;
    for (const Frame& each : frames) result.push_back(each.bytes.size());
    return result;
  }
  using Sizes = std::vector<std::uint32_t>;

  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
};

TEST_F(Emulated, ReleasesEachFrameAtItsTime) {
  EmulatedLink tested = link({.delay = 20ms});
  EXPECT_EQ(tested.deadline(), never);
  tested.take(Side::a, frame(60), Instant{});
  tested.take(Side::a, frame(61), Instant{} + 1ms);
  EXPECT_EQ(tested.deadline(), Instant{} + 20ms);
  EXPECT_EQ(sizes(tested, Instant{} + 20ms - 1ns), Sizes{});
  EXPECT_EQ(sizes(tested, Instant{} + 20ms), Sizes{60});
  EXPECT_EQ(tested.deadline(), Instant{} + 21ms);
  EXPECT_EQ(sizes(tested, Instant{} + 25ms), Sizes{61});
  EXPECT_EQ(tested.deadline(), never);
  EXPECT_EQ(tested.delivered(Side::a), 2u);
  EXPECT_EQ(tested.delivered_bytes(Side::a), 121u);
  EXPECT_EQ(tested.delays(Side::a).longest(), 20ms);
  EXPECT_EQ(tested.lateness(Side::a).longest(), 4ms);
}

TEST_F(Emulated, KeepsTheOrderOfFramesOfOneInstant) {
  EmulatedLink tested = link({.delay = 1ms});
  for (const std::uint32_t bytes : {60u, 61u, 62u}) tested.take(Side::a, frame(bytes), Instant{});
  EXPECT_EQ(sizes(tested, Instant{} + 1ms, 2), (Sizes{60, 61}));
  EXPECT_EQ(sizes(tested, Instant{} + 1ms), Sizes{62});
}

TEST_F(Emulated, DirectionsAreIndependent) {
  CableSettings settings;
  settings.directions[0].delay = 1ms;
  settings.directions[1].delay = 5ms;
  EmulatedLink tested{settings, 1, pool};
  tested.take(Side::b, frame(60), Instant{});
  EXPECT_EQ(sizes(tested, Instant{} + 10ms), Sizes{});
  EXPECT_EQ(tested.under_way(Side::b), 1u);
  EXPECT_EQ(tested.deadline(), Instant{} + 5ms);
}

// Three frames of 1000 bytes need 8 ms each at 1 Mbit/s; from 8 ms on a tenth of that.
TEST_F(Emulated, AFasterRateIsFeltByWhatWaits) {
  EmulatedLink tested = link({.delay = 100ms, .rate = 1'000'000});
  for (int i = 0; i < 3; ++i) tested.take(Side::a, frame(1000), Instant{});
  DirectionSettings faster = tested.settings(Side::a);
  faster.rate = 10'000'000;
  tested.set(Side::a, faster, Instant{} + 8ms);
  tested.take(Side::a, frame(1000), Instant{} + 8ms);
  EXPECT_EQ(tested.deadline(), Instant{} + 108ms);
  EXPECT_EQ(sizes(tested, Instant{} + 108'799us), Sizes{1000});
  EXPECT_EQ(sizes(tested, Instant{} + 108'800us), Sizes{1000});
  EXPECT_EQ(sizes(tested, Instant{} + 109'600us), Sizes{1000});
  EXPECT_EQ(sizes(tested, Instant{} + 110'400us), Sizes{1000});
}

TEST_F(Emulated, ASlowerRateIsFeltByWhatWaits) {
  EmulatedLink tested = link({.delay = 0ms, .rate = 10'000'000});
  for (int i = 0; i < 3; ++i) tested.take(Side::a, frame(1000), Instant{});
  DirectionSettings slower = tested.settings(Side::a);
  slower.rate = 1'000'000;
  tested.set(Side::a, slower, Instant{} + 800us);
  EXPECT_EQ(sizes(tested, Instant{} + 800us), Sizes{1000});
  EXPECT_EQ(sizes(tested, Instant{} + 8'799us), Sizes{});
  EXPECT_EQ(sizes(tested, Instant{} + 8'800us), Sizes{1000});
  EXPECT_EQ(sizes(tested, Instant{} + 16'800us), Sizes{1000});
}

TEST_F(Emulated, NothingOvertakesForAChange) {
  EmulatedLink tested = link({.delay = 10ms, .jitter = 50ms, .rate = 1'000'000});
  for (std::uint32_t i = 0; i < 20; ++i) tested.take(Side::a, frame(1000 + i), Instant{});
  DirectionSettings faster = tested.settings(Side::a);
  faster.rate = 100'000'000;
  faster.delay = 1ms;
  faster.jitter = {};
  tested.set(Side::a, faster, Instant{} + 5ms);
  for (std::uint32_t i = 20; i < 40; ++i) {
    tested.take(Side::a, frame(1000 + i), Instant{} + 5ms);
  }
  const Sizes arrived = sizes(tested, Instant{} + 10s);
  EXPECT_EQ(arrived.size(), 40u);
  EXPECT_TRUE(std::is_sorted(arrived.begin(), arrived.end()));
}

TEST_F(Emulated, ACutLosesWhatComesAndDeliversWhatIsUnderWay) {
  EmulatedLink tested = link({.delay = 10ms});
  tested.take(Side::a, frame(60), Instant{});
  tested.cut(true);
  tested.take(Side::a, frame(61), Instant{});
  tested.cut(false);
  tested.take(Side::a, frame(62), Instant{});
  EXPECT_EQ(sizes(tested, Instant{} + 10ms), (Sizes{60, 62}));
  EXPECT_EQ(tested.counters(Side::a).cut, 1u);
}

TEST_F(Emulated, HoldsABoundedNumberOfFrames) {
  EmulatedLink tested = link({.delay = 10s});
  const Frame shared = frame(60);
  for (std::size_t i = 0; i < EmulatedLink::most_frames + 3; ++i) {
    tested.take(Side::a, shared, Instant{});
  }
  EXPECT_EQ(tested.under_way(Side::a), EmulatedLink::most_frames);
  EXPECT_EQ(tested.refused(Side::a), 3u);
}

}  // namespace
}  // namespace acksu::sim
