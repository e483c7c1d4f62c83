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

// RFC 9293 MUST-14, MUST-15, MUST-16, RFC 6691 2: what the peer takes, and by default 536; our link
// takes 1000.
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

// RFC 9293 MUST-5, MUST-65, RFC 7323 2.2 (c), RFC 2018 section 2, 4 (a): what belongs on a SYN
// means nothing on another segment, which is taken all the same.
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

// RFC 7323 2.2 (b), (d), 2.3 (b), (c): scaling needs the option on both SYNs, no window of a SYN is
// scaled, no shift is above 14. RFC 9293 REC-1: up to 1 GiB.
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
// RFC 7323 3.2 (f).
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
// RFC 7323 2.2 (a), 3.2 (a), (b): a SYN offers all that we can, though our scale is 0; it echoes
// nothing.
TEST(Options, ASynOffersAll) {
  Settings settings;
  settings.receive_buffer = 10'000;
  Lone end({}, settings);
  end.connect();
  const auto said = end.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].options.window_scale, 0);
  EXPECT_TRUE(said[0].options.has_timestamps);
  EXPECT_EQ(said[0].options.timestamps.echo_reply, 0u);
  EXPECT_TRUE(said[0].options.sack_permitted);
}

// RFC 7323 3.2 (c): text, ACKs, probes and the FIN.
TEST(Options, TimeStampsAreInEverySegment) {
  Lone end({.timestamps = true, .window = 500});
  end.establish();
  end.set({.keepalive = true, .keepalive_idle = 1h});
  std::vector<Segment> all;
  const auto listen = [&] {
    for (Segment& segment : end.said()) all.push_back(std::move(segment));
  };
  end.hear("ACK", 0, 0, 100);
  listen();
  end.write(1000);
  listen();
  Segment closed = end.segment("ACK", 100, 500);
  closed.window = 0;
  end.hear(closed);
  listen();
  end.desk.now = end.connection->deadline();
  Context context = end.desk.context();
  end.connection->on_time(context);
  listen();
  Segment open = end.segment("ACK", 100, 500);
  open.window = 5000;
  end.hear(open);
  end.shut_down();
  listen();
  ASSERT_EQ(all.size(), 4u) << "an ACK, text, a probe, text with a FIN";
  std::uint32_t texts = 0, fins = 0;
  for (const Segment& segment : all) {
    EXPECT_TRUE(segment.options.has_timestamps);
    EXPECT_NE(segment.options.timestamps.echo_reply, 0u);
    texts += segment.text.is_empty() ? 0 : 1;
    fins += segment.has(Flags::fin) ? 1 : 0;
  }
  EXPECT_GE(texts, 2u);
  EXPECT_EQ(fins, 1u);
}

// RFC 7323 4.1, RFC 6298 section 3 (b): each ACK of something new is a sample, and no other is.
TEST(Options, AnEchoIsASampleOfWhatItAcknowledges) {
  Lone end({.timestamps = true});
  end.establish();
  for (int i = 1; i <= 20; ++i) {
    end.write(100);
    end.hear_said();
    end.desk.now += 80ms;
    end.hear("ACK", 0, 100 * i);
  }
  const Duration before = end.info().srtt;
  EXPECT_GT(before, Duration{70ms});
  end.write(100);
  end.hear_said();
  for (int i = 0; i < 20; ++i) {
    end.desk.now += 5ms;
    end.hear("ACK", 10 * i, 2000, 10);  // with text, and an old echo
    end.hear_said();
  }
  EXPECT_EQ(end.info().srtt, before);
}

// RFC 7323 5.3 (b): what came early is not judged again when its turn comes.
TEST(Options, AStampIsJudgedWhenItsSegmentArrives) {
  Lone end({.timestamps = true});
  end.establish();
  EXPECT_EQ(end.hear("ACK", 10, 0, 10).drop, Drop::none);
  Segment late = end.segment("ACK", 0, 0, 10);
  late.options.timestamps.value += 1000;
  EXPECT_EQ(end.hear(late).drop, Drop::none);
  EXPECT_EQ(end.read(), text_from(0, 20));
}

// RFC 7323 5.2 (b).
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
