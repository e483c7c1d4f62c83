// Links that are no plain Ethernet: virtual LANs, bare IP packets, and the loopback.
#include <gtest/gtest.h>

#include "host/pair_v6_test.h"
#include "wire/ipv6.h"
#include "wire/vlan.h"

namespace acksu {
namespace {

HostSettings on_vlan(std::uint8_t number, VlanSettings vlan) {
  HostSettings settings = Pair::settings(number);
  settings.links[0].kind = LinkKind::vlan;
  settings.links[0].vlan = vlan;
  return settings;
}

HostSettings on_ip(std::uint8_t number) {
  HostSettings settings = Pair::settings(number);
  settings.links[0].kind = LinkKind::ip;
  settings.links[0].mac = {};
  settings.links[0].ipv6.is_on = true;
  return settings;
}

// All frames of a transfer of 20,000 bytes from a to b.
std::vector<Frame> transfer(Pair& pair) {
  std::vector<Frame> frames;
  pair.passes = [&](const Frame& frame, bool) {
    frames.push_back(frame);
    return true;
  };
  const Pair::Ends ends = pair.establish();
  const std::string text(20'000, 'x');
  std::string got;
  for (std::size_t sent = 0; sent < text.size();) {
    const auto count = pair.a.write(ends.at_a, bytes_of(text).subspan(sent), pair.now);
    if (count) sent += *count;
    pair.settle();
    got += pair.read(pair.b, ends.at_b);
    pair.settle();
  }
  EXPECT_EQ(got, text);
  return frames;
}

// ---- Virtual LANs -------------------------------------------------------------------------------

TEST(VlanLink, EveryFrameCarriesItsTag) {
  Pair pair(on_vlan(1, {7, 5}), on_vlan(2, {7, 0}));
  const std::vector<Frame> frames = transfer(pair);
  ASSERT_GT(frames.size(), 10u);
  bool has_arp = false;
  for (const Frame& frame : frames) {
    const Bytes bytes = frame.bytes.front();
    wire::EthernetHeader ethernet;
    wire::VlanTag tag;
    ASSERT_EQ(wire::read(bytes, ethernet), Drop::none);
    ASSERT_EQ(ethernet.type, wire::EtherType::vlan);
    ASSERT_EQ(wire::read(bytes.subspan(wire::EthernetHeader::size), tag), Drop::none);
    EXPECT_EQ(tag.id, 7);
    EXPECT_EQ(tag.priority, ethernet.source.octets[5] == 1 ? 5 : 0);
    has_arp |= tag.type == wire::EtherType::arp;
    EXPECT_TRUE(has_arp) << "neighbours are asked first";
    // IEEE 802.1Q: the tag comes on top of what a packet may be long.
    EXPECT_LE(frame.bytes.size(), 1518u);
  }
  EXPECT_EQ(pair.b.counters().drops.total(), 0u);
}

TEST(VlanLink, WhatIsNotOfItsVlanIsDroppedByName) {
  Pair sender(on_vlan(1, {8, 0}), on_vlan(2, {7, 0}));
  (void)sender.a.connect({Pair::b_address, 80}, {}, sender.now);
  std::vector<Frame> frames;
  sender.a.emit(0, frames, 1, sender.now);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(drop_of(sender.b, frames[0], sender.now), Drop::vlan_other);

  const auto with = [&](std::vector<std::uint8_t> bytes) {
    return drop_of(sender.b, Frame{.bytes = BufferChain(sender.pool->copy_of(bytes))}, sender.now);
  };
  std::vector<std::uint8_t> bytes = frames[0].bytes.flatten();
  bytes[14] = 0;
  bytes[15] = 0;
  EXPECT_EQ(with(bytes), Drop::vlan_untagged) << "of a priority, but of no virtual LAN";
  bytes[14] = 0x0f;
  bytes[15] = 0xff;
  EXPECT_EQ(with(bytes), Drop::vlan_bad_id);
  bytes[14] = 0;
  bytes[15] = 7;
  EXPECT_EQ(with(bytes), Drop::none);
  const auto beginning = [&](std::ptrdiff_t size) {
    return std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + size);
  };
  EXPECT_EQ(with(beginning(18)), Drop::arp_malformed);
  EXPECT_EQ(with(beginning(17)), Drop::ethernet_truncated);
  EXPECT_EQ(with(beginning(14)), Drop::ethernet_truncated);

  Pair plain;
  (void)plain.a.connect({Pair::b_address, 80}, {}, plain.now);
  std::vector<Frame> untagged;
  plain.a.emit(0, untagged, 1, plain.now);
  EXPECT_EQ(with(untagged[0].bytes.flatten()), Drop::vlan_untagged);
}

// ---- Bare IP packets ----------------------------------------------------------------------------

TEST(IpLink, CarriesPacketsAndAsksNobody) {
  Pair pair(on_ip(1), on_ip(2));
  for (const Frame& frame : transfer(pair)) {
    EXPECT_EQ(frame.bytes.front()[0], 0x45);
    EXPECT_LE(frame.bytes.size(), 1500u);
  }
  EXPECT_EQ(pair.b.counters().drops.total(), 0u);
  EXPECT_EQ(pair.a.holdings().neighbours, 0u);
}

TEST(IpLink, GoesOnAfterSilence) {
  Pair pair(on_ip(1), on_ip(2));
  const Pair::Ends ends = pair.establish();
  bool is_cut = true;
  pair.passes = [&](const Frame&, bool) { return !is_cut; };
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of("hello"), pair.now));
  pair.pass(10s);  // it is sent again and again
  is_cut = false;
  pair.pass(30s);
  EXPECT_EQ(pair.read(pair.b, ends.at_b), "hello");
}

