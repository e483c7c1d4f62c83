// Edges of what arrives at a connection or at one of the records beside it: what is judged by its
// place, by its time stamp or by its flags alone; and whose events its owner is told of.
#include <gtest/gtest.h>

#include <array>

#include "tcp/cookie.h"
#include "tcp/fast_open.h"
#include "tcp/half_open.h"
#include "tcp/lone_test.h"
#include "tcp/time_wait.h"

namespace acksu::tcp::arrival_edges_test {
namespace {

// ---- Whose events -------------------------------------------------------------------------------

struct Witness : Observer {
  void on_timer(Instant /*now*/, const FourTuple& tuple, const TimerSample& /*sample*/) override {
    seen.push_back(tuple);
  }
  void on_congestion(Instant /*now*/, const FourTuple& tuple,
                     const CongestionSample& /*sample*/) override {
    seen.push_back(tuple);
  }
  std::vector<FourTuple> seen;
};

// The owner lends a context that names nobody: each call does so itself.
TEST(ArrivalEdges, EachCallNamesWhoseEventsTheseAre) {
  using Call = void (*)(Connection&, Context&);
  const Call calls[] = {
      [](Connection& end, Context& context) { end.close(context); },
      [](Connection& end, Context& context) { end.abort(context); },
      [](Connection& end, Context& context) { end.give_up(context); },
      [](Connection& end, Context& context) { end.release(context); },
      [](Connection& end, Context& context) { end.set_options({.keepalive = true}, context); },
      [](Connection& end, Context& context) {
        Segment segment;
        end.next_segment(segment, context);
      },
      [](Connection& end, Context& context) {
        context.now += 10s;
        end.on_time(context);
      },
      [](Connection& end, Context& context) {
        Segment reset;
        reset.seq = Seq{Lone::theirs};
        reset.flags.set(Flags::rst);
        end.on_segment(reset, context);
      },
  };
  for (const Call& call : calls) {
    Lone end;
    end.establish();
    end.write(1000);
    end.hear_said();
    end.write(1000);
    Witness witness;
    end.desk.observer = &witness;
    Context context = end.desk.context();
    call(*end.connection, context);
    EXPECT_FALSE(witness.seen.empty()) << (&call - calls);
    for (const FourTuple& each : witness.seen) EXPECT_EQ(each, end.desk.tuple);
  }
}

TEST(ArrivalEdges, AnAttemptThatCannotSucceedIsNamed) {
  Lone end;
  end.connect();
  end.hear_said();
  Witness witness;
  end.desk.observer = &witness;
  Context context = end.desk.context();
  end.connection->on_unreachable(Error::host_unreachable, context);
  EXPECT_EQ(end.connection->error(), Error::host_unreachable);
  ASSERT_FALSE(witness.seen.empty());
  EXPECT_EQ(witness.seen[0], end.desk.tuple);
}

// ---- Who has something to say -------------------------------------------------------------------

TEST(ArrivalEdges, WhateverIsOwedIsAReasonToSpeak) {
  using Cause = void (*)(Lone&);
  const Cause causes[] = {
      [](Lone& end) { end.write(10); },
      [](Lone& end) { end.hear("ACK", 10, 0, 10); },
      [](Lone& end) { end.abort(); },
      [](Lone& end) {
        end.set({.keepalive = true, .keepalive_idle = 1s});
        end.desk.now += 1s;
        Context context = end.desk.context();
        end.connection->on_time(context);
      },
  };
  for (const Cause& cause : causes) {
    Lone end;
    end.establish();
    EXPECT_FALSE(end.connection->may_speak());
    cause(end);
    EXPECT_TRUE(end.connection->may_speak()) << (&cause - causes);
    EXPECT_EQ(end.hear_said().size(), 1u);
    EXPECT_FALSE(end.connection->may_speak()) << (&cause - causes);
  }
  Lone opening;
  opening.connect();
  EXPECT_TRUE(opening.connection->may_speak()) << "a SYN";
}

// ---- SYNs that cross (RFC 9293 figure 8) --------------------------------------------------------

// The other's SYN+ACK was quicker than ours: there is nothing more to agree on.
TEST(ArrivalEdges, ASynAckThatIsOwedIsNoneOnceTheOthersCame) {
  Lone end;
  end.connect();
  end.write(500);
  end.hear_said();
  end.hear("SYN", -1, 0);
  end.hear("SYN+ACK", -1, 0);
  EXPECT_EQ(end.state(), State::established);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 500}}));
}

