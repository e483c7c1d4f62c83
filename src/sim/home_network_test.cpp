// The home network: pings find every hop, the translator hides the laptop, worlds copy and repeat.
#include "sim/home_network.h"

#include <gtest/gtest.h>

#include "sim/recorder.h"

namespace acksu::sim::home_network_test {
namespace {

using Network = HomeNetwork;

std::optional<EchoReply> ping(World& world, IpAddress target) {
  Host& laptop = world.host(Network::laptop);
  EXPECT_EQ(laptop.ping(target, {7, 1}, {}, world.now()), Error::none);
  world.run_until(world.now() + 10s);
  return laptop.next_echo_reply();
}

TEST(HomeNetwork, PassesPingsOverFourRouters) {
  World world = home_network(1);
  const std::optional<EchoReply> reply = ping(world, Network::web_address);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->ttl, 60);
  for (HostId router = Network::home_router; router <= Network::far_router; ++router) {
    EXPECT_EQ(world.host(router).counters().packets_forwarded, 2u) << router;
  }
  EXPECT_TRUE(ping(world, Network::dns_address));
  EXPECT_TRUE(ping(world, Network::lan_address));
}

TEST(HomeNetwork, HidesTheLaptopBehindOneAddress) {
  World world = home_network(1);
  const Handle listener = *world.host(Network::web_server).listen({{}, 80}, {}, world.now());
  ASSERT_TRUE(world.host(Network::laptop).connect({Network::web_address, 80}, {}, world.now()));
  world.run_until(world.now() + 1s);
  const Result<Handle> accepted = world.host(Network::web_server).accept(listener, world.now());
  ASSERT_TRUE(accepted);
  EXPECT_EQ(world.host(Network::web_server).info(*accepted)->tuple.remote.address,
            Network::wan_address);
  // Nobody outside has a way to the private network.
  EXPECT_FALSE(world.host(Network::isp1).routes().find(Network::laptop_address));
}

TEST(HomeNetwork, LeavesTheLaptopWithoutAnAddressWhereThatIsWished) {
  World world = home_network(1, {.laptop_has_address = false});
  EXPECT_EQ(world.host(Network::laptop).ping(Network::web_address, {7, 1}, {}, world.now()),
            Error::network_unreachable);
}

TEST(HomeNetwork, SpeaksIpv6WithoutTranslation) {
  World world = home_network(1, {.has_ipv4 = false, .has_ipv6 = true, .laptop_has_address = false});
  world.run_until(Instant{} + 5s);
  Host& laptop = world.host(Network::laptop);
  EXPECT_EQ(laptop.ping(Network::web_address_v6, {7, 1}, {}, world.now()),
            Error::network_unreachable);
  ASSERT_EQ(laptop.start_ipv6(0), Error::none);
  EXPECT_EQ(laptop.start_ipv6(1), Error::invalid_argument);
  world.run_until(world.now() + 5s);
  const std::optional<EchoReply> reply = ping(world, Network::web_address_v6);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->ttl, 60);

  const Handle listener = *world.host(Network::web_server).listen({{}, 80}, {}, world.now());
  ASSERT_TRUE(laptop.connect({Network::web_address_v6, 80}, {}, world.now()));
  world.run_until(world.now() + 1s);
  const Result<Handle> accepted = world.host(Network::web_server).accept(listener, world.now());
  ASSERT_TRUE(accepted);
  const IpAddress seen = world.host(Network::web_server).info(*accepted)->tuple.remote.address;
  EXPECT_TRUE(Network::home_prefix_v6.contains(seen));
  EXPECT_TRUE(laptop.ipv6().on(0).addresses.is_ours(seen));
  EXPECT_EQ(laptop.ping(Network::web_address, {7, 2}, {}, world.now()), Error::network_unreachable)
      << "this network has no IPv4";
}

TEST(HomeNetwork, BothFamiliesGoSideBySide) {
  World world = home_network(1, {.has_ipv6 = true});
  world.run_until(Instant{} + 5s);
  EXPECT_TRUE(ping(world, Network::web_address));
  EXPECT_TRUE(ping(world, Network::web_address_v6));
}

TEST(HomeNetwork, KnowsTheEndsOfItsHops) {
  EXPECT_EQ(Network::ends_of(1), (std::array{Port{0, 0}, Port{1, 0}}));
  EXPECT_EQ(Network::ends_of(3), (std::array{Port{2, 1}, Port{3, 0}}));
  EXPECT_EQ(Network::ends_of(5), (std::array{Port{4, 1}, Port{5, 0}}));
}

TEST(HomeNetwork, ACopyGoesOnAlikeAndASeedRepeats) {
  HomeNetworkSettings settings;
  settings.hops[2].loss = 100'000;
  const auto run = [&settings](std::uint64_t seed, bool copies) {
    World world = home_network(seed, settings);
    for (std::uint16_t i = 0; i < 50; ++i) {
      world.host(Network::laptop).ping(Network::web_address, {7, i}, {}, world.now());
      world.run_until(world.now() + 7ms);
      if (copies && i == 25) world = World{world};
    }
    world.run_until(world.now() + 1s);
    return world.digest();
  };
  EXPECT_EQ(run(5, false), run(5, false));
  EXPECT_EQ(run(5, false), run(5, true));
  EXPECT_NE(run(5, false), run(6, false));
}

}  // namespace
}  // namespace acksu::sim::home_network_test
