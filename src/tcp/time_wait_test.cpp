// What TIME-WAIT makes of late segments (RFC 9293 3.10.7.4, RFC 1337, RFC 6191).
#include "tcp/time_wait.h"

#include <gtest/gtest.h>

#include "tcp/connection.h"

namespace acksu::tcp {
namespace {

struct TimeWaitTest : testing::Test {
  Settings settings;
  Instant now{10s};
  Remains remains = make_remains(true);
  TimeWait record{remains};

  static Remains make_remains(bool has_timestamps) {
    Remains remains;
    remains.snd_nxt = Seq{0xffff'ff00};
    remains.rcv_nxt = Seq{100};
    remains.rcv_wnd = 1 << 16;
    remains.receive_shift = 4;
    remains.has_timestamps = has_timestamps;
    remains.ts_recent = 5000;
    return remains;
  }
  Segment segment(std::uint16_t flags, std::uint32_t seq) const {
    Segment made;
    made.flags.bits = flags;
    made.seq = Seq{seq};
    made.ack = remains.snd_nxt;
    made.options.has_timestamps = remains.has_timestamps;
    made.options.timestamps.value = 5001;
    return made;
  }
  TimeWait::Verdict judge(const Segment& arrived) {
    return record.on_segment(arrived, now, settings);
  }
};

TEST_F(TimeWaitTest, ARepeatedFinIsAcknowledgedAndRestarts) {
  const auto verdict = judge(segment(Flags::fin | Flags::ack, 99));
  EXPECT_EQ(verdict.answer, Answer::ack);
  EXPECT_TRUE(verdict.is_restarted);
  const Segment ack = record.ack({}, 7, now);
  EXPECT_EQ(ack.flags.bits, Flags::ack);
  EXPECT_EQ(ack.seq, Seq{0xffff'ff00});
  EXPECT_EQ(ack.ack, Seq{100});
  EXPECT_EQ(ack.window, (1 << 16) >> 4);
  EXPECT_EQ(ack.options.timestamps, (Timestamps{10'007, 5001}));
  // And again at once: the peer waits for it.
  EXPECT_EQ(judge(segment(Flags::fin | Flags::ack, 99)).answer, Answer::ack);
}

// RFC 7323 5.3 R1: the time stamp that was heard last is not older than itself.
TEST_F(TimeWaitTest, AFinWithTheSameTimeStampIsNotOld) {
  for (const std::uint32_t stamp : {4999u, 5000u, 5001u}) {
    Segment fin = segment(Flags::fin | Flags::ack, 99);
    fin.options.timestamps.value = stamp;
    EXPECT_EQ(judge(fin).is_restarted, stamp >= 5000) << stamp;
  }
}

TEST_F(TimeWaitTest, OtherFinsDoNotRestart) {
  for (const std::uint32_t seq : {98u, 100u, 1000u}) {
    EXPECT_FALSE(judge(segment(Flags::fin | Flags::ack, seq)).is_restarted) << seq;
  }
  Segment old = segment(Flags::fin | Flags::ack, 99);
  old.options.timestamps.value = 4999;
  const auto verdict = judge(old);
  EXPECT_FALSE(verdict.is_restarted);
  EXPECT_EQ(verdict.drop, Drop::tcp_paws);
}

// SECURITY B12: RFC 1337 section 3.
TEST_F(TimeWaitTest, ResetsAreIgnored) {
  for (const std::uint32_t seq : {99u, 100u, 101u, 0x8000'0000u}) {
    const auto verdict = judge(segment(Flags::rst, seq));
    EXPECT_EQ(verdict.drop, Drop::tcp_time_wait);
    EXPECT_EQ(verdict.answer, Answer::nothing);
    EXPECT_FALSE(verdict.is_reopened);
  }
}

// No listener would take it: the wait goes on, and whoever sent it is told where it stands.
TEST_F(TimeWaitTest, ASynWithFinBeginsNothing) {
  Segment syn = segment(Flags::syn, 5000);
  EXPECT_TRUE(judge(syn).is_reopened);
  syn.flags.set(Flags::fin);
  const auto verdict = judge(syn);
  EXPECT_FALSE(verdict.is_reopened);
  EXPECT_EQ(verdict.drop, Drop::tcp_syn_challenged);
  EXPECT_EQ(verdict.answer, Answer::ack);
}

TEST_F(TimeWaitTest, AnExactAckNeedsNoAnswer) {
  EXPECT_EQ(judge(segment(Flags::ack, 100)).answer, Answer::nothing);
}

// RFC 9293 3.10.7.4 fifth: also what lies in the window, but not again and again.
TEST_F(TimeWaitTest, WhatFollowsTheFinIsToldThatNothingCan) {
  constexpr std::uint16_t with_fin = Flags::fin | Flags::ack;
  for (const std::uint16_t flags : {std::uint16_t{Flags::ack}, with_fin}) {
    const auto verdict = judge(segment(flags, 200));
    EXPECT_EQ(verdict.drop, Drop::tcp_time_wait);
    EXPECT_EQ(verdict.answer, Answer::ack);
    EXPECT_FALSE(verdict.is_restarted);
    EXPECT_EQ(judge(segment(flags, 200)).answer, Answer::nothing);
    now += settings.challenge_interval;
  }
  EXPECT_EQ(judge(segment(Flags::fin | Flags::ack, 100)).answer, Answer::ack) << "another FIN";
}

// SECURITY C10.
TEST_F(TimeWaitTest, WhatIsOutOfWindowIsAnsweredNowAndThen) {
  EXPECT_EQ(judge(segment(Flags::ack, 50)).drop, Drop::tcp_out_of_window);
  EXPECT_EQ(judge(segment(Flags::ack, 50)).answer, Answer::nothing) << "limited";
  now += 500ms;
  EXPECT_EQ(judge(segment(Flags::ack, 50)).answer, Answer::ack);
  now += 500ms;
  Segment beyond = segment(Flags::ack, 100);
  beyond.ack = remains.snd_nxt + 1;
  EXPECT_EQ(judge(beyond).drop, Drop::tcp_ack_of_unsent);
  EXPECT_EQ(judge(segment(0, 100)).drop, Drop::tcp_no_ack);
}

// RFC 6191 section 2, its table.
// RFC 9293 SHLD-4.
TEST_F(TimeWaitTest, ANewerTimeStampReopens) {
  Segment syn = segment(Flags::syn, 0);
  syn.options.timestamps.value = 5001;
  EXPECT_TRUE(judge(syn).is_reopened) << "whatever its number";
  syn.options.timestamps.value = 5000;
  EXPECT_FALSE(judge(syn).is_reopened);
  EXPECT_EQ(judge(syn).drop, Drop::tcp_syn_challenged);
  syn.seq = Seq{100};
  EXPECT_TRUE(judge(syn).is_reopened) << "as old, but beyond";
  syn.options.timestamps.value = 4999;
  EXPECT_FALSE(judge(syn).is_reopened) << "older, though beyond";
}

TEST_F(TimeWaitTest, WithoutTimeStampsTheNumberDecides) {
  Segment syn = segment(Flags::syn, 100);
  syn.options.has_timestamps = false;
  EXPECT_TRUE(judge(syn).is_reopened);
  syn.seq = Seq{99};
  EXPECT_FALSE(judge(syn).is_reopened);
  syn.seq = Seq{0x8000'0070};
  EXPECT_FALSE(judge(syn).is_reopened);
}

TEST_F(TimeWaitTest, TimeStampsThatAreNewToTheNameReopen) {
  remains = make_remains(false);
  record = TimeWait{remains};
  Segment syn = segment(Flags::syn, 0);
  syn.options.has_timestamps = true;
  EXPECT_TRUE(judge(syn).is_reopened);
  settings.timestamps = false;  // the new connection would not use them
  EXPECT_FALSE(judge(syn).is_reopened);
}

TEST_F(TimeWaitTest, ASynAckDoesNotReopen) {
  const auto verdict = judge(segment(Flags::syn | Flags::ack, 1000));
  EXPECT_FALSE(verdict.is_reopened);
  EXPECT_EQ(verdict.drop, Drop::tcp_syn_challenged);
}

TEST_F(TimeWaitTest, TheNextIssIsBeyondWhatWasSent) {
  EXPECT_EQ(record.iss_beyond(Seq{0xffff'ff01}), Seq{0xffff'ff01});
  EXPECT_EQ(record.iss_beyond(Seq{5}), Seq{5});
  for (const std::uint32_t behind : {0xffff'ff00u, 0xffff'0000u, 0x8000'0000u}) {
    EXPECT_TRUE(is_after(record.iss_beyond(Seq{behind}), remains.snd_nxt)) << behind;
  }
}

// RFC 9293 3.10.7.4 first: text is acceptable that begins, or ends, in the window.
TEST_F(TimeWaitTest, TextThatEndsInTheWindowNeedsNoAnswer) {
  BufferPool pool;
  Segment text = segment(Flags::ack, 95);
  text.text.append(pool.allocate(10));
  EXPECT_EQ(judge(text).drop, Drop::tcp_time_wait);
  text = segment(Flags::ack, 90);
  text.text.append(pool.allocate(10));
  EXPECT_EQ(judge(text).drop, Drop::tcp_out_of_window);
}

// RFC 7323 3.2: what has no time stamp leaves the last one as it was.
TEST_F(TimeWaitTest, ARepeatedFinWithoutTimeStampForgetsNone) {
  Segment fin = segment(Flags::fin | Flags::ack, 99);
  fin.options.has_timestamps = false;
  fin.options.timestamps.value = 0;
  EXPECT_TRUE(judge(fin).is_restarted);
  Segment old = segment(Flags::ack, 100);
  old.options.timestamps.value = 4999;
  EXPECT_EQ(judge(old).drop, Drop::tcp_paws);
  old.options.has_timestamps = false;  // judged by its numbers alone
  EXPECT_EQ(judge(old).drop, Drop::tcp_time_wait);
}

}  // namespace
}  // namespace acksu::tcp
