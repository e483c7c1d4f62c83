// Tests of relative sequence numbers and of windows that are news.
#include "trace/numbers.h"

#include <gtest/gtest.h>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

SegmentNumbers next(Numbers& numbers, std::uint32_t from, const Fields& fields) {
  return numbers.next(summarize(Scene::segment(from, fields)));
}

TEST(Numbers, CountFromTheFirst) {
  Numbers numbers;
  const std::uint16_t syn = Flags::syn, ack = Flags::ack;
  EXPECT_EQ(next(numbers, 0, {.flags = syn}).seq, 0);
  const SegmentNumbers answer = next(numbers, 1, {.flags = syn | ack, .ack = 1});
  EXPECT_EQ(answer.seq, 0);
  EXPECT_EQ(answer.ack, 1);
  const SegmentNumbers third = next(numbers, 0, {.seq = 1, .ack = 1, .text = "hello"});
  EXPECT_EQ(third.seq, 1);
  EXPECT_EQ(third.ack, 1);
  EXPECT_FALSE(third.is_again);
  EXPECT_TRUE(next(numbers, 0, {.seq = 1, .ack = 1, .text = "hello"}).is_again);
  EXPECT_FALSE(next(numbers, 0, {.seq = 6, .ack = 1}).is_again);  // a pure ACK never is
  EXPECT_EQ(next(numbers, 1, {.flags = Flags::rst, .seq = 0u - 7}).seq, -7);
}

TEST(Numbers, KnowTheSynAckOfASimultaneousOpenForNew) {
  Numbers numbers;
  const std::uint16_t syn = Flags::syn, ack = Flags::ack;
  next(numbers, 0, {.flags = syn});
  EXPECT_TRUE(next(numbers, 0, {.flags = syn}).is_again);
  EXPECT_FALSE(next(numbers, 0, {.flags = syn | ack, .ack = 1}).is_again);
  EXPECT_TRUE(next(numbers, 0, {.flags = syn | ack, .ack = 1}).is_again);
}

// RFC 9768 3.1.1: with the SYN+ACK that agrees three flags become a number; a SYN that is repeated
// without them is the same SYN.
TEST(Numbers, KnowAccurateEcnByItsSynAck) {
  constexpr std::uint16_t syn = Flags::syn, ack = Flags::ack;
  constexpr std::uint16_t three = Flags::ae | Flags::cwr | Flags::ece;
  struct Row {
    std::uint16_t answer;
    bool is_accurate;
  };
  for (const Row& row :
       {Row{Flags::cwr, true}, Row{Flags::ae | Flags::cwr, true}, Row{Flags::ae | Flags::ece, true},
        Row{Flags::ece, false}, Row{0, false}, Row{three, false}}) {
    Numbers numbers;
    next(numbers, 0, {.flags = syn | three});
    EXPECT_TRUE(next(numbers, 0, {.flags = syn}).is_again);
    const auto answer = static_cast<std::uint16_t>(syn | ack | row.answer);
    EXPECT_EQ(next(numbers, 1, {.flags = answer, .ack = 1}).ace, std::nullopt);
    const SegmentNumbers third =
        next(numbers, 0, {.flags = ack | Flags::ae | Flags::ece, .seq = 1, .ack = 1});
    EXPECT_EQ(third.ace.has_value(), row.is_accurate) << row.answer;
    EXPECT_EQ(third.ace.value_or(5), 5);
  }
}

TEST(Numbers, TakeNothingForSentBecauseAResetStandsBehindIt) {
  Numbers numbers;
  next(numbers, 0, {.flags = Flags::syn});
  next(numbers, 0, {.flags = Flags::rst, .seq = 5000});
  EXPECT_FALSE(next(numbers, 0, {.seq = 1, .ack = 1, .text = "hello"}).is_again);
  EXPECT_FALSE(next(numbers, 0, {.flags = Flags::fin | Flags::ack, .seq = 6, .ack = 1}).is_again);
}

TEST(Numbers, GoRoundTheCircle) {
  Numbers numbers;
  next(numbers, 0, {.flags = Flags::syn});
  std::int64_t expected = 1;
  std::uint32_t seq = 1;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(next(numbers, 0, {.seq = seq, .text = "x"}).seq, expected);
    seq += 0x7000'0000u;
    expected += 0x7000'0000;
  }
}

TEST(Numbers, BeginAnewWithANewConnection) {
  Numbers numbers;
  next(numbers, 0, {.flags = Flags::syn});
  EXPECT_EQ(next(numbers, 0, {.flags = Flags::syn, .seq = 0u - 90}).seq, -90);  // an old duplicate
  next(numbers, 1, {.flags = Flags::rst});
  EXPECT_EQ(next(numbers, 0, {.flags = Flags::syn, .seq = 4711}).seq, 0);
}

TEST(Numbers, TellWindowsWhenTheyAreNews) {
  Numbers numbers;
  const SegmentOptions options = syn_options();
  const std::uint16_t syn = Flags::syn, ack = Flags::ack;
  EXPECT_TRUE(next(numbers, 0, {.flags = syn, .options = options}).is_window_news);
  next(numbers, 1, {.flags = syn | ack, .ack = 1, .options = options});
  const SegmentNumbers first = next(numbers, 0, {.seq = 1, .ack = 1, .window = 512});
  EXPECT_EQ(first.window_bytes, 65536u);
  EXPECT_FALSE(first.is_window_news);
  EXPECT_FALSE(next(numbers, 0, {.seq = 1, .ack = 1, .window = 500}).is_window_news);
  EXPECT_TRUE(next(numbers, 0, {.seq = 1, .ack = 1, .window = 0}).is_window_news);
  EXPECT_TRUE(next(numbers, 0, {.seq = 1, .ack = 1, .window = 300}).is_window_news);
}

}  // namespace
}  // namespace acksu::trace
