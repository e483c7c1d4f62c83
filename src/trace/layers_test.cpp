// Tests of opened frames: the drawing, its width, and frames cut at every place.
#include "trace/layers.h"

#include <gtest/gtest.h>

#include <sstream>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

TEST(Layers, StandInsideEachOther) {
  const auto bytes = Scene::arp(0, wire::ArpPacket::Operation::request);
  EXPECT_EQ("\n" + open_frame(bytes, {}), R"(
  ┌──────────┬───────────┐
  │ Ethernet │    ARP    │
  │ 14 bytes │ 28 bytes  │
  └──────────┴───────────┘
  ┌─ Ethernet 14 bytes
  │ ff ff ff ff ff ff     Destination MAC       ff:ff:ff:ff:ff:ff every station on this link
  │ 02 00 00 00 00 01     Source MAC            02:00:00:00:00:01 the station on this link that sent
  │                                                               it
  │ 08 06                 Type                  0x0806            ARP
  │ ┌─ ARP 28 bytes
  │ │ 00 01               Hardware type         1                 1 is Ethernet
  │ │ 08 00               Protocol type         0x0800            0x0800 is IPv4
  │ │ 06 04               Address lengths       6, 4              bytes of a MAC and of an IPv4
  │ │                                                             address
  │ │ 00 01               Operation             1                 request: who has the target
  │ │                                                             address?
  │ │ 02 00 00 00 00 01   Sender MAC            02:00:00:00:00:01
  │ │ 0a 00 00 01         Sender IP             10.0.0.1
  │ │ 00 00 00 00 00 00   Target MAC            00:00:00:00:00:00 not known yet: that is the
  │ │                                                             question
  │ │ 0a 00 00 02         Target IP             10.0.0.2
)");
}

TEST(Layers, FitTheirColumnsInBothLanguages) {
  const std::string big(1400, 'x');
  for (const std::string_view text : {std::string_view{}, std::string_view{big}}) {
    const auto bytes =
        Scene::segment(0, {.flags = Flags::syn, .text = text, .options = syn_options()});
    for (const Language language : {Language::english, Language::korean}) {
      std::istringstream lines{open_frame(bytes, {.language = language})};
      for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), 100u) << line;
    }
  }
}

TEST(Layers, ShowEachFlagWhenAsked) {
  const auto bytes = Scene::segment(0, {.flags = Flags::syn});
  EXPECT_EQ(open_frame(bytes, {}).find("URG"), std::string::npos);
  EXPECT_NE(open_frame(bytes, {.shows_all = true}).find("URG"), std::string::npos);
}

TEST(Layers, OpenWhateverComes) {
  const auto bytes = Scene::segment(0, {.seq = 1, .text = "GET / HTTP/1.1\r\n\r\n"});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    open_frame(Bytes{bytes}.first(length), {});
  }
  EXPECT_NE(open_frame(bytes, {}).find("HTTP"), std::string::npos);
  EXPECT_EQ(open_frame({}, {}).find("HTTP"), std::string::npos);
}

}  // namespace
}  // namespace acksu::trace
