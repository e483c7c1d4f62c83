// Edges of a connection's life: what its SYNs say, what a lost one costs, what calls leave running,
// and what arrives where hardly anything may.
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "tcp/lone_test.h"

namespace acksu::tcp::connection_edges_test {
namespace {

Instant at(const Lone& end, Timer timer) {
  return end.info().timers[static_cast<std::size_t>(timer)];
}

// ---- SYNs ---------------------------------------------------------------------------------------

// RFC 9293 MUST-14, SHLD-5, RFC 7323 2.2 (a), 3.2 (a), RFC 2018: a SYN offers all that is allowed.
TEST(ConnectionEdges, ASynOffersWhatTheSettingsAllow) {
  for (unsigned bits = 0; bits < 8; ++bits) {
    Settings settings;
    settings.sack = (bits & 1) != 0;
    settings.timestamps = (bits & 2) != 0;
    settings.window_scaling = (bits & 4) != 0;
    settings.receive_buffer = BufferSize{200'000};
    Lone end({}, settings);
    end.connect();
    const Segment syn = end.said().at(0);
    EXPECT_EQ(syn.seq, Seq{Lone::ours - 1});
    EXPECT_FALSE(syn.has(Flags::ack));
    EXPECT_EQ(syn.window, 0xffff);
    EXPECT_EQ(syn.options.mss, 1000);
    EXPECT_EQ(syn.options.sack_permitted, settings.sack);
    EXPECT_EQ(syn.options.has_timestamps, settings.timestamps);
    EXPECT_EQ(syn.options.timestamps.echo_reply, 0u);
    EXPECT_EQ(syn.options.window_scale,
              settings.window_scaling ? 2 : SegmentOptions::no_window_scale);
    EXPECT_EQ(syn.options.timestamps.value,
              settings.timestamps ? timestamp_at(end.desk.now, 77) : 0);
  }
}

// RFC 9293 figure 8: the answer to a SYN that crosses ours repeats what both can.
TEST(ConnectionEdges, ASynAckRepeatsWhatBothCan) {
  for (unsigned bits = 0; bits < 8; ++bits) {
    const bool sack = (bits & 1) != 0, timestamps = (bits & 2) != 0, scaling = (bits & 4) != 0;
    Settings settings;
    settings.receive_buffer = BufferSize{200'000};
    Lone end({.timestamps = timestamps, .sack = sack}, settings);
    end.connect();
    end.said();
    Segment syn = end.segment("SYN", -1, 0);
    if (scaling) syn.options.window_scale = 5;
    end.hear(syn);
    const Segment answer = end.said().at(0);
    EXPECT_TRUE(answer.has(Flags::ack));
    EXPECT_EQ(answer.ack, Seq{Lone::theirs});
    EXPECT_EQ(answer.window, 0xffff);
    EXPECT_EQ(answer.options.mss, 1000);
    EXPECT_EQ(answer.options.sack_permitted, sack);
    EXPECT_EQ(answer.options.has_timestamps, timestamps);
    EXPECT_EQ(answer.options.window_scale, scaling ? 2 : SegmentOptions::no_window_scale);
    EXPECT_EQ(answer.options.timestamps.echo_reply, timestamps ? syn.options.timestamps.value : 0);
    EXPECT_EQ(end.info().snd.wscale, scaling ? 5 : 0);
    EXPECT_EQ(end.info().rcv.wscale, scaling ? 2 : 0);
  }
}

// RFC 6298 5.5; as Linux some SYNs go again without their time-out growing.
TEST(ConnectionEdges, SomeSynsGoEvenly) {
  struct Row {
    std::uint32_t linear;
    std::array<int, 4> seconds;  // from one SYN to the next
  };
  for (const Row& row : {Row{0, {1, 2, 4, 8}}, Row{1, {1, 1, 2, 4}}, Row{2, {1, 1, 1, 2}}}) {
    Settings settings;
    settings.linear_syns = row.linear;
    Lone end({}, settings);
    end.connect();
    end.said();
    for (const int seconds : row.seconds) {
      EXPECT_EQ(at(end, Timer::retransmission) - end.desk.now, Duration{seconds * 1s})
          << row.linear;
      EXPECT_EQ(end.pass(seconds * 1s).size(), 1u);
    }
  }
}

// RFC 5681 3.1 (c), RFC 6928 2 (b): one that was lost may have been, two tell of congestion.
TEST(ConnectionEdges, TwoLostSynsNarrowTheWindow) {
  for (int lost = 0; lost < 4; ++lost) {
    Lone end;
    end.connect();
    end.said();
    for (int i = 0; i < lost; ++i) end.pass(at(end, Timer::retransmission) - end.desk.now);
    end.hear("SYN+ACK", -1, 0);
    EXPECT_EQ(end.info().snd.cwnd, lost < 2 ? 10'000u : 1'000u) << lost;
    EXPECT_EQ(end.info().rto, lost == 0 ? Duration{200ms + 1ns} : Duration{3s}) << lost;
  }
}

// RFC 6298 5.5: what was sent by who was called waits longer each time, too.
TEST(ConnectionEdges, TheTimeOutOfWhoWasCalledDoubles) {
  Lone end;
  end.accept(end.segment("ACK", 0, 0));
  end.write(100);
  end.said();
  for (const Duration each : {Duration{1s}, Duration{2s}, Duration{4s}}) {
    EXPECT_EQ(end.info().rto, each);
    EXPECT_EQ(end.pass(each), (Lines{{"ACK", 0, 0, 100}}));
  }
}

TEST(ConnectionEdges, WhoWasCalledEchoesTheTimeStampOfTheSyn) {
  Lone end({.timestamps = true});
  Accepted accepted;
  accepted.agreement.timestamps = true;
  accepted.agreement.peer_mss = 1000;
  accepted.irs = Seq{Lone::theirs - 1};
  accepted.ts_recent = 4711;
  accepted.offered_window = 60'000;
  Context context = end.desk.context();
  end.connection.emplace(Opening{.tuple = end.desk.tuple, .iss = Seq{Lone::ours - 1}, .mss = 1000},
                         accepted, context);
  EXPECT_EQ(end.connection->remains().ts_recent, 4711u);
  EXPECT_EQ(end.connection->remains().ace, 0);
  EXPECT_EQ(end.info().rcv.wnd, 60'000u);
}

TEST(ConnectionEdges, EachMoveIsCounted) {
  Lone end;
  end.establish();
  const auto& moves = end.desk.counters.moves;
  EXPECT_EQ(std::accumulate(moves.begin(), moves.end(), std::uint64_t{0}), 2u);
}

// ---- Resets for nobody (RFC 9293 3.10.7.1) ------------------------------------------------------

TEST(ConnectionEdges, AResetForNobodyStandsWhereItIsBelieved) {
  Desk desk;
  Segment lost;
  lost.source_port = 5;
  lost.destination_port = 80;
  lost.seq = Seq{1000};
  lost.flags.set(Flags::fin);
  lost.text.append(desk.pool.copy_of(bytes_of(text_from(0, 10))));
  const Segment blind = reset_for(lost);
  EXPECT_EQ(blind.source_port, 80);
  EXPECT_EQ(blind.destination_port, 5);
  EXPECT_TRUE(blind.has(Flags::rst));
  EXPECT_TRUE(blind.has(Flags::ack));
  EXPECT_EQ(blind.seq, Seq{});
  EXPECT_EQ(blind.ack, Seq{1011});
  lost.flags.set(Flags::ack);
  lost.ack = Seq{7000};
  const Segment known = reset_for(lost);
  EXPECT_EQ(known.seq, Seq{7000});
  EXPECT_FALSE(known.has(Flags::ack));
}

// ---- A closed window (RFC 9293 MUST-66) ---------------------------------------------------------

struct Shut : Lone {
  static Settings small() {
    Settings settings;
    settings.receive_buffer = BufferSize{1000};
    return settings;
  }
  Shut() : Lone({}, small()) {
    establish();
    write(500);
    hear_said();
    hear("ACK", 0, 0, 1000);
    hear_said();
    EXPECT_EQ(info().rcv.wnd, 0u);
  }
};

TEST(ConnectionEdges, AtAClosedWindowNothingButTheAckIsTaken) {
  Shut text, fin, elsewhere, syn;
  text.hear("FIN+ACK", 1000, 500, 10);
  EXPECT_EQ(text.state(), State::established);
  EXPECT_EQ(text.info().bytes_acked, 500u);
  EXPECT_EQ(text.read(), text_from(0, 1000));
  EXPECT_FALSE(text.info().rcv.is_ended);
  fin.hear("FIN+ACK", 1000, 500);
  EXPECT_EQ(fin.state(), State::established);
  EXPECT_EQ(fin.info().bytes_acked, 500u);
  EXPECT_EQ(elsewhere.hear("ACK", 1001, 500, 10).drop, Drop::tcp_out_of_window);
  EXPECT_EQ(elsewhere.info().bytes_acked, 0u);
  EXPECT_EQ(syn.hear("SYN+ACK", 1000, 500).drop, Drop::tcp_out_of_window);
  EXPECT_EQ(syn.info().bytes_acked, 0u);
}

// RFC 9293 3.10.7.4 first: text that came before is answered, and counted.
TEST(ConnectionEdges, ADuplicateIsCountedAndAnswered) {
  Lone end;
  end.establish();
  end.hear("ACK", 0, 0, 10);
  end.hear_said();
  end.hear("ACK", 0, 0, 10);
  EXPECT_EQ(end.desk.counters.duplicate_segments, 1u);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 10, 0}}));
}

// RFC 9293 SHLD-3: only what is new to an orphan is a reason to reset.
TEST(ConnectionEdges, AnOrphanTakesAFinBehindTextThatItHas) {
  Lone end;
  end.establish();
  end.hear("ACK", 0, 0, 10);
  end.read();
  end.hear_said();
  end.close();
  end.hear_said();
  end.hear("FIN+ACK", 0, 1, 10);
  EXPECT_EQ(end.state(), State::time_wait);
  Lone other;
  other.establish();
  other.close();
  other.hear_said();
  other.hear("FIN+ACK", 0, 1, 1);
  EXPECT_EQ(other.state(), State::closed);
  EXPECT_EQ(other.hear_said(), (Lines{{"RST+ACK", 1, 0, 0}}));
}

// RFC 5961 section 7: when the next challenge may leave is part of the state.
TEST(ConnectionEdges, AChallengeIsRemembered) {
  Lone plain, challenged;
  std::array<std::uint64_t, 2> told{};
  for (Lone* end : {&plain, &challenged}) {
    end->establish();
    if (end == &challenged) end->hear("SYN", 0, 0);
    end->hear_said();
    Digest digest;
    end->connection->digest(digest);
    told[end == &challenged] = digest.value();
  }
  EXPECT_EQ(challenged.desk.counters.challenge_acks, 1u);
  EXPECT_NE(told[0], told[1]);
}

TEST(ConnectionEdges, WhoIsClosedSaysNothingThatWasOwed) {
  Lone end;
  end.establish();
  end.hear("ACK", 0, 0, 10);
  end.hear("RST", 10, 0);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.hear_said(), Lines{});
}

