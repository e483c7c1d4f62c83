// Strangers on the link and beyond: what a host tells them, and what they can
// do to what others have with it. "b" is the host; "a" is a peer of it, and
// strangers send frames of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "host/pair_test.h"
#include "host/pair_v6_test.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/udp.h"

namespace acksu {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr IpAddress victim = IpAddress::v4(10, 0, 0, 3);
constexpr MacAddress mac_of_victim{{2, 0, 0, 0, 0, 3}};

struct Packet {
  std::uint8_t protocol = wire::IpProtocol::udp;
  IpAddress source = Pair::a_address;
  Octets options{};  // of IPv4, whole words
  Octets payload{};
  IpAddress destination = Pair::b_address;
};

Octets packet_of(const Packet& packet) {
  Octets bytes(20);
  const std::size_t size = 20 + packet.options.size() + packet.payload.size();
  wire::write(wire::Ipv4Header{.total_length = static_cast<std::uint16_t>(size),
                               .ttl = 64,
                               .protocol = packet.protocol,
                               .source = packet.source,
                               .destination = packet.destination},
              bytes);
  bytes[0] = static_cast<std::uint8_t>(0x45 + packet.options.size() / 4);
  bytes.insert(bytes.end(), packet.options.begin(), packet.options.end());
  store_be16(&bytes[10], 0);
  store_be16(&bytes[10], sum_of(bytes).checksum());
  bytes.insert(bytes.end(), packet.payload.begin(), packet.payload.end());
  return bytes;
}

Octets echo_request(std::size_t text_bytes) {
  BufferPool pool;
  const Octets text(text_bytes, 0x5a);
  Octets bytes(60);
  const wire::IcmpMessage message{8, 0, 1, 1, BufferChain{pool.copy_of(text)}};
  bytes.resize(wire::write_icmp(message, bytes));
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

Octets datagram(IpAddress source, std::uint16_t port, std::size_t text_bytes) {
  BufferPool pool;
  const Octets text(text_bytes, 0x5a);
  Octets bytes(60);
  const wire::UdpDatagram udp{1000, port, BufferChain{pool.copy_of(text)}, {}};
  bytes.resize(wire::write_udp(udp, {source, Pair::b_address}, bytes));
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

// What one station sees: a frame, and when.
using Sight = std::pair<Instant, Octets>;

class Strangers : public testing::Test {
 protected:
  Frame frame(Bytes packet, MacAddress from = {{2, 0, 0, 0, 0, 1}}) {
    Octets bytes(14);
    wire::write(wire::EthernetHeader{{{2, 0, 0, 0, 0, 2}}, from, wire::EtherType::ipv4}, bytes);
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    return Frame{.bytes = BufferChain(pair.pool->copy_of(bytes))};
  }
  void introduce(Host& host, IpAddress address, MacAddress mac) {
    Octets bytes(42);
    wire::write(wire::EthernetHeader{{{2, 0, 0, 0, 0, 2}}, mac, wire::EtherType::arp}, bytes);
    wire::write(wire::ArpPacket{.operation = wire::ArpPacket::Operation::request,
                                .sender_mac = mac,
                                .sender_ip = address,
                                .target_mac = {},
                                .target_ip = Pair::b_address},
                MutableBytes(bytes).subspan(14));
    give(host, Frame{.bytes = BufferChain(pair.pool->copy_of(bytes))});
    said(host);
  }
  void give(Host& host, Frame given) { host.absorb(0, {&given, 1}, pair.now); }
  // All that a host has to say, whole frames.
  std::vector<Octets> said(Host& host) {
    std::vector<Frame> frames;
    host.emit(0, frames, 10'000, pair.now);
    std::vector<Octets> all;
    for (const Frame& each : frames) all.push_back(each.bytes.flatten());
    return all;
  }
  // Of that, what goes to one station.
  std::vector<Octets> said_to(Host& host, MacAddress mac) {
    std::vector<Octets> all = said(host);
    std::erase_if(all, [&](const Octets& each) {
      return !std::equal(mac.octets.begin(), mac.octets.end(), each.begin());
    });
    return all;
  }
  Segment segment(std::uint16_t port, std::uint16_t flags, std::uint32_t seq = 0) {
    Segment made;
    made.source_port = port;
    made.destination_port = 80;
    made.flags.bits = flags;
    made.seq = Seq{seq};
    made.window = 1000;
    return made;
  }
  // A connection of the victim, which is only here as frames.
  void open_for_victim() {
    introduce(pair.b, victim, mac_of_victim);
    give(pair.b, pair.frame_to_b(victim, segment(5000, Flags::syn, 100)));
    const std::vector<Octets> answer = said_to(pair.b, mac_of_victim);
    ASSERT_EQ(answer.size(), 1u);
    Segment last = segment(5000, Flags::ack, 101);
    last.ack = Seq{load_be32(&answer[0][38])} + 1;
    give(pair.b, pair.frame_to_b(victim, last));
  }

  Pair pair;
};

// SECURITY A4: whatever options a packet has, no answer has any.
TEST_F(Strangers, NoAnswerRepeatsAnIpOption) {
  introduce(pair.b, Pair::a_address, mac_of_a);
  const Octets ping = echo_request(8), closed = datagram(Pair::a_address, 9, 8);
  std::size_t answers = 0;
  for (unsigned type = 0; type < 256; ++type) {
    for (const unsigned length : {0u, 1u, 2u, 3u, 4u, 7u, 8u, 39u, 40u, 41u, 255u}) {
      Octets options(40, 0x77);
      options[0] = static_cast<std::uint8_t>(type);
      options[1] = static_cast<std::uint8_t>(length);
      options[2] = 4;
      for (const Octets& payload : {ping, closed}) {
        const std::uint8_t protocol =
            payload == ping ? wire::IpProtocol::icmp : wire::IpProtocol::udp;
        give(pair.b,
             frame(packet_of({.protocol = protocol, .options = options, .payload = payload})));
        for (const Octets& each : said(pair.b)) {
          ++answers;
          ASSERT_EQ(each[14], 0x45) << "option " << type << ", length " << length;
        }
      }
    }
  }
  EXPECT_GT(answers, 100u);
}

// SECURITY A7: who seems to be ourselves, nobody or a group is not believed
// more than others.
TEST_F(Strangers, OurOwnAddressAsSourceOpensNothing) {
  introduce(pair.b, Pair::a_address, mac_of_a);
  Octets good = packet_of({.protocol = wire::IpProtocol::icmp, .payload = echo_request(8)});
  Octets bad = good;
  bad.back() ^= 1;
  for (const MacAddress from : {mac_of_a, mac_of_b, MacAddress{}, MacAddress{{3, 0, 0, 0, 0, 1}}}) {
    give(pair.b, frame(bad, from));
    EXPECT_TRUE(said(pair.b).empty()) << to_string(from) << ": a wrong checksum is wrong for all";
    Octets spoofed = packet_of({.protocol = wire::IpProtocol::icmp,
                                .source = Pair::b_address,
                                .payload = echo_request(8)});
    give(pair.b, frame(spoofed, from));
    EXPECT_TRUE(said(pair.b).empty()) << to_string(from) << ": our own address";
  }
  give(pair.b, frame(good, mac_of_a));
  EXPECT_EQ(said(pair.b).size(), 1u);
}

// SECURITY A9: answers are as long as they may be, whatever they answer.
TEST_F(Strangers, AnswersKeepToTheirLengths) {
  introduce(pair.b, Pair::a_address, mac_of_a);
  for (std::size_t size = 0; size <= 1472; size += 7) {
    pair.now += 20ms;
    give(pair.b,
         frame(packet_of({.protocol = wire::IpProtocol::icmp, .payload = echo_request(size)})));
    for (const Octets& each : said(pair.b)) EXPECT_EQ(each.size(), 14 + 28 + size);
    give(pair.b, frame(packet_of({.payload = datagram(Pair::a_address, 9, size)})));
    const std::vector<Octets> errors = said(pair.b);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].size(), std::min<std::size_t>(14 + 576, 14 + 28 + 28 + size));
  }
}

// SECURITY B6: challenges for one peer do not depend on what happens to
// another.
TEST_F(Strangers, ChallengesTellNothingAboutOthers) {
  const auto [at_a, at_b] = pair.establish();
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  open_for_victim();
  const tcp::Info own = *pair.a.info(at_a);
  Host disturbed = pair.b, calm = pair.b;
  std::vector<Sight> seen_disturbed, seen_calm;
  Rng rng{1};
  for (int i = 0; i < 2000; ++i) {
    pair.now += 1ms * rng.below(50);
    for (int k = 0; k < 3; ++k) {
      const std::uint16_t flags = rng.below(2) == 0 ? Flags::rst : Flags::syn;
      give(disturbed,
           pair.frame_to_b(victim,
                           segment(5000, flags, 102 + static_cast<std::uint32_t>(rng.below(500)))));
    }
    Segment probe = segment(own.tuple.local.port, Flags::rst, 0);
    probe.seq = own.snd.nxt + 1 + static_cast<std::uint32_t>(rng.below(1000));
    for (Host* host : {&disturbed, &calm}) {
      host->on_time(pair.now);
      give(*host, pair.frame_to_b(Pair::a_address, probe));
    }
    for (const Octets& each : said_to(disturbed, mac_of_a))
      seen_disturbed.push_back({pair.now, each});
    for (const Octets& each : said_to(calm, mac_of_a)) seen_calm.push_back({pair.now, each});
  }
  EXPECT_TRUE(seen_disturbed == seen_calm);
  EXPECT_GT(seen_calm.size(), 20u);
  EXPECT_EQ(pair.b.close(listener, pair.now), Error::none);
}

// SECURITY B9: errors for one host do not depend on what others ask for, or
// seem to.
TEST_F(Strangers, ErrorsTellNothingAboutOthers) {
  introduce(pair.b, Pair::a_address, mac_of_a);
  introduce(pair.b, victim, mac_of_victim);
  Host disturbed = pair.b, calm = pair.b;
  std::vector<Sight> seen_disturbed, seen_calm;
  for (std::uint16_t i = 0; i < 3000; ++i) {
    pair.now += 3ms;
    for (std::uint16_t k = 0; k < 3; ++k) {
      const auto port = static_cast<std::uint16_t>(2000 + i + k);
      give(disturbed, frame(packet_of({.source = victim, .payload = datagram(victim, port, 8)})));
    }
    const Octets probe = packet_of({.payload = datagram(Pair::a_address, 9, 8)});
    for (Host* host : {&disturbed, &calm}) {
      host->on_time(pair.now);
      give(*host, frame(probe));
    }
    for (const Octets& each : said_to(disturbed, mac_of_a))
      seen_disturbed.push_back({pair.now, each});
    for (const Octets& each : said_to(calm, mac_of_a)) seen_calm.push_back({pair.now, each});
  }
  EXPECT_TRUE(seen_disturbed == seen_calm);
  EXPECT_GT(seen_calm.size(), 500u);
  EXPECT_LT(seen_calm.size(), 3000u) << "the limit was reached";
}

// SECURITY B10: an error about a number that is not under way says nothing, and
// none ends what is open.
TEST_F(Strangers, ForgedErrorsEndNoConnection) {
  const auto [at_a, at_b] = pair.establish();
  EXPECT_TRUE(pair.b.write(at_b, bytes_of("hello"), pair.now));
  const std::vector<Octets> frames = said(pair.b);
  ASSERT_FALSE(frames.empty());
  const tcp::Info before = *pair.b.info(at_b);
  Rng rng{2};
  for (int i = 0; i < 20'000; ++i) {
    Octets quote(frames[0].begin() + 14, frames[0].begin() + 14 + 28);
    // Now and then the very number.
    const auto seq = i % 100 == 0 ? before.snd.una.value() : static_cast<std::uint32_t>(rng.next());
    store_be32(&quote[24], seq);
    const std::uint8_t code = static_cast<std::uint8_t>(rng.below(16));
    const std::uint8_t type = i % 3 == 0 ? 4 : 3;  // source quench, unreachable
    Octets error(60);
    const wire::IcmpMessage message{type, code, 0, static_cast<std::uint16_t>(rng.below(600)),
                                    BufferChain{pair.pool->copy_of(quote)}};
    error.resize(wire::write_icmp(message, error));
    error.insert(error.end(), quote.begin(), quote.end());
    give(
        pair.b,
        frame(packet_of({.protocol = wire::IpProtocol::icmp, .source = victim, .payload = error})));
  }
  const tcp::Info after = *pair.b.info(at_b);
  EXPECT_EQ(after.state, tcp::State::established);
  EXPECT_EQ(after.snd.una, before.snd.una);
  EXPECT_GE(after.snd.mss, 512u) << "no path is that small";
  EXPECT_EQ(pair.b.error_of(at_b), Error::none);
}

// SECURITY B11: a redirect moves no traffic.
TEST_F(Strangers, RedirectsAreNotFollowed) {
  const auto [at_a, at_b] = pair.establish();
  EXPECT_TRUE(pair.b.write(at_b, bytes_of("hello"), pair.now));
  const std::vector<Octets> frames = said(pair.b);
  ASSERT_FALSE(frames.empty());
  const Octets quote(frames[0].begin() + 14, frames[0].begin() + 14 + 28);
  for (std::uint8_t code = 0; code < 4; ++code) {
    Octets redirect{5, code, 0, 0, 10, 0, 0, 3};
    redirect.insert(redirect.end(), quote.begin(), quote.end());
    store_be16(&redirect[2], sum_of(redirect).checksum());
    give(pair.b, frame(packet_of({.protocol = wire::IpProtocol::icmp, .payload = redirect})));
  }
  EXPECT_TRUE(pair.b.write(at_b, bytes_of("again"), pair.now));
  pair.now += 2s;
  pair.b.on_time(pair.now);
  EXPECT_FALSE(said_to(pair.b, mac_of_a).empty());
  EXPECT_TRUE(said_to(pair.b, mac_of_victim).empty());
}

// SECURITY B15: an address of one link is nobody on another, of a host that
// does not forward.
// RFC 1122 3.3.4.2 (c).
TEST_F(Strangers, AnAddressOfAnotherLinkIsNobody) {
  HostSettings two = PairV6::settings(2);
  two.links[0].addresses.push_back({Pair::b_address, 24});
  LinkSettings tunnel;
  tunnel.name = "tunnel";
  tunnel.mac = {{2, 0, 0, 0, 9, 2}};
  tunnel.addresses = {{IpAddress::v4(10, 8, 0, 2), 24}, {IpAddress{0x2001'0db8'0000'0008, 2}, 64}};
  tunnel.ipv6 = two.links[0].ipv6;
  two.links.push_back(tunnel);
  PairV6 both(PairV6::settings(1), two);
  ASSERT_TRUE(both.b.listen({{}, 80}, {}, both.now));
  Segment syn = segment(4000, Flags::syn, 1);
  const IpAddress inner = IpAddress::v4(10, 8, 0, 2);
  Octets tcp(60);
  tcp.resize(wire::write_tcp(syn, {Pair::a_address, inner}, tcp));
  give(both.b,
       frame(packet_of({.protocol = wire::IpProtocol::tcp, .payload = tcp, .destination = inner})));
  const IpAddress inner6{0x2001'0db8'0000'0008, 2};
  tcp.resize(60);
  tcp.resize(wire::write_tcp(syn, {a_v6, inner6}, tcp));
  both.give(both.b, both.frame_of({.source = a_v6, .destination = inner6, .to = mac_of_b}, 6, tcp));
  EXPECT_TRUE(said(both.b).empty());
  EXPECT_EQ(both.b.holdings().half_open, 0u);
  EXPECT_EQ(both.b.counters().drops[Drop::ip_not_for_us], 2u);
}

// SECURITY B17: from us to us, over IPv6.
TEST_F(Strangers, LandOverIpv6GetsNoAnswer) {
  PairV6 pair6;
  ASSERT_TRUE(pair6.b.listen({{}, 80}, {}, pair6.now));
  Segment syn = segment(80, Flags::syn, 1);
  Octets tcp(60);
  tcp.resize(wire::write_tcp(syn, {b_v6, b_v6}, tcp));
  EXPECT_NE(pair6.give(pair6.b, pair6.frame_of(
                                    {.source = b_v6, .destination = b_v6, .to = mac_of_b}, 6, tcp)),
            Drop::none);
  EXPECT_TRUE(said(pair6.b).empty());
  EXPECT_EQ(pair6.b.holdings().half_open, 0u);
}

// SECURITY C14: nobody gets more than four packets for one, nor longer ones.
TEST_F(Strangers, NoStrangerIsAnsweredMoreThanItSays) {
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  introduce(pair.b, victim, mac_of_victim);
  for (const unsigned flags : {0x02u, 0x10u, 0x11u, 0u, 0x03u, 0x04u}) {
    for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{81}}) {
      for (const std::uint32_t text : {0u, 1000u}) {
        Segment probe =
            segment(static_cast<std::uint16_t>(1000 + flags), static_cast<std::uint8_t>(flags));
        probe.destination_port = port;
        probe.options.mss = flags == Flags::syn ? 1460 : 0;
        if (text > 0) probe.text = BufferChain{pair.pool->copy_of(Octets(text))};
        Frame given = pair.frame_to_b(victim, probe);
        const std::size_t bytes_in = given.bytes.size();
        give(pair.b, std::move(given));
        std::size_t packets = 0;
        for (int second = 0; second < 200; ++second) {
          pair.now += 1s;
          pair.b.on_time(pair.now);
          for (const Octets& each : said_to(pair.b, mac_of_victim)) {
            if (each[12] == 8 && each[13] == 6) continue;  // ARP asks who is there
            EXPECT_LE(each.size(), std::max<std::size_t>(bytes_in, 58));
            ++packets;
          }
        }
        EXPECT_LE(packets, flags == Flags::syn && port == 80 ? 4u : 1u) << flags;
      }
    }
  }
}

// SECURITY C10: two ends out of step do not answer each other for ever.
TEST_F(Strangers, EndsOutOfStepFallSilent) {
  const auto [at_a, at_b] = pair.establish();
  // Somebody who sees the numbers feeds both ends text that neither has sent.
  const tcp::Info of_a = *pair.a.info(at_a);
  Segment forged = segment(of_a.tuple.local.port, Flags::ack);
  forged.seq = of_a.snd.nxt;
  forged.ack = of_a.rcv.nxt;
  if (of_a.has_timestamps) {
    forged.options.has_timestamps = true;
    forged.options.timestamps.value = 0xffff'ffff;
  }
  forged.text = BufferChain{pair.pool->copy_of(Octets(100))};
  for (std::uint32_t value = 0; value < 4; ++value) {
    forged.options.timestamps.value = value << 30;
    give(pair.b, pair.frame_to_b(Pair::a_address, forged));
  }
  EXPECT_EQ(pair.b.info(at_b)->rcv.unread_bytes, 100u) << "the ends are out of step now";
  pair.heard.clear();
  pair.pass(10s);
  EXPECT_LE(pair.heard.size(), 10u);
  // What is written now is sent again and again in vain, ever more slowly: each
  // time answered a little.
  EXPECT_TRUE(pair.a.write(at_a, bytes_of("x"), pair.now));
  pair.pass(10s);
  EXPECT_LE(pair.heard.size(), 40u);
}

}  // namespace
}  // namespace acksu
