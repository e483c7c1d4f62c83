// A half-open connection of a listener, against the steps of RFC 9293 3.10.7.2 and 3.10.7.4.
#include "tcp/half_open.h"

#include <gtest/gtest.h>

namespace acksu::tcp::half_open_test {
namespace {

constexpr std::uint32_t buffer_bytes = 512 * 1024;

struct HalfOpenTest : testing::Test {
  Settings settings;
  Instant now{10s};
  FourTuple tuple{{IpAddress::v4(10, 0, 0, 2), 80}, {IpAddress::v4(10, 0, 0, 1), 4000}};
  Segment syn = make_syn();
  HalfOpen record = make();

  static Segment make_syn() {
    Segment segment;
    segment.seq = Seq{0xffff'ffff};
    segment.flags.set(Flags::syn);
    segment.options.mss = 1400;
    segment.options.window_scale = 9;
    segment.options.sack_permitted = true;
    segment.options.has_timestamps = true;
    segment.options.timestamps.value = 5000;
    return segment;
  }
  HalfOpen make() const {
    Opening opening;
    opening.tuple = tuple;
    opening.iss = Seq{0xffff'fff0};
    opening.timestamp_offset = 77;
    return HalfOpen(syn, opening, buffer_bytes, settings);
  }
  // The segment that ends the handshake.
  Segment last_ack() const {
    Segment segment;
    segment.seq = Seq{0};
    segment.ack = Seq{0xffff'fff1};
    segment.flags.set(Flags::ack);
    segment.options.has_timestamps = true;
    segment.options.timestamps.value = 5001;
    return segment;
  }
  HalfOpen::Verdict judge(const Segment& segment) {
    return record.on_segment(segment, now, settings);
  }
};

// RFC 9293 3.10.7.2 first, second, third, fourth.
TEST(Listen, JudgesResetsThenAcksThenSyns) {
  Segment segment;
  EXPECT_EQ(judge_in_listen(segment).drop, Drop::tcp_no_ack);
  segment.flags.set(Flags::syn);
  EXPECT_EQ(judge_in_listen(segment).drop, Drop::none);
  segment.flags.set(Flags::fin);
  EXPECT_EQ(judge_in_listen(segment).drop, Drop::tcp_bad_flags);
  segment.flags.set(Flags::ack);
  EXPECT_EQ(judge_in_listen(segment).answer, Answer::reset);
  segment.flags.set(Flags::rst);
  EXPECT_EQ(judge_in_listen(segment).answer, Answer::nothing);
  EXPECT_EQ(judge_in_listen(segment).drop, Drop::tcp_no_connection);
}

// RFC 9293 SHLD-5, MAY-3.
// RFC 7323 2.2 (d), 2.3 (a), 3.2 (b)
TEST_F(HalfOpenTest, TheSynAckRepeatsWhatBothCan) {
  const Segment segment = record.syn_ack(tuple, 1460, now);
  EXPECT_EQ(segment.flags.bits, Flags::syn | Flags::ack);
  EXPECT_EQ(segment.seq, Seq{0xffff'fff0});
  EXPECT_EQ(segment.ack, Seq{0});
  EXPECT_EQ(segment.source_port, 80);
  EXPECT_EQ(segment.destination_port, 4000);
  EXPECT_EQ(segment.window, 0xffff) << "RFC 7323 2.2: never scaled";
  EXPECT_EQ(segment.options.mss, 1460);
  EXPECT_EQ(segment.options.window_scale, 4);
  EXPECT_TRUE(segment.options.sack_permitted);
  EXPECT_EQ(segment.options.timestamps, (Timestamps{10'077, 5000}));
}

TEST_F(HalfOpenTest, OffersNothingThatThePeerDidNot) {  // RFC 7323 3.2 (b)
  syn.options = {};
  record = make();
  const Segment segment = record.syn_ack(tuple, 1460, now);
  EXPECT_EQ(segment.options.window_scale, SegmentOptions::no_window_scale);
  EXPECT_FALSE(segment.options.sack_permitted);
  EXPECT_FALSE(segment.options.has_timestamps);
  EXPECT_EQ(record.accepted(now).agreement.peer_mss, 536u);  // RFC 9293 MUST-15
}

TEST_F(HalfOpenTest, TheAckOfOurSynIsAccepted) {
  record.syn_ack(tuple, 1460, now);
  const auto verdict = judge(last_ack());
  EXPECT_TRUE(verdict.is_accepted);
  EXPECT_EQ(verdict.drop, Drop::none);
  const Accepted accepted = record.accepted(now + 30ms);
  EXPECT_EQ(accepted.irs, syn.seq);
  EXPECT_EQ(accepted.ts_recent, 5000u);
  EXPECT_EQ(accepted.offered_window, 0xffff);
  EXPECT_EQ(accepted.handshake_rtt, Duration{30ms});
  EXPECT_EQ(accepted.agreement.peer_mss, 1400u);
  EXPECT_EQ(accepted.agreement.send_shift, 9);
  EXPECT_EQ(accepted.agreement.receive_shift, 4);
  EXPECT_TRUE(accepted.agreement.sack);
  EXPECT_TRUE(accepted.agreement.timestamps);
}

TEST_F(HalfOpenTest, TextMayComeWithTheAckAndBeforeIt) {
  Segment early = last_ack();
  early.seq = Seq{1000};  // its predecessor was lost
  EXPECT_TRUE(judge(early).is_accepted);
  early.flags.clear(Flags::ack);
  EXPECT_EQ(judge(early).drop, Drop::tcp_no_ack);
}

TEST_F(HalfOpenTest, ASynThatComesAgainIsAnsweredAgain) {
  record.syn_ack(tuple, 1460, now);
  syn.options.timestamps.value = 6000;
  EXPECT_EQ(judge(syn).answer, Answer::syn_ack);
  EXPECT_EQ(record.syn_ack(tuple, 1460, now).options.timestamps.echo_reply, 6000u);
  EXPECT_FALSE(record.accepted(now).handshake_rtt) << "Karn: which one was answered?";
}

// SECURITY B3.
// RFC 9293 MUST-11: back to LISTEN.
TEST_F(HalfOpenTest, OnlyTheExactResetEnds) {
  Segment reset;
  reset.flags.set(Flags::rst);
  for (const std::uint32_t seq : {1u, 0xfffeu}) {  // in window: RFC 5961 3.2
    reset.seq = Seq{seq};
    now += 1s;
    const auto verdict = judge(reset);
    EXPECT_EQ(verdict.drop, Drop::tcp_reset_challenged);
    EXPECT_EQ(verdict.answer, Answer::ack);
    EXPECT_FALSE(verdict.end);
  }
  for (const std::uint32_t seq : {0xffffu, 0xffff'ffffu, 0x8000'0000u}) {
    reset.seq = Seq{seq};
    EXPECT_EQ(judge(reset).drop, Drop::tcp_reset_out_of_window);
  }
  reset.seq = Seq{0};
  EXPECT_EQ(judge(reset).end, Event::reset_half_open);
}

// SECURITY B6: the limit is its own.
// RFC 5961 section 7 (1), (2).
TEST_F(HalfOpenTest, ChallengesAreLimited) {
  Segment reset;
  reset.flags.set(Flags::rst);
  reset.seq = Seq{1};
  EXPECT_EQ(judge(reset).answer, Answer::ack);
  now += settings.challenge_interval - 1ms;
  EXPECT_EQ(judge(reset).answer, Answer::nothing);
  now += 1ms;
  EXPECT_EQ(judge(reset).answer, Answer::ack);
}

TEST_F(HalfOpenTest, ASynInTheWindowReturnsToListen) {  // RFC 9293 3.10.7.4 fourth
  Segment other = make_syn();
  other.seq = Seq{5};
  EXPECT_EQ(judge(other).end, Event::syn_in_window);
}

TEST_F(HalfOpenTest, ASynOutsideOfTheWindowIsAnsweredByAnAck) {
  Segment other = make_syn();
  other.seq = Seq{0x7000'0000};
  const auto verdict = judge(other);
  EXPECT_EQ(verdict.drop, Drop::tcp_out_of_window);
  EXPECT_EQ(verdict.answer, Answer::ack);
  EXPECT_FALSE(verdict.end);
}

TEST_F(HalfOpenTest, AnyOtherAckIsReset) {
  for (const std::uint32_t ack : {0xffff'fff0u, 0xffff'fff2u, 0u}) {
    Segment segment = last_ack();
    segment.ack = Seq{ack};
    const auto verdict = judge(segment);
    EXPECT_FALSE(verdict.is_accepted);
    EXPECT_EQ(verdict.answer, Answer::reset);
    EXPECT_EQ(verdict.drop, Drop::tcp_ack_of_unsent);
  }
}

TEST_F(HalfOpenTest, OldAndMissingTimeStampsAreRefused) {
  Segment old = last_ack();
  old.options.timestamps.value = 4999;
  EXPECT_EQ(judge(old).drop, Drop::tcp_paws);
  old.options.has_timestamps = false;
  EXPECT_EQ(judge(old).drop, Drop::tcp_no_timestamp);
  EXPECT_EQ(judge(old).answer, Answer::nothing);
}

// RFC 9293 3.10.7.4 first: a listener that offers no room is still connected to.
TEST_F(HalfOpenTest, TheAckCountsAtAClosedWindow) {
  Opening opening;
  opening.tuple = tuple;
  opening.iss = Seq{0xffff'fff0};
  const HalfOpen closed(syn, opening, 0, settings);
  HalfOpen accepts = closed, resets = closed;
  EXPECT_TRUE(accepts.on_segment(last_ack(), now, settings).is_accepted);
  Segment reset = last_ack();
  reset.flags = Flags{Flags::rst};
  EXPECT_EQ(resets.on_segment(reset, now, settings).end, Event::reset_half_open);
}

TEST_F(HalfOpenTest, WaitsTwiceAsLongEachTimeAndGivesUp) {
  for (const Duration expected : {1s, 2s, 4s}) {
    EXPECT_EQ(record.time_out(settings), expected);
    EXPECT_TRUE(record.on_time(settings.syn_ack_retries));
  }
  EXPECT_EQ(record.time_out(settings), 8s);
  EXPECT_FALSE(record.on_time(settings.syn_ack_retries)) << "three more were sent";
}

TEST_F(HalfOpenTest, WaitsATimeOutForTheAckOfEachAnswerUpToSomeOfThem) {
  record.syn_ack(tuple, 1460, now);
  EXPECT_TRUE(record.is_answer_awaited(now + 1s - 1us, settings));
  EXPECT_FALSE(record.is_answer_awaited(now + 1s, settings));
  for (int answers = 1; answers < 30; ++answers) record.syn_ack(tuple, 1460, now);
  EXPECT_TRUE(record.is_answer_awaited(now, settings));
  record.syn_ack(tuple, 1460, now);
  EXPECT_FALSE(record.is_answer_awaited(now, settings)) << "no peer keeps it for ever";
}

// RFC 9293 3.10.7.4 first: text is acceptable that begins, or ends, in the window.
TEST_F(HalfOpenTest, TextThatEndsInTheWindowIsAccepted) {
  BufferPool pool;
  Segment text = last_ack();
  text.seq = Seq{0} - 5;
  text.text.append(pool.allocate(10));
  EXPECT_TRUE(judge(text).is_accepted);
  text.seq = Seq{0} - 10;
  EXPECT_EQ(judge(text).drop, Drop::tcp_out_of_window);
}

// RFC 7323 4.3: the time stamp that is echoed is that of the SYN that is answered.
TEST_F(HalfOpenTest, ASynThatComesAgainWithoutTimeStampChangesNone) {
  Segment again = syn;
  again.options.timestamps.value = 5010;
  judge(again);
  EXPECT_EQ(record.syn_ack(tuple, 1460, now).options.timestamps.echo_reply, 5010u);
  again.options.has_timestamps = false;
  again.options.timestamps.value = 0;
  EXPECT_EQ(judge(again).answer, Answer::syn_ack);
  EXPECT_EQ(record.syn_ack(tuple, 1460, now).options.timestamps.echo_reply, 5010u);
}

// RFC 9768 3.1.5: two SYNs that ask for both kinds of feedback, and no telling which answer was
// heard.
TEST_F(HalfOpenTest, SynsThatAskForBothKindsOfMarksAreReset) {
  settings.ecn = EcnPolicy::ask_accurate;
  for (const std::uint32_t first : {3u, 7u}) {
    syn.flags.set_ace(first);
    HalfOpen asked = make();
    Segment again = syn;
    EXPECT_EQ(asked.on_segment(again, now, settings).answer, Answer::syn_ack);
    again.flags.set_ace(first == 3 ? 7 : 3);
    const HalfOpen::Verdict verdict = asked.on_segment(again, now, settings);
    EXPECT_EQ(verdict.answer, Answer::reset);
    EXPECT_EQ(verdict.drop, Drop::tcp_bad_flags);
    again.flags.set_ace(0);  // without is no contradiction
    EXPECT_EQ(asked.on_segment(again, now, settings).answer, Answer::syn_ack);
  }
}

}  // namespace
}  // namespace acksu::tcp::half_open_test
