// SEGMENT ARRIVES, case by case (RFC 9293 3.10.7), and what RFC 5961 and RFC 7323 add.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

// ---- SYN-SENT -----------------------------------------------------------------------------------

TEST(SynSent, OpensWithSynAndAck) {
  Lone end;
  end.connect();
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN", -1, 0, 0}}));
  end.hear("SYN+ACK", -1, 0);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}}));
  EXPECT_EQ(end.connection->take_news(), News::connected | News::writable);
}

TEST(SynSent, AnswersAnAckOfWhatWasNotSent) {  // RFC 9293 3.10.7.3 first
  Lone end;
  end.connect();
  end.hear_said();
  for (const int ack : {-1, 1, 1000}) {
    const Verdict verdict = end.hear("SYN+ACK", -1, ack);
    EXPECT_EQ(verdict.drop, Drop::tcp_ack_of_unsent);
    EXPECT_TRUE(verdict.is_reset_owed);
    EXPECT_FALSE(end.hear("RST+ACK", -1, ack).is_reset_owed);
  }
  EXPECT_EQ(end.state(), State::syn_sent);
}

// RFC 9293 3.10.7.3 second, fifth, RFC 5961 3.2 (a).
TEST(SynSent, IsRefusedOnlyByAResetThatKnowsTheSyn) {
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("RST", 0, 0);
  EXPECT_EQ(end.state(), State::syn_sent);
  end.hear("ACK", 0, 0);
  EXPECT_EQ(end.state(), State::syn_sent);
  end.hear("RST+ACK", 0, 0);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.connection->error(), Error::connection_refused);
  EXPECT_EQ(end.hear_said(), Lines{});
}

TEST(SynSent, TakesTextAndFinOfTheSynAndAck) {  // RFC 9293 3.10.7.3 fourth
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("SYN+FIN+ACK", -1, 0, 0);
  EXPECT_EQ(end.state(), State::close_wait);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 1, 0}}));
}

// RFC 9293 SHLD-18: its next text may take the ACK along.
TEST(SynSent, WhoWaitedToWriteMayDelayItsAcks) {
  for (const bool is_delayed : {false, true}) {
    Lone end;
    end.desk.settings.talkers_delay_acks = is_delayed;
    end.desk.settings.quick_acks = 16;
    end.connect();
    end.hear_said();
    Context context = end.desk.context();
    end.connection->await_room(context);
    end.hear("SYN+ACK", -1, 0);
    end.write(10);
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 10}}));
    end.hear("ACK", 0, 10, 100);
    EXPECT_EQ(end.hear_said(), is_delayed ? Lines{} : (Lines{{"ACK", 10, 100, 0}}));
  }
}

TEST(SynSent, GivesUpAfterThreeMinutes) {  // RFC 9293 MUST-22, MUST-23
  Lone end;
  end.connect();
  const Instant began = end.desk.now;
  Lines said = end.hear_said();
  while (end.state() == State::syn_sent) {
    ASSERT_NE(end.connection->deadline(), never);
    for (Line& line : end.pass(end.connection->deadline() - end.desk.now)) {
      said.push_back(std::move(line));
    }
  }
  EXPECT_GE(end.desk.now - began, Duration{3min});
  EXPECT_GE(said.size(), 7u);
  for (const Line& line : said) EXPECT_EQ(line, (Line{"SYN", -1, 0, 0}));
  EXPECT_EQ(end.connection->error(), Error::timed_out);
  EXPECT_EQ(end.desk.counters.failed_opens, 1u);
}

// ---- Crossing SYNs (RFC 9293 MUST-10) -----------------------------------------------------------

