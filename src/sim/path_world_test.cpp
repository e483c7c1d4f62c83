// Transfers that never end over a bottleneck, in virtual time: BBR, pacing, and paths that are long
// or change the order of packets.
#include <gtest/gtest.h>

#include <memory>

#include "sim/quiet_server_test.h"
#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"

namespace acksu::sim {
namespace {

struct BottleneckPath {
  std::uint64_t rate = 20'000'000;
  Duration one_way = 25ms;
  std::uint32_t queue_bytes = 1 << 20;
  std::uint32_t buffer_bytes = 16 << 20;
  std::uint32_t loss = 0, reorder = 0;  // parts per million
  tcp::CongestionAlgorithm congestion = tcp::CongestionAlgorithm::bbr;
  bool pacing = false;
  std::size_t flows = 1;
};

// Transfers that never end, all from one host to another.
class Bottleneck {
 public:
  explicit Bottleneck(const BottleneckPath& path) : path_(path) {
    HostSettings of_client = simple_host("client", 1), of_server = simple_host("server", 2);
    of_client.tcp.congestion = path.congestion;
    of_client.tcp.pacing = path.pacing;
    of_client.tcp.send_buffer = of_server.tcp.receive_buffer = path.buffer_bytes;
    const HostId client = world.add_host(of_client);
    server_ = world.add_host(of_server);
    DirectionSettings there{.delay = path.one_way,
                            .rate = path.rate,
                            .queue_bytes = path.queue_bytes,
                            .loss = path.loss,
                            .reorder = path.reorder,
                            .reorder_delay = path.one_way / 2};
    const DirectionSettings back{.delay = path.one_way, .rate = path.rate};
    cable_ = world.connect({client, 0}, {server_, 0}, {{there, back}});
    Plan endless;
    endless.bytes = 1ull << 40;
    TrafficSettings to_open;
    to_open.tag = 1;
    for (std::size_t i = 0; i < path.flows; ++i) {
      to_open.openings.push_back({Instant{} + 1s + static_cast<std::int64_t>(i) * 100ms,
                                  {simple_address(2), 80},
                                  std::nullopt,
                                  endless});
    }
    world.install(client, std::make_unique<Traffic>(to_open));
    world.install(server_, std::make_unique<Traffic>(quiet_server(2)));
  }

  const std::vector<Exchange>& exchanges() const {
    return static_cast<const Traffic&>(*world.application(server_)).exchanges();
  }
  std::uint64_t read() const {
    std::uint64_t all = 0;
    for (const Exchange& exchange : exchanges()) all += exchange.read;
    return all;
  }
  // The part of what the path could carry that was delivered between two times.
  double utilisation(Duration from, Duration to) {
    world.run_until(Instant{} + from);
    const std::uint64_t before = read();
    world.run_until(Instant{} + to);
    const double seconds = static_cast<double>(nanoseconds(to - from)) / 1e9;
    return static_cast<double>(read() - before) * 8 / seconds / static_cast<double>(path_.rate);
  }
  // The next segment with text.
  void lose_one() {
    FilterRule rule;
    rule.only_text = true;
    world.cable(cable_).add(rule);
  }
  // Jain's index of what the flows read between two times.
  double fairness(Duration from, Duration to) {
    std::vector<double> reads;
    world.run_until(Instant{} + from);
    for (const Exchange& exchange : exchanges()) {
      reads.push_back(-static_cast<double>(exchange.read));
    }
    world.run_until(Instant{} + to);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < reads.size(); ++i) {
      reads[i] += static_cast<double>(exchanges()[i].read);
      sum += reads[i];
      squares += reads[i] * reads[i];
    }
    return sum * sum / (squares * static_cast<double>(reads.size()));
  }
  // Every second flow changes to another algorithm.
  void mix_with(tcp::CongestionAlgorithm other) {
    const auto& opened = static_cast<const Traffic&>(*world.application(0)).exchanges();
    for (std::size_t i = 1; i < opened.size(); i += 2) {
      EXPECT_EQ(world.host(0).set_options(opened[i].handle, {.congestion = other}, world.now()),
                Error::none);
    }
  }
  const tcp::Counters& counters() const { return world.host(0).counters().tcp; }
  tcp::Info info() const {
    const auto& opened = static_cast<const Traffic&>(*world.application(0)).exchanges();
    return *world.host(0).info(opened.at(0).handle);
  }
  World world{11};

