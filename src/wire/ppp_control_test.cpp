// Packets of LCP, IPCP and IPV6CP: exact octets, strict lengths, and how they print.
#include "wire/ppp_control.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "wire/print.h"
#include "wire/print_words.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

const Octets lcp_request = hex("0101 001a 0104 05dc 0206 00000000 0506 12345678 0702 0802 8302");
const Octets ipcp_nak = hex("0307 0010 0306 0a00020f 8106 0a000203");
const Octets ipv6cp_request = hex("0102 000e 010a 020000fffe000001");

Octets framed(std::uint16_t protocol, const Octets& information) {
  return Octets{0xff, 0x03, static_cast<std::uint8_t>(protocol >> 8),
                static_cast<std::uint8_t>(protocol)} +
         information;
}

TEST(PppControl, OptionsThatAreNotUnderstoodAreKept) {
  PppControl packet;
  ASSERT_EQ(read(lcp_request, PppProtocol::lcp, packet), Drop::none);
  EXPECT_EQ(packet.code, PppCode::configure_request);
  ASSERT_EQ(packet.options.size(), 6u);
  EXPECT_EQ(packet.options[0].number(2), 1500u);
  EXPECT_EQ(packet.options[0].number(4), std::nullopt);
  EXPECT_EQ(packet.options[2], PppOption::number(LcpOption::magic, 0x12345678, 4));
  EXPECT_EQ(packet.options[5], (PppOption{0x83, {}}));
  EXPECT_EQ(to_bytes(packet), lcp_request);
}

TEST(PppControl, WhatIsBehindThePacketIsPadding) {
  PppControl packet;
  ASSERT_EQ(read(ipcp_nak + hex("0000ff"), PppProtocol::ipcp, packet), Drop::none);
  EXPECT_EQ(to_bytes(packet), ipcp_nak);
}

TEST(PppControl, StrictLengths) {
  PppControl packet;
  for (const char* text : {"", "01", "010100", "0101 0003", "0101 0005", "0801 0004",
                           "0801 0005 c0", "0901 0004", "0901 0007 000000"}) {
    EXPECT_EQ(read(hex(text), PppProtocol::lcp, packet), Drop::ppp_malformed) << text;
  }
  for (const char* text : {"0101 0005 01", "0101 0006 0100", "0101 0006 0101", "0101 0007 0104 05",
                           "0201 0008 0104 05dc 0506"}) {
    const Drop drop = read(hex(text), PppProtocol::lcp, packet);
    EXPECT_EQ(drop, text[1] == '2' ? Drop::none : Drop::ppp_bad_option) << text;
  }
}

TEST(PppControl, UnknownCodes) {
  PppControl packet;
  EXPECT_EQ(read(hex("0c05 0006 abcd"), PppProtocol::lcp, packet), Drop::ppp_unknown_code);
  EXPECT_EQ(packet.id, 5);
  EXPECT_EQ(packet.data, hex("abcd"));
  // RFC 1332 section 2: no echoes between network protocols.
  EXPECT_EQ(read(hex("0901 0008 00000000"), PppProtocol::ipcp, packet), Drop::ppp_unknown_code);
  EXPECT_EQ(read(hex("0001 0004"), PppProtocol::ipcp, packet), Drop::ppp_unknown_code);
}

TEST(PppControl, EveryPacketIsReadAsWritten) {
  EXPECT_TRUE(rc::check([] {
    PppControl packet;
    packet.code = PppCode{*rc::gen::inRange<std::uint8_t>(1, 12)};
    packet.id = *rc::gen::arbitrary<std::uint8_t>();
    if (packet.has_options()) {
      const auto count = *rc::gen::inRange<std::size_t>(0, 6);
      for (std::size_t i = 0; i < count; ++i) {
        packet.options.push_back(
            {*rc::gen::arbitrary<std::uint8_t>(),
             *rc::gen::container<Octets>(i, rc::gen::arbitrary<std::uint8_t>())});
      }
    } else {
      packet.data = *rc::gen::arbitrary<Octets>();
    }
    if (packet.has_magic()) packet.magic = *rc::gen::arbitrary<std::uint32_t>();
    if (packet.code == PppCode::protocol_reject) packet.rejected_protocol = 0x8057;
    PppControl again;
    RC_ASSERT(read(to_bytes(packet), PppProtocol::lcp, again) == Drop::none);
    RC_ASSERT(again == packet);
  }));
}

TEST(PppPrint, Lines) {
  EXPECT_EQ(summary_of_ppp(framed(PppProtocol::lcp, lcp_request)),
            "LCP Configure-Request id=1 <mru 1500,map 0x00000000,magic 0x12345678,pfc,acfc,"
            "option 131 0 bytes>");
  EXPECT_EQ(summary_of_ppp(framed(PppProtocol::ipcp, ipcp_nak)),
            "IPCP Configure-Nak id=7 <address 10.0.2.15,dns 10.0.2.3>");
  EXPECT_EQ(summary_of_ppp(hex("8057") + ipv6cp_request),
            "IPV6CP Configure-Request id=2 <interface 0200:00ff:fe00:0001>");
  EXPECT_EQ(summary_of_ppp(hex("c021 0102 0009 0305 c22305")),
            "LCP Configure-Request id=2 <auth CHAP>");
  EXPECT_EQ(summary_of_ppp(hex("c021 0903 000a deadbeef 0000")),
            "LCP Echo-Request id=3 magic=0xdeadbeef len=2");
  EXPECT_EQ(summary_of_ppp(hex("c021 0804 0008 8057 0101")),
            "LCP Protocol-Reject id=4 IPV6CP len=2");
  EXPECT_EQ(summary_of_ppp(hex("c021 0804 0005 80")), "LCP dropped: ppp malformed");
  EXPECT_EQ(summary_of_ppp(hex("ff03 c023 01")), "PPP PAP len=1");
  EXPECT_EQ(summary_of_ppp(hex("ff03 00")), "PPP dropped: ppp runt");
  EXPECT_EQ(summary_of_ppp(hex("21 45")), "IPv4 dropped: ip truncated");
}

TEST(PppPrint, OpensEveryOctet) {
  for (const Language language : {Language::english, Language::korean}) {
    const auto layers = open_ppp(framed(PppProtocol::lcp, lcp_request), language);
    ASSERT_EQ(layers.size(), 2u);
    EXPECT_EQ(layers[0].key, "ppp");
    EXPECT_EQ(layers[1].key, "lcp");
    EXPECT_EQ(layers[1].fault, "");
    std::uint32_t shown = 0;
    for (const Layer& layer : layers) {
      for (const Field& field : layer.fields) {
        EXPECT_NE(field.name, field.key);
        EXPECT_EQ(field.offset, shown) << field.key;
        shown += field.length;
      }
    }
    EXPECT_EQ(shown, 4 + lcp_request.size());
  }
  const auto layers = open_ppp(framed(PppProtocol::lcp, lcp_request), Language::korean);
  EXPECT_EQ(layers[1].fields[0].meaning, "설정 요청: 보낸 쪽이 받고 싶은 방식");
  EXPECT_EQ(layers[1].fields[3].name, "최대 수신 단위 (MRU)");
}

TEST(PppPrint, SaysWhatIsWrong) {
  const auto layers = open_ppp(hex("c021 0101 0006 0101"), Language::english);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[1].fault, "an option's length is illegal");
  EXPECT_EQ(open_ppp(hex("ff03 00"), Language::english).front().fault, "too short for a frame");
}

}  // namespace
}  // namespace acksu::wire
