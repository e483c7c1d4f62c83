// What two ends agree on about congestion marks (RFC 3168, RFC 9768 3.1), for each policy and each
// number that a handshake may tell, as tables.
#include <gtest/gtest.h>

#include <array>

#include "tcp/accurate_ecn.h"
#include "tcp/ecn_mode.h"
#include "tcp/lone_test.h"

namespace acksu::tcp::agreement_edges_test {
namespace {

using enum EcnPolicy;
constexpr EcnMode none = EcnMode::none, classic = EcnMode::classic, accurate = EcnMode::accurate;

Segment with_ace(std::uint8_t ace) {
  Segment segment;
  segment.flags.set(Flags::syn);
  segment.flags.set_ace(ace);
  return segment;
}

// RFC 3168 6.1.1.1, RFC 9768 3.1.4.1: what is not answered is asked without, at last.
TEST(Agreement, SynsAskLessEachTime) {
  struct Row {
    EcnPolicy policy;
    std::array<int, 3> aces;
  };
  for (const Row& row : {Row{off, {0, 0, 0}}, Row{answer, {0, 0, 0}}, Row{ask, {3, 0, 0}},
                         Row{ask_accurate, {7, 7, 0}}, Row{answer_classic, {0, 0, 0}},
                         Row{ask_classic, {3, 0, 0}}}) {
    for (std::uint32_t sent = 0; sent < 3; ++sent) {
      EXPECT_EQ(ace_of_syn(row.policy, sent), row.aces[sent]) << sent;
    }
  }
}

using Modes = std::array<EcnMode, 8>;  // by ACE, from 0 on
constexpr Modes never_any{};

// RFC 9768 3.1.3: what means nothing yet is taken for accurate; who knows only RFC 3168 looks for
// its two flags, CWR and ECE, which are in 3 and in 7.
TEST(Agreement, WhoAnswersGivesWhatIsAskedFor) {
  constexpr Modes all{none, accurate, accurate, classic, accurate, accurate, accurate, accurate};
  constexpr Modes old{none, none, none, classic, none, none, none, classic};
  struct Row {
    EcnPolicy policy;
    const Modes& modes;
  };
  for (const Row& row : {Row{off, never_any}, Row{answer, all}, Row{ask, all},
                         Row{ask_accurate, all}, Row{answer_classic, old}, Row{ask_classic, old}}) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      EXPECT_EQ(ecn_for_syn(with_ace(ace), row.policy).mode, row.modes[ace]) << int{ace};
    }
  }
}

// RFC 9768 Table 2: 7 is a server that repeats what it hears; 5 is reserved, and agrees.
TEST(Agreement, AnAnswerIsTakenForWhatWasAsked) {
  constexpr Modes counted{none, classic, accurate, accurate, accurate, accurate, accurate, none};
  constexpr Modes echoed{none, classic, none, none, none, classic, none, none};
  struct Row {
    EcnPolicy policy;
    const Modes& modes;
  };
  for (const Row& row :
       {Row{off, never_any}, Row{answer, never_any}, Row{answer_classic, never_any},
        Row{ask, echoed}, Row{ask_classic, echoed}, Row{ask_accurate, counted}}) {
    for (std::uint8_t ace = 0; ace < 8; ++ace) {
      EXPECT_EQ(ecn_for_answer(with_ace(ace), row.policy).mode, row.modes[ace]) << int{ace};
    }
  }
}

// RFC 9768 3.1.2, 3.1.5: of SYNs that cross, each end answers the other's; but who has asked for
// RFC 3168's agrees to no more.
TEST(Agreement, SynsThatCrossAgreeOnWhatBothAsk) {
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    const EcnMode asked = ace == 0 ? none : ace == 3 ? classic : accurate;
    const Segment syn = with_ace(ace);
    for (const EcnPolicy silent : {off, answer, answer_classic}) {
      EXPECT_EQ(ecn_for_crossing_syn(syn, silent).mode, none);
    }
    for (const EcnPolicy old : {ask, ask_classic}) {
      EXPECT_EQ(ecn_for_crossing_syn(syn, old).mode, ace == 0 ? none : classic) << int{ace};
    }
    EXPECT_EQ(ecn_for_crossing_syn(syn, ask_accurate).mode, asked) << int{ace};
    // 3.1.5: a SYN that comes again and asks for the other kind.
    for (const EcnMode agreed : {none, classic, accurate}) {
      const bool is_torn_now = agreed != none && asked != none && asked != agreed;
      EXPECT_EQ(is_torn(agreed, syn.flags), is_torn_now) << int{ace};
    }
  }
}

// Room for all counts is kept where all segments are to tell them, and can.
TEST(Agreement, RoomForCountsIsKeptWhereAllSegmentsTellThem) {
  for (unsigned bits = 0; bits < 16; ++bits) {
    Settings settings;
    settings.acc_ecn_options = (bits & 1) != 0 ? AccEcnOptions::in_all : AccEcnOptions::of_news;
    const EcnAgreement ecn{.mode = (bits & 2) != 0 ? accurate : classic,
                           .may_tell = (bits & 4) != 0,
                           .is_told = (bits & 8) != 0};
    EXPECT_EQ(reserves_counts(ecn, settings), bits == 15) << bits;
  }
}

// ---- What a connection makes of it --------------------------------------------------------------

struct Agreed : Lone {
  explicit Agreed(EcnPolicy policy, std::uint8_t ace,
                  AccEcnOptions telling = AccEcnOptions::of_news)
      : Lone({.sack = true}, settings_of(policy, telling)) {
    connect();
    hear_said();
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(ace);
    hear(syn_ack);
    hear_said();
  }
  static Settings settings_of(EcnPolicy policy, AccEcnOptions telling) {
    Settings settings;
    settings.ecn = policy;
    settings.acc_ecn_options = telling;
    return settings;
  }
  Segment next_text() {
    write(10);
    std::vector<Segment> all = said();
    return all.empty() ? Segment{} : std::move(all[0]);
  }
};