// The ACK of a FIN brings a window like any other.
TEST(ConnectionEdges, TheAckOfALoneFinTellsAWindow) {
  Lone end;
  end.establish();
  end.shut_down();
  EXPECT_EQ(end.hear_said(), (Lines{{"FIN+ACK", 0, 0, 0}}));
  Segment ack = end.segment("ACK", 0, 1);
  ack.window = 5000;
  end.hear(ack);
  EXPECT_EQ(end.state(), State::fin_wait_2);
  EXPECT_EQ(end.info().snd.wnd, 5000u);
  EXPECT_EQ(end.info().bytes_acked, 1u);
  EXPECT_EQ(at(end, Timer::retransmission), never);
}

// ---- Calls --------------------------------------------------------------------------------------

// RFC 9293 MUST-60: a cork ends with its option, or when its time is over.
TEST(ConnectionEdges, ACorkRunsAsLongAsItIsSet) {
  Lone end;
  end.establish();
  end.set({.cork = true});
  end.write(10);
  EXPECT_EQ(end.hear_said(), Lines{});
  const Instant due = at(end, Timer::cork);
  EXPECT_EQ(due, end.desk.now + end.desk.settings.cork_limit);
  end.set({.cork = true, .keepalive = true});
  EXPECT_EQ(at(end, Timer::cork), due);
  end.set({});
  EXPECT_EQ(at(end, Timer::cork), never);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 10}}));
}

