// Neighbours that lie, and strangers that ask for all of them: by ARP, through
// a whole host.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "host/pair_test.h"
#include "wire/arp.h"
#include "wire/udp.h"

namespace acksu::neighbours_test {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr MacAddress mac_of_a{{2, 0, 0, 0, 0, 1}}, mac_of_b{{2, 0, 0, 0, 0, 2}};
constexpr MacAddress mac_of_attacker{{2, 0, 0, 0, 0, 0x66}};

Frame arp_frame(BufferPool& pool, MacAddress to, const wire::ArpPacket& arp) {
  Octets bytes(42);
  wire::write(wire::EthernetHeader{to, mac_of_attacker, wire::EtherType::arp}, bytes);
  wire::write(arp, MutableBytes(bytes).subspan(14));
  return Frame{.bytes = BufferChain(pool.copy_of(bytes))};
}

bool is_to(const Frame& frame, MacAddress mac) {
  const Octets bytes = frame.bytes.flatten();
  return std::equal(mac.octets.begin(), mac.octets.end(), bytes.begin());
}

// SECURITY F1: 10,000 answers, requests and announcements that say a peer is
// somewhere else.
TEST(Neighbourhood, ForgedArpNeverMovesAPeer) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  Rng rng{3};
  std::size_t to_attacker = 0, to_peer = 0;
  for (int i = 0; i < 10'000; ++i) {
    wire::ArpPacket arp;
    arp.operation =
        rng.below(2) == 0 ? wire::ArpPacket::Operation::reply : wire::ArpPacket::Operation::request;
    arp.sender_mac = mac_of_attacker;
    arp.sender_ip = Pair::a_address;
    arp.target_mac = rng.below(2) == 0 ? mac_of_b : MacAddress{};
    arp.target_ip = rng.below(3) == 0   ? Pair::a_address
                    : rng.below(2) == 0 ? Pair::b_address
                                        : IpAddress::v4(10, 0, 0, 77);
    const MacAddress to = rng.below(2) == 0 ? mac_of_b : MacAddress{{255, 255, 255, 255, 255, 255}};
    Frame frame = arp_frame(*pair.pool, to, arp);
    pair.b.absorb(0, {&frame, 1}, pair.now);
    if (i % 100 != 0) continue;
    // The peers talk, and time goes on; b finds the place of a out again and
    // again.
    pair.passes = [&](const Frame& each, bool from_a) {
      const bool is_packet = !from_a && each.bytes.flatten()[13] == 0;
      to_attacker += is_packet && is_to(each, mac_of_attacker) ? 1u : 0u;
      to_peer += is_packet && is_to(each, mac_of_a) ? 1u : 0u;
      return true;
    };
    ASSERT_TRUE(pair.b.write(at_b, bytes_of("hello"), pair.now));
    pair.pass(1s);
    ASSERT_EQ(pair.read(pair.a, at_a), "hello");
    pair.heard.clear();
  }
  EXPECT_EQ(to_attacker, 0u);
  EXPECT_GT(to_peer, 80u);
  EXPECT_LE(pair.b.holdings().neighbours, 4u) << "nobody was remembered for what it announced";
}

// SECURITY F2: a router through which a stranger asks for each of 8,000 hosts.
TEST(Neighbourhood, AScanThroughARouterForgetsNoNeighbour) {
  HostSettings router = Pair::settings(2);
  router.forwards = true;
  router.links.push_back({.name = "inside",
                          .mac = {{2, 0, 0, 0, 1, 2}},
                          .addresses = {{IpAddress::v4(10, 1, 0, 1), 16}}});
  router.neighbours.max_entries = 64;
  router.neighbours.max_unresolved = 16;
  Pair pair(Pair::settings(1), router);
  const auto datagram = [&](std::uint32_t host) {
    const IpAddress to = IpAddress::v4(0x0a01'0000 + host);
    Octets bytes(42);
    wire::write(wire::EthernetHeader{mac_of_b, mac_of_a, wire::EtherType::ipv4}, bytes);
    wire::write(wire::Ipv4Header{.total_length = 28,
                                 .ttl = 9,
                                 .protocol = wire::IpProtocol::udp,
                                 .source = Pair::a_address,
                                 .destination = to},
                MutableBytes(bytes).subspan(14));
    const wire::UdpDatagram udp{1000, 2000, {}, {}};
    wire::write_udp(udp, {Pair::a_address, to}, MutableBytes(bytes).subspan(34));
    Frame frame{.bytes = BufferChain(pair.pool->copy_of(bytes))};
    pair.b.absorb(0, {&frame, 1}, pair.now);
  };
  // What the router says inside; it answers ARP for one host, which is really
  // there.
  const IpAddress friendly = IpAddress::v4(10, 1, 0, 7);
  std::size_t delivered = 0;
  const auto inside = [&] {
    std::vector<Frame> frames;
    pair.b.emit(1, frames, 1000, pair.now);
    for (const Frame& frame : frames) {
      const Octets bytes = frame.bytes.flatten();
      if (bytes[13] == 0) ++delivered;
      wire::ArpPacket asked;
      if (bytes[13] != 6 || wire::read(Bytes(bytes).subspan(14), asked) != Drop::none) continue;
      if (asked.target_ip != friendly) continue;
      Frame answer = arp_frame(*pair.pool, {{2, 0, 0, 0, 1, 2}},
                               {.operation = wire::ArpPacket::Operation::reply,
                                .sender_mac = {{2, 0, 0, 0, 1, 7}},
                                .sender_ip = friendly,
                                .target_mac = asked.sender_mac,
                                .target_ip = asked.sender_ip});
      pair.b.absorb(1, {&answer, 1}, pair.now);
    }
  };
  const auto tick = [&] {
    pair.now += 1ms;
    pair.b.on_time(pair.now);
    inside();
    std::vector<Frame> outside;
    pair.b.emit(0, outside, 1000, pair.now);
  };
  datagram(7);
  tick();
  tick();
  ASSERT_EQ(delivered, 1u);
  std::size_t sent = 1;
  for (std::uint32_t host = 8; host < 0x1fff; ++host) {
    datagram(host);
    if (host % 64 != 0) continue;
    datagram(7);
    ++sent;
    tick();
    ASSERT_LE(pair.b.holdings().neighbours, 64u + 64u);
  }
  tick();
  EXPECT_EQ(delivered, sent) << "who was known stays reachable";
}

}  // namespace
}  // namespace acksu::neighbours_test
