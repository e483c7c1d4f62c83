// Connections between hosts of ours, captured and played again: nothing differs. Others, told by
// hand, differ where they do.
#include "sim/replay.h"

#include <gtest/gtest.h>

#include <memory>

#include "sim/quiet_server_test.h"
#include "sim/recorder.h"
#include "sim/topology.h"
#include "wire/print.h"

namespace acksu::sim {
namespace {

std::string differences_told(const Replay& replay) {
  std::string text;
  for (const ReplayLine& line : replay.lines) {
    if (line.likeness == Likeness::heard || line.likeness == Likeness::same) continue;
    text += std::string(name(line.likeness)) + " " + std::to_string(line.differences);
    if (line.recorded) text += "\n   " + wire::summary(line.recorded->segment);
    if (line.ours) text += "\n   " + wire::summary(line.ours->segment);
    text += "\n";
  }
  return text;
}

struct Scene {
  Plan client, server;
  CableSettings cable = CableSettings::both({.delay = 10ms, .rate = 20'000'000});
  TwoHosts hosts{};
};

std::vector<std::uint8_t> capture_of(const Scene& scene, std::uint64_t seed) {
  TwoHosts hosts = scene.hosts;
  hosts.cable = scene.cable;
  World world = two_hosts(seed, hosts);
  Capture capture(world);
  world.watch(&capture);
  TrafficSettings opener;
  opener.tag = 1;
  // The first one finds out whose addresses these are, which takes a round trip more.
  Plan first;
  first.bytes = 10;
  const Endpoint remote{simple_address(2), 80};
  opener.openings = {{Instant{} + 1s, remote, std::nullopt, first},
                     {Instant{} + 3s, remote, std::nullopt, scene.client}};
  TrafficSettings server = quiet_server(2);
  server.accepted = {server.accepted[0], scene.server};
  world.install(client_host, std::make_unique<Traffic>(opener));
  world.install(server_host, std::make_unique<Traffic>(server));
  EXPECT_TRUE(world.run_until_quiet(1h));
  return capture.bytes();
}

std::vector<RecordedFlow> flows_of(Bytes file) {
  trace::CapturePackets packets(file);
  std::vector<RecordedFlow> flows = recorded_flows(packets);
  EXPECT_EQ(packets.reading().problem, nullptr);
  return flows;
}

void expect_same(const Scene& scene, std::uint64_t seed) {
  const std::vector<std::uint8_t> file = capture_of(scene, seed);
  const std::vector<RecordedFlow> flows = flows_of(file);
  ASSERT_EQ(flows.size(), 2u);
  ASSERT_EQ(flows[1].problem(), nullptr);
  for (const End end : {End::client, End::server}) {
    const Replay replay = replay_flow(flows[1], {.end = end, .tolerance = 1us});
    EXPECT_TRUE(replay.is_same()) << "seed " << seed << ", end " << static_cast<int>(end) << "\n"
                                  << differences_told(replay);
    EXPECT_GT(replay.count(Likeness::same), 0u);
    EXPECT_GT(replay.count(Likeness::heard), 0u);
    EXPECT_EQ(replay.early_acks, 0u);
  }
}

TEST(Replay, ARequestAndAPageOfOursDifferInNothing) {
  Scene scene;
  scene.client.bytes = 200;
  scene.server.bytes = 60'000;
  scene.server.ending = Ending::after_peer;
  expect_same(scene, 1);
  scene.client.bytes = 300'000;
  scene.server.bytes = 0;
  expect_same(scene, 2);
}

TEST(Replay, LossesAreRepairedAsTheyWere) {
  Scene scene;
  scene.client.bytes = 400'000;
  scene.client.write_chunk = 400'000;  // how a write was cut, no capture tells
  scene.server.bytes = 0;
  scene.server.ending = Ending::after_peer;
  scene.cable = CableSettings::both({.delay = 10ms, .rate = 20'000'000, .loss = 10'000});
  for (std::uint64_t seed = 1; seed <= 5; ++seed) expect_same(scene, seed);
}

TEST(Replay, ResetsAreMadeWhereTheyWere) {
  Scene scene;
  scene.client.bytes = 20'000;
  scene.client.ending = Ending::abort_when_done;
  scene.client.ends_after = 300ms;
  scene.server.bytes = 0;
  expect_same(scene, 1);
}

// ---- Told by hand

// The client 10.9.0.1:5000 and the server 10.9.0.2:80.
RecordedSegment said(End from, Duration at, std::uint16_t flags, std::int64_t seq,
                     std::int64_t ack = 0) {
  RecordedSegment recorded;
  recorded.at = Instant{} + 10s + at;
  recorded.from = from;
  recorded.segment.flags.bits = flags;
  const std::uint32_t mine = from == End::client ? 5000 : 9000;
  const std::uint32_t theirs = from == End::client ? 9000 : 5000;
  recorded.segment.seq = Seq{mine + static_cast<std::uint32_t>(seq)};
  if ((flags & Flags::ack) != 0)
    recorded.segment.ack = Seq{theirs + static_cast<std::uint32_t>(ack)};
  recorded.segment.source_port = from == End::client ? 5000 : 80;
  recorded.segment.destination_port = from == End::client ? 80 : 5000;
  recorded.segment.window = 65535;
  if ((flags & Flags::syn) != 0) recorded.segment.options.mss = 1460;
  return recorded;
}
RecordedSegment with_text(RecordedSegment recorded, std::uint32_t bytes) {
  recorded.text.assign(bytes, 'x');
  return recorded;
}

constexpr std::uint16_t syn_bit = Flags::syn, ack_bit = Flags::ack, fin_bit = Flags::fin,
                        psh_bit = Flags::psh;

RecordedFlow handshake() {
  RecordedFlow flow;
  flow.tuple = {{IpAddress::v4(10, 9, 0, 1), 5000}, {IpAddress::v4(10, 9, 0, 2), 80}};
  flow.segments = {said(End::client, 0ms, syn_bit, 0),
                   said(End::server, 20ms, syn_bit | ack_bit, 0, 1),
                   said(End::client, 20ms, ack_bit, 1, 1)};
  return flow;
}

TEST(Replay, SaysWhichEndWasNear) {
  EXPECT_EQ(handshake().recorded_at(), End::client);
  RecordedFlow flow = handshake();
  flow.segments[1].at = flow.segments[0].at + 10us;
  EXPECT_EQ(flow.recorded_at(), End::server);
  flow.segments[1].at = flow.segments[0].at + 9ms;
  EXPECT_EQ(flow.recorded_at(), std::nullopt);
}

TEST(Replay, NamesWhatDiffers) {
  RecordedFlow flow = handshake();
  flow.segments.push_back(with_text(said(End::client, 30ms, ack_bit | psh_bit, 1, 1), 100));
  flow.segments.push_back(with_text(said(End::server, 50ms, ack_bit | psh_bit, 1, 101), 300));
  // Ours acknowledges new text at once; this one waits, and offers less.
  flow.segments.push_back(said(End::client, 90ms, ack_bit, 101, 301));
  flow.segments.back().segment.window = 60'000;
  const Replay replay = replay_flow(flow, {});
  EXPECT_EQ(replay.end, End::client);
  EXPECT_EQ(replay.count(Likeness::same), 3u) << differences_told(replay);
  EXPECT_EQ(replay.count(Likeness::differs), 1u) << differences_told(replay);
  EXPECT_EQ(replay.differences[2], 1u);
  EXPECT_EQ(replay.differences[5], 1u);
  EXPECT_EQ(replay.count(Likeness::only_recorded), 0u);
  EXPECT_EQ(replay.count(Likeness::only_ours), 0u);
  const Replay lenient =
      replay_flow(flow, {.ignored = DifferenceBits::window | DifferenceBits::time});
  EXPECT_TRUE(lenient.is_same()) << differences_told(lenient);
}

TEST(Replay, MarksWhatOnlyOneOfBothSays) {
  RecordedFlow flow = handshake();
  flow.segments.push_back(with_text(said(End::server, 50ms, ack_bit | psh_bit, 1, 1), 300));
  // Nobody acknowledged that in time; and a reset that ours has no reason for.
  flow.segments.push_back(with_text(said(End::server, 300ms, ack_bit | psh_bit, 1, 1), 300));
  flow.segments.push_back(said(End::client, 301ms, ack_bit, 1, 301));
  flow.segments.push_back(said(End::client, 302ms, ack_bit, 1, 301));
  flow.segments.push_back(said(End::client, 303ms, ack_bit, 1, 301));
  const Replay replay = replay_flow(flow, {});
  EXPECT_EQ(replay.count(Likeness::only_recorded), 1u) << differences_told(replay);
}

// The peer acknowledges more than ours has sent by then: that counts when it has.
TEST(Replay, AcksThatComeTooEarlyCountLater) {
  RecordedFlow flow = handshake();
  std::int64_t sent = 1;
  for (int i = 0; i < 30; ++i, sent += 1460) {  // all at once, with a window of its own
    flow.segments.push_back(with_text(said(End::client, 30ms, ack_bit, sent, 1), 1460));
  }
  for (std::int64_t acked = 1; acked < sent; acked += 2920) {
    flow.segments.push_back(said(End::server, 50ms, ack_bit, 1, acked + 2920));
  }
  flow.segments.push_back(said(End::client, 200ms, ack_bit | fin_bit, sent, 1));
  flow.segments.push_back(said(End::server, 220ms, ack_bit, 1, sent + 1));
  const Replay replay = replay_flow(flow, {});
  EXPECT_GT(replay.early_acks, 0u);
  EXPECT_EQ(replay.unsettled, 0u);
  EXPECT_EQ(replay.count(Likeness::only_recorded), 0u) << differences_told(replay);
}

TEST(Replay, ACaptureThatBeginsInTheMiddleIsNotPlayed) {
  RecordedFlow flow = handshake();
  flow.segments.erase(flow.segments.begin());
  EXPECT_STREQ(flow.problem(), "the capture begins in the middle of it");
}

}  // namespace
}  // namespace acksu::sim
