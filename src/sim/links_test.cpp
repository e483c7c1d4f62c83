// Cables of each kind between two hosts: TCP does not know which it is.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/checker.h"
#include "sim/packet.h"
#include "sim/recorder.h"
#include "sim/topology.h"
#include "sim/traffic.h"

namespace acksu::sim {
namespace {

constexpr std::uint64_t bytes = 200'000;

// What the two ends say to each other in TCP, without what follows from the clock alone.
class Talk final : public FrameWatcher {
 public:
  explicit Talk(LinkKind kind) : kind_(kind) {}

  void on_frame(Instant, Port port, Way way, const Frame& frame) override {
    if (way != Way::out) return;
    ++frames;
    const std::optional<TcpPacket> packet = read_tcp(frame, kind_);
    if (!packet) return;
    const Segment& segment = packet->segment;
    if (segment.has(Flags::syn)) iss_[port.host] = segment.seq;
    const auto since = [](Seq seq, Seq iss) { return std::to_string(seq.value() - iss.value()); };
    std::string line = std::to_string(port.host) + ": " + since(segment.seq, iss_[port.host]);
    if (segment.has(Flags::ack)) line += " ack " + since(segment.ack, iss_[1 - port.host]);
    line += " flags " + std::to_string(segment.flags.bits);
    line += " win " + std::to_string(segment.window);
    line += " mss " + std::to_string(segment.options.mss);
    line += " sacks " + std::to_string(segment.options.sack.size());
    line += " len " + std::to_string(segment.text.size());
    lines.push_back(std::move(line));
  }

  std::vector<std::string> lines;
  std::size_t frames = 0;

