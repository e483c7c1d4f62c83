// Edges of what is told to the peer, and of records: marks on one byte and on text that comes again
// (RFC 3168, RFC 9768), reports of what came twice (RFC 2883), windows of very small buffers, and
// moves of what is no connection. Numbers are relative to the peer's first byte.
#include <gtest/gtest.h>

#include "tcp/half_open.h"
#include "tcp/lone_test.h"
#include "tcp/move.h"

namespace acksu::tcp::marks_edges_test {
namespace {

// A client that asks for what counts or echoes marks, and a peer that agrees to it in its SYN+ACK.
struct Client : Lone {
  Client(EcnPolicy policy, std::uint8_t ace, const Terms& terms = {.sack = true})
      : Client(with(policy), ace, terms) {}
  Client(const Settings& settings, std::uint8_t ace, const Terms& terms = {.sack = true})
      : Lone(terms, settings) {
    connect();
    said();
    Segment syn_ack = segment("SYN+ACK", -1, 0);
    syn_ack.flags.set_ace(ace);
    hear(syn_ack);
    said();
  }
  static Settings with(EcnPolicy policy) {
    Settings settings;
    settings.ecn = policy;
    return settings;
  }
  void hear_with(Ecn ecn, const char* flags, std::int64_t seq, std::uint32_t bytes = 0) {
    Segment arrived = segment(flags, seq, 0, bytes);
    arrived.ecn = ecn;
    hear(arrived);
  }
  // Packets that were marked.
  std::uint32_t counted() const { return info().rcv.marks.cep - MarkCounts{}.cep; }
};

constexpr std::uint8_t agrees_to_classic = 1;  // ACE of a SYN+ACK: ECE alone

// ---- Marks --------------------------------------------------------------------------------------

// RFC 3168 6.1.3: text that was marked is echoed, a single byte as well; an ACK without text is
// not, for nobody marks it (RFC 3168 6.1.4).
TEST(MarksEdges, AMarkOnAnyTextIsEchoed) {
  for (const std::uint32_t bytes : {0u, 1u, 2u, 1000u}) {
    Client end{EcnPolicy::ask, agrees_to_classic};
    ASSERT_TRUE(end.info().has_ecn);
    end.hear_with(Ecn::congestion_experienced, "ACK", 0, bytes);
    end.hear_with(Ecn::capable, "ACK", bytes, 100);
    const std::vector<Segment> acks = end.said();
    ASSERT_FALSE(acks.empty());
    EXPECT_EQ(acks.back().has(Flags::ece), bytes > 0) << bytes;
    EXPECT_EQ(end.desk.counters.marked_segments, bytes > 0 ? 1u : 0u);
  }
}

// RFC 9768 3.2.2.5: what has come again counts as many packets as it was, one at least.
TEST(MarksEdges, WhatComesAgainCountsAsItsPackets) {
  struct Case {
    std::uint32_t bytes, packets;
  };
  for (const Case& each : {Case{1, 1}, Case{1000, 1}, Case{1001, 2}, Case{2000, 2}}) {
    Client end{EcnPolicy::ask_accurate, 2};
    ASSERT_TRUE(end.info().has_accurate_ecn);
    end.hear_with(Ecn::capable, "ACK", 0, 3000);
    end.hear_with(Ecn::congestion_experienced, "ACK", 3000 - std::int64_t{each.bytes}, each.bytes);
    EXPECT_EQ(end.counted(), each.packets) << each.bytes;
  }
}

TEST(MarksEdges, AFinThatComesAgainIsAPacket) {
  Client end{EcnPolicy::ask_accurate, 2};
  end.hear_with(Ecn::not_capable, "FIN+ACK", 0);
  ASSERT_EQ(end.state(), State::close_wait);
  end.hear_with(Ecn::congestion_experienced, "FIN+ACK", 0);
  EXPECT_EQ(end.counted(), 1u);
}

// RFC 9768 3.2.2.3: our SYN cannot be marked; where it arrives as if it could, the path changes
// what packets say. That is counted once, and our text says no more that it can be marked.
TEST(MarksEdges, ASynThatWasChangedOnItsWayEndsMarking) {
  struct Case {
    std::uint8_t ace;  // RFC 9768 Table 2
    bool is_changed;
  };
  for (const Case& each : {Case{2, false}, Case{3, true}, Case{4, true}, Case{6, true}}) {
    Client end{EcnPolicy::ask_accurate, each.ace};
    EXPECT_EQ(end.desk.counters.accurate_ecn, 1u);
    EXPECT_EQ(end.desk.counters.marking_stopped, each.is_changed ? 1u : 0u) << int{each.ace};
    EXPECT_EQ(end.desk.counters.mark_reductions, each.ace == 6 ? 1u : 0u);
    end.write(100);
    const std::vector<Segment> text = end.said();
    ASSERT_EQ(text.size(), 1u);
    EXPECT_EQ(text[0].ecn, each.is_changed ? Ecn::not_capable : Ecn::capable);
    Segment ack = end.segment("ACK", 0, 100);
    ack.flags.set_ace(5);  // nothing was marked
    end.hear(ack);
    EXPECT_EQ(end.desk.counters.marking_stopped, each.is_changed ? 1u : 0u) << "once";
  }
}

// RFC 9768 3.2.2.1: the same answer once more is for a SYN+ACK alone. ACKs of before, and ends that
// come too early or too late, are told the count (5), as ever.
TEST(MarksEdges, OnlyASynAckIsAnsweredAsAtFirst) {
  struct Case {
    EcnPolicy policy;
    std::uint8_t ace;
    const char* flags;
    std::uint8_t told;
  };
  for (const Case& each :
       {Case{EcnPolicy::ask_accurate, 2, "SYN+ACK", 2}, Case{EcnPolicy::ask_accurate, 2, "ACK", 5},
        Case{EcnPolicy::ask_accurate, 2, "FIN+ACK", 5},
        Case{EcnPolicy::ask, agrees_to_classic, "SYN+ACK", 0},
        Case{EcnPolicy::ask, agrees_to_classic, "ACK", 0}}) {
    Client end{each.policy, each.ace};
    end.hear_with(Ecn::not_capable, each.flags, -1);
    const std::vector<Segment> answer = end.said();
    ASSERT_EQ(answer.size(), 1u) << each.flags;
    EXPECT_EQ(answer[0].flags.ace(), each.told) << each.flags;
  }
}

// RFC 9768 3.2.3.3: an ACK without text has 28 bytes beside its time stamp. Two blocks of SACK (20
// bytes) go first; counts that fit beside them go before the third.
TEST(MarksEdges, TwoBlocksGoBeforeCountsAndCountsBeforeTheThird) {
  for (const bool has_all_counts : {true, false}) {  // 12 bytes, or 8
    Client end{EcnPolicy::ask_accurate, 2, {.timestamps = true, .sack = true}};
    end.hear_with(Ecn::capable, "ACK", 0, 100);
    end.hear_with(has_all_counts ? Ecn::capable_1 : Ecn::capable, "ACK", 100, 100);
    EXPECT_TRUE(end.said().at(0).options.acc_ecn.is_given());
    for (std::uint32_t holes = 1; holes <= 4; ++holes) {
      end.hear_with(Ecn::capable, "ACK", 1000 * std::int64_t{holes}, 100);
      const std::vector<Segment> acks = end.said();
      ASSERT_EQ(acks.size(), 1u);
      const bool fits = !has_all_counts || holes == 1;
      EXPECT_EQ(acks[0].options.acc_ecn.is_given(), fits) << holes;
      EXPECT_EQ(acks[0].options.sack.size(), std::min(holes, fits ? 2u : 3u)) << has_all_counts;
    }
  }
}

// RFC 9768 3.2.2.2: a marked SYN halves the first window, to two segments at least, and makes none
// larger.
TEST(MarksEdges, AMarkedSynHalvesTheFirstWindow) {
  for (const std::uint32_t segments : {1u, 2u, 3u, 4u, 5u, 10u}) {
    Settings settings = Client::with(EcnPolicy::ask_accurate);
    settings.initial_window_segments = segments;
    Client end{settings, 6};
    EXPECT_EQ(end.info().snd.cwnd,
              std::min(segments, std::max(segments / 2, 2u)) * 1000 + (segments == 5 ? 500u : 0u));
  }
}

// RFC 3168 6.1.4, 6.1.5: what has no text may not be marked; RFC 8311 4.3: unless all may, and the
// path leaves marks alone.
TEST(MarksEdges, WhatHasNoTextMayBeMarkedWhereAllMay) {
  for (const bool marks_all : {false, true}) {
    for (const std::uint8_t ace : {std::uint8_t{2}, std::uint8_t{3}}) {  // untouched, changed
      Settings settings = Client::with(EcnPolicy::ask_accurate);
      settings.marks_all = marks_all;
      Client end{settings, ace};
      Segment text = end.segment("ACK", 0, 0, 100);
      text.flags.set_ace(5);
      end.hear(text);
      end.shut_down();
      const std::vector<Segment> said = end.said();
      ASSERT_FALSE(said.empty());
      for (const Segment& segment : said) {
        EXPECT_EQ(segment.ecn, marks_all && ace == 2 ? Ecn::capable : Ecn::not_capable);
      }
      end.abort();
      for (const Segment& segment : end.said()) EXPECT_EQ(segment.ecn, Ecn::not_capable);
    }
  }
}

// A report of what came twice (RFC 2883) is one of those two blocks.
TEST(MarksEdges, AReportOfWhatCameTwiceIsABlockLikeAnother) {
  for (const bool has_hole : {false, true}) {
    Client end{EcnPolicy::ask_accurate, 2, {.timestamps = true, .sack = true}};
    end.hear_with(Ecn::capable, "ACK", 0, 100);
    end.hear_with(Ecn::capable_1, "ACK", 100, 100);
    end.said();
    if (has_hole) end.hear_with(Ecn::capable, "ACK", 1000, 100);
    end.hear_with(Ecn::capable, "ACK", 100, 100);
    const std::vector<Segment> acks = end.said();
    ASSERT_FALSE(acks.empty());
    EXPECT_EQ(acks[0].options.sack.size(), has_hole ? 2u : 1u);
    EXPECT_EQ(acks[0].options.acc_ecn.is_given(), !has_hole);
  }
}

// Text that is smaller than a segment leaves room for counts (12 bytes); what a device is to split
// into segments, each with all options, has as much as one of them.
TEST(MarksEdges, CountsHaveTheRoomThatOneSegmentLeaves) {
  struct Case {
    std::uint32_t bytes;
    bool is_set_aside, fits;
  };
  for (const Case& each : {Case{1, false, true}, Case{988, false, true}, Case{989, false, false},
                           Case{1000, false, false}, Case{3000, false, false}, Case{1, true, true},
                           Case{1000, true, true}, Case{3000, true, true}}) {
    Desk desk;
    desk.settings.acc_ecn_options =
        each.is_set_aside ? AccEcnOptions::in_all : AccEcnOptions::of_news;
    Agreement agreement;
    agreement.ecn = {.mode = EcnMode::accurate, .may_tell = true, .is_told = each.is_set_aside};
    Receiver receiver{desk.settings, 1000};
    receiver.agree_on(agreement, desk.settings);
    receiver.on_syn(Seq{999}, 60'000);
    Context context = desk.context();
    for (const Ecn ecn : {Ecn::capable, Ecn::capable_1}) {
      Segment arrived;
      arrived.seq = receiver.nxt();
      arrived.ecn = ecn;
      arrived.text.append(desk.pool.allocate(100));
      receiver.take_marks(arrived, context);
    }
    Segment segment;
    segment.ecn = Ecn::capable;
    segment.text.append(desk.pool.allocate(each.bytes));
    receiver.fill(segment, 1000, context);
    EXPECT_EQ(segment.options.acc_ecn.is_given(), each.fits) << each.bytes << each.is_set_aside;
  }
}

// RFC 9768 3.2.3.3: blocks of SACK (12 bytes for the first) go before counts (8 bytes for one, 12
// for all); both go where there is room for both.
TEST(MarksEdges, BlocksGoBeforeCounts) {
  struct Case {
    std::uint32_t bytes;
    bool is_set_aside, has_block, has_count;
  };
  for (const Case& each :
       {Case{0, false, true, true}, Case{980, false, true, true}, Case{981, false, true, false},
        Case{988, false, true, false}, Case{989, false, false, false}, Case{0, true, true, true},
        Case{988, true, true, true}, Case{989, true, false, false}}) {
    Desk desk;
    desk.settings.acc_ecn_options =
        each.is_set_aside ? AccEcnOptions::in_all : AccEcnOptions::of_news;
    Agreement agreement;
    agreement.sack = true;
    agreement.ecn = {.mode = EcnMode::accurate, .may_tell = true, .is_told = each.is_set_aside};
    Receiver receiver{desk.settings, 1000};
    receiver.agree_on(agreement, desk.settings);
    receiver.on_syn(Seq{999}, 60'000);
    Context context = desk.context();
    Timers timers;
    Segment early;
    early.seq = receiver.nxt() + 100;
    early.ecn = Ecn::capable;
    early.text.append(desk.pool.allocate(100));
    receiver.take_marks(early, context);
    receiver.take_text(early, context, timers);
    Segment segment;
    segment.ecn = Ecn::capable;
    if (each.bytes > 0) segment.text.append(desk.pool.allocate(each.bytes));
    receiver.fill(segment, 1000, context);
    EXPECT_EQ(!segment.options.sack.is_empty(), each.has_block) << each.bytes;
    EXPECT_EQ(segment.options.acc_ecn.is_given(), each.has_count) << each.bytes;
  }
}

// RFC 3168 6.1.2, RFC 9768 3.2.1: an ACK halves the window when it tells of a packet more that was
// marked, whether or not it reports anything else.
TEST(MarksEdges, OnlyACountThatMovesReducesTheWindow) {
  for (const std::uint32_t marked : {0u, 1u}) {
    for (const bool has_blocks : {false, true}) {
      Settings settings = Client::with(EcnPolicy::ask_accurate);
      settings.congestion = CongestionAlgorithm::new_reno;
      Client end{settings, 2};
      end.write(5000);
      ASSERT_EQ(end.said().size(), 5u);
      const std::uint32_t before = end.info().snd.cwnd;
      Segment ack = end.segment("ACK", 0, has_blocks ? 0 : 1000);
      ack.flags.set_ace(static_cast<std::uint8_t>(5 + marked));
      if (has_blocks) ack.options.sack.push_back({Seq{Lone::ours + 1000}, Seq{Lone::ours + 2000}});
      end.hear(ack);
      EXPECT_EQ(end.desk.counters.marks_reported, marked);
      EXPECT_EQ(end.desk.counters.mark_reductions, marked);
      EXPECT_EQ(end.info().snd.cwnd < before, marked > 0) << has_blocks;
    }
  }
}

// RFC 9768 3.2.2.5.1: a mark that follows text without one is told at once; RFC 5681 4.2 (c): but
// where the segment is early it has an ACK of its own, and no second one.
TEST(MarksEdges, AChangeIsToldAtOnceAndOnce) {
  for (const bool is_marked : {false, true}) {
    for (const bool is_early : {false, true}) {
      Settings settings;
      settings.ecn = EcnPolicy::ask_accurate;
      settings.quick_acks = 0;
      Lone end({.sack = true}, settings);
      end.establish_counting();
      Segment text = end.segment("ACK", is_early ? 100 : 0, 0, 100);
      text.flags.set_ace(5);
      text.ecn = is_marked ? Ecn::congestion_experienced : Ecn::capable;
      end.hear(text);
      EXPECT_EQ(end.said().size(), is_marked || is_early ? 1u : 0u) << is_marked << is_early;
    }
  }
}

// RFC 9768 3.2.2.4: no count begins at zero, so who hears one that does marks nothing any more;
// also where it comes with the ACK of a FIN, and no text was ever sent.
TEST(MarksEdges, TheAckOfALoneFinMayBeginACount) {
  for (const std::uint8_t count : {std::uint8_t{0}, std::uint8_t{5}}) {
    Settings settings;
    settings.ecn = EcnPolicy::ask_accurate;
    settings.marks_all = true;
    Lone end({.sack = true}, settings);
    end.establish_counting();
    end.shut_down();
    const std::vector<Segment> fin = end.said();
    ASSERT_EQ(fin.size(), 1u);
    EXPECT_EQ(fin[0].ecn, Ecn::capable);
    Segment ack = end.segment("ACK", 0, 1);
    ack.flags.set_ace(count);
    end.hear(ack);
    EXPECT_EQ(end.state(), State::fin_wait_2);
    EXPECT_EQ(end.desk.counters.marking_stopped, count == 0 ? 1u : 0u);
    end.hear("ACK", 0, 1, 100);
    const std::vector<Segment> answer = end.said();
    ASSERT_EQ(answer.size(), 1u);
    EXPECT_EQ(answer[0].ecn, count == 0 ? Ecn::not_capable : Ecn::capable);
  }
}

// ---- What came twice (RFC 2883) -----------------------------------------------------------------

std::vector<SackBlock> reported(Lone& end) {
  const std::vector<Segment> acks = end.said();
  EXPECT_EQ(acks.size(), 1u);
  if (acks.empty()) return {};
  const SackBlocks& blocks = acks.back().options.sack;
  return {blocks.begin(), blocks.end()};
}
SackBlock block(std::int64_t start, std::int64_t end) {
  return {Seq{Lone::theirs} + static_cast<std::uint32_t>(start),
          Seq{Lone::theirs} + static_cast<std::uint32_t>(end)};
}

// RFC 2883 4.2: of text in order, that part which had come early.
TEST(MarksEdges, TextThatHadComeEarlyIsReportedWhenTheHoleIsFilled) {
  struct Case {
    std::uint32_t bytes;
    std::vector<SackBlock> twice;
  };
  for (const Case& each :
       {Case{1000, {}}, Case{1001, {block(1000, 1001)}}, Case{1500, {block(1000, 1500)}},
        Case{2000, {block(1000, 2000)}}, Case{3000, {block(1000, 2000)}}}) {
    Lone end({.sack = true});
    end.establish();
    end.hear("ACK", 1000, 0, 1000);
    EXPECT_EQ(reported(end), std::vector{block(1000, 2000)});
    end.hear("ACK", 0, 0, each.bytes);
    EXPECT_EQ(reported(end), each.twice) << each.bytes;
    EXPECT_EQ(end.read(), text_from(0, std::max(each.bytes, 2000u)));
  }
}

// RFC 2018 section 3: a block (12 bytes with NOPs) goes where text leaves room for it, a second one
// where it leaves eight bytes more.
TEST(MarksEdges, TextLeavesRoomForBlocks) {
  struct Case {
    std::uint32_t bytes, blocks;
  };
  for (const Case& each : {Case{1000, 0}, Case{989, 0}, Case{988, 1}, Case{981, 1}, Case{980, 2}}) {
    Lone end({.sack = true});
    end.establish();
    end.set({.nodelay = true});
    end.hear("ACK", 1000, 0, 100);
    end.hear("ACK", 2000, 0, 100);
    end.write(each.bytes);
    const std::vector<Segment> text = end.said();
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(text[0].text.size(), each.bytes);
    EXPECT_EQ(text[0].options.sack.size(), each.blocks) << each.bytes;
  }
}

// RFC 2883 4.1: the SYN of a SYN+ACK that has crossed ours is a duplicate, of one number.
TEST(MarksEdges, ASynThatComesAgainWithAnAckIsReported) {
  Lone end({.sack = true});
  end.connect();
  end.said();
  end.hear("SYN", -1, 0);
  ASSERT_EQ(end.state(), State::syn_received);
  end.said();
  end.hear("SYN+ACK", -1, 0);
  ASSERT_EQ(end.state(), State::established);
  EXPECT_EQ(reported(end), std::vector{block(-1, 0)});
}

// ---- Windows and moves --------------------------------------------------------------------------

// RFC 9293 MUST-39: the window of a full buffer is closed, however small the buffer.
TEST(MarksEdges, AFullBufferOffersNothingHoweverSmall) {
  for (const std::uint32_t capacity : {1u, 2u, 3u, 4u, 10u}) {
    Settings settings;
    settings.receive_buffer = BufferSize{capacity};
    settings.window_scaling = false;
    Lone end({}, settings);
    end.establish();
    end.hear("ACK", 0, 0, capacity);
    const std::vector<Segment> acks = end.said();
    ASSERT_EQ(acks.size(), 1u) << capacity;
    EXPECT_EQ(acks[0].ack, Seq{Lone::theirs} + capacity);
    EXPECT_EQ(acks[0].window, 0) << capacity;
    EXPECT_EQ(end.info().rcv.wnd, 0u);
  }
}

// RFC 9293 MUST-14: the field has 16 bits.
TEST(MarksEdges, ASynAckTellsTheMssUpToWhatItsFieldHolds) {
  for (const std::uint32_t mss : {536u, 0xfffeu, 0xffffu, 0x1'0000u, 0x1'0217u}) {
    Segment syn;
    syn.flags.set(Flags::syn);
    HalfOpen record{syn, Opening{.tuple = Desk{}.tuple, .iss = Seq{1}, .mss = mss},
                    BufferSize{60'000}, Settings{}};
    const Segment syn_ack = record.syn_ack(Desk{}.tuple, mss, Instant{} + 1h);
    EXPECT_EQ(syn_ack.options.mss, std::min(mss, 0xffffu));
  }
}

// RFC 6298 section 3: who answered a SYN knows the round trip from it, unless it was sent twice
// (5.7: then the time-out is longer).
TEST(MarksEdges, WhoAnsweredASynKnowsTheRoundTrip) {
  for (const std::uint32_t sent : {1u, 2u, 3u}) {
    Desk desk;
    Sender sender{Opening{.tuple = desk.tuple, .iss = Seq{1}, .mss = 1000}, {}};
    Agreement agreement;
    agreement.peer_mss = 1000;
    sender.agree_on(agreement, desk.settings);
    Accepted accepted;
    accepted.syn_acks_sent = static_cast<std::uint8_t>(sent);
    if (sent == 1) accepted.handshake_rtt = 300ms;
    sender.take_handshake(accepted, desk.settings);
    Info info;
    sender.describe(info, desk.settings);
    EXPECT_EQ(info.srtt, sent == 1 ? Duration{300ms} : Duration::zero());
    EXPECT_EQ(info.rto, sent == 1 ? Duration{900ms} : Duration{2s});
    EXPECT_EQ(info.snd.cwnd, sent > 2 ? 1000u : 10'000u);
  }
}

struct Moves : Observer {
  void on_move(Instant now, const FourTuple& tuple, const Row& row) override {
    told.push_back(row.event);
    at = now;
    whose = tuple;
  }
  std::vector<Event> told;
  Instant at{};
  FourTuple whose{};
};

// Listeners, half-open connections and TIME-WAIT move as RFC 9293 3.3.2 draws it: each move is
// counted, and told to who looks.
TEST(MarksEdges, MovesOfRecordsAreCountedAndTold) {
  Desk desk;
  Moves moves;
  for (const bool is_observed : {false, true}) {
    desk.observer = is_observed ? &moves : nullptr;
    move_record(State::listen, Event::syn_received, desk.tuple, desk.context());
    move_record(State::syn_received, Event::syn_acked, desk.tuple, desk.context());
  }
  EXPECT_EQ(desk.counters.moves[row_position(State::listen, Event::syn_received)], 2u);
  EXPECT_EQ(desk.counters.moves[row_position(State::syn_received, Event::syn_acked)], 2u);
  EXPECT_EQ(moves.told, (std::vector{Event::syn_received, Event::syn_acked}));
  EXPECT_EQ(moves.at, desk.now);
  EXPECT_EQ(moves.whose, desk.tuple);
}

}  // namespace
}  // namespace acksu::tcp::marks_edges_test
