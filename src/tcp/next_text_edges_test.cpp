// Edges of what the next segment holds: how long text waits for a window, which silence takes the
// window back, which use lets it grow, and when less than a segment goes. Numbers are relative to
// the first byte of text.
#include <gtest/gtest.h>

#include "tcp/sender_lab_test.h"

namespace acksu::tcp::next_text_edges_test {
namespace {

constexpr Duration rtt = 100ms;

// A path of 100 ms, and a window that follows RFC 5681 alone.
class NextTextEdges : public testing::Test {
 protected:
  void begin(const Offer& offer = {}) {
    lab.emplace(offer);
    lab->desk.settings.non_validated_period = Duration::zero();
    lab->sender.use(CongestionAlgorithm::new_reno, lab->desk.settings);
    lab->sender.policy().nodelay = true;
    acked = 0;
  }
  // So much in one round trip, each segment acknowledged by itself.
  void pass_round(std::uint32_t bytes, Duration round_trip = rtt) {
    lab->write(bytes);
    lab->send();
    lab->desk.now += round_trip;
    const std::int64_t end = acked + bytes;
    while (acked < end) lab->acknowledge(acked = std::min(acked + mss, end));
  }
  // A round trip of three seconds makes a long time-out.
  void slow_down() { pass_round(1000, 3s); }
  // The window comes down to a half by the loss of one segment.
  void lose_one() {
    const std::uint32_t window = shown().cwnd;
    lab->write(window);
    lab->send();
    lab->desk.now += rtt;
    lab->acknowledge(acked, {.sacks = {{acked + mss, acked + window}}});
    lab->send();
    lab->desk.now += rtt;
    lab->acknowledge(acked += window);
  }
  Info::Send shown() const { return lab->info().snd; }
  Duration rto() const { return lab->info().rto; }