// Whoever cannot wait any longer says so: what was held back goes, once.
TEST(ConnectionEdges, NoDelayLetsOutWhatACorkHasHeldBack) {
  Lone end;
  end.establish();
  end.set({.cork = true});
  end.write(10);
  EXPECT_EQ(end.hear_said(), Lines{});
  end.set({.nodelay = true, .cork = true});
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 10}}));
  end.write(10);
  EXPECT_EQ(end.hear_said(), Lines{});
  end.set({.nodelay = true, .cork = true});
  EXPECT_EQ(end.hear_said(), Lines{}) << "that is no news";
}

TEST(ConnectionEdges, AChosenBufferStaysUntilItIsChosenAnew) {
  Settings settings;
  settings.receive_buffer = BufferSize{8000};
  settings.send_buffer = BufferSize{9000};
  Lone end({}, settings);
  end.establish();
  const auto sizes = [&] {
    return std::pair{end.info().snd.buffer_bytes, end.info().rcv.buffer_bytes};
  };
  EXPECT_EQ(sizes(), (std::pair{9000u, 8000u}));
  end.set({.send_buffer_bytes = 5000});
  EXPECT_EQ(sizes(), (std::pair{5000u, 8000u}));
  end.set({.send_buffer_bytes = 5000, .receive_buffer_bytes = 6000});
  EXPECT_EQ(sizes(), (std::pair{5000u, 6000u}));
  end.set({.nodelay = true, .receive_buffer_bytes = 6000});
  EXPECT_EQ(sizes(), (std::pair{9000u, 6000u}));
  end.set({});
  EXPECT_EQ(sizes(), (std::pair{9000u, 8000u}));
}

