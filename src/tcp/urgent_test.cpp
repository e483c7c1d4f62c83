// Urgent text: the pointer that is sent, and the one that is heard.
#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

struct UrgentTest : testing::Test {
  explicit UrgentTest(const Terms& terms = {}) : end(terms) { end.establish(); }

  Error mark() {
    Context context = end.desk.context();
    return end.connection->mark_urgent(context);
  }
  // "10 urg 5": where each begins that is said, and where it points to; "10" without pointer.
  std::vector<std::string> said() {
    std::vector<std::string> lines;
    for (const Segment& segment : end.said()) {
      lines.push_back(std::to_string(segment.seq - Seq{Lone::ours}));
      if (!segment.has(Flags::urg)) continue;
      lines.back() += " urg " + std::to_string(segment.urgent_pointer);
    }
    return lines;
  }
  void hear_urgent(std::int64_t seq, std::uint32_t bytes, std::uint16_t pointer) {
    Segment segment = end.segment("ACK", seq, 0, bytes);
    segment.flags.set(Flags::urg);
    segment.urgent_pointer = pointer;
    end.hear(segment);
    end.hear_said();
  }
  bool is_told() { return (end.connection->take_news() & News::urgent) != 0; }
  std::uint32_t urgent_bytes() { return end.info().rcv.urgent_bytes; }
  using Said = std::vector<std::string>;

  Lone end;
};

// RFC 9293 MUST-30, MUST-62, RFC 6093 3.1: behind the last urgent octet.
TEST_F(UrgentTest, EachSegmentPointsBehindTheLastUrgentOctet) {
  end.write(1500);
  EXPECT_EQ(mark(), Error::none);
  EXPECT_EQ(said(), (Said{"0 urg 1500", "1000 urg 500"}));
  end.write(100);
  EXPECT_EQ(said(), Said{"1500"}) << "what follows is not urgent";
  end.pass(10s);  // it goes again
  end.hear("ACK", 0, 1600);
  end.write(100);
  EXPECT_EQ(said(), Said{"1600"});
  EXPECT_EQ(mark(), Error::none)
      << "the last that was written becomes urgent when it is sent again";
}

TEST_F(UrgentTest, WhatGoesAgainPointsToo) {
  end.write(500);
  mark();
  said();
  end.desk.now = end.connection->deadline();
  Context context = end.desk.context();
  end.connection->on_time(context);
  EXPECT_EQ(said(), Said{"0 urg 500"});
}

// A small piece waits for no ACK of another.
TEST_F(UrgentTest, DoesNotWaitForMore) {
  end.write(10);
  EXPECT_EQ(said(), Said{"0"});
  end.write(10);
  EXPECT_EQ(said(), Said{}) << "Nagle";
  mark();
  EXPECT_EQ(said(), Said{"10 urg 10"});
}

