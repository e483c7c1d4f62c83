// Edges of the sending half, again: what duplicates say and when they say it no more, how a window
// grows behind a time-out, what goes at once when a path takes less, when a larger segment is
// tried, and what waits for what. Numbers are relative to the first byte of text.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp::repair_edges_test {
namespace {

constexpr Duration rtt = 100ms;

// A path of 100 ms, on which so much is under way.
class RepairEdges : public testing::Test {
 protected:
  void begin(std::uint64_t bytes, const Offer& offer = {.sack = true}) {
    lab.emplace(offer);
    lab->write(bytes);
    lab->send();
    lab->desk.now += rtt;
  }
  void hear_duplicates(int count) {
    for (int i = 0; i < count; ++i) lab->acknowledge(0);
  }
  void lower_mss(std::uint32_t bytes) {
    Context context = lab->desk.context();
    lab->sender.lower_mss(bytes, context);
  }
  Info::Send shown() const { return lab->info().snd; }
  Counters& counters() { return lab->desk.counters; }
  bool is_armed(Timer timer) const { return lab->timers.is_armed(timer); }

  std::optional<Lab> lab;
};

// ---- Duplicates (without SACK) ------------------------------------------------------------------

// RFC 5681 3.2: three of the same ACK; those of an older one are counted no more.
TEST_F(RepairEdges, AnAckOfSomethingNewBeginsTheCountAnew) {
  for (const int before : {1, 2}) {
    begin(10'000, {});
    hear_duplicates(before);
    lab->acknowledge(1000);
    for (int i = 1; i <= 3; ++i) {
      EXPECT_EQ(counters().fast_retransmits, 0u) << before << ' ' << i;
      lab->acknowledge(1000);
    }
    EXPECT_EQ(counters().fast_retransmits, 1u) << before;
  }
}

// RFC 5681 3.2 (d): however many a liar sends, no more has arrived than is outstanding; what leaves
// later is in flight.
TEST_F(RepairEdges, DuplicatesSpeakOfNoMoreThanIsOutstanding) {
  for (const int duplicates : {8, 10, 20}) {
    begin(10'000, {});
    hear_duplicates(duplicates);
    EXPECT_EQ(lab->send(), full(0, 1));
    lab->acknowledge(1000);
    lab->write(2000);
    EXPECT_EQ(lab->send(), (All{{1000, 1000}, {10'000, 1000}, {11'000, 1000, false, true}}));
    EXPECT_EQ(shown().in_flight_bytes, duplicates == 8 ? 3000u : 2000u) << duplicates;
  }
}

// ---- Losses -------------------------------------------------------------------------------------

// RFC 5681 3.1: a segment for each ACK in slow start, also where little was under way when text
// left last (RFC 7661 4.3 is of those who use less than they may).
TEST_F(RepairEdges, BehindATimeOutEachAckLetsTheWindowGrow) {
  begin(10'000, {});
  lab->pass_to(Timer::retransmission);
  EXPECT_EQ(lab->send(), full(0, 1));
  ASSERT_EQ(shown().cwnd, mss);
  ASSERT_EQ(shown().ssthresh, 5 * mss);
  for (std::uint32_t i = 1; i <= 4; ++i) {
    lab->acknowledge(i * mss);
    EXPECT_EQ(shown().cwnd, (i + 1) * mss) << "though nothing has left since";
  }
}

// An ACK that says what was said changes nothing, whatever waits to be sent again.
TEST_F(RepairEdges, AnAckWithoutNewsTellsAModelOfNoLoss) {
  lab.emplace(Offer{.sack = true});
  lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);
  lab->write(10'000);
  lab->send();
  while (is_armed(Timer::pacing)) {
    lab->pass_to(Timer::pacing);
    lab->send();
  }
  ASSERT_FALSE(lab->sender.has_unsent());
  lab->desk.now += rtt;
  const auto hear = [&] {
    lab->acknowledge(0, {.sacks = {{3000, 10'000}}});
    Digest digest;
    lab->sender.digest(digest);
    return digest.value();
  };
  const std::uint64_t told = hear();
  ASSERT_EQ(shown().lost_bytes, 3000u);
  EXPECT_EQ(hear(), told);
}

// draft-ietf-ccwg-bbr 4.3.1.3: six losses of a round trip end the startup. What was known to be
// lost when a time-out finds more, and could not go again yet, counts once: these are five.
TEST_F(RepairEdges, ATimeOutTellsAModelOfWhatItFindsAlone) {
  for (const bool is_one_more_lost : {false, true}) {
    lab.emplace(Offer{.sack = true});
    lab->sender.use(CongestionAlgorithm::bbr, lab->desk.settings);
    lab->write(10'000);
    lab->send();
    while (is_armed(Timer::pacing)) {
      lab->pass_to(Timer::pacing);
      lab->send();
    }
    lab->desk.now += rtt;
    lab->acknowledge(0, {.sacks = {{2000, is_one_more_lost ? 7000 : 8000}}});
    ASSERT_EQ(shown().lost_bytes, 2000u);
    ASSERT_EQ(lab->send(1), full(0, 1));
    ASSERT_EQ(shown().lost_bytes, 1000u);
    lab->pass_to(Timer::retransmission);
    ASSERT_EQ(shown().lost_bytes, is_one_more_lost ? 5000u : 4000u);
    lab->acknowledge(1000);
    lab->acknowledge(10'000);
    EXPECT_EQ(shown().phase == std::string("Startup"), !is_one_more_lost) << shown().phase;
  }
}

// RFC 8985 6.2 (2): an echo of the repair's own time is an answer to it, and what was sent again
// just before it is lost once more; an older echo is an answer to what was sent first.
TEST_F(RepairEdges, AnEchoOfTheRepairIsAnAnswerToIt) {
  for (const std::uint32_t older : {0u, 1u}) {
    begin(10'000, {.sack = true, .timestamps = true});
    lab->acknowledge(0, {.sacks = {{3000, 10'000}}});
    const std::uint32_t again = timestamp_at(lab->desk.now, 0);
    ASSERT_EQ(lab->send(), full(0, 3));
    lab->desk.now += rtt;
    lab->acknowledge(1000, {.sacks = {{2000, 10'000}}, .echo = again - older});
    EXPECT_EQ(lab->send(), older == 0 ? full(1000, 1) : All{}) << older;
  }
}

// ---- A path that takes less (RFC 8201 5.4) ------------------------------------------------------

// All that was under way goes again, and until it is acknowledged that is being repaired; no
// congestion.
TEST_F(RepairEdges, WhatWasTooLargeIsRepairedUntilAllOfItIsAcknowledged) {
  begin(10'000);
  const std::uint32_t before = shown().cwnd;
  lower_mss(500);
  EXPECT_EQ(shown().lost_bytes, 10'000u);
  EXPECT_EQ(lab->send().size(), 20u);
  for (const std::int64_t acked : {500, 5000, 9999}) {
    lab->acknowledge(acked);
    EXPECT_STREQ(shown().phase, "loss recovery") << acked;
  }
  lab->acknowledge(10'000);
  EXPECT_STREQ(shown().phase, "slow start");
  EXPECT_GE(shown().cwnd, before);
}

// RFC 9293 SHLD-16: a window that has shrunk lets the oldest text go again, and no more.
TEST_F(RepairEdges, WhatWasTooLargeGoesAgainIntoAClosedWindow) {
  begin(10'000, {});
  lab->set_window(0);
  lab->acknowledge(0);
  lower_mss(500);
  EXPECT_EQ(lab->send(), (All{{0, 500}}));
  EXPECT_EQ(lab->info().limited_by, LimitedBy::peer_window);
}

// ---- A path that may take more (RFC 4821) -------------------------------------------------------

// RFC 4821 7.4: as many segments behind the probe as tell of its loss must be allowed by the
// congestion window, and the probe beside what is under way.
TEST_F(RepairEdges, AProbeOfThePathWantsACongestionWindowForItAndThreeSegments) {
  struct Case {
    std::uint32_t window_segments, under_way;
    bool is_probed;
  };
  for (const Case& each : {Case{5, 0, true}, Case{4, 0, false}, Case{5, 3, true}, Case{5, 4, false},
                           Case{5, 5, false}}) {
    lab.emplace();
    lab->desk.settings.non_validated_period = Duration::zero();
    lab->desk.settings.initial_window_segments = each.window_segments;
    lower_mss(500);
    lab->desk.now += 10min - 1ms;
    lab->write(each.under_way * 500);
    EXPECT_EQ(lab->send().size(), each.under_way);
    lab->desk.now += 1ms;
    lab->write(5000);
    lab->send();
    EXPECT_EQ(counters().path_probes_sent, each.is_probed ? 1u : 0u)
        << each.window_segments << ' ' << each.under_way;
    EXPECT_LE(shown().in_flight_bytes, each.window_segments * 500);
  }
}

// RFC 4821 7.4: none is sent while a loss is repaired, for its own loss would not be told apart.
TEST_F(RepairEdges, NoProbeOfThePathWhileALossIsRepaired) {
  for (const bool is_lost : {true, false}) {
    lab.emplace(Offer{.sack = true});
    lab->desk.settings.non_validated_period = forever;
    lower_mss(500);
    lab->desk.now += 10min - rtt;
    lab->write(10'000);
    ASSERT_EQ(lab->send().size(), 20u);
    lab->desk.now += rtt;
    lab->write(10'000);
    if (is_lost) {
      lab->acknowledge(0, {.sacks = {{500, 10'000}}});
    } else {
      lab->acknowledge(10'000);
    }
    const All sent = lab->send();
    EXPECT_GT(sent.size(), 5u);
    EXPECT_EQ(counters().path_probes_sent, is_lost ? 0u : 1u);
  }
}

// RFC 4821 7.6.2: the window of an earlier loss is kept, too, when a probe is lost alone.
TEST_F(RepairEdges, AProbeThatIsLostAloneKeepsTheWindow) {
  begin(10'000);
  lab->desk.settings.non_validated_period = forever;
  lab->acknowledge(0, {.sacks = {{1000, 10'000}}});
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(10'000);
  ASSERT_EQ(shown().ssthresh, 5000u);
  std::int64_t acked = 10'000;
  while (shown().cwnd < 7000) {
    const std::uint32_t bytes = shown().cwnd;
    lab->write(bytes);
    lab->send();
    lab->desk.now += rtt;
    lab->acknowledge(acked += bytes);
  }
  lower_mss(500);
  lab->desk.now += 10min;
  lab->write(5000);
  ASSERT_EQ(lab->send().at(0).text_bytes, 1000u);
  lab->desk.now += rtt;
  lab->acknowledge(acked, {.sacks = {{acked + 1000, acked + 5000}}});
  EXPECT_EQ(counters().path_probes_lost, 1u);
  EXPECT_EQ(counters().fast_retransmits, 1u) << "that was before";
  lab->send();
  lab->desk.now += rtt;
  lab->acknowledge(acked + 5000);
  EXPECT_EQ(shown().cwnd, 7000u);
}

// ---- What waits ---------------------------------------------------------------------------------

// Where both windows are full the peer's is named: to open it is up to him.
TEST_F(RepairEdges, TheSmallerWindowIsWhatLimits) {
  for (const std::uint32_t window : {9'999u, 10'000u, 10'001u}) {
    lab.emplace(Offer{.window = window});
    ASSERT_EQ(shown().cwnd, 10'000u);
    lab->write(20'000);
    lab->send();
    EXPECT_EQ(lab->info().limited_by,
              window > 10'000 ? LimitedBy::congestion_window : LimitedBy::peer_window);
  }
}

// RFC 9293 3.8.6.1: a window is probed when it is what text waits for.
TEST_F(RepairEdges, TextThatACorkHoldsProbesNoWindow) {
  lab.emplace();
  lab->sender.policy().cork = true;
  lab->write(500);
  EXPECT_EQ(lab->send(), All{});
  EXPECT_EQ(lab->info().limited_by, LimitedBy::cork);
  EXPECT_TRUE(is_armed(Timer::cork));
  EXPECT_FALSE(is_armed(Timer::persist));
  lab->set_window(0);
  lab->acknowledge(0);
  EXPECT_EQ(lab->send(), All{});
  EXPECT_TRUE(is_armed(Timer::persist)) << "now it is the window";
}

// RFC 9293 MUST-17: who wants no delay lets out what a cork holds, and nothing that one will hold.
TEST_F(RepairEdges, ACorkHoldsWhatComesAfterItWhoeverWantsNoDelay) {
  Lone end;
  end.establish();
  end.set({.nodelay = true});
  end.set({.nodelay = true, .cork = true});
  end.write(100);
  EXPECT_EQ(end.hear_said(), Lines{});
  end.set({.cork = true});
  EXPECT_EQ(end.hear_said(), Lines{});
  end.set({.nodelay = true, .cork = true});
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 100}})) << "only now it is asked for";
}

// Whatever is asked for, a byte may be unsent.
TEST_F(RepairEdges, AtLeastOneByteMayWaitToBeSent) {
  for (const std::uint32_t wanted : {0u, 1u, 2u, 3u}) {
    Lone end({.window = 0});
    end.establish();
    end.set({.notsent_lowat_bytes = wanted});
    EXPECT_EQ(end.write(10), std::max(wanted, 1u));
    Context context = end.desk.context();
    EXPECT_FALSE(end.connection->await_room(context)) << wanted;
  }
}

// A buffer that holds two windows wants no memory, and nobody hears that there is too little.
TEST_F(RepairEdges, ABufferOfTwoWindowsAsksForNoMore) {
  for (const std::uint32_t missing : {0u, 1u}) {
    lab.emplace();
    ASSERT_EQ(shown().cwnd, 10'000u);
    lab->sender.policy().may_buffer_grow = true;
    lab->sender.policy().buffer_bytes = 20'000 - missing;
    ASSERT_TRUE(lab->desk.memory.charge(lab->desk.memory.free() - 40'000));
    Context context = lab->desk.context();
    lab->sender.fit_buffer(context);
    EXPECT_EQ(counters().buffers_kept_small, missing);
    EXPECT_EQ(counters().buffers_grown, 0u);
    EXPECT_EQ(shown().buffer_bytes, 20'000 - missing);
  }
}

// What is written before the handshake is over is cut as if time stamps were agreed on: each
// segment is one piece then, summed once.
TEST_F(RepairEdges, TextOfBeforeTheHandshakeIsCutAsItLeaves) {
  for (const bool has_timestamps : {true, false}) {
    Settings settings;
    settings.timestamps = has_timestamps;
    Lone end({.timestamps = has_timestamps}, settings);
    end.connect();
    end.said();
    end.write(5000);
    end.hear("SYN+ACK", -1, 0);
    const std::vector<Segment> text = end.said();
    ASSERT_EQ(text.size(), 6u - (has_timestamps ? 0 : 1));
    for (const Segment& segment : text) EXPECT_EQ(segment.text.count(), 1u);
    EXPECT_EQ(text[0].text.size(), has_timestamps ? 988u : 1000u);
  }
}

// ---- What is told -------------------------------------------------------------------------------

// A device may be given as much as is paced in a millisecond: in slow start twice the window in a
// round trip (of 100 ms; the quotient is 10 / 1024).
TEST_F(RepairEdges, ADeviceIsGivenTwiceTheWindowOfAMillisecond) {
  for (const std::uint32_t segments : {102u, 103u}) {
    lab.emplace(Offer{.sack = true, .window = 400'000, .shift = 3, .max_split_bytes = 60'000});
    lab->desk.settings.least_split_segments = 1;
    lab->write(600'000);
    std::int64_t acked = 0;
    while (shown().cwnd < segments * mss) {
      lab->send();
      lab->desk.now += rtt;
      const std::int64_t sent = lab->position(lab->sender.nxt());
      while (acked < sent && shown().cwnd < segments * mss) lab->acknowledge(acked += mss);
    }
    ASSERT_EQ(shown().cwnd, segments * mss);
    ASSERT_EQ(lab->info().srtt, rtt);
    ASSERT_STREQ(shown().phase, "slow start");
    EXPECT_EQ(lab->send().at(0).text_bytes, segments * 20 / 1024 * mss) << segments;
  }
}

}  // namespace
}  // namespace acksu::tcp::repair_edges_test