// RFC 9293 MUST-10
TEST(Crossing, OpensByTheOthersSynAndAck) {  // figure 8
  Lone end({.timestamps = true, .sack = true});
  end.connect();
  end.write(500);
  end.hear_said();
  end.hear("SYN", -1, 0);
  EXPECT_EQ(end.state(), State::syn_received);
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN+ACK", -1, 0, 0}}));
  end.hear("SYN+ACK", -1, 0);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_EQ(end.info().snd.wnd, 60'000u);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 500}}));
}

TEST(Crossing, OpensByAPlainAck) {
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("SYN", -1, 0);
  end.hear_said();
  end.hear("ACK", 0, 0, 10);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_EQ(end.read(), text_from(0, 10));
}

TEST(Crossing, RepeatsItsSynAndAck) {
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("SYN", -1, 0);
  end.hear_said();
  EXPECT_EQ(end.pass(1500ms), (Lines{{"SYN+ACK", -1, 0, 0}}));
  end.hear("SYN+ACK", -1, 0);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}})) << "ours may have been lost";
}

// RFC 9293 MUST-11: an active open is refused.
TEST(Crossing, IsRefusedByAReset) {
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("SYN", -1, 0);
  end.hear("RST", 0, 0);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.connection->error(), Error::connection_refused);
}

TEST(Crossing, AnswersABadAckWithAReset) {  // RFC 9293 3.10.7.4 fifth
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("SYN", -1, 0);
  EXPECT_TRUE(end.hear("ACK", 0, 1).is_reset_owed);
  EXPECT_EQ(end.state(), State::syn_received);
}

TEST(Crossing, ClosesBeforeItIsOpen) {  // RFC 9293 3.10.4
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("SYN", -1, 0);
  end.hear_said();
  end.write(10);
  EXPECT_EQ(end.shut_down(), Error::none);
  EXPECT_EQ(end.state(), State::fin_wait_1);
  EXPECT_EQ(end.hear_said(), Lines{}) << "the FIN waits for the ACK of the SYN";
  end.hear("ACK", 0, 0);
  EXPECT_EQ(end.state(), State::fin_wait_1);
  EXPECT_EQ(end.hear_said(), (Lines{{"FIN+ACK", 0, 0, 10}}));
  end.hear("ACK", 0, 11);
  EXPECT_EQ(end.state(), State::fin_wait_2);
}

// ---- A listener's ACK ---------------------------------------------------------------------------

TEST(Accepted, TakesTextAndFinOfTheThirdSegment) {
  Lone end;
  end.accept(end.segment("FIN+ACK", 0, 0, 100));
  EXPECT_EQ(end.state(), State::close_wait);
  EXPECT_EQ(end.read(), text_from(0, 100));
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 101, 0}}));
}

// RFC 6298 5.7, RFC 6928 2 (b), RFC 5681 3.1 (c).
TEST(Accepted, IsCarefulWhenItsSynAndAckWasLost) {
  Lone once, twice, often;
  once.accept(once.segment("ACK", 0, 0), 1);
  twice.accept(twice.segment("ACK", 0, 0), 2);
  often.accept(often.segment("ACK", 0, 0), 3);
  EXPECT_EQ(once.info().rto, Duration{1s});
  EXPECT_EQ(twice.info().rto, Duration{3s});
  EXPECT_EQ(twice.info().snd.cwnd, 10'000u);
  EXPECT_EQ(often.info().snd.cwnd, 1000u);
}

// ---- Resets (RFC 5961 section 3) ----------------------------------------------------------------

// SECURITY B3.
// RFC 9293 3.10.7.4 second, RFC 5961 3.2 (1), (2), (3).
TEST(Reset, CountsOnlyAtTheExactNumber) {
  Lone end;
  end.establish();
  const std::uint32_t window = end.info().rcv.wnd;
  for (const std::int64_t seq :
       {std::int64_t{-1}, std::int64_t{window}, std::int64_t{window} + 1}) {
    EXPECT_EQ(end.hear("RST", seq, 0).drop, Drop::tcp_reset_out_of_window) << seq;
    EXPECT_EQ(end.hear_said(), Lines{}) << "silently";
  }
  EXPECT_EQ(end.hear("RST", window - 1, 0).drop, Drop::tcp_reset_challenged);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}}));
  EXPECT_EQ(end.hear("RST", 1, 0).drop, Drop::tcp_reset_challenged);
  EXPECT_EQ(end.hear_said(), Lines{}) << "RFC 5961 section 7";
  EXPECT_EQ(end.state(), State::established);
  end.hear("RST", 0, 0);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.connection->error(), Error::connection_reset);
}