// RFC 9293 MUST-31: of any length, also beyond what the field can say.
TEST_F(UrgentTest, IsOfAnyLength) {
  ConnectionOptions options;
  options.send_buffer_bytes = 200'000;
  end.set(options);
  EXPECT_EQ(end.write(100'000), 100'000u);
  mark();
  std::int64_t acked = 0;
  bool has_far = false;
  for (int i = 0; i < 100 && acked < 100'000; ++i) {
    for (const Segment& segment : end.said()) {
      const std::int64_t at = segment.seq - Seq{Lone::ours};
      ASSERT_TRUE(segment.has(Flags::urg)) << at;
      ASSERT_LE(segment.text.size(), 1000u) << "one pointer, one segment";
      has_far = has_far || segment.urgent_pointer == 0xffff;
      ASSERT_EQ(segment.urgent_pointer, std::min<std::int64_t>(100'000 - at, 0xffff));
      acked = segment.end() - Seq{Lone::ours};
    }
    end.hear("ACK", 0, acked);
  }
  EXPECT_EQ(acked, 100'000);
  EXPECT_TRUE(has_far);
}

struct UrgentClosedTest : UrgentTest {
  UrgentClosedTest() : UrgentTest(Terms{.window = 0}) {}
};

// RFC 9293 MUST-66: a peer whose window is closed is told, by ACKs that it accepts.
TEST_F(UrgentClosedTest, IsToldToAClosedWindow) {
  end.write(100);
  mark();
  EXPECT_EQ(said(), Said{"0 urg 100"});
  end.desk.now = end.connection->deadline();
  Context context = end.desk.context();
  end.connection->on_time(context);
  EXPECT_EQ(said(), (Said{"0 urg 100", "-1"})) << "and again, before the probe";
}

TEST_F(UrgentTest, NobodyMarksWhatCannotBeSent) {
  EXPECT_EQ(mark(), Error::none);
  EXPECT_EQ(said(), Said{}) << "nothing was written";
  end.write(10);
  end.shut_down();
  EXPECT_EQ(mark(), Error::is_shut_down);
  end.abort();
  EXPECT_NE(mark(), Error::none);
}

// RFC 9293 MUST-32, MUST-33, 3.10.7.4 sixth.
TEST_F(UrgentTest, IsToldWhenItAppearsAndMovesOn) {
  hear_urgent(0, 10, 30);
  EXPECT_TRUE(is_told());
  EXPECT_EQ(urgent_bytes(), 30u);
  hear_urgent(10, 10, 20);
  EXPECT_FALSE(is_told()) << "the same mark";
  hear_urgent(20, 10, 20);
  EXPECT_TRUE(is_told()) << "it has moved on";
  EXPECT_EQ(urgent_bytes(), 40u);
  EXPECT_EQ(end.read(25), text_from(0, 25));
  EXPECT_EQ(urgent_bytes(), 15u);
  end.hear("ACK", 30, 0, 20);
  EXPECT_EQ(end.read(), text_from(25, 25));
  EXPECT_EQ(urgent_bytes(), 0u);
  hear_urgent(50, 10, 0);
  EXPECT_FALSE(is_told()) << "before its text: RFC 9293 MUST-62 leaves nothing urgent";
  hear_urgent(55, 10, 5);
  EXPECT_FALSE(is_told()) << "what has arrived is ordinary";
}

// RFC 9293 MUST-66: while our window is closed.
TEST_F(UrgentTest, IsHeardWithAClosedWindow) {
  std::int64_t seq = 0;
  while (end.info().rcv.wnd > 0) {
    const std::uint32_t bytes = std::min(end.info().rcv.wnd, 1000u);
    end.hear("ACK", seq, 0, bytes);
    end.hear_said();
    seq += bytes;
  }
  is_told();
  hear_urgent(seq, 0, 7);
  EXPECT_TRUE(is_told());
  EXPECT_EQ(urgent_bytes(), seq + 7);
  hear_urgent(seq, 10, 9);  // its text is not taken
  EXPECT_TRUE(is_told());
  EXPECT_EQ(end.info().rcv.unread_bytes, seq);
}

// SECURITY A5: marks far ahead, old and of segments that are not acceptable.
TEST_F(UrgentTest, AttackPointersMoveNothingBackAndNothingOutOfWindow) {
  hear_urgent(0, 10, 10);
  is_told();
  hear_urgent(-20, 10, 0xffff);  // old
  hear_urgent(1'000'000, 10, 5);
  EXPECT_FALSE(is_told());
  EXPECT_EQ(urgent_bytes(), 10u);
  hear_urgent(10, 0, 0xffff);
  EXPECT_TRUE(is_told());
  EXPECT_EQ(urgent_bytes(), 10u + 0xffff);
  EXPECT_EQ(end.read(), text_from(0, 10));
  end.close();
  hear_urgent(10, 0, 0xffff);
  EXPECT_FALSE(is_told());
}

}  // namespace
}  // namespace acksu::tcp
