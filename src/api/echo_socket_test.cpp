// Echo requests on raw sockets through a simulated network: over routers and a translator, with few
// hops to live, and to who is not there.
#include "api/echo_socket.h"

#include <gtest/gtest.h>

#include <vector>

#include "sim/home_network.h"

namespace acksu {
namespace {

using Network = sim::HomeNetwork;
using Kind = EchoAnswer::Kind;

struct Laptop {
  explicit Laptop(sim::HomeNetworkSettings settings = {})
      : world(sim::home_network(1, settings)), host(world.host(Network::laptop)) {
    world.run_until(world.now() + 5s);
    if (settings.has_ipv6) {
      EXPECT_EQ(host.start_ipv6(0), Error::none);
    }
    world.run_until(world.now() + 5s);
  }

  // The answer to one request, or nothing.
  std::optional<EchoAnswer> ask(EchoSocket& echo, const EchoRequest& request) {
    EXPECT_EQ(echo.send(host, request, world.now()), Error::none);
    world.run_until(world.now() + 10s);
    return echo.next(host);
  }

  sim::World world;
  Host& host;
};

TEST(EchoSocket, PingsThroughTheTranslator) {
  Laptop laptop;
  EchoSocket echo(7), other(8);
  ASSERT_EQ(echo.open(laptop.host, Network::web_address, laptop.world.now()), Error::none);
  ASSERT_EQ(other.open(laptop.host, Network::web_address, laptop.world.now()), Error::none);
  const auto answer = laptop.ask(echo, {.sequence = 3, .payload_bytes = 100});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Kind::reply);
  EXPECT_EQ(answer->from, Network::web_address);
  EXPECT_EQ(answer->sequence, 3);
  EXPECT_EQ(answer->bytes, 108u);
  EXPECT_EQ(answer->ttl, 60);
  EXPECT_FALSE(other.next(laptop.host)) << "it has not asked";
  echo.close(laptop.host, laptop.world.now());
  EXPECT_FALSE(echo.is_open());
  other.close(laptop.host, laptop.world.now());
  EXPECT_EQ(laptop.host.holdings().raw_sockets, 0u);
}

// RFC 792: each router says where a request has ended, quoting it as the laptop has sent it.
TEST(EchoSocket, FindsTheRoutersOnTheWay) {
  Laptop laptop;
  EchoSocket echo(7);
  ASSERT_EQ(echo.open(laptop.host, Network::web_address, laptop.world.now()), Error::none);
  std::vector<IpAddress> seen;
  for (std::uint8_t ttl = 1; ttl <= Network::hops; ++ttl) {
    const auto answer = laptop.ask(echo, {.sequence = ttl, .ttl = ttl});
    ASSERT_TRUE(answer) << unsigned{ttl};
    EXPECT_EQ(answer->sequence, ttl);
    EXPECT_EQ(answer->kind, ttl < Network::hops ? Kind::ttl_exceeded : Kind::reply);
    seen.push_back(answer->from);
  }
  EXPECT_EQ(seen.front(), Network::lan_address);
  EXPECT_EQ(seen.back(), Network::web_address);
}

TEST(EchoSocket, FindsTheRoutersOnTheWayOverIpv6) {
  Laptop laptop({.has_ipv4 = false, .has_ipv6 = true, .laptop_has_address = false});
  EchoSocket echo(7);
  ASSERT_EQ(echo.open(laptop.host, Network::web_address_v6, laptop.world.now()), Error::none);
  for (std::uint8_t ttl = 1; ttl <= Network::hops; ++ttl) {
    const auto answer = laptop.ask(echo, {.sequence = ttl, .ttl = ttl, .payload_bytes = 2000});
    ASSERT_TRUE(answer) << unsigned{ttl};
    EXPECT_EQ(answer->sequence, ttl);
    EXPECT_EQ(answer->kind, ttl < Network::hops ? Kind::ttl_exceeded : Kind::reply);
    if (ttl == Network::hops) {
      EXPECT_EQ(answer->bytes, 2008u) << "it was cut, and put together";
    }
  }
}

TEST(EchoSocket, IsToldThatThereIsNoWay) {
  Laptop laptop;
  EchoSocket echo(7);
  ASSERT_EQ(echo.open(laptop.host, IpAddress::v4(8, 8, 8, 8), laptop.world.now()), Error::none);
  const auto answer = laptop.ask(echo, {.sequence = 1});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Kind::network_unreachable);
  EXPECT_EQ(answer->sequence, 1);
}

}  // namespace
}  // namespace acksu
