// The sending half by itself: Nagle, cork, silly and closed windows, losses without SACK,
// time-outs. Numbers are relative to the first byte of text.
#include <gtest/gtest.h>

#include <set>

#include "tcp/sender_lab_test.h"

namespace acksu::tcp {
namespace {

// ---- What goes when -----------------------------------------------------------------------------

// RFC 9293 MAY-16, SHLD-7, SHLD-27: one push for two writes.
TEST(Sender, HoldsASmallSegmentWhileOneIsUnderWay) {
  Lab lab;
  lab.write(100);
  EXPECT_EQ(lab.send(), (All{{0, 100, false, true}}));
  lab.write(50);
  EXPECT_EQ(lab.send(), All{});
  EXPECT_EQ(lab.sender.limited_by(), LimitedBy::nagle);
  EXPECT_TRUE(lab.timers.is_armed(Timer::retransmission));
  lab.write(1000);
  EXPECT_EQ(lab.send(), (All{{100, 1000, false, false}}));
  lab.acknowledge(100);
  EXPECT_EQ(lab.send(), (All{{1100, 50, false, true}}));
}

TEST(Sender, SendsTheTailOfALargeWriteAtOnce) {  // RFC 9293 SHLD-28
  Lab lab;
  lab.write(2500);
  EXPECT_EQ(lab.send(), full(0, 2) + All({{2000, 500, false, true}}));
}

TEST(Sender, SendsAtOnceWithoutNagle) {  // RFC 9293 MUST-60, MUST-17
  Lab lab;
  lab.sender.policy().nodelay = true;
  for (int i = 0; i < 3; ++i) {
    lab.write(10);
    EXPECT_EQ(lab.send(), (All{{i * 10, 10, false, true}}));
  }
}

TEST(Sender, HoldsCorkedTextForAWhile) {  // RFC 9293 MAY-15, MUST-60
  Lab lab;
  lab.sender.policy().cork = true;
  lab.write(1500);
  EXPECT_EQ(lab.send(), full(0, 1));
  EXPECT_EQ(lab.sender.limited_by(), LimitedBy::cork);
  EXPECT_EQ(lab.until(Timer::cork), lab.desk.settings.cork_limit);
  lab.pass_to(Timer::cork);
  EXPECT_EQ(lab.send(), (All{{1000, 500, false, true}}));
  lab.write(10);
  EXPECT_EQ(lab.send(), All{}) << "the cork is in again";
  lab.close();
  EXPECT_EQ(lab.send(), (All{{1500, 10, true, true}}));
}

TEST(Sender, PushesTheLastOfWhatWasWritten) {  // RFC 9293 MUST-61
  Lab lab;
  lab.write(3000);
  EXPECT_EQ(lab.send(), full(0, 2) + All({{2000, 1000, false, true}}));
}

TEST(Sender, PushesNoTextWithALoneFin) {
  Lab lab;
  lab.write(10);
  lab.send();
  lab.close();
  EXPECT_EQ(lab.send(), (All{{10, 0, true, false}}));
}

// MSG_EOR: no later text shares a segment with a record, however often it goes.
TEST(Sender, EndsASegmentWithARecord) {
  Lab lab({.sack = true});
  lab.write(1400);
  lab.write(300);
  lab.sender.end_record(lab.desk.settings);
  lab.write(300);
  lab.sender.end_record(lab.desk.settings);
  lab.write(1100);
  const All all =
      full(0, 1) +
      All({{1000, 700, false, false}, {1700, 300, false, false}, {2000, 1000, false, false}});
  EXPECT_EQ(lab.send(), all) << "what nothing can make larger does not wait";
  lab.acknowledge(1000);
  lab.pass_to_time_out();
  EXPECT_EQ(lab.send(), (All{{1000, 700, false, false}}));
  lab.acknowledge(1700);
  EXPECT_EQ(lab.send(), (All{{1700, 300, false, false}, {2000, 1000, false, false}}));
  lab.acknowledge(3000);
  EXPECT_EQ(lab.send(), (All{{3000, 100, false, true}}));
}

TEST(Sender, SplitsNoRecordsTogether) {
  Lab lab({.window = 60'000, .max_split_bytes = 4500});
  for (int i = 0; i < 2; ++i) {
    lab.write(1200);
    lab.sender.end_record(lab.desk.settings);
  }
  lab.write(5000);
  EXPECT_EQ(lab.send(), (All{{0, 1200, false, false},
                             {1200, 1200, false, false},
                             {2400, 4000, false, false},
                             {6400, 1000, false, true}}));
}

TEST(Sender, SendsALastRecordLikeAnyOther) {
  Lab lab;
  lab.write(10);
  lab.sender.end_record(lab.desk.settings);
  EXPECT_EQ(lab.send(), (All{{0, 10, false, true}}));
  lab.sender.end_record(lab.desk.settings);  // of what is under way: nothing is to come of it
  lab.write(20);
  lab.sender.end_record(lab.desk.settings);
  EXPECT_EQ(lab.send(), All{}) << "Nagle: more may follow, but not in its segment";
  lab.close();
  EXPECT_EQ(lab.send(), (All{{10, 20, true, true}}));
}

TEST(Sender, SplitsOnlyWhatTheDeviceSplits) {
  Lab lab({.window = 60'000, .max_split_bytes = 4500});
  lab.write(9500);
  EXPECT_EQ(lab.send(),
            (All{{0, 4000, false, false}, {4000, 4000, false, false}, {8000, 1500, false, true}}));
}

// ---- Windows ------------------------------------------------------------------------------------

// RFC 9293 MUST-1.
// RFC 7323 2.4 (3)
// RFC 5681 3 (a), 3.1 (a), (b), RFC 6928 2 (a): ten segments at first.
TEST(Sender, KeepsToThePeersWindow) {
  Lab lab({.window = 65'535});
  lab.desk.settings.initial_window_segments = 10;
  lab.write(100'000);
  std::size_t sent = lab.send().size();
  EXPECT_EQ(sent, 10u);
  for (std::int64_t acked = mss; acked <= 60'000; acked += mss) {
    lab.acknowledge(acked);
    for (const Sent& each : lab.send()) {
      EXPECT_LE(each.at + each.text_bytes, acked + 65'535);
    }
  }
}

TEST(Sender, AvoidsSillyWindows) {  // RFC 9293 MUST-38
  Lab lab({.window = 8000});
  lab.write(20'000);
  EXPECT_EQ(lab.send(), full(0, 8));
  lab.set_window(300);
  lab.acknowledge(8000);
  EXPECT_EQ(lab.send(), All{});
  EXPECT_EQ(lab.sender.limited_by(), LimitedBy::peer_window);
  lab.set_window(999);
  lab.acknowledge(8000);
  EXPECT_EQ(lab.send(), All{});
  lab.set_window(1000);
  lab.acknowledge(8000);
  EXPECT_EQ(lab.send(), full(8000, 1));
}

TEST(Sender, TakesHalfOfTheLargestWindow) {  // RFC 9293 3.8.6.2.1 (3)
  Lab lab({.window = 800});
  lab.write(2000);
  EXPECT_EQ(lab.send(), (All{{0, 800, false, false}}));
  lab.set_window(399);
  lab.acknowledge(800);
  EXPECT_EQ(lab.send(), All{});
  lab.set_window(400);
  lab.acknowledge(800);
  EXPECT_EQ(lab.send(), (All{{800, 400, false, false}}));
}

// RFC 9293 3.8.6.2.1 (4): the override time-out is 0.1 to 1 s, and text from the peer does not put
// it off.
TEST(Sender, SendsIntoASmallWindowAfterAWhile) {
  Lab lab({.window = 8000});
  lab.write(20'000);
  lab.send();
  lab.set_window(300);
  lab.acknowledge(8000);
  EXPECT_EQ(lab.send(), All{});
  ASSERT_TRUE(lab.timers.is_armed(Timer::persist));
  EXPECT_GE(lab.until(Timer::persist), Duration{100ms});
  EXPECT_LE(lab.until(Timer::persist), Duration{1s});
  const Instant due = lab.timers[Timer::persist];
  for (std::uint32_t i = 1; i <= 20; ++i) {
    lab.desk.now += 10ms;
    lab.acknowledge(8000, {.text_bytes = 10, .peer_seq = 10 * i});
    EXPECT_EQ(lab.send(), All{});
  }
  EXPECT_EQ(lab.timers[Timer::persist], due);
  lab.pass_to(Timer::persist);
  EXPECT_EQ(lab.send(), (All{{8000, 300, false, false}}));
  EXPECT_FALSE(lab.probes());
  EXPECT_FALSE(lab.timers.is_armed(Timer::persist));
  EXPECT_TRUE(lab.timers.is_armed(Timer::retransmission));
}

TEST(Sender, ProbesAClosedWindow) {  // RFC 9293 SHLD-29, SHLD-30, MUST-36: backing off
  Lab lab({.window = 3000});
  lab.write(5000);
  lab.send();
  lab.set_window(0);
  lab.acknowledge(3000);
  EXPECT_EQ(lab.send(), All{});
  EXPECT_FALSE(lab.timers.is_armed(Timer::retransmission));
  Duration wait = lab.info().rto;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(lab.until(Timer::persist), wait) << i;
    lab.pass_to(Timer::persist);
    EXPECT_EQ(lab.send(), All{});
    EXPECT_TRUE(lab.probes());
    EXPECT_FALSE(lab.probes());
    lab.acknowledge(3000);
    wait = std::min(2 * wait, lab.desk.settings.max_rto);
  }
  lab.set_window(3000);
  lab.acknowledge(3000);
  EXPECT_EQ(lab.send(), (All{{3000, 1000, false, false}, {4000, 1000, false, true}}));
  EXPECT_FALSE(lab.timers.is_armed(Timer::persist));
}

TEST(Sender, KeepsTheFinForAnOpenWindow) {
  Lab lab({.window = 2000});
  lab.write(2000);
  lab.close();
  EXPECT_EQ(lab.send(), (All{{0, 1000, false, false}, {1000, 1000, false, true}}));
  lab.set_window(0);
  lab.acknowledge(2000);
  EXPECT_EQ(lab.send(), All{});
  EXPECT_TRUE(lab.timers.is_armed(Timer::persist));
  lab.pass_to(Timer::persist);
  EXPECT_TRUE(lab.probes());
  lab.set_window(1);
  lab.acknowledge(2000);
  EXPECT_EQ(lab.send(), (All{{2000, 0, true, false}}));
  EXPECT_TRUE(lab.acknowledge(2001).is_fin_acked);
  EXPECT_TRUE(lab.sender.is_all_acked());
}

TEST(Sender, RepeatsALostFin) {
  Lab lab;
  lab.write(10);
  lab.close();
  EXPECT_EQ(lab.send(), (All{{0, 10, true, true}}));
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), (All{{0, 10, true, true}}));
  EXPECT_FALSE(lab.acknowledge(10).is_fin_acked);
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), (All{{10, 0, true, false}}));
  EXPECT_TRUE(lab.acknowledge(11).is_fin_acked);
}

// It is no piece until more is asked of it than when it was sent.
TEST(Sender, SendsALoneFinAgainWhenItIsLost) {
  for (const bool is_looked_at : {false, true}) {
    Lab lab;
    lab.close();
    const All fin{{0, 0, true, false}};
    EXPECT_EQ(lab.send(), fin);
    EXPECT_EQ(lab.info().snd.transmissions, 1);
    EXPECT_EQ(lab.info().snd.in_flight_bytes, 1u);
    if (is_looked_at) {
      EXPECT_FALSE(lab.acknowledge(0, {.sacks = {{5, 6}}}).is_fin_acked);
    }
    EXPECT_EQ(lab.send(), All{});
    lab.pass_to(Timer::retransmission);
    EXPECT_EQ(lab.send(), fin);
    EXPECT_EQ(lab.info().snd.transmissions, 2);
    const AckReport report = lab.acknowledge(1);
    EXPECT_TRUE(report.is_fin_acked);
    EXPECT_EQ(report.acked_bytes, 1u);
    EXPECT_FALSE(lab.timers.is_loss_watched());
  }
}

TEST(Sender, MeasuresTheRoundTripOfALoneFin) {
  Lab lab;
  lab.set_window(0);
  lab.acknowledge(0);
  lab.close();
  EXPECT_EQ(lab.send(), All{}) << "a FIN needs room in the window";
  EXPECT_TRUE(lab.timers.is_armed(Timer::persist));
  lab.set_window(1);
  lab.acknowledge(0);
  EXPECT_EQ(lab.send().size(), 1u);
  const Duration before = lab.info().srtt;
  lab.desk.now += before + 800ms;
  EXPECT_TRUE(lab.acknowledge(1).is_fin_acked);
  EXPECT_EQ(lab.info().srtt, before + 100ms);
  EXPECT_EQ(lab.info().snd.queued_bytes, 0u);
  EXPECT_FALSE(lab.timers.is_loss_watched());
}

TEST(Sender, SurvivesAShrinkingWindow) {  // RFC 9293 SHLD-15, MUST-34: and sends nothing new
  Lab lab({.window = 8000});
  lab.write(20'000);
  EXPECT_EQ(lab.send(), full(0, 8));
  lab.set_window(3000);
  lab.acknowledge(1000);
  EXPECT_EQ(lab.send(), All{});
  lab.acknowledge(4000);
  EXPECT_EQ(lab.send(), All{});
  lab.set_window(8000);
  lab.acknowledge(5000);
  EXPECT_EQ(lab.send(), full(8000, 5));
}

// RFC 9293 SHLD-16, MAY-7, RFC 7323 2.4 (4), (5): what the shrunk window no longer holds is not
// repeated over and over.
TEST(Sender, RepeatsWhatIsInTheWindow) {
  Lab lab({.window = 8000});
  lab.write(8000);
  lab.send();
  lab.set_window(2000);
  lab.acknowledge(0);
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(1000);
  EXPECT_EQ(lab.send(), full(1000, 2));
  lab.acknowledge(2000);
  lab.acknowledge(3000);
  EXPECT_LE(lab.send().size(), 2u);
}

// A window that closed over text under way: that text is the probe, and is sent again as soon as
// the window opens. RFC 9293 MUST-35.
TEST(Sender, GoesOnWhenAShrunkWindowOpens) {
  for (const bool sack : {false, true}) {
    Lab lab({.sack = sack, .window = 8000});
    lab.write(8000);
    lab.send();
    lab.set_window(0);
    lab.acknowledge(0);
    Duration waited{};
    while (waited < 20s) {
      All probes;
      waited += lab.pass_to_time_out(&probes);
      EXPECT_EQ(probes, All{}) << "into a closed window";
      EXPECT_EQ(lab.send(), full(0, 1)) << "the oldest text, again and again";
      lab.acknowledge(0);
      EXPECT_EQ(lab.send(), All{});
    }
    lab.set_window(8000);
    lab.acknowledge(0);
    // The peer threw all of it away; it must not take a time-out of a minute for each segment.
    std::int64_t acked = 0;
    waited = {};
    while (acked < 8000 && waited < 100s) {
      const All sent = lab.send();
      if (sent.empty()) {
        waited += lab.pass_to_time_out();
      }
      for (const Sent& each : sent) {
        if (each.at == acked) acked += each.text_bytes;
      }
      lab.desk.now += 100ms;
      if (!sent.empty()) lab.acknowledge(acked);
    }
    EXPECT_EQ(acked, 8000);
    EXPECT_LT(waited, 1s) << sack;
  }
}

// A peer that reports the oldest text as received, does not acknowledge it and closes its window
// must not silence us for ever.
TEST(Sender, IsNotSilencedByAContradiction) {
  Lab lab({.sack = true, .window = 8000});
  lab.write(8000);
  lab.send();
  lab.set_window(0);
  lab.acknowledge(0, {.sacks = {{0, 8000}}});
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), full(0, 1));
}

TEST(Sender, TakesTheWindowOfANewerAckOfOlderText) {
  Lab lab({.window = 4000});
  lab.write(20'000);
  lab.send();
  lab.acknowledge(0, {.text_bytes = 10, .peer_seq = 5000});
  // The peer repeats older text with a newer ACK (RFC 9293 3.8.6).
  lab.set_window(10'000);
  lab.acknowledge(4000, {.text_bytes = 10, .peer_seq = 0});
  EXPECT_EQ(lab.sender.window(), 10'000u);
  // An older segment with an older ACK says nothing.
  lab.set_window(100);
  lab.acknowledge(4000, {.peer_seq = 0});
  EXPECT_EQ(lab.sender.window(), 10'000u);
}

// ---- Time-outs ----------------------------------------------------------------------------------

// RFC 6298 section 5, 5.1, 5.4, 5.5, 5.6, RFC 5681 3.1 (g), (h), RFC 9293
// 3.10.8 (b).
TEST(Sender, RetransmitsTheOldestAfterATimeOut) {
  Lab lab;
  lab.write(30'000);
  EXPECT_EQ(lab.send().size(), 10u);
  const Duration rto = lab.info().rto;
  EXPECT_EQ(lab.until(Timer::retransmission), rto);
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.info().snd.cwnd, mss);
  EXPECT_EQ(lab.info().snd.ssthresh, 5 * mss);
  EXPECT_EQ(lab.send(), full(0, 1));
  EXPECT_EQ(lab.until(Timer::retransmission), 2 * rto);
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.info().snd.ssthresh, 5 * mss) << "once for one loss";
  EXPECT_EQ(lab.send(), full(0, 1));
  EXPECT_EQ(lab.until(Timer::retransmission), 4 * rto);
  // All the rest had arrived: one ACK for ten segments, of which one was sent lately.
  lab.acknowledge(10'000);
  EXPECT_EQ(lab.info().snd.cwnd, 2 * mss);
  EXPECT_EQ(lab.send(), full(10'000, 2));
}

// RFC 6298 5.2, 5.3: an ACK of new text begins the time-out anew, one of all text ends it.
TEST(Sender, MeasuresATimeOutFromTheLastNews) {
  Lab lab;
  lab.write(2000);
  EXPECT_EQ(lab.send().size(), 2u);
  lab.desk.now += 100ms;
  lab.acknowledge(1000);
  EXPECT_EQ(lab.until(Timer::retransmission), lab.info().rto);
  lab.acknowledge(2000);
  EXPECT_FALSE(lab.timers.is_armed(Timer::retransmission));
}

TEST(Sender, GoesBackByTheWindow) {
  Lab lab;
  lab.write(10'000);
  lab.send();
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(1000);
  EXPECT_EQ(lab.send(), full(1000, 2));
  lab.acknowledge(3000);
  EXPECT_EQ(lab.send().size(), 3u);
}

TEST(Sender, KeepsABackedOffTimeOut) {  // RFC 6298 section 3 (a), 5.5, RFC 9293 MUST-18: Karn
  Lab lab;
  const Duration rto = lab.info().rto;
  lab.write(1000);
  lab.send();
  lab.pass_to(Timer::retransmission);
  lab.send();
  lab.pass_to(Timer::retransmission);
  lab.send();
  lab.desk.now += 50ms;
  lab.acknowledge(1000);
  EXPECT_EQ(lab.info().rto, 4 * rto) << "of which transmission that was the ACK, nobody knows";
  lab.write(1000);
  lab.send();
  lab.desk.now += 50ms;
  lab.acknowledge(2000);
  EXPECT_LT(lab.info().rto, rto);
}

TEST(Sender, TellsTransmissionsApartByTimeStamps) {  // RFC 7323 section 4
  Lab lab({.timestamps = true});
  const Duration rto = lab.info().rto;
  lab.write(1000);
  lab.send();
  lab.pass_to(Timer::retransmission);
  lab.send();
  const std::uint32_t sent = timestamp_at(lab.desk.now, 0);
  lab.desk.now += 50ms;
  lab.acknowledge(1000, {.echo = sent});
  EXPECT_LE(lab.info().rto, rto);
}

TEST(Sender, LosesPatienceWithoutProgress) {  // RFC 9293 MUST-20
  Lab lab;
  lab.write(1000);
  lab.send();
  const Instant began = lab.desk.now;
  while (!lab.sender.is_out_of_patience(lab.desk.now)) {
    lab.pass_to(Timer::retransmission);
    lab.send();
    ASSERT_LE(lab.desk.now - began, Duration{15min});
  }
  EXPECT_EQ(lab.desk.now - began, Duration{15min});
}

TEST(Sender, MeasuresPatienceFromTheLastProgress) {
  Lab lab;
  lab.desk.now += 1h;
  lab.write(1000);
  lab.send();
  EXPECT_FALSE(lab.sender.is_out_of_patience(lab.desk.now));
  lab.desk.now += 14min;
  EXPECT_FALSE(lab.sender.is_out_of_patience(lab.desk.now));
  lab.acknowledge(500);
  lab.desk.now += 14min;
  EXPECT_FALSE(lab.sender.is_out_of_patience(lab.desk.now));
}

TEST(Sender, RestartsFromTheInitialWindowAfterIdling) {  // RFC 5681 4.1
  Lab lab;
  lab.desk.settings.non_validated_period = Duration::zero();
  std::int64_t acked = 0;
  for (int round = 0; round < 6; ++round) {
    lab.write(60'000);
    while (acked < static_cast<std::int64_t>(lab.written)) {
      lab.send();
      lab.desk.now += 10ms;
      acked = std::min<std::int64_t>(acked + 10'000, static_cast<std::int64_t>(lab.written));
      acked = std::min(acked, lab.position(lab.sender.nxt()));
      lab.acknowledge(acked);
    }
  }
  EXPECT_GT(lab.info().snd.cwnd, 20 * mss);
  lab.desk.now += 10s;
  lab.write(60'000);
  EXPECT_EQ(lab.send().size(), 10u);
}

TEST(Sender, DoesNotGrowAWindowThatItDoesNotUse) {
  Lab lab;
  for (int i = 0; i < 100; ++i) {
    lab.write(1000);
    lab.send();
    lab.desk.now += 10ms;
    lab.acknowledge(1000 * (i + 1));
  }
  EXPECT_EQ(lab.info().snd.cwnd, 10 * mss);
}

// ---- Fast retransmit ----------------------------------------------------------------------------

// RFC 5681 3.2 (a), (b), (c), RFC 3042 2 (a), (b), RFC 6582 3.2 (2).
TEST(Sender, RetransmitsAtTheThirdDuplicate) {
  Lab lab;
  lab.write(40'000);
  lab.send();
  lab.desk.now += 20ms;
  lab.acknowledge(0);
  EXPECT_EQ(lab.send(), full(10'000, 1)) << "RFC 3042";
  lab.acknowledge(0);
  EXPECT_EQ(lab.send(), full(11'000, 1));
  lab.acknowledge(0);
  EXPECT_EQ(lab.send(), full(0, 1));
  EXPECT_EQ(lab.info().snd.ssthresh, 5 * mss) << "half of ten: those two do not count";
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u);
  for (int i = 0; i < 8; ++i) lab.acknowledge(0);
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u);
}

// RFC 5681 3.2 (d): once the window has come down, each duplicate lets new text go.
TEST(Sender, SendsNewTextAsDuplicatesArrive) {
  Lab lab;
  lab.write(40'000);
  lab.send();
  lab.desk.now += 20ms;
  All all;
  for (int i = 0; i < 12; ++i) {
    lab.acknowledge(0);
    all = all + lab.send();
  }
  ASSERT_GT(all.size(), 4u);
  EXPECT_EQ(all[2].at, 0) << "the repair, behind what limited transmit has sent";
  for (std::size_t i = 3; i < all.size(); ++i) EXPECT_GE(all[i].at, 12'000);
  EXPECT_LE(all.size(), 2u + 1 + 10) << "no more than had left";
}

TEST(Sender, CountsOnlyTrueDuplicates) {  // RFC 5681 section 2
  Lab lab;
  lab.write(10'000);
  lab.send();
  for (std::uint32_t i = 0; i < 5; ++i) {
    lab.acknowledge(0, {.text_bytes = 10, .peer_seq = 10 * i});
    lab.set_window(50'000 + i);
    lab.acknowledge(0, {.peer_seq = 10 * i + 10});
  }
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 0u);
  Lab idle;
  for (int i = 0; i < 5; ++i) idle.acknowledge(0);
  idle.write(1000);
  idle.send();
  EXPECT_EQ(idle.desk.counters.fast_retransmits, 0u);
}

TEST(Sender, RepairsHoleAfterHole) {  // RFC 6582 3.2 (3), RFC 5681 3.2 (e)
  Lab lab;
  lab.write(10'000);
  lab.send();
  for (int i = 0; i < 7; ++i) lab.acknowledge(0);  // 1000, 3000 and 6000 were lost, too
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(1000);
  EXPECT_EQ(lab.send(), full(1000, 1));
  lab.acknowledge(3000);
  EXPECT_EQ(lab.send(), full(3000, 1));
  lab.acknowledge(6000);
  EXPECT_EQ(lab.send(), full(6000, 1));
  lab.acknowledge(10'000);
  EXPECT_EQ(lab.send(), All{});
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u);
  EXPECT_LE(lab.info().snd.cwnd, lab.info().snd.ssthresh);
}

// RFC 6582 3.2 (2), (4) and section 4: duplicates of an ACK that covers no more than `recover` come
// from what was retransmitted in vain.
TEST(Sender, IsNotFooledByItsOwnRetransmissions) {
  Lab lab;
  lab.write(30'000);
  lab.send();
  lab.pass_to(Timer::retransmission);
  lab.send();
  lab.acknowledge(10'000);  // only the ACKs were lost
  lab.send();
  for (int i = 0; i < 4; ++i) lab.acknowledge(10'000);
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 0u);
}

// RFC 6582 4.1: a retransmission that is lost again need not wait for another time-out.
TEST(Sender, TrustsDuplicatesOfASmallStep) {
  Lab lab;
  lab.write(10'000);
  lab.send();
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(1000);
  EXPECT_EQ(lab.send(), full(1000, 2));
  lab.acknowledge(2000);
  EXPECT_EQ(lab.send(), full(3000, 2));  // 2000 was lost again
  for (int i = 0; i < 2; ++i) lab.acknowledge(2000);
  lab.send();
  lab.acknowledge(2000);
  EXPECT_EQ(lab.send(), full(2000, 1));
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u);
}

// A partial ACK means the next hole also when what lies there was sent again before, after a
// time-out.
TEST(Sender, RepairsHoleAfterHoleOnceMore) {
  Lab lab;
  lab.write(20'000);
  lab.send();
  lab.pass_to(Timer::retransmission);
  std::int64_t acked = 0;
  for (int i = 0; i < 3; ++i) {  // the window grows; of what is sent again, some is lost again
    lab.send();
    lab.desk.now += 10ms;
    lab.acknowledge(acked += 1000);
  }
  lab.send();
  lab.desk.now += 10ms;
  for (int i = 0; i < 3; ++i) lab.acknowledge(3000);
  EXPECT_EQ(lab.send().front(), (Sent{3000, 1000}));
  lab.desk.now += 10ms;
  lab.acknowledge(4000);
  EXPECT_EQ(lab.send().front(), (Sent{4000, 1000}));
  lab.desk.now += 10ms;
  lab.acknowledge(5000);
  EXPECT_EQ(lab.send().front(), (Sent{5000, 1000}));
}

// RFC 6675 section 6: the retransmission has a time-out of its own.
TEST(Sender, RestartsTheTimerWithAFastRetransmission) {
  Lab lab;
  lab.write(10'000);
  lab.send();
  lab.desk.now += lab.info().rto / 2;
  for (int i = 0; i < 3; ++i) lab.acknowledge(0);
  EXPECT_EQ(lab.send(), full(0, 1));
  EXPECT_EQ(lab.until(Timer::retransmission), lab.info().rto);
}

// RFC 6675 4 (a), (b), 5 (b), RFC 2018 5 (a).
TEST(Sender, RetransmitsWhatIsLostBehindThreeSegments) {
  Lab lab({.sack = true});
  lab.write(10'000);
  lab.send();
  lab.desk.now += 100ms;
  lab.acknowledge(1000, {.sacks = {{2000, 4000}}});
  EXPECT_EQ(lab.send(), All{}) << "two segments are not enough";
  lab.acknowledge(1000, {.sacks = {{2000, 4000}, {5000, 6000}}});
  EXPECT_EQ(lab.send(), full(1000, 1));
  lab.acknowledge(1000, {.sacks = {{5000, 8000}, {2000, 4000}}});
  EXPECT_EQ(lab.send(), full(4000, 1));
  EXPECT_EQ(lab.info().snd.in_flight_bytes, 4u * mss) << "1000, 4000, 8000 and 9000";
  lab.acknowledge(10'000);
  EXPECT_EQ(lab.info().snd.in_flight_bytes, 0u);
}

TEST(Sender, CountsDuplicatesOfSmallSegments) {  // RFC 6675 5 (a), RFC 3042 2 (c)
  Lab lab({.sack = true});
  lab.sender.policy().nodelay = true;
  for (int i = 0; i < 5; ++i) {
    lab.write(100);
    lab.send();
  }
  lab.desk.now += 100ms;
  for (int i = 2; i <= 3; ++i) lab.acknowledge(0, {.sacks = {{100, i * 100}}});
  EXPECT_EQ(lab.send(), All{});
  lab.acknowledge(0, {.sacks = {{100, 400}}});
  EXPECT_EQ(lab.send(), (All{{0, 100, false, false}}));
}

// RFC 6675 4 (c), 5.1, RFC 2018 5 (b), 8 (b), RFC 8985 6.3.
TEST(Sender, LeavesReceivedTextAloneAfterATimeOut) {
  Lab lab({.sack = true});
  lab.write(6000);
  lab.send();
  lab.desk.now += 100ms;
  lab.acknowledge(0, {.sacks = {{1000, 3000}}});
  lab.pass_to(Timer::reordering);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.pass_to(Timer::retransmission);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(3000);
  EXPECT_EQ(lab.send(), full(3000, 2));
}

// The sequence space is a circle: what was remembered from long ago must not stand in the way.
TEST(Sender, RetransmitsFastAfterHalfTheCircle) {
  Lab lab({.window = 1 << 29, .shift = 14});
  const std::uint64_t far = (std::uint64_t{1} << 31) + 50'000;
  std::int64_t acked = 0;
  const std::string text(1'000'000, 'x');
  while (lab.written < far) {
    lab.count_from(lab.written);
    Context context = lab.desk.context();
    lab.written += lab.sender.append(bytes_of(text), context);
    while (acked < static_cast<std::int64_t>(lab.written)) {
      Segment segment;
      Context later = lab.desk.context();
      while (lab.sender.next_text(segment, later, lab.timers)) {
        acked = lab.position(segment.end());
        segment = {};
      }
      lab.desk.now += 1ms;
      lab.acknowledge(acked);
    }
  }
  lab.count_from(lab.written);
  lab.write(1500);
  EXPECT_EQ(lab.send().size(), 2u) << "no small segment is under way: Nagle lets it go";
  lab.write(8500);
  lab.send();
  for (int i = 0; i < 3; ++i) lab.acknowledge(acked);
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u);
}

// What an explorer is told of a sender: the same of two that have lived the same life, and another
// thing after each event of it, whichever algorithm remembers it.
TEST(SenderDigest, TellsEveryEventApart) {
  using enum CongestionAlgorithm;
  for (const CongestionAlgorithm algorithm : {new_reno, cubic, dctcp, bbr}) {
    Lab one({.sack = true}), twin({.sack = true});
    std::set<std::uint64_t> told;
    int step = 0;
    const auto live = [&](auto&& act) {
      ++step;
      std::uint64_t digests[2];
      for (Lab* lab : {&one, &twin}) {
        act(*lab);
        Digest digest;
        lab->sender.digest(digest);
        digests[lab == &twin] = digest.value();
        for (int i = 0; i < 20; ++i) {  // some send at their own pace
          lab->desk.now += 1ms;
          lab->send();
        }
      }
      EXPECT_EQ(digests[0], digests[1]) << step;
      EXPECT_TRUE(told.insert(digests[0]).second) << step;
    };
    live([&](Lab& lab) { lab.sender.use(algorithm, lab.desk.settings); });
    live([](Lab& lab) { lab.write(100'000); });
    for (std::int64_t upto = 1000; upto <= 10'000; upto += 1000) {
      live([&](Lab& lab) { lab.acknowledge(upto); });
    }
    ASSERT_GT(one.position(one.sender.nxt()), 16'000);
    live([](Lab& lab) { lab.acknowledge(11'000, {.is_marked = true}); });
    for (std::int64_t upto = 13'000; upto <= 16'000; upto += 1000) {
      live([&](Lab& lab) { lab.acknowledge(11'000, {.sacks = {{12'000, upto}}}); });
    }
    live([](Lab& lab) { lab.acknowledge(16'000); });
    live([](Lab& lab) { lab.pass_to_time_out(); });
    live([](Lab& lab) { lab.close(); });
  }
}

// Who has no model of the path names no phase of it, and leaves losses to the window.
TEST(Congestion, AlgorithmsWithoutAModelSayNothingOfThePath) {
  using enum CongestionAlgorithm;
  for (const CongestionAlgorithm algorithm : {new_reno, cubic, dctcp}) {
    Congestion congestion;
    congestion.change_to(algorithm);
    congestion.cwnd = 10'000;
    EXPECT_STREQ(congestion.control().phase(congestion), "");
    EXPECT_FALSE(congestion.control().is_holding_back(congestion));
    congestion.control().on_lost(congestion, {.newly_lost = 1000}, {.now = {}, .mss = 1000});
    EXPECT_EQ(congestion.cwnd, 10'000u);
    EXPECT_EQ(congestion.ssthresh, no_ssthresh);
  }
}

}  // namespace
}  // namespace acksu::tcp
