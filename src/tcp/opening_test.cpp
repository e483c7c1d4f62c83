// What two SYNs agree on, for each combination of what is offered.
#include "tcp/opening.h"

#include <gtest/gtest.h>

#include "tcp/settings.h"

namespace acksu::tcp {
namespace {

SegmentOptions naming_mss(std::uint16_t mss) {
  SegmentOptions options;
  options.mss = mss;
  return options;
}

TEST(Opening, TakesTheDefaultMssWhenNoneIsNamed) {
  EXPECT_EQ(agree({}, {}).peer_mss, 536u);  // RFC 9293 MUST-15
  EXPECT_EQ(agree(naming_mss(1460), {}).peer_mss, 1460u);
  EXPECT_EQ(agree(naming_mss(65535), {}).peer_mss, 65535u);
}

// SECURITY B19, C6.
TEST(Opening, RefusesAnMssThatLeavesNoRoomForText) {
  EXPECT_EQ(agree(naming_mss(1), {}).peer_mss, 224u);
  EXPECT_EQ(agree(naming_mss(224), {}).peer_mss, 224u);
}

// RFC 7323 2.2, 2.3 and 3.2, RFC 2018 section 2: each only when both ends want it.
TEST(Opening, AgreesOnWhatBothOffer) {
  for (int offered = 0; offered < 8; ++offered) {
    for (int wanted = 0; wanted < 8; ++wanted) {
      SegmentOptions theirs;
      theirs.window_scale = (offered & 1) != 0 ? 3 : SegmentOptions::no_window_scale;
      theirs.has_timestamps = (offered & 2) != 0;
      theirs.sack_permitted = (offered & 4) != 0;
      Settings settings;
      settings.window_scaling = (wanted & 1) != 0;
      settings.timestamps = (wanted & 2) != 0;
      settings.sack = (wanted & 4) != 0;
      const Agreement agreement = agree(theirs, settings);
      const int both = offered & wanted;
      EXPECT_EQ(agreement.window_scaling, (both & 1) != 0);
      EXPECT_EQ(agreement.timestamps, (both & 2) != 0);
      EXPECT_EQ(agreement.sack, (both & 4) != 0);
      EXPECT_EQ(agreement.send_shift, (both & 1) != 0 ? 3 : 0);
      EXPECT_EQ(agreement.receive_shift,
                (both & 1) != 0 ? window_shift_for(settings.receive_buffer) : 0);
    }
  }
}

// SECURITY B19.
TEST(Opening, CutsAScaleBeyondFourteen) {
  for (unsigned scale = 0; scale < 255; ++scale) {
    const auto offered = static_cast<std::uint8_t>(scale);
    SegmentOptions options;
    options.window_scale = offered;
    EXPECT_EQ(agree(options, {}).send_shift, std::min(scale, 14u));
  }
}

TEST(Opening, ScalesNoMoreThanTheBufferNeeds) {
  EXPECT_EQ(window_shift_for(0), 0);
  EXPECT_EQ(window_shift_for(65535), 0);
  EXPECT_EQ(window_shift_for(65536), 1);
  EXPECT_EQ(window_shift_for(2 * 65535 + 1), 1);
  EXPECT_EQ(window_shift_for(2 * 65536), 2);
  EXPECT_EQ(window_shift_for(1u << 30), 14 + 0);
  EXPECT_EQ(window_shift_for(0xffff'ffff), 14);
}

TEST(Opening, CountsMillisecondsInTimeStamps) {  // RFC 7323 5.4 (a), (b)
  EXPECT_EQ(timestamp_at(Instant{}, 0), 0u);
  EXPECT_EQ(timestamp_at(Instant{} + 1999us, 5), 6u);
  EXPECT_EQ(timestamp_at(Instant{} + std::chrono::hours{24 * 50}, 0),
            static_cast<std::uint32_t>(std::uint64_t{50} * 24 * 3600 * 1000));
  EXPECT_EQ(timestamp_at(Instant{}, 0xffff'ffff) + 1, timestamp_at(Instant{} + 1ms, 0xffff'ffff));
}

}  // namespace
}  // namespace acksu::tcp
