// Several hosts behind one address in virtual time: a spreader before them, many clients, bad
// cables; what each shard accepts and opens is steered to it, and nobody answers twice.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/checker.h"
#include "sim/traffic.h"
#include "sim/world.h"
#include "wire/arp.h"
#include "wire/ethernet.h"

namespace acksu::sim {
namespace {

constexpr IpAddress their_address = IpAddress::v4(10, 0, 0, 1);
constexpr IpAddress our_address = IpAddress::v4(10, 0, 0, 2);
constexpr std::uint32_t shard_count = 3;
constexpr std::uint64_t transfer_bytes = 20'000;

HostSettings host_at(IpAddress address, std::uint8_t number) {
  HostSettings settings;
  settings.name = number == 1 ? "client" : "shard";
  settings.links.push_back(
      {.name = "eth0", .mac = {{2, 0, 0, 0, 0, number}}, .addresses = {{address, 24}}});
  return settings;
}

// ARP answers that leave the shards.
struct Answers : FrameWatcher {
  std::uint32_t count = 0;

  void on_frame(Instant, Port port, Way way, const Frame& frame) override {
    wire::ArpPacket arp;
    if (port.host == 0 || way != Way::out) return;
    wire::EthernetHeader header;
    if (wire::read(frame.bytes.front(), header) != Drop::none) return;
    if (header.type != wire::EtherType::arp) return;
    ASSERT_EQ(wire::read(frame.bytes.front().subspan(14), arp), Drop::none);
    count += arp.operation == wire::ArpPacket::Operation::reply;
  }
};

// Host 0 is the client, the others are the shards.
struct ShardedWorld {
  explicit ShardedWorld(std::uint64_t seed, const CableSettings& cable) : world(seed) {
    const Steering steering{{seed, 99}, shard_count};
    const SwitchId door = world.add_spreader(steering);
    world.add_host(host_at(their_address, 1));
    world.connect({0, 0}, Port::of_switch(door, 0), cable);
    for (std::uint32_t i = 0; i < shard_count; ++i) {
      HostSettings settings = host_at(our_address, 2);
      settings.shard = ShardSettings{i, steering};
      const HostId shard = world.add_host(settings);
      world.connect({shard, 0}, Port::of_switch(door, static_cast<LinkId>(1 + i)), {});
    }
    world.watch(&answers);
  }
  void install(HostId host, TrafficSettings settings) {
    settings.tag = host + 1;
    world.install(host, std::make_unique<Traffic>(std::move(settings)));
  }
  const Traffic& traffic(HostId id) const {
    return static_cast<const Traffic&>(*world.application(id));
  }
  void run() {
    while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
    world.stop();
    while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
  }
  void expect_all_read(HostId host) const {
    for (const Exchange& exchange : traffic(host).exchanges()) {
      EXPECT_EQ(exchange.error, Error::none);
      EXPECT_EQ(exchange.read, transfer_bytes);
      EXPECT_EQ(exchange.broken_at, 0u);
    }
  }

  World world;
  Checker checker;
  Answers answers;
};

Plan transfer() {
  Plan plan;
  plan.bytes = transfer_bytes;
  return plan;
}

TrafficSettings listening() {
  TrafficSettings settings;
  settings.listen = Endpoint{{}, 80};
  settings.accepted = {transfer()};
  return settings;
}

TrafficSettings opening(Endpoint remote, int count) {
  TrafficSettings settings;
  for (int i = 0; i < count; ++i) {
    settings.openings.push_back({Instant{} + i * 3ms, remote, std::nullopt, transfer()});
  }
  return settings;
}

CableSettings cable_of(std::uint64_t seed) {
  const std::uint32_t loss = seed % 2 == 0 ? 20'000 : 0;
  return CableSettings::both({.delay = 2ms, .loss = loss});
}

TEST(Shards, OneListenerSpansThemAll) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ShardedWorld sharded{seed, cable_of(seed)};
    sharded.install(0, opening({our_address, 80}, 60));
    for (HostId shard = 1; shard <= shard_count; ++shard) sharded.install(shard, listening());
    sharded.run();
    sharded.expect_all_read(0);
    std::size_t accepted = 0;
    for (HostId shard = 1; shard <= shard_count; ++shard) {
      const std::size_t its = sharded.traffic(shard).exchanges().size();
      EXPECT_GT(its, 8u) << "of 60, seed " << seed;
      accepted += its;
      sharded.expect_all_read(shard);
      EXPECT_EQ(sharded.world.host(shard).counters().tcp.resets_out, 0u);
    }
    EXPECT_EQ(accepted, 60u);
    EXPECT_TRUE(sharded.checker.check_quiet(sharded.world))
        << to_string(*sharded.checker.violation());
  }
}

TEST(Shards, WhatAShardOpensComesBackToIt) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ShardedWorld sharded{seed, cable_of(seed)};
    sharded.install(0, listening());
    for (HostId shard = 1; shard <= shard_count; ++shard) {
      sharded.install(shard, opening({their_address, 80}, 20));
    }
    sharded.run();
    EXPECT_EQ(sharded.traffic(0).exchanges().size(), 20u * shard_count);
    sharded.expect_all_read(0);
    for (HostId shard = 1; shard <= shard_count; ++shard) sharded.expect_all_read(shard);
  }
}

