// Accurate ECN (RFC 9768) as dialogues: what SYNs and their answers agree on, what each segment
// tells, and what an end makes of it, with a peer that says what it likes.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sim/script_gtest.h"

namespace acksu::sim {
namespace {

using tcp::EcnPolicy;

HostSettings host_with(EcnPolicy policy) {
  HostSettings settings = script_host();
  settings.tcp.ecn = policy;
  settings.tcp.timestamps = false;
  return settings;
}

Line opener(std::uint8_t ace = 7) { return syn(0).win(65535).mss(1460).sack_ok().ace(ace); }
const tcp::Counters& counters(Script& s) { return s.host().counters().tcp; }

// A server that was asked for it, and whose SYN+ACK has arrived as it was sent.
void serve(Script& s) {
  s.peer(opener());
  s.expect(syn_ack(0).ack(1).ace(2).counts(counts(1, 0, 1)));
  s.peer(pure_ack(1).seq(1).ace(2).counts(counts(1, 0, 1)));
  s.expect_state(State::established);
}

// A client whose SYN has arrived as it was sent.
void connect(Script& s) {
  s.app.connects();
  s.expect(syn(0).ace(7).no_counts());
  s.peer(syn_ack(0).ack(1).win(65535).mss(1460).sack_ok().ace(2).counts(counts(1, 0, 1)));
  s.expect(pure_ack(1).ace(2).counts(counts(1, 0, 1)).sack({}));
  s.expect_state(State::established);
}

// ---- Who asks, and who answers (Table 2) --------------------------------------------------------

// RFC 9768 3.1.1, 3.1.2, 3.1.3: each SYN+ACK that a client of accurate ECN may hear.
TEST(AccurateEcn, AClientFollowsItsAnswer) {
  struct Row {
    const char* who;
    std::uint8_t ace;
    const char* mode;
    bool may_mark;
  };
  for (const Row& row :
       {Row{"who cannot", 0, "", false}, Row{"RFC 3168", 1, "ecn", true},
        Row{"SYN not ECT", 2, "accecn", true}, Row{"SYN ECT(1)", 3, "accecn", false},
        Row{"SYN ECT(0)", 4, "accecn", false}, Row{"reserved", 5, "accecn", true},
        Row{"SYN marked", 6, "accecn", false}, Row{"broken", 7, "", false}}) {
    Script s{row.who, host_with(EcnPolicy::ask_accurate)};
    s.app.connects();
    s.expect(syn(0).ace(7).ecn(Ecn::not_capable));
    s.peer(syn_ack(0).ack(1).win(65535).mss(1460).ace(row.ace));
    const bool is_accurate = std::string{row.mode} == "accecn";
    s.expect(pure_ack(1).ace(is_accurate ? 2 : 0));
    EXPECT_EQ(s.info().has_ecn, row.mode[0] != '\0') << row.who;
    EXPECT_EQ(s.info().has_accurate_ecn, is_accurate) << row.who;
    s.app.writes(100);
    s.expect(data(1, 100).ace(is_accurate ? 5 : 0).ecn(row.may_mark ? Ecn::capable : Ecn{}));
  }
}

// RFC 9768 3.1.2, 3.1.3: each SYN that a server may hear, by its policy.
TEST(AccurateEcn, AServerAnswersWhatItIsAsked) {
  struct Row {
    std::uint8_t asked, answer;
    const char* mode;
  };
  for (const EcnPolicy policy : {EcnPolicy::off, EcnPolicy::answer, EcnPolicy::ask_accurate}) {
    for (const Row& row :
         {Row{0, 0, ""}, Row{3, 1, "ecn"}, Row{7, 2, "accecn"}, Row{1, 2, "accecn"},
          Row{2, 2, "accecn"}, Row{4, 2, "accecn"}, Row{5, 2, "accecn"}, Row{6, 2, "accecn"}}) {
      Script s{"asks with " + std::to_string(row.asked), host_with(policy)};
      const bool is_on = policy != EcnPolicy::off;
      const bool is_accurate = is_on && row.answer == 2;
      s.peer(opener(row.asked));
      s.expect(syn_ack(0).ack(1).ace(is_on ? row.answer : 0).ecn(Ecn::not_capable));
      s.peer(pure_ack(1).seq(1).ace(is_accurate ? 2 : 0));
      EXPECT_EQ(s.info().has_accurate_ecn, is_accurate);
      EXPECT_EQ(s.info().has_ecn, is_on && row.answer != 0);
    }
  }
}

// RFC 9768 3.1.1, Table 2 and 3.2.2.1, Table 3: both tell how the other's first packet arrived.
TEST(AccurateEcn, TheHandshakeTellsHowItArrived) {
  struct Row {
    Ecn codepoint;
    std::uint8_t ace;
  };
  for (const Row& row : {Row{Ecn::not_capable, 2}, Row{Ecn::capable_1, 3}, Row{Ecn::capable, 4},
                         Row{Ecn::congestion_experienced, 6}}) {
    Script server{"a SYN", host_with(EcnPolicy::answer)};
    server.peer(opener().ecn(row.codepoint));
    server.expect(syn_ack(0).ack(1).ace(row.ace));
    server.peer(pure_ack(1).seq(1).ace(2));
    // 3.2.2.2: a marked SYN is told by this alone, and does not count.
    server.peer(data(1, 100).ace(5));
    server.expect(pure_ack(101).ace(5));

    Script client{"a SYN+ACK", host_with(EcnPolicy::ask_accurate)};
    client.app.connects();
    client.expect(syn(0).ace(7));
    client.peer(syn_ack(0).ack(1).win(65535).mss(1460).ace(2).ecn(row.codepoint));
    client.expect(pure_ack(1).ace(row.ace));
    // A marked SYN+ACK counts, once.
    client.peer(data(1, 100).ace(5));
    client.expect(pure_ack(101).ace(row.ace == 6 ? 6 : 5));
  }
}

// RFC 9768 3.1.4.1: once more with it, then without; whichever is answered first counts, and the
// client may mark all the same.
TEST(AccurateEcn, ASynIsRepeatedWithAndThenWithout) {
  Script s{"two SYNs ask", host_with(EcnPolicy::ask_accurate)};
  s.app.connects();
  s.expect(syn(0).ace(7));
  s.expect_after(1s, syn(0).ace(7));
  s.expect_after(2s, syn(0).ace(0));
  s.peer(syn_ack(0).ack(1).win(65535).mss(1460).ace(2));
  s.expect(pure_ack(1).ace(2));
  s.app.writes(100);
  s.expect(data(1, 100).ace(5).ecn(Ecn::capable));
}

// RFC 9768 3.2.3.2.2: the option first, then the flags are left out, for paths that drop what they
// do not know; 3.1.5: the server stays in its mode, but marks nothing any more.
TEST(AccurateEcn, ASynAckIsRepeatedWithLess) {
  Script s{"three SYN+ACKs", host_with(EcnPolicy::answer)};
  s.peer(opener());
  s.expect(syn_ack(0).ack(1).ace(2).counts(counts(1, 0, 1)));
  s.expect_after(1s, syn_ack(0).ack(1).ace(2).no_counts());
  s.expect_after(2s, syn_ack(0).ack(1).ace(0).no_counts());
  s.peer(pure_ack(1).seq(1).ace(2));
  s.app.writes(100);
  s.expect(data(1, 100).ace(5).ecn(Ecn::not_capable));
  s.peer(data(1, 1000).ack(101).ace(5).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(1001).ace(6).no_counts());
}

// RFC 9768 3.1.5: the latest SYN is told; one without ECN is answered with it, but nothing is
// marked any more.
TEST(AccurateEcn, ASynWithoutItDoesNotChangeTheMode) {
  Script s{"a second SYN without", host_with(EcnPolicy::answer)};
  s.peer(opener());
  s.expect(syn_ack(0).ack(1).ace(2));
  s.peer(opener(0).ecn(Ecn::capable));
  s.expect(syn_ack(0).ack(1).ace(4).no_counts());
  s.peer(pure_ack(1).seq(1).ace(2));
  EXPECT_TRUE(s.info().has_accurate_ecn);
  s.app.writes(100);
  s.expect(data(1, 100).ace(5).ecn(Ecn::not_capable));
}

// RFC 9768 3.1.5: once without is without, whatever comes later.
TEST(AccurateEcn, ASynThatAsksLaterIsTooLate) {
  Script s{"a second SYN with", host_with(EcnPolicy::answer)};
  s.peer(opener(0));
  s.expect(syn_ack(0).ack(1).ace(0));
  s.peer(opener());
  s.expect(syn_ack(0).ack(1).ace(0));
}

// RFC 9768 3.1.5: two SYNs that ask for both are reset.
TEST(AccurateEcn, AskingForBothIsReset) {
  for (const std::uint8_t first : {std::uint8_t{7}, std::uint8_t{3}}) {
    Script s{"asks for both", host_with(EcnPolicy::answer)};
    s.peer(opener(first));
    s.expect(syn_ack(0).ack(1).ace(first == 7 ? 2 : 1));
    s.peer(opener(first == 7 ? 3 : 7));
    s.expect(segment(Flags::rst | Flags::ack).ack(1));
    s.expect_state(State::closed);
  }
}

// RFC 9768 3.1.2: where SYNs cross each answers as if it were the only one.
TEST(AccurateEcn, SynsThatCrossAgree) {
  struct Row {
    EcnPolicy policy;
    std::uint8_t ours, theirs, answer;
  };
  for (const Row& row :
       {Row{EcnPolicy::ask_accurate, 7, 7, 2}, Row{EcnPolicy::ask_accurate, 7, 3, 1},
        Row{EcnPolicy::ask_accurate, 7, 0, 0}, Row{EcnPolicy::ask, 3, 7, 1},
        Row{EcnPolicy::ask, 3, 3, 1}, Row{EcnPolicy::answer, 0, 7, 0}}) {
    Script s{"crossing", host_with(row.policy)};
    s.app.connects();
    s.expect(syn(0).ace(row.ours));
    s.peer(opener(row.theirs));
    s.expect(syn_ack(0).ack(1).ace(row.answer));
    s.peer(syn_ack(0).ack(1).ace(row.answer));
    s.expect(pure_ack(1).ace(row.answer == 2 ? 5 : 0));
    EXPECT_EQ(s.info().has_accurate_ecn, row.answer == 2);
    EXPECT_EQ(s.info().has_ecn, row.answer != 0);
  }
}

// RFC 9768 5.1: a cookie has no place for it; the ACK tells. Neither 0 nor 1 is ever said by who
// has agreed to it.
TEST(AccurateEcn, ACookieIsRemindedByItsAck) {
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    HostSettings settings = host_with(EcnPolicy::answer);
    settings.tcp.max_half_open = 0;
    Script s{"ACE " + std::to_string(ace), settings};
    s.peer(opener().ecn(Ecn::capable));
    s.expect(syn_ack(0).ack(1).ace(4).counts(counts(1, 0, 1)));
    s.peer(pure_ack(1).seq(1).ace(ace));
    s.expect_state(State::established);
    EXPECT_EQ(s.info().has_accurate_ecn, ace > 1) << unsigned{ace};
    s.app.writes(100);
    s.expect(data(1, 100)
                 .ace(ace > 1 ? 5 : 0)
                 .ecn(ace == 2 || ace == 5 || ace == 7 ? Ecn::capable : Ecn::not_capable));
  }
}

// RFC 9768 3.2.2.1: before any text the ACK leaves alone; who repeats its SYN+ACK is told once
// more.
TEST(AccurateEcn, TheThirdAckLeavesAlone) {
  Script s{"text waits behind it", host_with(EcnPolicy::ask_accurate)};
  s.app.connects();
  s.expect(syn(0).ace(7));
  s.app.writes(100);
  s.peer(syn_ack(0).ack(1).win(65535).mss(1460).ace(2).ecn(Ecn::capable));
  s.expect(pure_ack(1).ace(4).counts(counts(1, 0, 1)));
  s.expect(data(1, 100).ack(1).ace(5).counts(counts(1)));
  s.peer(syn_ack(0).ack(1).win(65535).mss(1460).ace(2).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(1).seq(101).ace(6));
  s.peer(pure_ack(101).seq(1).ace(5));
  s.after(1s);
  s.peer(syn_ack(0).ack(1).win(65535).mss(1460).ace(2).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(1).seq(101).ace(6));
  // 3.2.2.2: a marked SYN+ACK counts, but once.
  s.peer(data(1, 100).ace(5));
  s.expect(pure_ack(101).ace(6));
}

// RFC 9768 Table 4: what ends SYN-RECEIVED is no count. With 0 nobody counts, and nothing counts.
TEST(AccurateEcn, AServerReadsTheThirdAckByItsTable) {
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    Script s{"ACE " + std::to_string(ace), host_with(EcnPolicy::answer)};
    s.peer(opener());
    s.expect(syn_ack(0).ack(1).ace(2));
    s.peer(pure_ack(1).seq(1).ace(ace));
    const bool may_mark = ace == 1 || ace == 2 || ace == 5 || ace == 7;
    const std::uint32_t window = ace == 6 ? 7300 : 14'600;  // a marked SYN+ACK is congestion
    EXPECT_EQ(s.info().snd.cwnd, window) << unsigned{ace};
    s.app.writes(1000);
    s.expect(data(1, 1000).ace(5).ecn(may_mark ? Ecn::capable : Ecn::not_capable));
    // Nothing more was marked: the peer's count is 5, or 6.
    s.peer(pure_ack(1001).ace(ace == 6 ? 6 : 5));
    EXPECT_EQ(s.info().snd.marks.cep, ace == 6 ? 6u : 5u) << unsigned{ace};
    EXPECT_EQ(counters(s).marks_reported, 0u);
    s.app.writes(1000);
    s.expect(data(1001, 1000).ace(5));
    s.peer(pure_ack(2001).ace(7));
    EXPECT_EQ(counters(s).marks_reported, ace == 0 ? 0u : ace == 6 ? 1u : 2u) << "0: deaf";
  }
}

