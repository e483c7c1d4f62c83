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

TEST(HeldBack, IsNotDoneUnlessAskedFor) {
  Lab lab({.sack = true});
  lab.write(60'000);
  EXPECT_EQ(lab.send(), full(0, 10));
  EXPECT_EQ(lab.desk.counters.held_back, 0u);
}

}  // namespace
}  // namespace acksu::tcp
