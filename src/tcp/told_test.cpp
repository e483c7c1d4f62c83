// What a connection tells: to who observes it, to its application, and to who looks at it.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tcp/accurate_ecn.h"
#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

struct Notebook : Observer {
  void on_move(Instant /*now*/, const FourTuple& /*tuple*/, const Row& row) override {
    moves.push_back(name(row.event));
  }
  void on_congestion(Instant /*now*/, const FourTuple& /*tuple*/,
                     const CongestionSample& sample) override {
    phases.push_back(sample.phase);
  }
  void on_rtt(Instant /*now*/, const FourTuple& /*tuple*/, const RttSample& sample) override {
    rtts.push_back(sample);
  }
  void on_silence(Instant /*now*/, const FourTuple& /*tuple*/, LimitedBy reason) override {
    silences.push_back(reason);
  }
  void on_retransmission(Instant /*now*/, const FourTuple& /*tuple*/, const char* cause) override {
    causes.push_back(cause);
  }
  std::vector<std::string> moves, phases, causes;
  std::vector<RttSample> rtts;
  std::vector<LimitedBy> silences;
};
using Words = std::vector<std::string>;

struct Noted : Lone {
  explicit Noted(const Terms& terms = {}, const Settings& settings = {}) : Lone(terms, settings) {
    desk.observer = &notes;
  }
  // Why it fell silent last.
  std::optional<LimitedBy> reason() const {
    return notes.silences.empty() ? std::nullopt : std::optional{notes.silences.back()};
  }
  Notebook notes;
};

// ---- To an observer -----------------------------------------------------------------------------

TEST(Told, EachMoveOnce) {
  Noted end;
  end.establish();
  end.shut_down();
  end.hear_said();
  end.hear("ACK", 0, 1);
  end.hear("FIN+ACK", 0, 1);
  EXPECT_EQ(end.notes.moves,
            (Words{"active_open", "syn_ack_received", "close", "fin_acked", "fin_received"}));
}

TEST(Told, TheRoundTripOfTheHandshakeAndOfText) {
  Noted end;
  end.connect();
  end.hear_said();
  end.desk.now += 100ms;
  end.hear("SYN+ACK", -1, 0);
  ASSERT_EQ(end.notes.rtts.size(), 1u);
  EXPECT_EQ(end.notes.rtts[0].sample, Duration{100ms});
  EXPECT_EQ(end.notes.rtts[0].srtt, Duration{100ms});
  EXPECT_EQ(end.notes.rtts[0].rttvar, Duration{50ms});
  EXPECT_EQ(end.notes.rtts[0].rto, Duration{300ms});  // RFC 6298 2.2
  end.write(10);
  end.hear_said();
  end.desk.now += 100ms;
  end.hear("ACK", 0, 10);
  EXPECT_EQ(end.notes.rtts.size(), 2u);
}

TEST(Told, WhyTextGoesAgain) {
  Noted end({.sack = true});
  end.establish();
  end.write(1000);
  end.hear_said();
  end.pass(20s);
  ASSERT_GE(end.notes.causes.size(), 2u);
  EXPECT_EQ(end.notes.causes[0], "tail loss probe");
  EXPECT_EQ(end.notes.causes[1], "loss recovery");
  Noted closed;
  closed.establish();
  Segment shut = closed.segment("ACK", 0, 0);
  shut.window = 0;
  closed.hear(shut);
  closed.write(10);
  closed.hear_said();
  closed.pass(2s);
  ASSERT_FALSE(closed.notes.causes.empty());
  EXPECT_EQ(closed.notes.causes[0], "window probe");
}

