// Packets rewritten field by field, with checksums that hold.
#include "host/nat_packet.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "host/checksum_update.h"
#include "host/packets_test.h"

namespace acksu::nat_packet_test {
namespace {

using test::at;
using test::Octets;
using test::Said;

// RFC 1624: against the sum taken anew.
TEST(ChecksumUpdate, IsTheSumTakenAnew) {
  Rng rng{1};
  for (int i = 0; i < 20'000; ++i) {
    Octets bytes(20);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
    if (rng.chance(100'000)) std::fill(bytes.begin(), bytes.end(), std::uint8_t{0xff});
    store_be16(bytes.data() + 10, 0);
    const std::uint16_t checksum = sum_of(bytes).checksum();
    ChecksumUpdate update;
    const auto address = static_cast<std::uint32_t>(rng.chance(100'000) ? 0 : rng.next());
    const auto port = static_cast<std::uint16_t>(rng.next());
    update.replace32(load_be32(bytes.data() + 12), address);
    update.replace16(load_be16(bytes.data() + 16), port);
    store_be32(bytes.data() + 12, address);
    store_be16(bytes.data() + 16, port);
    store_be16(bytes.data() + 10, update.applied_to(checksum));
    EXPECT_EQ(sum_of(bytes).folded(), 0xffff);
  }
}

// The example of RFC 1624 section 4: 0x5555 becomes 0x3285 under a checksum of 0xdd2f.
TEST(ChecksumUpdate, TheExampleOfTheRfc) {
  ChecksumUpdate update;
  update.replace16(0x5555, 0x3285);
  EXPECT_EQ(update.applied_to(0xdd2f), 0x0000);
}

struct NatPacketTest : testing::Test {
  test::Packets packets;

  Said rewritten(BufferChain packet, const char* from, const char* to) {
    const Octets before = packet.flatten();
    const BufferChain original = packet;
    NatPacket opened;
    EXPECT_EQ(opened.open(packet), Drop::none);
    opened.set_source(v4_endpoint(at(from)));
    opened.set_destination(v4_endpoint(at(to)));
    opened.write(packet);
    EXPECT_EQ(original.flatten(), before) << "others may still read the old block";
    return packets.read(packet);
  }
};

TEST_F(NatPacketTest, TcpAndUdp) {
  for (const std::size_t size : {0u, 1u, 2u, 999u, 1400u}) {
    Said said = test::tcp("10.0.0.1:1234", "8.8.8.8:80", Flags::ack);
    said.text = Octets(size, 0x5a);
    for (const std::uint8_t protocol : {wire::IpProtocol::tcp, wire::IpProtocol::udp}) {
      said.protocol = protocol;
      const Said after = rewritten(packets.packet(said), "203.0.113.7:4321", "9.9.9.9:81");
      EXPECT_EQ(after.from, at("203.0.113.7:4321"));
      EXPECT_EQ(after.to, at("9.9.9.9:81"));
      EXPECT_EQ(after.text, said.text);
    }
  }
}

TEST_F(NatPacketTest, Queries) {
  const BufferChain ping = packets.packet(test::echo("10.0.0.1", "8.8.8.8", 8, 77));
  Said after = rewritten(ping, "203.0.113.7:99", "8.8.8.8:0");
  EXPECT_EQ(after.id, 99);
  EXPECT_EQ(after.type, 8);
  const BufferChain pong = packets.packet(test::echo("8.8.8.8", "203.0.113.7", 0, 99));
  after = rewritten(pong, "8.8.8.8:0", "10.0.0.1:77");
  EXPECT_EQ(after.id, 77);
  EXPECT_EQ(after.to.address, IpAddress::v4(10, 0, 0, 1));
}

// A header in one slice and text in another, or a header in pieces.
TEST_F(NatPacketTest, SlicesOfAllSizes) {
  Said said = test::tcp("10.0.0.1:1234", "8.8.8.8:80", Flags::ack);
  said.text = Octets(100, 0x5a);
  const Octets bytes = packets.bytes_of(said);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    BufferChain packet = packets.chain({bytes.begin(), bytes.begin() + static_cast<long>(cut)});
    packet.append(packets.chain({bytes.begin() + static_cast<long>(cut), bytes.end()}));
    const Said after = rewritten(packet, "203.0.113.7:4321", "8.8.8.8:80");
    EXPECT_EQ(after.from, at("203.0.113.7:4321"));
    EXPECT_EQ(after.text, said.text);
  }
}

// SECURITY H4: a UDP checksum of zero says that there is none, and stays.
TEST_F(NatPacketTest, AttackUdpChecksumZero) {
  Octets bytes = packets.bytes_of(test::udp("10.0.0.1:1234", "8.8.8.8:53"));
  bytes[26] = bytes[27] = 0;
  const BufferChain packet = packets.chain(bytes);
  BufferChain after = packet;
  NatPacket opened;
  ASSERT_EQ(opened.open(after), Drop::none);
  opened.set_source(v4_endpoint(at("203.0.113.7:4321")));
  opened.write(after);
  const Octets result = after.flatten();
  EXPECT_EQ(load_be16(result.data() + 26), 0);
  EXPECT_EQ(load_be16(result.data() + 20), 4321);
}

// A checksum that comes out as zero is sent as all ones (RFC 768).
TEST_F(NatPacketTest, UdpChecksumThatBecomesZero) {
  bool was_seen = false;
  for (std::uint32_t port = 1; port < 65536; ++port) {
    BufferChain packet = packets.packet(test::udp("10.0.0.1:1234", "8.8.8.8:53", {}));
    NatPacket opened;
    ASSERT_EQ(opened.open(packet), Drop::none);
    opened.set_source({0xcb007107, static_cast<std::uint16_t>(port)});
    opened.write(packet);
    const std::uint16_t checksum = load_be16(packet[0].bytes().data() + 26);
    ASSERT_NE(checksum, 0);
    was_seen = was_seen || checksum == 0xffff;
  }
  EXPECT_TRUE(was_seen);
}

// RFC 5508 section 4.2: quotes from 8 bytes of transport header to all of it.
TEST_F(NatPacketTest, QuotesOfAllLengths) {
  for (const std::uint8_t protocol :
       {wire::IpProtocol::tcp, wire::IpProtocol::udp, wire::IpProtocol::icmp}) {
    Said said = test::tcp("203.0.113.7:4321", "8.8.8.8:80", Flags::ack);
    said.protocol = protocol;
    said.type = 8;
    said.id = 4321;
    said.text = Octets(40, 0x5a);
    const Octets sent = packets.bytes_of(said);
    for (std::size_t length = 28; length <= sent.size(); ++length) {
      const Octets quote(sent.begin(), sent.begin() + static_cast<long>(length));
      BufferChain packet = packets.packet(test::error("9.9.9.9", "203.0.113.7", 3, quote));
      NatPacket opened;
      ASSERT_EQ(opened.open(packet), Drop::none) << length;
      EXPECT_EQ(opened.quoted().near, v4_endpoint(at("203.0.113.7:4321")));
      opened.set_quoted_near(v4_endpoint(at("10.0.0.1:1234")));
      opened.set_destination(v4_endpoint(at("10.0.0.1:0")));
      opened.write(packet);
      const Said after = packets.read(packet);
      EXPECT_EQ(after.to.address, IpAddress::v4(10, 0, 0, 1));
      wire::QuotedPacket quoted;
      ASSERT_EQ(wire::read(after.text, quoted), Drop::none);
      EXPECT_EQ(quoted.ip.source, IpAddress::v4(10, 0, 0, 1));
      if (length == sent.size()) {
        const Said inner = packets.read(after.text);  // its checksums hold too
        EXPECT_EQ(protocol == wire::IpProtocol::icmp ? inner.id : inner.from.port, 1234);
      }
    }
  }
}

// SECURITY A2, H4: every truncation and every value of the length fields.
TEST_F(NatPacketTest, AttackTruncatedAndMislabelledPackets) {
  const Octets quoted = packets.bytes_of(test::udp("203.0.113.7:1", "8.8.8.8:2"));
  for (const Said& said :
       {test::tcp("10.0.0.1:1234", "8.8.8.8:80", Flags::syn), test::udp("10.0.0.1:1", "8.8.8.8:2"),
        test::echo("10.0.0.1", "8.8.8.8", 8, 77),
        test::error("9.9.9.9", "203.0.113.7", 3, quoted)}) {
    const Octets bytes = packets.bytes_of(said);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      Octets cut(bytes.begin(), bytes.begin() + static_cast<long>(length));
      BufferChain packet = packets.chain(cut);
      NatPacket opened;
      EXPECT_NE(opened.open(packet), Drop::none);
      if (length < 20) continue;
      store_be16(cut.data() + 2, static_cast<std::uint16_t>(length));  // agrees with the wire
      store_be16(cut.data() + 10, 0);
      store_be16(cut.data() + 10, sum_of(Bytes{cut}.first(20)).checksum());
      packet = packets.chain(cut);
      NatPacket again;
      if (again.open(packet) == Drop::none) again.write(packet);
    }
  }
}

// SECURITY E3: a fragment may hide its transport header.
TEST_F(NatPacketTest, AttackFragments) {
  Said said = test::tcp("10.0.0.1:1234", "8.8.8.8:80", Flags::syn);
  said.text = Octets(4);
  for (const auto& [more, offset] : {std::pair{true, 0}, {true, 8}, {false, 8}, {false, 1480}}) {
    said.more_fragments = more;
    said.fragment_offset = static_cast<std::uint16_t>(offset);
    BufferChain packet = packets.packet(said);
    NatPacket opened;
    EXPECT_EQ(opened.open(packet), Drop::nat_fragment);
  }
}

// SECURITY A4: options of all types and lengths in the IP header.
TEST_F(NatPacketTest, AttackIpOptions) {
  for (unsigned kind = 0; kind < 256; ++kind) {
    for (unsigned length : {0u, 1u, 2u, 3u, 4u, 5u, 40u, 255u}) {
      Octets bytes = packets.bytes_of(test::udp("10.0.0.1:1", "8.8.8.8:2"));
      const std::uint8_t option[4] = {static_cast<std::uint8_t>(kind),
                                      static_cast<std::uint8_t>(length), 0, 0};
      bytes.insert(bytes.begin() + 20, option, option + 4);
      bytes[0] = 0x46;
      store_be16(bytes.data() + 2, static_cast<std::uint16_t>(bytes.size()));
      store_be16(bytes.data() + 10, 0);
      store_be16(bytes.data() + 10, sum_of(Bytes{bytes}.first(24)).checksum());
      BufferChain packet = packets.chain(bytes);
      NatPacket opened;
      if (opened.open(packet) != Drop::none) continue;
      opened.set_source(v4_endpoint(at("203.0.113.7:4321")));
      opened.write(packet);
      EXPECT_EQ(packets.read(packet).from, at("203.0.113.7:4321")) << kind << ' ' << length;
    }
  }
}

TEST_F(NatPacketTest, DropsWhatItDoesNotKnow) {
  Said said = test::udp("10.0.0.1:1", "8.8.8.8:2");
  said.protocol = 47;
  BufferChain packet = packets.packet(said);
  NatPacket opened;
  EXPECT_EQ(opened.open(packet), Drop::nat_protocol);
  packet = packets.packet(test::echo("10.0.0.1", "8.8.8.8", 5, 1));  // a redirect
  EXPECT_EQ(opened.open(packet), Drop::nat_protocol);
}

}  // namespace
}  // namespace acksu::nat_packet_test
