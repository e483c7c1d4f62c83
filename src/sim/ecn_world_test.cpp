// A bottleneck that marks (CoDel, RFC 3168): transfers lose nothing, and both ends keep its queue
// short; DCTCP shorter than others.
#include <gtest/gtest.h>

#include <memory>

#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim {
namespace {

struct MarkedPath {
  tcp::EcnPolicy client = tcp::EcnPolicy::ask, server = tcp::EcnPolicy::answer;
  tcp::CongestionAlgorithm congestion = tcp::CongestionAlgorithm::cubic;
  bool has_marks = true;
  std::uint64_t bytes = 5'000'000;
};

World marked_world(const MarkedPath& path) {
  World world{7};
  HostSettings of_client = simple_host("client", 1), of_server = simple_host("server", 2);
  of_client.tcp.ecn = path.client;
  of_server.tcp.ecn = path.server;
  of_client.tcp.congestion = of_server.tcp.congestion = path.congestion;
  const HostId client = world.add_host(of_client), server = world.add_host(of_server);
  const DirectionSettings both{
      .delay = 10ms, .rate = 10'000'000, .has_codel = true, .has_ecn = path.has_marks};
  world.connect({client, 0}, {server, 0}, CableSettings::both(both));
  Plan plan, quiet;
  plan.bytes = path.bytes;
  TrafficSettings to_open, to_answer;
  to_open.tag = 1;
  to_open.openings = {{Instant{} + 1s, {simple_address(2), 80}, std::nullopt, plan}};
  to_answer.tag = 2;
  to_answer.listen = Endpoint{IpAddress{}, 80};
  to_answer.accepted = {quiet};
  world.install(client, std::make_unique<Traffic>(to_open));
  world.install(server, std::make_unique<Traffic>(to_answer));
  EXPECT_TRUE(world.run_until_quiet(30min));
  const auto& exchanges = static_cast<const Traffic&>(*world.application(server)).exchanges();
  EXPECT_EQ(exchanges.empty() ? 0 : exchanges[0].read, path.bytes);
  return world;
}

TEST(EcnWorld, MarksInsteadOfLosses) {
  for (const auto congestion : {tcp::CongestionAlgorithm::new_reno, tcp::CongestionAlgorithm::cubic,
                                tcp::CongestionAlgorithm::dctcp}) {
    const World world = marked_world({.congestion = congestion});
    const tcp::Counters& sent = world.host(0).counters().tcp;
    EXPECT_GT(world.host(1).counters().tcp.marked_segments, 5u) << tcp::name(congestion);
    EXPECT_GT(sent.mark_reductions, 5u);
    EXPECT_EQ(sent.retransmitted_segments, 0u);
  }
}

// RFC 9768: the same with accurate ECN, where the sender knows each mark; and as many as arrived.
TEST(EcnWorld, AccurateMarksInsteadOfLosses) {
  using tcp::EcnPolicy;
  for (const auto congestion : {tcp::CongestionAlgorithm::new_reno, tcp::CongestionAlgorithm::cubic,
                                tcp::CongestionAlgorithm::dctcp, tcp::CongestionAlgorithm::bbr}) {
    const World world = marked_world({.client = EcnPolicy::ask_accurate, .congestion = congestion});
    const tcp::Counters& sent = world.host(0).counters().tcp;
    const tcp::Counters& taken = world.host(1).counters().tcp;
    EXPECT_EQ(sent.accurate_ecn, 1u) << tcp::name(congestion);
    EXPECT_EQ(taken.accurate_ecn, 1u);
    EXPECT_GT(taken.marked_segments, 5u) << tcp::name(congestion);
    EXPECT_EQ(sent.marks_reported, taken.marked_segments) << tcp::name(congestion);
    EXPECT_GT(sent.mark_reductions, 5u);
    EXPECT_EQ(sent.retransmitted_segments, 0u) << tcp::name(congestion);
    EXPECT_EQ(sent.marking_stopped, 0u);
  }
}

TEST(EcnWorld, WithoutAgreementThereAreLosses) {
  using tcp::EcnPolicy;
  for (const MarkedPath& path :
       {MarkedPath{.client = EcnPolicy::answer}, MarkedPath{.server = EcnPolicy::off},
        MarkedPath{.has_marks = false}}) {
    const World world = marked_world(path);
    EXPECT_EQ(world.host(1).counters().tcp.marked_segments, 0u);
    EXPECT_GT(world.host(0).counters().tcp.retransmitted_segments, 0u);
  }
}

}  // namespace
}  // namespace acksu::sim
