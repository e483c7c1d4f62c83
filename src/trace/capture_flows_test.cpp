// Tests of captures as flows: link types, packets that were cut, and what is not understood.
#include "trace/capture_flows.h"

#include <gtest/gtest.h>

#include "trace/pcapng.h"
#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

using Octets = std::vector<std::uint8_t>;

void put32(Octets& to, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    to.push_back(static_cast<std::uint8_t>(value >> shift));
}

// A pcap of one packet, of which `captured` bytes were kept.
Octets pcap_of(std::uint32_t link_type, const Octets& packet, std::size_t captured) {
  Octets file;
  for (const std::uint32_t word : {0xa1b2c3d4u, 0x00040002u, 0u, 0u, 65535u, link_type, 7u, 0u}) {
    put32(file, word);
  }
  put32(file, static_cast<std::uint32_t>(captured));
  put32(file, static_cast<std::uint32_t>(packet.size()));
  file.insert(file.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(captured));
  return file;
}

const std::string text(700, 'x');

Octets ethernet() { return Scene::segment(0, {.seq = 1, .ack = 1, .text = text}); }
Octets behind(std::size_t bytes) {
  Octets packet(bytes, 0);
  const Octets frame = ethernet();
  packet.insert(packet.end(), frame.begin() + 14, frame.end());
  return packet;
}

std::uint64_t text_in(const Octets& file) {
  Flows flows;
  take_capture(file, flows);
  return flows.ranked().empty() ? 0 : flows.ranked()[0]->text_bytes;
}

TEST(CaptureFlows, KnowLinkTypes) {
  EXPECT_EQ(text_in(pcap_of(1, ethernet(), ethernet().size())), 700u);
  for (const std::uint32_t raw : {12u, 14u, 101u, 228u}) {
    EXPECT_EQ(text_in(pcap_of(raw, behind(0), behind(0).size())), 700u) << raw;
  }
  for (const std::uint32_t loop : {0u, 108u}) {
    EXPECT_EQ(text_in(pcap_of(loop, behind(4), behind(4).size())), 700u) << loop;
  }
  EXPECT_EQ(text_in(pcap_of(113, behind(16), behind(16).size())), 700u);
  EXPECT_EQ(text_in(pcap_of(276, behind(20), behind(20).size())), 700u);
  Octets ppp{0x00, 0x21};
  const Octets packet = behind(0);
  ppp.insert(ppp.end(), packet.begin(), packet.end());
  EXPECT_EQ(text_in(pcap_of(9, ppp, ppp.size())), 700u);
}

TEST(CaptureFlows, CountPacketsThatWereCutWithTheirWholeLength) {
  EXPECT_EQ(text_in(pcap_of(1, ethernet(), 96)), 700u);
}

TEST(CaptureFlows, SayWhatTheyDoNotUnderstand) {
  Flows flows;
  const CaptureReading reading = take_capture(pcap_of(147, ethernet(), 60), flows);
  EXPECT_EQ(reading.packets, 1u);
  EXPECT_EQ(reading.unknown, 1u);
  EXPECT_EQ(reading.unknown_link_type, 147);
  EXPECT_EQ(reading.problem, nullptr);
  Octets cut = pcap_of(1, ethernet(), 96);
  cut.pop_back();
  EXPECT_STREQ(take_capture(cut, flows).problem, "a packet is cut off");
  EXPECT_EQ(take_capture(pcap_of(276, {1, 2, 3}, 3), flows).unknown, 1u);  // shorter than its head
}

TEST(CaptureFlows, ReadWhatATraceWrites) {
  Scene scene;
  play_connection(scene);
  Flows flows;
  take_capture(pcapng(scene.trace()), flows);
  const auto ranked = flows.ranked();
  ASSERT_EQ(ranked.size(), 2u);
  EXPECT_EQ(ranked[0]->text_bytes, 27u);
  EXPECT_EQ(ranked[1]->text_bytes, 24u);
  EXPECT_FALSE(ranked[0]->acks.empty());  // seen at the other interface
}

}  // namespace
}  // namespace acksu::trace
