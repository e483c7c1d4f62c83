// Worlds: time, copies, rewinding, digests, and that a world which never ends is stopped.
#include "sim/world.h"

#include <gtest/gtest.h>

#include "sim/checker.h"
#include "sim/packet.h"
#include "sim/recorder.h"
#include "sim/topology.h"
#include "sim/traffic.h"

namespace acksu::sim::world_test {
namespace {

World world_with_transfer(std::uint64_t seed, const DirectionSettings& direction = {},
                          std::uint64_t bytes = 20'000) {
  World world = two_hosts(seed, {.cable = CableSettings::both(direction)});
  Plan plan;
  plan.bytes = bytes;
  TrafficSettings client, server;
  client.tag = 1;
  client.openings = {{Instant{} + 5ms, {simple_address(2), 80}, std::nullopt, plan}};
  server.tag = 2;
  server.listen = Endpoint{IpAddress{}, 80};
  server.accepted = {plan};
  world.install(client_host, std::make_unique<Traffic>(client));
  world.install(server_host, std::make_unique<Traffic>(server));
  return world;
}

const Traffic& traffic(const World& world, HostId id) {
  return static_cast<const Traffic&>(*world.application(id));
}

TEST(World, CarriesATransferToItsEnd) {
  World world = world_with_transfer(1);
  Checker checker;
  while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
  world.stop();
  while (world.step()) ASSERT_TRUE(checker.check_step(world)) << to_string(*checker.violation());
  for (HostId id = 0; id < 2; ++id) {
    ASSERT_EQ(traffic(world, id).exchanges().size(), 1u);
    EXPECT_EQ(traffic(world, id).exchanges()[0].read, 20'000u);
    EXPECT_TRUE(traffic(world, id).is_done());
  }
  EXPECT_TRUE(checker.check_streams(traffic(world, 0), traffic(world, 1)));
  EXPECT_TRUE(checker.check_quiet(world)) << to_string(*checker.violation());
  EXPECT_GE(world.now(), Instant{} + 60s);  // TIME-WAIT is over
}

TEST(World, TheSameSeedIsTheSameRun) {
  const DirectionSettings faults{.jitter = 3ms, .loss = 50'000, .reorder = 50'000};
  const auto digest_of = [&faults](std::uint64_t seed) {
    World world = world_with_transfer(seed, faults);
    FrameDigest digest;
    world.watch(&digest);
    world.run_until_quiet(24h);
    return std::pair{digest.value(), world.digest()};
  };
  EXPECT_EQ(digest_of(5), digest_of(5));
  EXPECT_NE(digest_of(5), digest_of(6));
}

TEST(World, ACopyGoesTheSameWay) {
  World world = world_with_transfer(3, {.delay = 5ms, .loss = 50'000});
  world.run_until(Instant{} + 100ms);
  World copy = world;
  EXPECT_EQ(copy.digest(), world.digest());
  while (world.step()) {
    ASSERT_TRUE(copy.step());
    ASSERT_EQ(copy.digest(), world.digest()) << nanoseconds(world.now());
  }
  EXPECT_FALSE(copy.step());
}

TEST(World, ARunDoesNotTouchItsCopy) {
  World world = world_with_transfer(3);
  world.run_until(Instant{} + 8ms);
  const World kept = world;
  const std::uint64_t before = kept.digest();
  world.run_until_quiet(1h);
  EXPECT_EQ(kept.digest(), before);
  EXPECT_NE(world.digest(), before);

  world = kept;  // rewound
  EXPECT_EQ(world.digest(), before);
  EXPECT_TRUE(world.run_until_quiet(1h));
  EXPECT_EQ(traffic(world, 1).exchanges()[0].read, 20'000u);
}

TEST(World, BuffersAreSharedOnlyWhileThereAreCopies) {
  World world = world_with_transfer(3);
  EXPECT_FALSE(world.is_pool_shared());
  {
    const World copy = world;
    EXPECT_TRUE(world.is_pool_shared());
  }
  EXPECT_FALSE(world.is_pool_shared());
}

TEST(World, TimeStandsWhereItWasTold) {
  World world = world_with_transfer(1);
  EXPECT_TRUE(world.run_until(Instant{} + 3ms));
  EXPECT_EQ(world.now(), Instant{} + 3ms);
  EXPECT_EQ(traffic(world, 0).exchanges().size(), 0u);
  EXPECT_TRUE(world.run_until(Instant{} + 5ms));
  EXPECT_EQ(traffic(world, 0).exchanges().size(), 1u);
}

TEST(World, InjectedFramesArrive) {
  World world = two_hosts(1);
  TcpPacket packet;
  packet.source_mac = {{2, 0, 0, 0, 0, 9}};
  packet.destination_mac = {{2, 0, 0, 0, 0, 1}};
  packet.source = simple_address(9);
  packet.destination = simple_address(1);
  packet.segment.source_port = 7;
  packet.segment.destination_port = 8;
  packet.segment.flags = Flags{Flags::syn};
  world.inject({client_host, 0}, make_frame(packet, world.pool()), Instant{} + 3ms);
  EXPECT_EQ(world.next_instant(), Instant{} + 3ms);
  world.run_until(Instant{} + 3ms);
  EXPECT_EQ(world.host(client_host).counters().frames_in, 1u);
  EXPECT_EQ(world.host(client_host).counters().drops[Drop::tcp_no_connection], 1u);
}

class Restless final : public Application {
 public:
  void start(Host&, Instant now) override { now_ = now; }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return now_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Restless>(*this); }

 private:
  Instant now_{};
};

TEST(World, ALivelockIsAFailureAndNoHang) {
  World world = two_hosts(1);
  world.install(client_host, std::make_unique<Restless>());
  EXPECT_FALSE(world.run_until(Instant{} + 1s));
  EXPECT_NE(world.failure().find("livelock"), std::string::npos);
  EXPECT_FALSE(world.step());
}

}  // namespace
}  // namespace acksu::sim::world_test
