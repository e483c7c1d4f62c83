// A connection's life by its timers and its application: giving up, keeping alive, letting go.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

// Runs its timers until it is closed, with a peer that is gone; how long it took.
Duration outlive(Lone& end, Duration limit = 24h) {
  const Instant began = end.desk.now;
  while (end.state() != State::closed && end.desk.now - began < limit) {
    if (end.connection->deadline() == never) return forever;
    end.pass(std::max(end.connection->deadline() - end.desk.now, Duration{0}));
  }
  return end.desk.now - began;
}

// ---- Giving up ----------------------------------------------------------------------------------

// RFC 9293 MUST-20, SHLD-11, 3.10.8 (a): at R2.
TEST(Life, GivesUpAPeerThatIsGone) {
  Lone end;
  end.establish();
  end.write(100);
  end.hear_said();
  EXPECT_EQ(outlive(end), end.desk.settings.r2);
  EXPECT_EQ(end.connection->error(), Error::timed_out);
  EXPECT_EQ(end.desk.memory.held(), 0u);
  EXPECT_TRUE(end.connection->is_over()) << "its reset is said";
}

TEST(Life, TellsThatNobodyAnswers) {  // RFC 9293 MUST-20 (b), SHLD-9, SHLD-10: R1
  Lone end, opening;
  end.establish();
  end.write(100);
  opening.connect();
  for (Lone* each : {&end, &opening}) {
    each->hear_said();
    std::size_t repeated = 0;
    while ((each->connection->take_news() & News::in_doubt) == 0) {
      ASSERT_LT(repeated, 10u);
      repeated += each->pass(each->connection->deadline() - each->desk.now).size();
    }
    EXPECT_EQ(repeated, each->desk.settings.r1_retransmissions + 1) << "at the next time-out";
    each->pass(1min);
    EXPECT_EQ(each->connection->take_news() & News::in_doubt, 0) << "once";
  }
}

// TCP_SYNCNT: the last SYN has its time-out, too.
TEST(Life, SendsASynAgainAsOftenAsWasChosen) {
  for (const std::uint32_t retries : {1u, 3u, 8u}) {
    Lone end;
    end.connect();
    end.set({.syn_retries = retries});
    end.hear_said();
    const Lines again = end.pass(1h);
    EXPECT_EQ(again.size(), retries);
    EXPECT_EQ(end.connection->error(), Error::timed_out);
  }
}

TEST(Life, HoldsASynUntilItIsAskedFor) {
  Lone end;
  end.connect();
  end.connection->hold_syn();
  EXPECT_EQ(end.pass(1h), Lines{});
  end.connection->send_syn();
  EXPECT_EQ(end.hear_said(), (Lines{{"SYN", -1, 0, 0}}));
  end.connection->hold_syn();
  EXPECT_EQ(end.pass(2s).size(), 1u) << "it has left: it goes again";

  Lone other;
  other.connect();
  other.connection->hold_syn();
  other.close();
  EXPECT_TRUE(other.connection->is_over()) << "nobody has heard of it";
}

TEST(Life, GivesUpWhenTheApplicationSaysSo) {  // RFC 9293 MUST-21
  Lone end;
  end.establish();
  end.set({.user_timeout = 7s});
  end.write(100);
  end.hear_said();
  EXPECT_EQ(outlive(end), Duration{7s});

  Lone other;
  other.establish();
  other.set({.user_timeout = 7s});
  other.set({});
  other.write(100);
  other.hear_said();
  EXPECT_EQ(outlive(other), other.desk.settings.r2);

  Lone opening;
  opening.connect();
  opening.set({.user_timeout = 5s});
  opening.hear_said();
  EXPECT_EQ(outlive(opening), Duration{5s});
}

TEST(Life, TakesTheTimeOutGivenWhileItWaits) {
  Lone end;
  end.establish();
  end.write(100);
  end.hear_said();
  end.pass(100s);
  end.set({.user_timeout = 110s});
  EXPECT_EQ(outlive(end), Duration{10s});
}

