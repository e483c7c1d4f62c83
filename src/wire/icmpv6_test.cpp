// ICMPv6 messages, what errors may be sent, and the packets they quote.
#include "wire/icmpv6.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "wire/test_frames.h"

namespace acksu::wire::icmpv6_test {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

const PseudoHeader pseudo6{{0xfe80'0000'0000'0000, 1}, {0xfe80'0000'0000'0000, 2}};

Octets echo_bytes() { return hex("8000 0000 00010002 616263646566"); }

Octets signed_echo() {
  auto bytes = echo_bytes();
  sign_icmpv6(bytes, pseudo6);
  return bytes;
}

// The checksum told by RFC 8200 8.1 in the plainest way.
std::uint16_t model_of_checksum(const Octets& message) {
  auto all =
      hex("fe800000000000000000000000000001 fe800000000000000000000000000002 00000000 0000003a");
  store_be32(&all[32], static_cast<std::uint32_t>(message.size()));
  all = all + message;
  if (all.size() % 2 != 0) all.push_back(0);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < all.size(); i += 2) sum += load_be16(&all[i]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

TEST(Icmpv6, EchoExactBytes) {
  BufferPool pool;
  const auto bytes = signed_echo();
  EXPECT_EQ(load_be16(&bytes[2]), model_of_checksum(echo_bytes()));
  Icmpv6Message message;
  ASSERT_EQ(read_icmpv6(test::chain(pool, bytes), pseudo6, false, message), Drop::none);
  EXPECT_EQ(message.type, Icmpv6Type::echo_request);
  EXPECT_EQ(message.code, 0);
  EXPECT_EQ(message.id(), 1);
  EXPECT_EQ(message.sequence(), 2);
  EXPECT_EQ(message.payload.flatten(), test::bytes_of("abcdef"));
  EXPECT_FALSE(message.is_error());

  Octets room(8);
  EXPECT_EQ(write_icmpv6(message, pseudo6, room), 8u);
  EXPECT_EQ(room + test::bytes_of("abcdef"), bytes);
}

TEST(Icmpv6, EveryTruncationAndEveryFlippedBit) {
  BufferPool pool;
  Icmpv6Message message;
  EXPECT_EQ(read_icmpv6(BufferChain{}, pseudo6, false, message), Drop::icmp_malformed);
  const auto whole = signed_echo();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Octets cut(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_EQ(read_icmpv6(test::chain(pool, cut), pseudo6, false, message),
              size < 8 ? Drop::icmp_malformed : Drop::icmp_bad_checksum);
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto bytes = whole;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1u << bit % 8));
    EXPECT_EQ(read_icmpv6(test::chain(pool, bytes), pseudo6, false, message),
              Drop::icmp_bad_checksum);
    EXPECT_EQ(read_icmpv6(test::chain(pool, bytes), pseudo6, true, message), Drop::none);
  }
}

// The pseudo header counts: a message that was meant for somebody else is not ours.
TEST(Icmpv6, OtherAddressesAreAWrongChecksum) {
  BufferPool pool;
  Icmpv6Message message;
  const PseudoHeader other{{0xfe80'0000'0000'0000, 1}, {0xfe80'0000'0000'0000, 3}};
  EXPECT_EQ(read_icmpv6(test::chain(pool, signed_echo()), other, false, message),
            Drop::icmp_bad_checksum);
}

TEST(Icmpv6, RoundTripOverSlices) {
  EXPECT_TRUE(rc::check([] {
    BufferPool pool;
    Icmpv6Message message;
    message.type = *rc::gen::arbitrary<std::uint8_t>();
    message.code = *rc::gen::arbitrary<std::uint8_t>();
    message.rest = *rc::gen::arbitrary<std::uint32_t>();
    for (const auto& piece : *rc::gen::arbitrary<std::vector<Octets>>())
      message.payload.append(pool.copy_of(piece));
    Slice header = pool.allocate(Icmpv6Message::header_size);
    write_icmpv6(message, pseudo6, header.writable());
    BufferChain packet{header};
    packet.append(message.payload);
    Icmpv6Message read_back;
    RC_ASSERT(read_icmpv6(std::move(packet), pseudo6, false, read_back) == Drop::none);
    RC_ASSERT(read_back.type == message.type && read_back.code == message.code);
    RC_ASSERT(read_back.rest == message.rest);
    RC_ASSERT(read_back.payload.flatten() == message.payload.flatten());
  }));
}