TEST(ConnectionEdges, PacedTextLeavesInItsTime) {
  Settings settings;
  settings.pacing = true;
  Lone end({}, settings);
  end.connect();
  end.hear_said();
  end.desk.now += 100ms;
  end.hear("SYN+ACK", -1, 0);
  end.write(5000);
  const std::size_t burst = end.hear_said().size();
  EXPECT_LT(burst, 5u);
  const Instant due = at(end, Timer::pacing);
  ASSERT_NE(due, never);
  EXPECT_EQ(end.pass(50ms).size(), 5 - burst);
  EXPECT_EQ(at(end, Timer::pacing), never);
}

// What ICMP has said of a silence is over when the silence is another one.
TEST(ConnectionEdges, ASoftErrorIsForgottenWhenTheNextSilenceBegins) {
  for (const bool has_sack : {false, true}) {
    Lone end({.sack = has_sack});
    end.establish();
    end.write(10);
    end.hear_said();
    end.connection->on_soft_error(Error::host_unreachable);
    EXPECT_EQ(end.connection->soft_error(), Error::host_unreachable);
    EXPECT_NE(end.connection->take_news() & News::in_doubt, 0);
    end.pass(end.connection->deadline() - end.desk.now);
    EXPECT_EQ(end.connection->soft_error(), Error::none);
  }
}

// An application that changes its options puts no timer off.
TEST(ConnectionEdges, OptionsPutNoProbeOff) {
  Lone end({.sack = true});
  end.establish();
  end.write(10);
  end.hear_said();
  const Instant due = at(end, Timer::tail_probe);
  ASSERT_NE(due, never);
  end.desk.now += 10ms;
  end.set({.nodelay = true});
  EXPECT_EQ(at(end, Timer::tail_probe), due);
}

// ---- Reading views ------------------------------------------------------------------------------

