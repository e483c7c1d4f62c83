// Edges of the sending half: the last case in which a loss, a probe or a reduction is what it
// seems, and the first in which it is not; what each timer is armed for. Numbers are relative to
// the first byte of text.
#include <gtest/gtest.h>

#include "tcp/sender_lab_test.h"

namespace acksu::tcp::sender_edges_test {
namespace {

// A path of 100 ms, on which so much is under way.
class SenderEdges : public testing::Test {
 protected:
  static constexpr Duration rtt = 100ms;

  void begin(std::uint64_t bytes, const Offer& offer = {.sack = true}) {
    lab.emplace(offer);
    lab->write(bytes);
    lab->send();
    lab->desk.now += rtt;
  }
  // The oldest of ten segments is lost; what goes again has not left yet.
  void lose_the_first(const Offer& offer = {.sack = true}) {
    begin(20'000, offer);
    lab->acknowledge(0, {.sacks = {{1000, 5000}}});
  }
  // The path took less; what it takes now is sought again after so long.
  void lower_the_mss(const Offer& offer = {}, Duration silence = 10min) {
    lab.emplace(offer);
    lab->desk.settings.non_validated_period = forever;
    Context context = lab->desk.context();
    lab->sender.lower_mss(500, context);
    lab->desk.now += silence;
  }
  Info::Send shown() const { return lab->info().snd; }
  Counters& counters() { return lab->desk.counters; }
  bool is_armed(Timer timer) const { return lab->timers.is_armed(timer); }

  std::optional<Lab> lab;
};

// ---- The tail loss probe (RFC 8985 7) -----------------------------------------------------------

// RFC 8985 7.2 (a), 7.3 (a)
TEST_F(SenderEdges, NoProbeOfTheTailWhileALossIsRepaired) {
  begin(5000);
  EXPECT_TRUE(is_armed(Timer::tail_probe));
  lab->acknowledge(0, {.sacks = {{1000, 4000}}});
  EXPECT_EQ(lab->send(), full(0, 1));
  EXPECT_FALSE(is_armed(Timer::tail_probe)) << "text behind a hole has been reported";
  lab->desk.now += rtt;
  lab->acknowledge(4000);
  lab->send();
  EXPECT_EQ(shown().in_flight_bytes, 1000u);
  EXPECT_STREQ(shown().phase, "fast recovery");
  EXPECT_FALSE(is_armed(Timer::tail_probe));
  EXPECT_TRUE(is_armed(Timer::retransmission));
}

TEST_F(SenderEdges, NoProbeOfTheTailWithoutSackNorIntoAClosedWindow) {
  begin(2000, {});
  EXPECT_FALSE(is_armed(Timer::tail_probe));
  begin(2000);
  lab->set_window(0);
  lab->acknowledge(1000);
  EXPECT_FALSE(is_armed(Timer::tail_probe));
  EXPECT_TRUE(is_armed(Timer::retransmission));
}

TEST_F(SenderEdges, AProbeOfTheTailAsksNoCongestionWindow) {
  begin(10'000);
  lab->acknowledge(1000, {.is_marked = true});
  ASSERT_LT(shown().cwnd, shown().in_flight_bytes);
  lab->pass_to(Timer::tail_probe);
  EXPECT_EQ(lab->send(), (All{{9000, 1000, false, true}}));
  EXPECT_EQ(counters().tail_probes, 1u);
  EXPECT_EQ(lab->until(Timer::retransmission), lab->info().rto) << "a whole time-out follows";
}

// RFC 8985 7.4.2: who does not report what comes twice says the same once more.
TEST_F(SenderEdges, ABareAckEndsAProbeOfTheTail) {
  begin(2000);
  lab->pass_to(Timer::tail_probe);
  lab->send();
  lab->acknowledge(2000);
  lab->write(1000);
  lab->send();
  EXPECT_FALSE(is_armed(Timer::tail_probe)) << "one at a time";
  lab->acknowledge(2000);
  lab->write(1000);
  lab->send();
  EXPECT_TRUE(is_armed(Timer::tail_probe));
}

TEST_F(SenderEdges, ALossThatOnlyTheProbeRepairedHalvesTheWindow) {
  begin(3000);
  lab->pass_to(Timer::tail_probe);
  lab->send();
  lab->desk.now += rtt;
  lab->write(1000);
  lab->send();
  const std::uint32_t before = shown().cwnd;
  lab->acknowledge(4000);
  EXPECT_EQ(counters().tail_probe_repairs, 1u);
  EXPECT_EQ(shown().cwnd, shown().ssthresh);
  EXPECT_LT(shown().ssthresh, before);
}

// ---- Losses -------------------------------------------------------------------------------------

// RFC 6675 5 (a), 5.1
TEST_F(SenderEdges, AnotherLossOfTheSameWindowReducesNothingMore) {
  lose_the_first();
  lab->send();
  const std::uint32_t reduced = shown().ssthresh;
  lab->desk.now += 10ms;
  lab->acknowledge(0, {.sacks = {{1000, 5000}, {6000, 10'000}}});
  EXPECT_EQ(shown().lost_bytes, 1000u);
  EXPECT_EQ(shown().ssthresh, reduced);
  EXPECT_EQ(counters().fast_retransmits, 1u);
}

TEST_F(SenderEdges, WhatIsLostIsAReasonToSpeak) {
  begin(5000);
  EXPECT_FALSE(lab->sender.may_speak());
  EXPECT_TRUE(lab->sender.has_sack());
  lab->acknowledge(0, {.sacks = {{1000, 4000}}});
  EXPECT_TRUE(lab->sender.may_speak());
  lab->send();
  EXPECT_FALSE(lab->sender.may_speak());
  EXPECT_FALSE(lab->sender.is_path_probe(lab->sender.una()));
}

// RFC 8985 6.3: the oldest is lost, and what RACK would call lost.
TEST_F(SenderEdges, ATimeOutLeavesAloneWhatWasSentAMomentAgo) {
  begin(3000);
  lab->acknowledge(1000);
  lab->pass_to(Timer::tail_probe);
  lab->send();
  lab->desk.now += lab->until(Timer::retransmission) - 1ms;
  lab->write(1000);
  EXPECT_EQ(lab->send(), (All{{3000, 1000, false, true}}));
  lab->pass_to(Timer::retransmission);
  EXPECT_EQ(shown().lost_bytes, 2000u);
  EXPECT_EQ(shown().in_flight_bytes, 1000u);
  EXPECT_EQ(shown().cwnd, mss);
}

// RFC 6582 3.2 (3): what duplicates have said means nothing any more.
TEST_F(SenderEdges, AfterARepairWithoutSackAllThatIsOutstandingIsInFlight) {
  begin(30'000, {});
  for (int i = 0; i < 3; ++i) lab->acknowledge(0);
  EXPECT_EQ(shown().in_flight_bytes, 6000u) << "one is lost, three have arrived";
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(10'000);
  EXPECT_STREQ(shown().phase, "congestion avoidance");
  lab->send();
  EXPECT_GT(shown().in_flight_bytes, 0u);
  EXPECT_EQ(shown().in_flight_bytes, shown().queued_bytes - shown().unsent_bytes);
}

// RFC 6582 4.1: after a time-out duplicates count when no more than four segments had been
// acknowledged at once.
TEST_F(SenderEdges, DuplicatesBehindALargeStepAreNotTrusted) {
  for (const std::int64_t step : {4000, 4001}) {
    begin(20'000, {});
    lab->pass_to(Timer::retransmission);
    lab->send();
    lab->acknowledge(1000);
    lab->send();
    lab->acknowledge(1000 + step);
    lab->send();
    for (int i = 0; i < 3; ++i) lab->acknowledge(1000 + step);
    EXPECT_EQ(counters().fast_retransmits, step == 4000 ? 1u : 0u) << step;
  }
}

// RFC 5681 3.2 (d): each says that one more segment has arrived; what is acknowledged behind the
// hole is counted no more.
TEST_F(SenderEdges, WhatDuplicatesHaveSaidIsTakenBackByWhatIsAcknowledged) {
  struct Case {
    std::uint32_t acked, arrived;
  };
  for (const Case& each : {Case{500, 3000}, Case{1000, 3000}, Case{1500, 2500}, Case{3000, 1000},
                           Case{4000, 0}, Case{9000, 0}}) {
    begin(10'000, {});
    for (int i = 0; i < 3; ++i) lab->acknowledge(0);
    EXPECT_EQ(shown().in_flight_bytes, 6000u) << "one is lost, three have arrived";
    lab->send();
    lab->acknowledge(each.acked);
    EXPECT_EQ(shown().in_flight_bytes + shown().lost_bytes, 10'000 - each.acked - each.arrived)
        << each.acked;
  }
}

// RFC 6582 4.1: with a window of one segment nothing but a repair is under way.
TEST_F(SenderEdges, DuplicatesInAWindowOfOneSegmentAreNotTrusted) {
  begin(10'000, {});
  lab->acknowledge(1000);
  lab->pass_to(Timer::retransmission);
  lab->send();
  ASSERT_EQ(shown().cwnd, mss);
  for (int i = 0; i < 3; ++i) lab->acknowledge(1000);
  EXPECT_EQ(counters().fast_retransmits, 0u);
}

// RFC 2018 section 8: what was reported, and is not acknowledged when it is all that is left, was
// thrown away.
TEST_F(SenderEdges, OneSegmentThatWasReportedGoesAgainAfterATimeOut) {
  begin(1000);
  lab->acknowledge(0, {.sacks = {{0, 1000}}});
  EXPECT_EQ(shown().sacked_bytes, 1000u);
  lab->pass_to_time_out();
  EXPECT_EQ(lab->send(), (All{{0, 1000, false, true}}));
  EXPECT_EQ(shown().sacked_bytes, 0u);
}

// RFC 6298 section 3: what SACK has told of says nothing about the round trip when its ACK comes.
TEST_F(SenderEdges, AnAckBehindAReportIsNoSample) {
  begin(3000);
  lab->acknowledge(0, {.sacks = {{1000, 2000}}});
  lab->desk.now += 50ms;
  const Duration before = lab->info().srtt;
  lab->acknowledge(2000);
  EXPECT_EQ(lab->info().srtt, before);
  lab->acknowledge(3000);
  EXPECT_NE(lab->info().srtt, before);
}

// RFC 2883 section 5: what the second block holds is reported as twice here.
TEST_F(SenderEdges, ABlockWithinTheSecondReportsADuplicate) {
  struct Case {
    std::pair<std::int64_t, std::int64_t> first, second;
    bool is_duplicate;
  };
  for (const Case& each :
       {Case{{2000, 3000}, {2000, 3000}, true}, Case{{2000, 3000}, {1999, 3001}, true},
        Case{{2000, 3000}, {2001, 3000}, false}, Case{{2000, 3000}, {2000, 2999}, false},
        Case{{0, 1000}, {2000, 3000}, true}, Case{{0, 1001}, {2000, 3000}, false}}) {
    begin(5000);
    lab->acknowledge(1000, {.sacks = {each.first, each.second}});
    EXPECT_EQ(counters().reported_twice, each.is_duplicate ? 1u : 0u)
        << each.first.first << ' ' << each.second.first << ' ' << each.second.second;
  }
}

// ---- Second thoughts ----------------------------------------------------------------------------

// RFC 3522 3.2: an ACK of nothing new may be older than the repair.
TEST_F(SenderEdges, AnOldEchoWithoutProgressTakesNothingBack) {
  lose_the_first({.sack = true, .timestamps = true});
  const std::uint32_t first = timestamp_at(lab->desk.now - rtt, 0);
  const std::uint32_t again = timestamp_at(lab->desk.now, 0);
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(5000, {.echo = again});
  ASSERT_STREQ(shown().phase, "fast recovery");
  lab->acknowledge(5000, {.sacks = {{6000, 7000}}, .echo = first});
  EXPECT_EQ(counters().reductions_undone, 0u);
}

// RFC 5682 3.1 (2): until the repair is acknowledged, an ACK of before says nothing.
TEST_F(SenderEdges, AnAckOfBeforeTheTimeOutEndsNoDoubt) {
  begin(20'000);
  lab->pass_to_time_out();
  EXPECT_EQ(lab->send(), full(0, 1));
  lab->acknowledge(0);
  lab->acknowledge(1000);
  EXPECT_EQ(lab->send()[0].at, 11'000) << "new text finds out";
}

// ---- Windows, and what waits for them -----------------------------------------------------------

TEST_F(SenderEdges, TheProbesOfAClosedWindowEndWhenItOpens) {
  lab.emplace(Offer{.window = 0});
  lab->write(1000);
  EXPECT_EQ(lab->send(), All{});
  ASSERT_TRUE(is_armed(Timer::persist));
  lab->acknowledge(0);
  EXPECT_TRUE(is_armed(Timer::persist)) << "it is still closed";
  lab->set_window(5000);
  lab->acknowledge(0);
  EXPECT_FALSE(is_armed(Timer::persist));
  EXPECT_EQ(lab->send(), (All{{0, 1000, false, true}}));
}

// RFC 9293 3.8.6.1: text that met a closed window was thrown away, and goes at once when it opens.
TEST_F(SenderEdges, TextThatMetAClosedWindowGoesAgainWhenItOpens) {
  for (const int probes : {0, 1, 2}) {
    begin(3000, {});
    lab->set_window(0);
    lab->acknowledge(0);
    for (int i = 0; i < probes; ++i) {
      lab->pass_to(Timer::retransmission);
      EXPECT_EQ(lab->send(), full(0, 1));
    }
    lab->set_window(60'000);
    lab->acknowledge(0);
    EXPECT_EQ(lab->send().size(), probes == 0 ? 0u : 3u) << probes;
    EXPECT_STREQ(shown().phase, probes == 0 ? "slow start" : "loss recovery");
    EXPECT_EQ(lab->info().rto, Duration{300ms}) << "the time-outs were answered";
  }
}

// RFC 9293 MUST-36, SHLD-30
TEST_F(SenderEdges, TheTimeBetweenProbesDoublesSixteenTimes) {
  lab.emplace(Offer{.window = 0});
  lab->desk.settings.max_rto = 1000h;
  lab->sender.policy().patience_ms = 0xffff'ffff;
  lab->write(1000);
  lab->send();
  Duration expected = lab->info().rto;
  for (int i = 0; i < 18; ++i) {
    if (i < 16) expected *= 2;
    lab->pass_to(Timer::persist);
    EXPECT_TRUE(lab->probes());
    EXPECT_EQ(lab->until(Timer::persist), expected) << i;
  }
  EXPECT_EQ(counters().zero_window_probes, 18u);
}

TEST_F(SenderEdges, LettingGoEndsTheWaitOfACork) {
  lab.emplace();
  lab->sender.policy().cork = true;
  lab->write(500);
  lab->send();
  ASSERT_TRUE(is_armed(Timer::cork));
  Context context = lab->desk.context();
  lab->sender.uncork(context, lab->timers);
  EXPECT_FALSE(is_armed(Timer::cork));
}

// RFC 8985 7.2: whoever asks in vain for more puts no probe off.
TEST_F(SenderEdges, AskingForMoreTextPutsNoProbeOff) {
  begin(2000);
  const Duration left = lab->until(Timer::tail_probe);
  EXPECT_EQ(left, Duration{2 * 100ms + 2ms - rtt});
  lab->desk.now += 10ms;
  EXPECT_EQ(lab->send(), All{});
  EXPECT_EQ(lab->until(Timer::tail_probe), left - 10ms);
}

TEST_F(SenderEdges, CorkedTextThatBecomesASegmentEndsTheWait) {
  lab.emplace();
  lab->sender.policy().cork = true;
  lab->write(500);
  EXPECT_EQ(lab->send(), All{});
  EXPECT_EQ(lab->until(Timer::cork), lab->desk.settings.cork_limit);
  lab->write(500);
  EXPECT_EQ(lab->send(), (All{{0, 1000, false, true}}));
  EXPECT_FALSE(is_armed(Timer::cork));
}

TEST_F(SenderEdges, AFinAloneKeepsNoPace) {
  lab.emplace();
  lab->desk.settings.pacing = true;
  lab->write(3000);
  EXPECT_EQ(lab->send().size(), 3u) << "the first, and a burst";
  lab->write(2000);
  EXPECT_EQ(lab->send(), All{});
  EXPECT_EQ(lab->info().limited_by, LimitedBy::pacing);
  lab->pass_to(Timer::pacing);
  EXPECT_EQ(lab->send().size(), 2u);
  lab->close();
  EXPECT_EQ(lab->send(), (All{{5000, 0, true}}));
}

TEST_F(SenderEdges, ALoneFinThatIsAcknowledgedLeavesNothingRunning) {
  lab.emplace();
  lab->close();
  EXPECT_EQ(lab->send(), (All{{0, 0, true}}));
  EXPECT_EQ(lab->until(Timer::retransmission), lab->info().rto);
  lab->set_window(5000);
  const AckReport report = lab->acknowledge(1);
  EXPECT_EQ(report.acked_bytes, 1u);
  EXPECT_TRUE(report.is_fin_acked);
  EXPECT_EQ(lab->timers.earliest_deadline(), never);
  EXPECT_EQ(shown().wnd, 5000u);
  EXPECT_EQ(lab->info().limited_by, LimitedBy::nothing_to_send);
}

// Reports of who has not agreed to them mean nothing (RFC 2018 section 2).
TEST_F(SenderEdges, ReportsWithoutAgreementAreNotRead) {
  begin(5000, {});
  lab->acknowledge(0, {.sacks = {{1000, 4000}}});
  EXPECT_EQ(shown().sacked_bytes, 0u);
  EXPECT_EQ(shown().lost_bytes, 0u);
}

// RFC 6675: how far text was overtaken, and how often.
TEST_F(SenderEdges, TextThatWasOvertakenIsMeasured) {
  begin(10'000);
  lab->acknowledge(0, {.sacks = {{2000, 3000}}});
  lab->acknowledge(0, {.sacks = {{1000, 3000}}});
  EXPECT_EQ(shown().reordering_bytes, 1000u);
  EXPECT_EQ(shown().reorderings, 1u);
  lab->acknowledge(3000);
  EXPECT_EQ(shown().reordering_bytes, 2000u);
  EXPECT_EQ(shown().reorderings, 2u);
}

TEST_F(SenderEdges, WhoHasSaidAllIsLimitedByNothing) {
  lab.emplace();
  EXPECT_EQ(lab->info().limited_by, LimitedBy::handshake);
  lab->write(1000);
  Segment segment;
  Context context = lab->desk.context();
  EXPECT_TRUE(lab->sender.next_text(segment, context, lab->timers));
  EXPECT_EQ(lab->info().limited_by, LimitedBy::nothing_to_send);
}

// ---- Pace ---------------------------------------------------------------------------------------

TEST_F(SenderEdges, AModelPacesWhateverTheSettings) {
  lab.emplace();
  lab->write(20'000);
  lab->send();
  EXPECT_EQ(shown().pacing_rate, 0u);
  lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);
  EXPECT_EQ(shown().pacing_rate, 277'000u) << "the window in a round trip, and the first gain";
  lab->desk.now += rtt;
  lab->acknowledge(10'000);
  EXPECT_EQ(shown().delivery_rate, 0u) << "when that was sent was not noted";
  lab->sender.use(CongestionAlgorithm::new_reno, lab->desk.settings);
  EXPECT_EQ(shown().pacing_rate, 0u);
}

// Twice the pace, where bursts are cut and nothing is spread.
TEST_F(SenderEdges, BurstsAreCutOnPathsOfAMillisecond) {
  for (const Duration each : {Duration{999us}, Duration{1ms}}) {
    Lab near;
    near.desk.settings.burst_segments = 10;
    near.write(1000);
    near.send();
    for (int i = 0; i < 200; ++i) {
      near.desk.now += each;
      near.acknowledge(static_cast<std::int64_t>(near.written));
      near.write(1000);
      near.send();
    }
    EXPECT_EQ(near.info().srtt < Duration{1ms}, near.info().snd.pacing_rate == 0)
        << near.info().srtt.count();
  }
}

TEST_F(SenderEdges, ABurstIsCutAtTwiceThePace) {
  lab.emplace();
  lab->desk.settings.burst_segments = 10;
  lab->write(1000);
  lab->send();
  // Twice the window in a round trip while it is below half of the threshold, and twice that.
  EXPECT_EQ(shown().pacing_rate, 2u * 2 * 10 * 10'000);
}

// ---- The search for what a path takes (RFC 4821) ------------------------------------------------

// RFC 8899 5.1.1: after ten minutes more is tried than ICMP has said.
TEST_F(SenderEdges, MoreThanWasToldIsTriedAfterTenMinutes) {
  for (const Duration silence : {Duration{10min - 1s}, Duration{10min}}) {
    lower_the_mss({}, silence);
    lab->write(5000);
    const All sent = lab->send();
    ASSERT_FALSE(sent.empty());
    EXPECT_EQ(sent[0].text_bytes, silence < 10min ? 500u : 1000u);
    EXPECT_EQ(counters().path_probes_sent, silence < 10min ? 0u : 1u);
  }
}

// RFC 4821 7.4: three segments behind it tell that it was lost, so there must be room for them.
TEST_F(SenderEdges, AProbeOfThePathWantsThreeSegmentsBehindIt) {
  struct Case {
    std::uint64_t written;
    std::uint32_t window;
    bool is_probed;
  };
  for (const Case& each : {Case{2500, 60'000, true}, Case{2499, 60'000, false},
                           Case{5000, 2500, true}, Case{5000, 2499, false}}) {
    lower_the_mss();
    lab->set_window(each.window);
    lab->acknowledge(0);
    lab->write(each.written);
    lab->send();
    EXPECT_EQ(counters().path_probes_sent, each.is_probed ? 1u : 0u) << each.written << each.window;
  }
}

// RFC 4821 7.6.2: a probe that is lost alone says nothing of congestion.
TEST_F(SenderEdges, AProbeOfThePathThatIsLostAloneReducesNothing) {
  for (const bool is_alone : {true, false}) {
    lower_the_mss({.sack = true});
    lab->write(5000);
    ASSERT_EQ(lab->send()[0].text_bytes, 1000u);
    const std::uint32_t before = shown().ssthresh;
    lab->desk.now += rtt;
    lab->acknowledge(0, {.sacks = {{is_alone ? 1000 : 1500, 5000}}});
    EXPECT_EQ(counters().path_probes_lost, is_alone ? 1u : 0u);
    EXPECT_EQ(counters().fast_retransmits, is_alone ? 0u : 1u);
    EXPECT_EQ(lab->send()[0].text_bytes, 500u) << "it goes again as it would have";
    lab->desk.now += rtt;
    lab->acknowledge(5000);
    EXPECT_EQ(shown().ssthresh == before, is_alone);
  }
}

TEST_F(SenderEdges, AProbeOfThePathThatPassesRaisesTheSegments) {
  lower_the_mss({.sack = true});
  lab->write(5000);
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(999);
  EXPECT_EQ(shown().mss, 500u);
  lab->acknowledge(1000);
  EXPECT_EQ(shown().mss, 1000u);
  EXPECT_EQ(counters().path_probes_passed, 1u);
}

// RFC 4821 7.2, 7.7: full segments that time out three times, and nobody says why.
TEST_F(SenderEdges, ABlackHoleIsSeenAfterThreeTransmissions) {
  struct Case {
    std::uint64_t written;
    bool is_v4, probes;
    std::uint32_t mss;
  };
  for (const Case& each :
       {Case{5000, true, true, 512}, Case{513, true, true, 512}, Case{512, true, true, 1000},
        Case{5000, true, false, 1000}, Case{5000, false, true, 1000}}) {
    lab.emplace();
    lab->desk.settings.probes_path_mtu = each.probes;
    if (!each.is_v4) lab->desk.tuple.remote.address = IpAddress{0x2001'0db8'0000'0000, 2};
    lab->write(each.written);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(shown().mss, 1000u) << i;
      lab->send();
      lab->pass_to(Timer::retransmission);
    }
    EXPECT_EQ(shown().mss, each.mss) << each.written;
    EXPECT_EQ(counters().black_holes, each.mss == 512 ? 1u : 0u);
  }
}

// ---- What is told -------------------------------------------------------------------------------

struct Windows : Observer {
  void on_congestion(Instant /*now*/, const FourTuple& /*tuple*/,
                     const CongestionSample& sample) override {
    last = sample;
  }
  CongestionSample last{};
};

// Whatever changes the window is told: who draws it misses no step.
TEST_F(SenderEdges, EachChangeOfTheWindowIsTold) {
  for (const CongestionAlgorithm algorithm :
       {CongestionAlgorithm::new_reno, CongestionAlgorithm::bbr}) {
    lab.emplace(Offer{.sack = true});
    lab->sender.use(algorithm, lab->desk.settings);
    lab->desk.settings.non_validated_period = 5min;
    Windows told;
    lab->desk.observer = &told;
    const auto expect_told = [&](int step) {
      EXPECT_EQ(told.last.cwnd_bytes, shown().cwnd) << step;
      EXPECT_EQ(told.last.ssthresh_bytes, shown().ssthresh) << step;
      EXPECT_STREQ(told.last.phase, shown().phase) << step;
    };
    const auto send_all = [&] {
      while (!lab->send().empty() || is_armed(Timer::pacing)) {
        if (is_armed(Timer::pacing)) lab->pass_to(Timer::pacing);
      }
    };
    lab->write(40'000);
    send_all();
    lab->desk.now += rtt;
    lab->acknowledge(10'000);
    expect_told(1);
    send_all();
    lab->desk.now += rtt;
    lab->acknowledge(10'000, {.sacks = {{12'000, 20'000}}});
    expect_told(2);
    send_all();
    lab->desk.now += rtt;
    lab->acknowledge(12'000, {.sacks = {{12'000, 21'000}}});
    expect_told(3);
    lab->pass_to_time_out();
    expect_told(4);
  }
}

// ---- Segments that are counted ------------------------------------------------------------------

// RFC 8201 5.4: pieces of before are two segments of now.
TEST_F(SenderEdges, PiecesAreCountedInSegmentsOfToday) {
  lab.emplace();
  lab->write(2500);
  lab->sender.policy().nodelay = true;
  lab->send();
  EXPECT_EQ(shown().outstanding_segments, 3u);
  Context context = lab->desk.context();
  lab->sender.lower_mss(500, context);
  EXPECT_EQ(shown().outstanding_segments, 5u);
  EXPECT_EQ(shown().lost_segments, 5u);
  EXPECT_STREQ(shown().phase, "loss recovery");
  EXPECT_EQ(shown().again_segments, 0u);
  EXPECT_EQ(lab->send().size(), 5u);
  EXPECT_EQ(shown().again_segments, 5u);
  EXPECT_EQ(shown().again_bytes, 2500u);
  lab->close();
  lab->send();
  EXPECT_EQ(shown().outstanding_segments, 6u) << "a FIN is one, too";
  lab.emplace();
  lab->write(1);
  lab->send();
  lab->pass_to(Timer::retransmission);
  lab->send();
  EXPECT_EQ(lab->info().retransmitted_segments, 1u);
  EXPECT_EQ(lab->info().retransmitted_bytes, 1u);
}

}  // namespace
}  // namespace acksu::tcp::sender_edges_test
