// Tests of text for terminals: widths, wrapping, numbers, times, rows.
#include "trace/text.h"

#include <gtest/gtest.h>

namespace acksu::trace {
namespace {

TEST(Text, KnowsHowWideItIs) {
  EXPECT_EQ(width_of("SYN+ACK"), 7u);
  EXPECT_EQ(width_of("연결 설정"), 9u);
  EXPECT_EQ(width_of("→┃►"), 3u);
  EXPECT_EQ(width_of("e\u0301"), 1u);
  EXPECT_EQ(width_of("\xff\xed"), 2u);  // not UTF-8: a column a byte
  EXPECT_EQ(padded("악수", 6), "악수  ");
  EXPECT_EQ(padded("acksu", 3), "acksu");
}

TEST(Text, IsCutBetweenCharacters) {
  EXPECT_EQ(cut_to_width("악수", 3), "악");
  EXPECT_EQ(cut_to_width("악수", 4), "악수");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(Text, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("abcdefgh", 3), (std::vector<std::string>{"abc", "def", "gh"}));
  EXPECT_EQ(wrapped("세 번 악수", 5), (std::vector<std::string>{"세 번", "악수"}));
  EXPECT_TRUE(wrapped("", 10).empty());
}

TEST(Text, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(17520), "17,520");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped_signed(-1288), "-1,288");
}

TEST(Text, TellsTimes) {
  EXPECT_EQ(fixed_milliseconds(Instant{}), "0.000");
  EXPECT_EQ(fixed_milliseconds(Instant{1042us}), "1.042");
  EXPECT_EQ(fixed_milliseconds(Instant{60s}), "60,000.000");
  EXPECT_EQ(short_duration(60s), "60 s");
  EXPECT_EQ(short_duration(1500us), "1.5 ms");
  EXPECT_EQ(short_duration(40us), "40 us");
  EXPECT_EQ(short_duration(Duration{}), "0 ns");
}

TEST(Row, IsPaintedByColumns) {
  Row row{12};
  row.put(0, "악수");
  row.put_right(11, "end");
  EXPECT_EQ(row.print(false), "악수     end\n");
  row.put(10, "수수");  // the second one does not fit
  EXPECT_EQ(row.print(false), "악수     e수\n");
  EXPECT_EQ(Row{5}.print(false), "\n");
}

TEST(Row, HasNoEscapeCodesWithoutColour) {
  Row row{10};
  row.put(0, "RST", Style::bad);
  EXPECT_EQ(row.print(false), "RST\n");
  EXPECT_EQ(row.print(true), "\x1b[1;31mRST\x1b[0m\n");
}

}  // namespace
}  // namespace acksu::trace
