// Whole dialogues as a bystander hears them, and strangers who talk into them.
#include "host/tcp_tracker.h"

#include <gtest/gtest.h>

#include <vector>

namespace acksu {
namespace {

using Side = TcpTracker::Side;
using Phase = TcpTracker::Phase;

constexpr Side client = Side::originator;
constexpr Side server = Side::responder;
constexpr std::uint32_t c = 1000;         // the client's ISN
constexpr std::uint32_t s = 0xffff'fff0;  // the server's, just before the wrap

TrackedSegment segment(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0,
                       std::uint32_t text = 0) {
  TrackedSegment result;
  result.flags.bits = flags;
  result.seq = Seq{seq};
  result.ack = Seq{ack};
  result.window = 1000;
  result.text_bytes = text;
  return result;
}
constexpr std::uint16_t SYN = Flags::syn, ACK = Flags::ack, FIN = Flags::fin, RST = Flags::rst;

struct TcpTrackerTest : testing::Test {
  TcpTracker tracker;

  void open() {
    EXPECT_TRUE(tracker.take(client, segment(SYN, c)));
    EXPECT_EQ(tracker.phase(), Phase::opening);
    EXPECT_TRUE(tracker.take(server, segment(SYN | ACK, s, c + 1)));
    EXPECT_EQ(tracker.phase(), Phase::opening);
    EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1)));
    EXPECT_EQ(tracker.phase(), Phase::established);
  }
};

TEST_F(TcpTrackerTest, OpensTalksAndCloses) {
  open();
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1, 500)));
  EXPECT_TRUE(tracker.take(server, segment(ACK, s + 1, c + 501, 1000)));
  EXPECT_TRUE(tracker.take(client, segment(ACK | FIN, c + 501, s + 1001)));
  EXPECT_EQ(tracker.phase(), Phase::established) << "half closed";
  EXPECT_TRUE(tracker.take(server, segment(ACK, s + 1001, c + 502, 100)));
  EXPECT_TRUE(tracker.take(server, segment(ACK | FIN, s + 1101, c + 502)));
  EXPECT_EQ(tracker.phase(), Phase::closing);
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 502, s + 1102)));
  EXPECT_EQ(tracker.phase(), Phase::closing);
}

// RFC 5382 REQ-2: all valid sequences of packets, simultaneous open among them.
TEST_F(TcpTrackerTest, SimultaneousOpen) {
  EXPECT_TRUE(tracker.take(client, segment(SYN, c)));
  EXPECT_TRUE(tracker.take(server, segment(SYN, s)));
  EXPECT_TRUE(tracker.take(client, segment(SYN | ACK, c, s + 1)));
  EXPECT_TRUE(tracker.take(server, segment(SYN | ACK, s, c + 1)));
  EXPECT_EQ(tracker.phase(), Phase::established);
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1, 10)));
}

// RFC 7413 4.2.2: text that went with a SYN may not be taken, and comes again, perhaps with a SYN
// that has none; seed 8008971 of the swarm, whose translator forgot a connection that it thought
// was still opening.
TEST_F(TcpTrackerTest, TextOfASynMayBeTakenOrNot) {
  for (const std::uint32_t taken : {0u, 30u, 75u}) {
    for (const bool comes_again : {false, true}) {
      tracker = {};
      EXPECT_TRUE(tracker.take(client, segment(SYN, c, 0, 75)));
      if (comes_again) {
        EXPECT_TRUE(tracker.take(client, segment(SYN, c)));
      }
      EXPECT_FALSE(tracker.take(server, segment(SYN | ACK, s, c)));
      EXPECT_FALSE(tracker.take(server, segment(SYN | ACK, s, c + 77)));
      EXPECT_TRUE(tracker.take(server, segment(SYN | ACK, s, c + 1 + taken)));
      EXPECT_TRUE(tracker.take(client, segment(ACK | FIN, c + 1, s + 1, 75)));
      EXPECT_EQ(tracker.phase(), Phase::established);
    }
  }
  tracker = {};
  tracker.take(client, segment(SYN, c, 0, 75));
  EXPECT_TRUE(tracker.take(server, segment(RST | ACK, 0, c + 1)));
  EXPECT_EQ(tracker.phase(), Phase::closing);
}