// RFC 5072 5: no duplicate detection between two ends; RFC 4861 4.6.1: no link-layer addresses.
TEST(IpLink, Ipv6NeedsNoNeighboursAndNoProbes) {
  Pair pair(on_ip(1), on_ip(2));
  std::vector<Frame> frames;
  pair.passes = [&](const Frame& frame, bool) {
    frames.push_back(frame);
    return true;
  };
  pair.pass(3s);
  const std::optional<IpAddress> of_b = pair.b.ipv6().on(0).addresses.link_local();
  ASSERT_TRUE(of_b);
  for (const Frame& frame : frames) {
    const Bytes bytes = frame.bytes.front();
    ASSERT_EQ(bytes[0] >> 4, 6);
    if (bytes[6] == 0) continue;  // hop-by-hop options: groups are reported (RFC 3810)
    EXPECT_EQ(bytes[40], 133) << "only routers are asked for";
    EXPECT_EQ(frame.bytes.size(), 48u) << "without a source link-layer address";
  }
  EXPECT_EQ(pair.a.ping(*of_b, {1, 1}, bytes_of("ping"), pair.now), Error::none);
  pair.settle();
  const auto reply = pair.a.next_echo_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->from, *of_b);
}

TEST(IpLink, OtherVersionsAreDropped) {
  Pair pair(on_ip(1), on_ip(2));
  const auto with = [&](std::vector<std::uint8_t> bytes) {
    return drop_of(pair.b, Frame{.bytes = BufferChain(pair.pool->copy_of(bytes))}, pair.now);
  };
  EXPECT_EQ(with(std::vector<std::uint8_t>(60, 0x00)), Drop::ip_bad_version);
  EXPECT_EQ(with(std::vector<std::uint8_t>(60, 0x55)), Drop::ip_bad_version);
  EXPECT_EQ(with({0x45}), Drop::ip_truncated);
  EXPECT_EQ(with({0x60}), Drop::ip_truncated);
  EXPECT_EQ(drop_of(pair.b, Frame{}, pair.now), Drop::ip_truncated);
}

// ---- Loopback -----------------------------------------------------------------------------------

struct Alone : testing::Test {
  static HostSettings settings() {
    HostSettings settings = Pair::settings(1);
    settings.links[0].addresses.push_back({*parse_ip("2001:db8::1"), 64});
    settings.links[0].ipv6.duplicate_probes = 0;
    return settings;
  }

  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  Instant now{1s};
  Host host{settings(), {{1, 2}, 3}, pool};
  std::vector<Frame> said;  // by the wire; nothing is, but for what IPv6 has to say

