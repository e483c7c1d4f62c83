// The counts of accurate ECN (RFC 9768) by themselves: the algorithms of its appendix, and the
// record that half a connection is while it is opened.
#include "tcp/accurate_ecn.h"

#include <gtest/gtest.h>

#include <set>

#include "tcp/congestion.h"
#include "tcp/half_open.h"
#include "tcp/lone_test.h"
#include "tcp/time_wait.h"

namespace acksu::tcp::accurate_ecn_test {
namespace {

constexpr std::uint32_t mss = 1460;

Segment ack_with(std::uint32_t cep) {
  Segment ack;
  ack.flags.set(Flags::ack);
  ack.flags.set_ace(cep);
  return ack;
}
Segment ack_with(std::uint32_t cep, std::uint32_t ceb) {
  Segment ack = ack_with(cep);
  ack.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 2};
  ack.options.acc_ecn.set(0, 1);
  ack.options.acc_ecn.set(1, ceb);
  return ack;
}

// A sender whose peer has acknowledged every second segment so far.
struct Heard {
  Heard() {
    for (int i = 0; i < 30; ++i) hear(ack_with(5), 2 * mss);
  }
  MarkReport hear(const Segment& ack, std::uint32_t delivered) {
    return feedback.on_ack(ack, delivered, mss, trust);
  }
  MarkTrust trust{.is_accurate = true};
  MarkFeedback feedback{trust};
};

// RFC 9768 A.2.1, with its example: the count may have gone round, if there was room for it.
TEST(MarkFeedback, GuessesTheSafestLikelyCase) {
  struct Row {
    std::uint32_t segments, least, packets;
  };
  for (const Row& row : {Row{9, 2, 2}, Row{10, 2, 10}, Row{17, 2, 10}, Row{18, 2, 18}, Row{8, 0, 8},
                         Row{7, 0, 0}, Row{1, 3, 3}, Row{2, 7, 7}}) {
    Heard end;
    EXPECT_EQ(end.hear(ack_with(5 + row.least), row.segments * mss).packets, row.packets)
        << row.segments;
    // A.3: as bytes, and never more than what was acknowledged.
    Heard other;
    EXPECT_EQ(other.hear(ack_with(5 + row.least), row.segments * mss).bytes,
              std::min(row.packets, row.segments) * mss);
  }
}

// RFC 9768 A.2.1: where each ACK acknowledges many, none is missing.
TEST(MarkFeedback, KnowsAcksThatAreAlwaysStretched) {
  MarkTrust trust{.is_accurate = true};
  MarkFeedback feedback{trust};
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(feedback.on_ack(ack_with(5), 40 * mss, mss, trust).packets, 0u) << i;
  }
  EXPECT_EQ(feedback.on_ack(ack_with(7), 40 * mss, mss, trust).packets, 2u);
}

