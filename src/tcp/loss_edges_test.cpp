// Edges of repairs: how the window comes down and where it ends, what a time-out forgets, what
// duplicates may say before a loss is known, and what becomes of a probe of the path. Numbers are
// relative to the first byte of text.
#include <gtest/gtest.h>

#include "tcp/path_probe.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp::loss_edges_test {
namespace {

constexpr Duration rtt = 100ms;

// A path of 100 ms, on which so much is under way.
class LossEdges : public testing::Test {
 protected:
  void begin(std::uint64_t bytes, const Offer& offer = {.sack = true}) {
    lab.emplace(offer);
    lab->sender.policy().nodelay = true;
    lab->write(bytes);
    lab->send();
    lab->desk.now += rtt;
  }
  void hear_duplicates(int count, std::int64_t of = 0) {
    for (int i = 0; i < count; ++i) lab->acknowledge(of);
  }
  // Ten minutes after ICMP has said that the path takes half a segment.
  void begin_to_probe(const Offer& offer = {.sack = true}) {
    lab.emplace(offer);
    lab->sender.policy().nodelay = true;
    lab->desk.settings.non_validated_period = forever;
    Context context = lab->desk.context();
    lab->sender.lower_mss(500, context);
    lab->desk.now += 10min;
  }
  Info::Send shown() const { return lab->info().snd; }
  Counters& counters() { return lab->desk.counters; }

