// The receiving half by itself: what it accepts, what it offers, what it reports. Numbers are
// relative to the peer's first byte of text.
#include "tcp/receiver.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include "tcp/receiver_lab_test.h"

namespace acksu::tcp::receiver_test {
namespace {

using Terms = ReceiverTerms;
using Lab = ReceiverLab;
constexpr std::uint32_t mss = Lab::mss;

std::vector<SackBlock> sacks_of(const Segment& segment) {
  return {segment.options.sack.begin(), segment.options.sack.end()};
}
SackBlock block(std::int64_t start, std::int64_t end) {
  return {Lab::seq_at(start), Lab::seq_at(end)};
}

// ---- Judging ------------------------------------------------------------------------------------

// RFC 9293 3.10.7.4 first, table 6, for every small case around places where numbers wrap; and the
// two cases beyond it that receiver.cpp names.
TEST(Receiver, AcceptsWhatTheTableAccepts) {
  for (const std::uint32_t nxt : {0u, 5u, 0xffff'fffdu, 0x7fff'fffeu, 0x8000'0001u}) {
    for (std::uint32_t window = 0; window <= 4; ++window) {
      Lab lab;
      lab.receiver.on_syn(Seq{nxt - 1}, window);
      for (int from = -6; from <= 8; ++from) {
        for (std::uint32_t length = 0; length <= 10; ++length) {
          Segment segment = lab.segment(0, length);
          segment.seq = Seq{nxt + static_cast<std::uint32_t>(from)};
          const int last = from + static_cast<int>(length) - 1, end = static_cast<int>(window);
          const auto inside = [&](int place) { return place >= 0 && place < end; };
          bool expected = false;
          if (length == 0) expected = window == 0 ? from == 0 : inside(from) || from == end;
          if (length > 0 && window > 0) {
            expected = inside(from) || inside(last) || (from < 0 && last >= end);
          }
          EXPECT_EQ(lab.receiver.is_acceptable(segment), expected)
              << nxt << " window " << window << " from " << from << " length " << length;
        }
      }
    }
  }
}

TEST(Receiver, KnowsOldTimeStamps) {  // RFC 7323 5.3 (a) and 5.5
  struct Case {
    std::uint32_t recent, value;
    Duration age;
    bool is_old;
  };
  for (const Case& each : std::vector<Case>{{100, 100, 0s, false},
                                            {100, 101, 0s, false},
                                            {100, 99, 0s, true},
                                            {100, 0xffff'fff0, 0s, true},
                                            {0xffff'fff0, 5, 0s, false},
                                            {5, 0x8000'0004, 0s, false},
                                            {5, 0x8000'0006, 0s, true},
                                            {100, 99, std::chrono::days{23}, true},
                                            {100, 99, std::chrono::days{24}, false}}) {
    Lab lab({.timestamps = true});
    lab.receiver.set_ts_recent(each.recent, lab.desk.now);
    Segment segment = lab.segment(0, 10);
    EXPECT_FALSE(lab.receiver.is_old_by_timestamp(segment, lab.desk.now)) << "it carries none";
    segment.options.has_timestamps = true;
    segment.options.timestamps.value = each.value;
    EXPECT_EQ(lab.receiver.is_old_by_timestamp(segment, lab.desk.now + each.age), each.is_old)
        << each.recent << ' ' << each.value;
  }
}

// SECURITY B13.
TEST(Receiver, EchoesTheTimeStampOfTheEarliestSegment) {  // RFC 7323 4.3 (A), (B), (C), 5.2 (a)
  Lab lab({.timestamps = true});
  lab.receiver.set_ts_recent(10, lab.desk.now);
  const auto hear = [&](std::int64_t at, std::uint32_t value) {
    Segment segment = lab.segment(at, 100);
    segment.options.has_timestamps = true;
    segment.options.timestamps.value = value;
    lab.receiver.take_timestamp(segment, lab.desk.now);
    Context context = lab.desk.context();
    lab.receiver.take_text(segment, context, lab.timers);
  };
  hear(0, 20);
  hear(100, 30);
  EXPECT_EQ(lab.speak().options.timestamps.echo_reply, 20u) << "(A) delayed ACKs";
  hear(300, 40);
  EXPECT_EQ(lab.speak().options.timestamps.echo_reply, 20u) << "(B) a hole";
  hear(200, 50);
  EXPECT_EQ(lab.speak().options.timestamps.echo_reply, 50u) << "(C) a filled hole";
}

// ---- Text ---------------------------------------------------------------------------------------

TEST(Receiver, DeliversTheStreamWhateverTheOrder) {  // RFC 9293 3.10.7.4 seventh, SHLD-31
  EXPECT_TRUE(rc::check("pieces in any order, lost, repeated and overlapping", [] {
    Lab lab({.capacity = 6000, .sack = true, .timestamps = *rc::gen::arbitrary<bool>()});
    std::string stream;
    std::int64_t highest = 0;
    const int steps = *rc::gen::inRange(1, 150);
    const bool is_tiny = *rc::gen::arbitrary<bool>();
    for (int i = 0; i < steps; ++i) {
      const auto at = std::max(0, static_cast<int>(Lab::position_of(lab.receiver.nxt())) +
                                      *rc::gen::inRange(-300, 4000));
      const auto length = *rc::gen::inRange<std::uint32_t>(1, is_tiny ? 4 : 1500);
      const bool is_next = *rc::gen::arbitrary<bool>();
      lab.hear(is_next ? Lab::position_of(lab.receiver.nxt()) : at, length);
      for (const Segment& ack : lab.speak_all()) {
        const std::int64_t acked = Lab::position_of(ack.ack);
        RC_ASSERT(acked >= highest);
        highest = acked;
      }
      if (*rc::gen::inRange(0, 4) == 0) stream += lab.read(*rc::gen::inRange(1u, 3000u));
    }
    stream += lab.read(100'000);
    RC_ASSERT(stream == text_from(0, stream.size()));
    RC_ASSERT(static_cast<std::int64_t>(stream.size()) == Lab::position_of(lab.receiver.nxt()));
    Context context = lab.desk.context();
    lab.receiver.clear(context);
    RC_ASSERT(lab.desk.memory.held() == 0u);
    RC_ASSERT(lab.desk.pool.live_blocks() == 0u);
  }));
}

TEST(Receiver, EndsAfterAllTextHasCome) {
  Lab lab;
  lab.hear(1000, 500, true);
  EXPECT_FALSE(lab.receiver.is_ended());
  lab.hear(0, 1000);
  EXPECT_TRUE(lab.receiver.is_ended());
  EXPECT_EQ(lab.speak().ack, Lab::seq_at(1501));
  EXPECT_EQ(lab.read(5000), text_from(0, 1500));
}

// SECURITY B5: a forged FIN ahead of its turn ends nothing: text behind it takes it back.
TEST(Receiver, ForgetsAnEarlyFinThatTextContradicts) {
  Lab lab;
  lab.hear(1000, 500, true);
  EXPECT_EQ(lab.hear(1400, 600), Drop::none);
  EXPECT_EQ(lab.hear(0, 1000), Drop::none);
  EXPECT_FALSE(lab.receiver.is_ended());
  EXPECT_EQ(lab.speak().ack, Lab::seq_at(2000));
  lab.hear(2000, 0, true);
  EXPECT_TRUE(lab.receiver.is_ended());
  EXPECT_EQ(lab.read(5000), text_from(0, 2000));
}

TEST(Receiver, ForgetsAnEarlyFinThatTextInOrderPasses) {
  Lab lab;
  lab.hear(500, 0, true);
  EXPECT_EQ(lab.hear(0, 1000), Drop::none);
  EXPECT_EQ(lab.receiver.nxt(), Lab::seq_at(1000));
  lab.hear(1000, 10, true);
  EXPECT_TRUE(lab.receiver.is_ended());
  EXPECT_EQ(lab.read(5000), text_from(0, 1010));
}

TEST(Receiver, LeavesOutAnEarlyFinBeforeTextThatIsHere) {
  Lab lab;
  lab.hear(1000, 1000);
  EXPECT_EQ(lab.hear(1000, 500, true), Drop::tcp_text_after_fin);
  EXPECT_EQ(lab.hear(1500, 0, true), Drop::tcp_text_after_fin);
  EXPECT_EQ(lab.speak_all().size(), 3u) << "each is answered";
  lab.hear(0, 1000);
  EXPECT_EQ(lab.receiver.nxt(), Lab::seq_at(2000));
  EXPECT_FALSE(lab.receiver.is_ended());
  lab.hear(2000, 0, true);
  EXPECT_TRUE(lab.receiver.is_ended()) << "the true end is still believed";
}

TEST(Receiver, BelievesNeitherOfTwoEarlyEnds) {
  for (const bool is_first_true : {true, false}) {
    Lab lab;
    lab.hear(is_first_true ? 1500 : 1200, 0, true);
    EXPECT_EQ(lab.hear(is_first_true ? 1200 : 1500, 0, true), Drop::tcp_text_after_fin);
    lab.hear(0, 1500);
    EXPECT_EQ(lab.receiver.nxt(), Lab::seq_at(1500));
    EXPECT_FALSE(lab.receiver.is_ended());
    lab.hear(1500, 0, true);
    EXPECT_TRUE(lab.receiver.is_ended());
  }
}

TEST(Receiver, BelievesAFinInItsTurn) {
  Lab lab;
  lab.hear(1000, 500);
  EXPECT_EQ(lab.hear(0, 800, true), Drop::none);
  EXPECT_TRUE(lab.receiver.is_ended());
  EXPECT_EQ(lab.speak().ack, Lab::seq_at(801));
  EXPECT_EQ(lab.read(5000), text_from(0, 800));
  Context context = lab.desk.context();
  lab.receiver.clear(context);
  EXPECT_EQ(lab.desk.memory.held(), 0u);
}

TEST(Receiver, TakesAFinThatComesAgainEarlyForTheSame) {
  Lab lab;
  lab.hear(1000, 500, true);
  EXPECT_EQ(lab.hear(1000, 500, true), Drop::none);
  EXPECT_EQ(lab.hear(1500, 0, true), Drop::none);
  lab.hear(0, 1000);
  EXPECT_TRUE(lab.receiver.is_ended());
}

TEST(Receiver, AnswersAnEarlyFin) {  // RFC 5681 4.2 (b)
  Lab lab;
  lab.hear(1000, 0, true);
  const auto acks = lab.speak_all();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].ack, Lab::seq_at(0));
}

TEST(Receiver, CutsWhatLiesBeyondTheWindow) {
  Lab lab({.capacity = 1500});
  lab.hear(0, 1000);
  lab.hear(1000, 1000, true);
  EXPECT_EQ(lab.receiver.nxt(), Lab::seq_at(1500));
  EXPECT_FALSE(lab.receiver.is_ended());
  EXPECT_EQ(lab.read(5000), text_from(0, 1500));
}

TEST(Receiver, MakesRoomForTextInOrder) {  // RFC 2018 8 (a)
  // Early text is only a favour: when memory is short it gives way.
  Lab lab;
  lab.desk.memory = Budget(6 * 2048);
  for (int i = 1; i <= 6; ++i) lab.hear(1000 * i, 1000);
  EXPECT_EQ(lab.desk.memory.held(), 6u * 2048);
  EXPECT_EQ(lab.hear(0, 1000), Drop::none);
  EXPECT_GE(Lab::position_of(lab.receiver.nxt()), 1000);
  EXPECT_EQ(lab.read(1000), text_from(0, 1000));
  lab.speak_all();
  lab.hear(Lab::position_of(lab.receiver.nxt()), 1000);
  EXPECT_EQ(lab.read(1000), text_from(1000, 1000));
}

// ---- What is offered ----------------------------------------------------------------------------

// RFC 9293 SHLD-14, RFC 7323 2.3 (b), 2.4 (2): for every scale; and what is held stays within the
// buffer and an eighth.
// SECURITY C15.
TEST(Receiver, NeverMovesTheRightEdgeToTheLeft) {
  for (const std::uint8_t shift : std::array<std::uint8_t, 7>{0, 1, 2, 4, 7, 11, 14}) {
    EXPECT_TRUE(rc::check("scale " + std::to_string(shift), [shift] {
      const std::uint32_t capacity = shift == 0 ? 5000 : 65'535u << (shift - 1);
      Lab lab({.capacity = capacity, .shift = shift});
      std::int64_t edge = std::min(capacity, 65'535u);
      const auto most = *rc::gen::element(3u, 100u, 2900u);
      bool is_reading = true;
      for (int i = 0; i < 200; ++i) {
        const std::int64_t nxt = Lab::position_of(lab.receiver.nxt());
        const auto room = static_cast<std::uint32_t>(std::max<std::int64_t>(edge - nxt, 0));
        const auto length = std::min(*rc::gen::inRange(1u, most), room);
        if (length > 0) RC_ASSERT(lab.hear(nxt, length) == Drop::none);
        if (*rc::gen::inRange(0, 30) == 0) is_reading = !is_reading;
        if (is_reading) lab.read(*rc::gen::inRange(0u, 4000u));
        for (const Segment& ack : lab.speak_all()) {
          const std::int64_t offered =
              Lab::position_of(ack.ack) + (std::int64_t{ack.window} << shift);
          RC_ASSERT(offered >= edge);
          edge = offered;
          RC_ASSERT(lab.receiver.unread_bytes() + (std::uint32_t{ack.window} << shift) <=
                    capacity + capacity / 8 + (1u << shift));
        }
      }
      Context context = lab.desk.context();
      lab.receiver.clear(context);
    }));
  }
}

// A peer that sends byte by byte to an application that does not read: the window closes.
TEST(Receiver, ClosesTheWindowForTheSmallestSegments) {
  for (const std::uint8_t shift : {std::uint8_t{0}, std::uint8_t{4}, std::uint8_t{7}}) {
    const std::uint32_t capacity = 8000;
    Lab lab({.capacity = capacity, .shift = shift});
    std::int64_t edge = capacity;
    std::uint32_t sent = 0;
    while (sent < 3 * capacity) {
      const std::int64_t nxt = Lab::position_of(lab.receiver.nxt());
      if (edge <= nxt) break;
      ASSERT_EQ(lab.hear(nxt, 1), Drop::none) << "what was offered is taken";
      ++sent;
      for (const Segment& ack : lab.speak_all()) {
        edge = Lab::position_of(ack.ack) + (std::int64_t{ack.window} << shift);
      }
    }
    EXPECT_LE(sent, capacity + capacity / 8 + (1u << shift)) << unsigned{shift};
    EXPECT_GE(sent, capacity - (1u << shift));
    EXPECT_EQ(lab.read(100'000), text_from(0, sent));
    EXPECT_TRUE(lab.receiver.acks().is_owed()) << "the window opens";
  }
}

TEST(Receiver, AvoidsSillyWindows) {  // RFC 9293 MUST-39
  Lab lab({.capacity = 4000});
  for (int i = 0; i < 4; ++i) lab.hear(1000 * i, 1000);
  EXPECT_EQ(lab.speak_all().back().window, 0);
  std::uint32_t free = 0;
  while (free + 100 < mss) {
    lab.read(100);
    free += 100;
    EXPECT_FALSE(lab.receiver.acks().is_owed()) << free;
    EXPECT_EQ(lab.speak().window, 0) << free;
  }
  lab.read(100);
  EXPECT_TRUE(lab.receiver.acks().is_owed());
  EXPECT_EQ(lab.speak().window, 1000);
  lab.read(900);
  EXPECT_EQ(lab.speak().window, 1000);
}

TEST(Receiver, OpensASmallBufferByHalves) {  // RFC 9293 3.8.6.2.2
  Lab lab({.capacity = 600});
  lab.hear(0, 600);
  EXPECT_EQ(lab.speak().window, 0);
  lab.read(299);
  EXPECT_EQ(lab.speak().window, 0);
  lab.read(1);
  EXPECT_EQ(lab.speak().window, 300);
}

TEST(Receiver, OffersAllRoomAsBsd) {
  Lab lab({.capacity = 8000, .is_like_bsd = true});
  EXPECT_EQ(lab.receiver.capacity(), 8040u) << "15 segments of the 536 bytes that the peer takes";
  EXPECT_EQ(lab.speak().window, 8040);
  lab.hear(0, 1000);
  EXPECT_EQ(lab.speak().window, 7040);
  lab.read(10);
  EXPECT_EQ(lab.speak().window, 7050) << "else it would wait for a segment";
  for (int i = 1; i < 8; ++i) lab.hear(1000 * i, 1000);
  EXPECT_EQ(lab.speak_all().back().window, 50);
  lab.read(900);
  EXPECT_EQ(lab.speak().window, 50) << "less than a segment and a quarter is no room";
  lab.read(100);
  EXPECT_EQ(lab.speak().window, 1050);
  lab.hear(8000, 0, true);
  EXPECT_EQ(lab.speak().window, 1050) << "also behind a FIN";
}

TEST(Receiver, BuffersWholeSegmentsWhateverTheirOptions) {
  Lab lab({.capacity = 5300, .timestamps = true, .is_like_bsd = true});
  EXPECT_EQ(lab.receiver.capacity(), 10 * 536u);
}

TEST(Receiver, TakesWhatItOfferedBeforeItsBufferShrank) {  // RFC 7323 2.4 (1), (2)
  Lab lab({.capacity = 8000});
  lab.speak();
  lab.receiver.set_buffer(1000);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(lab.hear(1000 * i, 1000), Drop::none) << i;
  EXPECT_EQ(lab.speak_all().back().window, 0);
  EXPECT_EQ(lab.hear(8000, 1), Drop::tcp_out_of_window);
}

// ---- Reading without copies ---------------------------------------------------------------------

TEST(Receiver, GivesViewsOfWhatHasArrived) {
  Lab lab;
  for (int i = 0; i < 3; ++i) lab.hear(1000 * i, 1000);
  EXPECT_EQ(lab.desk.memory.held(), 3 * 2048u);
  const BufferChain views = lab.read_shared(1500);
  EXPECT_EQ(string_of(views), text_from(0, 1500));
  EXPECT_EQ(views.count(), 2u);
  EXPECT_EQ(lab.receiver.unread_bytes(), 1500u);
  EXPECT_EQ(lab.desk.memory.held(), 2 * 2048u) << "the second is charged until all of it is read";
  EXPECT_EQ(string_of(lab.read_shared(1)), text_from(1500, 1));
  EXPECT_EQ(string_of(lab.read_shared(10'000)), text_from(1501, 1499));
  EXPECT_TRUE(lab.read_shared(10'000).is_empty());
  EXPECT_EQ(lab.desk.memory.held(), 0u);
  EXPECT_EQ(string_of(views), text_from(0, 1500)) << "as long as somebody has them";
}

// Small text joins what is there, behind the bytes that somebody looks at.
TEST(Receiver, LeavesViewsAsTheyAre) {
  Lab lab;
  lab.hear(0, 10);
  const BufferChain first = lab.read_shared(4);
  lab.hear(10, 10);
  EXPECT_EQ(lab.desk.pool.live_blocks(), 2u) << "a block, and the queue's own";
  const BufferChain second = lab.read_shared(100);
  lab.hear(20, 10);
  EXPECT_EQ(string_of(first), text_from(0, 4));
  EXPECT_EQ(string_of(second), text_from(4, 16));
  EXPECT_EQ(lab.read(100), text_from(20, 10));
}

TEST(Receiver, ReadsTheSameWithACopyAndWithout) {
  EXPECT_TRUE(rc::check("the same arrivals and amounts", [] {
    Lab copied({.capacity = 4000, .sack = true}), shared({.capacity = 4000, .sack = true});
    std::string one, other;
    std::int64_t at = 0;
    for (int i = 0; i < 40; ++i) {
      const auto length = *rc::gen::inRange(1u, 1000u), most = *rc::gen::inRange(1u, 1500u);
      const auto displaced = at + *rc::gen::inRange(-300, 300);
      RC_ASSERT(copied.hear(displaced, length) == shared.hear(displaced, length));
      one += copied.read(most);
      other += string_of(shared.read_shared(most));
      RC_ASSERT(one == other);
      const auto acks = copied.speak_all();
      RC_ASSERT(acks.size() == shared.speak_all().size());
      if (!acks.empty()) at = Lab::position_of(acks.back().ack);
      RC_ASSERT(copied.receiver.window() == shared.receiver.window());
      RC_ASSERT(copied.desk.memory.held() == shared.desk.memory.held());
      RC_ASSERT(copied.desk.pool.live_bytes() == shared.desk.pool.live_bytes());
    }
    RC_ASSERT(one == text_from(0, one.size()));
  }));
}

// Of a writer on the same machine: one block, charged once, seen as one piece.
TEST(Receiver, JoinsPartsOfASharedBlock) {
  Lab lab;
  Slice block = lab.desk.pool.copy_of(bytes_of(text_from(0, 3000)));
  block.freeze();
  for (const std::uint32_t at : {0u, 2000u, 1000u}) lab.hear_part(at, block.part(at, 1000));
  EXPECT_EQ(lab.desk.memory.held(), block.pinned_bytes());
  const BufferChain views = lab.read_shared(3000);
  EXPECT_EQ(views.count(), 1u);
  EXPECT_EQ(string_of(views), text_from(0, 3000));
  EXPECT_EQ(lab.desk.memory.held(), 0u);
}

// Where a whole block is too much, its text is not.
TEST(Receiver, CopiesTextOutOfABlockThatIsTooLarge) {
  Lab lab;
  lab.desk.memory = Budget(10'000);
  const Slice block = lab.desk.pool.copy_of(bytes_of(text_from(0, 60'000)));
  EXPECT_EQ(lab.hear_part(0, block.part(0, 1000)), Drop::none);
  EXPECT_EQ(lab.desk.memory.held(), 2048u);
  EXPECT_EQ(lab.hear_part(3000, block.part(3000, 1000)), Drop::none);
  EXPECT_EQ(lab.desk.memory.held(), 2 * 2048u);
  EXPECT_EQ(lab.desk.counters.memory_refused, 0u);
  EXPECT_EQ(lab.hear_part(1000, block.part(1000, 9000)), Drop::tcp_memory_full);
  EXPECT_EQ(lab.read(10'000), text_from(0, 1000));
  Context context = lab.desk.context();
  lab.receiver.clear(context);
  EXPECT_EQ(lab.desk.memory.held(), 0u);
}

// ---- What is reported ---------------------------------------------------------------------------

TEST(Receiver, ReportsHoles) {  // RFC 2018 4 (b), (c)
  Lab lab({.sack = true});
  lab.hear(2000, 1000);
  lab.hear(4000, 1000);
  const auto acks = lab.speak_all();
  ASSERT_EQ(acks.size(), 2u);
  EXPECT_EQ(sacks_of(acks[1]), (std::vector{block(4000, 5000), block(2000, 3000)}));
  lab.hear(0, 1000);
  EXPECT_EQ(sacks_of(lab.speak()), (std::vector{block(4000, 5000), block(2000, 3000)}));
}

TEST(Receiver, ReportsDuplicates) {  // RFC 2883 4 (1)
  Lab lab({.sack = true});
  lab.hear(0, 1000);
  lab.speak_all();
  lab.hear(0, 1000);
  EXPECT_EQ(sacks_of(lab.speak()), std::vector{block(0, 1000)});
  EXPECT_EQ(sacks_of(lab.speak()), std::vector<SackBlock>{}) << "once";
  lab.hear(500, 1000);
  EXPECT_EQ(sacks_of(lab.speak()), std::vector{block(500, 1000)});
  for (const int at : {3000, 5000, 7000}) lab.hear(at, 1000);
  lab.speak_all();
  lab.hear(3000, 500);
  EXPECT_EQ(sacks_of(lab.speak()), (std::vector{block(3000, 3500), block(3000, 4000),
                                                block(7000, 8000), block(5000, 6000)}));
}

// RFC 2883 4.2: of a segment that begins before RCV.NXT, and covers what came early, too, the first
// part is told.
TEST(Receiver, ReportsTheFirstOfTwoDuplicates) {
  Lab lab({.sack = true});
  lab.hear(0, 1000);
  lab.hear(2000, 500);
  lab.speak_all();
  lab.hear(900, 2000);
  EXPECT_EQ(sacks_of(lab.speak()), std::vector{block(900, 1000)});
}

// What was not received must not look like it: a D-SACK beyond RCV.NXT would be an ordinary SACK.
// RFC 2018 8 (a)
TEST(Receiver, ReportsOnlyWhatItHas) {
  Lab lab({.capacity = 2000, .sack = true});
  EXPECT_EQ(lab.hear(2000, 1000), Drop::tcp_out_of_window);
  EXPECT_EQ(sacks_of(lab.speak()), std::vector<SackBlock>{});
  lab.hear(0, 1000);
  lab.hear(1000, 1000);
  lab.speak_all();
  EXPECT_EQ(lab.hear(2000, 1), Drop::tcp_out_of_window) << "a probe of the closed window";
  EXPECT_EQ(sacks_of(lab.speak()), std::vector<SackBlock>{});
  EXPECT_EQ(lab.hear(1500, 1000), Drop::tcp_out_of_window);
  EXPECT_EQ(sacks_of(lab.speak()), std::vector{block(1500, 2000)});
}

TEST(Receiver, LeavesNoReportForLater) {  // RFC 2883 4 (2)
  Lab lab({.sack = true});
  lab.hear(0, 1000);
  lab.hear(0, 1000);
  // A full segment of text has no room for it.
  Segment segment;
  segment.text.append(lab.desk.pool.allocate(mss));
  Context context = lab.desk.context();
  lab.receiver.fill(segment, mss, context);
  lab.receiver.on_ack_sent(segment, context, lab.timers);
  EXPECT_EQ(sacks_of(segment), std::vector<SackBlock>{});
  EXPECT_EQ(sacks_of(lab.speak()), std::vector<SackBlock>{})
      << "RFC 2883 4 (1): only of the most recent packet";
}

// Text and options together never exceed what the path takes.
TEST(Receiver, LeavesRoomForText) {
  for (const bool has_timestamps : {false, true}) {
    for (std::uint32_t text = 1; text <= mss; ++text) {
      Lab lab({.sack = true, .timestamps = has_timestamps});
      for (const int at : {1000, 3000, 5000, 7000}) lab.hear(at, 1000);
      Segment segment;
      segment.text.append(lab.desk.pool.allocate(text));
      Context context = lab.desk.context();
      lab.receiver.fill(segment, mss, context);
      const std::uint32_t blocks = segment.options.sack.size();
      const std::uint32_t bytes = blocks == 0 ? 0 : 4 + 8 * blocks;
      ASSERT_LE(text + bytes, mss);
      ASSERT_LE(bytes + (has_timestamps ? 12 : 0), 40u);
      if (text <= mss - 40) {
        ASSERT_EQ(blocks, has_timestamps ? 3u : 4u);
      }
    }
  }
}

TEST(Receiver, GoesOnTheSameAsItsCopy) {
  EXPECT_TRUE(rc::check("the same arrivals to both", [] {
    Lab lab({.capacity = 3000, .sack = true});
    for (int i = 0; i < 6; ++i) lab.hear(*rc::gen::inRange(0, 40), *rc::gen::inRange(1u, 20u));
    const Receiver before = lab.receiver;
    // Each copy has its own budget: here one serves both.
    RC_ASSERT(lab.desk.memory.charge(lab.desk.memory.held()));
    struct Step {
      std::int64_t at;
      std::uint32_t length;
    };
    std::vector<Step> steps;
    for (int i = 0; i < 10; ++i)
      steps.push_back({*rc::gen::inRange(0, 80), *rc::gen::inRange(1u, 20u)});
    std::vector<std::uint64_t> digests;
    std::vector<std::uint64_t> charges;
    std::vector<Receiver> ends;
    for (int turn = 0; turn < 2; ++turn) {
      lab.receiver = before;
      const std::uint64_t held = lab.desk.memory.held();
      for (const Step& step : steps) {
        lab.hear(step.at, step.length);
        if (step.at % 3 == 0) lab.speak_all();
      }
      charges.push_back(lab.desk.memory.held() - held);
      Digest digest;
      lab.receiver.digest(digest);
      digests.push_back(digest.value());
      ends.push_back(lab.receiver);
    }
    RC_ASSERT(digests[0] == digests[1]);
    RC_ASSERT(charges[0] == charges[1]);
  }));
}

}  // namespace
}  // namespace acksu::tcp::receiver_test
