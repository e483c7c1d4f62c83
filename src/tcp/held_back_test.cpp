// What counts as a claim to have a segment that was held back, and what no longer does.
#include "tcp/held_back.h"

#include <gtest/gtest.h>

#include "tcp/sender_lab_test.h"

namespace acksu::tcp {
namespace {

Segment ack_of(Seq ack, std::initializer_list<SackBlock> blocks = {}) {
  Segment segment;
  segment.flags.set(Flags::ack);
  segment.ack = ack;
  for (const SackBlock& block : blocks) segment.options.sack.push_back(block);
  return segment;
}

TEST(HeldBack, IsClaimedByEveryAckThatCoversSomeOfIt) {
  HeldBack held;
  EXPECT_FALSE(held.is_claimed_by(ack_of(Seq{5000})));
  const Seq start{0xffff'fff0};
  held.hold(start, 1000);
  EXPECT_FALSE(held.is_claimed_by(ack_of(start)));
  EXPECT_TRUE(held.is_claimed_by(ack_of(start + 1)));
  EXPECT_TRUE(held.is_claimed_by(ack_of(start + 5000)));
  EXPECT_FALSE(held.is_claimed_by(ack_of(start, {{start + 1000, start + 3000}})));
  EXPECT_FALSE(held.is_claimed_by(ack_of(start - 3000, {{start - 1000, start}})));
  EXPECT_TRUE(held.is_claimed_by(ack_of(start, {{start + 999, start + 3000}})));
  EXPECT_TRUE(held.is_claimed_by(ack_of(start - 3000, {{start - 1000, start + 1}})));
  held.on_sent(start + 1000, start + 2000);
  EXPECT_TRUE(held.is_one());
  held.on_sent(start - 1000, start);
  EXPECT_TRUE(held.is_one());
  held.on_sent(start + 500, start + 700);
  EXPECT_FALSE(held.is_one());
  EXPECT_FALSE(held.is_claimed_by(ack_of(start + 5000)));
}

TEST(HeldBack, IsCountedDownTo) {
  HeldBack held;
  EXPECT_FALSE(held.is_counting());
  held.count_from(5);
  EXPECT_FALSE(held.count_down(4));
  EXPECT_TRUE(held.is_counting());
  EXPECT_TRUE(held.count_down(1));
  EXPECT_FALSE(held.is_counting());
  held.count_from(2);
  EXPECT_TRUE(held.count_down(3));  // several at once
  EXPECT_FALSE(held.is_counting());
}

// With too little under way or to follow nothing would tell soon that it is missed.
TEST(HeldBack, IsNoneWithoutEnoughBehindIt) {
  struct Case {
    std::uint64_t written;
    bool has_sack;
    CongestionAlgorithm algorithm;
    bool is_held;
  };
  using enum CongestionAlgorithm;
  for (const Case& each : {Case{6000, true, new_reno, true}, Case{4000, true, new_reno, false},
                           Case{20'000, false, new_reno, false}, Case{20'000, true, bbr, false}}) {
    Lab lab({.sack = each.has_sack});
    lab.sender.use(each.algorithm, lab.desk.settings);
    lab.desk.settings.holds_back_each = 1;
    lab.write(each.written);
    lab.send();
    EXPECT_EQ(lab.desk.counters.held_back > 0, each.is_held) << each.written;
  }
  Lab narrow({.sack = true});
  narrow.desk.settings.holds_back_each = 1;
  narrow.desk.settings.initial_window_segments = 3;
  narrow.write(2000);
  narrow.send();
  narrow.pass_to_time_out();  // the window is one segment then
  narrow.send();
  narrow.write(20'000);
  narrow.send();
  EXPECT_EQ(narrow.desk.counters.held_back, 0u);
}

// Without any less in flight; and nothing else is held back before it has gone.
TEST(HeldBack, IsSentWhenItIsMissed) {
  Lab lab({.sack = true});
  lab.desk.settings.holds_back_each = 1;
  lab.write(60'000);
  All sent = lab.send();
  ASSERT_EQ(lab.desk.counters.held_back, 1u);
  std::int64_t gap = 0;
  for (const Sent& one : sent) gap += one.at == gap ? one.text_bytes : 0;
  EXPECT_GT(gap, 0) << "the first segment of a flight is not held back";
  ASSERT_EQ(sent.size(), 9u);
  const std::uint32_t cwnd = lab.info().snd.cwnd;
  lab.desk.now += 100ms;
  lab.acknowledge(gap, {.sacks = {{gap + 1000, gap + 4000}}});
  EXPECT_GE(lab.info().snd.cwnd, cwnd);
  sent = lab.send();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.front(), (Sent{gap, 1000}));
  EXPECT_EQ(lab.desk.counters.fast_retransmits, 0u);
}

// Where more is lost than what was held back that is congestion, as ever.
TEST(HeldBack, IsNotAllThatIsMissed) {
  for (const bool is_before : {true, false}) {
    Lab lab({.sack = true});
    lab.desk.settings.holds_back_each = 1;
    lab.write(60'000);
    const All sent = lab.send();
    std::int64_t gap = 0;
    for (const Sent& one : sent) gap += one.at == gap ? one.text_bytes : 0;
    lab.desk.now += 100ms;
    if (is_before) {
      lab.acknowledge(gap - 1000, {.sacks = {{gap + 1000, gap + 4000}}});
    } else {
      lab.acknowledge(gap, {.sacks = {{gap + 2000, gap + 5000}}});
    }
    EXPECT_EQ(lab.desk.counters.fast_retransmits, 1u) << is_before;
  }
}

// Neither while a loss is repaired, nor of a small piece, nor in a window of few segments.
TEST(HeldBack, IsNoneAtABadTime) {
  Lab repairing({.sack = true});
  repairing.write(60'000);
  repairing.send();
  repairing.desk.now += 100ms;
  repairing.acknowledge(0, {.sacks = {{1000, 6000}}});
  repairing.desk.settings.holds_back_each = 1;
  for (std::int64_t upto = 7000; upto <= 10'000; upto += 1000) {
    repairing.acknowledge(0, {.sacks = {{1000, upto}}});
    repairing.send();
  }
  EXPECT_EQ(repairing.desk.counters.held_back, 0u);

  Lab small({.sack = true});
  small.desk.settings.holds_back_each = 1;
  small.sender.policy().nodelay = true;
  for (const std::uint64_t bytes : {1000u, 500u}) {
    small.write(bytes);
    small.send();
  }
  EXPECT_EQ(small.desk.counters.held_back, 0u);

  Lab narrow({.sack = true});
  narrow.write(60'000);
  std::int64_t acked = 0;
  for (int i = 0; i < 40 && narrow.info().snd.cwnd >= 4000; ++i) {
    narrow.send();
    narrow.desk.now += 100ms;
    const std::int64_t upto = narrow.position(narrow.sender.nxt()) - 1000;
    if (upto > acked) acked = upto;
    narrow.acknowledge(acked, {.is_marked = true});
  }
  ASSERT_LT(narrow.info().snd.cwnd, 4000u);
  narrow.desk.settings.holds_back_each = 1;
  narrow.write(30'000);
  narrow.send();
  EXPECT_EQ(narrow.desk.counters.held_back, 0u);
}

TEST(HeldBack, IsNotDoneUnlessAskedFor) {
  Lab lab({.sack = true});
  lab.write(60'000);
  EXPECT_EQ(lab.send(), full(0, 10));
  EXPECT_EQ(lab.desk.counters.held_back, 0u);
}

}  // namespace
}  // namespace acksu::tcp