// SECURITY E7: no errors about errors, nor about what went to many, nor to nobody.
// RFC 4443 2.1.
TEST(Icmpv6, SecurityE7WhenErrorsMayBeTold) {
  const IpAddress host{0x2001'0db8'0000'0000, 1}, us{0x2001'0db8'0000'0000, 2},
      group{0xff02'0000'0000'0000, 1};
  const std::uint8_t types[] = {Icmpv6Type::destination_unreachable, Icmpv6Type::packet_too_big,
                                Icmpv6Type::time_exceeded, Icmpv6Type::parameter_problem};
  for (const std::uint8_t type : types)
    for (const bool for_groups : {false, true})
      for (const IpAddress source : {host, IpAddress{}, group})
        for (const IpAddress destination : {us, group})
          for (const bool link_group : {false, true})
            for (int inner = -1; inner < 256; ++inner) {
              Offence offence{source, destination, 17, std::nullopt, link_group};
              if (inner >= 0) {
                offence.protocol = NextHeader::icmpv6;
                offence.icmpv6_type = static_cast<std::uint8_t>(inner);
              }
              bool expected = source == host;
              if ((inner >= 0 && inner < 128) || inner == 137) expected = false;
              if ((destination == group || link_group) && type != 2 && !(type == 4 && for_groups))
                expected = false;
              ASSERT_EQ(may_tell_error(type, for_groups, offence), expected)
                  << int{type} << for_groups << link_group << inner;
            }
}

// RFC 4443 2.4 (c).
TEST(Icmpv6, LongestErrorFitsTheLeastMtu) { EXPECT_EQ(longest_icmpv6_quote, 1232u); }

Octets quoted_packet(std::uint8_t next) {
  auto packet =
      hex("60000000 0400 0040 20010db8000000000000000000000001 20010db8000000000000000000000002");
  packet[6] = next;
  return packet;
}

TEST(Icmpv6, QuotedSegment) {
  QuotedPacket6 quoted;
  ASSERT_EQ(read(quoted_packet(6) + hex("c0000050 000003e8"), quoted), Drop::none);
  EXPECT_TRUE(quoted.has_transport);
  EXPECT_EQ(quoted.protocol, 6);
  EXPECT_EQ(quoted.ip.destination, (IpAddress{0x2001'0db8'0000'0000, 2}));
  EXPECT_EQ(quoted.source_port, 49152);
  EXPECT_EQ(quoted.destination_port, 80);
  EXPECT_EQ(quoted.tcp_seq, 1000u);
}

TEST(Icmpv6, QuoteBehindExtensionHeaders) {
  QuotedPacket6 quoted;
  ASSERT_EQ(read(quoted_packet(44) + hex("1100 0001 00000007 00350036 00101234"), quoted),
            Drop::none);
  EXPECT_TRUE(quoted.has_transport);
  EXPECT_EQ(quoted.protocol, 17);
  EXPECT_EQ(quoted.source_port, 53);
  ASSERT_EQ(read(quoted_packet(58) + hex("80000000 00070001"), quoted), Drop::none);
  EXPECT_EQ(quoted.source_port, 7);
  EXPECT_TRUE(quoted.has_transport);
  ASSERT_EQ(read(quoted_packet(58) + hex("81000000 00070001"), quoted), Drop::none);
  EXPECT_FALSE(quoted.has_transport) << "an error about a reply of ours is nobody's";
}

TEST(Icmpv6, QuotesThatNameNoTransport) {
  const auto quote = quoted_packet(60) + hex("0600 1e0400000000 c0000050 000003e8");
  for (std::size_t size = 0; size <= quote.size(); ++size) {
    const Octets cut(quote.begin(), quote.begin() + static_cast<long>(size));
    QuotedPacket6 quoted;
    EXPECT_EQ(read(cut, quoted), size < 40 ? Drop::icmp_malformed : Drop::none) << size;
    EXPECT_EQ(quoted.has_transport, size == quote.size()) << size;
  }
  QuotedPacket6 quoted;
  ASSERT_EQ(read(quoted_packet(44) + hex("0600 0008 00000007 c0000050 000003e8"), quoted),
            Drop::none);
  EXPECT_FALSE(quoted.has_transport) << "a later fragment holds no ports";
}

}  // namespace
}  // namespace acksu::wire::icmpv6_test
