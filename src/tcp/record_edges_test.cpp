// Edges of the small records again, where nothing had looked: what each counts, forgets or gives
// back at its first and its last step.
#include <gtest/gtest.h>

#include "tcp/accurate_ecn.h"
#include "tcp/ack_policy.h"
#include "tcp/answer.h"
#include "tcp/congestion.h"
#include "tcp/delivery_log.h"
#include "tcp/desk_test.h"
#include "tcp/flight.h"
#include "tcp/half_open.h"
#include "tcp/path_probe.h"
#include "tcp/prr.h"
#include "tcp/reassembler.h"
#include "tcp/send_queue.h"
#include "tcp/undo.h"

namespace acksu::tcp::record_edges_test {
namespace {

const Instant start = Instant{} + 1h;

// ---- Answers that are limited (RFC 5961 section 7) ----------------------------------------------

TEST(RecordEdges, OneAnswerInAnInterval) {
  for (const Instant at : {Instant{}, Instant{} + 1ms, Instant{} + 2ms, start}) {
    AnswerLimit limit;
    EXPECT_TRUE(limit.may_answer(at, 500ms));
    EXPECT_FALSE(limit.may_answer(at, 500ms));
    EXPECT_FALSE(limit.may_answer(at + 498ms, 500ms));
    EXPECT_TRUE(limit.may_answer(at + 501ms, 500ms));
    EXPECT_FALSE(limit.may_answer(at + 502ms, 500ms));
  }
}

// ---- Flight -------------------------------------------------------------------------------------

TEST(RecordEdges, ATimeOutForgetsWhatWasLookedFor) {
  Flight flight;
  flight.frto = Frto::probing;
  flight.tail_probe.on_sent(Seq{5}, false);
  flight.is_tail_probe_owed = true;
  flight.look_at = start;
  flight.rto_at = start;
  flight.on_time_out();
  EXPECT_EQ(flight.frto, Frto::off);
  EXPECT_FALSE(flight.tail_probe.is_under_way());
  EXPECT_FALSE(flight.is_tail_probe_owed);
  EXPECT_EQ(flight.look_at, never);
  EXPECT_EQ(flight.rto_at, start);
}

TEST(RecordEdges, ARepairThatIsOverLeavesNoDoubt) {
  Flight flight;
  flight.frto = Frto::probing;
  flight.undo.begin(Seq{5});
  flight.on_recovery_over(Seq{50});
  EXPECT_EQ(flight.frto, Frto::off);
  EXPECT_TRUE(flight.undo.is_possible()) << "reports still come";
  EXPECT_FALSE(flight.undo.is_repairing());
}

// RFC 4015: a further reduction is another one, and what was sent again before is no part of it.
TEST(RecordEdges, AnotherReductionBeginsAnew) {
  Segment segment;
  segment.seq = Seq{100};
  segment.flags.set(Flags::fin);
  Undo undo;
  undo.begin(Seq{100});
  undo.on_sent_again(segment, 50);
  undo.on_recovery_over(Seq{300});
  undo.begin(Seq{200});
  EXPECT_TRUE(undo.is_repairing());
  EXPECT_FALSE(undo.is_refuted_by_echo(49, Seq{200}));
  EXPECT_FALSE(undo.is_refuted_by({Seq{200}, Seq{201}}));
}

// RFC 9937: what little is under way is one byte at least.
TEST(RecordEdges, PrrCountsFromOneByte) {
  for (const std::uint32_t flight : {0u, 1u, 2u}) {
    Prr prr;
    prr.begin(flight);
    prr.on_sent(1);
    const std::uint32_t window =
        prr.window({.delivered = 1, .pipe = 1000, .ssthresh = 10, .mss = 100});
    EXPECT_EQ(window, 1000u + (flight < 2 ? 9 : 4)) << flight;
  }
}

// ---- The search for what a path takes (RFC 8899) ------------------------------------------------

TEST(RecordEdges, EightBytesAreCloseEnough) {
  PathProbe probe;
  probe.begin(1400);
  for (int i = 0; i < 2; ++i) {
    probe.on_sent(Seq{1}, 1400);
    probe.on_lost();
  }
  EXPECT_EQ(probe.next_size(1391, start), 1395u) << "from 1391 to 1399";
  EXPECT_EQ(probe.next_size(1392, start), 0u);
  EXPECT_EQ(probe.next_size(1392, start + 10min), 1400u) << "all of it again, then";
}

// ---- Marks (RFC 9768) ---------------------------------------------------------------------------

Segment ack_with(std::uint32_t cep) {
  Segment ack;
  ack.flags.set(Flags::ack);
  ack.flags.set_ace(cep);
  return ack;
}
Segment told(std::uint32_t cep, std::uint32_t ceb, std::uint32_t e0b) {
  Segment ack = ack_with(cep);
  ack.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 2};
  ack.options.acc_ecn.set(0, e0b);
  ack.options.acc_ecn.set(1, ceb);
  return ack;
}

TEST(RecordEdges, CountsOfBytesFollowTheOption) {
  MarkTrust trust{.is_accurate = true};
  MarkFeedback feedback{trust};
  const MarkReport report = feedback.on_ack(told(6, 1000, 3001), 4000, 1000, trust);
  EXPECT_EQ(report.packets, 1u);
  EXPECT_EQ(report.bytes, 1000u);
  EXPECT_EQ(feedback.counts().e0b, 3001u);
  EXPECT_EQ(feedback.counts().ceb, 1000u);
  EXPECT_EQ(feedback.counts().e1b, 1u);
  EXPECT_EQ(feedback.counts().cep, 6u);
}

// RFC 9768 3.2.3.2.5: bytes without packets, three times in a row; neither alone says anything.
TEST(RecordEdges, OnlyBytesWithoutPacketsContradict) {
  struct Row {
    std::uint32_t bytes, packets;
    bool contradicts;
  };
  for (const Row& row :
       {Row{0, 0, false}, Row{1000, 1, false}, Row{0, 1, false}, Row{10, 0, true}}) {
    MarkTrust trust{.is_accurate = true};
    MarkFeedback feedback{trust};
    std::uint32_t cep = 5, ceb = 0;
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(trust.may_mark) << i;
      feedback.on_ack(told(cep += row.packets, ceb += row.bytes, 1), 2000, 1000, trust);
    }
    EXPECT_EQ(trust.may_mark, !row.contradicts) << row.bytes << ' ' << row.packets;
  }
}

