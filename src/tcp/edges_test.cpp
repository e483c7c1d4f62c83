// Edges of the small records that a connection is made of: the last number that counts and the
// first that does not, and that each of their fields tells states apart. Most were found by mutants
// (scripts/mutate.py) that no other test noticed.
#include <gtest/gtest.h>

#include "base/digest.h"
#include "tcp/accurate_ecn.h"
#include "tcp/ack_policy.h"
#include "tcp/congestion.h"
#include "tcp/connection.h"
#include "tcp/delivery_log.h"
#include "tcp/desk_test.h"
#include "tcp/path_probe.h"
#include "tcp/prr.h"
#include "tcp/reading_pace.h"
#include "tcp/tail_probe.h"
#include "tcp/time_wait.h"
#include "tcp/timers.h"
#include "tcp/undo.h"

namespace acksu::tcp {
namespace {

// What a record tells the explorer of itself.
template <class Record>
auto told_by(const Record& record) {
  Digest digest;
  record.digest(digest);
  return digest.value();
}

Segment text_segment(std::uint32_t seq, std::uint32_t bytes, BufferPool& pool) {
  Segment segment;
  segment.flags.set(Flags::ack);
  segment.seq = Seq{seq};
  if (bytes > 0) segment.text.append(pool.copy_of(bytes_of(text_from(0, bytes))));
  return segment;
}

// ---- Undo ---------------------------------------------------------------------------------------

struct UndoEdges : testing::Test {
  void send_again(std::uint32_t seq, std::uint32_t bytes, std::uint32_t timestamp = 50) {
    undo.on_sent_again(text_segment(seq, bytes, pool), timestamp);
  }
  BufferPool pool;
  Undo undo;
};

TEST_F(UndoEdges, OnlyReportsOfAllThatWasSentAgainRefute) {
  EXPECT_FALSE(undo.is_refuted_by({Seq{0}, Seq{10}}));  // nothing was reduced
  undo.begin(Seq{100});
  EXPECT_FALSE(undo.is_refuted_by({Seq{100}, Seq{110}}));  // nothing was sent again
  send_again(100, 10);
  send_again(110, 10);
  EXPECT_FALSE(undo.is_refuted_by({Seq{99}, Seq{120}}));  // of before the reduction
  EXPECT_FALSE(undo.is_refuted_by({Seq{100}, Seq{110}}));
  EXPECT_TRUE(undo.is_refuted_by({Seq{110}, Seq{120}}));
}

TEST_F(UndoEdges, OneByteThatWasNotReportedIsEnoughToDoubt) {
  undo.begin(Seq{100});
  send_again(100, 10);
  EXPECT_FALSE(undo.is_refuted_by({Seq{100}, Seq{109}}));
  EXPECT_TRUE(undo.is_refuted_by({Seq{100}, Seq{109}}));  // more than there was left
}

// RFC 3522 3.2 (5): an echo of before the first retransmission, once all of them are acknowledged.
TEST_F(UndoEdges, AnEchoOfBeforeRefutes) {
  undo.begin(Seq{100});
  EXPECT_FALSE(undo.is_refuted_by_echo(49, Seq{100}));  // nothing was sent again
  send_again(100, 10, 50);
  send_again(110, 10, 60);  // the first counts
  EXPECT_FALSE(undo.is_refuted_by_echo(49, Seq{119}));
  EXPECT_TRUE(undo.is_refuted_by_echo(49, Seq{120}));
  EXPECT_FALSE(undo.is_refuted_by_echo(50, Seq{120}));
  EXPECT_FALSE(undo.is_refuted_by_echo(51, Seq{120}));
  undo.forget();
  EXPECT_FALSE(undo.is_refuted_by_echo(49, Seq{120}));
}

TEST_F(UndoEdges, EndsBehindWhatWasUnderWay) {
  undo.begin(Seq{100});
  EXPECT_TRUE(undo.is_repairing());
  undo.on_progress(Seq{500});
  EXPECT_TRUE(undo.is_possible());  // the repair goes on
  undo.on_recovery_over(Seq{300});
  EXPECT_FALSE(undo.is_repairing());
  undo.on_progress(Seq{300});
  EXPECT_TRUE(undo.is_possible());
  undo.on_progress(Seq{301});
  EXPECT_FALSE(undo.is_possible());
  EXPECT_FALSE(undo.is_repairing());
}

TEST_F(UndoEdges, EachFieldTellsStatesApart) {
  undo.begin(Seq{100});
  std::vector<decltype(told_by(undo))> told{told_by(undo)};
  send_again(100, 10, 50);
  told.push_back(told_by(undo));
  Undo other;
  other.begin(Seq{100});
  other.on_sent_again(text_segment(100, 10, pool), 51);
  told.push_back(told_by(other));
  undo.is_refuted_by({Seq{100}, Seq{105}});
  told.push_back(told_by(undo));
  undo.on_recovery_over(Seq{300});
  told.push_back(told_by(undo));
  undo.on_recovery_over(Seq{301});
  told.push_back(told_by(undo));
  undo.forget();
  told.push_back(told_by(undo));
  for (std::size_t i = 0; i < told.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(told[i], told[j]) << i << ' ' << j;
  }
}

// ---- Tail probe (RFC 8985 7.4.2) ----------------------------------------------------------------

TEST(TailProbeEdges, JudgesTheAcksAtItsEnd) {
  const auto probed = [](bool is_again) {
    TailProbe probe;
    probe.on_sent(Seq{100}, is_again);
    return probe;
  };
  TailProbe none;
  EXPECT_FALSE(none.take_loss(Seq{200}, false, true));

  TailProbe early = probed(true);
  EXPECT_FALSE(early.take_loss(Seq{99}, false, true));
  EXPECT_TRUE(early.is_under_way());
  EXPECT_FALSE(early.take_loss(Seq{100}, false, false));  // not bare: it may be anything
  EXPECT_TRUE(early.is_under_way());
  EXPECT_FALSE(early.take_loss(Seq{100}, false, true));
  EXPECT_FALSE(early.is_under_way());

  TailProbe repaired = probed(true);
  EXPECT_TRUE(repaired.take_loss(Seq{101}, false, true));
  EXPECT_FALSE(repaired.is_under_way());

  TailProbe twice = probed(true);
  EXPECT_FALSE(twice.take_loss(Seq{101}, true, true));
  EXPECT_FALSE(twice.is_under_way());

  TailProbe fresh = probed(false);
  EXPECT_FALSE(fresh.take_loss(Seq{101}, false, true));
  EXPECT_FALSE(fresh.is_under_way());
  EXPECT_NE(told_by(probed(true)), told_by(probed(false)));
  EXPECT_NE(told_by(fresh), told_by(probed(false)));
}

// ---- ACKs (RFC 5681 4.2) ------------------------------------------------------------------------

struct AckEdges : testing::Test {
  AckEdges() { desk.settings.quick_acks = 0; }
  void hear(AckPolicy& policy, std::uint32_t bytes, std::uint32_t full = 1000) {
    Context context = desk.context();
    policy.on_in_order(bytes, full, context, timers);
  }
  void send(AckPolicy& policy, bool is_pure) {
    policy.on_ack_sent(is_pure, desk.context(), timers);
  }
  Desk desk;
  Timers timers;
};

TEST_F(AckEdges, TheSecondFullSegmentIsAnswered) {
  AckPolicy policy{desk.settings};
  hear(policy, 1000);
  EXPECT_FALSE(policy.is_owed());
  EXPECT_EQ(timers[Timer::delayed_ack], desk.now + desk.settings.delayed_ack);
  hear(policy, 999);
  EXPECT_FALSE(policy.is_owed());
  hear(policy, 1);
  EXPECT_TRUE(policy.is_owed());
  send(policy, true);
  EXPECT_FALSE(policy.is_owed());
  EXPECT_FALSE(timers.is_armed(Timer::delayed_ack));
  hear(policy, 1000);  // counted from the ACK
  EXPECT_FALSE(policy.is_owed());
}

TEST_F(AckEdges, MoreThanASegmentIsSeveral) {
  AckPolicy policy{desk.settings};
  hear(policy, 3000);
  EXPECT_EQ(policy.largest_segment(), 1000u);
  EXPECT_TRUE(policy.is_owed());
  AckPolicy large{desk.settings};
  hear(large, 70'000, 80'000);
  EXPECT_EQ(large.largest_segment(), 0xffffu);
}

TEST_F(AckEdges, TheFirstSegmentsAreAnsweredAtOnce) {
  desk.settings.quick_acks = 2;
  AckPolicy counted{desk.settings};
  hear(counted, 1000);
  EXPECT_TRUE(counted.is_owed());
  send(counted, true);
  hear(counted, 1000);
  EXPECT_TRUE(counted.is_owed());
  send(counted, true);
  hear(counted, 1000);
  EXPECT_FALSE(counted.is_owed());
}

TEST_F(AckEdges, BeingQuickAnswersWhatWaits) {
  AckPolicy idle{desk.settings}, waiting{desk.settings}, slow{desk.settings};
  hear(waiting, 1);
  hear(slow, 1);
  idle.set_quick(1);
  waiting.set_quick(1);
  slow.set_quick(0);
  EXPECT_FALSE(idle.is_owed());
  EXPECT_TRUE(waiting.is_owed());
  EXPECT_FALSE(slow.is_owed());
}

TEST_F(AckEdges, EachSegmentOutOfOrderHasAnAckOfItsOwn) {
  AckPolicy policy{desk.settings};
  policy.on_out_of_order();
  policy.on_out_of_order();
  send(policy, false);  // with text: what came out of order still wants its ACKs
  EXPECT_TRUE(policy.is_owed());
  send(policy, true);
  EXPECT_TRUE(policy.is_owed());
  send(policy, true);
  EXPECT_FALSE(policy.is_owed());
  policy.on_out_of_order();
  policy.owe();
  send(policy, true);  // the first answers the text in order
  EXPECT_TRUE(policy.is_owed());
  hear(policy, 1);  // the hole is filled: it was only late
  EXPECT_FALSE(policy.is_owed());
}

TEST_F(AckEdges, EachFieldTellsStatesApart) {
  AckPolicy policy{desk.settings};
  std::vector<decltype(told_by(policy))> told{told_by(policy)};
  hear(policy, 10);
  told.push_back(told_by(policy));
  send(policy, true);
  told.push_back(told_by(policy));  // what it knows of the segments stays
  policy.on_out_of_order();
  told.push_back(told_by(policy));
  policy.owe();
  told.push_back(told_by(policy));
  desk.settings.quick_acks = 3;
  told.push_back(told_by(AckPolicy{desk.settings}));
  for (std::size_t i = 0; i < told.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(told[i], told[j]) << i << ' ' << j;
  }
}

// ---- Proportional rate reduction (RFC 9937 6) ---------------------------------------------------

TEST(PrrEdges, RoundsUpWhatIsDue) {
  Prr prr;
  prr.begin(10'000);
  // One byte of 10,000 arrives: half a byte is due, which is one; but the first repair goes.
  EXPECT_EQ(prr.window({.delivered = 1, .pipe = 8000, .ssthresh = 5000, .mss = 1000}), 9000u);
  prr.on_sent(1);
  EXPECT_EQ(prr.window({.delivered = 0, .pipe = 8000, .ssthresh = 5000, .mss = 1000}), 8000u);
  EXPECT_EQ(prr.window({.delivered = 2, .pipe = 8000, .ssthresh = 5000, .mss = 1000}), 8001u);
  EXPECT_EQ(prr.window({.delivered = 1, .pipe = 8000, .ssthresh = 5000, .mss = 1000}), 8001u);
  EXPECT_EQ(prr.window({.delivered = 1, .pipe = 8000, .ssthresh = 5000, .mss = 1000}), 8002u);
}

TEST(PrrEdges, FillsUpToItsGoalAndNoFurther) {
  Prr prr;
  prr.begin(10'000);
  prr.on_sent(5000);
  const PrrStep at{.delivered = 1000, .pipe = 5000, .ssthresh = 5000, .mss = 1000};
  EXPECT_EQ(prr.window(at), 5000u);
  PrrStep below{.delivered = 1000, .pipe = 3000, .ssthresh = 5000, .mss = 500};
  EXPECT_EQ(prr.window(below), 4000u);  // what arrives
  below.is_safe = true;
  EXPECT_EQ(prr.window(below), 4500u);  // and a segment more
  below.pipe = 4900;
  EXPECT_EQ(prr.window(below), 5000u);
}

TEST(PrrEdges, EachFieldTellsStatesApart) {
  Prr prr;
  prr.begin(1000);
  const auto first = told_by(prr);
  prr.on_sent(1);
  const auto second = told_by(prr);
  prr.window({.delivered = 1, .pipe = 1, .ssthresh = 1, .mss = 1});
  const auto third = told_by(prr);
  prr.begin(1001);
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  EXPECT_NE(told_by(prr), first);
}

// ---- Timers -------------------------------------------------------------------------------------

struct TimerNotes : Observer {
  void on_timer(Instant /*now*/, const FourTuple& /*tuple*/, const TimerSample& note) override {
    notes.push_back({note.timer, note.change, note.deadline});
  }
  struct Note {
    Timer timer;
    TimerChange change;
    Instant deadline;
    bool operator==(const Note&) const = default;
  };
  std::vector<Note> notes;
};

TEST(TimerEdges, WhatHappensIsTold) {
  Desk desk;
  Timers timers;
  TimerNotes notes;
  Context context = desk.context();
  context.observer = &notes;
  using enum TimerChange;
  timers.arm(Timer::delayed_ack, desk.now + 1ms, context);
  timers.arm_if_idle(Timer::delayed_ack, desk.now, context);  // runs already
  timers.disarm(Timer::delayed_ack, context);
  timers.disarm(Timer::delayed_ack, context);  // nothing left to say
  timers.arm(Timer::retransmission, desk.now, context);
  EXPECT_TRUE(timers.take_due(Timer::retransmission, context));
  EXPECT_FALSE(timers.take_due(Timer::retransmission, context));
  const std::vector<TimerNotes::Note> expected{{Timer::delayed_ack, armed, desk.now + 1ms},
                                               {Timer::delayed_ack, disarmed, desk.now + 1ms},
                                               {Timer::retransmission, armed, desk.now},
                                               {Timer::retransmission, fired, desk.now}};
  EXPECT_EQ(notes.notes, expected);
}

TEST(TimerEdges, AllThatRunAreDisarmed) {
  Desk desk;
  Timers timers;
  TimerNotes notes;
  Context context = desk.context();
  timers.arm(Timer::reordering, desk.now + 3ms, context);
  timers.arm(Timer::keepalive, desk.now + 4ms, context);
  timers.arm(Timer::user_timeout, desk.now + 5ms, context);
  EXPECT_EQ(timers.earliest_deadline(), desk.now + 3ms);
  context.observer = &notes;
  timers.disarm_all(context);
  EXPECT_EQ(timers.earliest_deadline(), never);
  ASSERT_EQ(notes.notes.size(), 3u);
  EXPECT_EQ(notes.notes[0].timer, Timer::reordering);
  EXPECT_EQ(notes.notes[1].timer, Timer::keepalive);
  EXPECT_EQ(notes.notes[2].timer, Timer::user_timeout);
}

// Those that look for losses have one place: one of them runs.
TEST(TimerEdges, OneOfThoseThatShareAPlaceRuns) {
  Desk desk;
  Timers timers;
  Context context = desk.context();
  timers.arm(Timer::retransmission, desk.now + 1s, context);
  timers.arm(Timer::tail_probe, desk.now + 2s, context);
  EXPECT_FALSE(timers.is_armed(Timer::retransmission));
  EXPECT_TRUE(timers.is_armed(Timer::tail_probe));
  EXPECT_TRUE(timers.is_loss_watched());
  const auto before = told_by(timers);
  timers.disarm_loss(context);
  EXPECT_FALSE(timers.is_loss_watched());
  EXPECT_NE(told_by(timers), before);
}

// ---- Path probe (RFC 8899 5) --------------------------------------------------------------------

TEST(PathProbeEdges, HalvesWhatIsLeft) {
  const Instant now = Instant{} + 1h;
  PathProbe probe;
  EXPECT_FALSE(probe.has_begun());
  probe.begin(9000);
  EXPECT_TRUE(probe.has_begun());
  probe.on_black_hole();
  EXPECT_EQ(probe.next_size(1000, now), 9000u);  // all of it first
  EXPECT_EQ(probe.next_size(9000, now), 0u);
  probe.on_sent(Seq{500}, 9000);
  EXPECT_EQ(probe.next_size(1000, now), 0u);  // one at a time
  EXPECT_TRUE(probe.is_at(Seq{500}));
  EXPECT_FALSE(probe.is_at(Seq{501}));
  probe.on_lost();  // one loss is no verdict
  EXPECT_FALSE(probe.is_at(Seq{500}));
  EXPECT_EQ(probe.next_size(1000, now), 9000u);
  probe.on_sent(Seq{500}, 9000);
  probe.on_lost();
  EXPECT_EQ(probe.next_size(1000, now), 5000u);  // half way to 8999, rounded up
  probe.on_sent(Seq{500}, 5000);
  EXPECT_FALSE(probe.take_passed(Seq{5499}));
  EXPECT_TRUE(probe.take_passed(Seq{5500}));
  EXPECT_FALSE(probe.take_passed(Seq{5500}));
  EXPECT_EQ(probe.next_size(5000, now), 7000u);
}

// RFC 8899 5.1.2: each size is tried twice.
TEST(PathProbeEdges, TwoLossesOfOneSizeAreAVerdict) {
  const Instant now = Instant{} + 1h;
  PathProbe probe;
  probe.begin(1400);
  const auto lose = [&] {
    const std::uint32_t size = probe.next_size(500, now);
    probe.on_sent(Seq{100}, size);
    probe.on_lost();
    EXPECT_FALSE(probe.is_under_way());
    return size;
  };
  EXPECT_EQ(lose(), 1400u);
  EXPECT_EQ(lose(), 1400u);
  EXPECT_EQ(lose(), 950u);
  EXPECT_EQ(lose(), 950u);
  EXPECT_EQ(lose(), 725u);
  // One that passes in between makes the next loss the first again.
  probe.on_sent(Seq{100}, 725);
  EXPECT_FALSE(probe.take_passed(Seq{824}));
  EXPECT_TRUE(probe.take_passed(Seq{825}));
  EXPECT_EQ(lose(), 725u);
  EXPECT_EQ(lose(), 725u);
  EXPECT_EQ(lose(), 612u);
}

// What is under way says nothing once somebody else has said what passes.
TEST(PathProbeEdges, WhatIsToldEndsTheSearch) {
  const Instant now = Instant{} + 1h;
  PathProbe told, hole;
  for (PathProbe* each : {&told, &hole}) {
    each->begin(1400);
    each->on_sent(Seq{100}, 1400);
  }
  told.on_told(now);
  EXPECT_FALSE(told.is_under_way());
  EXPECT_EQ(told.next_size(500, now + 10min - 1ns), 0u);
  EXPECT_EQ(told.next_size(500, now + 10min), 1400u);
  EXPECT_EQ(told.next_size(1400, now + 10min), 0u);
  hole.on_black_hole();
  EXPECT_FALSE(hole.is_under_way());
  EXPECT_EQ(hole.next_size(500, now), 1400u);
}

TEST(PathProbeEdges, ForgetsWhatGoesAgain) {
  const auto sent = [] {
    PathProbe probe;
    probe.begin(9000);
    probe.on_sent(Seq{100}, 50);
    return probe;
  };
  PathProbe before = sent(), behind = sent(), first = sent(), last = sent();
  before.on_sent_again(Seq{50}, Seq{100});
  EXPECT_TRUE(before.is_under_way());
  behind.on_sent_again(Seq{150}, Seq{200});
  EXPECT_TRUE(behind.is_under_way());
  first.on_sent_again(Seq{50}, Seq{101});
  EXPECT_FALSE(first.is_under_way());
  last.on_sent_again(Seq{149}, Seq{200});
  EXPECT_FALSE(last.is_under_way());
  EXPECT_NE(told_by(before), told_by(last));
}

// ---- Reading pace -------------------------------------------------------------------------------

struct ReadingEdges : testing::Test {
  ReadingPace::Place place(Duration since, std::uint32_t nxt, bool has_timestamps) const {
    return {.now = Instant{} + 1h + since,
            .nxt = Seq{nxt},
            .edge = Seq{nxt + 60'000},
            .clock = 1000,
            .early = 0,
            .has_timestamps = has_timestamps};
  }
  ReadingPace pace;
};

TEST_F(ReadingEdges, ARoundEndsWithTheAnswerToWhatItSaid) {
  pace.begin(place(0ms, 0, true), 1000);
  EXPECT_EQ(pace.on_all_read(place(50ms, 30'000, true), 1000), 0u);  // not over
  pace.on_echo(1000, Instant{} + 1h + 60ms);                         // of before
  EXPECT_EQ(pace.on_all_read(place(60ms, 30'000, true), 1000), 0u);
  pace.on_echo(1001, Instant{} + 1h + 100ms);
  // Three times the ten segments of the beginning, of which twice as many count: twice 30,000 and
  // 16 segments, and twice that.
  EXPECT_EQ(pace.on_all_read(place(100ms, 30'000, true), 1000), 2u * (60'000 + 16'000));
  pace.on_echo(1002, Instant{} + 1h + 200ms);
  // As much as before is more than what the beginning had: nothing has grown yet.
  EXPECT_GT(pace.on_all_read(place(200ms, 60'000, true), 1000), 0u);
  pace.on_grown();
  pace.on_echo(1002, Instant{} + 1h + 300ms);
  EXPECT_EQ(pace.on_all_read(place(300ms, 90'000, true), 1000), 0u);
  pace.on_echo(1002, Instant{} + 1h + 400ms);
  EXPECT_GT(pace.on_all_read(place(400ms, 120'001, true), 1000), 0u);
}

// Whoever waited for a hole read for longer than a round trip: only the share of one counts.
TEST_F(ReadingEdges, AFilledHoleCountsForOneRoundTrip) {
  pace.begin(place(0ms, 0, true), 1000);
  pace.on_echo(1001, Instant{} + 1h + 100ms);
  pace.on_hole_filled();
  const std::uint32_t held = pace.on_all_read(place(400ms, 80'000, true), 1000);
  ReadingPace free;
  free.begin(place(0ms, 0, true), 1000);
  free.on_echo(1001, Instant{} + 1h + 100ms);
  const std::uint32_t all = free.on_all_read(place(400ms, 80'000, true), 1000);
  EXPECT_EQ(all, 2u * (160'000 + 16'000));
  EXPECT_EQ(held / 1000, 2u * (40'000 + 16'000) / 1000);
}

TEST_F(ReadingEdges, APauseIsNoRound) {
  pace.begin(place(0ms, 0, true), 1000);
  pace.on_echo(1001, Instant{} + 1h + 1s);
  ReadingPace longer = pace;
  EXPECT_GT(pace.on_all_read(place(60s, 100'000, true), 1000), 0u);
  EXPECT_EQ(longer.on_all_read(place(60'001ms, 100'000, true), 1000), 0u);
}

// ---- Delivery log -------------------------------------------------------------------------------

TEST(DeliveryLogEdges, TheNewestSendingIsMeasured) {
  BufferPool pool;
  DeliveryLog log;
  const Instant start = Instant{} + 1h;
  log.on_sent(1000, 1000, start, pool);
  log.on_sent(1000, 2000, start + 10ms, pool);
  Delivery both;
  both.add({start, Seq{1000}}, 1000, false, false);
  both.add({start + 10ms, Seq{500}}, 1000, true, false);
  const auto sample = log.on_delivered(both, 2000, start + 110ms);
  ASSERT_TRUE(sample.has_value());
  EXPECT_EQ(sample->rtt, Duration{110ms});  // of what was sent once
  EXPECT_EQ(sample->tx_in_flight, 2000u);   // of the newest, sent again
  EXPECT_EQ(sample->prior_delivered, 0u);
  EXPECT_EQ(sample->delivered, 2000u);
  EXPECT_FALSE(log.on_delivered(Delivery{}, 0, start + 120ms).has_value());
}

TEST(DeliveryLogEdges, OnlyOnceSentIsMeasuredToo) {
  BufferPool pool;
  DeliveryLog log;
  const Instant start = Instant{} + 1h;
  log.on_sent(1000, 1000, start, pool);
  Delivery once;
  once.add({start, Seq{1000}}, 1000, false, false);
  EXPECT_EQ(log.on_delivered(once, 1000, start + 100ms)->bytes_per_second, 10'000u);
}

// ---- Delivery -----------------------------------------------------------------------------------

TEST(DeliveryEdges, RemembersTheLatestTheLowestAndTheHighest) {
  const Instant at = Instant{} + 1h;
  Delivery delivery;
  delivery.add({at, Seq{300}}, 100, false, false);
  delivery.add({at, Seq{200}}, 100, false, true);
  delivery.add({at + 1ms, Seq{100}}, 100, true, true);
  EXPECT_EQ(delivery.bytes(), 300u);
  EXPECT_EQ(delivery.latest_once()->end, Seq{300});
  EXPECT_EQ(delivery.latest_again()->end, Seq{100});
  EXPECT_EQ(delivery.lowest_once(), Seq{200});
  EXPECT_EQ(delivery.highest(), Seq{300});
  EXPECT_TRUE(delivery.is_loss_refuted());
  Delivery again;
  again.add({at, Seq{100}}, 100, true, true);
  EXPECT_FALSE(again.is_loss_refuted());
  EXPECT_FALSE(again.lowest_once().has_value());
  EXPECT_TRUE(is_later({at, Seq{101}}, {at, Seq{100}}));
  EXPECT_FALSE(is_later({at, Seq{100}}, {at, Seq{100}}));
  EXPECT_FALSE(is_later({at, Seq{101}}, {at + 1ns, Seq{100}}));
}

// ---- Congestion ---------------------------------------------------------------------------------

TEST(CongestionEdges, PacesTwiceAsFastBelowHalfOfTheThreshold) {
  Congestion congestion;
  congestion.ssthresh = 20'000;
  congestion.cwnd = 9'999;
  EXPECT_EQ(congestion.control().pacing_rate(congestion, 100ms), 199'980u);
  congestion.cwnd = 10'000;
  EXPECT_EQ(congestion.control().pacing_rate(congestion, 100ms), 120'000u);
}

TEST(CongestionEdges, TakesBackWhatItRemembers) {
  Congestion congestion;
  congestion.cwnd = 8000;
  congestion.ssthresh = 9000;
  congestion.undo();  // nothing to take back
  EXPECT_EQ(congestion.cwnd, 8000u);
  congestion.remember();
  congestion.cwnd = congestion.ssthresh = 4000;
  congestion.undo();
  EXPECT_EQ(congestion.cwnd, 8000u);
  EXPECT_EQ(congestion.ssthresh, 9000u);
  congestion.cwnd = congestion.ssthresh = 4000;
  congestion.undo();  // once
  EXPECT_EQ(congestion.cwnd, 4000u);
}

// ---- Accurate ECN (RFC 9768) --------------------------------------------------------------------

struct MarkEdges : testing::Test {
  bool hear(Ecn ecn, std::uint32_t bytes, std::uint32_t packets = 1) {
    Segment segment = text_segment(1, bytes, pool);
    segment.ecn = ecn;
    return counter.on_segment(segment, packets);
  }
  AccEcnOption tell(std::uint32_t room = 40) {
    Segment segment;
    counter.fill(segment, room, AccEcnOptions::of_news);
    return segment.options.acc_ecn;
  }
  BufferPool pool;
  MarkCounter counter{accurate_agreement()};
};

TEST_F(MarkEdges, BytesAreCountedByTheirCodepoint) {
  EXPECT_FALSE(tell().is_given());  // no news
  hear(Ecn::not_capable, 10);
  EXPECT_FALSE(tell().is_given());
  hear(Ecn::capable, 0);  // without text nothing moves
  EXPECT_FALSE(tell().is_given());
  hear(Ecn::capable, 10);
  hear(Ecn::capable_1, 20);
  hear(Ecn::congestion_experienced, 30);
  EXPECT_EQ(counter.counts().e0b, 11u);
  EXPECT_EQ(counter.counts().e1b, 21u);
  EXPECT_EQ(counter.counts().ceb, 30u);
  EXPECT_EQ(counter.counts().cep, 6u);
  const AccEcnOption all = tell();
  EXPECT_EQ(all.ect_0(), 11u);
  EXPECT_EQ(all.ect_1(), 21u);
  EXPECT_FALSE(tell().is_given());  // told
}

// RFC 9768 3.2.3.3: no more fields than have moved.
TEST_F(MarkEdges, OnlyWhatHasMovedIsTold) {
  hear(Ecn::capable, 10);
  const AccEcnOption zero = tell();
  EXPECT_EQ(zero.ect_0(), 11u);
  EXPECT_FALSE(zero.ect_1().has_value());
  MarkCounter one{accurate_agreement()};
  Segment segment = text_segment(1, 10, pool);
  segment.ecn = Ecn::capable_1;
  one.on_segment(segment, 1);
  Segment out;
  one.fill(out, 40, AccEcnOptions::of_news);
  EXPECT_EQ(out.options.acc_ecn.ect_1(), 11u);
  EXPECT_FALSE(out.options.acc_ecn.ect_0().has_value());
}

TEST_F(MarkEdges, MarkedBytesAreToldBesideTheOthers) {
  for (const Ecn ecn : {Ecn::capable, Ecn::capable_1}) {
    counter = MarkCounter{accurate_agreement()};
    hear(ecn, 10);
    hear(Ecn::congestion_experienced, 30);
    const AccEcnOption both = tell();
    EXPECT_EQ(both.ce(), 30u);
    EXPECT_EQ(both.ect_0().has_value(), ecn == Ecn::capable);
    EXPECT_EQ(both.ect_1().has_value(), ecn == Ecn::capable_1);
  }
}

// RFC 9768 3.2.3.2.2: text that comes again twice says that ACKs with options do not arrive.
TEST_F(MarkEdges, TextThatComesAgainTwiceEndsOptions) {
  const auto again = [&](std::uint32_t seq) {
    counter.on_again(text_segment(seq, 10, pool), 1);
    hear(Ecn::capable, 10);
    return tell().is_given();
  };
  EXPECT_TRUE(again(100));
  EXPECT_TRUE(again(200)) << "another text";
  EXPECT_FALSE(again(200));
}

TEST_F(MarkEdges, AnOptionThatFindsNoRoomComesLater) {
  hear(Ecn::capable, 10);
  EXPECT_FALSE(tell(0).is_given());
  EXPECT_TRUE(tell().is_given());
}

// RFC 9768 3.2.2.5.1.
TEST_F(MarkEdges, MarksAreAcknowledgedSoon) {
  EXPECT_TRUE(hear(Ecn::congestion_experienced, 10));  // a change
  tell();
  EXPECT_FALSE(hear(Ecn::congestion_experienced, 10));
  EXPECT_TRUE(hear(Ecn::congestion_experienced, 10));  // the second
  tell();
  EXPECT_FALSE(hear(Ecn::congestion_experienced, 0));
  EXPECT_FALSE(hear(Ecn::congestion_experienced, 0));
  EXPECT_TRUE(hear(Ecn::congestion_experienced, 0));  // the third without text
  tell();
  EXPECT_FALSE(hear(Ecn::capable, 10));
  EXPECT_TRUE(hear(Ecn::congestion_experienced, 10));
}

TEST_F(MarkEdges, MarksThatWaitForAnAckAreCountedAsFarAsItMatters) {
  EXPECT_TRUE(hear(Ecn::congestion_experienced, 10, 254));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(hear(Ecn::congestion_experienced, 10)) << i;
  EXPECT_EQ(counter.counts().cep, 5u + 257);
}

TEST_F(MarkEdges, EachFieldTellsStatesApart) {
  std::vector<decltype(told_by(counter))> told{told_by(counter)};
  for (const Ecn ecn : {Ecn::capable, Ecn::capable_1, Ecn::congestion_experienced}) {
    hear(ecn, 1);
    told.push_back(told_by(counter));
  }
  tell();
  told.push_back(told_by(counter));
  hear(Ecn::congestion_experienced, 0);
  told.push_back(told_by(counter));
  for (std::size_t i = 0; i < told.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(told[i], told[j]) << i << ' ' << j;
  }
}

// ---- TIME-WAIT (RFC 9293 3.10.7.4) --------------------------------------------------------------

TEST(TimeWaitEdges, TextThatReachesIntoTheWindowIsAcceptable) {
  Remains remains;
  remains.snd_nxt = Seq{500};
  remains.rcv_nxt = Seq{1000};
  remains.rcv_wnd = 100;
  BufferPool pool;
  const auto answer = [&](std::uint32_t seq, std::uint32_t bytes) {
    TimeWait record{remains};
    Segment segment = text_segment(seq, bytes, pool);
    segment.ack = Seq{500};
    return record.on_segment(segment, Instant{} + 1h, Settings{}).drop;
  };
  EXPECT_EQ(answer(999, 1), Drop::tcp_out_of_window);
  EXPECT_NE(answer(999, 2), Drop::tcp_out_of_window);    // its end is in
  EXPECT_NE(answer(1099, 50), Drop::tcp_out_of_window);  // its beginning is
  EXPECT_EQ(answer(1100, 1), Drop::tcp_out_of_window);
  EXPECT_NE(answer(1000, 0), Drop::tcp_out_of_window);
  EXPECT_EQ(answer(1100, 0), Drop::tcp_out_of_window);
  EXPECT_EQ(answer(999, 0), Drop::tcp_out_of_window);
}

TEST(TimeWaitEdges, StampsItsAcksWhenTheConnectionHadStamps) {
  Remains remains;
  remains.has_timestamps = true;
  remains.ts_recent = 5;
  EXPECT_TRUE(TimeWait{remains}.ack({}, 0, Instant{} + 1h).options.has_timestamps);
  remains.has_timestamps = false;
  EXPECT_FALSE(TimeWait{remains}.ack({}, 0, Instant{} + 1h).options.has_timestamps);
}

}  // namespace
}  // namespace acksu::tcp