TEST(Told, WhyNothingIsSaid) {
  Noted end;
  end.connect();
  end.hear_said();
  EXPECT_EQ(end.reason(), std::nullopt) << "no text is asked for yet";
  end.hear("SYN+ACK", -1, 0);
  end.hear_said();
  EXPECT_EQ(end.reason(), LimitedBy::nothing_to_send);
  end.write(30'000);
  end.hear_said();
  EXPECT_EQ(end.reason(), LimitedBy::congestion_window);
  Noted narrow({.window = 5000});
  narrow.establish();
  narrow.write(30'000);
  narrow.hear_said();
  EXPECT_EQ(narrow.reason(), LimitedBy::peer_window);
  Noted small;
  small.establish();
  small.write(10);
  small.hear_said();
  small.write(10);
  small.hear_said();
  EXPECT_EQ(small.reason(), LimitedBy::nagle);
}

// ---- To the application -------------------------------------------------------------------------

TEST(Told, AllAcknowledgedWhenSomethingWas) {
  Noted end;
  end.establish();
  end.hear("ACK", 0, 0, 10);
  EXPECT_EQ(end.connection->take_news(), News::readable);
  end.write(1500);
  end.hear_said();
  end.hear("ACK", 10, 1000);
  EXPECT_EQ(end.connection->take_news(), 0);
  end.hear("ACK", 10, 1500);
  EXPECT_EQ(end.connection->take_news(), News::all_acked);
  end.hear("ACK", 10, 1500);
  EXPECT_EQ(end.connection->take_news(), 0);
  end.hear("FIN+ACK", 10, 1500);
  EXPECT_EQ(end.connection->take_news(), News::ended | News::readable);
}

// What was set before the handshake was over holds after it.
TEST(Told, KeepaliveSetBeforeTheHandshakeRunsAfterIt) {
  Noted end;
  end.connect();
  end.set({.keepalive = true, .keepalive_idle = 10s});
  end.hear_said();
  EXPECT_EQ(end.info().timers[static_cast<std::size_t>(Timer::keepalive)], never);
  end.hear("SYN+ACK", -1, 0);
  end.hear_said();
  EXPECT_EQ(end.info().timers[static_cast<std::size_t>(Timer::keepalive)], end.desk.now + 10s);
  EXPECT_EQ(end.pass(10s), (Lines{{"ACK", -1, 0, 0}}));
  EXPECT_EQ(end.desk.counters.keepalive_probes, 1u);
}

// ---- To who looks -------------------------------------------------------------------------------

TEST(Told, WhichTimersRun) {
  Noted end;
  end.establish();
  end.connection->use_quick_acks(false);
  const auto at = [&](Timer timer) { return end.info().timers[static_cast<std::size_t>(timer)]; };
  for (std::size_t i = 0; i < timer_count; ++i) EXPECT_EQ(end.info().timers[i], never) << i;
  end.hear("ACK", 0, 0, 10);
  EXPECT_EQ(at(Timer::delayed_ack), end.desk.now + end.desk.settings.delayed_ack);
  end.set({.cork = true});
  end.write(10);
  end.hear_said();
  EXPECT_EQ(at(Timer::cork), end.desk.now + end.desk.settings.cork_limit);
  end.set({});
  end.hear_said();
  EXPECT_NE(at(Timer::retransmission), never);
  EXPECT_EQ(at(Timer::cork), never);
}

// ---- To the peer: counts of marks as Linux tells them (RFC 9768 3.2.3) --------------------------

struct TellingCounter {
  TellingCounter() { counter.on_option(); }
  // How many counts an ACK with so much room tells; ECT(1) is the first, ECT(0) the last.
  std::uint32_t fields(std::uint32_t room) {
    Segment segment;
    counter.fill(segment, room, AccEcnOptions::in_all);
    const AccEcnOption& told = segment.options.acc_ecn;
    EXPECT_EQ(segment.flags.ace(), counter.ace());
    if (!told.is_given()) return 0;
    EXPECT_EQ(told.ect_1(), counter.counts().e1b);
    EXPECT_EQ(told.ce(), counter.counts().ceb);
    EXPECT_EQ(told.ect_0().has_value(), told.size() > 2);
    EXPECT_EQ(told.ect_0().value_or(counter.counts().e0b), counter.counts().e0b);
    return told.size();
  }
  void hear(Ecn ecn) {
    Segment segment;
    segment.ecn = ecn;
    segment.text.append(pool.copy_of(bytes_of(text_from(0, 10))));
    counter.on_segment(segment, 1);
  }
  BufferPool pool;
  MarkCounter counter{accurate_agreement()};
};

TEST(Told, AsManyCountsAsThereIsRoomFor) {
  TellingCounter end;
  EXPECT_EQ(end.fields(40), 3u);
  EXPECT_EQ(end.fields(12), 3u);
  EXPECT_EQ(end.fields(11), 2u);
  EXPECT_EQ(end.fields(8), 2u);
  EXPECT_EQ(end.fields(7), 0u);
}

TEST(Told, NoFewerCountsThanHaveMoved) {
  struct Case {
    Ecn ecn;
    std::uint32_t least;
  };
  for (const auto& [ecn, least] :
       {Case{Ecn::capable_1, 1}, Case{Ecn::congestion_experienced, 2}, Case{Ecn::capable, 3}}) {
    TellingCounter end;
    end.hear(ecn);
    EXPECT_EQ(end.fields(8), least <= 2 ? 2u : 0u) << least;
    EXPECT_EQ(end.fields(12), 3u);
    EXPECT_EQ(end.fields(8), 2u) << "all were told";
  }
}

TEST(Told, NoCountsToWhoHasShownNone) {
  MarkCounter counter{accurate_agreement()};
  Segment segment;
  counter.fill(segment, 40, AccEcnOptions::in_all);
  EXPECT_FALSE(segment.options.acc_ecn.is_given());
}

// RFC 9768 Table 4: how our SYN+ACK arrived.
TEST(Told, HowASynAckArrived) {
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    Segment ack;
    ack.flags.set(Flags::ack);
    ack.flags.set_ace(ace);
    MarkTrust trust{.is_accurate = true};
    EXPECT_EQ(trust.on_handshake_ack(ack), ace == 6) << int{ace};
    EXPECT_EQ(trust.was_syn_ack_marked, ace == 6);
    EXPECT_EQ(trust.is_mute, ace == 0);
    EXPECT_TRUE(trust.is_read);
    EXPECT_FALSE(trust.on_segment(ack)) << "the same flags are no count";
    EXPECT_EQ(trust.on_segment(ack), ace != 0);
  }
}

}  // namespace
}  // namespace acksu::tcp
