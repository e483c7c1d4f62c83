// Paths in whose middle a link takes less than those at the ends: one that tells nobody (RFC 4821),
// and a router that does (RFC 1191, RFC 8201). Transfers complete, and find what passes.
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "sim/checker.h"
#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim {
namespace {

constexpr std::uint64_t network = 0x2001'0db8'000a'0000;

IpAddress address_of(std::uint8_t number, bool is_v4) {
  return is_v4 ? IpAddress::v4(10, 0, 0, number) : IpAddress{network, number};
}

HostSettings host_settings(std::uint8_t number, bool is_v4) {
  HostSettings settings;
  settings.name = number == 1 ? "client" : "server";
  LinkSettings link;
  link.mac = {{2, 0, 0, 0, 6, number}};
  link.addresses.push_back({address_of(number, is_v4), static_cast<std::uint8_t>(is_v4 ? 24 : 64)});
  settings.links.push_back(std::move(link));
  return settings;
}

struct Path {
  bool is_v4 = true;
  std::uint32_t mtu = 1280;
  std::uint64_t bytes = 2'000'000;
  std::uint32_t loss = 0;
  bool probes = true;
};

// Two hosts on a cable that swallows what is too large for it.
World silent_path(const Path& path, std::uint64_t seed = 3) {
  World world{seed};
  HostSettings of_client = host_settings(1, path.is_v4), of_server = host_settings(2, path.is_v4);
  of_client.tcp.probes_path_mtu = of_server.tcp.probes_path_mtu = path.probes;
  const HostId client = world.add_host(of_client), server = world.add_host(of_server);
  world.connect({client, 0}, {server, 0},
                CableSettings::both({.delay = 10ms, .mtu = path.mtu, .loss = path.loss}));
  Plan plan;
  plan.bytes = path.bytes;
  TrafficSettings to_open, to_answer;
  to_open.tag = 1;
  to_open.openings = {{Instant{} + 5s, {address_of(2, path.is_v4), 80}, std::nullopt, plan}};
  to_answer.tag = 2;
  to_answer.listen = Endpoint{IpAddress{}, 80};
  to_answer.accepted = {plan};
  world.install(client, std::make_unique<Traffic>(to_open));
  world.install(server, std::make_unique<Traffic>(to_answer));
  return world;
}

// The largest segment's text that an end uses, options taken off; 0: it has no connection.
std::uint32_t mss_at(const World& world, HostId id) {
  for (const tcp::Info& info : world.host(id).sockets()) {
    if (info.snd.mss != 0) return info.snd.mss;
  }
  return 0;
}

// Runs to the end; what both ends had found at last.
std::array<std::uint32_t, 2> found_in(World& world) {
  std::array<std::uint32_t, 2> found{};
  Checker checker;
  const auto look = [&] {
    EXPECT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
    for (const HostId id : {0u, 1u}) {
      if (const std::uint32_t mss = mss_at(world, id); mss != 0) found[id] = mss;
    }
  };
  while (world.now() < Instant{} + 10min && world.step()) look();
  return found;
}

std::uint64_t read_by(const World& world, HostId id) {
  const auto& exchanges = static_cast<const Traffic&>(*world.application(id)).exchanges();
  return exchanges.empty() ? 0 : exchanges[0].read;
}

// RFC 4821 7: without a word from anybody, as close as it is worth looking.
// RFC 4821 5.2, 7.2, 7.7.
TEST(PathMtuWorld, ASilentLinkIsFoundOut) {
  for (const Path& path : {Path{.is_v4 = true, .mtu = 1280}, Path{.is_v4 = true, .mtu = 576},
                           Path{.is_v4 = true, .mtu = 1400}, Path{.is_v4 = false, .mtu = 1280},
                           Path{.is_v4 = false, .mtu = 1400}}) {
    SCOPED_TRACE(std::to_string(path.mtu) + (path.is_v4 ? " IPv4" : " IPv6"));
    World world = silent_path(path);
    const auto found = found_in(world);
    EXPECT_EQ(read_by(world, 0), path.bytes);
    EXPECT_EQ(read_by(world, 1), path.bytes);
    const std::uint32_t right = path.mtu - (path.is_v4 ? 40 : 60) - 12;
    for (const std::uint32_t mss : found) {
      EXPECT_LE(mss, right);
      EXPECT_GT(mss + 8, right);
    }
  }
}

TEST(PathMtuWorld, WithoutProbingASilentLinkStopsEverything) {
  World world = silent_path({.mtu = 1280, .probes = false});
  found_in(world);
  EXPECT_EQ(read_by(world, 1), 0u);
}

TEST(PathMtuWorld, LossesBesideIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Path path{.mtu = 1300, .bytes = 500'000, .loss = 20'000};
    World world = silent_path(path, seed);
    const auto found = found_in(world);
    EXPECT_EQ(read_by(world, 0), path.bytes);
    EXPECT_EQ(read_by(world, 1), path.bytes);
    EXPECT_LE(found[0], 1300u - 52);
  }
}

