// A web page through the home network: switches, four routers, one of which translates.
#include <gtest/gtest.h>

#include "api/http_client.h"
#include "api/http_server.h"
#include "sim/home_network.h"

namespace acksu::http {
namespace {

using Network = sim::HomeNetwork;

constexpr std::size_t page_bytes = 40'000;

sim::World world_with_page(std::uint64_t seed, std::uint32_t loss) {
  sim::HomeNetworkSettings settings;
  for (sim::DirectionSettings& hop : settings.hops) hop.loss = loss;
  sim::World world = sim::home_network(seed, settings);
  world.install(Network::web_server,
                std::make_unique<Server>(ServerSettings{.idle_limit = 1h},
                                         pages({{"/", std::string(page_bytes, 'p')}})));
  world.step();
  ClientSettings asks;
  asks.server = {Network::web_address, 80};
  asks.idle_limit = 1h;
  world.install(Network::laptop, std::make_unique<Client>(asks, nullptr));
  return world;
}

// Runs to the end, and tells how it looks then.
std::uint64_t finish(sim::World& world) {
  world.run_until(world.now() + 2h);
  world.stop();
  EXPECT_TRUE(world.run_until_quiet(24h));
  const auto& client = *static_cast<const Client*>(world.application(Network::laptop));
  EXPECT_TRUE(client.has_succeeded());
  EXPECT_EQ(client.body_bytes(), page_bytes);
  for (sim::HostId host = 0; host < world.host_count(); ++host) {
    const HostHoldings held = world.host(host).holdings();
    EXPECT_EQ(held.connections + held.half_open + held.time_wait + held.listeners, 0u) << host;
    EXPECT_EQ(held.text_bytes, 0u) << host;
  }
  return world.digest();
}

TEST(HomeNetwork, CarriesAPage) {
  sim::World world = world_with_page(3, 0);
  finish(world);
  const Nat& nat = *world.host(Network::home_router).translation();
  EXPECT_EQ(nat.counters().drops.total(), 0u);
}

TEST(HomeNetwork, CarriesAPageOverBadCables) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    sim::World world = world_with_page(seed, 50'000);  // on each of five hops
    finish(world);
  }
}

TEST(HomeNetwork, ACopyInTheMiddleOfAPageGoesOnAlike) {
  sim::World world = world_with_page(9, 50'000);
  world.run_until(world.now() + 100ms);
  sim::World copy = world;
  EXPECT_EQ(finish(world), finish(copy));
}

}  // namespace
}  // namespace acksu::http
