// Worlds with IPv6: hosts around a switch, a router that advertises between two links, loss, copies
// and digests.
#include <gtest/gtest.h>

#include "sim/checker.h"
#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim {
namespace {

constexpr std::uint64_t network_a = 0x2001'0db8'000a'0000, network_b = 0x2001'0db8'000b'0000;

HostSettings host_v6(std::string name, std::uint8_t number, std::uint64_t network) {
  HostSettings settings;
  settings.name = std::move(name);
  LinkSettings link;
  link.mac = {{2, 0, 0, 0, 6, number}};
  if (network != 0) link.addresses.push_back({IpAddress{network, number}, 64});
  link.ipv6.is_on = true;
  settings.links.push_back(std::move(link));
  return settings;
}

// Two hosts at a switch; the client opens at 5 s, when addresses have been tried.
World two_hosts_at_switch(std::uint64_t seed, const CableSettings& cable,
                          std::uint64_t bytes = 50'000) {
  World world{seed};
  const SwitchId device = world.add_switch({.ports = 2});
  const HostId client = world.add_host(host_v6("client", 1, network_a));
  const HostId server = world.add_host(host_v6("server", 2, network_a));
  world.connect({client, 0}, Port::of_switch(device, 0), cable);
  world.connect({server, 0}, Port::of_switch(device, 1), cable);
  Plan plan;
  plan.bytes = bytes;
  TrafficSettings of_client, of_server;
  of_client.tag = 1;
  of_client.openings = {{Instant{} + 5s, {IpAddress{network_a, 2}, 80}, std::nullopt, plan}};
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

TEST(Ipv6World, CarriesATransferAndIsQuietAfterIt) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::uint32_t loss = seed % 2 == 0 ? 30'000 : 0;
    World world = two_hosts_at_switch(seed, CableSettings::both({.delay = 3ms, .loss = loss}));
    Checker checker;
    while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
    world.stop();
    while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
    ASSERT_EQ(traffic(world, 0).exchanges().size(), 1u);
    EXPECT_EQ(traffic(world, 0).exchanges()[0].read, 50'000u) << "seed " << seed;
    EXPECT_EQ(traffic(world, 1).exchanges()[0].read, 50'000u) << "seed " << seed;
    EXPECT_TRUE(checker.check_streams(traffic(world, 0), traffic(world, 1)));
    EXPECT_TRUE(checker.check_quiet(world)) << to_string(*checker.violation());
  }
}

TEST(Ipv6World, TheSameSeedIsTheSameRunAndACopyGoesTheSameWay) {
  const CableSettings cable = CableSettings::both({.delay = 3ms, .loss = 50'000});
  World world = two_hosts_at_switch(7, cable), same = two_hosts_at_switch(7, cable);
  World other = two_hosts_at_switch(8, cable);
  world.run_until(Instant{} + 5050ms);
  same.run_until(Instant{} + 5050ms);
  other.run_until(Instant{} + 5050ms);
  EXPECT_EQ(world.digest(), same.digest());
  EXPECT_NE(world.digest(), other.digest());
  World copy = world;
  for (int i = 0; i < 2000 && world.step(); ++i) {
    ASSERT_TRUE(copy.step());
    ASSERT_EQ(copy.digest(), world.digest()) << nanoseconds(world.now());
  }
  EXPECT_TRUE(same.run_until_quiet(24h));
}

// ---- A router between two links -----------------------------------------------------------------

struct Routed {
  explicit Routed(std::uint64_t seed, std::uint32_t far_mtu = 1500) : world(seed) {
    near = world.add_host(host_v6("near", 1, 0));
    HostSettings settings = host_v6("router", 2, network_a);
    settings.forwards = true;
    LinkSettings far_link;
    far_link.name = "eth1";
    far_link.mac = {{2, 0, 0, 0, 6, 3}};
    far_link.mtu = far_mtu;
    far_link.addresses = {{IpAddress{network_b, 1}, 64}};
    settings.links.push_back(far_link);
    for (std::size_t i = 0; i < 2; ++i) {
      AdvertisingSettings& advertises = settings.links[i].ipv6.advertises;
      advertises.is_on = true;
      const std::uint64_t network = i == 0 ? network_a : network_b;
      advertises.prefixes = {{.prefix = {IpAddress{network, 0}, 64}}};
      advertises.resolvers = {IpAddress{network, 1}};
    }
    router = world.add_host(settings);
    HostSettings far_settings = host_v6("far", 4, 0);
    far = world.add_host(far_settings);
    world.connect({near, 0}, {router, 0}, CableSettings::both({.delay = 1ms}));
    world.connect({router, 1}, {far, 0}, CableSettings::both({.delay = 1ms}));
    world.run_until(Instant{} + 30s);
  }
  IpAddress address_of(HostId id) const {
    for (const Ipv6Address& each : world.host(id).ipv6().on(0).addresses.all()) {
      if (each.is_ready() && each.origin == Ipv6Address::Origin::advertised) return each.address;
    }
    return {};
  }
  void pass(Duration duration) { world.run_until(world.now() + duration); }

  World world;
  HostId near = 0, router = 0, far = 0;
};

TEST(Ipv6World, HostsBehindARouterFindAddressesAndEachOther) {
  Routed net(1);
  const IpAddress near = net.address_of(net.near), far = net.address_of(net.far);
  ASSERT_EQ(near.high(), network_a);
  ASSERT_EQ(far.high(), network_b);
  Host& client = net.world.host(net.near);
  ASSERT_EQ(client.ping(far, {1, 1}, {}, net.world.now()), Error::none);
  net.pass(1s);
  const auto reply = client.next_echo_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->ttl, 63);
  EXPECT_EQ(net.world.host(net.router).counters().packets_forwarded, 2u);

  const Handle listener = *net.world.host(net.far).listen({{}, 80}, {}, net.world.now());
  const Handle at_client = *client.connect({far, 80}, {}, net.world.now());
  net.pass(1s);
  EXPECT_EQ(client.info(at_client)->state, tcp::State::established);
  const auto at_server = net.world.host(net.far).accept(listener, net.world.now());
  ASSERT_TRUE(at_server);
  EXPECT_EQ(net.world.host(net.far).info(*at_server)->tuple.remote.address, near);
}

TEST(Ipv6World, ARouterThatTriesNoAddressAdvertisesAllTheSame) {
  World world{1};
  const HostId near = world.add_host(host_v6("near", 1, 0));
  HostSettings settings = host_v6("router", 2, network_a);
  settings.forwards = true;
  settings.links[0].ipv6.duplicate_probes = 0;
  settings.links[0].ipv6.advertises.is_on = true;
  settings.links[0].ipv6.advertises.prefixes = {{.prefix = {IpAddress{network_a, 0}, 64}}};
  world.connect({near, 0}, {world.add_host(settings), 0}, CableSettings::both({.delay = 1ms}));
  world.run_until(Instant{} + 1s);
  EXPECT_EQ(world.host(near).ipv6().on(0).routers.routers().size(), 1u);
}

// RFC 8201: the router cuts nothing, and says so.
TEST(Ipv6World, ANarrowLinkOnTheWayIsLearned) {
  Routed net(2, 1300);
  // The far link's own host knows its MTU from its link; that of the near one is 1500.
  const IpAddress far = net.address_of(net.far);
  Host& client = net.world.host(net.near);
  Host& server = net.world.host(net.far);
  const Handle listener = *server.listen({{}, 80}, {}, net.world.now());
  const Handle at_client = *client.connect({far, 80}, {}, net.world.now());
  net.pass(1s);
  const Handle at_server = *server.accept(listener, net.world.now());
  ASSERT_EQ(client.info(at_client)->snd.mss, 1428u);
  const std::vector<std::uint8_t> text(20'000, 'x');
  ASSERT_EQ(*client.write(at_client, text, net.world.now()), 20'000u);
  net.pass(5s);
  EXPECT_EQ(client.info(at_client)->snd.mss, 1300u - 72);
  EXPECT_GE(net.world.host(net.router).counters().drops[Drop::ip_too_big], 1u);
  std::vector<std::uint8_t> room(30'000);
  const auto count = server.read(at_server, room, net.world.now());
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 20'000u);
}

TEST(Ipv6World, ARouterSaysWhyItPassesNothingOn) {  // RFC 8200 4.5 (d), RFC 4443 3.3.
  Routed net(3);
  Host& client = net.world.host(net.near);
  const IpAddress nowhere{0x2001'0db8'00ff'0000, 1};
  const Handle attempt = *client.connect({nowhere, 80}, {}, net.world.now());
  net.pass(1s);
  EXPECT_EQ(client.error_of(attempt), Error::network_unreachable);
  EXPECT_GE(net.world.host(net.router).counters().drops[Drop::ip_no_route], 1u);
  // Nobody there: the router tells after it has asked three times.
  const Handle second = *client.connect({IpAddress{network_b, 0x99}, 80}, {}, net.world.now());
  net.pass(5s);
  EXPECT_EQ(client.error_of(second), Error::host_unreachable);
}

// RFC 4291 2.5.6.
TEST(Ipv6World, LinkLocalAddressesStayOnTheirLink) {
  Routed net(4);
  Host& client = net.world.host(net.near);
  const IpAddress of_far = *net.world.host(net.far).ipv6().on(0).addresses.link_local();
  ASSERT_EQ(client.ping(of_far, {1, 1}, {}, net.world.now()), Error::none);
  net.pass(5s);
  EXPECT_FALSE(client.next_echo_reply());
  EXPECT_EQ(net.world.host(net.router).counters().packets_forwarded, 0u);
}

}  // namespace
}  // namespace acksu::sim
