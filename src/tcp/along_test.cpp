// Segments that go on where the one before them ended (`take_along`): what is taken so, and what
// has to be judged like any other (RFC 9293 3.10.7.4).
#include <gtest/gtest.h>

#include "tcp/lone_test.h"

namespace acksu::tcp::along_test {
namespace {

std::optional<Drop> take(Lone& end, Segment segment) {
  Context context = end.desk.context();
  return end.connection->take_along(segment, context);
}

// An end that has heard ten bytes.
struct Listening : Lone {
  explicit Listening(const Settings& settings = {}) : Lone({}, settings) {
    establish();
    hear("ACK", 0, 0, 10);
    hear_said();
  }
};

TEST(Along, TextThatComesNext) {
  Listening end;
  const std::uint32_t before = end.info().segments_in;
  EXPECT_EQ(take(end, end.segment("ACK", 10, 0, 20)), Drop::none);
  EXPECT_EQ(end.desk.counters.segments_continued, 1u);
  EXPECT_EQ(end.info().segments_in, before + 1);
  EXPECT_EQ(end.info().bytes_received, 30u);
  EXPECT_EQ(end.read(), text_from(0, 30));
}

// Nothing is done then: it is judged anew.
TEST(Along, WhatHasToBeJudged) {
  struct Row {
    const char* why;
    void (*before)(Lone&);
    std::int64_t seq;
    std::uint32_t bytes;
  };
  const Row rows[] = {
      {"a hole", [](Lone&) {}, 11, 10},
      {"text once more", [](Lone&) {}, 0, 10},
      {"more than the window", [](Lone& end) { end.set({.receive_buffer_bytes = 2000}); }, 10,
       65'535},
      {"a hole is open", [](Lone& end) { end.hear("ACK", 30, 0, 10); }, 10, 10},
      {"the end is known", [](Lone& end) { end.hear("FIN+ACK", 30, 0); }, 10, 10},
      {"it has ended", [](Lone& end) { end.hear("FIN+ACK", 10, 0); }, 11, 10},
      {"we have ended", [](Lone& end) { end.shut_down(); }, 10, 10},
      {"nobody reads", [](Lone& end) { end.abort(); }, 10, 10},
      {"text is under way",
       [](Lone& end) {
         end.write(100);
         end.hear_said();
       },
       10, 10},
      {"more is to follow", [](Lone& end) { end.set({.more_follows = true}); }, 10, 10},
  };
  for (const Row& row : rows) {
    Listening end;
    row.before(end);
    const std::uint64_t received = end.info().bytes_received;
    EXPECT_EQ(take(end, end.segment("ACK", row.seq, 0, row.bytes)), std::nullopt) << row.why;
    EXPECT_EQ(end.info().bytes_received, received) << row.why;
    EXPECT_EQ(end.desk.counters.segments_continued, 0u) << row.why;
  }
}

// RFC 3168 6.1.1 (b), 6.1.3: our second SYN did not ask, but the answer to the first agreed: we
// mark nothing, and echo what is marked. The first mark is told at once.
TEST(Along, AMarkIsToldAtOnce) {
  for (const bool is_marked : {true, false}) {
    Settings settings;
    settings.ecn = EcnPolicy::ask;
    settings.congestion = CongestionAlgorithm::dctcp;
    settings.quick_acks = 0;
    Lone end({}, settings);
    end.connect();
    end.hear_said();
    end.pass(1s);
    Segment syn_ack = end.segment("SYN+ACK", -1, 0);
    syn_ack.flags.set(Flags::ece);
    end.hear(syn_ack);
    ASSERT_EQ(end.state(), State::established);
    end.hear_said();
    end.hear("ACK", 0, 0, 10);
    end.hear_said();
    end.pass(1s);  // the ACK that may wait
    Segment next = end.segment("ACK", 10, 0, 10);
    next.ecn = is_marked ? Ecn::congestion_experienced : Ecn::capable;
    EXPECT_EQ(take(end, std::move(next)), Drop::none);
    const std::vector<Segment> said = end.said();
    EXPECT_EQ(said.size(), is_marked ? 1u : 0u);
    if (!said.empty()) {
      EXPECT_TRUE(said[0].has(Flags::ece));
    }
    // One that is owed already is not owed twice.
    Segment large = end.segment("ACK", 20, 0, 3000);
    large.ecn = is_marked ? Ecn::capable : Ecn::congestion_experienced;
    EXPECT_EQ(take(end, std::move(large)), Drop::none);
    EXPECT_EQ(end.said().size(), 1u);
  }
}

}  // namespace
}  // namespace acksu::tcp::along_test
