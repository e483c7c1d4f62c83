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
  EXPECT_EQ(shown().again_segments, 0u);
  EXPECT_EQ(lab->send().size(), 5u);
  EXPECT_EQ(shown().again_segments, 5u);
  EXPECT_EQ(shown().again_bytes, 2500u);
  lab->close();
  lab->send();
  EXPECT_EQ(shown().outstanding_segments, 6u) << "a FIN is one, too";
}

}  // namespace
}  // namespace acksu::tcp::sender_edges_test
