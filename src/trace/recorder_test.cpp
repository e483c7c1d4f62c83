// Tests of the recorder: which arrival belongs to which departure, and what it caused.
#include "trace/recorder.h"

#include <gtest/gtest.h>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

using tcp::Event;
using tcp::State;

TEST(Recorder, JoinsDepartureAndArrival) {
  Scene scene;
  play_connection(scene);
  const Trace& trace = scene.trace();
  ASSERT_EQ(trace.frames.size(), 12u);
  for (const FrameRecord& frame : trace.frames) {
    ASSERT_EQ(frame.arrivals.size(), 1u);
    EXPECT_EQ(frame.arrivals[0].host, 1 - frame.sender);
    EXPECT_EQ(frame.arrivals[0].at - frame.sent, 10ms);
  }
  EXPECT_EQ(trace.frames[0].summary.kind, FrameKind::arp);
  EXPECT_EQ(trace.frames[2].sender_state, State::syn_sent);
  EXPECT_EQ(trace.frames[11].sender_state, State::time_wait);
}

TEST(Recorder, KnowsWhatAFrameCaused) {
  Scene scene;
  const auto syn = Scene::segment(0, {.flags = Flags::syn});
  scene.out(0ms, 0, syn);
  scene.ears[1]->on_frame_in(Instant{1ms}, 0, scene.frame(syn));
  scene.move(1ms, 1, State::listen, Event::syn_received);
  scene.ears[1]->on_verdict(Instant{1ms}, 0, Drop::none);
  scene.move(2ms, 1, State::syn_received, Event::time_out);
  const Trace& trace = scene.trace();
  ASSERT_EQ(trace.frames[0].effects.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Moved>(trace.events[trace.frames[0].effects[0]].what));
  EXPECT_EQ(trace.events.back().cause, nobody);
}

TEST(Recorder, KeepsVerdicts) {
  Scene scene;
  scene.in(0ms, 1, Scene::segment(0, {.flags = Flags::rst}), Drop::tcp_no_connection);
  EXPECT_EQ(scene.trace().frames[0].sender, nobody);
  EXPECT_EQ(scene.trace().frames[0].arrivals[0].verdict, Drop::tcp_no_connection);
}

TEST(Recorder, TellsEqualFramesApart) {
  Scene scene;
  const auto first = Scene::segment(0, {.seq = 1});
  scene.out(0ms, 0, first);
  scene.in(10ms, 1, first);
  const auto syn = Scene::segment(0, {.flags = Flags::syn});
  scene.out(100ms, 0, syn);  // lost
  scene.out(1100ms, 0, syn);
  scene.in(1110ms, 1, syn);
  EXPECT_TRUE(scene.trace().frames[1].is_lost());
  EXPECT_FALSE(scene.trace().frames[2].is_lost());
}

TEST(Recorder, BelievesWhatTheCableSays) {
  Scene scene;
  const auto syn = Scene::segment(0, {.flags = Flags::syn});
  scene.out(0ms, 0, syn);
  scene.recorder.lost(Instant{}, 0, syn, "lost");
  scene.out(1ms, 0, syn);
  scene.in(2ms, 1, syn);
  EXPECT_TRUE(scene.trace().frames[0].is_lost());
  EXPECT_STREQ(scene.trace().frames[0].loss, "lost");
  EXPECT_FALSE(scene.trace().frames[1].is_lost());
}

TEST(Recorder, SeesCopiesAndDamage) {
  Scene scene;
  auto bytes = Scene::segment(0, {.seq = 1, .text = "hello"});
  scene.out(0ms, 0, bytes);
  scene.in(10ms, 1, bytes);
  scene.in(11ms, 1, bytes);
  EXPECT_EQ(scene.trace().frames[0].arrivals.size(), 2u);
  auto other = Scene::segment(0, {.seq = 6, .text = "world"});
  scene.out(20ms, 0, other);
  other.back() ^= 4;
  scene.in(30ms, 1, other, Drop::tcp_bad_checksum);
  ASSERT_EQ(scene.trace().frames.size(), 2u);
  EXPECT_EQ(scene.trace().frames[1].arrivals[0].changed_bytes, other);
}