  std::optional<Lab> lab;
};

// ---- The rate of a repair -----------------------------------------------------------------------

// RFC 9937 6: what this ACK delivers was still under way when the loss was found.
TEST_F(LossEdges, TheRateOfARepairCountsWhatTheFirstAckDelivers) {
  begin(10'000);
  lab->acknowledge(0, {.sacks = {{1000, 4000}}});
  const std::uint32_t pipe = 6000, allowed = (3000 * shown().ssthresh + 9999) / 10'000;
  ASSERT_GT(pipe, shown().ssthresh);
  EXPECT_EQ(shown().in_flight_bytes, pipe);
  EXPECT_EQ(shown().cwnd, pipe + allowed);
}

// RFC 9937 6 (b): below ssthresh a segment more goes for an ACK that moves SND.UNA and shows no
// further loss.
TEST_F(LossEdges, ASafeAckLetsASegmentMoreGo) {
  struct Case {
    std::int64_t acked;
    std::vector<std::pair<std::int64_t, std::int64_t>> sacks;
    std::uint32_t cwnd;
  };
  for (const Case& each :
       {Case{1000, {{7000, 10'000}}, 2000 + 2000}, Case{0, {{1000, 2000}, {7000, 10'000}}, 2000},
        Case{1000, {{2000, 3000}, {7000, 10'000}}, 2000}}) {
    begin(30'000);
    lab->acknowledge(0, {.sacks = {{7000, 10'000}}});
    ASSERT_EQ(shown().lost_bytes, 7000u);
    ASSERT_EQ(shown().cwnd, 3000u);
    EXPECT_EQ(lab->send(), full(0, 3));
    lab->desk.now += rtt;
    lab->acknowledge(each.acked, {.sacks = each.sacks});
    EXPECT_EQ(shown().cwnd, each.cwnd) << each.acked << ' ' << each.sacks.size();
  }
}

// Nor is the ACK safe that shows the first.
TEST_F(LossEdges, TheAckThatShowsALossIsNotSafe) {
  begin(30'000);
  lab->acknowledge(1000, {.sacks = {{7000, 10'000}}});
  ASSERT_EQ(shown().lost_bytes, 6000u);
  EXPECT_EQ(shown().cwnd, 4000u);
}

// RFC 6582 3.2 (3): a partial ACK sends the next segment again, not what has just gone again.
TEST_F(LossEdges, HalfOfARepairIsNoReasonForAnother) {
  for (const std::int64_t acked : {500, 999, 1000}) {
    begin(10'000, {});
    hear_duplicates(3);
    ASSERT_EQ(lab->send(), full(0, 1));
    lab->acknowledge(acked);
    EXPECT_EQ(lab->send(), acked < 1000 ? All{} : full(1000, 1)) << acked;
  }
}

// Only the first of what goes again keeps no pace.
TEST_F(LossEdges, TheRestOfARepairKeepsThePace) {
  lab.emplace(Offer{.sack = true});
  lab->desk.settings.pacing = true;
  lab->write(10'000);
  const auto send_all = [&] {
    while (!lab->send().empty() || lab->timers.is_armed(Timer::pacing)) {
      if (lab->timers.is_armed(Timer::pacing)) lab->pass_to(Timer::pacing);
    }
  };
  send_all();
  lab->desk.now += rtt;
  lab->acknowledge(0, {.sacks = {{5000, 10'000}}});
  ASSERT_EQ(shown().lost_bytes, 5000u);
  ASSERT_GE(shown().cwnd, 5000u);
  EXPECT_EQ(lab->send().size(), 3u) << "one, and a burst of two";
  EXPECT_EQ(lab->info().limited_by, LimitedBy::pacing);
  EXPECT_TRUE(lab->timers.is_armed(Timer::pacing));
}

// RFC 6582 3.2 (3), RFC 5681 3.2 (e): without SACK the window ends a segment above what is
// outstanding, and at two when that is nothing; never above ssthresh.
TEST_F(LossEdges, ARepairWithoutSackEndsInASmallWindow) {
  struct Case {
    std::uint32_t outstanding, cwnd;
  };
  for (const Case& each :
       {Case{0, 2000}, Case{500, 2000}, Case{1000, 2000}, Case{1500, 2500}, Case{2500, 3500}}) {
    begin(10'000, {});
    hear_duplicates(3);
    EXPECT_EQ(lab->send(), full(0, 1));
    ASSERT_EQ(shown().ssthresh, 5000u);
    hear_duplicates(6);
    lab->write(each.outstanding);
    lab->send();
    ASSERT_EQ(shown().unsent_bytes, 0u);
    lab->acknowledge(10'000);
    EXPECT_EQ(shown().cwnd, each.cwnd) << each.outstanding;
  }
}

// A repair that was over before its first segment has left leaves nothing that goes before others:
// a time-out follows the probe of the tail when that is due, however late the probe is.
TEST_F(LossEdges, ARepairThatWasNotNeededIsForgotten) {
  begin(10'000);
  lab->acknowledge(0, {.sacks = {{1000, 5000}}});
  ASSERT_EQ(shown().lost_bytes, 1000u);
  lab->acknowledge(10'000);
  ASSERT_EQ(shown().lost_bytes, 0u);
  lab->write(2000);
  lab->send();
  lab->pass_to(Timer::tail_probe);
  const Duration whole = lab->until(Timer::retransmission);
  lab->desk.now += 10ms;
  EXPECT_EQ(lab->send(), (All{{11'000, 1000, false, true}}));
  EXPECT_EQ(lab->until(Timer::retransmission), whole - 10ms);
}

// ---- Time-outs ----------------------------------------------------------------------------------

// RFC 6298 5.4: one segment goes, whatever duplicates have said before.
TEST_F(LossEdges, ATimeOutForgetsWhatDuplicatesHaveSaid) {
  for (const int duplicates : {0, 1, 2}) {
    begin(10'000, {});
    hear_duplicates(duplicates);
    lab->pass_to(Timer::retransmission);
    EXPECT_EQ(shown().in_flight_bytes, 0u);
    EXPECT_EQ(lab->send(), full(0, 1));
    EXPECT_EQ(shown().in_flight_bytes, 1000u) << duplicates;
  }
}

// RFC 8985 6.3: who has heard nothing yet cannot tell what is young from what is lost.
TEST_F(LossEdges, ATimeOutBeforeAnyAckTakesAllForLost) {
  begin(1000);
  lab->pass_to(Timer::tail_probe);
  lab->send();
  lab->desk.now += lab->until(Timer::retransmission) - 10ms;
  lab->write(1000);
  ASSERT_EQ(lab->send().size(), 1u);
  lab->pass_to(Timer::retransmission);
  EXPECT_EQ(shown().lost_bytes, 2000u);
}

// Nor does who has only closed, with or without SACK.
TEST_F(LossEdges, AFinAloneGoesAgainAfterATimeOut) {
  for (const bool has_sack : {false, true}) {
    lab.emplace(Offer{.sack = has_sack});
    lab->close();
    EXPECT_EQ(lab->send(), (All{{0, 0, true}}));
    lab->pass_to(Timer::retransmission);
    EXPECT_EQ(shown().lost_bytes, 1u);
    EXPECT_EQ(lab->send(), (All{{0, 0, true}}));
    EXPECT_TRUE(lab->acknowledge(1).is_fin_acked);
  }
}

// RFC 5682 3.1 (2): a byte of new text is enough to find out whether the time-out was in vain.
TEST_F(LossEdges, AByteOfNewTextFindsOut) {
  for (const std::uint32_t unsent : {0u, 1u}) {
    begin(10'000 + unsent, {});
    lab->pass_to(Timer::retransmission);
    ASSERT_EQ(lab->send(), full(0, 1));
    lab->acknowledge(1000);
    EXPECT_EQ(lab->send().at(0).at, unsent > 0 ? 10'000 : 1000);
  }
}

// As well as a byte of the peer's window, where that has never been more than two.
TEST_F(LossEdges, AByteOfTheWindowFindsOut) {
  for (const std::uint32_t window : {1u, 2u}) {
    lab.emplace(Offer{.window = 2});
    lab->sender.policy().nodelay = true;
    for (int i = 0; i < 2; ++i) {
      lab->write(1);
      lab->sender.end_record(lab->desk.settings);  // each byte is a segment
      ASSERT_EQ(lab->send().size(), 1u);
    }
    lab->write(2);
    lab->pass_to(Timer::retransmission);
    ASSERT_EQ(lab->send(), (All{{0, 1}}));
    lab->set_window(window);
    lab->acknowledge(1);
    EXPECT_EQ(lab->send().at(0).at, window == 2 ? 2 : 1) << window;
  }
}

// RFC 7323 4: an echo tells the round trip of what was sent again; one of hours ago tells nothing.
TEST_F(LossEdges, AnEchoOfHoursAgoIsNoRoundTrip) {
  for (const std::uint32_t age : {50u, (1u << 24) - 1, 1u << 24, (1u << 24) + 1}) {
    begin(1000, {.timestamps = true});
    lab->pass_to(Timer::retransmission);
    lab->send();
    const Duration before = lab->info().srtt;
    lab->acknowledge(1000, {.echo = timestamp_at(lab->desk.now, 0) - age});
    EXPECT_EQ(lab->info().srtt != before, age < 1u << 24) << age;
    // The clock of milliseconds stands still inside a tick: rounded up.
    if (age == 50) {
      EXPECT_EQ(lab->info().srtt, (7 * before + 51ms) / 8);
    }
  }
}

// RFC 6298 5.6: a time-out begins the next one, whatever the application does before what was lost
// can go again.
TEST_F(LossEdges, ATimeOutIsTheBeginningOfTheNext) {
  begin(3000, {});
  lab->pass_to(Timer::retransmission);
  const Duration rto = lab->info().rto;
  EXPECT_EQ(lab->until(Timer::retransmission), rto);
  lab->desk.now += 10ms;
  Context context = lab->desk.context();
  lab->sender.rearm(context, lab->timers);
  EXPECT_EQ(lab->until(Timer::retransmission), rto - 10ms);
  EXPECT_EQ(lab->send().at(0).at, 0);
  EXPECT_EQ(lab->until(Timer::retransmission), rto) << "5.1: or what goes again does";
}

// Nor does one that was heard before count among the three that tell of a loss.
TEST_F(LossEdges, ATimeOutBeginsToCountDuplicatesAnew) {
  for (const int before : {0, 1, 2}) {
    lab.emplace();
    lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);  // keeps more than a segment
    lab->write(40'000);
    const auto send_all = [&] {
      while (!lab->send().empty() || lab->timers.is_armed(Timer::pacing)) {
        if (lab->timers.is_armed(Timer::pacing)) lab->pass_to(Timer::pacing);
      }
    };
    send_all();
    lab->desk.now += rtt;
    lab->acknowledge(1000);
    send_all();
    hear_duplicates(before, 1000);
    lab->pass_to(Timer::retransmission);
    for (int i = 1; i <= 3; ++i) {
      send_all();
      lab->acknowledge(1000);
      EXPECT_EQ(counters().fast_retransmits, i == 3 ? 1u : 0u) << before << ' ' << i;
    }
  }
}

// ---- Duplicates (without SACK) ------------------------------------------------------------------

// RFC 3042 2 (a), (b): one segment for each of the first two.
TEST_F(LossEdges, TwoDuplicatesLetTwoSegmentsFollow) {
  begin(20'000, {});
  for (int i = 0; i < 2; ++i) {
    hear_duplicates(1);
    EXPECT_EQ(lab->send(), full(10'000 + i * 1000, 1)) << i;
  }
  hear_duplicates(1);
  EXPECT_EQ(counters().fast_retransmits, 1u);
}

// Where duplicates are not trusted, for a large step came before, it stays at two.
TEST_F(LossEdges, UntrustedDuplicatesLetTwoSegmentsFollowAndNoMore) {
  begin(30'000, {});
  lab->pass_to(Timer::retransmission);
  EXPECT_EQ(lab->send(), full(0, 1));
  lab->acknowledge(10'000);
  ASSERT_EQ(lab->send().size(), 2u);
  std::size_t followed = 0;
  for (int i = 0; i < 6; ++i) {
    hear_duplicates(1, 10'000);
    followed += lab->send().size();
  }
  EXPECT_EQ(followed, 2u);
  EXPECT_EQ(counters().fast_retransmits, 0u);
  EXPECT_EQ(shown().in_flight_bytes, 2000u);
}

// RFC 5681 3.2 (d): no more has arrived than is outstanding, so what leaves then is in flight.
TEST_F(LossEdges, TwoDuplicatesOfOneSegmentSayThatItHasArrived) {
  for (const std::uint32_t bytes : {500u, 1000u, 1500u, 2000u, 3000u}) {
    begin(bytes, {});
    hear_duplicates(2);
    EXPECT_EQ(shown().in_flight_bytes, bytes - std::min(bytes, 2000u));
    lab->write(2000);
    lab->send();
    EXPECT_EQ(shown().in_flight_bytes, bytes - std::min(bytes, 2000u) + 2000) << bytes;
  }
}

// What they have said is over with the next ACK of something new, a repair's end as well.
TEST_F(LossEdges, WhatDuplicatesHaveSaidEndsWithTheHole) {
  begin(10'000, {});
  hear_duplicates(2);
  ASSERT_EQ(shown().in_flight_bytes, 8000u);
  lab->acknowledge(1000);
  EXPECT_EQ(shown().in_flight_bytes, 9000u);

  begin(10'000, {});
  hear_duplicates(12);
  lab->write(2000);
  ASSERT_EQ(lab->send().size(), 3u) << "the repair, and what is new";
  lab->acknowledge(10'000);
  EXPECT_EQ(shown().in_flight_bytes, 2000u);
}

// RFC 5681 3.2 (a): three tell of the segment that is missing; where it is known to be, and waits
// for its turn, they tell nothing.
TEST_F(LossEdges, DuplicatesOfWhatIsKnownToBeLostTellNothing) {
  begin(10'000, {});
  lab->pass_to(Timer::retransmission);
  ASSERT_EQ(lab->send(), full(0, 1));
  lab->acknowledge(1000);
  hear_duplicates(5, 1000);
  EXPECT_EQ(counters().fast_retransmits, 0u);
  EXPECT_STREQ(shown().phase, "loss recovery");
}

// ---- Second thoughts ----------------------------------------------------------------------------

// RFC 3708: for a round trip behind the repair a report that it was in vain takes the reduction
// back; later it may be of anything.
TEST_F(LossEdges, AReductionIsTakenBackForARoundTripAfterTheRepair) {
  for (const bool is_time_out : {false, true}) {
    for (const bool is_late : {false, true}) {
      const std::uint32_t bytes = is_time_out ? 1000 : 10'000;
      begin(bytes);
      if (is_time_out) {
        lab->pass_to_time_out();
      } else {
        lab->acknowledge(0, {.sacks = {{1000, 10'000}}});
      }
      ASSERT_EQ(lab->send().at(0).at, 0);
      lab->desk.now += rtt;
      lab->acknowledge(bytes);
      ASSERT_STRNE(shown().phase, is_time_out ? "loss recovery" : "fast recovery");
      lab->write(2000);
      lab->send();
      const std::int64_t acked = is_late ? bytes + 2000 : bytes;
      if (is_late) lab->acknowledge(acked);
      lab->acknowledge(acked, {.sacks = {{0, 1000}}});
      EXPECT_EQ(counters().reported_twice, 1u);
      EXPECT_EQ(counters().reductions_undone, is_late ? 0u : 1u) << is_time_out;
    }
  }
}

// A FIN alone is no text: nothing is looked for behind it, and only its ACK is news.
TEST_F(LossEdges, AnAckOfNothingLeavesAFinAlone) {
  for (const bool has_sack : {false, true}) {
    lab.emplace(Offer{.sack = has_sack});
    lab->close();
    ASSERT_EQ(lab->send(), (All{{0, 0, true}}));
    lab->acknowledge(0);
    EXPECT_EQ(lab->send(), All{});
    EXPECT_EQ(shown().queued_bytes, 1u);
    EXPECT_TRUE(lab->acknowledge(1).is_fin_acked);
  }
}

struct Windows : Observer {
  void on_congestion(Instant /*now*/, const FourTuple& /*tuple*/,
                     const CongestionSample& sample) override {
    last = sample;
  }
  CongestionSample last{};
};

// The end of a repair and the answer to a mark are told, though nothing grows by the same ACK.
TEST_F(LossEdges, TheWindowBehindARepairAndAMarkIsTold) {
  for (const bool is_mark : {false, true}) {
    begin(10'000);
    Windows told;
    lab->desk.observer = &told;
    if (is_mark) {
      lab->acknowledge(1000, {.is_marked = true});
    } else {
      lab->acknowledge(0, {.sacks = {{1000, 10'000}}});
      lab->send();
      lab->acknowledge(10'000);
    }
    EXPECT_EQ(told.last.cwnd_bytes, shown().cwnd) << is_mark;
    EXPECT_EQ(told.last.ssthresh_bytes, shown().ssthresh);
    EXPECT_STREQ(told.last.phase, shown().phase);
  }
}

// ---- Marks (RFC 3168) ---------------------------------------------------------------------------

// RFC 3168 6.1.2: a loss in the window that was reduced for a mark reduces it no more: it stays as
// it has become.
TEST_F(LossEdges, ALossBehindAMarkReducesNothingMore) {
  begin(20'000);
  lab->acknowledge(1000, {.is_marked = true});
  ASSERT_EQ(counters().mark_reductions, 1u);
  for (std::int64_t acked = 2000; acked <= 7000; acked += 1000) {
    lab->acknowledge(acked);
    lab->send();
  }
  const std::uint32_t before = shown().cwnd;
  ASSERT_GT(before, shown().ssthresh);
  lab->acknowledge(7000, {.sacks = {{8000, lab->position(lab->sender.nxt())}}});
  lab->desk.now += rtt;
  lab->acknowledge(7000, {.sacks = {{8000, lab->position(lab->sender.nxt())}}});
  ASSERT_STREQ(shown().phase, "fast recovery");
  EXPECT_EQ(shown().ssthresh, before);
}

// With nothing under way there is nothing to reduce: the echo goes on until something is.
TEST_F(LossEdges, AMarkWithNothingUnderWayReducesNothing) {
  begin(10'000);
  const std::uint32_t before = shown().cwnd;
  lab->acknowledge(10'000, {.is_marked = true});
  EXPECT_EQ(counters().mark_reductions, 0u);
  EXPECT_GE(shown().cwnd, before);
  EXPECT_EQ(shown().ssthresh, no_ssthresh);
}

// RFC 8257 3.3: by how much DCTCP reduces follows the share of marks, also where a peer echoes them
// as RFC 3168 says.
TEST_F(LossEdges, DctcpCountsEchoesOfMarks) {
  for (const bool is_marked : {false, true}) {
    lab.emplace(Offer{.sack = true});
    lab->sender.use(CongestionAlgorithm::dctcp, lab->desk.settings);
    std::int64_t acked = 0;
    const auto pass_round = [&](bool marks) {
      lab->write(2000);
      lab->send();
      lab->desk.now += rtt;
      lab->acknowledge(acked + 1000, {.is_marked = marks});
      lab->acknowledge(acked += 2000, {.is_marked = marks});
    };
    for (int i = 0; i < 30; ++i) pass_round(is_marked);
    for (int i = 0; i < 4; ++i) pass_round(false);
    lab->write(40'000);
    lab->send();
    lab->acknowledge(acked + 1000);
    const std::uint32_t before = shown().cwnd;
    lab->acknowledge(acked + 2000, {.is_marked = true});
    if (is_marked) {
      EXPECT_LT(shown().cwnd, before * 97 / 100);
    } else {
      EXPECT_GT(shown().cwnd, before * 98 / 100);
    }
  }
}

// ---- Probes of the path (RFC 4821) --------------------------------------------------------------

// RFC 4821 7.3: the search ends when less than eight bytes are between what passes and what may.
TEST_F(LossEdges, TheSearchEndsCloseToWhatDoesNotPass) {
  struct Case {
    std::uint32_t low, next;
  };
  for (const Case& each : {Case{1000, 1224}, Case{1437, 1442}, Case{1438, 1443}, Case{1439, 1443},
                           Case{1440, 0}, Case{1447, 0}}) {
    const Instant now = Instant{} + 1h;
    PathProbe probe;
    probe.begin(1448);
    probe.on_black_hole();
    EXPECT_EQ(probe.next_size(1447, now), 1448u) << "all of it first, however close";
    EXPECT_EQ(probe.next_size(1448, now), 0u);
    for (int i = 0; i < 2; ++i) {
      probe.on_sent(Seq{7}, 1448);
      probe.on_lost();
    }
    EXPECT_EQ(probe.next_size(each.low, now), each.next) << each.low;
  }
}

// RFC 4821 7.6.2: its loss reduces nothing, so reports that it was repaired in vain take nothing
// back, neither that nor what was reduced before.
TEST_F(LossEdges, AProbeThatWasRepairedInVainTakesNothingBack) {
  begin_to_probe();
  lab->desk.now -= 2 * rtt;
  lab->write(5000);
  ASSERT_EQ(lab->send().size(), 10u);
  lab->desk.now += rtt;
  lab->acknowledge(0, {.sacks = {{500, 5000}}});
  ASSERT_EQ(lab->send(), (All{{0, 500}}));
  lab->desk.now += rtt;
  lab->acknowledge(5000);
  ASSERT_EQ(counters().fast_retransmits, 1u);
  ASSERT_GE(shown().cwnd, 2500u);
  const std::uint32_t reduced = shown().ssthresh;
  lab->write(5000);
  ASSERT_EQ(lab->send().at(0), (Sent{5000, 1000}));
  ASSERT_EQ(counters().path_probes_sent, 1u);
  lab->desk.now += rtt;
  lab->acknowledge(5000, {.sacks = {{6000, 7500}}});
  ASSERT_EQ(counters().path_probes_lost, 1u);
  lab->send();
  lab->desk.now += rtt;
  for (const std::int64_t twice : {0, 5000, 5500}) {
    lab->acknowledge(5000, {.sacks = {{twice, twice + 500}, {5000, 7500}}});
  }
  EXPECT_EQ(counters().reported_twice, 3u);
  EXPECT_EQ(counters().reductions_undone, 0u);
  EXPECT_GE(shown().ssthresh, reduced);
}

// A time-out says nothing of a probe that was under way: it is lost with much else, or with
// nothing.
TEST_F(LossEdges, ATimeOutForgetsAProbeOfThePath) {
  for (const bool is_time_out : {false, true}) {
    begin_to_probe({});
    lab->desk.now -= 1ms;
    lab->write(1000);
    ASSERT_EQ(lab->send().size(), 2u);
    lab->desk.now += 1ms;
    lab->write(2500);
    ASSERT_EQ(lab->send().at(0), (Sent{1000, 1000}));
    ASSERT_EQ(counters().path_probes_sent, 1u);
    if (is_time_out) {
      lab->pass_to(Timer::retransmission);
      EXPECT_EQ(lab->send(), (All{{0, 500}}));
    }
    lab->acknowledge(3500);
    EXPECT_EQ(counters().path_probes_passed, is_time_out ? 0u : 1u);
    EXPECT_EQ(shown().mss, is_time_out ? 500u : 1000u);
  }
}

// RFC 8899 5.1.2: two that were lost are a verdict, and half of the way is tried next.
TEST_F(LossEdges, AfterTwoLostProbesASmallerOneIsTried) {
  begin_to_probe();
  std::int64_t acked = 0;
  std::vector<std::uint32_t> tried;
  for (int i = 0; i < 30 && tried.size() < 3; ++i) {
    lab->write(shown().cwnd);
    const std::uint32_t size = lab->send().at(0).text_bytes;
    const std::int64_t end = lab->position(lab->sender.nxt());
    lab->desk.now += rtt;
    if (size > 500) {
      tried.push_back(size);
      lab->acknowledge(acked, {.sacks = {{acked + size, end}}});
      EXPECT_EQ(counters().path_probes_lost, tried.size());
      lab->send();
      lab->desk.now += rtt;
    }
    lab->acknowledge(acked = lab->position(lab->sender.nxt()));
  }
  EXPECT_EQ(tried, (std::vector{1000u, 1000u, 750u}));
}

// Nor does the loss of what went before it, though the probe itself may have arrived.
TEST_F(LossEdges, AProbeBehindALossIsNoVerdict) {
  for (const bool is_lost : {false, true}) {
    begin_to_probe();
    lab->desk.now -= 1ms;
    lab->write(1000);
    ASSERT_EQ(lab->send().size(), 2u);
    lab->desk.now += 1ms;
    lab->write(2500);
    ASSERT_EQ(lab->send().at(0), (Sent{1000, 1000}));
    lab->desk.now += rtt;
    if (is_lost) {
      lab->acknowledge(0, {.sacks = {{1000, 3500}}});
      EXPECT_EQ(counters().fast_retransmits, 1u);
      EXPECT_EQ(lab->send(), (All{{0, 500}, {500, 500}}));
    }
    lab->acknowledge(3500);
    EXPECT_EQ(counters().path_probes_lost, 0u);
    EXPECT_EQ(counters().path_probes_passed, is_lost ? 0u : 1u);
    EXPECT_EQ(shown().mss, is_lost ? 500u : 1000u);
  }
}

}  // namespace
}  // namespace acksu::tcp::loss_edges_test