TEST(Life, StaysWithAPeerWhoseWindowIsClosed) {  // RFC 9293 MUST-37
  Lone end({.window = 1000});
  end.establish();
  end.write(5000);
  end.hear_said();
  Segment closed = end.segment("ACK", 0, 1000);
  closed.window = 0;
  end.hear(closed);
  EXPECT_EQ(end.hear_said(), Lines{});
  int probes = 0;
  for (int i = 0; i < 200; ++i) {
    for (const Line& line : end.pass(30s)) {
      EXPECT_EQ(line, (Line{"ACK", 999, 0, 0}));
      ++probes;
      Segment again = end.segment("ACK", 0, 1000);
      again.window = 0;
      end.hear(again);
      EXPECT_EQ(end.hear_said(), Lines{});
    }
  }
  EXPECT_EQ(end.state(), State::established);
  EXPECT_GE(probes, 90) << "at most a minute apart";
  // Nobody answers any more.
  EXPECT_LE(outlive(end), end.desk.settings.r2 + 1min);
  EXPECT_EQ(end.connection->error(), Error::timed_out);
}

// RFC 9293 SHLD-17: a window that closed over text under way; its peer answers, and takes none.
TEST(Life, StaysWithAPeerWhoseWindowHasShrunk) {
  Lone end({.window = 8000});
  end.establish();
  end.write(5000);
  end.hear_said();
  int repeated = 0;
  for (int i = 0; i < 200; ++i) {
    Segment closed = end.segment("ACK", 0, 0);
    closed.window = 0;
    end.hear(closed);
    end.hear_said();
    for (const Line& line : end.pass(30s)) repeated += line.text_bytes > 0 ? 1 : 0;
  }
  EXPECT_EQ(end.state(), State::established);
  EXPECT_GE(repeated, 90) << "at most a minute apart";
}

TEST(Life, AcknowledgesWhileItProbes) {
  Settings settings;
  settings.quick_acks = 0;
  Lone end({.window = 1000}, settings);
  end.establish();
  end.write(5000);
  end.hear_said();
  Segment closed = end.segment("ACK", 0, 1000);
  closed.window = 0;
  end.hear(closed);
  end.hear_said();
  // A segment arrives whose ACK is delayed beyond the first probe.
  end.desk.now = end.connection->deadline() - 1ms;
  Segment text = end.segment("ACK", 0, 1000, 10);
  text.window = 0;
  end.hear(text);
  const Lines said = end.pass(settings.delayed_ack + 5ms);
  EXPECT_EQ(said, (Lines{{"ACK", 999, 10, 0}, {"ACK", 1000, 10, 0}}))
      << "the peer takes no ACK from a probe: it lies before its window";
}

// RFC 8985 7.2 (b), RFC 6298 5.7: a SYN was sent twice, so that no round trip is known.
TEST(Life, ProbesTheTailAfterASecondWithoutASample) {
  Lone end({.sack = true});
  end.connect();
  EXPECT_EQ(end.hear_said().size(), 1u);
  EXPECT_EQ(end.pass(1s).size(), 1u);
  end.hear("SYN+ACK", -1, 0);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}}));
  end.write(100);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 100}}));
  EXPECT_EQ(end.connection->deadline() - end.desk.now, Duration{1s});
  EXPECT_EQ(end.info().rto, Duration{3s});
}

// ---- Keeping alive (RFC 9293 3.8.4) -------------------------------------------------------------

TEST(KeepAlive, IsOffUnlessAskedFor) {  // RFC 9293 MUST-25
  Lone end;
  end.establish();
  EXPECT_EQ(end.pass(24h), Lines{});
  EXPECT_EQ(end.connection->deadline(), never);
}

// RFC 9293 MAY-5, MUST-28, MUST-29, SHLD-12: after two hours an empty probe; nine may be lost.
TEST(KeepAlive, ProbesAnIdlePeer) {
  Lone end;
  end.establish();
  end.set({.keepalive = true});
  EXPECT_EQ(end.pass(2h - 1s), Lines{});
  EXPECT_EQ(end.pass(2s), (Lines{{"ACK", -1, 0, 0}}));
  end.hear("ACK", 0, 0);
  EXPECT_EQ(end.pass(2h - 5s), Lines{});
  const Lines said = end.pass(1h);
  ASSERT_EQ(said.size(), 10u) << "nine probes, then a reset";
  EXPECT_EQ(said.back().flags, "RST+ACK");
  EXPECT_EQ(end.connection->error(), Error::timed_out);
}

