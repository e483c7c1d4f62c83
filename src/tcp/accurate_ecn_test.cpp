// The counts of accurate ECN (RFC 9768) by themselves: the algorithms of its appendix, and the
// record that half a connection is while it is opened.
#include "tcp/accurate_ecn.h"

#include <gtest/gtest.h>

#include "tcp/congestion.h"
#include "tcp/half_open.h"
#include "tcp/lone_test.h"
#include "tcp/time_wait.h"

namespace acksu::tcp {
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

// Opens, with a peer that counts marks, too.
void agree(Lone& end) {
  end.connect();
  end.hear_said();
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  syn_ack.flags.set_ace(2);
  end.hear(syn_ack);
  end.hear_said();
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
  agree(end);
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
  agree(end);
  Segment text = end.segment("ACK", 0, 0, 1000);
  text.ecn = Ecn::congestion_experienced;
  end.hear(text);
  EXPECT_EQ(end.connection->remains().ace, 6);
  EXPECT_EQ(TimeWait{end.connection->remains()}.ack(end.desk.tuple, 0, end.desk.now).flags.ace(),
            6);
}

}  // namespace
}  // namespace acksu::tcp
