// Feedback that lies, or is late on purpose: ACKs of what has not arrived, ACKs held back, losses
// in step with the sender's timers, windows that promise and take back.
#include <gtest/gtest.h>

#include <memory>

#include "sim/topology.h"
#include "sim/traffic.h"
#include "sim/world.h"
#include "tcp/lone_test.h"

namespace acksu {
namespace {

using tcp::Info;
using tcp::Line;
using tcp::Lines;
using tcp::Lone;

std::uint32_t text_in(const Lines& lines) {
  std::uint32_t bytes = 0;
  for (const Line& line : lines) bytes += line.text_bytes;
  return bytes;
}

// SECURITY D1: ACKs of what was never sent acknowledge nothing, open nothing, and are answered
// twice a second at most (RFC 9293 3.10.7.4, RFC 5961 section 7).
TEST(Feedback, AcksOfWhatWasNeverSentOpenNothing) {
  Lone end({.sack = true});
  end.establish();
  end.write(500'000);
  end.hear_said();
  const Info before = end.info();
  std::size_t answers = 0;
  const std::int64_t nxt = before.snd.nxt - Seq{Lone::ours};
  for (std::int64_t i = 1; i <= 50'000; ++i) {
    end.desk.now += 2us;  // less than would time out
    end.hear("ACK", 0, nxt + i);
    const Lines said = end.hear_said();
    answers += said.size();
    ASSERT_EQ(text_in(said), 0u);
  }
  EXPECT_LE(answers, 1u) << "in a tenth of a second";
  EXPECT_EQ(end.info().snd.una, before.snd.una);
  EXPECT_EQ(end.info().snd.cwnd, before.snd.cwnd);
}

// SECURITY D1: a receiver that acknowledges all as soon as it is sent looks near. It gets no more
// under way than its own window says, no more for an ACK than twice what that acknowledges, and
// the congestion window does not grow beyond what is used of it (RFC 7661).
TEST(Feedback, WhoAcknowledgesAheadGetsItsWindowAndNoMore) {
  Lone end({.sack = true});
  end.establish();
  end.write(70'000);
  std::int64_t sent = text_in(end.hear_said());
  std::uint32_t acked = 0;
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t in_flight = end.info().snd.in_flight_bytes;
    ASSERT_LE(in_flight, 60'000u);
    end.desk.now += 1ms;
    end.hear("ACK", 0, sent);
    end.write(70'000);
    const std::uint32_t more = text_in(end.hear_said());
    ASSERT_LE(more, 2 * in_flight + 1000);
    acked += in_flight;
    sent += more;
  }
  EXPECT_GT(acked, 10'000'000u) << "it was served";
  EXPECT_LE(end.info().snd.cwnd, 3 * 60'000u);
}

// SECURITY C6: a window that opens and closes, a segment at a time, gets whole segments or
// nothing (RFC 9293 3.8.6.2.1), whatever it promised before.
TEST(Feedback, AWindowThatPlaysGetsNoTinySegments) {
  Lone end({.sack = true});
  end.establish();
  end.write(100'000);
  end.hear_said();
  std::int64_t una = 10'000;
  std::size_t segments = 0;
  std::uint32_t bytes = 0;
  for (int i = 0; i < 1'000; ++i) {
    Segment ack = end.segment("ACK", 0, una);
    ack.window = static_cast<std::uint16_t>(i % 7 == 0 ? 1'300 : i % 3);
    end.hear(ack);
    for (const Line& line : end.hear_said()) {
      segments += line.text_bytes > 0 ? 1 : 0;
      bytes += line.text_bytes;
      una = std::max(una, line.seq + line.text_bytes);
    }
  }
  EXPECT_GT(segments, 50u);
  EXPECT_EQ(bytes, segments * 1'000) << "full ones only";
}

struct Gap {
  Duration period, length;
  Duration one_way = 20ms;
  tcp::CongestionAlgorithm algorithm = tcp::CongestionAlgorithm::cubic;
};

// Text that goes through in 20 s over 10 Mbit/s, of what could.
double share_that_passes(const Gap& gap) {
  constexpr std::uint64_t rate = 10'000'000;
  sim::World world{3};
  HostSettings settings = sim::simple_host("client", 1);
  settings.tcp.congestion = gap.algorithm;
  const sim::HostId client = world.add_host(settings);
  const sim::HostId server = world.add_host(sim::simple_host("server", 2));
  sim::DirectionSettings forth{.delay = gap.one_way, .rate = rate, .queue_bytes = 50'000};
  const sim::DirectionSettings back = forth;
  for (Instant at = Instant{} + 1s + gap.period; at < Instant{} + 30s; at += gap.period) {
    forth.cuts.push_back({at, at + gap.length});
  }
  world.connect({client, 0}, {server, 0}, {{forth, back}});
  sim::Plan plan, quiet;
  plan.bytes = 100'000'000;
  quiet.bytes = 0;
  sim::TrafficSettings to_open, to_answer;
  to_open.tag = 1;
  to_open.openings = {{Instant{} + 1s, {sim::simple_address(2), 80}, std::nullopt, plan}};
  to_answer.tag = 2;
  to_answer.listen = Endpoint{IpAddress{}, 80};
  to_answer.accepted = {quiet};
  world.install(client, std::make_unique<sim::Traffic>(to_open));
  world.install(server, std::make_unique<sim::Traffic>(to_answer));
  EXPECT_TRUE(world.run_until(Instant{} + 21s));
  const auto& reader = static_cast<const sim::Traffic&>(*world.application(server));
  const double could = 20.0 * rate / 8 * 1448 / 1514;
  return reader.exchanges().empty() ? 0 : static_cast<double>(reader.exchanges()[0].read) / could;
}

// SECURITY D3: losses of 50 ms every second, when a time-out of 1 s would just have sent again; and
// in step with the time-out that such a path really has. Nobody waits for a time-out: what is left
// of the path is what the controller gives back for each gap. CUBIC gives 0.3 of its window (RFC
// 9438 4.6), and wins it back by round trips: 83 % pass at 20 ms, 55 % at 40 ms, 31 % at 80 ms. BBR
// keeps to the rate that it has measured.
TEST(Feedback, LossesInStepWithTheTimerLeaveMostOfThePath) {
  using tcp::CongestionAlgorithm;
  EXPECT_GT(share_that_passes({1s, 50ms, 10ms}), 0.6);
  EXPECT_GT(share_that_passes({300ms, 15ms, 10ms}), 0.6);
  EXPECT_GT(share_that_passes({1s, 50ms, 20ms}), 0.5);
  EXPECT_GT(share_that_passes({1s, 50ms, 20ms, CongestionAlgorithm::bbr}), 0.6);
  EXPECT_GT(share_that_passes({300ms, 15ms, 40ms, CongestionAlgorithm::bbr}), 0.6);
}

struct Burst {
  tcp::CongestionAlgorithm algorithm = tcp::CongestionAlgorithm::cubic;
  bool is_paced = false;
  std::uint32_t limit = tcp::Settings{}.burst_segments;
  Duration handshake = 100ms;
};

// Segments that leave at once towards a receiver that acknowledges every 100 ms, and then all.
std::uint32_t longest_burst(const Burst& burst) {
  tcp::Settings settings;
  settings.congestion = burst.algorithm;
  settings.pacing = burst.is_paced;
  settings.burst_segments = burst.limit;
  settings.send_buffer = 1 << 20;
  Lone end({.sack = true}, settings);
  end.connect();
  end.hear_said();
  end.desk.now += burst.handshake;
  Segment syn_ack = end.segment("SYN+ACK", -1, 0);
  end.hear(syn_ack);
  std::uint32_t longest = 0;
  const auto hear_burst = [&] { longest = std::max(longest, text_in(end.hear_said())); };
  for (int round = 0; round < 12; ++round) {
    end.write(100'000);
    hear_burst();
    const Instant answer = end.desk.now + 100ms;
    while (end.connection->deadline() < answer) {
      end.desk.now = std::max(end.desk.now, end.connection->deadline());
      tcp::Context context = end.desk.context();
      end.connection->on_time(context);
      hear_burst();
    }
    end.desk.now = answer;
    end.hear("ACK", 0, end.info().snd.nxt - Seq{Lone::ours});
  }
  EXPECT_GE(end.info().snd.cwnd, 30'000u) << tcp::name(burst.algorithm);
  return longest / 1000;
}

// SECURITY D7: a receiver that holds its ACKs back until all is there sets free a whole window,
// which leaves in bursts of ten segments at most all the same, paced or not.
TEST(Feedback, AcksHeldBackSetNoBurstsFree) {
  using tcp::CongestionAlgorithm;
  for (const auto algorithm : {CongestionAlgorithm::new_reno, CongestionAlgorithm::cubic,
                               CongestionAlgorithm::dctcp, CongestionAlgorithm::bbr}) {
    EXPECT_LE(longest_burst({algorithm, true}), 10u) << tcp::name(algorithm);
    EXPECT_LE(longest_burst({algorithm, false}), 10u) << tcp::name(algorithm);
  }
  EXPECT_GE(longest_burst({.limit = 0}), 40u) << "the limit is what keeps them short";
}

// SECURITY D7: also one that seemed near in the handshake: its first ACKs say how far it is; until
// the mean of them does, a millisecond's worth is more than ten segments.
TEST(Feedback, WhoWasNearInTheHandshakeSetsNoLargeBurstsFree) {
  EXPECT_LE(longest_burst({.handshake = 10us}), 16u);
}

}  // namespace
}  // namespace acksu
