// Worlds with a line of PPP in the place of an Ethernet cable: pieces of the stream are late, lost
// and changed; the line comes up, and text arrives whole.
#include <gtest/gtest.h>

#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim::ppp_world_test {
namespace {

constexpr IpAddress ours = IpAddress::v4(10, 0, 0, 1), theirs = IpAddress::v4(10, 0, 0, 2);

HostSettings on_line(std::string name, bool is_server) {
  HostSettings settings;
  settings.name = std::move(name);
  LinkSettings link;
  link.kind = LinkKind::ppp;
  if (is_server) {
    link.ppp.ipv4.local = theirs;
    link.ppp.ipv4.remote = ours;
  }
  settings.links.push_back(std::move(link));
  return settings;
}

World two_ends(std::uint64_t seed, const DirectionSettings& line) {
  World world{seed};
  const HostId client = world.add_host(on_line("client", false));
  const HostId server = world.add_host(on_line("server", true));
  world.connect({client, 0}, {server, 0}, CableSettings::both(line));
  Plan plan;
  plan.bytes = 20'000;
  TrafficSettings of_client, of_server;
  of_client.tag = 1;
  of_client.openings = {{Instant{} + 100s, {theirs, 80}, std::nullopt, plan}};
  of_server.tag = 2;
  of_server.listen = Endpoint{IpAddress{}, 80};
  of_server.accepted = {plan};
  world.install(client, std::make_unique<Traffic>(of_client));
  world.install(server, std::make_unique<Traffic>(of_server));
  return world;
}

const Traffic& traffic(const World& world, HostId id) {
  return static_cast<const Traffic&>(*world.application(id));
}

// A frame may be longer on the line than its packet: octets are escaped.
DirectionSettings bad_line(std::uint32_t chance) {
  return {.delay = 5ms, .mtu = 4000, .loss = chance, .corrupt = chance};
}

TEST(PppWorld, TextArrivesWholeOverGoodAndBadLines) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world = two_ends(seed, bad_line(seed % 2 == 0 ? 30'000 : 0));
    world.run_until(Instant{} + 400s);
    ASSERT_EQ(traffic(world, 0).exchanges().size(), 1u) << seed;
    EXPECT_EQ(traffic(world, 0).exchanges()[0].read, 20'000u) << seed;
    EXPECT_EQ(traffic(world, 1).exchanges()[0].read, 20'000u) << seed;
    EXPECT_EQ(world.host(0).line(0)->ipv4.local, ours);
  }
}

TEST(PppWorld, TheSameSeedIsTheSameRunAndACopyGoesTheSameWay) {
  World world = two_ends(3, bad_line(50'000)), same = two_ends(3, bad_line(50'000));
  world.run_until(Instant{} + 7s);
  same.run_until(Instant{} + 7s);
  EXPECT_EQ(world.digest(), same.digest());
  World copy = world;
  world.run_until(Instant{} + 150s);
  copy.run_until(Instant{} + 150s);
  EXPECT_EQ(world.digest(), copy.digest());
}

}  // namespace
}  // namespace acksu::sim::ppp_world_test