// RFC 9768 A.1: without time stamps an ACK that brings no news may be an old one.
TEST(RecordEdges, AnAckWithoutNewsMarksNothing) {
  MarkTrust trust{.is_accurate = true};
  MarkFeedback feedback{trust};
  EXPECT_EQ(feedback.on_ack(ack_with(7), 0, 1000, trust).packets, 0u);
  EXPECT_EQ(feedback.counts().cep, 5u);
  EXPECT_EQ(feedback.on_ack(ack_with(7), 2000, 1000, trust).packets, 2u);
}

// ---- ACKs ---------------------------------------------------------------------------------------

TEST(RecordEdges, StretchedTextIsAcknowledgedLater) {
  Desk desk;
  Timers timers;
  AckPolicy policy{desk.settings};
  Context context = desk.context();
  policy.on_stretched(context, timers);
  EXPECT_FALSE(policy.is_owed());
  EXPECT_EQ(timers[Timer::delayed_ack], desk.now + desk.settings.delayed_ack);
  EXPECT_TRUE(context.is_timer_armed);
}

// ---- Delivery (draft-ietf-ccwg-bbr 4.1) ---------------------------------------------------------

struct Log {
  void send(std::uint32_t bytes) {
    log.on_sent(bytes, in_flight += bytes, now, pool);
    sent_at = now;
  }
  RateSample arrive(std::uint32_t bytes) {
    Delivery delivery;
    delivery.add({sent_at, Seq{1}}, bytes, false, false);
    in_flight -= bytes;
    return *log.on_delivered(delivery, bytes, now);
  }
  BufferPool pool;
  DeliveryLog log;
  Instant now = start, sent_at{};
  std::uint32_t in_flight = 0;
};

