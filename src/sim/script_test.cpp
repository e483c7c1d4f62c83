// The language of scripts: that it says what it means, and that a script which is not kept fails.
#include "sim/script.h"

#include <gtest/gtest.h>

#include "sim/script_gtest.h"

namespace acksu::sim {
namespace {

// A dialogue whose failure is what the test is about.
struct Failing {
  std::string text;
  Dialogue script{"a script that fails", script_host(),
                  [this](const std::string& report) { text += report; }};

  bool says(const char* words) const { return text.find(words) != std::string::npos; }
};

TEST(Script, ThePeerClosesFirst) {
  Script s{"the peer closes first: CLOSE-WAIT, LAST-ACK, CLOSED"};
  s.peer(syn(0).win(32792).mss(1000));
  s.expect(syn_ack(0).ack(1).mss(1460));
  s.expect_state(State::syn_received);
  s.peer(pure_ack(1).seq(1));
  s.expect_state(State::established);
  s.after(10ms);
  s.peer(fin(1).ack(1));
  s.expect(pure_ack(2));
  s.expect_state(State::close_wait);
  s.app.reads_end();
  s.app.closes();
  s.expect(fin(1).ack(2));
  s.expect_state(State::last_ack);
  s.peer(pure_ack(2).seq(2));
  s.expect_state(State::closed);
  s.expect_silence();
  s.expect_nothing_held();
}

TEST(Script, WeOpenWriteAndClose) {
  Script s{"active open, 100 bytes, active close"};
  s.app.connects();
  s.expect(syn(0));
  s.peer(syn_ack(0).ack(1).mss(1460));
  s.expect(pure_ack(1).seq(1));
  s.expect_state(State::established);
  s.app.is_told(Readiness::connected);
  s.app.writes(100);
  s.expect(data(1, 100).ack(1).psh());
  s.peer(pure_ack(101));
  s.app.closes();
  s.expect(fin(101).ack(1));
  s.expect_state(State::fin_wait_1);
  s.peer(pure_ack(102));
  s.expect_state(State::fin_wait_2);
  s.peer(fin(1).ack(102));
  s.expect(pure_ack(2).seq(102));
  s.expect_state(State::time_wait);
  s.expect_silence_for(60s);
  s.expect_state(State::closed);
  s.expect_nothing_held();
}

TEST(Script, AnOpenIsRefused) {
  Script s{"refused"};
  s.app.connects();
  s.expect(syn(0));
  s.peer(rst_ack(0).ack(1));
  s.expect_state(State::closed);
  s.app.fails(Error::connection_refused);
}

TEST(Script, TextIsReadAndChecked) {
  Script s{"text in two pieces"};
  s.establish();
  s.peer({data(1, 50).ack(1), data(51, 50).ack(1)});
  s.expect(pure_ack(101));
  s.app.reads(100);
  s.app.reads_nothing();
}

TEST(Script, HeldBackWritesAreOneSegment) {
  Script s{"write and close between hold and release"};
  s.establish();
  s.hold();
  s.app.writes(10);
  s.app.closes();
  s.release();
  s.expect(data(1, 10).ack(1).fin());
}

TEST(Script, SeveralConnections) {
  Script s{"two peers' ports"};
  s.establish();
  s.connection(1);
  s.establish();
  s.app.writes(5);
  s.expect(data(1, 5));
  s.connection(0);
  s.expect_state(State::established);
  s.app.aborts();
  s.expect(rst_ack(1));
  s.connection(1);
  s.expect_state(State::established);
}

TEST(Script, RetransmissionsComeInTime) {
  HostSettings settings = script_host();
  settings.tcp.initial_rto = 1s;
  Script s{"a lost SYN is sent again after the initial RTO", settings};
  s.app.connects();
  s.expect(syn(0));
  s.expect_after(1s, syn(0));
  s.expect_after(2s, syn(0));
}

// ---- What must fail

TEST(ScriptFailure, AWrongNumber) {
  Failing f;
  f.script.peer(syn(0).mss(1000));
  f.script.expect(syn_ack(0).ack(2));
  EXPECT_TRUE(f.script.has_failed());
  EXPECT_TRUE(f.says("ack is 1, not 2")) << f.text;
  EXPECT_TRUE(f.says("script_test.cpp")) << f.text;
}

TEST(ScriptFailure, TheDialogueIsPrinted) {
  Failing f;
  f.script.peer(syn(0).win(32792).mss(1000));
  f.script.expect(syn_ack(0));
  f.script.expect(fin(1));
  EXPECT_TRUE(f.says("expected FIN+ACK seq 1, heard nothing")) << f.text;
  EXPECT_TRUE(f.says("< SYN seq 0 win 32792 <mss 1000>")) << f.text;
  EXPECT_TRUE(f.says("> SYN+ACK seq 0 ack 1")) << f.text;
  EXPECT_TRUE(f.says("= SYN-RECEIVED")) << f.text;
}

TEST(ScriptFailure, ASegmentThatNobodyExpected) {
  Failing f;
  f.script.peer(syn(0));
  f.script.after(1ms);
  EXPECT_TRUE(f.says("nobody expected SYN+ACK seq 0 ack 1")) << f.text;
}

TEST(ScriptFailure, ASegmentThatNobodyExpectedAtTheEnd) {
  std::string text;
  {
    Dialogue script{"ends too early", script_host(),
                    [&text](const std::string& report) { text = report; }};
    script.peer(syn(0));
  }
  EXPECT_NE(text.find("nobody expected SYN+ACK"), std::string::npos) << text;
}

TEST(ScriptFailure, AWrongState) {
  Failing f;
  f.script.expect_state(State::established);
  EXPECT_TRUE(f.says("expected the state ESTABLISHED, it is CLOSED")) << f.text;
}

TEST(ScriptFailure, AWrongAnswerToTheApplication) {
  Failing f;
  f.script.establish();
  f.script.app.reads(1);
  EXPECT_TRUE(f.says("only 0 bytes were there")) << f.text;
}

TEST(ScriptFailure, SomethingIsHeld) {
  Failing f;
  f.script.establish();
  f.script.expect_nothing_held();
  EXPECT_TRUE(f.says("connections are held")) << f.text;
}

TEST(ScriptFailure, OnlyTheFirstIsTold) {
  Failing f;
  f.script.expect(syn(0));
  const std::string first = f.text;
  f.script.expect(syn(0));
  f.script.peer(syn(0));
  EXPECT_EQ(f.text, first);
}

// ---- Lines

TEST(Line, PrintsWhatItNames) {
  EXPECT_EQ(syn(0).win(100).mss(1460).scale(7).sack_ok().to_string(),
            "SYN seq 0 win 100 mss 1460 scale 7 sack ok");
  EXPECT_EQ(pure_ack(1).sack({{5, 9}, {20, 30}}).to_string(), "ACK ack 1 sack 5:9 20:30");
  EXPECT_EQ(data(1, 100).ack(1).psh().fin().to_string(), "FIN+PSH+ACK seq 1 ack 1 text 100");
}

TEST(Line, NumbersAreRelativeToEachSide) {
  BufferPool pool;
  Voice voice{40000, 80, Seq{0xffff'ffff}};
  const Segment first = voice.speak(syn(0), 1, pool);
  EXPECT_EQ(first.seq.value(), 0xffff'ffffu);
  Segment answer;
  answer.seq = Seq{777};
  answer.ack = Seq{0};
  answer.flags = Flags{Flags::syn | Flags::ack};
  voice.hear(answer);
  EXPECT_EQ(voice.compare(answer, syn_ack(0).ack(1)), "");
  EXPECT_EQ(voice.compare(answer, syn_ack(0).ack(2)), "ack is 1, not 2");
  const Segment next = voice.speak(data(1, 3), 1, pool);
  EXPECT_EQ(next.seq.value(), 0u);
  EXPECT_EQ(next.ack.value(), 778u);  // what was heard, when the line does not say
}

TEST(Line, TimeStampsFollowOnceBothSidesOfferedThem) {
  BufferPool pool;
  Voice voice{40000, 80, Seq{1}};
  voice.speak(syn(0).ts(500, 0), 1000, pool);
  Segment answer;
  answer.flags = Flags{Flags::syn | Flags::ack};
  answer.options.has_timestamps = true;
  answer.options.timestamps = {9'000, 500};
  voice.hear(answer);
  const Segment next = voice.speak(pure_ack(1), 1010, pool);
  ASSERT_TRUE(next.options.has_timestamps);
  EXPECT_EQ(next.options.timestamps, (Timestamps{1010, 9'000}));
  EXPECT_FALSE(voice.speak(pure_ack(1).no_ts(), 1010, pool).options.has_timestamps);
  EXPECT_EQ(voice.compare(answer, syn_ack(0).ts(0, 500)), "");
}

}  // namespace
}  // namespace acksu::sim
