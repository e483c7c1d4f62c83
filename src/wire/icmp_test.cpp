// ICMP messages and the packets they quote.
#include "wire/icmp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;

const char* const echo_bytes = "0800cdcf 00010002 616263646566";

TEST(Icmp, EchoExactBytes) {
  BufferPool pool;
  IcmpMessage message;
  ASSERT_EQ(read_icmp(test::chain(pool, hex(echo_bytes)), false, message), Drop::none);
  EXPECT_EQ(message.type, IcmpType::echo_request);
  EXPECT_EQ(message.code, 0);
  EXPECT_EQ(message.id, 1);
  EXPECT_EQ(message.sequence, 2);
  EXPECT_EQ(message.payload.flatten(), test::bytes_of("abcdef"));
  EXPECT_FALSE(message.is_error());

  std::array<std::uint8_t, IcmpMessage::header_size> room{};
  EXPECT_EQ(write_icmp(message, room), 8u);
  const auto expected = hex("0800cdcf 00010002");
  EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));
}

TEST(Icmp, Malformed) {
  BufferPool pool;
  IcmpMessage message;
  EXPECT_EQ(read_icmp(BufferChain{}, false, message), Drop::icmp_malformed);
  for (std::size_t size = 1; size < 14; ++size) {
    auto bytes = hex(echo_bytes);
    bytes.resize(size);
    EXPECT_EQ(read_icmp(test::chain(pool, bytes), false, message),
              size < 8 ? Drop::icmp_malformed : Drop::icmp_bad_checksum)
        << size;
  }
  for (std::size_t bit = 0; bit < 14 * 8; ++bit) {
    auto bytes = hex(echo_bytes);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << bit % 8));
    EXPECT_EQ(read_icmp(test::chain(pool, bytes), false, message), Drop::icmp_bad_checksum) << bit;
    EXPECT_EQ(read_icmp(test::chain(pool, bytes), true, message), Drop::none) << bit;
  }
}

TEST(Icmp, RoundTripOverSlices) {
  EXPECT_TRUE(rc::check([] {
    BufferPool pool;
    IcmpMessage message;
    message.type = *rc::gen::arbitrary<std::uint8_t>();
    message.code = *rc::gen::arbitrary<std::uint8_t>();
    message.id = *rc::gen::arbitrary<std::uint16_t>();
    message.sequence = *rc::gen::arbitrary<std::uint16_t>();
    for (const auto& piece : *rc::gen::arbitrary<std::vector<std::vector<std::uint8_t>>>())
      message.payload.append(pool.copy_of(piece));
    Slice header = pool.allocate(IcmpMessage::header_size);
    write_icmp(message, header.writable());
    BufferChain packet{header};
    packet.append(message.payload);
    IcmpMessage read_back;
    RC_ASSERT(read_icmp(std::move(packet), false, read_back) == Drop::none);
    RC_ASSERT(read_back.type == message.type && read_back.code == message.code);
    RC_ASSERT(read_back.id == message.id && read_back.sequence == message.sequence);
    RC_ASSERT(read_back.payload.flatten() == message.payload.flatten());
  }));
}

const char* const quoted_ip = "450005dc 00004000 40060000 0a000001 0a000002";  // no right checksum

TEST(Icmp, QuotedSegment) {
  QuotedPacket quoted;
  ASSERT_EQ(read(test::operator+(hex(quoted_ip), hex("c0000050 000003e8")), quoted), Drop::none);
  EXPECT_EQ(quoted.ip.protocol, IpProtocol::tcp);
  EXPECT_EQ(quoted.ip.destination, IpAddress::v4(10, 0, 0, 2));
  EXPECT_EQ(quoted.source_port, 49152);
  EXPECT_EQ(quoted.destination_port, 80);
  EXPECT_EQ(quoted.tcp_seq, 1000u);
}

TEST(Icmp, QuoteMalformed) {
  const auto quote = test::operator+(hex(quoted_ip), hex("c0000050 000003e8"));
  for (std::size_t size = 0; size < quote.size(); ++size) {
    const std::vector<std::uint8_t> cut(quote.begin(),
                                        quote.begin() + static_cast<std::ptrdiff_t>(size));
    QuotedPacket quoted;
    EXPECT_EQ(read(cut, quoted), Drop::icmp_malformed) << size;
  }
  for (const int first : {0x65, 0x44, 0x4f}) {  // version, IHL too small, too large
    auto bytes = quote;
    bytes[0] = static_cast<std::uint8_t>(first);
    QuotedPacket quoted;
    EXPECT_EQ(read(bytes, quoted), Drop::icmp_malformed) << first;
  }
}

TEST(Icmp, QuoteOfLaterFragmentHasNoPorts) {
  auto bytes = test::operator+(hex(quoted_ip), hex("c0000050 000003e8"));
  bytes[7] = 1;
  QuotedPacket quoted;
  ASSERT_EQ(read(bytes, quoted), Drop::none);
  EXPECT_EQ(quoted.source_port, 0);
}

TEST(Icmp, QuoteOfShortDatagram) {
  // A whole ICMP packet of 4 bytes needs no 8.
  QuotedPacket quoted;
  EXPECT_EQ(read(hex("45000018 00000000 40010000 0a000001 0a000002 08000000"), quoted), Drop::none);
  // Of a longer one 8 bytes must be there.
  EXPECT_EQ(read(hex("4500001c 00000000 40010000 0a000001 0a000002 08000000"), quoted),
            Drop::icmp_malformed);
  // A TCP or UDP packet that short has no ports to tell.
  EXPECT_EQ(read(hex("45000018 00000000 40060000 0a000001 0a000002 08000000"), quoted),
            Drop::icmp_malformed);
}

}  // namespace
}  // namespace acksu::wire