TEST(Reset, CountsAtAClosedWindow) {  // RFC 9293 MUST-66
  Settings settings;
  settings.receive_buffer = 1000;
  Lone end({}, settings);
  end.establish();
  end.hear("ACK", 0, 0, 1000);
  EXPECT_EQ(end.info().rcv.wnd, 0u);
  EXPECT_EQ(end.hear("RST", 999, 0).drop, Drop::tcp_reset_out_of_window);
  end.hear("RST", 1000, 0);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.read(), text_from(0, 1000)) << "what has arrived can be read";
}

TEST(Reset, MayHoldText) {  // RFC 9293 SHLD-2
  Lone end;
  end.establish();
  end.hear("RST", 0, 0, 50);
  EXPECT_EQ(end.state(), State::closed);
}

TEST(Reset, SaysWhereWeAreWhenTextIsUnsent) {  // RFC 9293 3.10.5
  Lone end({.window = 3000});
  end.establish();
  EXPECT_EQ(end.write(100'000), 100'000u);
  end.hear_said();
  end.abort();
  EXPECT_EQ(end.hear_said(), (Lines{{"RST+ACK", 3000, 0, 0}}));
  EXPECT_EQ(end.desk.memory.held(), 0u);
}

TEST(Reset, CarriesATimeStamp) {  // RFC 7323 3.2 (d)
  Lone end({.timestamps = true});
  end.establish();
  end.abort();
  const auto said = end.said();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].options.has_timestamps);
}

TEST(Reset, TellsAPeerThatWouldWaitForEver) {
  Lone end;
  end.establish();
  end.hear("FIN+ACK", 0, 0);
  end.write(1000);
  end.shut_down();
  end.hear_said();
  EXPECT_EQ(end.state(), State::last_ack);
  end.abort();
  EXPECT_EQ(end.hear_said(), (Lines{{"RST+ACK", 1001, 1, 0}}));
}

// ---- SYNs in synchronized states (RFC 5961 section 4) -------------------------------------------

// SECURITY B4.
// RFC 9293 3.10.7.4 fourth, RFC 5961 4.2.
TEST(Syn, IsChallengedWhereverItStands) {
  for (const std::int64_t seq : {-1, 0, 5, 1 << 20, -5000}) {
    Lone end;
    end.establish();
    end.hear("SYN", seq, 0);
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}})) << seq;
    for (int i = 0; i < 10; ++i) end.hear("SYN", seq, 0);
    EXPECT_EQ(end.hear_said(), Lines{}) << seq;
    EXPECT_EQ(end.state(), State::established);
    end.desk.now += end.desk.settings.challenge_interval;
    end.hear("SYN+ACK", seq, 0);
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}})) << seq;
  }
}

// ---- ACKs (RFC 9293 3.10.7.4 fifth, RFC 5961 section 5) -----------------------------------------

// SECURITY B5.
// RFC 9293 MAY-12, RFC 5961 5.2.
TEST(Ack, MustLieInItsRange) {
  Lone end({.window = 2000});
  end.establish();
  end.write(5000);
  for (int i = 0; i < 5; ++i) {
    end.hear_said();
    end.hear("ACK", 0, 1000 * (i + 1));
  }
  end.desk.now += 1s;
  struct Case {
    std::int64_t ack;
    Drop drop;
  };
  for (const Case& each : {Case{5001, Drop::tcp_ack_of_unsent},
                           {2999, Drop::tcp_ack_too_old},
                           {-1, Drop::tcp_ack_too_old},
                           {3000, Drop::none},
                           {5000, Drop::none}}) {
    const std::string before = end.read();
    const Verdict verdict = end.hear("ACK", 0, each.ack);
    EXPECT_EQ(verdict.drop, each.drop) << each.ack;
    EXPECT_FALSE(verdict.is_reset_owed);
    const Lines expected = each.drop == Drop::none ? Lines{} : Lines{{"ACK", 5000, 0, 0}};
    EXPECT_EQ(end.hear_said(), expected) << each.ack;
    end.desk.now += 1s;
  }
  EXPECT_EQ(end.hear("RST", 5, 0).drop, Drop::tcp_reset_challenged);
}