// ... which repeats a SYN that was heard, and acknowledges ours; nothing less opens.
TEST(ArrivalEdges, OnlyTheOthersSynAckOpensFromBeforeTheWindow) {
  struct Case {
    const char* flags;
    std::int64_t seq, ack;
    bool opens;
  };
  for (const Case& each :
       {Case{"SYN+ACK", -1, 0, true}, Case{"ACK", -1, 0, false}, Case{"SYN", -1, 0, false},
        Case{"SYN+ACK", -2, 0, false}, Case{"SYN+ACK", -1, 1, false}}) {
    Lone end;
    end.connect();
    end.hear_said();
    end.hear("SYN", -1, 0);
    end.hear_said();
    end.connection->take_news();
    end.hear(each.flags, each.seq, each.ack);
    EXPECT_EQ(end.state() == State::established, each.opens) << each.flags << each.seq;
    EXPECT_EQ(end.connection->take_news(), each.opens ? News::connected | News::writable : 0);
  }
}

TEST(ArrivalEdges, ARefusalIsCounted) {
  Lone end;
  end.connect();
  end.hear_said();
  end.hear("RST+ACK", 0, 0);
  EXPECT_EQ(end.desk.counters.failed_opens, 1u);
  EXPECT_EQ(end.desk.counters.active_opens, 1u);
  Lone crossed;
  crossed.connect();
  crossed.hear_said();
  crossed.hear("SYN", -1, 0);
  crossed.hear("RST", 0, 0);
  EXPECT_EQ(crossed.desk.counters.failed_opens, 1u);
  EXPECT_EQ(crossed.desk.counters.resets_in, 1u);
  Lone open;
  open.accept(open.segment("ACK", 0, 0));
  open.hear("RST", 0, 0);
  EXPECT_EQ(open.desk.counters.passive_opens, 1u);
  EXPECT_EQ(open.desk.counters.failed_opens, 0u);
  EXPECT_EQ(open.desk.counters.resets_in, 1u);
}

// ---- Time stamps (RFC 7323) ---------------------------------------------------------------------

Segment without_stamp(Segment segment) {
  segment.options.has_timestamps = false;
  return segment;
}

// RFC 7323 3.2 (e): what has lost its time stamp is dropped, silently; RFC 5961 4.2: a SYN is
// challenged, for its host may have been started anew.
TEST(ArrivalEdges, WithoutItsTimeStampOnlyASynIsAnswered) {
  Lone end({.timestamps = true});
  end.establish();
  Segment text = without_stamp(end.segment("ACK", 0, 0, 10));
  EXPECT_EQ(end.hear(text).drop, Drop::tcp_no_timestamp);
  EXPECT_EQ(end.hear_said(), Lines{});
  Segment syn = without_stamp(end.segment("SYN", 5000, 0));
  EXPECT_EQ(end.hear(syn).drop, Drop::tcp_syn_challenged);
  EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 0}}));
  Segment reset = without_stamp(end.segment("RST", 0, 0));
  end.hear(reset);
  EXPECT_EQ(end.state(), State::closed) << "RFC 7323 5.2 (b)";
}

TEST(ArrivalEdges, WhereThatIsSetTextWithoutItsTimeStampIsTaken) {
  Settings settings;
  settings.drops_unstamped = false;
  Lone end({.timestamps = true}, settings);
  end.establish();
  Segment text = without_stamp(end.segment("ACK", 0, 0, 10));
  EXPECT_EQ(end.hear(text).drop, Drop::none);
  EXPECT_EQ(end.read(), text_from(0, 10));
}

// RFC 7323 3.2 (a): an echo lies between our first SYN and now, or is of another opening.
TEST(ArrivalEdges, ASynAckEchoesATimeOfThisOpening) {
  struct Case {
    std::int32_t ahead;  // of the first SYN's time stamp, in milliseconds; two SYNs were sent
    bool is_ours;
  };
  for (const Case& each : {Case{-1, false}, Case{0, true}, Case{1000, true}, Case{1001, false}}) {
    Lone end({.timestamps = true});
    end.connect();
    const std::uint32_t first = end.said().at(0).options.timestamps.value;
    EXPECT_EQ(end.pass(1s).size(), 1u);
    Segment syn_ack = end.segment("SYN+ACK", -1, 0);
    syn_ack.options.timestamps.echo_reply = first + static_cast<std::uint32_t>(each.ahead);
    EXPECT_EQ(end.hear(syn_ack).is_reset_owed, !each.is_ours) << each.ahead;
    EXPECT_EQ(end.state() == State::established, each.is_ours) << each.ahead;
  }
}

// ---- Text behind what was just judged -----------------------------------------------------------

