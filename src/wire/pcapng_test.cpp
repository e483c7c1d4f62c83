// Captures, byte for byte.
#include "wire/pcapng.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;

TEST(Pcapng, SectionExactBytes) {
  std::vector<std::uint8_t> out;
  append_section(out);
  EXPECT_EQ(out, hex("0a0d0d0a 2c000000 4d3c2b1a 0100 0000 ffffffffffffffff"
                     "0400 0500 61636b73 75000000 0000 0000 2c000000"));
}

TEST(Pcapng, InterfaceExactBytes) {
  std::vector<std::uint8_t> out;
  append_interface(out, LinkType::ethernet, "eth0");
  EXPECT_EQ(out, hex("01000000 28000000 0100 0000 00000000"
                     "0200 0400 65746830 0900 0100 09000000 0000 0000 28000000"));
  out.clear();
  append_interface(out, LinkType::raw_ip, "");
  EXPECT_EQ(out, hex("01000000 24000000 6500 0000 00000000"
                     "0200 0000 0900 0100 09000000 0000 0000 24000000"));
}

TEST(Pcapng, PacketExactBytes) {
  std::vector<std::uint8_t> out;
  CapturedPacket packet;
  packet.interface = 1;
  packet.time = Instant{5s + 1ns};
  append_packet(out, packet, hex("0102030405"));
  EXPECT_EQ(out, hex("06000000 28000000 01000000 01000000 01f2052a 05000000 05000000"
                     "0102030405 000000 28000000"));
}

TEST(Pcapng, CommentExactBytes) {
  std::vector<std::uint8_t> out;
  CapturedPacket packet;
  packet.comment = "hello";
  append_packet(out, packet, hex("01020304"));
  EXPECT_EQ(out, hex("06000000 34000000 00000000 00000000 00000000 04000000 04000000 01020304"
                     "0100 0500 68656c6c6f 000000 0000 0000 34000000"));
}

TEST(Pcapng, ChainsAndBytesGiveTheSame) {
  BufferPool pool;
  const auto bytes = hex("000102030405060708090a0b0c");
  BufferChain chain;
  for (const std::size_t at : {0u, 4u, 8u})
    chain.append(pool.copy_of(Bytes(bytes).subspan(at, at == 8 ? 5 : 4)));
  std::vector<std::uint8_t> from_bytes;
  std::vector<std::uint8_t> from_chain;
  append_packet(from_bytes, {}, bytes);
  append_packet(from_chain, {}, chain);
  EXPECT_EQ(from_bytes, from_chain);
}

TEST(Pcapng, LongCommentsAreCutBetweenCharacters) {
  std::string comment(65531, 'a');
  comment += "악수";  // the first of these stands across the end
  CapturedPacket packet;
  packet.comment = comment;
  std::vector<std::uint8_t> out;
  append_packet(out, packet, Bytes{});
  EXPECT_EQ(out.size(), 12u + 20 + 4 + 65532 + 4);
  EXPECT_EQ(out[28], 1);                     // a comment
  EXPECT_EQ(out[30] | out[31] << 8, 65531);  // of so many bytes
  EXPECT_EQ(out[28 + 4 + 65531], 0);         // and padding
}

TEST(Pcapng, EveryBlockIsAMultipleOfFourAndSaysItsLengthTwice) {
  for (std::size_t size = 0; size < 9; ++size) {
    for (std::size_t comment_size = 0; comment_size < 6; ++comment_size) {
      const std::string comment(comment_size, 'x');
      CapturedPacket packet;
      packet.comment = comment;
      std::vector<std::uint8_t> out;
      append_packet(out, packet, std::vector<std::uint8_t>(size, 0xff));
      const auto length = static_cast<std::uint8_t>(out.size());
      EXPECT_EQ(out.size() % 4, 0u);
      EXPECT_EQ(out[4], length);
      EXPECT_EQ(out[out.size() - 4], length);
    }
  }
}

}  // namespace
}  // namespace acksu::wire