// RFC 9768 3.2.2.4: a count that begins at zero is none.
TEST(AccurateEcn, AZeroBehindTheHandshakeIsNoCount) {
  Script s{"zeroed on the way", host_with(EcnPolicy::ask_accurate)};
  connect(s);
  s.app.writes(1000);
  s.expect(data(1, 1000).ace(5).ecn(Ecn::capable));
  s.peer(pure_ack(1001).seq(1).ace(0));
  s.app.writes(1000);
  s.expect(data(1001, 1000).ace(5).ecn(Ecn::not_capable));
  s.peer(pure_ack(2001).ace(3));
  EXPECT_EQ(counters(s).mark_reductions, 0u);
  EXPECT_EQ(counters(s).marking_stopped, 1u);
}

// ---- The data receiver --------------------------------------------------------------------------

// RFC 9768 3.2, 3.2.2, 3.2.2.2, 3.2.3.3: packets are counted by their marks, bytes by their
// codepoint, and an option tells what has moved.
TEST(AccurateEcn, WhatArrivesIsCounted) {
  Script s{"each codepoint", host_with(EcnPolicy::answer)};
  serve(s);
  s.peer(data(1, 1000).ace(5).ecn(Ecn::capable));
  s.expect(pure_ack(1001).ace(5).counts(counts(1001)));
  s.peer(data(1001, 100).ace(5));
  s.expect(pure_ack(1101).ace(5).no_counts());
  s.peer(data(1101, 1000).ace(5).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(2101).ace(6).counts(counts(1001, 1000)));
  s.peer(data(2101, 50).ace(5).ecn(Ecn::capable_1));
  s.expect(pure_ack(2151).ace(6).counts(counts(1001, 1000, 51)));
  EXPECT_EQ(s.info().rcv.marks.cep, 6u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    s.peer(data(2151 + 10 * i, 10).ace(5).ecn(Ecn::congestion_experienced));
    s.expect(pure_ack(2161 + 10 * i).ace(static_cast<std::uint8_t>((7 + i) & 7)));
  }
}

