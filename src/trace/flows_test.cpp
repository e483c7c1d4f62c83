// Tests of gathering flows: from a trace with both ends, from packets of several interfaces, and
// when there is too much.
#include "trace/flows.h"

#include <gtest/gtest.h>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

Summary summary(std::uint32_t from, const Fields& fields) {
  return summarize(Scene::segment(from, fields));
}

// What one interface sees of a short connection of which the client sends the text.
void see_connection(Flows& flows, std::uint32_t place, Duration later = 0ms) {
  const auto see = [&](Duration at, std::uint32_t from, const Fields& fields) {
    flows.on_segment({Instant{at + later}, place, {}}, summary(from, fields));
  };
  see(0ms, 0, {.flags = Flags::syn, .options = syn_options()});
  see(10ms, 1, {.flags = Flags::syn | Flags::ack, .ack = 1, .options = syn_options()});
  see(20ms, 0, {.seq = 1, .ack = 1, .text = "0123456789"});
  see(21ms, 0, {.seq = 11, .ack = 1, .text = "abcdefghij"});
  see(30ms, 1, {.seq = 1, .ack = 11, .window = 100});
  see(50ms, 0, {.seq = 11, .ack = 1, .text = "abcdefghij"});
  see(60ms, 1, {.seq = 1, .ack = 21, .window = 0});
}

TEST(Flows, KnowTextAcksAndRepetitions) {
  Flows flows;
  see_connection(flows, 0);
  const auto ranked = flows.ranked();
  ASSERT_EQ(ranked.size(), 1u);  // the other direction has no text
  const Flow& flow = *ranked[0];
  EXPECT_EQ(flow.tuple, Scene::tuple(0));
  EXPECT_EQ(flow.vantage, Vantage::capture);
  EXPECT_EQ(flow.began, Instant{0ms});
  EXPECT_EQ(flow.last(), Instant{60ms});
  ASSERT_EQ(flow.text.size(), 2u);
  EXPECT_EQ(flow.text[1].seq, 11);
  EXPECT_EQ(flow.text[1].end(), 21);
  ASSERT_EQ(flow.repeated.size(), 1u);
  EXPECT_EQ(flow.repeated[0].text.at, Instant{50ms});
  EXPECT_EQ(flow.text_bytes, 30u);
  EXPECT_EQ(flow.repeated_bytes, 10u);
  EXPECT_EQ(flow.segments, 3u);
  ASSERT_EQ(flow.acks.size(), 3u);
  EXPECT_EQ(flow.acks[1].ack, 11);
  EXPECT_EQ(flow.acks[1].edge, 11 + (100 << 7));
  EXPECT_EQ(flow.acks[2].edge, 21);
  ASSERT_EQ(flow.marks.size(), 1u);
  EXPECT_EQ(flow.marks[0].kind, Mark::Kind::syn);
}

TEST(Flows, SplitWhatIsPartlyNew) {
  Flows flows;
  flows.on_segment({Instant{1ms}, 0, {}}, summary(0, {.seq = 1, .ack = 1, .text = "0123456789"}));
  flows.on_segment({Instant{2ms}, 0, {}}, summary(0, {.seq = 6, .ack = 1, .text = "567890123"}));
  const Flow& flow = *flows.ranked().at(0);
  ASSERT_EQ(flow.text.size(), 2u);
  ASSERT_EQ(flow.repeated.size(), 1u);
  EXPECT_EQ(flow.repeated[0].text.bytes, 5u);
  EXPECT_EQ(flow.text[1].bytes, 4u);
  EXPECT_EQ(flow.text[1].seq, flow.text[0].end());
}

TEST(Flows, TellReportsOfHolesFromReportsOfDuplicates) {
  const auto ack = [](std::initializer_list<SackBlock> blocks) {
    Fields fields{.seq = 1, .ack = 11};
    for (const SackBlock& block : blocks) {
      fields.options.sack.push_back(
          {block.start + Scene::client_iss, block.end + Scene::client_iss});
    }
    return fields;
  };
  Flows flows;
  flows.on_segment({Instant{1ms}, 0, {}}, summary(0, {.seq = 1, .ack = 1, .text = "0123456789"}));
  flows.on_segment({Instant{2ms}, 0, {}}, summary(1, ack({{Seq{21}, Seq{31}}})));
  flows.on_segment({Instant{3ms}, 0, {}}, summary(1, ack({{Seq{1}, Seq{11}}, {Seq{21}, Seq{31}}})));
  flows.on_segment({Instant{4ms}, 0, {}},
                   summary(1, ack({{Seq{22}, Seq{25}}, {Seq{21}, Seq{31}}})));
  const std::vector<SeenSack>& sacks = flows.ranked().at(0)->sacks;
  ASSERT_EQ(sacks.size(), 5u);
  EXPECT_FALSE(sacks[0].is_duplicate);
  EXPECT_EQ(sacks[0].end - sacks[0].start, 10);
  EXPECT_TRUE(sacks[1].is_duplicate);
  EXPECT_FALSE(sacks[2].is_duplicate);
  EXPECT_TRUE(sacks[3].is_duplicate);
  EXPECT_FALSE(sacks[4].is_duplicate);
}

TEST(Flows, SeeProbes) {
  Flows flows;
  see_connection(flows, 0);
  flows.on_segment({Instant{300ms}, 0, {}}, summary(0, {.seq = 20, .ack = 1}));
  flows.on_segment({Instant{400ms}, 0, {}}, summary(0, {.seq = 21, .ack = 1}));  // an ACK
  const Flow& flow = *flows.ranked().at(0);
  ASSERT_EQ(flow.marks.size(), 2u);
  EXPECT_EQ(flow.marks[1].kind, Mark::Kind::probe);
}