// RFC 3168 6.1.1 (c), RFC 9768 3.1: text may be marked once that was agreed on.
TEST(Agreement, TextMayBeMarkedWhereItWasAgreedOn) {
  EXPECT_EQ(Agreed(ask, 0).next_text().ecn, Ecn::not_capable);
  EXPECT_EQ(Agreed(ask, 1).next_text().ecn, Ecn::capable);
  EXPECT_EQ(Agreed(ask_accurate, 1).next_text().ecn, Ecn::capable);
  EXPECT_EQ(Agreed(ask_accurate, 2).next_text().ecn, Ecn::capable);
  EXPECT_EQ(Agreed(ask_accurate, 4).next_text().ecn, Ecn::not_capable)
      << "our SYN was changed on its way";
  EXPECT_EQ(Agreed(off, 2).next_text().ecn, Ecn::not_capable);
}

// RFC 9768 3.2.2: each segment tells the count, which begins at five.
TEST(Agreement, EachSegmentTellsTheCountOfMarks) {
  Agreed end(ask_accurate, 2);
  EXPECT_EQ(end.desk.counters.accurate_ecn, 1u);
  EXPECT_EQ(end.desk.counters.marking_stopped, 0u);
  EXPECT_EQ(end.next_text().flags.ace(), 5);
  Segment marked = end.segment("ACK", 0, 10, 100);
  marked.ecn = Ecn::congestion_experienced;
  end.hear(marked);
  const std::vector<Segment> acks = end.said();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].flags.ace(), 6);
  EXPECT_EQ(acks[0].options.acc_ecn.ce(), 100u);
  EXPECT_EQ(Agreed(ask, 1).next_text().flags.ace() & 1, 0) << "there is nothing to echo";
}

// RFC 9768 3.2.2.2: our SYN arrived marked, which is congestion.
TEST(Agreement, AMarkedSynHalvesTheWindow) {
  Agreed plain(ask_accurate, 2), marked(ask_accurate, 6);
  EXPECT_EQ(plain.info().snd.cwnd, 10'000u);
  EXPECT_EQ(marked.info().snd.cwnd, 5'000u);
  EXPECT_EQ(plain.desk.counters.mark_reductions, 0u);
  EXPECT_EQ(marked.desk.counters.mark_reductions, 1u);
}

// RFC 9768 3.2.2.3: marking ends once, and is counted once.
TEST(Agreement, MarkingThatEndsIsCountedOnce) {
  Agreed end(ask_accurate, 2);
  end.next_text();
  Segment mute = end.segment("ACK", 0, 10);
  mute.flags.set_ace(0);  // no count begins there
  end.hear(mute);
  EXPECT_EQ(end.desk.counters.marking_stopped, 1u);
  EXPECT_EQ(end.next_text().ecn, Ecn::not_capable);
  Segment more = end.segment("ACK", 0, 20);
  more.flags.set_ace(5);
  end.hear(more);
  EXPECT_EQ(end.desk.counters.marking_stopped, 1u);
}

// RFC 9768 3.2.2.1: the ACK of a SYN+ACK tells how that arrived, alone and at once.
TEST(Agreement, TheAckOfTheSynAckTellsHowItArrived) {
  struct Row {
    Ecn arrived;
    int ace;
  };
  for (const Row& row : {Row{Ecn::not_capable, 2}, Row{Ecn::capable_1, 3}, Row{Ecn::capable, 4},
                         Row{Ecn::congestion_experienced, 6}}) {
    Lone end({}, Agreed::settings_of(ask_accurate, AccEcnOptions::of_news));
    end.connect();
    end.write(10);
    end.hear_said();
    Segment syn_ack = end.segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(2);
    syn_ack.ecn = row.arrived;
    end.hear(syn_ack);
    const std::vector<Segment> said = end.said();
    ASSERT_EQ(said.size(), 2u);
    EXPECT_TRUE(said[0].text.is_empty());
    EXPECT_EQ(said[0].flags.ace(), row.ace);
    EXPECT_TRUE(said[0].options.acc_ecn.is_given());
    EXPECT_EQ(said[1].text.size(), 10u);
    EXPECT_EQ(said[1].flags.ace(), row.arrived == Ecn::congestion_experienced ? 6 : 5);
  }
}

// As Linux: a host that tells all counts does so once it has seen the peer's.
TEST(Agreement, AllCountsAreToldToWhoHasToldSome) {
  for (const bool has_told : {false, true}) {
    Lone end({.sack = true}, Agreed::settings_of(ask_accurate, AccEcnOptions::in_all));
    end.connect();
    end.hear_said();
    Segment syn_ack = end.segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(2);
    if (has_told) syn_ack.options.acc_ecn = whole_option(MarkCounts{});
    end.hear(syn_ack);
    const std::vector<Segment> acks = end.said();
    ASSERT_EQ(acks.size(), 1u);
    EXPECT_EQ(acks[0].options.acc_ecn.is_given(), has_told);
    EXPECT_EQ(end.connection->mss(), has_told ? 988u : 1000u);
    end.write(2000);
    for (const Segment& text : end.said()) {
      EXPECT_EQ(text.options.acc_ecn.is_given(), has_told);
      EXPECT_EQ(text.text.size() % end.connection->mss() == 0 || text.has(Flags::psh), true);
    }
  }
}

}  // namespace
}  // namespace acksu::tcp::agreement_edges_test