  // Until nothing is left to be done now.
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      host.emit(0, said, 64, now);
      if (host.deadline() > now) return;
      host.on_time(now);
    }
    FAIL() << "it never stops talking to itself";
  }
  std::size_t said_ipv4() const {
    return static_cast<std::size_t>(std::ranges::count_if(said, [](const Frame& frame) {
      return load_be16(&frame.bytes.front()[12]) != wire::EtherType::ipv6;
    }));
  }
  Error meet(const char* address) {
    const IpAddress remote = *parse_ip(address);
    const Handle listener = *host.listen({{}, 80}, {}, now);
    const Result<Handle> client = host.connect({remote, 80}, {}, now);
    if (!client) {
      EXPECT_EQ(host.close(listener, now), Error::none);
      return client.error();
    }
    settle();
    const Result<Handle> server = host.accept(listener, now);
    EXPECT_TRUE(server) << address;
    EXPECT_EQ(host.close(listener, now), Error::none);
    if (!server) return Error::host_unreachable;
    const std::string text(100'000, 'x');
    std::string got;
    std::vector<std::uint8_t> room(1 << 20);
    for (std::size_t sent = 0, rounds = 0; got.size() < text.size() && rounds < 1000; ++rounds) {
      if (sent < text.size()) {
        const auto count = host.write(*client, bytes_of(text).subspan(sent), now);
        if (count) sent += *count;
      }
      settle();
      const auto count = host.read(*server, room, now);
      if (count) got.append(room.begin(), room.begin() + *count);
    }
    EXPECT_EQ(got, text) << address;
    EXPECT_EQ(host.close(*client, now), Error::none);
    settle();
    EXPECT_EQ(host.close(*server, now), Error::none);
    settle();
    return Error::none;
  }
  Drop give_from_wire(IpAddress source, IpAddress destination) {
    Slice bytes = pool->allocate(14 + 20 + 8);
    const MutableBytes room = bytes.writable();
    std::ranges::fill(room, std::uint8_t{0});
    wire::write(
        wire::EthernetHeader{{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 9}}, wire::EtherType::ipv4},
        room);
    wire::write(wire::Ipv4Header{.total_length = 28,
                                 .ttl = 64,
                                 .protocol = wire::IpProtocol::icmp,
                                 .source = source,
                                 .destination = destination},
                room.subspan(14));
    return drop_of(host, Frame{.bytes = BufferChain(std::move(bytes))}, now);
  }
};

TEST_F(Alone, SpeaksToItselfByEveryAddressOfItsOwn) {
  settle();
  now += 5s;
  settle();
  for (const char* address : {"127.0.0.1", "127.8.9.10", "10.0.0.1", "::1", "2001:db8::1"}) {
    EXPECT_EQ(meet(address), Error::none) << address;
  }
  const std::optional<IpAddress> link_local = host.ipv6().on(0).addresses.link_local();
  ASSERT_TRUE(link_local);
  EXPECT_EQ(meet(to_string(*link_local).c_str()), Error::none);
  EXPECT_EQ(said_ipv4(), 0u) << "nothing of that left";
  now += 1h;
  settle();
  EXPECT_EQ(host.holdings().connections, 0u);
  EXPECT_EQ(host.holdings().time_wait, 0u);
  EXPECT_EQ(host.holdings().text_bytes, 0u);
}

TEST_F(Alone, PingsItself) {
  now += 5s;
  settle();
  for (const char* address : {"127.0.0.1", "10.0.0.1", "::1", "2001:db8::1"}) {
    ASSERT_EQ(host.ping(*parse_ip(address), {1, 1}, bytes_of("x"), now), Error::none);
    settle();
    const auto reply = host.next_echo_reply();
    ASSERT_TRUE(reply) << address;
    EXPECT_EQ(reply->from, *parse_ip(address));
  }
}