// RFC 9293 MUST-24, MUST-27: it can be switched off again, and the time be chosen.
TEST(KeepAlive, IsTheApplicationsToSet) {
  Lone end;
  end.establish();
  end.set({.keepalive = true, .keepalive_idle = 5s, .keepalive_interval = 1h});
  EXPECT_EQ(end.pass(4s), Lines{});
  EXPECT_EQ(end.pass(2s), (Lines{{"ACK", -1, 0, 0}}));
  end.hear("ACK", 0, 0);
  end.set({.keepalive = false, .keepalive_idle = 5s});
  EXPECT_EQ(end.pass(24h), Lines{});
  EXPECT_EQ(end.state(), State::established);
}

// SECURITY B3: strangers do not keep a dead connection alive.
TEST(KeepAlive, IsNotFooledByStrangers) {
  Lone end;
  end.establish();
  end.set(
      {.keepalive = true, .keepalive_idle = 60s, .keepalive_interval = 10s, .keepalive_probes = 3});
  const Instant began = end.desk.now;
  while (end.state() == State::established && end.desk.now - began < 10min) {
    end.pass(1s);
    end.hear("ACK", 1'000'000, 0);
    end.hear("RST", -5000, 0);
    end.hear_said();
  }
  EXPECT_EQ(end.state(), State::closed);
}

TEST(KeepAlive, LeavesRetransmissionAlone) {  // RFC 9293 MUST-26
  Lone end;
  end.establish();
  end.set({.keepalive = true, .keepalive_idle = 1s});
  end.write(10);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 10}}));
  for (const Line& line : end.pass(2min)) EXPECT_EQ(line, (Line{"ACK", 0, 0, 10}));
  EXPECT_EQ(end.desk.counters.keepalive_probes, 0u);
}

TEST(KeepAlive, EndsWithTheApplication) {
  Lone end;
  end.establish();
  end.set({.keepalive = true, .keepalive_idle = 1s});
  end.close();
  end.hear_said();
  end.hear("ACK", 0, 1);
  EXPECT_EQ(outlive(end), end.desk.settings.fin_wait_2);
  EXPECT_EQ(end.desk.counters.keepalive_probes, 0u);
}

// ---- Letting go ---------------------------------------------------------------------------------

// SECURITY C5.
TEST(Orphan, DoesNotWaitForEverInFinWait2) {
  Lone first, second;
  first.establish();
  first.close();
  first.hear_said();
  first.hear("ACK", 0, 1);
  EXPECT_EQ(first.state(), State::fin_wait_2);
  EXPECT_EQ(outlive(first), first.desk.settings.fin_wait_2);

  second.establish();
  second.shut_down();
  second.hear_said();
  second.hear("ACK", 0, 1);
  EXPECT_EQ(second.pass(1h), Lines{}) << "the application may wait as long as it likes";
  second.close();
  EXPECT_EQ(outlive(second), second.desk.settings.fin_wait_2);
}

// TCP_LINGER2.
TEST(Orphan, WaitsInFinWait2AsLongAsWasChosen) {
  for (const Duration patience : {Duration{7s}, Duration{0s}}) {
    Lone end;
    end.establish();
    end.set({.fin_wait_2 = patience});
    end.close();
    end.hear_said();
    end.hear("ACK", 0, 1);
    EXPECT_EQ(outlive(end), patience);
  }
}

// SECURITY C5.
TEST(Orphan, GivesUpSoonInEveryState) {
  for (const State state :
       {State::fin_wait_1, State::closing, State::last_ack, State::syn_received}) {
    Lone end;
    if (state == State::syn_received) {
      end.connect();
      end.hear_said();
      end.hear("SYN", -1, 0);
    } else {
      end.establish();
    }
    if (state == State::last_ack) end.hear("FIN+ACK", 0, 0);
    end.write(100);
    end.hear_said();
    end.close();
    end.hear_said();
    if (state == State::closing) end.hear("FIN+ACK", 0, 0);
    EXPECT_LE(outlive(end), end.desk.settings.r2_orphan + 1s) << name(state);
    EXPECT_TRUE(end.connection->is_over());
    EXPECT_EQ(end.desk.memory.held(), 0u);
  }
}

