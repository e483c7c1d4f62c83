// A large segment in pieces.
#include "packetdrill/cut_packet.h"

#include <gtest/gtest.h>

#include "host/packets_test.h"

namespace acksu::packetdrill {
namespace {

using test::at;
using test::Octets;
using test::Packets;

constexpr std::uint16_t all_flags = Flags::ack | Flags::psh | Flags::fin | Flags::cwr;

test::Said large_segment() {
  test::Said said{.protocol = wire::IpProtocol::tcp,
                  .from = at("10.0.0.1:80"),
                  .to = at("10.0.0.2:40000"),
                  .flags = all_flags,
                  .seq = 0xffff'ff00};
  for (int i = 0; i < 2500; ++i) said.text.push_back(static_cast<std::uint8_t>(i));
  return said;
}

TEST(CutPacket, PiecesCarryTheTextInOrderAndTheirShareOfTheFlags) {
  Packets packets;
  const test::Said said = large_segment();
  const std::vector<PacketBytes> pieces = cut_packet(packets.bytes_of(said), 1000);
  ASSERT_EQ(pieces.size(), 3u);
  Octets text;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    wire::Ipv4Header ip;
    ASSERT_EQ(wire::read(pieces[i], ip), Drop::none) << "also its checksum";
    EXPECT_EQ(ip.total_length, pieces[i].size());
    Segment segment;
    std::uint32_t headers = 0;
    ASSERT_EQ(wire::read_tcp_header(Bytes{pieces[i]}.subspan(20), segment, headers), Drop::none);
    EXPECT_EQ(segment.seq, Seq{said.seq} + static_cast<std::uint32_t>(1000 * i));
    EXPECT_EQ(segment.has(Flags::cwr), i == 0);
    EXPECT_EQ(segment.has(Flags::psh), i == 2);
    EXPECT_EQ(segment.has(Flags::fin), i == 2);
    EXPECT_TRUE(segment.has(Flags::ack));
    text.insert(text.end(), pieces[i].begin() + 20 + headers, pieces[i].end());
  }
  EXPECT_EQ(text, said.text);
}

TEST(CutPacket, WhatNobodyIsToCutStaysAsItIs) {
  Packets packets;
  const Octets packet = packets.bytes_of(large_segment());
  EXPECT_EQ(cut_packet(packet, 0), std::vector<PacketBytes>{packet});
}

}  // namespace
}  // namespace acksu::packetdrill
