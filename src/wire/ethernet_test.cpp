// Ethernet and ARP: exact bytes, round trips, every truncation.
#include "wire/ethernet.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/arp.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;

constexpr MacAddress client{{0x02, 0, 0, 0, 0, 0x01}};

MacAddress any_mac() { return {*rc::gen::arbitrary<std::array<std::uint8_t, 6>>()}; }
IpAddress any_ip() { return IpAddress::v4(*rc::gen::arbitrary<std::uint32_t>()); }

TEST(Ethernet, ExactBytes) {  // RFC 1122 2.3.3 (a).
  const auto expected = hex("ffffffffffff 020000000001 0806");
  const EthernetHeader header{MacAddress::broadcast(), client, EtherType::arp};
  std::array<std::uint8_t, EthernetHeader::size> room{};
  EXPECT_EQ(write(header, room), 14u);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));
  EthernetHeader read_back;
  EXPECT_EQ(read(expected, read_back), Drop::none);
  EXPECT_EQ(read_back, header);
}

TEST(Ethernet, EveryTruncationIsDropped) {
  const auto frame = hex("ffffffffffff 020000000001 0806");
  EthernetHeader header;
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const std::vector<std::uint8_t> cut(frame.begin(),
                                        frame.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(read(cut, header), Drop::ethernet_truncated) << size;
  }
}

TEST(Ethernet, LengthsAreNoTypes) {
  EthernetHeader header;
  EXPECT_EQ(read(hex("ffffffffffff 020000000001 05ff"), header), Drop::ethernet_unknown_type);
  EXPECT_EQ(read(hex("ffffffffffff 020000000001 0600"), header), Drop::none);
}

TEST(Ethernet, RoundTrip) {
  EXPECT_TRUE(rc::check([] {
    const EthernetHeader header{any_mac(), any_mac(),
                                *rc::gen::inRange<std::uint16_t>(0x600, 0xffff)};
    std::array<std::uint8_t, 20> room{};
    RC_ASSERT(write(header, room) == EthernetHeader::size);
    EthernetHeader read_back;
    RC_ASSERT(read(room, read_back) == Drop::none);
    RC_ASSERT(read_back == header);
  }));
}

const char* const request_bytes =
    "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002";

TEST(Arp, ExactBytes) {
  const auto expected = hex(request_bytes);
  const ArpPacket request{ArpPacket::Operation::request, client, IpAddress::v4(10, 0, 0, 1),
                          MacAddress{}, IpAddress::v4(10, 0, 0, 2)};
  std::array<std::uint8_t, ArpPacket::size> room{};
  EXPECT_EQ(write(request, room), 28u);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), expected.begin(), expected.end()));
  ArpPacket read_back;
  EXPECT_EQ(read(expected, read_back), Drop::none);
  EXPECT_EQ(read_back, request);
}

TEST(Arp, PaddingIsIgnored) {
  ArpPacket packet;
  EXPECT_EQ(read(test::operator+(hex(request_bytes), hex("000000000000")), packet), Drop::none);
}

TEST(Arp, Malformed) {
  const struct {
    const char* why;
    std::size_t offset;
    std::uint8_t value;
  } rows[] = {{"hardware", 1, 6},      {"hardware", 0, 1},     {"protocol IPv6", 2, 0x86},
              {"MAC length 0", 4, 0},  {"MAC length 8", 4, 8}, {"IP length 0", 5, 0},
              {"IP length 16", 5, 16}, {"operation 0", 7, 0},  {"operation 3", 7, 3},
              {"operation 257", 6, 1}, {"group sender", 8, 1}};
  for (const auto& row : rows) {
    auto packet = hex(request_bytes);
    packet[row.offset] = row.value;
    ArpPacket out;
    EXPECT_EQ(read(packet, out), Drop::arp_malformed) << row.why;
  }
}

// RFC 903: the same form with operations 3 and 4, under a type of its own; neither is the other.
TEST(Arp, ReverseHasItsOwnOperations) {
  const auto request = hex("0001 0800 06 04 0003 020000000001 00000000 020000000001 00000000");
  const ArpPacket expected{ArpPacket::Operation::reverse_request, client, IpAddress::v4(0), client,
                           IpAddress::v4(0)};
  std::array<std::uint8_t, ArpPacket::size> room{};
  EXPECT_EQ(write(expected, room), 28u);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), request.begin(), request.end()));
  ArpPacket packet;
  ASSERT_EQ(read_reverse(request, packet), Drop::none);
  EXPECT_EQ(packet, expected);
  EXPECT_TRUE(packet.is_reverse());
  for (std::uint8_t operation = 0; operation < 7; ++operation) {
    auto other = request;
    other[7] = operation;
    const bool is_arp = operation == 1 || operation == 2,
               is_rarp = operation == 3 || operation == 4;
    EXPECT_EQ(read(other, packet), is_arp ? Drop::none : Drop::arp_malformed) << +operation;
    EXPECT_EQ(read_reverse(other, packet), is_rarp ? Drop::none : Drop::rarp_malformed);
  }
  for (std::size_t size = 0; size < request.size(); ++size) {
    EXPECT_EQ(read_reverse(Bytes(request).first(size), packet), Drop::rarp_malformed) << size;
  }
}

TEST(Arp, EveryTruncationIsDropped) {
  const auto packet = hex(request_bytes);
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const std::vector<std::uint8_t> cut(packet.begin(),
                                        packet.begin() + static_cast<std::ptrdiff_t>(size));
    ArpPacket out;
    EXPECT_EQ(read(cut, out), Drop::arp_malformed) << size;
  }
}

TEST(Arp, RoundTrip) {
  EXPECT_TRUE(rc::check([] {
    ArpPacket packet{*rc::gen::element(ArpPacket::Operation::request, ArpPacket::Operation::reply),
                     any_mac(), any_ip(), any_mac(), any_ip()};
    packet.sender_mac.octets[0] &= 0xfe;
    std::array<std::uint8_t, ArpPacket::size> room{};
    RC_ASSERT(write(packet, room) == ArpPacket::size);
    ArpPacket read_back;
    RC_ASSERT(read(room, read_back) == Drop::none);
    RC_ASSERT(read_back == packet);
  }));
}

TEST(ArpDeathTest, WritesIpv4Only) {
  std::array<std::uint8_t, ArpPacket::size> room{};
  ArpPacket packet;  // its addresses are ::
  EXPECT_DEATH(write(packet, room), "is_v4");
}

}  // namespace
}  // namespace acksu::wire
