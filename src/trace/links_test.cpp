// Traces of links that are no plain Ethernet: what is read of their frames, and how they are
// written to captures.
#include <gtest/gtest.h>

#include "trace/json.h"
#include "trace/layers.h"
#include "trace/pcapng.h"
#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets bare(const Octets& frame) { return {frame.begin() + 14, frame.end()}; }

Octets tagged(Octets frame) {
  constexpr std::uint8_t tag[] = {0x81, 0x00, 0xa0, 0x07};  // priority 5, VLAN 7
  frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
  return frame;
}

// As PPP frames it, compressed; and a whole frame of LCP.
Octets on_line(Octets packet) {
  packet.insert(packet.begin(), 0x21);
  return packet;
}
const Octets terminate{0xff, 0x03, 0xc0, 0x21, 0x05, 0x07, 0x00, 0x04};

// Each interface's link type, and each packet's interface.
struct Captured {
  std::vector<std::uint32_t> types, packets;

  explicit Captured(const Octets& file) {
    const auto le32 = [&file](std::size_t at) { return load_le32(&file[at]); };
    for (std::size_t at = 0; at < file.size(); at += le32(at + 4)) {
      if (le32(at) == 1) types.push_back(le32(at + 8) & 0xffff);
      if (le32(at) == 6) packets.push_back(le32(at + 8));
    }
  }
  static std::uint32_t load_le32(const std::uint8_t* from) {
    return from[0] | from[1] << 8 | from[2] << 16 | static_cast<std::uint32_t>(from[3]) << 24;
  }
};

TEST(LinkTraces, SummariesKnowWhatStandsBeforeThePacket) {
  const Octets frame = Scene::segment(0, {.flags = Flags::syn, .seq = 3, .text = "hello"});
  const Summary plain = summarize(frame);
  const Summary vlan = summarize(tagged(frame), LinkKind::vlan);
  const Summary ip = summarize(bare(frame), LinkKind::ip);
  EXPECT_EQ(plain.link_bytes, 14u);
  EXPECT_EQ(vlan.link_bytes, 18u);
  EXPECT_EQ(ip.link_bytes, 0u);
  ASSERT_TRUE(vlan.vlan);
  EXPECT_EQ(vlan.vlan->id, 7);
  EXPECT_EQ(vlan.vlan->priority, 5);
  for (const Summary* each : {&vlan, &ip}) {
    EXPECT_EQ(each->kind, FrameKind::tcp);
    EXPECT_EQ(each->tuple, plain.tuple);
    EXPECT_EQ(each->tcp.seq, plain.tcp.seq);
    EXPECT_EQ(each->text_bytes, 5u);
  }
  const Summary ppp = summarize(on_line(bare(frame)), LinkKind::ppp);
  EXPECT_EQ(ppp.link_bytes, 1u);
  EXPECT_EQ(ppp.kind, FrameKind::tcp);
  EXPECT_EQ(ppp.tuple, plain.tuple);
  EXPECT_EQ(ppp.text_bytes, 5u);
  EXPECT_EQ(summarize(terminate, LinkKind::ppp).kind, FrameKind::ppp);
  EXPECT_FALSE(summarize(terminate, LinkKind::ppp).is_ip());
  EXPECT_EQ(summarize(Octets{0xff, 0x03}, LinkKind::ppp).kind, FrameKind::malformed);
  EXPECT_EQ(summarize(Octets(17), LinkKind::vlan).kind, FrameKind::malformed);
  EXPECT_EQ(summarize(Octets{}, LinkKind::ip).kind, FrameKind::malformed);
}

TEST(LinkTraces, FramesOpenFromTheirFirstLayerOn) {
  const Octets frame = Scene::segment(0, {.text = "hello"});
  const std::string vlan = open_frame(tagged(frame), {.link_kind = LinkKind::vlan});
  EXPECT_NE(vlan.find("┌─ VLAN tag 4 bytes"), std::string::npos) << vlan;
  const std::string ip = open_frame(bare(frame), {.link_kind = LinkKind::ip});
  EXPECT_EQ(ip.find("Ethernet"), std::string::npos) << ip;
  EXPECT_NE(ip.find("┌─ IPv4 20 bytes"), std::string::npos) << ip;
  const std::string ppp = open_frame(on_line(bare(frame)), {.link_kind = LinkKind::ppp});
  EXPECT_NE(ppp.find("┌─ PPP 1 byte"), std::string::npos) << ppp;
  EXPECT_NE(ppp.find("┌─ IPv4 20 bytes"), std::string::npos) << ppp;
  const std::string lcp = open_frame(terminate, {.link_kind = LinkKind::ppp});
  EXPECT_NE(lcp.find("Terminate-Request"), std::string::npos) << lcp;
}

TEST(LinkTraces, CapturesNameTheTypeOfEachInterface) {
  Scene scene;
  scene.recorder.observer(0, "client", "10.0.0.1", {LinkKind::ip, LinkKind::loopback});
  scene.recorder.observer(1, "server", "10.0.0.2", {LinkKind::vlan, LinkKind::ip, LinkKind::ppp});
  const Octets frame = Scene::segment(0, {.text = "hello"});
  const auto put = [&](std::uint32_t host, LinkId link, const Octets& bytes) {
    scene.ears[host]->on_frame_out(Instant{}, link, scene.frame(bytes));
  };
  put(0, 0, bare(frame));
  put(1, 0, tagged(frame));
  put(1, 1, bare(Scene::segment(1, {.text = "other"})));
  put(0, 1, bare(Scene::segment(0, {.text = "itself"})));  // on no wire
  put(1, 2, terminate);
  const Captured captured{pcapng(scene.trace())};
  constexpr std::uint32_t ethernet = 1, ppp = 9, raw = 101;
  EXPECT_EQ(captured.types, (std::vector<std::uint32_t>{raw, ethernet, raw, ppp}));
  EXPECT_EQ(captured.packets, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(scene.trace().frames.size(), 5u);
  EXPECT_NE(json_lines(scene.trace()).find("\"summary\":\"LCP Terminate-Request id=7 len=0\""),
            std::string::npos);
  EXPECT_NE(json_lines(scene.trace()).find("\"link_kind\":\"ip\""), std::string::npos);
}

TEST(LinkTraces, WhatAHostSaysToItselfIsOneFrameThatArrives) {
  Scene scene;
  scene.recorder.observer(0, "client", "10.0.0.1", {LinkKind::ethernet, LinkKind::loopback});
  const Octets packet = bare(Scene::segment(0, {.text = "hello"}));
  scene.ears[0]->on_frame_out(Instant{}, 1, scene.frame(packet));
  scene.ears[0]->on_frame_in(Instant{}, 1, scene.frame(packet));
  scene.ears[0]->on_verdict(Instant{}, 1, Drop::none);
  ASSERT_EQ(scene.trace().frames.size(), 1u);
  EXPECT_EQ(scene.trace().frames[0].arrivals.size(), 1u);
}

}  // namespace
}  // namespace acksu::trace