 private:
  LinkKind kind_;
  Seq iss_[2];
};

World hosts_on(LinkKind kind) {
  TwoHosts hosts;
  for (HostSettings* host : {&hosts.client, &hosts.server}) {
    host->links[0].kind = kind;
    host->links[0].vlan = {.id = 42, .priority = 3};
    host->tcp.burst_segments = 0;  // a first round trip that asks for a neighbour is longer
  }
  // Of no rate: a link header takes time on a line, and TCP sees that.
  hosts.cable = CableSettings::both({.delay = 5ms});
  World world = two_hosts(11, std::move(hosts));
  // Some of the text is lost, so that it is sent again.
  world.cable(0).add({.from = Side::a, .only_text = true, .first = 20, .count = 2});
  world.cable(0).add({.from = Side::a, .only_text = true, .first = 60});
  Plan plan;
  plan.bytes = bytes;
  TrafficSettings client;
  client.tag = 1;
  client.openings = {{Instant{} + 1s, {simple_address(2), 80}, {}, plan}};
  TrafficSettings server;
  server.tag = 2;
  server.listen = Endpoint{{}, 80};
  server.accepted = {plan};
  world.install(client_host, std::make_unique<Traffic>(std::move(client)));
  world.install(server_host, std::make_unique<Traffic>(std::move(server)));
  return world;
}

const Exchange& exchange(const World& world, HostId host) {
  return static_cast<const Traffic&>(*world.application(host)).exchanges().at(0);
}

TEST(LinkKinds, TcpDoesNotKnowWhich) {
  std::vector<std::string> plain;
  for (const LinkKind kind : {LinkKind::ethernet, LinkKind::vlan, LinkKind::ip}) {
    World world = hosts_on(kind);
    Talk talk{kind};
    world.watch(&talk);
    Checker checker;
    while (world.step() && world.now() < Instant{} + 1h) {
      ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
    }
    for (const HostId host : {client_host, server_host}) {
      EXPECT_EQ(exchange(world, host).read, bytes) << name(kind);
      EXPECT_EQ(exchange(world, host).broken_at, 0u) << name(kind);
      EXPECT_EQ(world.host(host).counters().tcp.retransmitted_segments > 0, host == client_host);
    }
    ASSERT_GT(talk.lines.size(), 200u) << name(kind);
    if (kind == LinkKind::ethernet) plain = talk.lines;
    EXPECT_EQ(talk.lines, plain) << name(kind);
    const bool asks_neighbours = talk.frames > talk.lines.size();
    EXPECT_EQ(asks_neighbours, has_ethernet(kind)) << name(kind);
    world.watch(nullptr);
  }
}

TEST(LinkKinds, FlippedBitsAreFoundOnEachKind) {
  for (const LinkKind kind : {LinkKind::ethernet, LinkKind::vlan, LinkKind::ip}) {
    World world = hosts_on(kind);
    for (const Side side : {Side::a, Side::b}) world.cable(0).direction(side).corrupt = 30'000;
    world.run_until(Instant{} + 1h);
    EXPECT_EQ(exchange(world, server_host).read, bytes) << name(kind);
    EXPECT_EQ(exchange(world, server_host).broken_at, 0u) << name(kind);
    EXPECT_GT(world.cable(0).counters(Side::a).corrupted, 0u) << name(kind);
  }
}

TEST(LinkKinds, ASwitchCarriesTagsAsTheyAre) {
  World world{5};
  const SwitchId device = world.add_switch({.ports = 4});
  const auto add = [&](std::uint8_t number, std::uint16_t vlan, LinkId port) {
    HostSettings settings = simple_host("host", number);
    settings.links[0].kind = LinkKind::vlan;
    settings.links[0].vlan.id = vlan;
    const HostId id = world.add_host(settings);
    world.connect({id, 0}, Port::of_switch(device, port), {});
    return id;
  };
  const HostId near = add(1, 7, 0);
  add(2, 7, 1);
  const HostId other = add(3, 8, 2);
  const std::vector<std::uint8_t> payload(1472);  // fills the MTU: 1518 bytes with the tag
  ASSERT_EQ(world.host(near).ping(simple_address(2), {1, 1}, payload, world.now()), Error::none);
  world.run_until(Instant{} + 1s);
  EXPECT_TRUE(world.host(near).next_echo_reply());
  EXPECT_GT(world.host(other).counters().drops[Drop::vlan_other], 0u);
  EXPECT_EQ(world.host(other).counters().drops.total(),
            world.host(other).counters().drops[Drop::vlan_other]);
}

TEST(LinkKinds, ACableOfBarePacketsIsTiedToNothingElse) {
  World world{5};
  HostSettings bare = simple_host("bare", 1);
  bare.links[0].kind = LinkKind::ip;
  world.add_host(bare);
  world.add_host(simple_host("plain", 2));
  EXPECT_DEATH(world.connect({0, 0}, {1, 0}, {}), "broken promise");
}

// A host that only speaks to itself goes on as long as it has something to say, and no further.
TEST(LinkKinds, LoopbackInAWorld) {
  World world{5};
  world.add_host(simple_host("alone", 1));
  Plan plan;
  plan.bytes = bytes;
  TrafficSettings settings;
  settings.listen = Endpoint{{}, 80};
  settings.accepted = {plan};
  settings.openings = {{Instant{} + 1s, {IpAddress::v4(127, 0, 0, 1), 80}, {}, plan}};
  world.install(0, std::make_unique<Traffic>(std::move(settings)));
  World twin = world;
  FrameDigest wire;
  world.watch(&wire);
  world.run_until(Instant{} + 1h);
  EXPECT_EQ(world.failure(), "");
  EXPECT_EQ(wire.frames(), 0u) << "nothing leaves";
  const auto& exchanges = static_cast<const Traffic&>(*world.application(0)).exchanges();
  ASSERT_EQ(exchanges.size(), 2u);
  for (const Exchange& each : exchanges) {
    EXPECT_EQ(each.read, bytes);
    EXPECT_EQ(each.broken_at, 0u);
  }
  twin.run_until(Instant{} + 1h);
  EXPECT_EQ(twin.digest(), world.digest());
}

}  // namespace
}  // namespace acksu::sim
