// The switch by itself, and between hosts of a world.
#include "sim/switch.h"

#include <gtest/gtest.h>

#include "sim/checker.h"
#include "sim/topology.h"
#include "sim/traffic.h"
#include "wire/ethernet.h"

namespace acksu::sim {
namespace {

constexpr MacAddress mac(std::uint8_t number) { return {{2, 0, 0, 0, 0, number}}; }
using Ports = std::vector<LinkId>;

struct SwitchTest : testing::Test {
  BufferPool pool;
  Switch device{{.ports = 4, .max_addresses = 3}};
  Instant now{1h};

  Frame frame(const MacAddress& from, const MacAddress& to) {
    Slice slice = pool.allocate(64);
    wire::write(wire::EthernetHeader{to, from, wire::EtherType::ipv4}, slice.writable());
    return {BufferChain{std::move(slice)}};
  }
  Ports absorb(LinkId port, const Frame& arrived) {
    Ports out;
    device.absorb(port, arrived, now, out);
    return out;
  }
};

TEST_F(SwitchTest, FloodsUntilItHasLearned) {
  EXPECT_EQ(absorb(0, frame(mac(1), mac(2))), (Ports{1, 2, 3}));
  EXPECT_EQ(absorb(2, frame(mac(2), mac(1))), (Ports{0}));
  EXPECT_EQ(absorb(0, frame(mac(1), mac(2))), (Ports{2}));
  EXPECT_EQ(absorb(1, frame(mac(3), MacAddress::broadcast())), (Ports{0, 2, 3}));
  EXPECT_EQ(absorb(2, frame(mac(9), mac(2))), Ports{}) << "lives on the same side";
  EXPECT_EQ(device.counters().flooded, 2u);
  EXPECT_EQ(device.counters().forwarded, 2u);
  EXPECT_EQ(device.counters().filtered, 1u);
}

TEST_F(SwitchTest, ForgetsAndFollowsWhoMoves) {
  absorb(0, frame(mac(1), mac(2)));
  EXPECT_EQ(device.port_of(mac(1), now), 0);
  now += 299s;
  EXPECT_EQ(absorb(1, frame(mac(2), mac(1))), (Ports{0}));
  absorb(3, frame(mac(1), mac(2)));
  EXPECT_EQ(device.port_of(mac(1), now), 3);
  now += 300s;
  EXPECT_EQ(absorb(1, frame(mac(2), mac(1))), (Ports{0, 2, 3}));
}

TEST_F(SwitchTest, PassesNoFramesBetweenBridges) {
  EXPECT_EQ(absorb(0, frame(mac(1), {{1, 0x80, 0xc2, 0, 0, 0x0e}})), Ports{});
  EXPECT_EQ(device.counters().link_local, 1u);
}

// SECURITY F6: runts and group addresses as a source.
TEST_F(SwitchTest, AttackMalformedFrames) {
  const std::vector<std::uint8_t> runt(13, 0);
  EXPECT_EQ(absorb(0, {BufferChain{pool.copy_of(runt)}}), Ports{});
  EXPECT_EQ(absorb(0, {}), Ports{});
  EXPECT_EQ(absorb(0, frame(MacAddress::broadcast(), mac(2))), Ports{});
  EXPECT_EQ(device.counters().malformed, 3u);
  EXPECT_EQ(device.addresses(), 0u);
}

// A stranger who sends from many addresses makes nobody's frames go everywhere.
TEST_F(SwitchTest, AttackAddressTableOverflow) {
  absorb(0, frame(mac(1), mac(2)));
  absorb(1, frame(mac(2), mac(1)));
  for (std::uint8_t i = 10; i < 200; ++i) absorb(3, frame(mac(i), mac(1)));
  EXPECT_EQ(device.addresses(), 3u);
  EXPECT_EQ(device.counters().not_learned, 189u);
  EXPECT_EQ(absorb(1, frame(mac(2), mac(1))), (Ports{0}));
  now += 300s;
  absorb(3, frame(mac(201), mac(1)));
  EXPECT_EQ(device.port_of(mac(201), now), 3) << "in the place of an old one";
}

TrafficSettings client_of(std::uint8_t server, const Plan& plan) {
  TrafficSettings settings;
  settings.tag = server;
  settings.openings = {{Instant{} + 5ms, {simple_address(server), 80}, std::nullopt, plan}};
  return settings;
}

TrafficSettings server_with(const Plan& plan) {
  TrafficSettings settings;
  settings.tag = 99;
  settings.listen = Endpoint{IpAddress{}, 80};
  settings.accepted = {plan};
  return settings;
}

World four_hosts(std::uint64_t seed) {
  World world = hosts_around_switch(seed, 4, CableSettings::both({.loss = 10'000}));
  Plan plan;
  plan.bytes = 30'000;
  world.install(0, std::make_unique<Traffic>(client_of(3, plan)));
  world.install(1, std::make_unique<Traffic>(client_of(4, plan)));
  world.install(2, std::make_unique<Traffic>(server_with(plan)));
  world.install(3, std::make_unique<Traffic>(server_with(plan)));
  return world;
}

std::uint64_t bytes_read(const World& world, HostId id) {
  const auto& exchanges = static_cast<const Traffic&>(*world.application(id)).exchanges();
  return exchanges.empty() ? 0 : exchanges[0].read;
}

TEST(SwitchedWorld, CarriesTwoTransfersAtOnce) {
  World world = four_hosts(1);
  Checker checker;
  while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
  world.stop();
  while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
  EXPECT_EQ(world.failure(), "");
  for (HostId id = 0; id < 4; ++id) EXPECT_EQ(bytes_read(world, id), 30'000u) << id;
  const SwitchCounters& counters = world.switch_at(0).counters();
  EXPECT_EQ(world.switch_at(0).addresses(), 4u);
  EXPECT_GT(counters.forwarded, 80u);
  EXPECT_LT(counters.flooded, 20u) << "requests for addresses only";
}

TEST(SwitchedWorld, TheSameSeedIsTheSameRunAndACopyGoesOnAlike) {
  World world = four_hosts(7);
  World twin = four_hosts(7);
  ASSERT_TRUE(world.run_until(Instant{} + 30ms));
  ASSERT_TRUE(twin.run_until(Instant{} + 30ms));
  EXPECT_EQ(world.digest(), twin.digest());
  World copy = world;
  world.run_until_quiet(1h);
  EXPECT_NE(world.digest(), copy.digest());
  copy.run_until_quiet(1h);
  EXPECT_EQ(world.digest(), copy.digest());
  EXPECT_EQ(bytes_read(copy, 2), 30'000u);
}

TEST(SwitchedWorld, TwoSwitchesInARow) {
  World world{3};
  const SwitchId left = world.add_switch({.ports = 2});
  const SwitchId right = world.add_switch({.ports = 2});
  const HostId client = world.add_host(simple_host("client", 1));
  const HostId server = world.add_host(simple_host("server", 2));
  const CableSettings cable = CableSettings::both({.delay = 0ms});
  world.connect({client, 0}, Port::of_switch(left, 0), cable);
  world.connect(Port::of_switch(left, 1), Port::of_switch(right, 0), cable);
  world.connect(Port::of_switch(right, 1), {server, 0}, cable);
  Plan plan;
  plan.bytes = 5000;
  world.install(client, std::make_unique<Traffic>(client_of(2, plan)));
  world.install(server, std::make_unique<Traffic>(server_with(plan)));
  world.run_until_quiet(1h);
  EXPECT_EQ(world.failure(), "");
  EXPECT_EQ(bytes_read(world, server), 5000u);
  EXPECT_EQ(world.switch_at(right).addresses(), 2u);
}

// Two cables between two switches: a broadcast goes round until it has crossed too many.
TEST(SwitchedWorld, AttackALoopOfSwitchesEnds) {
  for (const Duration delay : {Duration{0}, Duration{1ms}}) {
    World world{4};
    const SwitchId left = world.add_switch({.ports = 3});
    const SwitchId right = world.add_switch({.ports = 3});
    const HostId client = world.add_host(simple_host("client", 1));
    const CableSettings cable = CableSettings::both({.delay = delay});
    world.connect({client, 0}, Port::of_switch(left, 0), cable);
    for (LinkId port = 1; port < 3; ++port) {
      world.connect(Port::of_switch(left, port), Port::of_switch(right, port), cable);
    }
    Plan plan;
    world.install(client, std::make_unique<Traffic>(client_of(2, plan)));
    EXPECT_TRUE(world.run_until_quiet(1h));
    EXPECT_EQ(world.failure(), "");
    EXPECT_GT(world.switch_at(left).counters().looping + world.switch_at(right).counters().looping,
              0u);
  }
}

}  // namespace
}  // namespace acksu::sim