TEST_F(TcpTrackerTest, ARefusalAcknowledgesTheSyn) {
  tracker.take(client, segment(SYN, c));
  EXPECT_FALSE(tracker.take(server, segment(RST | ACK, 0, c)));
  EXPECT_FALSE(tracker.take(server, segment(RST, 0)));
  EXPECT_EQ(tracker.phase(), Phase::opening);
  EXPECT_TRUE(tracker.take(server, segment(RST | ACK, 0, c + 1)));
  EXPECT_EQ(tracker.phase(), Phase::closing);
}

TEST_F(TcpTrackerTest, ScalesWindowsWhenBothAsk) {
  TrackedSegment syn = segment(SYN, c);
  syn.window_scale = 4;
  TrackedSegment answer = segment(SYN | ACK, s, c + 1);
  answer.window_scale = 7;
  tracker.take(client, syn);
  tracker.take(server, answer);
  tracker.take(client, segment(ACK, c + 1, s + 1));
  tracker.take(server, segment(ACK, s + 1, c + 1));  // 1000 << 7
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1, 128'000)));
  EXPECT_FALSE(tracker.take(client, segment(ACK, c + 1 + 128'000, s + 1, 2)));
  EXPECT_TRUE(tracker.take(server, segment(ACK, s + 1, c + 1, 16'000)));
  EXPECT_FALSE(tracker.take(server, segment(ACK, s + 16'001, c + 1, 2)));
}

TEST_F(TcpTrackerTest, ANewConnectionTakesTheOldName) {
  open();
  tracker.take(client, segment(ACK | FIN, c + 1, s + 1));
  tracker.take(server, segment(ACK | FIN, s + 1, c + 2));
  ASSERT_EQ(tracker.phase(), Phase::closing);
  EXPECT_TRUE(tracker.take(client, segment(SYN, c + 100'000)));
  EXPECT_EQ(tracker.phase(), Phase::opening);
  EXPECT_TRUE(tracker.take(server, segment(SYN | ACK, 77, c + 100'001)));
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 100'001, 78)));
  EXPECT_EQ(tracker.phase(), Phase::established);
}

TEST_F(TcpTrackerTest, TakesUpAConnectionOlderThanWeAre) {
  const TrackedSegment first = segment(ACK, c + 5000, s + 7000, 100);
  EXPECT_FALSE(TcpTracker::may_begin(first, false));
  EXPECT_TRUE(TcpTracker::may_begin(first, true));
  EXPECT_FALSE(TcpTracker::may_begin(segment(RST | ACK, c, s), true));
  EXPECT_FALSE(TcpTracker::may_begin(segment(SYN | ACK, c, s), true));
  EXPECT_TRUE(tracker.take(client, first));
  EXPECT_EQ(tracker.phase(), Phase::opening);
  EXPECT_FALSE(tracker.take(server, segment(ACK, s + 7000, c + 6000))) << "acknowledges the unsent";
  EXPECT_TRUE(tracker.take(server, segment(ACK, s + 7000, c + 5100)));
  EXPECT_EQ(tracker.phase(), Phase::established);
}

TEST_F(TcpTrackerTest, WindowProbesAndKeepAlivesBelong) {
  open();
  TrackedSegment shut = segment(ACK, s + 1, c + 1001);
  shut.window = 0;
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1, 1000)));
  EXPECT_TRUE(tracker.take(server, shut));
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1001, s + 1, 1))) << "an octet behind the edge";
  EXPECT_TRUE(tracker.take(client, segment(ACK, c, s + 1)));
  EXPECT_TRUE(tracker.take(server, segment(ACK, s, c + 1)));
}

// SECURITY B15, H3: of all sequence numbers only those in the window end a connection.
TEST_F(TcpTrackerTest, AttackBlindResetsEverywhereOutsideOfTheWindow) {
  open();
  const TcpTracker before = tracker;
  std::uint32_t believed = 0;
  for (std::uint64_t offset = 0; offset < (1ull << 32); offset += 100) {
    tracker = before;
    const bool is_taken =
        tracker.take(server, segment(RST, s + 1 + static_cast<std::uint32_t>(offset)));
    EXPECT_EQ(is_taken, tracker.phase() == Phase::closing);
    believed += is_taken ? 1 : 0;
    if (is_taken != (offset <= 1000)) FAIL() << offset;
  }
  EXPECT_EQ(believed, 11u);
}

// SECURITY B4: a SYN into an established connection changes nothing.
TEST_F(TcpTrackerTest, AttackBlindSyn) {
  open();
  for (const Side side : {client, server}) {
    EXPECT_FALSE(tracker.take(side, segment(SYN, 12345)));
    EXPECT_FALSE(tracker.take(side, segment(SYN | ACK, 12345, c + 1)));
    EXPECT_EQ(tracker.phase(), Phase::established);
  }
}

// SECURITY B5: what a stranger says moves neither edge, so that the ends' own words still belong.
TEST_F(TcpTrackerTest, AttackBlindDataAndFin) {
  open();
  for (std::uint32_t offset = 2000; offset < 0xf000'0000; offset += 999'983) {
    EXPECT_FALSE(tracker.take(server, segment(ACK, s + 1 + offset, c + 1, 100)));
    EXPECT_FALSE(tracker.take(server, segment(ACK | FIN, s + 1 + offset, c + 1)));
    EXPECT_FALSE(tracker.take(server, segment(ACK, s + 1, c + 1 + offset)));
  }
  EXPECT_TRUE(tracker.take(server, segment(ACK, s + 1, c + 1, 1000)));
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1001, 1000)));
  EXPECT_EQ(tracker.phase(), Phase::established);
}

TEST_F(TcpTrackerTest, AReconnectAfterAResetThatWasNone) {
  open();
  EXPECT_TRUE(tracker.take(server, segment(RST, s + 500)));
  EXPECT_EQ(tracker.phase(), Phase::closing);
  EXPECT_TRUE(tracker.take(client, segment(ACK, c + 1, s + 1, 10)));
  EXPECT_EQ(tracker.phase(), Phase::established);
}

// SECURITY A1, A2: lengths of any value.
TEST(TcpTrackerRead, AttackHeadersOfAllLengths) {
  std::vector<std::uint8_t> bytes(60, 0);
  bytes[1] = bytes[3] = 1;
  for (unsigned offset = 0; offset < 16; ++offset) {
    for (std::uint32_t held = 0; held <= 60; ++held) {
      for (std::uint32_t payload : {0u, 19u, 20u, 40u, 59u, 60u, 65515u}) {
        bytes[12] = static_cast<std::uint8_t>(offset << 4);
        bytes[13] = SYN;
        TrackedSegment out;
        const Drop drop = read(Bytes{bytes.data(), held}, payload, out);
        const bool is_legal = offset >= 5 && offset * 4 <= held && offset * 4 <= payload;
        EXPECT_EQ(drop == Drop::none, is_legal && held >= 20 && payload >= 20);
      }
    }
  }
}

TEST(TcpTrackerRead, AttackOptionsOfAllKindsAndLengths) {
  for (unsigned kind = 0; kind < 256; ++kind) {
    for (unsigned length = 0; length < 256; ++length) {
      std::vector<std::uint8_t> bytes(28, 0);
      bytes[1] = bytes[3] = 1;
      bytes[12] = 7 << 4;
      bytes[13] = SYN;
      bytes[20] = static_cast<std::uint8_t>(kind);
      bytes[21] = static_cast<std::uint8_t>(length);
      if (kind == 3 && length == 3) bytes[22] = 200;
      TrackedSegment out;
      const Drop drop = read(bytes, 28, out);
      const bool is_legal = kind == 0 || (length >= 2 && length <= 8);
      if (kind != 1) {
        EXPECT_EQ(drop == Drop::none, is_legal) << kind << ' ' << length;
      }
      if (kind == 3 && length == 3) {
        EXPECT_EQ(out.window_scale, 14);
      }
    }
  }
}

}  // namespace
}  // namespace acksu