// SECURITY B5: ACKs of what was there before the connection.
TEST(Ack, OfWhatWasNeverSentIsNotHonest) {
  Lone end;
  end.establish();
  EXPECT_EQ(end.hear("ACK", 0, -2, 10).drop, Drop::tcp_ack_too_old);
  EXPECT_EQ(end.read(), "");
}

TEST(Ack, IsNeeded) {  // RFC 9293 3.10.7.4 fifth
  Lone end;
  end.establish();
  EXPECT_EQ(end.hear("", 0, 0, 10).drop, Drop::tcp_no_ack);
  EXPECT_EQ(end.hear("FIN", 0, 0).drop, Drop::tcp_no_ack);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_EQ(end.hear_said(), Lines{});
}

TEST(Ack, CountsAtAClosedWindow) {  // RFC 9293 MUST-66
  Settings settings;
  settings.receive_buffer = 1000;
  Lone end({}, settings);
  end.establish();
  end.hear("ACK", 0, 0, 1000);
  end.write(500);
  end.hear_said();
  EXPECT_EQ(end.info().snd.una, Seq{Lone::ours});
  end.hear("ACK", 1000, 500, 1);
  EXPECT_EQ(end.info().snd.una, Seq{Lone::ours + 500});
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 500, 1000, 0}})) << "RFC 9293 3.8.6.1";
  end.hear("FIN+ACK", 1000, 500);
  EXPECT_EQ(end.state(), State::established) << "there is no room for it";
}

// ---- Time stamps --------------------------------------------------------------------------------

TEST(TimeStamp, OfOldSegmentsIsAnswered) {  // RFC 7323 5.3 (a), 5.2 (b), 3.2 (e)
  Lone end({.timestamps = true});
  end.establish();
  end.hear("ACK", 0, 0, 10);
  end.hear_said();
  Segment old = end.segment("ACK", 10, 0, 10);
  old.options.timestamps.value -= 100;
  EXPECT_EQ(end.hear(old).drop, Drop::tcp_paws);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 10, 0}}));
  Segment bare = end.segment("ACK", 10, 0, 10);
  bare.options.has_timestamps = false;
  EXPECT_EQ(end.hear(bare).drop, Drop::tcp_no_timestamp);  // 3.2: silently
  EXPECT_EQ(end.hear_said(), Lines{});
  Segment reset = end.segment("RST", 10, 0);
  reset.options.timestamps.value -= 100;
  end.hear(reset);
  EXPECT_EQ(end.state(), State::closed) << "resets are not asked for their age";
}

// A stranger who guesses a number in the window must not make the peer's time stamps look old.
// SECURITY B13.
TEST(TimeStamp, IsBelievedOnlyWithAnAck) {
  for (const char* flags : {"RST", "SYN", "SYN+ACK", "ACK"}) {
    Lone end({.timestamps = true});
    end.establish();
    end.hear("ACK", 0, 0, 10);
    end.hear_said();
    const bool is_reset = std::string(flags) == "RST";
    Segment forged = end.segment(flags, is_reset ? 11 : 10, -5000, is_reset ? 0 : 1);
    forged.options.has_timestamps = true;
    forged.options.timestamps.value = end.their_clock + 0x7000'0000;
    EXPECT_NE(end.hear(forged).drop, Drop::none) << flags;
    end.hear_said();
    end.hear("ACK", 10, 0, 10);
    EXPECT_EQ(end.read(), text_from(0, 20)) << flags;
  }
}

