// Every N-th refusal, as SQLite tests what it does when memory is short: one exchange is run once
// to count its points, and then once more for each of them, which fails. Text goes both ways, some
// frames are lost by the way, and both ends close. Whatever fails, all text arrives, no promise is
// broken, nobody stands still and nothing is held in the end.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/random_world.h"

namespace acksu::sim {
namespace {

constexpr HostId both_hosts[] = {client_host, server_host};

// Nothing in it can break a connection: `RandomWorld` asks for all of the text.
Roll exchange(std::uint32_t loss) {
  Roll roll;
  roll.seed = 4;
  roll.is_gentle = true;
  roll.hosts = {simple_host("client", 1), simple_host("server", 2)};
  for (HostSettings& host : roll.hosts) host.tcp.quick_acks = 0;
  roll.traffic.resize(2);
  Plan plan;
  plan.bytes = 40'000;
  plan.write_chunk = 3'000;
  Plan slow = plan;  // early text of the other side is held meanwhile
  slow.read_pause = 50ms;
  slow.read_chunk = 4'000;
  plan.write_pause = 60ms;  // each is acknowledged late, by a timer
  roll.traffic[client_host].tag = 11;
  roll.traffic[server_host].tag = 12;
  roll.traffic[server_host].listen = Endpoint{IpAddress{}, 80};
  roll.traffic[server_host].accepted = {slow};
  roll.traffic[client_host].openings = {{Instant{}, {simple_address(2), 80}, std::nullopt, plan}};
  for (DirectionSettings& direction : roll.cable().directions) {
    direction.delay = 10ms;
    direction.loss = loss;
  }
  return roll;
}

std::uint64_t refusals(const RandomWorld& world, HostId host) {
  std::uint64_t all = 0;
  for (const LimitCount& limit : world.world().host(host).limits()) all += limit.count;
  return all;
}

// SECURITY C13: each charge to a host's memory is refused once, one by one.
TEST(Refusals, EachChargeOfMemoryIsMadeGood) {
  for (const HostId host : both_hosts) {
    std::uint64_t points = 0;
    for (bool is_reached = true; is_reached; ++points) {
      Roll roll = exchange(60'000);
      roll.hosts[host].refused_charge = points + 1;
      RandomWorld world{roll};
      EXPECT_TRUE(world.run()) << "charge " << points + 1 << "\n" << world.report();
      is_reached = refusals(world, host) > 0;
    }
    EXPECT_GT(points, 20u) << host;
  }
}

void each_frame(FilterRule::Action action, Duration delay) {
  for (const HostId host : both_hosts) {
    const Side from = host == client_host ? Side::a : Side::b;
    std::uint64_t frames = 1;
    for (std::uint32_t number = 1; number <= frames; ++number) {
      RandomWorld world{exchange(0)};
      FilterRule rule;
      rule.from = from;
      rule.first = number;
      rule.action = action;
      rule.delay = delay;
      world.world().cable(0).add(rule);
      EXPECT_TRUE(world.run()) << "frame " << number << "\n" << world.report();
      frames = std::max(frames, world.world().cable(0).counters(from).sent);
    }
    EXPECT_GT(frames, 20u) << host;
  }
}

TEST(Refusals, EachFrameIsLostOnce) { each_frame(FilterRule::Action::drop, {}); }
TEST(Refusals, EachFrameIsLateOnce) { each_frame(FilterRule::Action::delay, 3s); }
TEST(Refusals, EachFrameComesTwice) { each_frame(FilterRule::Action::duplicate, 1s); }

TEST(Refusals, EachTimerIsLateOnce) {
  RandomWorld undisturbed{exchange(60'000)};
  ASSERT_TRUE(undisturbed.run());
  for (const HostId host : both_hosts) {
    const std::uint64_t timers = undisturbed.world().timers_fired(host);
    EXPECT_GT(timers, 5u) << host;
    for (std::uint64_t number = 1; number <= timers; ++number) {
      for (const Duration late : {Duration{10ms}, Duration{3s}}) {
        RandomWorld world{exchange(60'000)};
        world.world().delay_timer(host, number, late);
        EXPECT_TRUE(world.run()) << "timer " << number << "\n" << world.report();
      }
    }
  }
}

}  // namespace
}  // namespace acksu::sim