// RFC 3168: a router changes two bits of IP, and IPv4's checksum; that is no damage.
TEST(Recorder, KnowsAMarkedFrame) {
  Scene scene;
  auto bytes = Scene::segment(0, {.seq = 1, .text = "hello"});
  scene.out(0ms, 0, bytes);
  bytes[15] |= 3;
  bytes[24] ^= 0xff;
  bytes[25] ^= 0xff;
  scene.in(10ms, 1, bytes);
  ASSERT_EQ(scene.trace().frames.size(), 1u);
  EXPECT_TRUE(scene.trace().frames[0].arrivals.at(0).is_marked);
  EXPECT_FALSE(scene.trace().frames[0].arrivals.at(0).is_corrupted());
  bytes[15] ^= 1;
  scene.in(11ms, 1, bytes);
  EXPECT_EQ(scene.trace().frames.size(), 2u) << "no mark: it came from elsewhere";
}

TEST(Recorder, KeepsOnlyWhatIsAskedFor) {
  Scene scene;
  scene.recorder.keep_only([](const FourTuple& tuple) { return tuple.local.port != 49153; });
  scene.out(0ms, 0, Scene::segment(0, {.client_port = 49153}));
  scene.out(0ms, 0, Scene::segment(0, {.client_port = 49152}));
  scene.out(0ms, 0, Scene::arp(0, wire::ArpPacket::Operation::request));
  scene.ears[0]->on_retransmission(Instant{}, Scene::tuple(0, 49153), "fast recovery");
  ASSERT_EQ(scene.trace().frames.size(), 2u);
  EXPECT_EQ(scene.trace().frames[0].summary.tuple.local.port, 49152);
  EXPECT_EQ(scene.trace().events.size(), 2u);
}

TEST(Recorder, NamesRetransmissions) {
  Scene scene;
  const auto a = Scene::segment(0, {.seq = 1, .text = "a"});
  const auto b = Scene::segment(0, {.seq = 2, .text = "b"});
  const auto c = Scene::segment(0, {.seq = 3, .text = "c"});
  scene.out(0ms, 0, a);
  scene.out(0ms, 0, b);
  scene.ears[0]->on_retransmission(Instant{}, Scene::tuple(0), "fast recovery");
  scene.ears[0]->on_retransmission(Instant{}, Scene::tuple(0), "loss recovery");
  scene.out(1ms, 0, a);
  scene.out(1ms, 0, c);
  scene.out(1ms, 0, b);
  const std::vector<FrameRecord>& frames = scene.trace().frames;
  EXPECT_EQ(frames[0].retransmission, nullptr);
  EXPECT_STREQ(frames[2].retransmission, "fast recovery");
  EXPECT_EQ(frames[3].retransmission, nullptr);
  EXPECT_STREQ(frames[4].retransmission, "loss recovery");
}

TEST(Summary, NamesWhatIsNotTcp) {
  EXPECT_EQ(summarize({}).kind, FrameKind::malformed);
  EXPECT_EQ(summarize(Scene::arp(0, wire::ArpPacket::Operation::request)).kind, FrameKind::arp);
  auto bytes = Scene::segment(0, {.seq = 1, .text = "hello"});
  const Summary tcp = summarize(bytes);
  EXPECT_EQ(tcp.kind, FrameKind::tcp);
  EXPECT_EQ(tcp.link_bytes + tcp.network_bytes + tcp.transport_bytes + tcp.text_bytes,
            bytes.size());
  EXPECT_EQ(tcp.text_bytes, 5u);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(summarize(Bytes{bytes}.first(length)).kind, FrameKind::malformed) << length;
  }
}

TEST(Recorder, MarksWhatIsLostBehindASwitch) {
  Scene scene;
  const auto question = Scene::arp(Scene::client, wire::ArpPacket::Operation::request);
  scene.out(0ms, Scene::client, question);
  scene.recorder.lost(Instant{5ms}, nobody, question, "lost");
  scene.out(1000ms, Scene::client, question);
  scene.in(1010ms, Scene::server, question);
  EXPECT_TRUE(scene.trace().frames[0].is_lost());
  ASSERT_EQ(scene.trace().frames.size(), 2u);
  EXPECT_EQ(scene.trace().frames[1].arrivals.size(), 1u) << "not taken for the first one";
}

}  // namespace
}  // namespace acksu::trace
