// The cursors: nothing past the end, neither read nor written.
#include "wire/reader.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/header_sum.h"
#include "wire/test_frames.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

using test::hex;

TEST(Reader, ReadsBigEndianNumbersInOrder) {
  const auto bytes = hex("01 0203 04050607 0809");
  Reader reader(bytes);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.be16(), 0x0203);
  EXPECT_EQ(reader.be32(), 0x04050607u);
  EXPECT_EQ(reader.position(), 7u);
  EXPECT_EQ(reader.remaining(), 2u);
  EXPECT_EQ(reader.rest().size(), 2u);
  EXPECT_FALSE(reader.failed());
}

TEST(Reader, ReadPastTheEndGivesZeroAndStaysFailed) {
  const auto bytes = hex("ff ff ff");
  Reader reader(bytes);
  EXPECT_EQ(reader.be32(), 0u);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(reader.u8(), 0u);  // although three bytes were there
  EXPECT_TRUE(reader.bytes(1).empty());
  EXPECT_EQ(reader.take<8>().be32<4>(), 0u);
  EXPECT_TRUE(reader.failed());
}

TEST(Reader, EndsExactly) {
  const auto bytes = hex("0102");
  Reader reader(bytes);
  EXPECT_EQ(reader.take<2>().be16<0>(), 0x0102);
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_FALSE(reader.failed());
  EXPECT_TRUE(reader.bytes(~std::size_t{0}).empty());  // no sum of lengths can wrap
  EXPECT_TRUE(reader.failed());
}

TEST(Reader, OfNothingHasNothing) {
  Reader reader(Bytes{});
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.failed());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_TRUE(reader.failed());
}

TEST(Writer, WritesBothByteOrders) {
  std::array<std::uint8_t, 22> room{};
  Writer writer(room);
  writer.be16(0x0102);
  writer.be32(0x03040506);
  writer.le16(0x0102);
  writer.le32(0x03040506);
  writer.le64(0x0102030405060708);
  writer.u8(0xff);
  writer.pad_to(2);
  const auto expected = hex("0102 03040506 0201 06050403 0807060504030201 ff00");
  EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));
  EXPECT_FALSE(writer.failed());
  EXPECT_EQ(writer.remaining(), 0u);
}

TEST(Writer, WritesNothingPastItsRoom) {
  std::array<std::uint8_t, 6> room{0xee, 0xee, 0xee, 0xee, 0xee, 0xee};
  Writer writer(MutableBytes(room).first(3));
  writer.be16(0x0102);
  writer.be32(0x03040506);
  EXPECT_TRUE(writer.failed());
  writer.u8(7);  // nor after a failure
  const auto expected = hex("0102 ee eeeeee");
  EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));
}

TEST(WriterDeathTest, RoomForAHeaderIsOurPromise) {
  std::array<std::uint8_t, 6> room{};
  Writer writer(room);
  writer.u8(0);
  EXPECT_DEATH(writer.take<6>(), "count <= remaining");
}

TEST(HeaderSum, IsTheSumOfTheBytes) {
  const auto bytes = hex("00010203 f4f5f6f7 ffffffff 80000000 0001f203 f4f5f6f7");
  HeaderSum sum;
  sum.add_words(bytes);
  EXPECT_EQ(sum.folded(), sum_of(bytes));
}

TEST(HeaderSum, OfPseudoHeaders) {
  HeaderSum v4;
  test::pseudo.add_to(v4, 6, 40);
  EXPECT_EQ(v4.folded(), sum_of(hex("0a000001 0a000002 0006 0028")));
  HeaderSum v6;
  PseudoHeader{{0x20010db8'00000001, 0x0203}, {0x20010db8'00000002, 0xffff'0405}}.add_to(v6, 17,
                                                                                         0x12345);
  EXPECT_EQ(v6.folded(), sum_of(hex("20010db800000001 0000000000000203 20010db800000002"
                                    "00000000ffff0405 00012345 00000011")));
}

}  // namespace
}  // namespace acksu::wire
