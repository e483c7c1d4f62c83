// Rounds of reading: when they end, and what buffer they ask for.
#include "tcp/reading_pace.h"

#include <gtest/gtest.h>

namespace acksu::tcp {
namespace {

constexpr std::uint32_t mss_of_pace = 1000;  // so 10,000 bytes say nothing yet

// An application that reads all that comes.
struct Reader {
  explicit Reader(bool with_timestamps) {
    place.has_timestamps = with_timestamps;
    place.edge = place.nxt + 64'000;
    pace.begin(place, mss_of_pace);
  }
  // So much comes in that time, in answer to what was said at the end of the last round; 0: too
  // little is known to say more.
  std::uint32_t round(Duration time, std::uint32_t bytes) {
    const std::uint32_t said_at = place.clock + 1;
    place.now += time;
    place.clock += static_cast<std::uint32_t>(time / 1ms);
    place.nxt += bytes;
    pace.on_echo(said_at, place.now);
    const std::uint32_t wanted = pace.on_all_read(place, mss_of_pace);
    if (wanted > 0) {
      pace.on_grown();
      place.edge = place.nxt + wanted;
    }
    return wanted;
  }
  ReadingPace pace;
  ReadingPace::Place place{Instant{} + 1h, Seq{0xffff'f000}, Seq{}, 0xffff'fff0, 0, false};
};

TEST(ReadingPace, AsksForTwiceWhatComesInARound) {
  Reader reader{true};
  EXPECT_EQ(reader.round(100ms, 10'000), 0u) << "as much may come at first";
  EXPECT_EQ(reader.round(100ms, 40'000), 4 * 40'000u + 32'000) << "it doubles: slow start";
  EXPECT_EQ(reader.round(100ms, 40'000), 0u);
  EXPECT_EQ(reader.round(100ms, 50'000), (100'000u + 16'000) * 5 / 4);
  EXPECT_EQ(reader.round(100ms, 49'000), 0u);
}

TEST(ReadingPace, WaitsForAnAnswer) {  // RFC 7323 4.1
  Reader reader{true};
  reader.place.now += 100ms;
  reader.place.clock += 100;
  reader.place.nxt += 50'000;
  reader.pace.on_echo(0xffff'fff0,
                      reader.place.now);  // said before the round began, or in the same millisecond
  EXPECT_EQ(reader.pace.on_all_read(reader.place, mss_of_pace), 0u);
  reader.pace.on_echo(0xffff'fff1, reader.place.now);
  EXPECT_GT(reader.pace.on_all_read(reader.place, mss_of_pace), 50'000u);
}

TEST(ReadingPace, APauseIsNoRound) {
  Reader reader{true};
  const ReadingPace::Place before = reader.place;
  reader.place.now += 30s;
  reader.place.nxt += 50'000;
  EXPECT_EQ(reader.pace.on_all_read(reader.place, mss_of_pace), 0u) << "nothing was answered";
  reader.place = before;
  // After 25 days an echo of today would look older than what was said then.
  reader.place.now += std::chrono::days{26};
  reader.place.clock += 0x8600'0000;
  reader.pace.on_echo(reader.place.clock, reader.place.now);
  EXPECT_EQ(reader.pace.on_all_read(reader.place, mss_of_pace), 0u) << "a new round begins";
  EXPECT_GT(reader.round(100ms, 50'000), 50'000u);
}

// Nor does what had come before the round began; what came and still waits does.
TEST(ReadingPace, WhatWaitsIsCountedWhenItComes) {
  Reader reader{true};
  reader.place.early = 30'000;
  EXPECT_EQ(reader.round(100ms, 0), 2 * (2 * 30'000u + 16'000));
  reader.place.early = 0;
  EXPECT_EQ(reader.round(100ms, 60'000), 0u) << "half of it was there";
}

// What waited for three round trips behind a hole does not count as what comes in one.
TEST(ReadingPace, AHoleMakesNobodyFaster) {
  for (const bool has_hole : {true, false}) {
    Reader reader{true};
    reader.place.now += 100ms;
    reader.pace.on_echo(1, reader.place.now);
    reader.place.now += 200ms;
    reader.place.nxt += 60'000;
    if (has_hole) reader.pace.on_hole_filled();
    const std::uint32_t wanted = reader.pace.on_all_read(reader.place, mss_of_pace);
    const std::uint32_t read = has_hole ? 20'000 : 60'000;
    EXPECT_NEAR(wanted, (2 * read + 16'000) * 2, 10) << has_hole;
  }
}

TEST(ReadingPace, WithoutTimeStampsAWindowIsARound) {
  Reader reader{false};
  EXPECT_EQ(reader.round(50ms, 60'000), 0u) << "not all of the window";
  const std::uint32_t wanted = reader.round(50ms, 4'001);
  EXPECT_EQ(wanted, (2 * 64'001u + 16'000) * 2);
  // What comes in the time of that window, whatever the window is now.
  EXPECT_EQ(reader.round(50ms, 30'000), 0u);
  EXPECT_EQ(reader.round(50ms, 34'001), 0u) << "as fast as before";
  EXPECT_EQ(reader.round(100ms, 96'000), (2 * 96'000ull + 16'000) * 96'000 / 64'001);
}

}  // namespace
}  // namespace acksu::tcp