// SECURITY C4.
TEST(Orphan, GivesUpAClosedWindow) {
  Lone end({.window = 1000});
  end.establish();
  end.write(5000);
  end.close();
  end.hear_said();
  const Instant began = end.desk.now;
  while (end.state() != State::closed && end.desk.now - began < 1h) {
    Segment closed = end.segment("ACK", 0, 1000);
    closed.window = 0;
    end.hear(closed);
    end.hear_said();
    end.pass(1s);
  }
  EXPECT_LE(end.desk.now - began, end.desk.settings.r2_orphan + 2s);
}

// SECURITY C4: what is under way when the window closes is sent again as a probe; that does not
// make the peer one that takes something.
TEST(ClosedWindow, CountsFromTheLastTextThatWasTaken) {
  for (const std::uint32_t unsent : {0u, 2000u}) {
    Lone end({.window = 3000});
    end.establish();
    EXPECT_FALSE(end.connection->window_closed_since());
    const Instant sent = end.desk.now;
    end.write(3000 + unsent);
    end.hear_said();
    for (int second = 0; second < 90; ++second) {
      Segment closed = end.segment("ACK", 0, 0);
      closed.window = 0;
      end.hear(closed);
      end.hear_said();
      end.pass(1s);
    }
    EXPECT_EQ(end.connection->window_closed_since(), sent) << unsent;
    end.hear("ACK", 0, 3000);
    EXPECT_FALSE(end.connection->window_closed_since()) << "open again";
  }
}

TEST(Orphan, SendsAllThatWasWritten) {
  Lone end;
  end.establish();
  end.write(8500);
  end.close();
  const Lines said = end.hear_said();
  ASSERT_EQ(said.size(), 9u);
  EXPECT_EQ(said.back(), (Line{"FIN+ACK", 8000, 0, 500}));
}

TEST(Orphan, ResetsWhenTextIsUnread) {  // RFC 2525 2.17
  Lone end;
  end.establish();
  end.hear("ACK", 0, 0, 10);
  end.hear_said();
  end.close();
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.hear_said(), (Lines{{"RST+ACK", 0, 10, 0}}));
  EXPECT_EQ(end.desk.memory.held(), 0u);
}

TEST(Linger, OfZeroResets) {
  Lone end;
  end.establish();
  end.set({.linger = Duration{0}});
  end.write(100);
  end.hear_said();
  end.close();
  EXPECT_EQ(end.hear_said(), (Lines{{"RST+ACK", 100, 0, 0}}));
}

TEST(Linger, LimitsTheWaitForAcks) {
  Lone end, done;
  end.establish();
  end.set({.linger = 3s});
  end.write(100);
  end.close();
  end.hear_said();
  EXPECT_EQ(outlive(end), Duration{3s});

  done.establish();
  done.set({.linger = 3s});
  done.shut_down();
  done.hear_said();
  done.hear("ACK", 0, 1);
  done.close();
  EXPECT_EQ(outlive(done), done.desk.settings.fin_wait_2) << "all was acknowledged";
}

TEST(Life, FreesWhatWaitedForAHoleWhenItEnds) {
  Lone end({.sack = true});
  end.establish();
  for (int i = 1; i < 10; ++i) end.hear("ACK", 2000 * i, 0, 1000);
  EXPECT_GT(end.desk.memory.held(), 0u);
  end.hear("RST", 0, 0);
  EXPECT_EQ(end.desk.memory.held(), 0u);
}

TEST(Life, TellsWhenThereIsRoomAgain) {
  Settings settings;
  settings.send_buffer = 4000;
  Lone end({}, settings);
  end.establish();
  EXPECT_EQ(end.write(5000), 4000u);
  end.hear_said();
  end.hear("ACK", 0, 500);
  EXPECT_EQ(end.connection->take_news() & News::writable, 0);
  end.hear("ACK", 0, 1000);
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable);
  EXPECT_EQ(end.write(5000), 1000u);
  end.set({.send_buffer_bytes = 8000});
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable);
}

