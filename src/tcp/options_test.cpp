// Options where they do not belong, of values that no honest peer sends, and on one side only.
#include <gtest/gtest.h>

#include <array>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

// Opens with a SYN+ACK of these options.
void establish_with(Lone& end, const SegmentOptions& options) {
  end.connect();
  end.hear_said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.options = options;
  end.hear(syn_ack);
  ASSERT_EQ(end.state(), State::established);
  end.hear_said();
}

SegmentOptions with_mss(std::uint16_t mss) {
  SegmentOptions options;
  options.mss = mss;
  return options;
}

// RFC 9293 MUST-14, MUST-15, MUST-16: what the peer takes, and by default 536; our link takes 1000.
TEST(Options, TheMssOfThePeerBoundsWhatWeSend) {
  struct Case {
    std::uint16_t named, used;
  };
  for (const auto& [named, used] : {Case{0, 536}, Case{1, 224}, Case{223, 224}, Case{224, 224},
                                    Case{999, 999}, Case{65535, 1000}}) {
    Lone end;
    establish_with(end, with_mss(named));
    EXPECT_EQ(end.info().snd.mss, used) << named;
    end.write(5000);
    const Lines lines = end.hear_said();
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines[0].text_bytes, used) << named;
  }
}

TEST(Options, WithoutAnMssIpv6Means1220) {  // RFC 9293 3.7.1 (MUST-15)
  Lone end;
  const auto v6 = [](std::uint64_t host) { return IpAddress{0x2001'0db8'0000'0000, host}; };
  end.desk.tuple = {{v6(1), 40000}, {v6(2), 80}};
  Context context = end.desk.context();
  end.connection.emplace(Opening{.tuple = end.desk.tuple, .iss = Seq{Lone::ours - 1}, .mss = 1440},
                         context);
  end.hear_said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.options = {};
  end.hear(syn_ack);
  EXPECT_EQ(end.info().snd.mss, 1220u);
}

// RFC 9293 MUST-5, MUST-65, RFC 7323 2.2, RFC 2018 section 2: what belongs on a SYN means nothing
// on another segment, which is taken all the same.
TEST(Options, OfASynMeanNothingLater) {
  Lone end({.window = 500});
  end.establish();
  Segment text = end.segment("ACK", 0, 0, 10);
  text.options.mss = 100;
  text.options.window_scale = 14;
  text.options.sack_permitted = true;
  EXPECT_EQ(end.hear(text).drop, Drop::none);
  EXPECT_EQ(end.read(), text_from(0, 10));
  EXPECT_EQ(end.info().snd.mss, 1000u);
  EXPECT_EQ(end.info().snd.wnd, 500u);
  end.hear_said();
  end.hear("ACK", 20, 0, 10);  // a hole: an ACK that would report it
  const auto said = end.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].options.sack.size(), 0);
}

// RFC 7323 2.2: scaling needs the option on both SYNs; 2.3: no shift above 14.
TEST(Options, AWindowIsScaledOnlyWhenBothSynsSayIt) {
  SegmentOptions options = with_mss(1000);
  Lone without;
  establish_with(without, options);
  without.hear("ACK", 0, 0);
  EXPECT_EQ(without.info().snd.wnd, 60'000u);

  for (const std::uint8_t shift : std::array<std::uint8_t, 5>{0, 7, 14, 15, 200}) {
    options.window_scale = shift;
    Lone with;
    establish_with(with, options);
    EXPECT_EQ(with.info().snd.wnd, 60'000u) << "never that of the SYN itself";
    with.hear("ACK", 0, 0);
    EXPECT_EQ(with.info().snd.wnd, 60'000u << std::min<unsigned>(shift, 14)) << int{shift};
  }
}

// RFC 7323 3.2: both or none. What comes without having been agreed on is ignored.
TEST(Options, TimeStampsOfOneSideMeanNothing) {
  for (const bool we_offer : {true, false}) {
    Settings settings;
    settings.timestamps = we_offer;
    Lone end({.timestamps = !we_offer}, settings);
    end.establish();
    Segment text = end.segment("ACK", 0, 0, 10);
    text.options.has_timestamps = true;
    text.options.timestamps = {0xffff'0000, 1};
    EXPECT_EQ(end.hear(text).drop, Drop::none);
    text = end.segment("ACK", 10, 0, 10);
    text.options.has_timestamps = true;
    text.options.timestamps = {5, 1};  // older: nobody looks
    EXPECT_EQ(end.hear(text).drop, Drop::none);
    EXPECT_EQ(end.read(), text_from(0, 20));
    for (const Segment& segment : end.said()) EXPECT_FALSE(segment.options.has_timestamps);
  }
}

// RFC 7323 3.2: a reset is never judged by its time stamp, and may have none.
TEST(Options, AResetNeedsNoTimeStamp) {
  for (const bool has : {true, false}) {
    Lone end({.timestamps = true});
    end.establish();
    Segment reset = end.segment("RST", 0, 0);
    reset.options.has_timestamps = has;
    EXPECT_EQ(end.hear(reset).drop, Drop::none);
    EXPECT_EQ(end.state(), State::closed);
  }
}

}  // namespace
}  // namespace acksu::tcp