// `take_along` judges nothing but the number: whatever else might be news is judged as usual.
TEST(ArrivalEdges, OnlyPlainTextInOrderIsTakenAlong) {
  using Change = void (*)(Lone&);
  const Change changes[] = {
      [](Lone&) {},
      [](Lone& end) {
        end.write(10);
        end.hear_said();
      },
      [](Lone& end) { end.set({.more_follows = true}); },
      [](Lone& end) { end.hear("ACK", 20, 0, 10); },
      [](Lone& end) { end.hear("FIN+ACK", 20, 0, 0); },
      [](Lone& end) { end.shut_down(); },
      [](Lone& end) { end.close(); },
  };
  for (const Change& change : changes) {
    Lone end({.sack = true});
    end.establish();
    change(end);
    Segment text = end.segment("ACK", 0, 0, 10);
    Context context = end.desk.context();
    const std::optional<Drop> drop = end.connection->take_along(text, context);
    const bool is_plain = &change == changes;
    EXPECT_EQ(drop.has_value(), is_plain) << (&change - changes);
    EXPECT_EQ(drop.value_or(Drop::none), Drop::none);
    EXPECT_EQ(end.info().bytes_received, is_plain ? 10u : 0u);
    EXPECT_EQ(end.desk.counters.segments_continued, is_plain ? 1u : 0u);
  }
  Lone end;
  end.establish();
  Segment early = end.segment("ACK", 1, 0, 10);
  Context context = end.desk.context();
  EXPECT_FALSE(end.connection->take_along(early, context).has_value());
}

