// Tests of captures: what comments say, and that each frame stands there once.
#include "trace/pcapng.h"

#include <gtest/gtest.h>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

TEST(Pcapng, CommentsSayStateAndReason) {
  Scene scene;
  scene.move(0ms, 0, tcp::State::closed, tcp::Event::active_open);
  const auto syn = Scene::segment(0, {.flags = Flags::syn});
  scene.out(0ms, 0, syn);
  scene.ears[1]->on_frame_in(Instant{1ms}, 0, scene.frame(syn));
  scene.move(1ms, 1, tcp::State::listen, tcp::Event::syn_received);
  scene.ears[1]->on_verdict(Instant{1ms}, 0, Drop::none);
  EXPECT_EQ(frame_comment(scene.trace(), 0),
            "client is in SYN-SENT\n"
            "server: LISTEN --syn_received--> SYN-RECEIVED [3.10.7.2]");
}

TEST(Pcapng, CommentsSayWhatBecameOfAFrame) {
  Scene scene;
  const auto syn = Scene::segment(0, {.flags = Flags::syn});
  scene.out(0ms, 0, syn);
  scene.recorder.lost(Instant{}, 0, syn, "queue full");
  scene.in(5ms, 1, Scene::segment(0, {.flags = Flags::rst}), Drop::tcp_reset_out_of_window);
  EXPECT_EQ(frame_comment(scene.trace(), 0), "lost on the way: queue full");
  EXPECT_EQ(frame_comment(scene.trace(), 1), "server: dropped: tcp reset out of window");
}

TEST(Pcapng, HoldsEachFrameOnce) {
  Scene scene;
  play_connection(scene);
  const std::vector<std::uint8_t> file = pcapng(scene.trace());
  const auto le32 = [&file](std::size_t at) {
    return file[at] | (file[at + 1] << 8) | (file[at + 2] << 16) |
           (static_cast<std::uint32_t>(file[at + 3]) << 24);
  };
  std::size_t packets = 0, interfaces = 0, at = 0;
  while (at < file.size()) {
    packets += le32(at) == 6 ? 1 : 0;
    interfaces += le32(at) == 1 ? 1 : 0;
    ASSERT_GE(le32(at + 4), 12u);
    at += le32(at + 4);
  }
  EXPECT_EQ(at, file.size());
  EXPECT_EQ(interfaces, 2u);
  EXPECT_EQ(packets, scene.trace().frames.size());
}

}  // namespace
}  // namespace acksu::trace
