// Where two things meet: a time-out in doubt and a path that takes less, a probe of the path and a
// segment that is held back, a timer that is late, a window that is small and not closed.
#include <gtest/gtest.h>

#include <array>

#include "tcp/fast_open.h"
#include "tcp/hystart.h"
#include "tcp/lone_test.h"
#include "tcp/path_probe.h"
#include "tcp/rack.h"
#include "tcp/reading_pace.h"
#include "tcp/reassembler.h"
#include "tcp/send_queue.h"
#include "tcp/sender_lab_test.h"

namespace acksu::tcp::corners_test {
namespace {

constexpr Duration search_again = 10min;  // RFC 8899 5.1.1

// ---- Probes of the path (RFC 4821, RFC 8899) ----------------------------------------------------

// ICMP said that the path takes 600 bytes; that stands for ten minutes. Then 1000 are tried.
struct ProbingLab : Lab {
  ProbingLab() : Lab({.sack = true}) {
    Context context = desk.context();
    sender.lower_mss(600, context);
    desk.now += search_again;
    write(20'000);
  }
};

// RFC 4821 7.6.2: its loss is repaired without any less in flight, and no threshold comes of it.
TEST(Corners, AProbeOfThePathThatIsLostNarrowsNoWindow) {
  ProbingLab lab;
  const std::uint32_t cwnd = lab.info().snd.cwnd;
  const All sent = lab.send();
  ASSERT_EQ(lab.desk.counters.path_probes_sent, 1u);
  EXPECT_EQ(sent[0], (Sent{0, 1000}));
  EXPECT_EQ(sent[1], (Sent{1000, 600}));
  lab.desk.now += 100ms;
  lab.acknowledge(0, {.sacks = {{1000, 2800}}});
  EXPECT_EQ(lab.desk.counters.path_probes_lost, 1u);
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 0u);
  EXPECT_EQ(lab.send()[0], (Sent{0, 600}));
  lab.desk.now += 100ms;
  lab.acknowledge(lab.position(lab.sender.nxt()));
  EXPECT_EQ(lab.info().snd.ssthresh, no_ssthresh);
  EXPECT_GE(lab.info().snd.cwnd, cwnd);
  EXPECT_EQ(lab.info().snd.mss, 600u);
}

// Where more is lost than it, that is congestion.
TEST(Corners, AProbeOfThePathAmidLossesTellsNothing) {
  ProbingLab lab;
  lab.send();
  ASSERT_EQ(lab.desk.counters.path_probes_sent, 1u);
  lab.desk.now += 100ms;
  lab.acknowledge(0, {.sacks = {{1600, 4000}}});
  EXPECT_EQ(lab.desk.counters.path_probes_lost, 0u);
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u);
  EXPECT_LT(lab.info().snd.ssthresh, no_ssthresh);
}

// Nothing is held back meanwhile: of two that are missing neither would tell anything.
TEST(Corners, NothingIsHeldBackWhileThePathIsProbed) {
  ProbingLab lab;
  lab.desk.settings.holds_back_each = 1;
  const All sent = lab.send();
  ASSERT_EQ(lab.desk.counters.path_probes_sent, 1u);
  EXPECT_EQ(lab.desk.counters.held_back, 0u);
  lab.desk.now += 100ms;
  lab.acknowledge(lab.position(lab.sender.nxt()));
  EXPECT_EQ(lab.info().snd.mss, 1000u) << "it has passed";
  lab.write(40'000);
  lab.send();
  EXPECT_EQ(lab.desk.counters.held_back, 1u);
}

// What is close enough to the largest size that was ever allowed is not taken for it.
TEST(Corners, ASearchEndsCloseToWhatIsLostNotToTheCeiling) {
  const Instant now = Instant{} + 1h;
  PathProbe fresh, lost;
  fresh.begin(1000);
  EXPECT_EQ(fresh.next_size(995, now), 1000u);
  lost.begin(1010);
  for (int i = 0; i < 2; ++i) {
    lost.on_sent(Seq{1}, 1003);
    lost.on_lost();  // 1002 may pass
  }
  EXPECT_EQ(lost.next_size(995, now), 0u);
  EXPECT_EQ(lost.next_size(995, now + search_again), 1010u);
}

// ---- A time-out in doubt (RFC 5682) -------------------------------------------------------------

// A hundred bytes have timed out and were acknowledged then: new text is to find out why. Two
// pieces that left just before the time-out are still under way.
struct DoubtingLab : Lab {
  DoubtingLab() : Lab({.sack = true}) {
    sender.policy().nodelay = true;
    write(900);
    send();
    desk.now += 100ms;
    acknowledge(900);
    write(100);
    send();
    pass_to(Timer::tail_probe);
    send();
    desk.now = timers[Timer::retransmission] - 1ms;
    for (int i = 0; i < 2; ++i) {
      write(100);
      send();
    }
    desk.now += 1ms;
    Context context = desk.context();
    EXPECT_TRUE(timers.take_due(Timer::retransmission, context));
    sender.on_retransmission_time(context, timers);
    write(20'000);
    EXPECT_EQ(send()[0], (Sent{900, 100}));
    acknowledge(1000);
  }
  std::uint32_t cwnd() const { return info().snd.cwnd; }
};

// RFC 5682 3.1 (3), for a receiver without room: an ACK once more lets one repair out.
TEST(Corners, AnAckOnceMoreLetsARepairOut) {
  DoubtingLab lab;
  ASSERT_LT(lab.cwnd(), 3 * mss);
  lab.acknowledge(1000);
  EXPECT_EQ(lab.cwnd(), 3 * mss);
}

// A timer is no ACK that has come once more.
TEST(Corners, ATimerTellsNothingOfATimeOut) {
  DoubtingLab lab;
  const std::uint32_t cwnd = lab.cwnd();
  Context context = lab.desk.context();
  lab.sender.on_reordering_time(context, lab.timers);
  EXPECT_EQ(lab.cwnd(), cwnd);
  lab.acknowledge(1000);
  EXPECT_EQ(lab.cwnd(), 3 * mss) << "still in doubt";
}

// What left just before the time-out was never lost: that it arrives tells nothing, and the doubt
// ends.
TEST(Corners, TextThatWasNotLostEndsTheDoubt) {
  DoubtingLab lab;
  lab.acknowledge(1100);
  EXPECT_EQ(lab.desk.counters.reductions_undone, 0u);
  const std::uint32_t cwnd = lab.cwnd();
  ASSERT_LT(cwnd, 3 * mss);
  lab.acknowledge(1100);
  EXPECT_EQ(lab.cwnd(), cwnd);
}

// RFC 8201 5.4: what was too large for the path goes again at once, in doubt or not.
TEST(Corners, APathThatTakesLessHearsOldTextFirst) {
  DoubtingLab lab;
  Context context = lab.desk.context();
  lab.sender.lower_mss(50, context);
  EXPECT_EQ(lab.send()[0], (Sent{1000, 50}));
}

// ---- Timers -------------------------------------------------------------------------------------

// A host that was busy comes late, and the time-out is over, too: what was overtaken is lost, and
// has a whole time-out before it.
TEST(Corners, ATimerForReorderingThatIsLate) {
  Lab lab({.sack = true});
  lab.write(10'000);
  lab.send();
  lab.desk.now += 100ms;
  lab.acknowledge(0, {.sacks = {{1000, 2000}}});
  ASSERT_TRUE(lab.timers.is_armed(Timer::reordering));
  lab.desk.now += 10s;
  lab.pass_to(Timer::reordering);
  EXPECT_EQ(lab.until(Timer::retransmission), lab.info().rto);
  EXPECT_EQ(lab.send()[0], (Sent{0, 1000}));
  EXPECT_EQ(lab.desk.counters.retransmission_time_outs, 0u);
}

// RFC 8985 7.3: a probe of the end waits for no pace.
TEST(Corners, AProbeOfTheEndWaitsForNoPace) {
  for (const bool is_probe : {true, false}) {
    Lab lab({.sack = true});
    lab.desk.settings.pacing = true;
    lab.write(30'000);
    const std::size_t burst = lab.send().size();
    ASSERT_LT(burst, 10u) << "the pace holds the rest back";
    ASSERT_TRUE(lab.timers.is_armed(Timer::pacing));
    if (is_probe) {
      Context context = lab.desk.context();
      lab.sender.on_tail_probe_time(context, lab.timers);
    }
    EXPECT_EQ(lab.send().size(), is_probe ? 1u : 0u);
  }
}

// RFC 5681 3.2: what is marked lost already, and was not sent again yet, is not lost once more.
TEST(Corners, DuplicatesOfWhatIsAboutToGoAgain) {
  Lab lab;
  lab.write(10'000);
  lab.send();
  lab.pass_to_time_out();
  EXPECT_EQ(lab.send(), full(0, 1));
  lab.acknowledge(1000);
  const std::uint32_t cwnd = lab.info().snd.cwnd;
  ASSERT_GT(cwnd, mss);
  for (int i = 0; i < 3; ++i) lab.acknowledge(1000);
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 0u);
  EXPECT_EQ(lab.info().snd.cwnd, cwnd);
}

// ---- Windows ------------------------------------------------------------------------------------

// A window that is small is not closed, though it is probed (RFC 9293 3.8.6.2.1 (4)).
TEST(Corners, ASmallWindowIsNotClosed) {
  Lab lab;
  lab.set_window(100);
  lab.acknowledge(0);
  lab.write(5000);
  EXPECT_EQ(lab.send(), All{});
  lab.pass_to(Timer::persist);
  EXPECT_EQ(lab.sender.closed_since(), std::nullopt);
  EXPECT_EQ(lab.send(), (All{{0, 100}}));
}

// Nor does a closed one keep anybody waiting who has nothing to say.
TEST(Corners, AClosedWindowWithNothingBeforeIt) {
  Lab lab;
  lab.write(1000);
  lab.send();
  const Instant sent = lab.desk.now;
  lab.set_window(0);
  lab.acknowledge(0);
  lab.pass_to_time_out();
  EXPECT_EQ(lab.sender.closed_since(), sent);
  lab.send();
  lab.acknowledge(1000);
  EXPECT_EQ(lab.sender.closed_since(), std::nullopt);
}

// As Linux counts (RFC 7661 4.3 asks for less): a window below twice of what was under way may grow
// beyond that, and one that is not may not.
TEST(Corners, AWindowOfTwiceWhatWasUnderWayDoesNotGrow) {
  const auto growth = [](std::uint64_t bytes) {
    Lab lab;
    lab.desk.settings.grows_by_delivery = true;
    const std::uint32_t before = lab.info().snd.cwnd;
    lab.write(bytes);
    lab.send();
    lab.desk.now += 100ms;
    lab.acknowledge(static_cast<std::int64_t>(bytes));
    return lab.info().snd.cwnd - before;
  };
  EXPECT_EQ(growth(5'000), 0u);
  EXPECT_EQ(growth(6'000), 6'000u);
}

// RFC 3168 6.1.2: who has only a FIN under way has no window to reduce.
TEST(Corners, AMarkOfAFinAlone) {
  Lab lab;
  lab.close();
  EXPECT_EQ(lab.send(), (All{{0, 0, true}}));
  const std::uint32_t cwnd = lab.info().snd.cwnd;
  lab.acknowledge(0, {.is_marked = true});
  EXPECT_EQ(lab.desk.counters.mark_reductions, 0u);
  EXPECT_EQ(lab.info().snd.cwnd, cwnd);
  EXPECT_TRUE(lab.acknowledge(1).is_fin_acked);
}

// RFC 8257 3.5, RFC 7661 4.4.1: where the window was not in use a mark takes it down to what was,
// and of that DCTCP keeps what its share of marks says; others keep half.
TEST(Corners, AMarkInAWindowThatWasNotUsed) {
  const auto kept = [](CongestionAlgorithm algorithm) {
    Lab lab;
    lab.sender.use(algorithm, lab.desk.settings);
    std::int64_t acked = 0;
    const auto exchange = [&](std::uint64_t bytes, bool is_marked) {
      lab.write(bytes);
      lab.send();
      lab.desk.now += 100ms;
      const std::int64_t before = lab.position(lab.sender.nxt());
      acked = is_marked ? before - 1000 : before;
      lab.acknowledge(acked, {.is_marked = is_marked});
    };
    for (int i = 0; i < 40; ++i) exchange(i < 3 ? 20'000 : 5'000, false);
    EXPECT_STREQ(lab.info().snd.phase, "non-validated");
    exchange(5'000, true);
    EXPECT_EQ(lab.desk.counters.mark_reductions, 1u);
    return lab.info().snd.cwnd;
  };
  using enum CongestionAlgorithm;
  EXPECT_LT(kept(new_reno), 4'000u);
  EXPECT_GT(kept(dctcp), kept(new_reno));
}

// ---- What an idle sender keeps ------------------------------------------------------------------

TEST(Corners, AFlightThatKnowsReorderingIsKept) {
  Flight overtaken, repairing;
  overtaken.rack.on_reordering_seen();
  EXPECT_FALSE(overtaken.is_forgettable());
  repairing.validation.begin_repair(1000, Instant{} + 1h, 100ms);
  EXPECT_FALSE(repairing.is_forgettable());
}

// A connection that has ended amid a repair, whose text is gone.
TEST(Corners, ARepairIsNotForgottenBeforeItsEnd) {
  Lab lab({.sack = true});
  lab.write(10'000);
  lab.send();
  lab.desk.now += 100ms;
  lab.acknowledge(0, {.sacks = {{1000, 6000}}});
  ASSERT_STREQ(lab.info().snd.phase, "fast recovery");
  Context context = lab.desk.context();
  lab.sender.clear(context);
  lab.sender.rest(lab.desk.settings);
  EXPECT_GT(lab.info().min_rtt, Duration::zero());
}

// Whatever state it is in, all memory comes back.
TEST(Corners, ReleaseGivesBackWhatNobodyHasRead) {
  for (const bool is_reset : {true, false}) {
    Lone end;
    end.establish();
    end.hear("ACK", 0, 0, 1000);
    if (is_reset) {
      end.hear("RST", 1000, 0);
    } else {
      end.shut_down();
      end.hear_said();
      end.hear("FIN+ACK", 1000, 1);
    }
    EXPECT_EQ(end.state(), is_reset ? State::closed : State::time_wait);
    EXPECT_GT(end.desk.memory.held(), 0u);
    Context context = end.desk.context();
    end.connection->release(context);
    EXPECT_EQ(end.desk.memory.held(), 0u);
  }
}

TEST(Corners, AnEmptyQueueHasNoFront) {
  const SendQueue queue{Seq{1000}};
  EXPECT_FALSE(queue.is_front_sacked());
  EXPECT_FALSE(queue.was_front_repaired());
  EXPECT_EQ(queue.front_text(), 0u);
  EXPECT_EQ(queue.front_transmissions(), 0u);
}

// ---- Numbers at their ends ----------------------------------------------------------------------

// RFC 8985 6.2 (4): a quarter of a round trip more for each round with duplicates, while they help;
// sixteen rounds without take all of it back.
TEST(Corners, TheWindowForReorderingGrowsSoFar) {
  Rack rack;
  rack.take_handshake(100ms, Instant{} + 1h);
  rack.on_reordering_seen();
  const RackView view{.sacked_pieces = 0, .is_recovering = false, .srtt = 1h};
  Duration before = rack.patience(view), last = before;
  std::uint32_t seq = 0;
  int grown = 0;
  for (int i = 0; i < 300; ++i) {
    rack.on_duplicate_report(Seq{++seq});
    rack.on_progress(Seq{seq});
    if (rack.patience(view) > last) ++grown;
    EXPECT_GE(rack.patience(view), last) << i;
    last = rack.patience(view);
  }
  EXPECT_EQ(last - before, grown * Duration{25ms});
  EXPECT_LT(grown, 300);
  rack.on_duplicate_report(Seq{++seq});
  EXPECT_EQ(rack.patience(view), last);
}

// What lay behind a hole and was forgotten leaves less than was there before: nothing came.
TEST(Corners, ARoundThatLostWhatWasHereBringsNothing) {
  const Instant now = Instant{} + 1h;
  const auto place = [&](Duration since, std::uint32_t nxt, std::uint32_t early) {
    return ReadingPace::Place{.now = now + since,
                              .nxt = Seq{nxt},
                              .edge = Seq{nxt + 60'000},
                              .clock = 1000,
                              .early = early,
                              .has_timestamps = true};
  };
  ReadingPace pace;
  pace.begin(place(0ms, 0, 50'000), 1000);
  pace.on_echo(1001, now + 100ms);
  EXPECT_EQ(pace.on_all_read(place(100ms, 30'000, 0), 1000), 0u);
}

// The block of text that was asked about, not one before it.
TEST(Corners, WhatIsHeldOfAPart) {
  Desk desk;
  Reassembler early;
  early.allow(10);
  for (const std::uint32_t start : {10u, 40u}) {
    Context context = desk.context();
    early.insert(Seq{start}, BufferChain(desk.pool.copy_of(bytes_of(text_from(start, 10)))),
                 context);
  }
  EXPECT_EQ(early.held_within(Seq{30}, Seq{60}), (SackBlock{Seq{40}, Seq{50}}));
  EXPECT_EQ(early.held_within(Seq{20}, Seq{40}), std::nullopt);
  EXPECT_EQ(early.held_within(Seq{15}, Seq{45}), (SackBlock{Seq{15}, Seq{20}}));
  Context context = desk.context();
  early.clear(context);
}

TEST(Corners, ATrainOfAcksTellsSlowStartsApart) {
  const auto told = [](Duration between) {
    HyStart slow_start;
    Instant now = Instant{} + 1h;
    std::uint32_t una = 1000;
    for (int i = 0; i < 200; ++i) {
      now += between;
      una += 1000;
      slow_start.on_ack({.now = now,
                         .una = Seq{una},
                         .nxt = Seq{una + 500'000},
                         .rtt = Duration{100ms},
                         .srtt = 100ms});
    }
    Digest digest;
    slow_start.digest(digest);
    return std::pair{slow_start.is_over(), digest.value()};
  };
  EXPECT_TRUE(told(1ms).first);
  EXPECT_FALSE(told(50ms).first);
  EXPECT_NE(told(1ms).second, told(50ms).second);
}

// ---- Segments -----------------------------------------------------------------------------------

// RFC 9293 MUST-62: what goes again cannot point farther than its field can say, for it would name
// an octet that has left as ordinary text.
TEST(Corners, OldTextFarFromTheUrgentEndDoesNotPoint) {
  Settings settings;
  settings.initial_window_segments = 200;
  settings.burst_segments = 0;
  settings.send_buffer = 200'000;
  Lone end({}, settings);
  end.connect();
  end.hear_said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.options.window_scale = 4;
  end.hear(syn_ack);
  end.hear("ACK", 0, 0);
  ASSERT_EQ(end.write(100'000), 100'000u);
  Context context = end.desk.context();
  EXPECT_EQ(end.connection->mark_urgent(context), Error::none);
  ASSERT_EQ(end.said().size(), 100u);
  end.desk.now = end.connection->deadline();
  Context later = end.desk.context();
  end.connection->on_time(later);
  const std::vector<Segment> again = end.said();
  ASSERT_FALSE(again.empty());
  EXPECT_EQ(again[0].seq, Seq{Lone::ours});
  EXPECT_FALSE(again[0].has(Flags::urg));
  end.hear("ACK", 0, 50'000);
  const std::vector<Segment> nearer = end.said();
  ASSERT_FALSE(nearer.empty());
  EXPECT_EQ(nearer[0].urgent_pointer, 50'000);
}

// Text that a server did not take is not small text that others wait for.
TEST(Corners, TextThatCameBackTellsStatesApart) {
  FastOpen fast_open{FastOpenKeys{SipKey{1, 2}}, FastOpenCache{SipKey{3, 4}}};
  std::uint64_t told[2];
  for (const bool has_text : {false, true}) {
    Lone end;
    end.desk.fast_open = &fast_open;
    Context context = end.desk.context();
    context.tuple = &end.desk.tuple;
    const std::array<std::uint8_t, 8> cookie{1, 2, 3, 4, 5, 6, 7, 8};
    fast_open.cache.on_answer({.option = *FastOpenOption::of(cookie), .mss = 1000}, context);
    end.connect();
    if (has_text) end.connection->want_fast_open();
    end.write(100);
    end.hear_said();
    end.hear("SYN+ACK", -1, 0);
    Digest digest;
    end.connection->digest(digest);
    told[has_text] = digest.value();
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 100}}));
  }
  EXPECT_NE(told[0], told[1]);
}

// ---- Who listens --------------------------------------------------------------------------------

// Whoever listens to nothing changes nothing.
TEST(Corners, AnObserverNeedNotListen) {
  Observer nobody;
  Lines lines[2];
  for (const bool is_observed : {false, true}) {
    Lone end;
    if (is_observed) end.desk.observer = &nobody;
    end.establish();
    end.write(3000);
    lines[is_observed] = end.hear_said();
    for (const Line& line : end.pass(5s)) lines[is_observed].push_back(line);
    end.hear("ACK", 0, 3000);
    end.close();
    for (const Line& line : end.hear_said()) lines[is_observed].push_back(line);
  }
  EXPECT_EQ(lines[0], lines[1]);
  EXPECT_GT(lines[0].size(), 4u);
  nobody.on_window({}, {}, {});
  nobody.on_memory({}, {}, "connection", 1);
}

}  // namespace
}  // namespace acksu::tcp::corners_test
