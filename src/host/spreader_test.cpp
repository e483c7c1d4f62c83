// Whose a frame is: flows, errors that quote them, fragments, and what concerns all.
#include "host/spreader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "host/packets_test.h"
#include "wire/ethernet.h"
#include "wire/icmpv6.h"
#include "wire/vlan.h"

namespace acksu::spreader_test {
namespace {

constexpr MacAddress ours{{2, 0, 0, 0, 0, 1}}, theirs{{2, 0, 0, 0, 0, 2}};
constexpr std::uint32_t everybody = Spreader::everybody;
using Octets = test::Octets;

struct SpreaderTest : testing::Test {
  test::Packets packets;
  Steering steering{{11, 12}, 5};
  Spreader spreader{steering, LinkKind::ethernet};
  std::vector<Steered> out;

  Frame framed(const Octets& packet, std::uint16_t type = wire::EtherType::ipv4,
               const MacAddress& to = ours) {
    Octets bytes(14);
    wire::write(wire::EthernetHeader{to, theirs, type}, bytes);
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    return {.bytes = packets.chain(bytes)};
  }
  Frame framed(const test::Said& said) { return framed(packets.bytes_of(said)); }
  // The one shard, of a frame that waits for nothing.
  std::uint32_t shard_of(Frame frame, Spreader& by) {
    out.clear();
    by.steer(std::move(frame), out);
    EXPECT_EQ(out.size(), 1u);
    return out.empty() ? 99 : out[0].shard;
  }
  std::uint32_t shard_of(Frame frame) { return shard_of(std::move(frame), spreader); }
  std::uint32_t shard_of(const test::Said& said) { return shard_of(framed(said)); }