// RFC 9293 MUST-33: an urgent end that was read is over, however it was read.
TEST(ConnectionEdges, UrgentTextEndsWhereItWasRead) {
  for (const bool by_views : {false, true}) {
    Lone end;
    end.establish();
    Segment text = end.segment("ACK", 0, 0, 10);
    text.flags.set(Flags::urg);
    text.urgent_pointer = 5;
    end.hear(text);
    const auto take = [&](std::uint32_t bytes) {
      Context context = end.desk.context();
      if (by_views) {
        EXPECT_EQ(end.connection->read_shared(bytes, context)->size(), bytes);
      } else {
        EXPECT_EQ(end.read(bytes).size(), bytes);
      }
      return end.info().rcv.urgent_bytes;
    };
    EXPECT_EQ(end.info().rcv.urgent_bytes, 5u);
    EXPECT_EQ(take(4), 1u);
    EXPECT_EQ(take(1), 0u);
    end.connection->take_news();
    Segment again = end.segment("ACK", 10, 0, 10);
    again.flags.set(Flags::urg);
    again.urgent_pointer = 10;
    end.hear(again);
    EXPECT_NE(end.connection->take_news() & News::urgent, 0);
    EXPECT_EQ(end.info().rcv.urgent_bytes, 15u);
  }
}

// ---- Room (room.cpp) ----------------------------------------------------------------------------

// RFC 9293 3.10.2: who finds no room waits; who finds no memory is told so.
TEST(ConnectionEdges, AWriteWithoutRoomIsToBeTriedAgain) {
  const auto error_of = [](Lone& end) {
    Context context = end.desk.context();
    const auto result = end.connection->write(bytes_of(text_from(0, 10)), context);
    return result ? Error::none : result.error();
  };
  Settings narrow, lazy;
  narrow.send_buffer = BufferSize{1000};
  lazy.notsent_lowat_bytes = 1000;
  for (const Settings& settings : {narrow, lazy}) {
    Lone end({}, settings);
    end.establish();
    EXPECT_EQ(end.write(999), 999u);
    EXPECT_EQ(error_of(end), Error::none) << "one byte is taken";
    EXPECT_EQ(error_of(end), Error::would_block);
  }
  Lone poor;
  poor.establish();
  poor.desk.memory = Budget{0};
  EXPECT_EQ(error_of(poor), Error::out_of_memory);
}

// Told when a quarter of the buffer is free.
TEST(ConnectionEdges, AQuarterOfTheBufferIsWorthWriting) {
  Settings settings;
  settings.send_buffer = BufferSize{8000};
  Lone end({}, settings);
  end.establish();
  EXPECT_EQ(end.write(10'000), 8000u);
  end.hear_said();
  end.connection->take_news();
  end.hear("ACK", 0, 1999);
  EXPECT_EQ(end.connection->take_news() & News::writable, 0);
  end.hear("ACK", 0, 2000);
  EXPECT_NE(end.connection->take_news() & News::writable, 0);
  end.hear("ACK", 0, 4000);
  EXPECT_EQ(end.connection->take_news() & News::writable, 0) << "once";
}

// ... and half of what may be unsent has left, where that was what stood in the way.
TEST(ConnectionEdges, HalfOfWhatMayBeUnsentIsWorthWriting) {
  Settings settings;
  settings.notsent_lowat_bytes = 4000;
  Lone end({.window = 2000}, settings);
  end.establish();
  EXPECT_EQ(end.write(10'000), 4000u);
  EXPECT_TRUE(end.connection->is_send_awaited());
  end.hear_said();
  EXPECT_NE(end.connection->take_news() & News::writable, 0) << "2000 of 4000 have left";
  EXPECT_FALSE(end.connection->is_send_awaited());
  Lone other({.window = 1000}, settings);
  other.establish();
  other.write(10'000);
  other.hear_said();
  EXPECT_EQ(other.connection->take_news() & News::writable, 0) << "3000 have not";
  EXPECT_TRUE(other.connection->is_send_awaited());
}

}  // namespace
}  // namespace acksu::tcp::connection_edges_test