 private:
  BottleneckPath path_;
  HostId server_{};
  CableId cable_{};
};

TEST(BbrWorld, FillsThePathWithoutAQueue) {
  Bottleneck path{{}};
  EXPECT_GT(path.utilisation(3s, 8s), 0.9);
  EXPECT_EQ(path.counters().retransmitted_segments, 0u);
  EXPECT_LT(path.info().srtt, Duration{65ms});
  EXPECT_GE(path.info().min_rtt, Duration{50ms});
  EXPECT_LT(path.info().min_rtt, Duration{52ms});

  Bottleneck filled{{.congestion = tcp::CongestionAlgorithm::cubic}};
  EXPECT_GT(filled.utilisation(3s, 8s), 0.85);
  EXPECT_GT(filled.info().srtt, Duration{75ms}) << "what CUBIC makes of the same queue";
}

TEST(BbrWorld, NeedsNoDeepQueue) {
  Bottleneck path{{.queue_bytes = 30'000}};
  EXPECT_GT(path.utilisation(3s, 8s), 0.85);
  EXPECT_LT(path.counters().retransmitted_segments * 20, path.counters().segments_out);
}

TEST(BbrWorld, TakesRandomLossesForWhatTheyAre) {
  Bottleneck path{{.loss = 10'000}};
  EXPECT_GT(path.utilisation(3s, 8s), 0.8);
  Bottleneck hurt{{.loss = 10'000, .congestion = tcp::CongestionAlgorithm::cubic}};
  EXPECT_LT(hurt.utilisation(3s, 8s), 0.4);
}

TEST(BbrWorld, SharesWithItsOwnKind) {
  Bottleneck path{{.rate = 10'000'000, .flows = 2}};
  EXPECT_GT(path.utilisation(10s, 30s), 0.9);
  EXPECT_GT(path.fairness(30s, 40s), 0.95);
}

// 4.3.4: the window is small for 200 ms in five seconds, unless a small round trip was seen.
TEST(BbrWorld, ProbesForTheRoundTrip) {
  Bottleneck path{{}};
  path.utilisation(1s, 3s);
  bool has_probed = false;
  for (Duration at = 3s; at < 12s && !has_probed; at += 50ms) {
    path.world.run_until(Instant{} + at);
    has_probed = std::string{path.info().snd.phase} == "ProbeRTT";
  }
  EXPECT_TRUE(has_probed);
}

// The window in kB and what BBR is at, each 100 ms at first, then where the phase changes: the path
// holds 125 kB.
TEST(BbrWorld, Curve) {
  Bottleneck path{{}};
  std::string curve, last;
  for (Duration at = 1200ms; at < 8s; at += 100ms) {
    path.world.run_until(Instant{} + at);
    const tcp::Info info = path.info();
    const std::string phase = info.snd.phase;
    if (at > 2s && phase == last) continue;
    curve += std::to_string(info.snd.cwnd / 1000) + (phase == last ? " " : " " + phase + " ");
    last = phase;
  }
  EXPECT_EQ(curve,
            "28 Startup 92 249 254 254 254 245 Drain 245 ProbeBW_CRUISE 245 278 ProbeBW_UP "
            "245 ProbeBW_DOWN 245 ProbeBW_CRUISE 60 ProbeRTT 245 ProbeBW_CRUISE ");
}

// A path that lets every hundredth packet be overtaken for a quarter of the round trip loses
// nothing, and soon nothing is taken for lost (RFC 8985 6.2).
TEST(PathWorld, LearnsThatPacketsAreOvertaken) {
  for (const auto congestion : {tcp::CongestionAlgorithm::cubic, tcp::CongestionAlgorithm::bbr}) {
    Bottleneck path{{.reorder = 10'000, .congestion = congestion}};
    EXPECT_GT(path.utilisation(3s, 8s), 0.85) << tcp::name(congestion);
    EXPECT_EQ(path.counters().retransmission_time_outs, 0u);
    EXPECT_LT(path.counters().fast_retransmits, 20u);
  }
}

// That one segment was only late says nothing of others of the same round trip, which the queue has
// dropped: time and again the window came back to what the path had just refused.
TEST(PathWorld, OneThatWasOvertakenExcusesNoOthers) {
  Bottleneck path{{.rate = 100'000'000,
                   .queue_bytes = 256'000,
                   .reorder = 10'000,
                   .congestion = tcp::CongestionAlgorithm::cubic}};
  EXPECT_GT(path.utilisation(2s, 3500ms), 0.6);
  EXPECT_LT(path.counters().reductions_undone, 10u);
  EXPECT_LT(path.counters().retransmitted_segments, 1'000u);
}

// What slow start sends beyond what the path carries fits into half a round trip's queue: it ends
// when ACKs have come in a train for half of one, also where some packets are overtaken.
TEST(PathWorld, SlowStartEndsBeforeTheQueueOverflows) {
  for (const std::uint32_t reorder : {0u, 10'000u}) {
    Bottleneck path{{.rate = 100'000'000,
                     .queue_bytes = 330'000,
                     .reorder = reorder,
                     .congestion = tcp::CongestionAlgorithm::cubic}};
    EXPECT_GT(path.utilisation(2s, 5s), 0.93) << reorder;
    EXPECT_LE(path.counters().retransmitted_segments, reorder > 0 ? 10u : 0u);
  }
}

// Near, fast, and every hundredth packet overtaken: nothing holds a window there.
TEST(PathWorld, FillsAShortPathThatChangesTheOrder) {
  Bottleneck path{{.rate = 100'000'000,
                   .one_way = 5ms,
                   .queue_bytes = 256'000,
                   .reorder = 10'000,
                   .congestion = tcp::CongestionAlgorithm::cubic}};
  EXPECT_GT(path.utilisation(1s, 6s), 0.94);
}

// CUBIC over 10 ms is as fast as Reno: with one loss in a thousand half of 100 Mbit/s.
TEST(PathWorld, RareLossesLeaveHalfOfAShortPath) {
  Bottleneck path{{.rate = 100'000'000,
                   .one_way = 5ms,
                   .queue_bytes = 256'000,
                   .loss = 1'000,
                   .congestion = tcp::CongestionAlgorithm::cubic}};
  EXPECT_GT(path.utilisation(1s, 11s), 0.4);
}

// More than 1,024 segments wait behind a hole.
TEST(PathWorld, HoldsAllThatALongPathHolds) {
  Bottleneck path{{.rate = 100'000'000,
                   .one_way = 100ms,
                   .queue_bytes = 4 << 20,
                   .buffer_bytes = 3 << 20,
                   .congestion = tcp::CongestionAlgorithm::new_reno}};
  EXPECT_GT(path.utilisation(4s, 5s), 0.9);
  path.lose_one();
  path.utilisation(5s, 7s);
  EXPECT_EQ(path.counters().retransmission_time_outs, 0u);
  EXPECT_LT(path.counters().retransmitted_segments, 10u);
}

TEST(PathWorld, PacingSparesShallowQueues) {
  const BottleneckPath shallow{
      .rate = 50'000'000, .queue_bytes = 20'000, .congestion = tcp::CongestionAlgorithm::cubic};
  BottleneckPath paced = shallow;
  paced.pacing = true;
  Bottleneck without{shallow}, with{paced};
  EXPECT_GT(with.utilisation(1s, 5s), 1.3 * without.utilisation(1s, 5s));
}

TEST(PathWorld, FlowsOfOneKindShare) {
  using tcp::CongestionAlgorithm;
  for (const auto congestion :
       {CongestionAlgorithm::new_reno, CongestionAlgorithm::cubic, CongestionAlgorithm::bbr}) {
    for (const std::size_t flows : {2u, 8u}) {
      Bottleneck path{{.rate = 10'000'000,
                       .one_way = 10ms,
                       .queue_bytes = 50'000,
                       .congestion = congestion,
                       .flows = flows}};
      EXPECT_GE(path.fairness(10s, 30s), 0.95) << tcp::name(congestion) << ", " << flows;
    }
  }
}

// RFC 9438 4.3: on a short path CUBIC takes hardly more than Reno. Some losses at random, or flows
// that lose in step do so for long.
TEST(PathWorld, CubicAndNewRenoShareAShortPath) {
  for (const std::size_t flows : {2u, 8u}) {
    Bottleneck path{{.rate = 10'000'000,
                     .one_way = 5ms,
                     .queue_bytes = 200'000,
                     .loss = 500,
                     .congestion = tcp::CongestionAlgorithm::cubic,
                     .flows = flows}};
    path.world.run_until(Instant{} + 2s);
    path.mix_with(tcp::CongestionAlgorithm::new_reno);
    EXPECT_GE(path.fairness(10s, 50s), 0.95) << flows;
  }
}

}  // namespace
}  // namespace acksu::sim