  Octets v6(std::uint8_t protocol, const char* from, const char* to, const Octets& behind) {
    const wire::Ipv6Header header{.payload_length = static_cast<std::uint16_t>(behind.size()),
                                  .next_header = protocol,
                                  .hop_limit = 64,
                                  .source = *parse_ip(from),
                                  .destination = *parse_ip(to)};
    Octets bytes(40);
    wire::write(header, bytes);
    bytes.insert(bytes.end(), behind.begin(), behind.end());
    return bytes;
  }
};

FourTuple flow(const char* local, const char* remote) {
  return {test::at(local), test::at(remote)};
}

TEST_F(SpreaderTest, FlowsGoWhereTheyAreSteered) {
  for (std::uint16_t port = 1000; port < 1200; ++port) {
    const std::string client = "10.0.0.9:" + std::to_string(port);
    EXPECT_EQ(shard_of(test::tcp(client.c_str(), "10.0.0.1:80", 2)),
              steering.of_tcp(flow("10.0.0.1:80", client.c_str())));
    EXPECT_EQ(shard_of(test::udp(client.c_str(), "10.0.0.1:53")),
              steering.of_udp(flow("10.0.0.1:53", client.c_str())));
    EXPECT_EQ(shard_of(test::udp(client.c_str(), "10.0.0.1:40000")), steering.of_udp_port(40000));
  }
  const Octets ports{0x30, 0x39, 0, 80, 0, 0, 0, 0};
  EXPECT_EQ(shard_of(framed(v6(6, "2001:db8::9", "2001:db8::1", ports), wire::EtherType::ipv6)),
            steering.of_tcp(flow("[2001:db8::1]:80", "[2001:db8::9]:12345")));
}

TEST_F(SpreaderTest, ReadsBehindATagAndWithoutEthernet) {
  const test::Said said = test::tcp("10.0.0.9:1234", "10.0.0.1:80", 2);
  const std::uint32_t shard = steering.of_tcp(flow("10.0.0.1:80", "10.0.0.9:1234"));
  Octets tagged(4);
  wire::write(wire::VlanTag{.id = 7, .type = wire::EtherType::ipv4}, tagged);
  const Octets packet = packets.bytes_of(said);
  tagged.insert(tagged.end(), packet.begin(), packet.end());
  EXPECT_EQ(shard_of(framed(tagged, wire::EtherType::vlan)), shard);
  Spreader bare{steering, LinkKind::ip};
  EXPECT_EQ(shard_of({.bytes = packets.chain(packet)}, bare), shard);
  EXPECT_EQ(
      shard_of({.bytes = packets.chain(v6(6, "2001:db8::9", "2001:db8::1", {0x30, 0x39, 0, 80}))},
               bare),
      steering.of_tcp(flow("[2001:db8::1]:80", "[2001:db8::9]:12345")));
}

TEST_F(SpreaderTest, ErrorsGoToTheFlowThatTheyQuote) {
  for (std::uint16_t port = 2000; port < 2100; ++port) {
    const std::string client = "10.0.0.1:" + std::to_string(port);
    for (const auto& said : {test::tcp(client.c_str(), "192.0.2.7:80", 16),
                             test::udp(client.c_str(), "192.0.2.7:53")}) {
      const bool is_tcp = said.protocol == wire::IpProtocol::tcp;
      const FourTuple quoted{said.from, said.to};
      EXPECT_EQ(shard_of(test::error("10.0.0.254", "10.0.0.1", 3, packets.bytes_of(said))),
                is_tcp ? steering.of_tcp(quoted) : steering.of_udp(quoted));
    }
  }
  Octets message(8);
  message[0] = wire::Icmpv6Type::packet_too_big;
  const Octets quote = v6(6, "2001:db8::1", "2001:db8::9", Octets(20, 1));
  message.insert(message.end(), quote.begin(), quote.end());
  EXPECT_EQ(shard_of(framed(v6(58, "2001:db8::fe", "2001:db8::1", message), wire::EtherType::ipv6)),
            steering.of_tcp(flow("[2001:db8::1]:257", "[2001:db8::9]:257")));
}

// A quote in another piece of the frame than its headers is found, too.
TEST_F(SpreaderTest, ReadsAnErrorInPieces) {
  const test::Said said = test::tcp("10.0.0.1:2000", "192.0.2.7:80", 16);
  const Octets whole =
      framed(test::error("10.0.0.254", "10.0.0.1", 3, packets.bytes_of(said))).bytes.flatten();
  for (const std::size_t cut : {35u, 41u, 42u, 60u}) {
    BufferChain chain = packets.chain({whole.begin(), whole.begin() + static_cast<long>(cut)});
    chain.append(packets.chain({whole.begin() + static_cast<long>(cut), whole.end()}));
    EXPECT_EQ(shard_of({.bytes = std::move(chain)}), steering.of_tcp({said.from, said.to})) << cut;
  }
}

TEST_F(SpreaderTest, WhatConcernsAllGoesToAll) {
  EXPECT_EQ(shard_of(framed(Octets(28), wire::EtherType::arp)), everybody);
  test::Said igmp = test::udp("10.0.0.9:1", "224.0.0.1:1");
  igmp.protocol = wire::IpProtocol::igmp;
  EXPECT_EQ(shard_of(igmp), everybody);
  EXPECT_EQ(shard_of(test::udp("10.0.0.9:5000", "239.1.2.3:5000")), everybody);
  EXPECT_EQ(shard_of(framed(packets.bytes_of(test::udp("10.0.0.9:1", "10.0.0.255:9")),
                            wire::EtherType::ipv4, MacAddress::broadcast())),
            everybody);
  for (const int type : {130, 131, 132, 133, 134, 135, 136, 137, 143}) {
    Octets message(24);
    message[0] = static_cast<std::uint8_t>(type);
    EXPECT_EQ(shard_of(framed(v6(58, "fe80::9", "ff02::1", message), wire::EtherType::ipv6)),
              everybody)
        << type;
  }
}

TEST_F(SpreaderTest, AllElseIsTheFirstShards) {
  EXPECT_EQ(shard_of(test::echo("10.0.0.9", "10.0.0.1", 8, 1)), 0u);
  EXPECT_EQ(shard_of(test::echo("10.0.0.9", "10.0.0.1", 0, 1)), 0u);
  test::Said ospf = test::udp("10.0.0.9:1", "224.0.0.5:1");
  ospf.protocol = 89;
  EXPECT_EQ(shard_of(ospf), 0u);
  EXPECT_EQ(shard_of(framed(Octets(28), wire::EtherType::rarp)), 0u);
  for (const int port : {67, 68}) {
    test::Said dhcp = test::udp("10.0.0.9:67", "10.0.0.1:68");
    dhcp.to.port = static_cast<std::uint16_t>(port);
    EXPECT_EQ(shard_of(dhcp), 0u);
  }
  // SECURITY A1: what cannot be read is counted there.
  EXPECT_EQ(shard_of(Frame{}), 0u);
  EXPECT_EQ(shard_of({.bytes = packets.chain(Octets(13))}), 0u);
  EXPECT_EQ(shard_of(framed(Octets(19, 0x45))), 0u);
  EXPECT_EQ(shard_of(framed(Octets{}, wire::EtherType::ipv6)), 0u);
  Octets damaged = packets.bytes_of(test::tcp("10.0.0.9:1234", "10.0.0.1:80", 2));
  damaged[10] ^= 1;
  EXPECT_EQ(shard_of(framed(damaged)), 0u);
}

// ---- Fragments ----------------------------------------------------------------------------------

struct SpreaderFragmentsTest : SpreaderTest {
  // The three pieces of a datagram, and where its flow is steered.
  std::vector<Octets> pieces_of(std::uint16_t port, std::uint16_t identification = 4711) {
    test::Said said = test::udp("10.0.0.9:1", "10.0.0.1:7", Octets(40, 7));
    said.from.port = port;
    const Octets whole = packets.bytes_of(said);
    std::vector<Octets> pieces;
    for (std::uint16_t offset = 0; offset < 48; offset += 16) {
      wire::Ipv4Header header;
      header.total_length = 36;
      header.identification = identification;
      header.more_fragments = offset < 32;
      header.fragment_offset_bytes = offset;
      header.protocol = wire::IpProtocol::udp;
      header.source = said.from.address;
      header.destination = said.to.address;
      Octets piece(36);
      wire::write(header, piece);
      std::copy_n(whole.begin() + 20 + offset, 16, piece.begin() + 20);
      pieces.push_back(std::move(piece));
    }
    return pieces;
  }
  std::uint32_t shard_of_port(std::uint16_t port) const {
    return steering.of_udp({test::at("10.0.0.1:7"), {*parse_ip("10.0.0.9"), port}});
  }
  void give(const Octets& piece) { spreader.steer(framed(piece), out); }
};

TEST_F(SpreaderFragmentsTest, FollowTheFirstInWhateverOrderTheyCome) {
  for (std::uint16_t port = 1; port < 60; ++port) {
    const std::vector<Octets> pieces = pieces_of(port, port);
    std::vector<int> order{0, 1, 2};
    do {
      out.clear();
      for (const int which : order) give(pieces[static_cast<std::size_t>(which)]);
      ASSERT_EQ(out.size(), 3u);
      for (const Steered& each : out) EXPECT_EQ(each.shard, shard_of_port(port));
      EXPECT_EQ(spreader.waiting(), 0u);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_F(SpreaderFragmentsTest, OfTwoPacketsDoNotMix) {
  std::uint16_t other = 2;
  while (shard_of_port(other) == shard_of_port(1)) ++other;
  give(pieces_of(1, 100)[1]);
  give(pieces_of(other, 101)[1]);
  EXPECT_TRUE(out.empty());
  give(pieces_of(other, 101)[0]);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[1].shard, shard_of_port(other));
  EXPECT_EQ(spreader.waiting(), 1u);
}

// SECURITY E2: later fragments without a first one take a bounded place, and nobody's way.
TEST_F(SpreaderFragmentsTest, AttackFloodOfLaterFragments) {
  for (std::uint16_t i = 0; i < 10'000; ++i) give(pieces_of(9, i)[2]);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(spreader.waiting(), Spreader::most_waiting);
  EXPECT_EQ(spreader.lost(), 10'000 - Spreader::most_waiting);
  const std::vector<Octets> honest = pieces_of(5, 20'000);
  for (const Octets& piece : honest) give(piece);
  ASSERT_EQ(out.size(), 3u);
  for (const Steered& each : out) EXPECT_EQ(each.shard, shard_of_port(5));
}

// SECURITY A1: any bytes have a way, and none is out of range.
TEST_F(SpreaderFragmentsTest, AttackAnyBytes) {
  Rng rng{5};
  const std::vector<Octets> pieces = pieces_of(1);
  const std::vector<Octets> seeds{
      framed(pieces[0]).bytes.flatten(), framed(pieces[1]).bytes.flatten(),
      framed(test::error("10.0.0.254", "10.0.0.1", 3, pieces[0])).bytes.flatten(),
      framed(v6(44, "2001:db8::9", "2001:db8::1", Octets(40, 6)), wire::EtherType::ipv6)
          .bytes.flatten()};
  for (int i = 0; i < 20'000; ++i) {
    Octets bytes = seeds[rng.below(seeds.size())];
    bytes.resize(rng.below(bytes.size() + 1));
    for (std::uint64_t changes = rng.below(4); changes > 0 && !bytes.empty(); --changes) {
      bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.next());
    }
    out.clear();
    spreader.steer({.bytes = packets.chain(bytes)}, out);
    for (const Steered& each : out) EXPECT_TRUE(each.shard < 5 || each.shard == everybody);
  }
}

}  // namespace
}  // namespace acksu::spreader_test