TEST(Flows, BeginAnewWithAnotherSyn) {
  Flows flows;
  see_connection(flows, 0);
  see_connection(flows, 0, 100ms);  // the same SYN: nothing new
  EXPECT_EQ(flows.ranked().size(), 1u);
  flows.on_segment({Instant{900ms}, 0, {}},
                   summary(0, {.flags = Flags::syn, .seq = 66'000}));  // anybody's
  flows.on_segment({Instant{950ms}, 0, {}},
                   summary(1, {.flags = Flags::fin | Flags::ack, .seq = 1, .ack = 21}));
  EXPECT_EQ(flows.ranked().size(), 1u);
  Fields again{.flags = Flags::syn, .seq = 77'000, .options = syn_options()};
  flows.on_segment({Instant{1s}, 0, {}}, summary(0, again));
  flows.on_segment({Instant{2s}, 0, {}}, summary(0, {.seq = 77'001, .ack = 1, .text = "xyz"}));
  const auto ranked = flows.ranked();
  ASSERT_EQ(ranked.size(), 2u);
  EXPECT_EQ(ranked[1]->text_bytes, 3u);
  EXPECT_EQ(ranked[1]->began, Instant{1s});
  EXPECT_EQ(ranked[1]->text[0].seq, 1);
}

// An interface at the sender and one at the receiver, both seen: as near to the sender as may be.
TEST(Flows, JoinInterfacesTowardsTheSender) {
  Flows flows;
  for (const Duration at : {0ms, 1ms, 2ms}) {
    const std::string_view text = "0123456789";
    const auto seq = static_cast<std::uint32_t>(1 + 10 * (at / 1ms));
    flows.on_segment({Instant{at}, 0, {}}, summary(0, {.seq = seq, .ack = 1, .text = text}));
    flows.on_segment({Instant{at + 5ms}, 1, {}}, summary(0, {.seq = seq, .ack = 1, .text = text}));
    flows.on_segment({Instant{at + 6ms}, 1, {}}, summary(1, {.seq = 1, .ack = seq + 10}));
    flows.on_segment({Instant{at + 11ms}, 0, {}}, summary(1, {.seq = 1, .ack = seq + 10}));
  }
  flows.join_places();
  ASSERT_EQ(flows.ranked().size(), 1u);
  const Flow& flow = *flows.ranked()[0];
  EXPECT_EQ(flow.text_bytes, 30u);
  EXPECT_TRUE(flow.repeated.empty());
  EXPECT_EQ(flow.text[0].at, Instant{0ms});
  EXPECT_EQ(flow.acks[0].at, Instant{11ms});
}

TEST(Flows, TakeATraceAsItsEndsSawIt) {
  Scene scene;
  play_connection(scene);
  scene.ears[1]->on_congestion(Instant{71ms}, Scene::tuple(1),
                               {14480, 0xffff'ffff, 24, "slow start"});
  scene.ears[1]->on_rtt(Instant{72ms}, Scene::tuple(1), {20ms, 21ms, 5ms, 220ms});
  scene.ears[1]->on_silence(Instant{73ms}, Scene::tuple(1), tcp::LimitedBy::congestion_window);
  scene.ears[1]->on_silence(Instant{74ms}, Scene::tuple(1), tcp::LimitedBy::congestion_window);
  scene.ears[1]->on_silence(Instant{75ms}, Scene::tuple(1), tcp::LimitedBy::pacing);
  Flows flows;
  flows.take(scene.trace(), 0);
  const auto ranked = flows.ranked();
  ASSERT_EQ(ranked.size(), 4u);           // two directions, each at its two ends
  EXPECT_EQ(ranked[0]->place, "client");  // 27 bytes: the request
  EXPECT_EQ(ranked[0]->vantage, Vantage::sender);
  EXPECT_EQ(ranked[1]->place, "server");
  EXPECT_EQ(ranked[1]->vantage, Vantage::receiver);
  const Flow& answer = *ranked[2];
  EXPECT_EQ(answer.place, "server");
  EXPECT_EQ(answer.text_bytes, 24u);
  ASSERT_EQ(answer.windows.size(), 1u);
  EXPECT_EQ(answer.windows[0].cwnd, 14480u);
  ASSERT_EQ(answer.rtts.size(), 1u);
  EXPECT_EQ(answer.rtts[0].rto, 220ms);
  ASSERT_EQ(answer.limits.size(), 2u);  // the same again is no news
  EXPECT_EQ(answer.limits[1].reason, tcp::LimitedBy::pacing);
}

TEST(Flows, TakeNothingThatWasDroppedOrChanged) {
  Scene scene;
  const auto text = Scene::segment(0, {.seq = 1, .ack = 1, .text = "hello"});
  scene.in(1ms, 1, text, Drop::tcp_bad_checksum);
  Flows flows;
  flows.take(scene.trace(), 0);
  EXPECT_TRUE(flows.ranked().empty());
  scene.in(2ms, 1, text);
  flows.take(scene.trace(), 1);
  EXPECT_EQ(flows.ranked().size(), 1u);
}

TEST(Flows, HaveALimitAndSaySo) {
  Flows flows(2 * Flows::points_of_flow + 5);
  see_connection(flows, 0);
  EXPECT_EQ(flows.points(), 2 * Flows::points_of_flow + 5);
  EXPECT_EQ(flows.left_out(), 2u);
  // Nor do connections without any text take more and more.
  for (std::uint16_t port = 1; port < 1000; ++port) flows.on_end({}, 0, Scene::tuple(0, port));
  EXPECT_EQ(flows.points(), 2 * Flows::points_of_flow + 5);
  EXPECT_EQ(flows.left_out(), 1001u);
  EXPECT_EQ(flows.ranked().at(0)->text_bytes, 20u);
}

}  // namespace
}  // namespace acksu::trace