  std::optional<Lab> lab;
  std::int64_t acked = 0;
};

// ---- What waits for a window --------------------------------------------------------------------

// RFC 9293 SHLD-29: a closed window is probed after one time-out; 3.8.6.2.1 (4): what fits into a
// small one waits no longer than a second.
TEST_F(NextTextEdges, ASmallWindowIsFilledWithinASecond) {
  for (const bool is_slow : {false, true}) {
    for (const std::uint32_t window : {0u, 1u, 400u}) {
      begin();
      if (is_slow) slow_down();
      ASSERT_EQ(rto() > 2s, is_slow);
      lab->set_window(window);
      lab->acknowledge(acked);
      lab->write(1000);
      EXPECT_EQ(lab->send(), All{});
      EXPECT_EQ(lab->until(Timer::persist), window > 0 && is_slow ? Duration{1s} : rto()) << window;
      lab->pass_to(Timer::persist);
      EXPECT_EQ(lab->send().size(), window > 0 ? 1u : 0u);
    }
  }
}

// RFC 9293 MUST-34, SHLD-16: behind a window that has shrunk nothing is sent again but the oldest;
// before it all is.
TEST_F(NextTextEdges, WhatIsLostBeforeTheEdgeOfAShrunkWindowGoesAgain) {
  for (const std::uint32_t window : {1999u, 2000u, 2001u, 3000u}) {
    begin({.sack = true});
    lab->write(10'000);
    lab->send();
    lab->desk.now += rtt;
    lab->set_window(window);
    lab->acknowledge(0, {.sacks = {{3000, 10'000}}});
    ASSERT_EQ(shown().lost_bytes, 3000u);
    EXPECT_EQ(lab->send(), full(0, window > 2000 ? 3 : 2)) << window;
  }
}

// RFC 7323 2.4 (4): a window that was rounded down by its scale has not shrunk.
TEST_F(NextTextEdges, AWindowThatWasRoundedDownHoldsNothingBack) {
  for (const std::uint32_t window : {1984u, 2000u}) {
    begin({.sack = true, .shift = 4});
    lab->write(10'000);
    lab->send();
    lab->desk.now += rtt;
    lab->set_window(window);
    lab->acknowledge(0, {.sacks = {{3000, 10'000}}});
    EXPECT_EQ(lab->send(), full(0, window == 2000 ? 3 : 2)) << window;
  }
}

// RFC 9293 MUST-35: what goes into a closed window is a probe; how long it has been closed is
// counted from the text that went into it while it was open.
TEST_F(NextTextEdges, AProbeWithTextIsNotWhenTextWasSentLast) {
  begin();
  lab->write(3000);
  lab->send();
  const Instant sent = lab->desk.now;
  lab->desk.now += rtt;
  lab->set_window(0);
  lab->acknowledge(1000);
  EXPECT_EQ(lab->sender.closed_since(), std::nullopt) << "nobody has asked to open it";
  for (int i = 0; i < 2; ++i) {
    lab->pass_to(Timer::retransmission);
    EXPECT_EQ(lab->send(), full(1000, 1));
    EXPECT_EQ(lab->sender.closed_since(), sent);
    EXPECT_EQ(shown().last_sent, sent);
  }
  lab->set_window(1);
  lab->acknowledge(1000);
  EXPECT_EQ(lab->send(), full(1000, 1));
  EXPECT_EQ(lab->sender.closed_since(), std::nullopt);
  EXPECT_EQ(shown().last_sent, lab->desk.now) << "a byte is a window";
}

// ---- Silences -----------------------------------------------------------------------------------

// RFC 5681 4.1: a silence longer than the time-out takes the window back to the initial one, and
// never makes it larger.
TEST_F(NextTextEdges, ASilenceLongerThanTheTimeOutTakesTheWindowBack) {
  for (const Duration beyond : {Duration{-1}, Duration::zero(), Duration{1}}) {
    for (const std::uint32_t initial : {0u, 1u, 10u, 30u}) {
      begin();
      pass_round(10'000);
      ASSERT_EQ(shown().cwnd, 20'000u);
      lab->desk.settings.initial_window_segments = initial;
      lab->desk.now = shown().last_sent + rto() + beyond;
      lab->write(1000);
      lab->send();
      const std::uint32_t restart = std::min(std::max(initial, 1u) * mss, 20'000u);
      EXPECT_EQ(shown().cwnd, beyond > Duration::zero() ? restart : 20'000u) << beyond.count();
    }
  }
}

// It does so when text leaves, not while a window is closed: the silence goes on.
TEST_F(NextTextEdges, ASilenceBeforeAClosedWindowGoesOnUntilItOpens) {
  begin();
  pass_round(10'000);
  lab->set_window(0);
  lab->acknowledge(acked);
  lab->desk.now += 10s;
  lab->write(1000);
  lab->send();
  EXPECT_EQ(shown().cwnd, 20'000u);
  lab->set_window(1000);
  lab->acknowledge(acked);
  lab->send();
  EXPECT_EQ(shown().cwnd, 10'000u);
}

// ---- Use of the window --------------------------------------------------------------------------

// A window in which one segment more would have had room was not used, and does not grow.
TEST_F(NextTextEdges, BehindSlowStartAWindowGrowsThatHasNoRoomForASegment) {
  for (const std::uint32_t bytes : {3999u, 4000u, 4001u, 4500u}) {
    begin({.sack = true});
    lose_one();
    ASSERT_EQ(shown().cwnd, 5000u);
    ASSERT_EQ(shown().ssthresh, 5000u);
    for (int i = 0; i < 2; ++i) pass_round(bytes);
    EXPECT_EQ(shown().cwnd, bytes > 4000 ? 6000u : 5000u) << bytes;
  }
}

// In slow start half of it is enough, since it doubles: RFC 9406 listens to such rounds, too.
TEST_F(NextTextEdges, InSlowStartHalfOfTheWindowIsUsed) {
  for (const std::uint32_t bytes : {9999u, 10'000u}) {
    begin();
    lab->sender.use(CongestionAlgorithm::cubic, lab->desk.settings);
    pass_round(10'000);
    ASSERT_EQ(shown().cwnd, 20'000u);
    for (int i = 0; i < 5; ++i) {
      lab->write(bytes);
      lab->send();
      lab->desk.now += rtt;
      lab->acknowledge(acked + 1000);
      lab->desk.now += 50ms;  // what is sent at once waits in a queue
      for (const std::int64_t end = acked + bytes; acked < end;) {
        lab->acknowledge(acked = std::min(acked + mss, end));
      }
    }
    EXPECT_EQ(shown().cwnd, 20'000u) << "it never had more than a half of it under way";
    EXPECT_STREQ(shown().phase, bytes == 10'000 ? "congestion avoidance" : "slow start");
  }
}

// ---- Less than a segment ------------------------------------------------------------------------

// RFC 9293 MUST-38: what the congestion window leaves of a segment waits for the rest, as long as
// an ACK is to come.
TEST_F(NextTextEdges, ARestOfTheCongestionWindowWaits) {
  begin({.sack = true});
  pass_round(5250);
  ASSERT_EQ(shown().cwnd, 10'500u);
  lab->write(20'000);
  EXPECT_EQ(lab->send(), full(5250, 10));
  EXPECT_EQ(lab->info().limited_by, LimitedBy::congestion_window);
  EXPECT_FALSE(lab->timers.is_armed(Timer::persist));
}

// RFC 9293 3.8.6.2.1 (3): half of the largest window that the peer has ever offered is worth it.
TEST_F(NextTextEdges, HalfOfTheLargestWindowIsWorthSending) {
  for (const std::uint32_t window : {449u, 450u, 451u}) {
    begin({.window = 900});
    lab->write(900);
    lab->send();
    lab->desk.now += rtt;
    lab->set_window(window);
    lab->acknowledge(900);
    lab->write(2000);
    EXPECT_EQ(lab->send(), window < 450 ? All{} : (All{{900, window}})) << window;
  }
}

}  // namespace
}  // namespace acksu::tcp::next_text_edges_test
