// DHCP between hosts of a simulated world: addresses come, are used, contested, renewed, and go.
#include "api/dhcp_service.h"

#include <gtest/gtest.h>

#include "host/applications.h"
#include "sim/topology.h"

namespace acksu {
namespace {

constexpr sim::HostId server = 0, client = 1, third = 2;
constexpr IpAddress router = IpAddress::v4(10, 0, 0, 1);

HostSettings nobody(std::uint8_t number) {
  HostSettings settings = sim::simple_host("host", number);
  settings.links[0].addresses.clear();
  return settings;
}

DhcpServerServiceSettings serving(Duration lease) {
  DhcpServerServiceSettings settings;
  settings.server.address = {router, 24};
  settings.server.first = IpAddress::v4(10, 0, 0, 100);
  settings.server.last = IpAddress::v4(10, 0, 0, 110);
  settings.server.routers = {router};
  settings.server.name_servers = {router};
  settings.server.lease = lease;
  return settings;
}

struct Home {
  sim::World world{4711};

  explicit Home(Duration lease = 12h) {
    world.add_switch({.ports = 4});
    for (std::uint8_t i = 0; i < 3; ++i) {
      const auto number = static_cast<std::uint8_t>(i + 1);
      world.add_host(i == 0 ? sim::simple_host("server", 1) : nobody(number));
      world.connect({i, 0}, sim::Port::of_switch(0, i), sim::CableSettings::both({.delay = 1ms}));
    }
    world.install(server, std::make_unique<DhcpServerService>(serving(lease)));
  }
  void install_client(sim::HostId host, DhcpServiceSettings settings = {}) {
    world.install(host, std::make_unique<DhcpService>(std::move(settings)));
  }
  DhcpService& dhcp(sim::HostId host) {
    return static_cast<DhcpService&>(*world.application(host));
  }
  const DhcpServer& leases() {
    return static_cast<DhcpServerService&>(*world.application(server)).server();
  }
  void run(Duration duration) { ASSERT_TRUE(world.run_until(world.now() + duration)); }
};

TEST(DhcpService, GivesALinkAnAddressAndAWayOut) {
  Home home;
  home.install_client(client);
  home.run(5s);
  ASSERT_TRUE(home.dhcp(client).lease());
  const Host& host = home.world.host(client);
  ASSERT_EQ(host.routes().addresses().size(), 1u);
  EXPECT_EQ(to_string(host.routes().addresses()[0].prefix), "10.0.0.100/24");
  const std::optional<Route> route = host.routes().find(IpAddress::v4(192, 0, 2, 1));
  ASSERT_TRUE(route);
  EXPECT_EQ(route->next_hop, router);
  EXPECT_EQ(route->source, IpAddress::v4(10, 0, 0, 100));
  // It works: the server answers a ping.
  EXPECT_EQ(home.world.host(client).ping(router, {1, 1}, {}, home.world.now()), Error::none);
  home.run(1s);
  EXPECT_EQ(home.world.host(client).counters().drops[Drop::icmp_unmatched], 0u);

  home.world.stop();
  home.run(1s);
  EXPECT_TRUE(home.dhcp(client).is_done());
  EXPECT_TRUE(host.routes().addresses().empty());
  EXPECT_FALSE(host.routes().find(router));
  EXPECT_EQ(host.holdings().udp_sockets, 0u);
}

TEST(DhcpService, IsToldWhatItGivesBack) {
  Home home;
  home.install_client(client);
  home.run(5s);
  home.world.application(client)->stop(home.world.host(client), home.world.now());
  home.run(1s);
  EXPECT_EQ(home.leases().counters().released, 1u);
}

// RFC 5227 section 2.1.1 and RFC 2131 section 3.1 point 5.
TEST(DhcpService, DeclinesAnAddressThatSomebodyUses) {
  Home home;
  ASSERT_EQ(home.world.host(third).add_address(0, {IpAddress::v4(10, 0, 0, 100), 24}, {}),
            Error::none);
  home.install_client(client);
  home.run(30s);
  EXPECT_EQ(home.dhcp(client).conflicts(), 1u);
  EXPECT_EQ(home.leases().counters().declined, 1u);
  ASSERT_TRUE(home.dhcp(client).lease());
  EXPECT_EQ(home.dhcp(client).lease()->address, IpAddress::v4(10, 0, 0, 101));
}

TEST(DhcpService, RenewsWhileTheServerIsThereAndLosesAddressAndRoutesAfter) {
  Home home(120s);
  home.install_client(client);
  home.run(10min);
  ASSERT_TRUE(home.dhcp(client).lease());
  EXPECT_EQ(home.leases().counters().offers, 1u) << "renewed, not begun again";
  EXPECT_GE(home.leases().counters().acks, 8u);
  home.world.application(server)->stop(home.world.host(server), home.world.now());
  home.run(3min);
  EXPECT_FALSE(home.dhcp(client).lease());
  EXPECT_TRUE(home.world.host(client).routes().addresses().empty());
  EXPECT_FALSE(home.world.host(client).routes().find(router));
}

TEST(DhcpService, ServesSeveralAndAddressesByMacWithoutBroadcast) {
  Home home;
  DhcpServiceSettings unicast;
  unicast.client.wants_broadcast = false;
  home.install_client(client);
  home.install_client(third, unicast);
  home.run(5s);
  ASSERT_TRUE(home.dhcp(client).lease());
  // RFC 2131 4.1: what comes to the address that is being offered is heard, too.
  ASSERT_TRUE(home.dhcp(third).lease());
  EXPECT_NE(home.dhcp(third).lease()->address, home.dhcp(client).lease()->address);
  EXPECT_EQ(home.leases().counters().offers, 2u);
  EXPECT_EQ(home.world.host(third).counters().drops[Drop::ip_not_for_us], 0u);
}

TEST(DhcpService, AWorldWithItCanBeCopiedAndCompared) {
  Home home;
  home.install_client(client);
  home.install_client(third);
  ASSERT_TRUE(home.world.run_until(Instant{} + 600ms));
  sim::World copy = home.world;
  EXPECT_EQ(copy.digest(), home.world.digest());
  ASSERT_TRUE(copy.run_until(Instant{} + 60s));
  ASSERT_TRUE(home.world.run_until(Instant{} + 60s));
  EXPECT_EQ(copy.digest(), home.world.digest());
  EXPECT_TRUE(home.dhcp(third).lease());
}

TEST(DhcpService, TellsThatThePortIsTaken) {
  Home home;
  ASSERT_TRUE(home.world.host(client).open_udp({{}, 68}, {}));
  home.install_client(client);
  home.run(1s);
  EXPECT_EQ(home.dhcp(client).error(), Error::address_in_use);
  EXPECT_TRUE(home.dhcp(client).is_done());
}

}  // namespace
}  // namespace acksu
