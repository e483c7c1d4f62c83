// Cables: each fault by itself, and that the same seed gives the same arrivals.
#include "sim/cable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/packet.h"

namespace acksu::sim {
namespace {

class Bench {
 public:
  explicit Bench(DirectionSettings direction, std::uint64_t seed = 1)
      : cable(CableSettings::both(direction), Rng{seed}, pool) {}

  Frame frame(std::uint32_t bytes) {
    Slice slice = pool->allocate(bytes);
    std::ranges::fill(slice.writable(), static_cast<std::uint8_t>(bytes));
    return Frame{BufferChain{std::move(slice)}, 0, false};
  }
  std::vector<Cable::Arrival> send(Frame frame, Instant at = {}) {
    std::vector<Cable::Arrival> arrivals;
    cable.send(Side::a, std::move(frame), at, arrivals);
    return arrivals;
  }
  // How many of so many frames arrive.
  std::size_t send_many(int count, Duration apart = 1ms) {
    std::size_t arrived = 0;
    for (int i = 0; i < count; ++i) arrived += send(frame(100), Instant{} + i * apart).size();
    return arrived;
  }

  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Cable cable;
};

TEST(Cable, DeliversAfterTheDelay) {
  Bench bench{{.delay = 7ms}};
  const auto arrivals = bench.send(bench.frame(60), Instant{} + 1ms);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].at, Instant{} + 8ms);
  EXPECT_EQ(arrivals[0].frame.bytes.size(), 60u);
}

TEST(Cable, TheRateSpacesFrames) {
  Bench bench{{.delay = 0ms, .rate = 1'000'000}};  // 125 bytes take 1 ms
  EXPECT_EQ(bench.send(bench.frame(125)).at(0).at, Instant{} + 1ms);
  EXPECT_EQ(bench.send(bench.frame(250)).at(0).at, Instant{} + 3ms);
  EXPECT_EQ(bench.send(bench.frame(125), Instant{} + 10ms).at(0).at, Instant{} + 11ms);
}

TEST(Cable, AFullQueueDropsTheTail) {
  Bench bench{{.rate = 1'000'000, .queue_bytes = 1000}};
  std::size_t arrived = 0;
  for (int i = 0; i < 20; ++i) arrived += bench.send(bench.frame(100)).size();
  EXPECT_EQ(arrived, 10u);
  EXPECT_EQ(bench.cable.counters(Side::a).queue_full, 10u);
  EXPECT_EQ(bench.send(bench.frame(100), Instant{} + 1s).size(), 1u);
}

TEST(Cable, AnIdleLineTakesAFrameLargerThanItsQueue) {
  Bench bench{{.rate = 1'000'000, .queue_bytes = 10}};
  EXPECT_EQ(bench.send(bench.frame(1000)).size(), 1u);
}

TEST(Cable, WhatIsTooLargeIsDroppedUnlessTheDeviceSplitsIt) {
  Bench bench{{.mtu = 500}};
  EXPECT_EQ(bench.send(bench.frame(514)).size(), 1u);
  EXPECT_EQ(bench.send(bench.frame(515)).size(), 0u);
  EXPECT_EQ(bench.cable.counters(Side::a).too_large, 1u);
  Frame large = bench.frame(3000);
  large.segment_bytes = 400;
  EXPECT_EQ(bench.send(std::move(large)).size(), 1u);
}