// RFC 9768 A.2.2, with its examples, for an ACK of so many segments as the RFC's guess has packets.
TEST(MarkFeedback, AnOptionTellsWhetherItWentRound) {
  struct Row {
    std::uint32_t segments, least, bytes, packets;
  };
  for (const Row& row : {Row{8, 0, 1460, 8}, Row{10, 2, 1460, 2}, Row{15, 7, 10'200, 7},
                         Row{10, 2, 10 * mss, 10}, Row{8, 0, 0, 0}}) {
    Heard end;
    const MarkReport report = end.hear(ack_with(5 + row.least, row.bytes), row.segments * mss);
    EXPECT_EQ(report.packets, row.packets) << row.segments;
    EXPECT_EQ(report.bytes, row.bytes);
    EXPECT_TRUE(end.trust.may_mark);
  }
}

// RFC 9768 A.1, with its example; and what was guessed without an option is not told twice.
TEST(MarkFeedback, BytesGoRoundToo) {
  Heard end;
  std::uint32_t cep = 5;
  for (const std::uint32_t at : {0xff'0000u, 0x1fe'0000u, 33'554'433u}) {
    end.hear(ack_with(++cep, at % AccEcnOption::modulus), mss);
  }
  EXPECT_EQ(end.feedback.counts().ceb, 33'554'433u);
  EXPECT_EQ(end.hear(ack_with(++cep, 1461), mss).bytes, 1460u);
  EXPECT_EQ(end.feedback.counts().ceb, 33'555'893u);
  EXPECT_EQ(end.hear(ack_with(++cep), mss).bytes, mss);
  EXPECT_EQ(end.hear(ack_with(++cep, 1461 + 2 * mss), mss).bytes, mss);
}

// RFC 9768 3.2.3.2.5: bytes are marked, and no packet is: somebody changes what is told.
TEST(MarkFeedback, CountsThatContradictEachOtherEndMarking) {
  Heard end;
  end.hear(ack_with(5, 100), mss);
  end.hear(ack_with(6, 300), mss);
  end.hear(ack_with(6, 400), mss);
  end.hear(ack_with(6, 500), mss);
  EXPECT_TRUE(end.trust.may_mark) << "once is none";
  end.hear(ack_with(6, 600), mss);
  EXPECT_FALSE(end.trust.may_mark);
}

// RFC 9768 A.1: time stamps tell which of two ACKs without news is the later.
TEST(MarkFeedback, TimeStampsTellWhichAckIsNewer) {
  Heard end;
  const auto stamped = [](std::uint32_t cep, std::uint32_t stamp) {
    Segment ack = ack_with(cep);
    ack.options.has_timestamps = true;
    ack.options.timestamps.value = stamp;
    return ack;
  };
  EXPECT_EQ(end.hear(stamped(6, 0xffff'fff0), 0).packets, 1u);
  EXPECT_EQ(end.hear(stamped(7, 3), 0).packets, 1u);
  EXPECT_EQ(end.hear(stamped(6, 2), 2 * mss).packets, 0u) << "older, whatever it acknowledges";
  EXPECT_EQ(end.hear(stamped(6, 3), 0).packets, 0u) << "as old, and without news";
  EXPECT_EQ(end.hear(stamped(8, 3), mss).packets, 1u);
}

// RFC 9768 3.2.2.5.1: merged segments count as many.
TEST(MarkCounter, CountsWhatWasMerged) {
  MarkCounter counter{{.mode = EcnMode::accurate}};
  BufferPool pool;
  Segment text;
  text.ecn = Ecn::congestion_experienced;
  text.text.append(pool.allocate(4000));
  EXPECT_TRUE(counter.on_segment(text, 4));
  EXPECT_EQ(counter.counts().cep, 9u);
  EXPECT_EQ(counter.counts().ceb, 4000u);
}

// RFC 8257 3.3, with g = 1/16, by counted bytes: no ACK says whether all that it acknowledges was
// marked.
TEST(MarkCounter, DctcpFollowsTheShareOfMarkedBytes) {
  Settings settings;
  settings.ecn = EcnPolicy::ask_accurate;
  settings.congestion = CongestionAlgorithm::dctcp;
  Lone end{{.sack = true}, settings};
  end.establish_counting();
  std::int64_t acked = 0;
  std::uint32_t cep = 5, ceb = 0;
  const auto window_with = [&](std::uint32_t marked_fifths) {
    end.write(100'000);
    end.hear_said();
    const std::uint32_t sent = bytes_between(end.info().snd.una, end.info().snd.nxt);
    acked += sent;
    ceb += sent / 5 * marked_fifths;
    cep += sent / 5000 * marked_fifths;
    Segment ack = end.segment("ACK", 0, acked);
    ack.flags.set_ace(cep);
    ack.options.acc_ecn = ack_with(cep, ceb).options.acc_ecn;
    end.hear(ack);
  };
  for (int i = 0; i < 200; ++i) window_with(0);  // alpha comes down to nothing
  const double before = end.info().snd.cwnd;
  EXPECT_GE(before, 60'000.0) << "the peer's window limits us: ours does not grow meanwhile";
  window_with(1);  // alpha is 0.2 / 16, and half of that goes
  EXPECT_EQ(end.info().snd.marks.ceb, ceb);
  EXPECT_NEAR(end.info().snd.cwnd, before * (1 - 0.2 / 32), 20.0);
  const double second = end.info().snd.cwnd;
  window_with(5);  // (15 * 0.2 / 16 + 1) / 16
  EXPECT_NEAR(end.info().snd.cwnd, second * (1 - (3.0 / 16 + 1) / 32), 20.0);
}

// A TIME-WAIT record goes on telling what was counted.
TEST(AccurateEcn, IsToldInTimeWait) {
  Settings settings;
  settings.ecn = EcnPolicy::ask_accurate;
  Lone end{{}, settings};
  end.establish_counting();
  Segment text = end.segment("ACK", 0, 0, 1000);
  text.ecn = Ecn::congestion_experienced;
  end.hear(text);
  EXPECT_EQ(end.connection->remains().ace, 6);
  EXPECT_EQ(TimeWait{end.connection->remains()}.ack(end.desk.tuple, 0, end.desk.now).flags.ace(),
            6);
}

template <class Record>
std::uint64_t told_by(const Record& record) {
  Digest digest;
  record.digest(digest);
  return digest.value();
}

Segment arrived(std::uint16_t flags, Ecn ecn, std::uint32_t ack = 100) {
  Segment segment;
  segment.flags.bits = flags;
  segment.ack = Seq{ack};
  segment.ecn = ecn;
  return segment;
}

// RFC 9768 3.2.2.2: a SYN+ACK that was marked counts, however often it comes; a SYN never.
TEST(MarkCounter, CountsAMarkedSynAckOnce) {
  MarkCounter counter(EcnAgreement{});
  counter.on_syn(arrived(Flags::syn, Ecn::congestion_experienced));
  EXPECT_EQ(counter.counts().cep, 5u);
  counter.on_syn(arrived(Flags::syn | Flags::ack, Ecn::capable));
  EXPECT_EQ(counter.counts().cep, 5u);
  const std::uint64_t before = told_by(counter);
  counter.on_syn(arrived(Flags::syn | Flags::ack, Ecn::congestion_experienced));
  EXPECT_NE(told_by(counter), before);
  counter.on_syn(arrived(Flags::syn | Flags::ack, Ecn::congestion_experienced));
  EXPECT_EQ(counter.counts().cep, 6u);
  // RFC 9768 3.1.5: what is told is how the latest has arrived.
  Segment answer;
  counter.fill_handshake(answer, true);
  EXPECT_EQ(answer.flags.ace(), 6u);
  EXPECT_TRUE(answer.options.acc_ecn.is_given());
  counter.on_syn(arrived(Flags::syn | Flags::ack, Ecn::not_capable));
  counter.fill_handshake(answer, false);
  EXPECT_EQ(answer.flags.ace(), 2u);
  EXPECT_FALSE(answer.options.acc_ecn.is_given());
}

TEST(MarkCounter, TellsNoOptionsWhereTheyWereLost) {
  MarkCounter counter(EcnAgreement{.may_tell = false});
  Segment answer;
  counter.fill_handshake(answer, true);
  EXPECT_EQ(answer.flags.ace(), 2u);
  EXPECT_FALSE(answer.options.acc_ecn.is_given());
}

// RFC 9768 3.2.3.2.2: the first text tries the path with an option; lost, it goes without, and so
// does all that follows.
TEST(MarkCounter, AFirstTextThatIsLostWithItsOptionIsTheLastToHaveOne) {
  BufferPool pool;
  MarkCounter counter(EcnAgreement{});
  counter.on_syn(arrived(Flags::syn | Flags::ack, Ecn::not_capable, 100));
  const auto text = [&](std::uint32_t seq, std::uint32_t room = 40) {
    Segment segment;
    segment.seq = Seq{seq};
    segment.ecn = Ecn::capable;
    segment.text.append(pool.allocate(10));
    counter.fill(segment, room, AccEcnOptions::of_news);
    return segment.options.acc_ecn.is_given();
  };
  EXPECT_FALSE(text(110));     // nothing to tell
  EXPECT_FALSE(text(100, 4));  // no room: it was not told yet
  const std::uint64_t untold = told_by(counter);
  EXPECT_TRUE(text(100));
  EXPECT_NE(told_by(counter), untold);
  EXPECT_FALSE(text(100));
  Segment heard = arrived(Flags::ack, Ecn::capable_1);
  heard.text.append(pool.allocate(1000));
  counter.on_segment(heard, 1);
  EXPECT_EQ(counter.counts().e1b, 1001u);
  EXPECT_FALSE(text(110)) << "there is news, and no option may tell it";
}

// What is sent again is never marked (RFC 3168 6.1.5), and goes without an option: what there is to
// tell goes with the next ACK, or with new text.
TEST(MarkCounter, TextThatGoesAgainTellsNoCounts) {
  BufferPool pool;
  MarkCounter counter(EcnAgreement{});
  Segment heard = arrived(Flags::ack, Ecn::capable);
  heard.text.append(pool.allocate(1000));
  counter.on_segment(heard, 1);
  const auto tells = [&](std::uint32_t bytes, Ecn ecn) {
    Segment segment;
    segment.ecn = ecn;
    if (bytes > 0) segment.text.append(pool.allocate(bytes));
    MarkCounter copy = counter;
    copy.fill(segment, 40, AccEcnOptions::of_news);
    return segment.options.acc_ecn.is_given();
  };
  EXPECT_FALSE(tells(10, Ecn::not_capable));
  EXPECT_TRUE(tells(10, Ecn::capable));
  EXPECT_TRUE(tells(0, Ecn::not_capable)) << "an ACK";
}

// RFC 9768 3.2.2.3 and 3.2.3.2.4: what a path clears or changes is not believed any more.
TEST(MarkTrust, JudgesTheHandshake) {
  const auto handshake = [](std::uint32_t ace) {
    Segment segment = arrived(Flags::ack, Ecn::not_capable);
    segment.flags.set_ace(ace);
    return segment;
  };
  MarkTrust trust{.is_accurate = true};
  EXPECT_FALSE(trust.on_handshake_ack(handshake(2)));
  EXPECT_TRUE(trust.may_mark && trust.is_read && !trust.is_mute && !trust.has_bad_option);
  EXPECT_FALSE(trust.on_segment(handshake(0))) << "its flags were those of the handshake";
  EXPECT_TRUE(trust.on_segment(handshake(5)));
  EXPECT_TRUE(trust.on_segment(handshake(0))) << "the count has gone round";
  EXPECT_FALSE(trust.on_segment(arrived(Flags::syn, Ecn::not_capable)));

  MarkTrust cleared{.is_accurate = true};
  EXPECT_FALSE(cleared.on_handshake_ack(handshake(0)));
  EXPECT_TRUE(cleared.is_mute && !cleared.may_mark);
  MarkTrust begun{.is_accurate = true};
  EXPECT_FALSE(begun.on_segment(handshake(0))) << "no count begins at zero (3.2.2.4)";
  EXPECT_TRUE(begun.is_mute && !begun.may_mark);
  MarkTrust changed{.is_accurate = true};
  EXPECT_FALSE(changed.on_handshake_ack(handshake(4)));
  EXPECT_FALSE(changed.may_mark) << "nobody says of a SYN+ACK that it may be marked";
  MarkTrust marked{.is_accurate = true};
  EXPECT_TRUE(marked.on_handshake_ack(handshake(6)));
  EXPECT_TRUE(marked.was_syn_ack_marked);
  MarkTrust given_up{.is_accurate = true};
  EXPECT_FALSE(given_up.on_syn_ack(handshake(0)));
  EXPECT_FALSE(given_up.may_mark);

  // RFC 9768 3.2.2.1, Table 4: with text, or with blocks, it is a count already.
  Segment with_sack = handshake(0);
  with_sack.options.sack.push_back({Seq{1}, Seq{2}});
  MarkTrust counting{.is_accurate = true};
  EXPECT_FALSE(counting.on_handshake_ack(with_sack));
  EXPECT_TRUE(!counting.is_read && !counting.is_mute);
  Segment with_fin = handshake(0);
  with_fin.flags.set(Flags::fin);
  EXPECT_FALSE(counting.on_handshake_ack(with_fin));
  EXPECT_FALSE(counting.is_read);
}

// RFC 9768 3.2.3.2.4: of the ACK that ends the handshake, or of the SYN+ACK.
TEST(MarkTrust, CountsThatCannotBeZero) {
  struct Case {
    std::uint32_t zero;
    bool is_syn_ack;
  };
  for (const Case& each : {Case{0, false}, Case{2, false}, Case{0, true}, Case{2, true}}) {
    Segment ack = ack_with(2);
    ack.options.acc_ecn = AccEcnOption{AccEcnOption::Order::zero, 3};
    for (const std::uint32_t i : {0u, 1u, 2u}) ack.options.acc_ecn.set(i, i == each.zero ? 0 : 1);
    MarkTrust trust{.is_accurate = true};
    each.is_syn_ack ? trust.on_syn_ack(ack) : trust.on_handshake_ack(ack);
    EXPECT_TRUE(trust.has_bad_option) << each.zero << each.is_syn_ack;
    EXPECT_TRUE(trust.may_mark);
    trust.is_read = false;
    // From then on options are not looked at, and ACE is.
    MarkFeedback feedback{trust};
    const MarkReport report = feedback.on_ack(ack_with(6, 5000), mss, mss, trust);
    EXPECT_EQ(report.packets, 1u);
    EXPECT_EQ(report.bytes, mss) << "as ACE says, not as the option does";
    EXPECT_EQ(feedback.counts().ceb, 0u);
  }
}

TEST(MarkFeedback, EachFieldTellsStatesApart) {
  MarkTrust trust{.is_accurate = true};
  MarkFeedback feedback{trust};
  std::set<std::uint64_t> told{told_by(feedback)};
  feedback.on_ack(ack_with(6), mss, mss, trust);
  told.insert(told_by(feedback));
  Segment stamped = ack_with(6);
  stamped.options.has_timestamps = true;
  feedback.on_ack(stamped, mss, mss, trust);
  told.insert(told_by(feedback));
  feedback.on_ack(ack_with(6, 10), mss, mss, trust);
  told.insert(told_by(feedback));
  EXPECT_EQ(told.size(), 4u);
  MarkTrust marked{.is_accurate = true, .was_syn_ack_marked = true};
  EXPECT_EQ(MarkFeedback{marked}.counts().cep, 6u);
}

}  // namespace
}  // namespace acksu::tcp::accurate_ecn_test