// RFC 9293 3.10.7.4 fifth: its place is that of the latest window (SND.WL1).
TEST(ArrivalEdges, WhatIsTakenAlongMakesOlderWindowsOld) {
  Lone end;
  end.establish();
  for (const std::int64_t seq : {0, 10}) {
    Segment text = end.segment("ACK", seq, 0, 10);
    Context context = end.desk.context();
    EXPECT_TRUE(end.connection->take_along(text, context).has_value());
  }
  Segment older = end.segment("ACK", 5, 0, 20);
  older.window = 1;
  end.hear(older);
  EXPECT_EQ(end.info().snd.wnd, 60'000u);
  EXPECT_EQ(end.info().bytes_received, 25u);
}

// ---- Text that was held back (held_back.h) ------------------------------------------------------

// Savage et al. 1999: it was never sent, so who acknowledges it lies, and is told so.
TEST(ArrivalEdges, WhoAcknowledgesWhatWasHeldBackIsReset) {
  Settings settings;
  settings.holds_back_each = 1;
  settings.burst_segments = 0;
  Lone end({.sack = true}, settings);
  end.establish();
  end.write(10'000);
  std::int64_t sent = 0;
  for (const Line& line : end.hear_said()) sent += line.text_bytes;
  ASSERT_EQ(end.desk.counters.held_back, 1u);
  EXPECT_EQ(sent, 9'000);
  end.hear("ACK", 0, 10'000);
  EXPECT_EQ(end.state(), State::closed);
  EXPECT_EQ(end.connection->error(), Error::connection_aborted);
  EXPECT_EQ(end.desk.counters.held_back_acked, 1u);
  EXPECT_EQ(end.hear_said(), (Lines{{"RST+ACK", 10'000, 0, 0}}));
}

// ---- Records ------------------------------------------------------------------------------------

struct Half : testing::Test {
  static Segment syn() {
    Segment segment;
    segment.flags.set(Flags::syn);
    segment.seq = Seq{999};
    segment.options.has_timestamps = true;
    segment.options.timestamps.value = 50;
    return segment;
  }
  Segment ack(std::uint32_t text_bytes = 0) {
    Segment segment;
    segment.flags.set(Flags::ack);
    segment.seq = Seq{1000};
    segment.ack = Seq{7001};
    if (text_bytes > 0) {
      segment.text.append(desk.pool.copy_of(bytes_of(text_from(0, text_bytes))));
    }
    return segment;
  }
  HalfOpen make() const {
    const Opening opening{.tuple = desk.tuple, .iss = Seq{7000}, .mss = 1000};
    return HalfOpen{syn(), opening, BufferSize{5000}, desk.settings};
  }
  Desk desk;
};
using ArrivalEdgesOfHalf = Half;

TEST_F(ArrivalEdgesOfHalf, WhatLostItsTimeStampIsDroppedUnlessThatIsSet) {
  HalfOpen record = make();
  EXPECT_EQ(record.on_segment(ack(), desk.now, desk.settings).drop, Drop::tcp_no_timestamp);
  desk.settings.drops_unstamped = false;
  EXPECT_TRUE(record.on_segment(ack(), desk.now, desk.settings).is_accepted);
}

// Whoever is to be accepted with text only waits for it, so many times.
TEST_F(ArrivalEdgesOfHalf, AnAckWithoutTextIsDeferredForAWhile) {
  HalfOpen record = make();
  EXPECT_FALSE(record.is_deferred(2));
  EXPECT_FALSE(record.defer(ack(1), 2)) << "text came";
  EXPECT_FALSE(record.is_deferred(2));
  EXPECT_TRUE(record.defer(ack(), 2));
  EXPECT_TRUE(record.is_deferred(2));
  record.on_time(9);
  EXPECT_TRUE(record.is_deferred(2));
  record.on_time(9);
  EXPECT_FALSE(record.is_deferred(2));
  EXPECT_FALSE(record.defer(ack(), 2));
}

// RFC 9293 3.10.7.4 first: the next number counts with a closed window, too.
TEST(ArrivalEdgesOfTimeWait, ABareAckIsAcceptableInTheWindow) {
  for (const std::uint32_t window : {0u, 10u}) {
    for (const std::uint32_t seq : {999u, 1000u, 1001u, 1009u, 1010u}) {
      Remains remains;
      remains.snd_nxt = Seq{500};
      remains.rcv_nxt = Seq{1000};
      remains.rcv_wnd = window;
      Segment ack;
      ack.flags.set(Flags::ack);
      ack.seq = Seq{seq};
      ack.ack = Seq{500};
      const Desk desk;
      TimeWait record{remains};
      const TimeWait::Verdict verdict = record.on_segment(ack, desk.now, desk.settings);
      const bool is_in = seq == 1000 || (seq > 1000 && seq < 1000 + window);
      EXPECT_EQ(verdict.drop, is_in ? Drop::tcp_time_wait : Drop::tcp_out_of_window) << seq;
      EXPECT_EQ(verdict.answer, seq == 1000 ? Answer::nothing : Answer::ack) << seq;
    }
  }
}

// RFC 7323 5.3 R1: only who had time stamps is judged by them.
TEST(ArrivalEdgesOfTimeWait, TimeStampsCountWhereTheConnectionHadThem) {
  for (const bool has_timestamps : {false, true}) {
    Remains remains;
    remains.snd_nxt = Seq{500};
    remains.rcv_nxt = Seq{1000};
    remains.rcv_wnd = 100;
    remains.has_timestamps = has_timestamps;
    remains.ts_recent = 77;
    Segment fin;
    fin.flags.set(Flags::fin | Flags::ack);
    fin.seq = Seq{999};
    fin.ack = Seq{500};
    fin.options.has_timestamps = true;
    fin.options.timestamps.value = 78;
    const Desk desk;
    TimeWait record{remains};
    EXPECT_TRUE(record.on_segment(fin, desk.now, desk.settings).is_restarted);
    EXPECT_EQ(record.ack(desk.tuple, 0, desk.now).options.has_timestamps, has_timestamps);
    fin.options.timestamps.value = 76;
    EXPECT_EQ(record.on_segment(fin, desk.now, desk.settings).is_restarted, !has_timestamps);
    Digest told, unstamped;
    record.digest(told);
    TimeWait other{remains};
    other.digest(unstamped);
    EXPECT_EQ(told.value() == unstamped.value(), !has_timestamps) << "nothing else is remembered";
  }
}

// ---- Cookies ------------------------------------------------------------------------------------

// RFC 9768 5.1: who had not agreed to count says 0 in his flags, or 1.
TEST(ArrivalEdgesOfCookies, TheFlagsOfTheAckTellWhetherMarksAreCounted) {
  for (const EcnPolicy policy : {EcnPolicy::off, EcnPolicy::answer}) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      Desk desk;
      desk.settings.ecn = policy;
      Cookies cookies{SipKey{1, 2}};
      Opening opening{.tuple = desk.tuple, .iss = Seq{}, .mss = 1000};
      Segment syn;
      syn.flags.set(Flags::syn);
      syn.seq = Seq{999};
      const Segment answer = cookies.syn_ack(syn, opening, BufferSize{5000}, desk.context());
      Segment ack;
      ack.flags.set(Flags::ack);
      ack.flags.set_ace(ace);
      ack.seq = Seq{1000};
      ack.ack = answer.seq + 1;
      const auto accepted = cookies.accept(ack, opening, BufferSize{5000}, desk.context());
      ASSERT_TRUE(accepted.has_value());
      const bool is_counted = policy == EcnPolicy::answer && ace > 1;
      EXPECT_EQ(accepted->agreement.ecn.mode == EcnMode::accurate, is_counted) << int{ace};
    }
  }
}

TEST(ArrivalEdgesOfCookies, WhatWasOfferedIsKept) {
  Desk desk;
  Cookies cookies{SipKey{1, 2}};
  Opening opening{.tuple = desk.tuple, .iss = Seq{}, .mss = 70'000};
  Segment syn;
  syn.flags.set(Flags::syn);
  syn.seq = Seq{999};
  const Segment answer = cookies.syn_ack(syn, opening, BufferSize{5000}, desk.context());
  EXPECT_EQ(answer.options.mss, 0xffff);
  EXPECT_EQ(answer.window, 5000);
  Segment ack;
  ack.flags.set(Flags::ack);
  ack.seq = Seq{1000};
  ack.ack = answer.seq + 1;
  const auto accepted = cookies.accept(ack, opening, BufferSize{5000}, desk.context());
  ASSERT_TRUE(accepted.has_value());
  EXPECT_EQ(accepted->offered_window, 5000);
  EXPECT_EQ(accepted->irs, Seq{999});
  EXPECT_EQ(opening.iss, answer.seq);
  EXPECT_EQ(desk.counters.cookies_sent, 1u);
  EXPECT_EQ(desk.counters.cookies_accepted, 1u);
}

// RFC 7413 4.1.2: a cookie of the epoch before is old, from the second epoch on.
TEST(ArrivalEdgesOfCookies, ACookieOfTheFirstEpochIsOldInTheSecond) {
  const FastOpenKeys keys{SipKey{1, 2}};
  const Settings settings;
  const FastOpenEnds ends{IpAddress::v4(10, 0, 0, 2)};
  const Duration epoch = settings.fast_open_key_life;
  const FastOpenOption first = keys.cookie_for(ends, Instant{}, settings);
  using Verdict = FastOpenKeys::Verdict;
  EXPECT_EQ(keys.judge(first, ends, Instant{} + epoch - 1ns, settings), Verdict::good);
  EXPECT_EQ(keys.judge(first, ends, Instant{} + epoch, settings), Verdict::old);
  EXPECT_EQ(keys.judge(first, ends, Instant{} + 2 * epoch, settings), Verdict::bad);
}

// ---- Text for which there is no memory ----------------------------------------------------------

// It is dropped and counted, plain text or not; nothing else breaks, and what the peer sends again
// is asked for at once.
TEST(ArrivalEdges, TextWithoutMemoryIsAskedForAgain) {
  for (const std::string flags : {"ACK", "FIN+ACK"}) {
    Settings settings;
    settings.quick_acks = 0;
    Lone end({}, settings);
    end.establish();
    end.desk.memory = Budget{1000};
    EXPECT_EQ(end.hear(flags, 0, 0, 900).drop, Drop::tcp_memory_full);
    EXPECT_EQ(end.desk.counters.memory_refused, 1u);
    EXPECT_EQ(end.connection->take_news(), 0u) << "nothing can be read";
    EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0}})) << flags;
    EXPECT_EQ(end.info().bytes_received, 0u);
    EXPECT_EQ(end.state(), State::established);
    end.desk.memory = Budget{10'000};
    EXPECT_EQ(end.hear(flags, 0, 0, 900).drop, Drop::none);
    EXPECT_EQ(end.read(), text_from(0, 900));
  }
}

// RFC 2018 8 (a): for text in order what came early gives way. The peer has kept it.
TEST(ArrivalEdges, EarlyTextGivesWayToTextInOrder) {
  Lone end({.sack = true});
  end.establish();
  end.hear("ACK", 900, 0, 900);
  end.hear_said();
  ASSERT_EQ(end.info().rcv.out_of_order_bytes, 900u);
  Budget full{end.desk.memory.held()};
  ASSERT_TRUE(full.charge(end.desk.memory.held()));
  end.desk.memory = full;
  EXPECT_EQ(end.hear("ACK", 0, 0, 900).drop, Drop::none);
  EXPECT_EQ(end.desk.counters.early_text_forgotten, 1u);
  EXPECT_EQ(end.info().rcv.out_of_order_bytes, 0u);
  const std::vector<Segment> acks = end.said();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].ack, Seq{Lone::theirs + 900});
  EXPECT_TRUE(acks[0].options.sack.is_empty()) << "it is not here any more";
  EXPECT_EQ(end.read(), text_from(0, 900));
}

}  // namespace
}  // namespace acksu::tcp::arrival_edges_test
