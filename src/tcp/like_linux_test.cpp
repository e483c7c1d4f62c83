// What a connection does where RFCs leave it open and the settings ask for Linux's way: pushes and
// the size of what a device splits, windows that are overrun, and ACKs of a FIN.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp {
namespace {

// A device that splits, and settings that bound what it is given by two segments.
struct SplitLab : Lab {
  explicit SplitLab(std::uint32_t least = 2) : Lab({.sack = true, .max_split_bytes = 60'000}) {
    desk.settings.least_split_segments = least;
  }
};

// ---- Pushes -------------------------------------------------------------------------------------

TEST(LikeLinux, WhatADeviceSplitsEndsWithAPush) {
  SplitLab lab;
  lab.write(5000);
  EXPECT_EQ(lab.send(),
            (All{{0, 2000, false, true}, {2000, 2000, false, true}, {4000, 1000, false, true}}));
}

TEST(LikeLinux, OneSegmentIsPushedAtTheEndOfAWriteOnly) {
  Lab lab({.sack = true});
  lab.desk.settings.least_split_segments = 2;
  lab.write(2000);
  EXPECT_EQ(lab.send(), (All{{0, 1000}, {1000, 1000, false, true}}));
}

TEST(LikeLinux, WhatMoreFollowsIsNotPushed) {
  Lab lab({.sack = true});
  lab.desk.settings.least_split_segments = 2;
  lab.sender.policy().more_follows = true;
  lab.write(1000);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.write(100);
  EXPECT_EQ(lab.send(), All{}) << "it waits for more";
  lab.sender.on_cork_time();  // which has not come in time
  EXPECT_EQ(lab.send(), (All{{1000, 100, false, true}}));
}

// With Nagle off the next ACK lets it out.
TEST(LikeLinux, AnAckLetsOutWhatMoreFollowsWithoutNagle) {
  for (const bool is_like_linux : {true, false}) {
    Lab lab({.sack = true});
    lab.desk.settings.least_split_segments = is_like_linux ? 2 : 0;
    lab.sender.policy().nodelay = true;
    lab.sender.policy().more_follows = true;
    lab.write(1100);
    EXPECT_EQ(lab.send(), full(0, 1));
    lab.acknowledge(1000);
    EXPECT_EQ(lab.send().size(), is_like_linux ? 1u : 0u);
  }
}

TEST(LikeLinux, WhatGoesAgainIsPushedIfItWas) {
  Lab lab({.sack = true});
  lab.desk.settings.least_split_segments = 2;
  lab.write(3000);
  EXPECT_EQ(lab.send(), (full(0, 2) + All{{2000, 1000, false, true}}));
  lab.desk.now += 50ms;
  lab.acknowledge(0, {.sacks = {{2000, 3000}}});
  lab.pass_to(Timer::reordering);
  EXPECT_EQ(lab.send(), full(0, 1));
  Lab tail({.sack = true});
  tail.desk.settings.least_split_segments = 2;
  tail.write(1000);
  EXPECT_EQ(tail.send(), (All{{0, 1000, false, true}}));
  tail.pass_to(Timer::tail_probe);
  EXPECT_EQ(tail.send(), (All{{0, 1000, false, true}}));
}

TEST(LikeLinux, TheEndOfARecordIsPushed) {
  for (const bool more_follows : {false, true}) {
    Lab lab({.sack = true});
    lab.desk.settings.least_split_segments = 2;
    lab.sender.policy().nodelay = true;
    lab.sender.policy().more_follows = more_follows;
    lab.write(1000);
    lab.sender.end_record(lab.desk.settings);
    lab.write(1000);
    const All sent = lab.send();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0], (Sent{0, 1000, false, !more_follows}));
  }
  Lab plain({.sack = true});
  plain.write(1000);
  plain.sender.end_record(plain.desk.settings);
  plain.write(1000);
  EXPECT_EQ(plain.send(), (All{{0, 1000}, {1000, 1000, false, true}}));
}

// ---- What a device splits -----------------------------------------------------------------------

// A millisecond's worth at the pace, but at least so many segments, and at most half the window.
TEST(LikeLinux, SplitTextIsBoundByHalfTheWindow) {
  struct Case {
    std::uint32_t least, bytes;
  };
  for (const auto& [least, bytes] : {Case{1, 1000}, Case{3, 3000}, Case{5, 5000}, Case{9, 5000}}) {
    SplitLab lab(least);
    lab.write(20'000);
    const All sent = lab.send();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent[0].text_bytes, bytes) << least;
  }
}