// The largest there are, which the loopback takes in pieces of which each pins a large block.
TEST_F(Alone, PingsItselfWithAllThatFits) {
  now += 5s;
  settle();
  for (const char* address : {"127.0.0.1", "::1"}) {
    const std::string text(65'507, 'x');
    ASSERT_EQ(host.ping(*parse_ip(address), {1, 1}, bytes_of(text), now), Error::none);
    settle();
    const auto reply = host.next_echo_reply();
    ASSERT_TRUE(reply) << address;
    EXPECT_EQ(reply->payload_bytes, text.size());
  }
}

TEST_F(Alone, HearsThatNobodyIsAtAPortOfItsOwn) {
  now += 5s;
  settle();
  for (const char* address : {"127.0.0.1", "10.0.0.1", "::1", "2001:db8::1"}) {
    const Handle socket = *host.open_udp({{}, 0}, now);
    ASSERT_EQ(host.send_to(socket, {*parse_ip(address), 9}, bytes_of("x"), now), Error::none);
    settle();
    const auto error = host.take_udp_error(socket);
    ASSERT_TRUE(error) << address;
    EXPECT_EQ(error->error, Error::port_unreachable);
    EXPECT_EQ(host.close(socket, now), Error::none);
  }
}

// Its pieces pin the one block that they were cut from: that counts once.
TEST_F(Alone, SendsItselfDatagramsOfAllSizes) {
  const Handle from = *host.open_udp({{}, 0}, now);
  for (const char* address : {"127.0.0.1", "::1"}) {
    const Endpoint name{*parse_ip(address), 7};
    const Handle to = *host.open_udp(name, now);
    for (const std::size_t size : {1'000u, 20'000u, 50'000u, 60'000u, 65'507u}) {
      std::string text(size, 'z');
      text.back() = 'e';
      for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(host.send_to(from, name, bytes_of(text), now), Error::none);
      }
      settle();
      std::vector<std::uint8_t> room(65536);
      for (int i = 0; i < 3; ++i) {
        const auto datagram = host.receive_from(to, room);
        ASSERT_TRUE(datagram) << address << " " << size;
        EXPECT_EQ(datagram->length, size);
        EXPECT_EQ(room[size - 1], 'e');
      }
    }
    EXPECT_EQ(host.close(to, now), Error::none);
  }
}

TEST_F(Alone, DatagramsLargerThanTheLoopbackAreCutAndMended) {
  const Handle from = *host.open_udp({{}, 0}, now);
  const Handle to = *host.open_udp({*parse_ip("127.0.0.1"), 7}, now);
  const std::string text(40'000, 'y');
  ASSERT_EQ(host.send_to(from, {*parse_ip("127.0.0.1"), 7}, bytes_of(text), now), Error::none);
  settle();
  std::vector<std::uint8_t> room(65536);
  const auto datagram = host.receive_from(to, room);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->length, text.size());
}

// RFC 1122 3.2.1.3 (g).
TEST_F(Alone, LoopbackAddressesStayInside) {
  const IpAddress local = IpAddress::v4(127, 0, 0, 1), far = IpAddress::v4(10, 0, 0, 2);
  EXPECT_EQ(give_from_wire(local, Pair::a_address), Drop::ip_bad_source);
  EXPECT_EQ(give_from_wire(far, local), Drop::ip_not_for_us);
  EXPECT_EQ(give_from_wire(Pair::a_address, Pair::a_address), Drop::ip_bad_source);

  ConnectOptions options;
  options.local = Endpoint{local, 0};
  EXPECT_EQ(host.connect({far, 80}, options, now).error(), Error::network_unreachable);
  const Handle socket = *host.open_udp({local, 0}, now);
  EXPECT_EQ(host.send_to(socket, {far, 9}, bytes_of("x"), now), Error::network_unreachable);
  settle();
  EXPECT_EQ(said_ipv4(), 0u);
}

TEST_F(Alone, EvenRoutersAndTunnelsTakeNoLoopbackFromAWire) {
  const IpAddress local = IpAddress::v4(127, 0, 0, 1), far = IpAddress::v4(10, 0, 0, 2);
  HostSettings router = settings();
  router.forwards = true;
  host = Host{router, {{1, 2}, 3}, pool};
  EXPECT_EQ(give_from_wire(far, local), Drop::ip_not_for_us);
  HostSettings tunnel = settings();
  tunnel.accepts_any_address = true;
  host = Host{tunnel, {{1, 2}, 3}, pool};
  EXPECT_EQ(give_from_wire(far, local), Drop::ip_not_for_us);
}

TEST_F(Alone, AListenerOnTheLoopbackIsForUsOnly) {
  const Handle listener = *host.listen({IpAddress::v4(127, 0, 0, 1), 80}, {}, now);
  const auto refused = host.connect({Pair::a_address, 80}, {}, now);
  ASSERT_TRUE(refused);
  settle();
  EXPECT_EQ(host.error_of(*refused), Error::connection_refused);
  const auto client = host.connect({IpAddress::v4(127, 0, 0, 1), 80}, {}, now);
  settle();
  EXPECT_TRUE(host.accept(listener, now));
  EXPECT_TRUE(client);
}

std::uint64_t digest_of(const Host& host) {
  Digest digest;
  host.digest(digest);
  return digest.value();
}

// A host is a value: what is on its way back to it is copied too.
TEST_F(Alone, ACopyGoesOnByItself) {
  const Handle listener = *host.listen({{}, 80}, {}, now);
  const Handle client = *host.connect({IpAddress::v4(127, 0, 0, 1), 80}, {}, now);
  Host copy = host;
  settle();
  EXPECT_NE(digest_of(copy), digest_of(host));
  std::swap(copy, host);
  settle();
  EXPECT_EQ(digest_of(host), digest_of(copy));
  EXPECT_TRUE(host.accept(listener, now));
  (void)client;
}

}  // namespace
}  // namespace acksu