// RFC 9768 3.2.3: who has only ever sent ECT(1) is told by the other order.
TEST(AccurateEcn, TheOtherOrderBeginsWithTheOtherCodepoint) {
  Script s{"ECT(1)", host_with(EcnPolicy::answer)};
  serve(s);
  AccEcnOption option{AccEcnOption::Order::one, 1};
  option.set(0, 1001);
  s.peer(data(1, 1000).ace(5).ecn(Ecn::capable_1));
  s.expect(pure_ack(1001).ace(5).counts(option));
}

// RFC 9768 3.2.2.5.1: a change, and each second mark, are acknowledged at once; without text each
// third.
TEST(AccurateEcn, MarksAreAcknowledgedSoon) {
  HostSettings settings = host_with(EcnPolicy::answer);
  settings.tcp.quick_acks = 0;
  Script s{"ACKs that marks trigger", settings};
  serve(s);
  s.peer(data(1, 100).ace(5).ecn(Ecn::capable));
  s.expect_silence();
  s.peer(data(101, 50).ace(5).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(151).ace(6));
  s.peer(data(151, 50).ace(5).ecn(Ecn::congestion_experienced));
  s.expect_silence();
  s.peer(data(201, 40).ace(5).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(241).ace(0));
  for (int i = 0; i < 2; ++i) s.peer(pure_ack(1).seq(241).ace(5).ecn(Ecn::congestion_experienced));
  s.expect_silence();
  s.peer(pure_ack(1).seq(241).ace(5).ecn(Ecn::congestion_experienced));
  s.expect(pure_ack(241).ace(3).no_counts().sack({}));
}