TEST(LikeLinux, ShortRoundTripsAllowMore) {
  SplitLab lab(1);
  std::int64_t acked = 0;
  for (int i = 0; i < 200; ++i) {  // until the smoothed round trip is short
    lab.write(1000);
    lab.send();
    lab.desk.now += 2ms;
    lab.acknowledge(acked += 1000);
  }
  ASSERT_LT(lab.info().srtt, Duration{3ms});
  const std::uint32_t cwnd = lab.info().snd.cwnd;
  lab.write(60'000);
  const All sent = lab.send();
  ASSERT_FALSE(sent.empty());
  // In slow start twice the window in a round trip of two milliseconds: about a window.
  EXPECT_EQ(sent[0].text_bytes, cwnd / 2 / 1000 * 1000);
}

TEST(LikeLinux, AFinLeavesWithTheLastPieceOnly) {
  SplitLab lab;
  lab.write(3000);
  lab.close();
  EXPECT_EQ(lab.send(), (All{{0, 2000, false, true}, {2000, 1000, true, true}}));
}

// ---- Windows ------------------------------------------------------------------------------------

// In order, and while nothing waits to be read: one segment beyond the window is taken whole.
struct OverrunTest : testing::Test {
  OverrunTest() : end({}, settings()) { end.establish(); }
  static Settings settings() {
    Settings settings;
    settings.takes_beyond_window = true;
    settings.timestamps = false;
    settings.receive_buffer = BufferSize{4000};
    return settings;
  }
  std::uint32_t window() const { return end.info().rcv.wnd; }
  Lone end;
};

TEST_F(OverrunTest, OneSegmentMayReachBeyond) {
  const std::uint32_t all = window();
  ASSERT_GE(all, 1000u);
  EXPECT_EQ(end.hear("ACK", 0, 0, all + 500).drop, Drop::none);
  EXPECT_EQ(end.info().rcv.unread_bytes, all + 500);
  EXPECT_EQ(end.read(), text_from(0, all + 500));
}

TEST_F(OverrunTest, ASegmentThatFitsIsLikeAnyOther) {
  const std::uint32_t all = window();
  EXPECT_EQ(end.hear("ACK", 0, 0, all).drop, Drop::none);
  EXPECT_EQ(end.info().rcv.unread_bytes, all);
}

TEST_F(OverrunTest, NotWhileTextIsUnread) {
  const std::uint32_t all = window();
  end.hear("ACK", 0, 0, 10);
  EXPECT_EQ(end.hear("ACK", 10, 0, all).drop, Drop::tcp_out_of_window);
  EXPECT_EQ(end.info().rcv.unread_bytes, 10u);
  EXPECT_EQ(end.hear("ACK", 10, 0, all - 10).drop, Drop::none);
}

TEST_F(OverrunTest, NotBehindAHole) {
  const std::uint32_t all = window();
  end.hear("ACK", 500, 0, all);
  end.hear("ACK", 0, 0, 500);
  EXPECT_EQ(end.info().rcv.unread_bytes, all) << "the rest was cut";
}

TEST_F(OverrunTest, WithAFin) {
  const std::uint32_t all = window();
  EXPECT_EQ(end.hear("FIN+ACK", 0, 0, all).drop, Drop::none);
  EXPECT_EQ(end.state(), State::close_wait);
  EXPECT_EQ(end.read(), text_from(0, all));
}

TEST_F(OverrunTest, UnlessTheSettingsSayNo) {
  end.desk.settings.takes_beyond_window = false;
  const std::uint32_t all = window();
  end.hear("ACK", 0, 0, all + 500);
  EXPECT_EQ(end.info().rcv.unread_bytes, all);
}

// ---- Answers ------------------------------------------------------------------------------------

// Of a peer that has sent text, while there is a window.
TEST(LikeLinux, TheAckOfAFinMayWait) {
  for (const bool delays : {true, false}) {
    for (const std::uint32_t bytes : {0u, 10u}) {
      Lone end;
      end.establish();
      end.desk.settings.delays_ack_of_fin = delays;
      end.connection->use_quick_acks(false);
      if (bytes > 0) end.hear("ACK", 0, 0, bytes);
      end.hear("FIN+ACK", bytes, 0);
      EXPECT_EQ(end.state(), State::close_wait);
      const bool waits = delays && bytes > 0;
      EXPECT_EQ(end.hear_said().size(), waits ? 0u : 1u);
      EXPECT_EQ(end.pass(end.desk.settings.delayed_ack).size(), waits ? 1u : 0u);
    }
  }
}

TEST(LikeLinux, TheAckOfAFinDoesNotWaitWithoutAWindow) {
  for (const std::uint32_t left : {1u, 2u}) {
    Settings settings;
    settings.receive_buffer = 2000;
    settings.delays_ack_of_fin = true;
    Lone end({}, settings);
    end.establish();
    end.hear("ACK", 0, 0, 2000 - left);
    end.hear_said();
    ASSERT_EQ(end.info().rcv.wnd, left);
    end.hear("FIN+ACK", 2000 - left, 0);
    EXPECT_EQ(end.state(), State::close_wait);
    EXPECT_EQ(end.hear_said().size(), left == 1 ? 1u : 0u);
  }
}

TEST(LikeLinux, TheAckOfAFinDoesNotWaitBehindOurs) {
  Lone end;
  end.establish();
  end.desk.settings.delays_ack_of_fin = true;
  end.connection->use_quick_acks(false);
  end.hear("ACK", 0, 0, 10);
  end.shut_down();
  end.hear_said();
  end.hear("FIN+ACK", 10, 0);
  EXPECT_EQ(end.state(), State::closing);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 1, 11}}));
}

TEST(LikeLinux, AnAckOfWhatWasNotSentIsIgnored) {
  for (const bool answers : {true, false}) {
    Lone end;
    end.establish();
    end.desk.settings.answers_unsent_acks = answers;
    EXPECT_EQ(end.hear("ACK", 0, 1).drop, Drop::tcp_ack_of_unsent);
    EXPECT_EQ(end.hear_said().size(), answers ? 1u : 0u);
  }
}

TEST(LikeLinux, TextWithoutATimeStampIsTaken) {
  for (const bool drops : {true, false}) {
    Lone end({.timestamps = true});
    end.establish();
    end.desk.settings.drops_unstamped = drops;
    Segment segment = end.segment("ACK", 0, 0, 10);
    segment.options.has_timestamps = false;
    EXPECT_EQ(end.hear(segment).drop, drops ? Drop::tcp_no_timestamp : Drop::none);
    EXPECT_EQ(end.read(), drops ? "" : text_from(0, 10));
  }
}

}  // namespace
}  // namespace acksu::tcp