TEST(RecordEdges, TheLastRateThatWasMeasuredIsKept) {
  Log path;
  path.send(2000);
  path.now += 1s;
  EXPECT_EQ(path.arrive(1000).bytes_per_second, 1000u);
  EXPECT_EQ(path.log.bytes_per_second(), 1000u);
  path.log.set_min_rtt(5s);
  EXPECT_EQ(path.arrive(1000).bytes_per_second, 0u) << "in less than a round trip";
  EXPECT_EQ(path.log.bytes_per_second(), 1000u);
  EXPECT_FALSE(path.log.on_delivered(Delivery{}, 0, path.now).has_value());
  path.send(1000);
  path.now += 5s;
  EXPECT_EQ(path.arrive(1000).bytes_per_second, 200u) << "in a round trip";
}

TEST(RecordEdges, WhatTheApplicationLimitsEndsBehindWhatWasUnderWay) {
  Log path;
  path.send(3000);
  path.log.mark_application_limited(2000);
  path.now += 1s;
  path.arrive(2000);
  EXPECT_TRUE(path.log.is_application_limited());
  path.arrive(1);
  EXPECT_FALSE(path.log.is_application_limited());
}

// ---- Congestion ---------------------------------------------------------------------------------

TEST(RecordEdges, AnotherAlgorithmBeginsAtTheWindow) {
  Congestion congestion;
  congestion.cwnd = 10'000;
  congestion.acked = 500;
  congestion.record.make().cubic.w_max = 5;
  congestion.change_to(congestion.algorithm);
  EXPECT_EQ(congestion.acked, 500u) << "the same one goes on";
  congestion.change_to(CongestionAlgorithm::dctcp);
  EXPECT_EQ(congestion.acked, 0u);
  EXPECT_FALSE(congestion.record);
  EXPECT_EQ(congestion.ssthresh, no_ssthresh);
  congestion.change_to(CongestionAlgorithm::bbr);
  congestion.change_to(CongestionAlgorithm::new_reno);
  EXPECT_EQ(congestion.ssthresh, 10'000u) << "a model has no threshold";
}

// RFC 5681 3.1 (f): counted anew after each loss.
TEST(RecordEdges, AWindowOfAcksGrowsItByOneSegment) {
  Congestion congestion;
  congestion.cwnd = congestion.ssthresh = 10'000;
  congestion.acked = 9'999;
  const CongestionControl& reno = congestion.control();
  reno.on_loss(congestion, {start, 1000, 20'000});
  const AckSample sample{.now = start, .mss = 1000, .acked_bytes = 9'999, .may_grow = true};
  reno.on_ack(congestion, sample);
  EXPECT_EQ(congestion.cwnd, 10'000u);
  reno.on_ack(congestion, {.now = start, .mss = 1000, .acked_bytes = 1, .may_grow = true});
  EXPECT_EQ(congestion.cwnd, 11'000u);
  EXPECT_EQ(congestion.acked, 0u);
}

// RFC 5681 3.1: what slow start leaves of an ACK is congestion avoidance's.
TEST(RecordEdges, SlowStartLeavesWhatReachesBeyondItsThreshold) {
  Congestion congestion;
  congestion.cwnd = 9'000;
  congestion.ssthresh = 10'000;
  const AckSample sample{.now = start, .mss = 1000, .acked_bytes = 3'000, .may_grow = true};
  EXPECT_EQ(congestion.grow_in_slow_start(sample), 2'000u);
  EXPECT_EQ(congestion.cwnd, 10'000u);
  congestion.cwnd = 7'000;
  EXPECT_EQ(congestion.grow_in_slow_start(sample), 0u);
  congestion.cwnd = 9'000;
  AckSample late = sample;
  late.is_after_time_out = true;
  EXPECT_EQ(congestion.grow_in_slow_start(late), 0u) << "RFC 3465 2.3 (b)";
  EXPECT_EQ(congestion.cwnd, 10'000u);
}

TEST(RecordEdges, AnUndoneReductionIsToldToTheModel) {
  Congestion congestion;
  congestion.change_to(CongestionAlgorithm::bbr);
  congestion.cwnd = 20'000;
  congestion.record.make().bbr.make(congestion, BbrStart{.now = start, .mss = 1000});
  congestion.remember();
  congestion.cwnd = 1'000;
  congestion.undo();
  EXPECT_EQ(congestion.cwnd, 20'000u);
  EXPECT_STREQ(congestion.control().phase(congestion), "Startup");
}

// ---- Memory -------------------------------------------------------------------------------------

TEST(RecordEdges, AQuarterOfWhatIsFreeIsAffordable) {
  Desk desk;
  desk.memory = Budget{4000};
  Context context = desk.context();
  EXPECT_EQ(affordable_buffer(1000, context), 1000u);
  EXPECT_EQ(desk.counters.buffers_kept_small, 0u);
  EXPECT_EQ(affordable_buffer(1001, context), 1000u);
  EXPECT_EQ(desk.counters.buffers_kept_small, 1u);
}

// ---- A send queue with nothing in it ------------------------------------------------------------

TEST(RecordEdges, NothingIsSaidOfAnEmptyQueue) {
  Desk desk;
  Context context = desk.context();
  SendQueue queue{Seq{100}};
  const auto expect_nothing = [&] {
    queue.mark_all_lost();
    queue.forget_losses();
    queue.forget_repairs();
    EXPECT_FALSE(queue.mark_front_lost());
    EXPECT_FALSE(queue.mark_tail_lost());
    EXPECT_FALSE(queue.is_front_sacked());
    EXPECT_FALSE(queue.was_front_repaired());
    EXPECT_EQ(queue.front_text(), 0u);
    EXPECT_EQ(queue.front_transmissions(), 0u);
    EXPECT_EQ(queue.oldest_sent(), never);
    EXPECT_EQ(queue.sent_again(), 0u);
    EXPECT_EQ(queue.count(1000).outstanding, 0u);
    EXPECT_FALSE(queue.mark_lost_before({never, Seq{}}, never).has_value());
  };
  expect_nothing();
  queue.append(bytes_of(text_from(0, 100)), 1000, context);
  expect_nothing();  // what was not sent is no different
  Segment segment;
  queue.take_unsent({100, false}, context, segment);
  EXPECT_EQ(queue.oldest_sent(), desk.now);
  EXPECT_EQ(queue.front_text(), 100u);
  EXPECT_EQ(queue.front_transmissions(), 1u);
  EXPECT_TRUE(queue.mark_tail_lost());
  EXPECT_EQ(queue.oldest_sent(), never);
  EXPECT_EQ(queue.newest_loss(), desk.now);
  queue.clear(context);
  EXPECT_EQ(desk.memory.held(), 0u);
}

TEST(RecordEdges, WhatIsQueuedTellsStatesApart) {
  Desk desk;
  const auto told = [&](std::uint64_t from, std::uint64_t bytes, auto... steps) {
    Context context = desk.context();
    SendQueue queue{Seq{100}};
    queue.append(bytes_of(text_from(from, bytes)), 1000, context);
    (steps(queue, context), ...);
    Digest digest;
    queue.digest(digest);
    return digest.value();
  };
  const auto sent = [](SendQueue& queue, Context& context) {
    Segment segment;
    queue.take_unsent({1000, true}, context, segment);
  };
  const auto sent_later = [](SendQueue& queue, Context& context) {
    context.now += 1ns;
    Segment segment;
    queue.take_unsent({1000, true}, context, segment);
  };
  const auto ended = [](SendQueue& queue, Context& context) { queue.append_fin(context); };
  const auto recorded = [](SendQueue& queue, Context&) { queue.end_record(false); };
  const auto pushed = [](SendQueue& queue, Context&) { queue.end_record(true); };
  const auto lost = [](SendQueue& queue, Context&) { queue.mark_front_lost(); };
  const auto again = [](SendQueue& queue, Context& context) {
    Segment segment;
    queue.take_lost({1000, true}, context, segment);
  };
  const auto reported = [](SendQueue& queue, Context&) {
    Delivery delivery;
    queue.mark_sacked({Seq{100}, Seq{200}}, delivery);
  };
  const std::uint64_t all[] = {told(0, 100),
                               told(1, 100),
                               told(0, 101),
                               told(0, 100, ended),
                               told(0, 100, recorded),
                               told(0, 100, pushed),
                               told(0, 100, sent),
                               told(0, 100, sent_later),
                               told(0, 100, sent, lost),
                               told(0, 100, sent, lost, again),
                               told(0, 100, sent, reported)};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << ' ' << j;
  }
}

// ---- Text that is early -------------------------------------------------------------------------

struct Early {
  void hear(std::uint32_t at, std::uint32_t bytes) {
    BufferChain text;
    text.append(desk.pool.copy_of(bytes_of(text_from(at, bytes))));
    Context context = desk.context();
    held.insert(Seq{at}, text, context);
  }
  std::vector<std::uint32_t> reported(std::uint8_t room = 4) const {
    SegmentOptions options;
    held.report(options, room);
    std::vector<std::uint32_t> starts;
    for (const SackBlock& block : options.sack) starts.push_back(block.start.value());
    return starts;
  }
  std::uint64_t digest() const {
    Digest told;
    held.digest(told);
    return told.value();
  }
  Desk desk;
  Reassembler held;
};
using Starts = std::vector<std::uint32_t>;

// RFC 2018 4 (c), (d): what changed last comes first, then what changed before that.
TEST(RecordEdges, BlocksAreReportedInTheOrderInWhichTheyChanged) {
  Early early;
  for (const std::uint32_t at : {1000u, 3000u, 5000u, 7000u, 9000u}) early.hear(at, 100);
  EXPECT_EQ(early.reported(), (Starts{9000, 7000, 5000, 3000}));
  EXPECT_EQ(early.reported(2), (Starts{9000, 7000}));
  early.hear(5100, 100);
  EXPECT_EQ(early.reported(), (Starts{5000, 9000, 7000, 3000}));
  early.hear(3200, 100);  // beside a block, not of it
  EXPECT_EQ(early.reported(), (Starts{3200, 5000, 9000, 7000}));
  early.hear(3100, 100);  // joins two
  EXPECT_EQ(early.reported(), (Starts{3000, 5000, 9000, 7000}));
  Context context = early.desk.context();
  EXPECT_TRUE(early.held.take_at(Seq{3000}, context).has_value());
  EXPECT_EQ(early.held.take_at(Seq{5050}, context)->text.size(), 150u);
  EXPECT_EQ(early.reported(), (Starts{9000, 7000})) << "what lies before is forgotten";
  EXPECT_EQ(early.held.block_at(Seq{5199}), std::nullopt);
  EXPECT_EQ(early.held.block_at(Seq{7000})->end, Seq{7100});
  EXPECT_EQ(early.held.block_at(Seq{7099})->start, Seq{7000});
  EXPECT_EQ(early.held.block_at(Seq{7100}), std::nullopt);
  EXPECT_EQ(early.held.block_at(Seq{9100}), std::nullopt);
  early.held.clear(context);
  EXPECT_EQ(early.reported(), Starts{});
  EXPECT_EQ(early.held.bytes(), 0u);
}

TEST(RecordEdges, WhatIsEarlyAndWhenItCameTellsStatesApart) {
  Early none, one, moved, longer, two, swapped;
  one.hear(1000, 100);
  moved.hear(1001, 100);
  longer.hear(1000, 101);
  two.hear(1000, 100);
  two.hear(3000, 100);
  swapped.hear(3000, 100);
  swapped.hear(1000, 100);
  const std::uint64_t told[] = {none.digest(),   one.digest(), moved.digest(),
                                longer.digest(), two.digest(), swapped.digest()};
  for (std::size_t i = 0; i < std::size(told); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(told[i], told[j]) << i << ' ' << j;
  }
}

TEST(RecordEdges, TheFirstPartThatIsHereIsFound) {
  Early early;
  early.hear(1000, 100);
  early.hear(3000, 100);
  const auto found = [&](std::uint32_t from, std::uint32_t upto) {
    const auto block = early.held.held_within(Seq{from}, Seq{upto});
    return block ? std::pair{block->start.value(), block->end.value()} : std::pair{0u, 0u};
  };
  EXPECT_EQ(found(0, 1000), (std::pair{0u, 0u}));
  EXPECT_EQ(found(0, 1001), (std::pair{1000u, 1001u}));
  EXPECT_EQ(found(1099, 5000), (std::pair{1099u, 1100u}));
  EXPECT_EQ(found(1100, 5000), (std::pair{3000u, 3100u}));
  EXPECT_EQ(found(3100, 5000), (std::pair{0u, 0u}));
}

// ---- Half-open ----------------------------------------------------------------------------------

struct Asking {
  std::uint8_t ace = 0;
  bool wants_cookie = false;
  HalfOpen record() const {
    Segment syn;
    syn.flags.set(Flags::syn);
    syn.flags.set_ace(ace);
    syn.seq = Seq{999};
    if (wants_cookie) syn.options.fast_open = *FastOpenOption::of({});
    const Opening opening{.tuple = Desk{}.tuple, .iss = Seq{7000}, .mss = 1000};
    return HalfOpen{syn, opening, BufferSize{5000}, Settings{}};
  }
};

TEST(RecordEdges, AHalfOpenAckTellsACountOnlyWhereThatWasAsked) {
  const Desk desk;
  for (const std::uint8_t ace : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{7}}) {
    const HalfOpen record = Asking{.ace = ace}.record();
    EXPECT_EQ(record.ack(desk.tuple, desk.now).flags.ace(), ace == 7 ? 5 : 0);
  }
  EXPECT_TRUE(Asking{.wants_cookie = true}.record().is_cookie_wanted());
  EXPECT_FALSE(Asking{}.record().is_cookie_wanted());
  EXPECT_FALSE(Asking{.wants_cookie = true}.record().is_wish_experimental());
}

// RFC 9768 3.1.5: how the latest SYN arrived; RFC 7413 appendix A.
TEST(RecordEdges, ASynAckTellsHowTheLatestSynArrived) {
  const Desk desk;
  HalfOpen record = Asking{.ace = 7}.record();
  EXPECT_EQ(record.syn_ack(desk.tuple, 1000, desk.now).flags.ace(), 2);
  Segment syn;
  syn.flags.set(Flags::syn);
  syn.flags.set_ace(7);
  syn.seq = Seq{999};
  syn.ecn = Ecn::congestion_experienced;
  EXPECT_EQ(record.on_segment(syn, desk.now, desk.settings).answer, Answer::syn_ack);
  EXPECT_EQ(record.syn_ack(desk.tuple, 1000, desk.now).flags.ace(), 6);
  syn.options.fast_open = FastOpenOption::of({})->as_experimental();
  const Opening opening{.tuple = desk.tuple, .iss = Seq{7000}, .mss = 1000};
  EXPECT_TRUE(HalfOpen(syn, opening, BufferSize{5000}, Settings{}).is_wish_experimental());
}

// RFC 9768 3.2.3.2.2: an option that may be what was lost is not sent again.
TEST(RecordEdges, ASynAckThatWasLostMakesOptionsDoubtful) {
  const Desk desk;
  HalfOpen record = Asking{.ace = 7}.record();
  record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_TRUE(record.accepted(desk.now).agreement.ecn.may_tell);
  record.syn_ack(desk.tuple, 1000, desk.now);
  EXPECT_FALSE(record.accepted(desk.now).agreement.ecn.may_tell);
  Segment ack;
  ack.flags.set(Flags::ack);
  ack.seq = Seq{1000};
  ack.ack = Seq{7001};
  ack.options.acc_ecn = whole_option(MarkCounts{});
  EXPECT_TRUE(record.on_segment(ack, desk.now, desk.settings).is_accepted);
  EXPECT_TRUE(record.accepted(desk.now).agreement.ecn.may_tell) << "the peer's come through";
}

// RFC 7323 2.2 (b): without the peer's option nothing is scaled.
TEST(RecordEdges, WithoutScalingNothingIsShifted) {
  const Desk desk;
  Segment syn;
  syn.flags.set(Flags::syn);
  syn.seq = Seq{999};
  const Opening opening{.tuple = desk.tuple, .iss = Seq{7000}, .mss = 1000};
  for (const bool has_scale : {false, true}) {
    if (has_scale) syn.options.window_scale = 5;
    const HalfOpen record{syn, opening, BufferSize{50'000, 200'000}, Settings{}};
    const Agreement agreement = record.accepted(desk.now).agreement;
    EXPECT_EQ(agreement.window_scaling, has_scale);
    EXPECT_EQ(agreement.receive_shift, has_scale ? 2 : 0);
    EXPECT_EQ(agreement.send_shift, has_scale ? 5 : 0);
    EXPECT_EQ(record.ack(desk.tuple, desk.now).window, has_scale ? 50'000 >> 2 : 50'000);
  }
}

// RFC 6298 5.5
TEST(RecordEdges, ATimeOutDoesNotOverflow) {
  HalfOpen record = Asking{}.record();
  Settings settings;
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(record.on_time(100));
  EXPECT_EQ(record.time_out(settings), settings.max_rto);
}

}  // namespace
}  // namespace acksu::tcp::record_edges_test