// RFC 9768 3.2.3.3: two blocks of SACK go before an option; what it had to tell is told later.
TEST(AccurateEcn, TheOptionGivesWayToSackBlocks) {
  HostSettings settings = host_with(EcnPolicy::answer);
  settings.tcp.timestamps = true;
  Script s{"three counts and two blocks", settings};
  s.peer(opener().ts(100, 0));
  s.expect(syn_ack(0).ack(1).ace(2));
  s.peer(pure_ack(1).seq(1).ace(2));
  s.peer(data(1, 100).ace(5).ecn(Ecn::capable));
  s.expect(pure_ack(101).ace(5).counts(counts(101)));
  s.peer(data(101, 100).ace(5).ecn(Ecn::capable_1));
  s.expect(pure_ack(201).ace(5).counts(counts(101, 0, 101)));
  s.peer(data(301, 100).ace(5).ecn(Ecn::capable));  // one block: there is room for both
  s.expect(pure_ack(201).ace(5).counts(counts(201, 0, 101)).sack({{301, 401}}));
  s.peer(data(501, 100).ace(5).ecn(Ecn::capable));
  s.expect(pure_ack(201).ace(5).no_counts().sack({{501, 601}, {301, 401}}));
  s.peer(data(201, 100).ace(5));
  s.expect(pure_ack(401).ace(5).counts(counts(301, 0, 101)).sack({{501, 601}}));
}

