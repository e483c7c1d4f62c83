// What neighbour discovery says, in two languages, and malformed messages.
#include "trace/ndp_text.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/ndp.h"

namespace acksu::trace {
namespace {

constexpr IpAddress router{0xfe80'0000'0000'0000, 1}, host{0x2001'0db8'0000'0000, 7};
constexpr wire::PseudoHeader pseudo{router, host};

class NdpText : public testing::Test {
 protected:
  template <class Ndp>
  std::string said(const Ndp& ndp, IpAddress from, Language language = Language::english) {
    std::array<std::uint8_t, wire::largest_ndp_message> room{};
    const std::uint32_t length = wire::write(ndp, pseudo, room);
    Summary summary;
    summary.icmp_type = room[0];
    summary.tuple.local.address = from;
    return ndp_text(summary, Bytes{room}.first(length).subspan(8), language);
  }
};

TEST_F(NdpText, TellsQuestionsFromTrials) {
  const wire::NeighbourSolicitation ndp{
      .target = host, .source_mac = MacAddress{{2, 0, 0, 0, 0, 1}}, .nonce = {}};
  EXPECT_EQ(said(ndp, router), "NDP  who has 2001:db8::7?");
  EXPECT_EQ(said(ndp, IpAddress{}), "NDP  does anybody have 2001:db8::7?");
  EXPECT_EQ(said(ndp, router, Language::korean), "NDP  2001:db8::7의 MAC 주소는?");
}

TEST_F(NdpText, TellsWhereSomebodyIs) {
  wire::NeighbourAdvertisement ndp;
  ndp.target = host;
  EXPECT_EQ(said(ndp, host), "NDP  2001:db8::7 is here");
  ndp.target_mac = MacAddress{{2, 0, 0, 0, 0, 9}};
  EXPECT_EQ(said(ndp, host), "NDP  2001:db8::7 is at 02:00:00:00:00:09");
}

TEST_F(NdpText, TellsWhatRoutersAdvertise) {
  wire::RouterAdvertisement ndp;
  ndp.lifetime = 1800s;
  ndp.prefixes.add({.prefix = {{0x2001'0db8'0007'0000, 0}, 64}, .valid = 1h, .preferred = 1h});
  ndp.resolvers.add({.addresses = {}, .lifetime = 1h});
  ndp.resolvers.items[0].addresses.add(host);
  EXPECT_EQ(said(ndp, router), "NDP  I am a router: 2001:db8:7::/64, DNS 2001:db8::7");
  EXPECT_EQ(said(wire::RouterSolicitation{}, host), "NDP  which routers are here?");
}

TEST_F(NdpText, SaysNothingAboutWhatItCannotRead) {
  Summary summary;
  for (std::uint8_t type = 133; type <= 137; ++type) {
    summary.icmp_type = type;
    for (std::size_t length = 0; length < 40; ++length) {
      ndp_text(summary, std::vector<std::uint8_t>(length, 0xff), Language::english);
    }
  }
  summary.icmp_type = 135;
  EXPECT_EQ(ndp_text(summary, std::vector<std::uint8_t>(15), Language::english), "");
}

}  // namespace
}  // namespace acksu::trace