// ---- Text and FIN -------------------------------------------------------------------------------

TEST(Fin, IsAcknowledgedAgain) {
  Lone end;
  end.establish();
  end.hear("FIN+ACK", 0, 0, 10);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 11, 0}}));
  for (int i = 0; i < 3; ++i) {
    end.hear("FIN+ACK", 0, 0, 10);
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 11, 0}}));
    end.hear("FIN+ACK", 10, 0);
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 11, 0}}));
  }
  EXPECT_EQ(end.state(), State::close_wait);
  EXPECT_EQ(end.read(), text_from(0, 10));
}

TEST(Fin, LeavesTheOtherDirectionOpen) {  // RFC 9293 3.10.7.4 eighth
  Lone end;
  end.establish();
  end.hear("FIN+ACK", 0, 0);
  end.hear_said();
  std::int64_t acked = 0;
  for (int i = 0; i < 50; ++i) {
    end.write(2000);
    for (const Line& line : end.hear_said()) acked = std::max(acked, line.seq + line.text_bytes);
    end.hear("ACK", 1, acked);
  }
  EXPECT_EQ(acked, 100'000);
  end.shut_down();
  EXPECT_EQ(end.state(), State::last_ack);
  EXPECT_EQ(end.hear_said(), (Lines{{"FIN+ACK", acked, 1, 0}}));
  end.hear("ACK", 1, acked + 1);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.connection->error(), Error::none);
  EXPECT_EQ(end.desk.memory.held(), 0u);
}

TEST(Fin, CrossesOurs) {  // RFC 9293 figure 13
  Lone end;
  end.establish();
  end.shut_down();
  EXPECT_EQ(end.hear_said(), (Lines{{"FIN+ACK", 0, 0, 0}}));
  end.hear("FIN+ACK", 0, 0);
  EXPECT_EQ(end.state(), State::closing);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 1, 1, 0}}));
  end.hear("ACK", 1, 1);
  EXPECT_EQ(end.state(), State::time_wait);
  EXPECT_FALSE(end.connection->remains().is_ack_owed);
}

TEST(Fin, AcknowledgesOurs) {  // RFC 9293 3.3.2 note 2
  Lone end;
  end.establish();
  end.shut_down();
  end.hear_said();
  end.hear("FIN+ACK", 0, 1, 20);
  EXPECT_EQ(end.state(), State::time_wait);
  EXPECT_TRUE(end.connection->remains().is_ack_owed);
  EXPECT_EQ(end.read(), text_from(0, 20));
  EXPECT_EQ(end.connection->deadline(), never);
}

TEST(Text, AfterCloseIsReset) {  // RFC 9293 MAY-1, SHLD-3
  Lone end;
  end.establish();
  end.close();
  end.hear_said();
  end.hear("ACK", 0, 1);
  EXPECT_EQ(end.state(), State::fin_wait_2);
  EXPECT_EQ(end.hear("ACK", 0, 1, 10).drop, Drop::tcp_text_after_close);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.hear_said(), (Lines{{"RST+ACK", 1, 0, 0}}));
}

TEST(Closed, AnswersWithAReset) {  // RFC 9293 3.10.7.1
  Lone end;
  end.establish();
  end.hear("FIN+ACK", 0, 0);
  end.shut_down();
  end.hear_said();
  end.hear("ACK", 1, 1);
  ASSERT_EQ(end.state(), State::closed);
  EXPECT_TRUE(end.hear("ACK", 1, 1, 10).is_reset_owed);
  EXPECT_FALSE(end.hear("RST", 1, 1).is_reset_owed);
  EXPECT_EQ(end.connection->error(), Error::none) << "it had closed in order";
}

}  // namespace
}  // namespace acksu::tcp
