// Marks of congestion: which packets may be marked, and that their checksums stay right.
#include "sim/congestion_mark.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "sim/packet.h"

namespace acksu::sim {
namespace {

class Marks : public testing::TestWithParam<bool> {
 protected:
  // With that ECN field, and a checksum that fits if it has one.
  Frame frame(Ecn codepoint) {
    TcpPacket packet;
    packet.segment.flags = Flags{Flags::ack};
    packet.segment.source_port = 1;
    packet.segment.destination_port = 2;
    const bool is_v4 = GetParam();
    packet.source = is_v4 ? IpAddress::v4(10, 0, 0, 1) : *parse_ip("2001:db8::1");
    packet.destination = is_v4 ? IpAddress::v4(10, 0, 0, 2) : *parse_ip("2001:db8::2");
    Frame made = make_frame(packet, pool);
    const MutableBytes ip = made.bytes[0].writable().subspan(ethernet_bytes);
    const auto field = static_cast<std::uint8_t>(codepoint);
    ip[1] = static_cast<std::uint8_t>(is_v4 ? 0xb8 | field : 0x80 | field << 4 | 0x0f);
    if (is_v4) {
      store_be16(&ip[10], 0);
      store_be16(&ip[10], sum_of(ip.first(20)).checksum());
    }
    return made;
  }

  BufferPool pool;
};

TEST_P(Marks, TheFieldIsRead) {
  for (const Ecn each :
       {Ecn::not_capable, Ecn::capable, Ecn::capable_1, Ecn::congestion_experienced}) {
    EXPECT_EQ(ecn_codepoint(frame(each), LinkKind::ethernet), each);
  }
}

// RFC 3168 5: only the field changes, and IPv4's checksum with it.
TEST_P(Marks, OnlyTheFieldChangesAndTheChecksumFits) {
  for (const Ecn each : {Ecn::capable, Ecn::capable_1}) {
    const Frame before = frame(each);
    const std::vector<std::uint8_t> old = before.bytes.flatten();
    const Frame after = marked(before, LinkKind::ethernet, pool);
    EXPECT_EQ(before.bytes.flatten(), old);
    EXPECT_EQ(ecn_codepoint(after, LinkKind::ethernet), Ecn::congestion_experienced);
    std::vector<std::uint8_t> expected = old;
    std::uint8_t* const ip = expected.data() + ethernet_bytes;
    ip[1] = static_cast<std::uint8_t>(ip[1] | (GetParam() ? 0x03 : 0x30));
    if (GetParam()) {
      store_be16(ip + 10, 0);
      store_be16(ip + 10, sum_of(Bytes{ip, 20}).checksum());
    }
    EXPECT_EQ(after.bytes.flatten(), expected);
    EXPECT_TRUE(!GetParam() || read_tcp(after));
  }
}

TEST_P(Marks, AnIpLinkHasNoHeaderBefore) {
  Frame bare = frame(Ecn::capable);
  bare.bytes.drop_front(ethernet_bytes);
  EXPECT_EQ(ecn_codepoint(bare, LinkKind::ip), Ecn::capable);
  EXPECT_EQ(ecn_codepoint(marked(bare, LinkKind::ip, pool), LinkKind::ip),
            Ecn::congestion_experienced);
}

TEST(MarksOfOthers, WhatIsNoIpPacketHasNone) {
  BufferPool pool;
  Slice slice = pool.allocate(60);
  for (std::uint8_t& octet : slice.writable()) octet = 0xff;
  const Frame frame{BufferChain{std::move(slice)}, 0, false};
  EXPECT_EQ(ecn_codepoint(frame, LinkKind::ethernet), Ecn::not_capable);
  EXPECT_EQ(ecn_codepoint(frame, LinkKind::ip), Ecn::not_capable);
}

INSTANTIATE_TEST_SUITE_P(Family, Marks, testing::Bool(), [](const auto& family) {
  return std::string{family.param ? "IPv4" : "IPv6"};
});

}  // namespace
}  // namespace acksu::sim