// RFC 826: whoever asks is answered once; and all shards know him then.
TEST(Shards, OneOfThemAnswersForAll) {
  ShardedWorld sharded{1, CableSettings::both({.delay = 1ms})};
  sharded.install(0, opening({our_address, 80}, 30));
  for (HostId shard = 1; shard <= shard_count; ++shard) sharded.install(shard, listening());
  sharded.run();
  EXPECT_EQ(sharded.answers.count, 1u);
  for (HostId shard = 1; shard <= shard_count; ++shard) {
    EXPECT_EQ(sharded.world.host(shard).holdings().neighbours, 1u);
  }
}

TEST(Shards, AskForNoPortOfAnother) {
  ShardedWorld sharded{1, {}};
  const Steering& steering = sharded.world.host(1).settings().shard->steering;
  const Endpoint remote{their_address, 80};
  std::uint32_t connected = 0, opened = 0;
  for (std::uint16_t port = 40'000; port < 40'100; ++port) {
    const FourTuple flow{{our_address, port}, remote};
    for (HostId shard = 1; shard <= shard_count; ++shard) {
      Host& host = sharded.world.host(shard);
      const bool is_its = steering.of_tcp(flow) == shard - 1;
      const auto handle = host.connect(remote, {.local = flow.local}, sharded.world.now());
      EXPECT_EQ(handle ? Error::none : handle.error(),
                is_its ? Error::none : Error::address_not_available);
      const bool is_its_datagram = steering.of_udp_port(port) == shard - 1;
      const auto udp = host.open_udp({{}, port}, sharded.world.now());
      EXPECT_EQ(udp ? Error::none : udp.error(),
                is_its_datagram ? Error::none : Error::address_not_available);
      connected += static_cast<bool>(handle);
      opened += static_cast<bool>(udp);
    }
  }
  EXPECT_EQ(connected, 100u);
  EXPECT_EQ(opened, 100u);
  for (HostId shard = 1; shard <= shard_count; ++shard) {
    Host& host = sharded.world.host(shard);
    for (int i = 0; i < 50; ++i) {
      const Handle chosen = *host.open_udp({}, sharded.world.now());
      EXPECT_EQ(steering.of_udp_port(host.local_endpoint(chosen)->port), shard - 1);
    }
    EXPECT_TRUE(host.open_udp({{}, 53}, sharded.world.now())) << "at a service's port all may be";
  }
}

// A datagram in fragments, some of which overtake the first, is put together by its owner.
TEST(Shards, DatagramsInFragmentsComeToTheirOwner) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ShardedWorld sharded{seed, CableSettings::both({.delay = 2ms, .jitter = 1ms})};
    World& world = sharded.world;
    std::vector<Handle> sockets;
    for (HostId shard = 1; shard <= shard_count; ++shard) {
      sockets.push_back(*world.host(shard).open_udp({{}, 7}, world.now()));
    }
    const std::vector<std::uint8_t> text(9000, 5);
    for (std::uint16_t port = 2000; port < 2020; ++port) {
      const Handle from = *world.host(0).open_udp({{}, port}, world.now());
      ASSERT_EQ(world.host(0).send_to(from, {our_address, 7}, text, world.now()), Error::none);
      ASSERT_TRUE(world.run_until(world.now() + 50ms));
    }
    std::uint32_t heard = 0;
    for (HostId shard = 1; shard <= shard_count; ++shard) {
      std::vector<std::uint8_t> room(10'000);
      const Steering& steering = world.host(shard).settings().shard->steering;
      while (const auto datagram = world.host(shard).receive_from(sockets[shard - 1], room)) {
        EXPECT_EQ(datagram->length, 9000u);
        EXPECT_EQ(steering.of_udp({{our_address, 7}, datagram->from}), shard - 1);
        ++heard;
      }
    }
    EXPECT_EQ(heard, 20u);
  }
}

TEST(Shards, TheSameSeedIsTheSameRunAndACopyGoesTheSameWay) {
  const auto build = [] {
    auto sharded = std::make_unique<ShardedWorld>(3, cable_of(2));
    sharded->install(0, opening({our_address, 80}, 20));
    for (HostId shard = 1; shard <= shard_count; ++shard) sharded->install(shard, listening());
    return sharded;
  };
  const auto one = build(), same = build();
  ASSERT_TRUE(one->world.run_until(Instant{} + 40ms));
  World copy = one->world;
  ASSERT_TRUE(one->world.run_until(Instant{} + 5s));
  ASSERT_TRUE(same->world.run_until(Instant{} + 5s));
  ASSERT_TRUE(copy.run_until(Instant{} + 5s));
  EXPECT_EQ(one->world.digest(), same->world.digest());
  EXPECT_EQ(one->world.digest(), copy.digest());
}

}  // namespace
}  // namespace acksu::sim
