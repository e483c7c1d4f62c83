// Moments that come seldom: nothing under way when something is asked, counters at their end,
// options that are missing where they were agreed on, settings that nobody has.
#include <gtest/gtest.h>

#include <set>

#include "tcp/congestion.h"
#include "tcp/fast_open.h"
#include "tcp/lone_test.h"
#include "tcp/sender_lab_test.h"
#include "tcp/time_wait.h"

namespace acksu::tcp {
namespace {

Segment bare_ack(std::int64_t upto) {
  Segment ack;
  ack.flags.set(Flags::ack);
  ack.seq = Seq{7000};
  ack.ack = Seq{Lab::first_seq + static_cast<std::uint32_t>(upto)};
  ack.window = 60'000;
  return ack;
}

void hear_bare_ack(Lab& lab, std::int64_t upto) {
  const Segment ack = bare_ack(upto);
  Context context = lab.desk.context();
  lab.sender.on_ack(ack, context, lab.timers);
}

// ---- Nothing is under way -----------------------------------------------------------------------

TEST(Seldom, APathThatTakesLessIsLearntInSilence) {
  Lone end;
  end.establish();
  Context context = end.desk.context();
  end.connection->lower_mss(600, context);
  EXPECT_EQ(end.connection->mss(), 600u);
  EXPECT_EQ(end.hear_said(), Lines{});
  end.write(1000);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 600}, {"ACK", 600, 0, 400}}));
}

TEST(Seldom, NoProbeWithoutTextThatWaits) {
  Lab lab;
  Context context = lab.desk.context();
  lab.sender.on_persist_time(context, lab.timers);
  EXPECT_EQ(lab.desk.counters.zero_window_probes, 0u);
  EXPECT_FALSE(lab.probes());
}

TEST(Seldom, AFinBehindTextThatWasAcknowledged) {
  Lab lab;
  lab.write(1000);
  lab.send();
  lab.acknowledge(1000);
  lab.close();
  EXPECT_EQ(lab.send(), (All{{1000, 0, true}}));
  EXPECT_TRUE(lab.acknowledge(1001).is_fin_acked);
  EXPECT_EQ(lab.info().snd.queued_bytes, 0u);
}

// ---- Options that are missing, or say what cannot be --------------------------------------------

TEST(Seldom, AnAckWithoutItsTimeStampIsNoSample) {
  Lab lab({.timestamps = true});
  lab.write(1000);
  lab.send();
  lab.pass_to_time_out();
  lab.send();
  const Duration before = lab.info().srtt;
  lab.desk.now += 500ms;
  hear_bare_ack(lab, 1000);
  EXPECT_EQ(lab.info().srtt, before);
  EXPECT_EQ(lab.info().snd.queued_bytes, 0u);
}

TEST(Seldom, AnEchoOfLongAgoIsNoSample) {
  for (const std::uint32_t age : {(1u << 24) - 1, 1u << 24}) {
    Lab lab({.timestamps = true});
    lab.write(1000);
    lab.send();
    lab.pass_to_time_out();
    lab.send();
    const Duration before = lab.info().srtt;
    lab.acknowledge(1000, {.echo = timestamp_at(lab.desk.now, 0) - age});
    EXPECT_EQ(lab.info().srtt != before, age < 1u << 24);
  }
}

// RFC 2883 section 4: a block without anything in it reports nothing.
TEST(Seldom, AnEmptyBlockReportsNothing) {
  Lab lab({.sack = true});
  lab.write(3000);
  lab.send();
  lab.acknowledge(1000, {.sacks = {{500, 500}}});
  lab.acknowledge(1000, {.sacks = {{600, 500}}});
  EXPECT_EQ(lab.desk.counters.reported_twice, 0u);
  lab.acknowledge(1000, {.sacks = {{500, 501}}});
  EXPECT_EQ(lab.desk.counters.reported_twice, 1u);
}