TEST(Life, GrowsTheBufferOfWhoWritesMore) {
  Settings settings;
  settings.send_buffer = BufferSize{4'000, 50'000};
  Lone end({.sack = true}, settings);
  end.establish();
  EXPECT_EQ(end.write(5'000), 4'000u);
  end.hear_said();
  end.hear("ACK", 0, 1000);
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable);
  EXPECT_GE(end.info().snd.cwnd, 10'000u);
  EXPECT_EQ(end.info().snd.buffer_bytes, 2 * end.info().snd.cwnd);
  EXPECT_EQ(end.write(100'000), end.info().snd.buffer_bytes - 3'000);
  for (std::int64_t acked = 2'000; acked < 200'000; acked += 2'000) {
    end.hear_said();
    end.hear("ACK", 0, acked);
    end.write(100'000);
  }
  EXPECT_EQ(end.info().snd.buffer_bytes, 50'000u);
  end.set({.nodelay = true});
  EXPECT_EQ(end.info().snd.buffer_bytes, 50'000u) << "what nobody sets stays as it has grown";
  end.set({.send_buffer_bytes = 6'000});
  EXPECT_EQ(end.info().snd.buffer_bytes, 6'000u);
  end.set({});
  EXPECT_EQ(end.info().snd.buffer_bytes, 50'000u) << "it follows the path again";
}

TEST(Life, GrowsNoBufferWithoutMemory) {
  Settings settings;
  settings.send_buffer = BufferSize{4'000, 50'000};
  Lone end({.sack = true}, settings);
  end.desk.memory = Budget{30'000};
  end.establish();
  for (std::int64_t acked = 0; acked < 50'000; acked += 1'000) {
    end.write(100'000);
    end.hear_said();
    end.hear("ACK", 0, acked);
  }
  EXPECT_LE(end.info().snd.buffer_bytes, 7'500u);
  EXPECT_GT(end.desk.counters.buffers_kept_small, 0u);
}

TEST(Life, TellsWhenLittleIsUnsent) {
  Settings settings;
  settings.notsent_lowat_bytes = 3'000;
  Lone end({}, settings);
  end.establish();
  EXPECT_EQ(end.write(100'000), 3'000u);
  EXPECT_EQ(end.write(1), 0u);
  EXPECT_EQ(end.connection->take_news() & News::writable, 0);
  EXPECT_EQ(end.hear_said().size(), 3u);
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable) << "all has left";
  std::uint32_t accepted = 3'000;
  while (const std::uint32_t count = end.write(100'000)) {
    accepted += count;
    end.hear_said();
  }
  // The window is full: what is unsent now stays.
  EXPECT_EQ(accepted, end.info().snd.cwnd + 3'000);
  end.connection->take_news();
  end.hear("ACK", 0, 1'000);  // two segments may go
  EXPECT_EQ(end.connection->take_news() & News::writable, 0) << "room in the buffer is not enough";
  EXPECT_EQ(end.hear_said().size(), 2u);
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable);
  EXPECT_EQ(end.write(100'000), 2'000u);
  end.set({.notsent_lowat_bytes = 10'000});
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable);
  EXPECT_EQ(end.write(100'000), 7'000u);
}

// Nothing has left that could be waited for: told at once, an application would ask for ever.
TEST(Life, WhatFoundNoMemoryWaitsForAnAck) {
  Settings settings;
  settings.notsent_lowat_bytes = 3'000;
  Lone end({}, settings);
  end.desk.memory = Budget{3'000};
  end.establish();
  end.write(1'000);
  EXPECT_EQ(end.write(5'000), 0u);
  EXPECT_EQ(end.hear_said().size(), 1u);
  EXPECT_EQ(end.connection->take_news() & News::writable, 0);
  end.hear("ACK", 0, 1'000);
  EXPECT_EQ(end.connection->take_news() & News::writable, News::writable);
}

TEST(Life, UncorksAtOnce) {
  Lone end;
  end.establish();
  end.set({.cork = true});
  end.write(10);
  EXPECT_EQ(end.hear_said(), Lines{});
  end.set({});
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 10}}));
  end.hear("ACK", 0, 10);
  EXPECT_EQ(end.connection->deadline(), never);
}

}  // namespace
}  // namespace acksu::tcp