// A path that takes all: nobody ever looks, and nothing changes.
TEST(PathMtuWorld, AWidePathIsNotProbed) {
  World world = silent_path({.mtu = 1500});
  const auto found = found_in(world);
  EXPECT_EQ(found[0], 1448u);
  EXPECT_EQ(world.host(0).counters().tcp.black_holes, 0u);
  EXPECT_EQ(world.host(0).counters().tcp.path_probes_sent, 0u);
}

// RFC 4821 7.6.2: a probe that is lost is no congestion.
TEST(PathMtuWorld, ALostProbeTakesNothingFromTheWindow) {
  World world = silent_path({.mtu = 1280});
  found_in(world);
  const tcp::Counters& counted = world.host(0).counters().tcp;
  EXPECT_EQ(counted.black_holes, 1u);
  EXPECT_GE(counted.path_probes_lost, 4u);
  EXPECT_EQ(counted.fast_retransmits, 0u);
}

TEST(PathMtuWorld, AnOutageIsTakenBack) {
  Path path{.mtu = 1500, .bytes = 20'000'000};
  World world = silent_path(path);
  world.run_until(Instant{} + 5s + 60ms);
  ASSERT_EQ(mss_at(world, 0), 1448u);
  for (const Side side : {Side::a, Side::b}) {
    world.cable(0).direction(side).cuts = {{world.now(), world.now() + 5s}};
  }
  const auto found = found_in(world);
  EXPECT_GE(world.host(0).counters().tcp.black_holes, 1u);
  EXPECT_EQ(found[0], 1448u) << "the first probe is of all";
  EXPECT_EQ(read_by(world, 1), path.bytes);
}

// A client and a server with a router between them, whose link to the server takes `mtu`.
World behind_a_router(bool is_v4, std::uint32_t mtu, std::uint64_t bytes) {
  const auto prefix = [&](std::uint8_t side, std::uint8_t number) {
    if (is_v4) return Prefix{IpAddress::v4(10, 0, side, number), 24};
    return Prefix{IpAddress{network + side, number}, 64};
  };
  HostSettings of_client = host_settings(1, is_v4), of_server = host_settings(2, is_v4);
  of_client.links[0].addresses = {prefix(0, 1)};
  of_server.links[0].addresses = {prefix(1, 2)};
  HostSettings router;
  router.name = "router";
  router.forwards = true;
  router.links = {{.mac = {{2, 0, 0, 0, 6, 8}}, .addresses = {prefix(0, 9)}},
                  {.mac = {{2, 0, 0, 0, 6, 9}}, .addresses = {prefix(1, 9)}, .mtu = mtu}};
  (is_v4 ? of_client.gateway : of_client.gateway_v6) = prefix(0, 9).address;
  (is_v4 ? of_server.gateway : of_server.gateway_v6) = prefix(1, 9).address;
  World world{5};
  const HostId client = world.add_host(of_client), server = world.add_host(of_server);
  const HostId middle = world.add_host(router);
  world.connect({client, 0}, {middle, 0}, CableSettings::both({.delay = 5ms}));
  world.connect({middle, 1}, {server, 0}, CableSettings::both({.delay = 5ms}));
  Plan plan;
  plan.bytes = bytes;
  TrafficSettings to_open, to_answer;
  to_open.tag = 1;
  to_open.openings = {{Instant{} + 5s, {prefix(1, 2).address, 80}, std::nullopt, plan}};
  to_answer.tag = 2;
  to_answer.listen = Endpoint{IpAddress{}, 80};
  to_answer.accepted = {plan};
  world.install(client, std::make_unique<Traffic>(to_open));
  world.install(server, std::make_unique<Traffic>(to_answer));
  return world;
}

// RFC 1191 3, RFC 8201 4.
TEST(PathMtuWorld, ARouterThatSaysItIsBelieved) {
  for (const bool is_v4 : {true, false}) {
    SCOPED_TRACE(is_v4 ? "IPv4" : "IPv6");
    World world = behind_a_router(is_v4, 1300, 500'000);
    const auto found = found_in(world);
    EXPECT_EQ(read_by(world, 0), 500'000u);
    EXPECT_EQ(read_by(world, 1), 500'000u);
    EXPECT_EQ(found[0], 1300u - (is_v4 ? 40 : 60) - 12);
    EXPECT_EQ(found[1], 1500u - (is_v4 ? 40 : 60) - 12) << "the way back takes more";
    EXPECT_EQ(world.host(0).counters().tcp.black_holes, 0u);
    EXPECT_EQ(world.host(0).counters().tcp.retransmission_time_outs, 0u);
  }
}

}  // namespace
}  // namespace acksu::sim