// RFC 9768 3.2.3.2.2: the client's first text has an option; when it is lost, there are no more.
TEST(AccurateEcn, AnOptionThatIsLostIsTheLast) {
  Script s{"the first text again", host_with(EcnPolicy::ask_accurate)};
  connect(s);
  s.app.writes(100);
  s.expect(data(1, 100).ace(5).counts(counts(1)));
  s.after(300ms);
  s.expect(data(1, 100).ace(5).no_counts().ecn(Ecn::not_capable));
  s.peer(data(1, 100).ack(101).ace(5).ecn(Ecn::capable));
  s.expect(pure_ack(101).ace(5).no_counts());
}

// ---- The data sender ----------------------------------------------------------------------------

// So many segments of 1000 bytes leave.
void send(Script& s, std::uint32_t from, std::uint32_t count) {
  s.app.sets({.nodelay = true});
  for (std::uint32_t i = 0; i < count; ++i) {
    s.app.writes(1000);
    s.expect(data(from + 1000 * i, 1000).ace(5).ecn(Ecn::capable));
  }
}

// RFC 3168 6.1.2, RFC 9768 3.1.5: a mark is congestion, once a round trip, and no CWR tells that it
// was heard.
TEST(AccurateEcn, MarksReduceTheWindowOnceARoundTrip) {
  HostSettings settings = host_with(EcnPolicy::answer);
  settings.tcp.congestion = tcp::CongestionAlgorithm::new_reno;
  Script s{"three marks", settings};
  serve(s);
  send(s, 1, 10);
  s.peer(pure_ack(2001).ace(6).counts(counts(1001, 1000)));
  const std::uint32_t reduced = s.info().snd.cwnd;
  EXPECT_EQ(reduced, 5000u) << "half of what was under way";
  s.peer(pure_ack(4001).ace(0).counts(counts(1001, 3000)));
  EXPECT_EQ(s.info().snd.cwnd, reduced);
  EXPECT_EQ(counters(s).mark_reductions, 1u);
  EXPECT_EQ(counters(s).marks_reported, 3u);
  EXPECT_EQ(s.info().snd.marks.ceb, 3000u);
  EXPECT_EQ(s.info().snd.marks.e0b, 1001u);
  s.peer(pure_ack(10'001).ace(0).counts(counts(7001, 3000)));
  send(s, 10'001, 5);
  s.peer(pure_ack(12'001).ace(1).counts(counts(8001, 4000)));
  EXPECT_EQ(counters(s).mark_reductions, 2u);
  EXPECT_EQ(counters(s).retransmitted_segments, 0u);
}

// RFC 9768 A.1: an ACK that another has overtaken tells nothing.
TEST(AccurateEcn, AnOvertakenAckTellsNothing) {
  Script s{"reordered", host_with(EcnPolicy::answer)};
  serve(s);
  send(s, 1, 10);
  s.peer(pure_ack(4001).ace(7));
  EXPECT_EQ(counters(s).marks_reported, 2u);
  s.peer(pure_ack(2001).ace(6));
  s.peer(pure_ack(4001).ace(7));
  s.peer(pure_ack(6001).ace(7));
  EXPECT_EQ(counters(s).marks_reported, 2u);
}

// RFC 9768 3.2.3.2.3: a path that takes the options away leaves ACE.
TEST(AccurateEcn, WithoutOptionsAceIsEnough) {
  Script s{"no options", host_with(EcnPolicy::answer)};
  s.peer(opener());
  s.expect(syn_ack(0).ack(1).ace(2));
  s.peer(pure_ack(1).seq(1).ace(2));
  send(s, 1, 10);
  s.peer(pure_ack(3001).ace(7));
  EXPECT_EQ(counters(s).marks_reported, 2u);
  EXPECT_EQ(counters(s).mark_reductions, 1u);
}

// RFC 9768 3.2.3.2.4: options whose counts begin at zero are not believed; ACE is.
TEST(AccurateEcn, AnOptionThatBeginsAtZeroIsNotBelieved) {
  Script s{"zeroed options", host_with(EcnPolicy::answer)};
  s.peer(opener());
  s.expect(syn_ack(0).ack(1).ace(2));
  s.peer(pure_ack(1).seq(1).ace(2).counts(counts(0, 0, 0)));
  send(s, 1, 10);
  s.peer(pure_ack(3001).ace(5).counts(counts(0, 9999, 0)));
  EXPECT_EQ(s.info().snd.marks.ceb, 0u);
  s.peer(pure_ack(5001).ace(6).counts(counts(0, 0, 0)));
  EXPECT_EQ(counters(s).marks_reported, 1u);
}

}  // namespace
}  // namespace acksu::sim
