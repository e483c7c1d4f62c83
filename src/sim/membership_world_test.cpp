// Groups in a world: two members and one who is none at a switch, a querier that asks, frames lost.
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "sim/topology.h"
#include "sim/world.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/igmp.h"
#include "wire/ipv4.h"

namespace acksu::sim {
namespace {

constexpr IpAddress group = IpAddress::v4(239, 7, 7, 7);
constexpr IpAddress all_systems = IpAddress::v4(224, 0, 0, 1);
constexpr IpAddress querier = IpAddress::v4(10, 0, 0, 99);

HostSettings host_settings(std::uint8_t number) {
  HostSettings settings;
  settings.name = "host" + std::to_string(number);
  settings.links.push_back(
      {.mac = {{2, 0, 0, 0, 0, number}}, .addresses = {{IpAddress::v4(10, 0, 0, number), 24}}});
  return settings;
}

// What a querier knows: of each group, who has reported it last, and when.
struct Querier : FrameWatcher {
  std::map<HostId, std::uint32_t> reports;
  std::map<HostId, Instant> last;

  void on_frame(Instant now, Port port, Way way, const Frame& frame) override {
    if (way != Way::out || port.is_of_switch()) return;
    const std::vector<std::uint8_t> bytes = frame.bytes.flatten();
    const Bytes packet = Bytes(bytes).subspan(14);
    wire::Ipv4Header ip;
    if (wire::read(packet, ip) != Drop::none || ip.protocol != wire::IpProtocol::igmp) return;
    wire::MembershipMessage message;
    const wire::MembershipCarrier carrier{ip.source, ip.ttl, true};
    ASSERT_EQ(wire::read_igmp(packet.subspan(ip.header_bytes), carrier, message), Drop::none);
    ++reports[port.host];
    last[port.host] = now;
  }
};

struct Hall {
  World world;
  std::array<Handle, 4> sockets{};
  std::array<std::uint8_t, 64> room{};

  explicit Hall(std::uint32_t loss) : world(11) {
    const SwitchId device = world.add_switch({.ports = 4});
    for (std::uint8_t i = 0; i < 4; ++i) {
      const HostId id = world.add_host(host_settings(static_cast<std::uint8_t>(i + 1)));
      world.connect({id, 0}, Port::of_switch(device, i),
                    CableSettings::both({.delay = 1ms, .loss = loss}));
      sockets[i] = *world.host(id).open_udp({{}, 7777}, world.now());
    }
  }
  // A general query to all hosts, from beside the switch.
  void ask(Instant at) {
    wire::MembershipMessage query;
    query.version = 3;
    query.group = IpAddress::v4(0);
    query.max_response = 10s;
    query.robustness = 2;
    query.query_interval = 125s;
    for (HostId id = 0; id < 4; ++id) {
      Slice bytes = world.pool().allocate(14 + 24 + wire::igmp_bytes(query));
      const MutableBytes out = bytes.writable();
      wire::write(
          wire::EthernetHeader{
              wire::mac_of_group_v4(all_systems), {{2, 0, 0, 0, 0, 99}}, wire::EtherType::ipv4},
          out);
      wire::write_with_router_alert({.total_length = static_cast<std::uint16_t>(out.size() - 14),
                                     .ttl = 1,
                                     .protocol = wire::IpProtocol::igmp,
                                     .source = querier,
                                     .destination = all_systems},
                                    out.subspan(14));
      wire::write_igmp(query, out.subspan(38));
      world.inject({id, 0}, Frame{.bytes = BufferChain(std::move(bytes))}, at);
    }
  }
  std::string heard_by(HostId id) {
    const auto datagram = world.host(id).receive_from(sockets[id], room);
    return datagram ? std::string(room.begin(), room.begin() + datagram->length) : "";
  }
};

TEST(MembershipWorld, AQuerierLearnsTheMembersAndTheyHear) {
  Hall hall{0};
  World& world = hall.world;
  Querier known;
  world.watch(&known);
  for (const HostId member : {1u, 2u}) {
    EXPECT_EQ(world.host(member).join_group(hall.sockets[member], {group, 0}, world.now()),
              Error::none);
  }
  world.run_until(world.now() + 5s);
  EXPECT_EQ(known.reports, (std::map<HostId, std::uint32_t>{{1, 2}, {2, 2}}));

  const Instant asked = world.now() + 1s;
  hall.ask(asked);
  world.run_until(asked + 15s);
  EXPECT_EQ(known.reports, (std::map<HostId, std::uint32_t>{{1, 3}, {2, 3}}));
  EXPECT_NE(known.last[1], known.last[2]);
  EXPECT_LE(std::max(known.last[1], known.last[2]), asked + 11s);

  EXPECT_EQ(
      world.host(0).send_to(hall.sockets[0], {group, 7777}, Bytes(hall.room).first(5), world.now()),
      Error::none);
  world.run_until(world.now() + 1s);
  EXPECT_EQ(hall.heard_by(1).size(), 5u);
  EXPECT_EQ(hall.heard_by(2).size(), 5u);
  EXPECT_EQ(hall.heard_by(3), "");
  EXPECT_EQ(world.host(3).counters().drops[Drop::ip_group_not_joined], 1u + 6u)
      << "the datagram, and what members told routers";

  EXPECT_EQ(world.host(1).leave_group(hall.sockets[1], {group, 0}, world.now()), Error::none);
  const Instant again = world.now() + 5s;
  hall.ask(again);
  world.run_until(again + 15s);
  EXPECT_EQ(known.reports[1], 5u) << "left, told twice, and nothing since";
  EXPECT_EQ(known.reports[2], 4u);
  EXPECT_TRUE(world.run_until_quiet(1h));
}

TEST(MembershipWorld, TheSameSeedIsTheSameRunAndACopyGoesTheSameWay) {
  Hall hall{100'000}, same{100'000};
  for (Hall* each : {&hall, &same}) {
    World& world = each->world;
    EXPECT_EQ(world.host(1).join_group(each->sockets[1], {group, 0}, world.now()), Error::none);
    each->ask(world.now() + 1s);
    world.run_until(world.now() + 3s);
  }
  World copy = hall.world;
  hall.world.run_until(Instant{} + 20s);
  same.world.run_until(Instant{} + 20s);
  EXPECT_NE(copy.digest(), hall.world.digest());
  copy.run_until(Instant{} + 20s);
  EXPECT_EQ(hall.world.digest(), same.world.digest());
  EXPECT_EQ(hall.world.digest(), copy.digest());
}

}  // namespace
}  // namespace acksu::sim
