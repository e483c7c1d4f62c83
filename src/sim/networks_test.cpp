// Networks in a row: who reaches whom through which routers, with which addresses.
#include <gtest/gtest.h>

#include "sim/topology.h"

namespace acksu::sim {
namespace {

std::vector<HostSettings> talkers(std::uint8_t count) {
  std::vector<HostSettings> all;
  for (std::uint8_t i = 1; i <= count; ++i) all.push_back(simple_host("host", i));
  return all;
}

Topology row(std::vector<Border> borders) {
  Topology topology;
  topology.networks.resize(borders.size() + 1);
  topology.borders = std::move(borders);
  topology.has_v6 = true;
  return topology;
}

// The hop limit with which the answer to a ping arrives; 0: there was none.
int ttl_of_answer(World& world, const Topology& topology, HostId to, Family family) {
  Host& client = world.host(client_host);
  const IpAddress address = address_of(topology, to, family);
  EXPECT_EQ(client.ping(address, {1, 1}, {}, world.now()), Error::none);
  world.run_until(world.now() + 1s);
  const std::optional<EchoReply> reply = client.next_echo_reply();
  return reply ? reply->ttl : 0;
}

TEST(Networks, EachRouterOnTheWayTakesAHopInBothFamilies) {
  for (std::size_t routers = 0; routers <= 4; ++routers) {
    const Topology topology = row(std::vector<Border>(routers, Border::router));
    World world = build(1, topology, talkers(2));
    const int hops = static_cast<int>(routers);
    EXPECT_EQ(ttl_of_answer(world, topology, server_host, Family::v4), 64 - hops);
    EXPECT_EQ(ttl_of_answer(world, topology, server_host, Family::v6), 64 - hops);
  }
}

TEST(Networks, TranslatorsInARowLeadOutAndBack) {
  const Topology topology = row({Border::translator, Border::router, Border::translator});
  World world = build(1, topology, talkers(2));
  EXPECT_EQ(ttl_of_answer(world, topology, server_host, Family::v4), 61);
  EXPECT_EQ(ttl_of_answer(world, topology, server_host, Family::v6), 61);
  const HostId first = server_host + 1, last = first + 2;
  EXPECT_EQ(world.host(first).translation()->counters().outward, 1u);
  EXPECT_EQ(world.host(last).translation()->counters().inward, 1u);
  // Nobody on the right reaches what is private on the left.
  Host& server = world.host(server_host);
  const IpAddress client = address_of(topology, client_host, Family::v4);
  EXPECT_EQ(server.ping(client, {2, 1}, {}, world.now()), Error::none);
  world.run_until(world.now() + 1s);
  EXPECT_FALSE(server.next_echo_reply());
}

TEST(Networks, GuestsLiveAtTheSwitchOfTheirNetwork) {
  Topology topology = row({Border::router, Border::router});
  topology.networks[1].switches = 2;
  topology.networks[2].switches = 1;
  topology.guests = {1, 2, 1};
  World world = build(1, topology, talkers(5));
  // In the middle the answer goes to the gateway on the right first, which sends it back.
  EXPECT_EQ(ttl_of_answer(world, topology, 2, Family::v4), 62);
  EXPECT_EQ(ttl_of_answer(world, topology, 3, Family::v4), 62);
  EXPECT_EQ(ttl_of_answer(world, topology, 4, Family::v6), 62);
  EXPECT_EQ(way_of(topology), Way::routers);
  EXPECT_EQ(describe(topology),
            "client - router - switch - switch - router - switch - server, a guest in network 1, a "
            "guest in network 2, a guest in network 1");
}

}  // namespace
}  // namespace acksu::sim