// A SYN+ACK with an urgent pointer: it counts from the first octet behind the SYN.
TEST(Seldom, ASynAckMayPointToUrgentText) {
  Lone end;
  end.connect();
  end.hear_said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.flags.set(Flags::urg);
  syn_ack.urgent_pointer = 5;
  end.hear(syn_ack);
  EXPECT_NE(end.connection->take_news() & News::urgent, 0);
  EXPECT_EQ(end.info().rcv.urgent_bytes, 5u);
}

TEST(Seldom, AnAckInsideTheWindowOfTimeWaitIsAcceptable) {
  Remains remains;
  remains.snd_nxt = Seq{500};
  remains.rcv_nxt = Seq{1000};
  remains.rcv_wnd = 100;
  for (const std::uint32_t seq : {1000u, 1050u, 1099u}) {
    TimeWait record{remains};
    Segment ack;
    ack.flags.set(Flags::ack);
    ack.seq = Seq{seq};
    ack.ack = Seq{500};
    EXPECT_NE(record.on_segment(ack, Instant{} + 1h, Settings{}).drop, Drop::tcp_out_of_window);
  }
}

// ---- Counters at their end ----------------------------------------------------------------------

TEST(Seldom, TransmissionsAreCountedTo255) {
  Desk desk;
  Timers timers;
  Sender opening{Opening{.tuple = {}, .iss = Seq{1}, .timestamp_offset = 0, .mss = 1000},
                 SendPolicy{.patience_ms = 900'000, .buffer_bytes = 1000}};
  Lab lab;
  lab.write(1000);
  lab.send();
  for (int i = 0; i < 300; ++i) {
    Context context = desk.context();
    opening.on_syn_sent(context, timers);
    Context later = lab.desk.context();
    lab.sender.on_retransmission_time(later, lab.timers);
    EXPECT_EQ(lab.send().size(), 1u);
  }
  EXPECT_EQ(opening.transmissions_of_oldest(), 255u);
  EXPECT_EQ(lab.info().snd.transmissions, 255);
}

TEST(Seldom, APauseOfFastOpenIsBound) {
  Desk desk;
  desk.settings.fast_open_pause = 1h;
  desk.settings.max_fast_open_pause = 3h;
  FastOpenCache cache{SipKey{1, 2}};
  const auto is_paused = [&](Duration later) {
    return !cache.attempt(desk.tuple, desk.now + later, desk.settings).has_value();
  };
  for (int i = 0; i < 300; ++i) {
    Context context = desk.context();
    cache.on_lost(context);
    const Duration pause = i == 0 ? Duration{1h} : i == 1 ? Duration{2h} : Duration{3h};
    EXPECT_TRUE(is_paused(pause - 1ns)) << i;
    EXPECT_FALSE(is_paused(pause)) << i;
  }
}

// ---- Settings and options at odds ---------------------------------------------------------------

TEST(Seldom, ACorkHoldsWhatMoreFollowsWouldLetOut) {
  Lab lab;
  lab.desk.settings.least_split_segments = 2;
  lab.sender.policy().nodelay = true;
  lab.sender.policy().more_follows = true;
  lab.sender.policy().cork = true;
  lab.write(1100);
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(1000);
  EXPECT_EQ(lab.send(), All{});
}

TEST(Seldom, AWindowThatIsKeptForEver) {
  Lab lab;
  lab.desk.settings.non_validated_period = forever;
  for (int i = 0; i < 3; ++i) {
    lab.write(20'000);
    lab.send();
    lab.desk.now += 50ms;
    lab.acknowledge(static_cast<std::int64_t>(lab.position(lab.sender.nxt())));
  }
  const std::uint32_t cwnd = lab.info().snd.cwnd;
  ASSERT_GT(cwnd, 10'000u);
  lab.send();
  lab.acknowledge(lab.position(lab.sender.nxt()));
  lab.desk.now += 10min;
  lab.write(60'000);
  EXPECT_GE(lab.send().size(), cwnd / 1000);
}

TEST(Seldom, AnOrphanKeepsNobodyAlive) {
  Lone end;
  end.establish();
  end.close();
  end.set({.keepalive = true});
  EXPECT_EQ(end.info().timers[static_cast<std::size_t>(Timer::keepalive)], never);
}

TEST(Seldom, RetriesOfASynMeanNothingAfterTheHandshake) {
  Lone end;
  end.establish();
  end.set({.syn_retries = 0});
  end.write(10);
  end.hear_said();
  end.pass(1min);
  EXPECT_EQ(end.state(), State::established);
}

TEST(Seldom, ARecordOfAnotherAlgorithmIsNoModel) {
  Congestion congestion;
  congestion.algorithm = CongestionAlgorithm::bbr;
  congestion.cwnd = 10'000;
  congestion.record.make();
  EXPECT_STREQ(congestion.control().phase(congestion), "Startup");
  EXPECT_EQ(congestion.control().pacing_rate(congestion, 100ms), 277'000u);
  EXPECT_FALSE(congestion.control().is_holding_back(congestion));
}

// RFC 3168 6.1.2: a mark in a window that was reduced for a loss reduces nothing more.
TEST(Seldom, AMarkWhileALossIsRepaired) {
  Lab lab({.sack = true});
  lab.write(20'000);
  lab.send();
  lab.desk.now += 100ms;
  lab.acknowledge(0, {.sacks = {{1000, 6000}}});
  ASSERT_EQ(lab.desk.counters.fast_retransmits, 1u);
  const std::uint32_t ssthresh = lab.info().snd.ssthresh;
  lab.acknowledge(0, {.sacks = {{1000, 7000}}, .is_marked = true});
  EXPECT_EQ(lab.desk.counters.mark_reductions, 0u);
  EXPECT_EQ(lab.info().snd.ssthresh, ssthresh);
}

TEST(Seldom, AReadThatEndsWhereASegmentDid) {
  Lone end;
  end.establish();
  end.hear("ACK", 0, 0, 10);
  end.hear("ACK", 10, 0, 10);
  EXPECT_EQ(end.read(10), text_from(0, 10));
  EXPECT_EQ(end.read(10), text_from(10, 10));
}

// ---- What sets two senders apart ----------------------------------------------------------------

TEST(Seldom, EachFlagOfASenderTellsStatesApart) {
  using Change = void (*)(Lab&);
  const Change changes[] = {
      [](Lab&) {},
      [](Lab& lab) { lab.sender.on_cork_time(); },
      [](Lab& lab) { lab.sender.let_out_once(); },
      [](Lab& lab) { lab.sender.speak_early(); },
      [](Lab& lab) { lab.sender.policy().more_follows = true; },
      [](Lab& lab) { lab.sender.policy().cork = true; },
      [](Lab& lab) { lab.sender.policy().is_urgent = true; },
      [](Lab& lab) { lab.sender.policy().nodelay = true; },
      [](Lab& lab) { lab.sender.policy().patience_ms += 1; },
      [](Lab& lab) { lab.sender.policy().buffer_bytes += 1; },
      [](Lab& lab) { lab.sender.stop_marking(); },
      [](Lab& lab) { lab.sender.on_sign_of_life(lab.desk.now + 1ms); },
      [](Lab& lab) {
        Segment segment;
        segment.seq = Seq{9000};
        lab.sender.take_place_of_window(segment);
      },
      [](Lab& lab) {
        lab.set_window(0);
        lab.acknowledge(0);
      },
      [](Lab& lab) {
        lab.set_window(0);
        lab.acknowledge(0);
        lab.write(10);
        Context context = lab.desk.context();
        lab.sender.on_persist_time(context, lab.timers);
        EXPECT_TRUE(lab.sender.may_speak());
      },
      [](Lab& lab) {
        lab.set_window(0);
        lab.acknowledge(0);
        lab.write(10);
        Context context = lab.desk.context();
        lab.sender.on_persist_time(context, lab.timers);
        EXPECT_TRUE(lab.probes());
      },
  };
  std::set<std::uint64_t> told;
  for (const Change& change : changes) {
    Lab lab;
    change(lab);
    Digest digest;
    lab.sender.digest(digest);
    EXPECT_TRUE(told.insert(digest.value()).second) << (&change - changes);
  }
}

}  // namespace
}  // namespace acksu::tcp