TEST(Cable, LosesAsManyAsAsked) {
  Bench bench{{.loss = 250'000}};
  const std::size_t arrived = bench.send_many(10'000);
  EXPECT_GT(arrived, 7'300u);
  EXPECT_LT(arrived, 7'700u);
  EXPECT_EQ(bench.cable.counters(Side::a).lost, 10'000 - arrived);
}

TEST(Cable, DuplicatesArriveTwice) {
  Bench bench{{.duplicate = 1'000'000}};
  EXPECT_EQ(bench.send(bench.frame(60)).size(), 2u);
}

TEST(Cable, AnOldDuplicateComesLate) {
  Bench bench{{.delay = 1ms, .duplicate = 1'000'000, .duplicate_delay = 30s}};
  const auto arrivals = bench.send(bench.frame(60));
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[1].at, Instant{} + 1ms);
  EXPECT_GT(arrivals[0].at, Instant{} + 1ms);
  EXPECT_LE(arrivals[0].at, Instant{} + 30s + 1ms);
}

TEST(Cable, JitterNeverOvertakes) {
  Bench bench{{.delay = 1ms, .jitter = 50ms}};
  Instant last{};
  bool has_varied = false;
  for (int i = 0; i < 1000; ++i) {
    const Instant sent = Instant{} + i * 1ms;
    const Instant at = bench.send(bench.frame(60), sent).at(0).at;
    EXPECT_GE(at, last);
    has_varied = has_varied || at - sent != 1ms;
    last = at;
  }
  EXPECT_TRUE(has_varied);
}

TEST(Cable, ReorderedFramesAreOvertaken) {
  Bench bench{{.delay = 1ms, .reorder = 100'000, .reorder_delay = 10ms}};
  std::size_t overtaken = 0;
  Instant latest{};
  for (int i = 0; i < 1000; ++i) {
    const Instant at = bench.send(bench.frame(60), Instant{} + i * 1ms).at(0).at;
    if (at < latest) ++overtaken;
    latest = std::max(latest, at);
  }
  EXPECT_GT(overtaken, 500u);  // each reordered frame is overtaken by nine
  EXPECT_GT(bench.cable.counters(Side::a).reordered, 70u);
}

TEST(Cable, CorruptionFlipsOneBitOfACopy) {
  Bench bench{{.corrupt = 1'000'000}};
  const Frame original = bench.frame(90);
  const std::vector<std::uint8_t> before = original.bytes.flatten();
  const auto arrivals = bench.send(original);
  ASSERT_EQ(arrivals.size(), 1u);
  const std::vector<std::uint8_t> after = arrivals[0].frame.bytes.flatten();
  ASSERT_EQ(after.size(), before.size());
  int flipped = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    flipped += std::popcount(static_cast<unsigned>(before[i] ^ after[i]));
  }
  EXPECT_EQ(flipped, 1);
  EXPECT_EQ(original.bytes.flatten(), before);
}

TEST(Cable, CutsLoseWhatIsSentMeanwhile) {
  Bench bench{{.delay = 1ms, .cuts = {{Instant{} + 10ms, Instant{} + 20ms}}}};
  EXPECT_EQ(bench.send(bench.frame(60), Instant{} + 9ms).size(), 1u);
  EXPECT_EQ(bench.send(bench.frame(60), Instant{} + 10ms).size(), 0u);
  EXPECT_EQ(bench.send(bench.frame(60), Instant{} + 20ms).size(), 1u);
  bench.cable.cut(true);
  EXPECT_EQ(bench.send(bench.frame(60), Instant{} + 30ms).size(), 0u);
  bench.cable.cut(false);
  EXPECT_EQ(bench.send(bench.frame(60), Instant{} + 30ms).size(), 1u);
}

TEST(Cable, DirectionsAreIndependent) {
  CableSettings settings;
  settings.directions[0].loss = 1'000'000;
  settings.directions[1].delay = 3ms;
  auto pool = std::make_shared<BufferPool>();
  Cable cable{settings, Rng{1}, pool};
  std::vector<Cable::Arrival> arrivals;
  cable.send(Side::a, Frame{BufferChain{pool->allocate(60)}, 0, false}, {}, arrivals);
  EXPECT_TRUE(arrivals.empty());
  cable.send(Side::b, Frame{BufferChain{pool->allocate(60)}, 0, false}, {}, arrivals);
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].at, Instant{} + 3ms);
}

TEST(Cable, TheSameSeedGivesTheSameArrivals) {
  const DirectionSettings faults{
      .jitter = 5ms, .loss = 100'000, .reorder = 100'000, .duplicate = 100'000, .corrupt = 100'000};
  Bench one{faults, 7}, same{faults, 7}, different{faults, 8};
  Digest first, second, third;
  one.send_many(200);
  same.send_many(200);
  different.send_many(200);
  one.cable.digest(first);
  same.cable.digest(second);
  different.cable.digest(third);
  EXPECT_EQ(first.value(), second.value());
  EXPECT_NE(first.value(), third.value());
}

// Elliott's line is ill enter / (enter + leave) of the time, for 1 / leave frames in a row.
TEST(Cable, LosesInBurstsOfTheLengthThatWasAsked) {
  Bench bench{{.bursts = {.enter = 10'000, .leave = 250'000}}};
  constexpr int count = 200'000;
  std::size_t lost = 0, bursts = 0;
  bool was_lost = false;
  for (int i = 0; i < count; ++i) {
    const bool is_lost = bench.send(bench.frame(60), Instant{} + i * 1ms).empty();
    if (is_lost) ++lost;
    if (is_lost && !was_lost) ++bursts;
    was_lost = is_lost;
  }
  EXPECT_EQ(bench.cable.counters(Side::a).lost, lost);
  const double share = static_cast<double>(lost) / count;
  EXPECT_NEAR(share, 0.01 / 0.26, 0.002);
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(bursts), 4.0, 0.2);
}

TEST(Cable, LosesByTheStateOfTheLine) {
  Bench bench{
      {.bursts = {.enter = 50'000, .leave = 50'000, .loss_ill = 500'000, .loss_well = 100'000}}};
  const std::size_t arrived = bench.send_many(100'000);
  EXPECT_NEAR(static_cast<double>(arrived), 70'000.0, 1'500.0);
}

// Worlds from before bursts and CoDel stay what they were: what is off draws no numbers.
TEST(Cable, WhatIsOffChangesNothing) {
  const DirectionSettings before{
      .jitter = 5ms, .rate = 10'000'000, .loss = 100'000, .reorder = 100'000, .corrupt = 100'000};
  DirectionSettings after = before;
  after.bursts.leave = 500'000;
  after.has_ecn = true;
  Bench one{before, 7}, other{after, 7};
  for (int i = 0; i < 500; ++i) {
    const auto first = one.send(one.frame(1000), Instant{} + i * 1ms);
    const auto second = other.send(other.frame(1000), Instant{} + i * 1ms);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t k = 0; k < first.size(); ++k) EXPECT_EQ(first[k].at, second[k].at);
  }
}

TEST(Cable, ACopyGoesOnTheSameWay) {
  DirectionSettings faults{.rate = 1'000'000,
                           .bursts = {.enter = 100'000, .leave = 200'000, .loss_well = 10'000}};
  faults.has_codel = true;
  Bench bench{faults};
  for (int i = 0; i < 300; ++i) bench.send(bench.frame(150), Instant{} + i * 1ms);
  Cable copy = bench.cable;
  const auto digest_of = [](const Cable& cable) {
    Digest digest;
    cable.digest(digest);
    return digest.value();
  };
  EXPECT_EQ(digest_of(copy), digest_of(bench.cable));
  std::vector<Cable::Arrival> arrivals;
  for (int i = 300; i < 600; ++i) {
    const Instant now = Instant{} + i * 1ms;
    arrivals.clear();
    copy.send(Side::a, bench.frame(150), now, arrivals);
    EXPECT_EQ(bench.send(bench.frame(150), now).size(), arrivals.size());
    if (i == 300) continue;
    EXPECT_EQ(digest_of(copy), digest_of(bench.cable));
  }
  EXPECT_GT(copy.counters(Side::a).codel_dropped, 0u);
}

TEST(Cable, TellsHowMuchHasWaitedAtMost) {
  Bench bench{{.rate = 1'000'000}};
  for (int i = 0; i < 5; ++i) bench.send(bench.frame(1000));
  EXPECT_EQ(bench.cable.counters(Side::a).queue_most_bytes, 5000u);
  bench.send(bench.frame(1000), Instant{} + 1s);
  EXPECT_EQ(bench.cable.counters(Side::a).queue_most_bytes, 5000u);
}

// 3000 bytes wait; after 8 ms at 1 Mbit/s 2000 are left, which need 16 ms at 1 Mbit/s, or 1.6 ms.
TEST(Cable, ANewRateCountsForWhatWaits) {
  Bench bench{{.delay = 0ms, .rate = 1'000'000}};
  for (int i = 0; i < 3; ++i) bench.send(bench.frame(1000));
  const Cable::RateChange change = bench.cable.set_rate(Side::a, 10'000'000, Instant{} + 8ms);
  EXPECT_EQ(change.later(Instant{} + 8ms), Instant{} + 8ms);
  EXPECT_EQ(change.later(Instant{} + 16ms), Instant{} + 8'800us);
  EXPECT_EQ(change.later(Instant{} + 24ms), Instant{} + 9'600us);
  EXPECT_EQ(bench.send(bench.frame(1000), Instant{} + 9ms).at(0).at, Instant{} + 10'400us);
  bench.cable.set_rate(Side::a, 0, Instant{} + 10ms);
  EXPECT_EQ(bench.send(bench.frame(1000), Instant{} + 10ms).at(0).at, Instant{} + 10ms);
}

// ---- The filter

TcpPacket packet_with(std::uint16_t flags, std::uint32_t text_bytes, BufferPool& pool) {
  TcpPacket packet;
  packet.source = IpAddress::v4(10, 0, 0, 1);
  packet.destination = IpAddress::v4(10, 0, 0, 2);
  packet.segment.source_port = 1;
  packet.segment.destination_port = 2;
  packet.segment.flags = Flags{flags};
  if (text_bytes > 0) {
    Slice text = pool.allocate(text_bytes);
    std::ranges::fill(text.writable(), std::uint8_t{'x'});
    packet.segment.text.append(std::move(text));
  }
  return packet;
}

TEST(CableFilter, DropsTheThirdSegmentWithText) {
  Bench bench{{}};
  bench.cable.add({.from = Side::a, .only_text = true, .first = 3});
  std::vector<std::size_t> arrived;
  for (const std::uint32_t text : {5, 0, 5, 0, 5, 5}) {
    arrived.push_back(
        bench.send(make_frame(packet_with(Flags::ack, text, *bench.pool), *bench.pool)).size());
  }
  EXPECT_EQ(arrived, (std::vector<std::size_t>{1, 1, 1, 1, 0, 1}));
  EXPECT_EQ(bench.cable.counters(Side::a).filtered, 1u);
}

TEST(CableFilter, LooksAtFlagsUnderAMask) {
  Bench bench{{}};
  bench.cable.add(
      {.from = Side::a, .mask = Flags::syn | Flags::ack, .flags = Flags::syn, .count = 2});
  const auto send = [&bench](std::uint16_t flags) {
    return bench.send(make_frame(packet_with(flags, 0, *bench.pool), *bench.pool)).size();
  };
  EXPECT_EQ(send(Flags::syn | Flags::ack), 1u);
  EXPECT_EQ(send(Flags::syn), 0u);
  EXPECT_EQ(send(Flags::syn), 0u);
  EXPECT_EQ(send(Flags::syn), 1u);
}

TEST(CableFilter, DelaysAndDuplicates) {
  Bench bench{{.delay = 1ms}};
  bench.cable.add({.action = FilterRule::Action::delay, .delay = 20ms});
  bench.cable.add({.first = 2, .action = FilterRule::Action::duplicate});
  EXPECT_EQ(bench.send(bench.frame(60)).at(0).at, Instant{} + 21ms);
  EXPECT_EQ(bench.send(bench.frame(60)).size(), 2u);
  EXPECT_EQ(bench.send(bench.frame(60)).size(), 1u);
}

// ---- Packets

TEST(Packet, ReadsWhatItMakes) {
  BufferPool pool;
  const TcpPacket packet = packet_with(Flags::syn | Flags::fin, 9, pool);
  const auto read = read_tcp(make_frame(packet, pool));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->segment.flags, packet.segment.flags);
  EXPECT_EQ(read->segment.text.flatten(), packet.segment.text.flatten());
  EXPECT_EQ(read->source, packet.source);
}

TEST(Packet, RefusesWhatIsBroken) {
  BufferPool pool;
  Frame frame = make_frame(packet_with(Flags::ack, 9, pool), pool);
  frame.bytes[0].writable().back() ^= 1;
  EXPECT_FALSE(read_tcp(frame));
}

}  // namespace
}  // namespace acksu::sim
