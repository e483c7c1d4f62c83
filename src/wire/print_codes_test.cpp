// What each code, option and kind of message is called in lines and opened frames.
#include <gtest/gtest.h>

#include <string>

#include "wire/header_sum.h"
#include "wire/icmpv6.h"
#include "wire/igmp.h"
#include "wire/membership.h"
#include "wire/ppp_control.h"
#include "wire/print.h"
#include "wire/print_fields_test.h"
#include "wire/print_line.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::found;
using test::hex;
using test::value;
using test::operator+;
using Octets = std::vector<std::uint8_t>;
using Kind = MembershipMessage::Kind;
using Type = MembershipRecord::Type;

const Octets ethernet_ipv4 = hex("020000000002 020000000001 0800");

// An IPv4 packet around a payload, with the right checksum.
Octets packet_of(std::uint8_t protocol, const Octets& payload, std::uint16_t fragment = 0x4000) {
  auto header = hex("45000000 00070000 40000000 0a000001 0a000002");
  header[9] = protocol;
  store_be16(&header[2], static_cast<std::uint16_t>(20 + payload.size()));
  store_be16(&header[6], fragment);
  store_be16(&header[10], sum_of(header).checksum());
  return header + payload;
}

Octets ipv6_packet_of(Octets message) {
  auto header = hex(
      "60000000 0000 3a ff fe80000000000000 0000000000000001 fe80000000000000 0000000000000002");
  store_be16(&header[4], static_cast<std::uint16_t>(message.size()));
  sign_icmpv6(message, {*parse_ip("fe80::1"), *parse_ip("fe80::2")});
  return header + message;
}

// RFC 792, and RFC 1122 3.2.2.1 for the codes above 5.
TEST(Codes, Icmp) {
  const struct {
    std::uint8_t type, code;
    const char* text;
  } rows[] = {{0, 0, "echo reply"},
              {3, 0, "network unreachable"},
              {3, 1, "host unreachable"},
              {3, 2, "protocol unreachable"},
              {3, 3, "port unreachable"},
              {3, 4, "fragmentation needed"},
              {3, 5, "source route failed"},
              {3, 13, "administratively prohibited"},
              {3, 14, "destination unreachable, code 14"},
              {4, 0, "source quench"},
              {5, 1, "redirect"},
              {8, 0, "echo request"},
              {11, 0, "time to live exceeded"},
              {11, 1, "reassembly time exceeded"},
              {12, 0, "parameter problem"},
              {13, 0, "type 13 code 0"}};
  for (const auto& row : rows) EXPECT_EQ(icmp_text(row.type, row.code), row.text);
}

// RFC 4443 3.1 to 3.4 and 4.
TEST(Codes, Icmpv6) {
  const struct {
    std::uint8_t type, code;
    const char* text;
  } rows[] = {{1, 0, "no route"},
              {1, 1, "administratively prohibited"},
              {1, 2, "beyond scope of source address"},
              {1, 3, "address unreachable"},
              {1, 4, "port unreachable"},
              {1, 5, "destination unreachable, code 5"},
              {2, 0, "packet too big"},
              {3, 0, "hop limit exceeded"},
              {3, 1, "reassembly time exceeded"},
              {4, 1, "parameter problem"},
              {128, 0, "echo request"},
              {129, 0, "echo reply"},
              {200, 1, "type 200 code 1"}};
  for (const auto& row : rows) EXPECT_EQ(icmpv6_text(row.type, row.code), row.text);
}

TEST(Codes, LinesOfHeaders) {
  Ipv4Header header;
  ASSERT_EQ(read_any(packet_of(17, hex("00")), 21, header), Drop::none);
  EXPECT_EQ(summary(header), "IPv4 10.0.0.1 > 10.0.0.2 UDP len=21 ttl=64 DF");
  EXPECT_EQ(summary_of_packet(packet_of(17, Octets(8), 0x2000)),
            "IPv4 10.0.0.1 > 10.0.0.2 UDP len=28 ttl=64 id=7 fragment 0+");
  EXPECT_EQ(summary_of_packet(packet_of(17, Octets(8), 0x0001)),
            "IPv4 10.0.0.1 > 10.0.0.2 UDP len=28 ttl=64 id=7 fragment 8 last");
  IcmpMessage echo;
  echo.type = 0;
  echo.id = 3;
  echo.sequence = 4;
  EXPECT_EQ(summary(echo), "ICMP echo reply id=3 seq=4 len=0");
  UdpDatagram datagram;
  datagram.source_port = 53;
  datagram.destination_port = 4000;
  EXPECT_EQ(summary(datagram), "UDP 53 > 4000 len=0");
}

TEST(Codes, OptionsOfTcp) {
  SegmentOptions options;
  options.user_timeout = 0x8003;
  EXPECT_EQ(options_text(options), "uto 3 min");
  options.user_timeout = 90;
  EXPECT_EQ(options_text(options), "uto 90 s");
  options.user_timeout = 0;
  options.fast_open = *FastOpenOption::of({});
  EXPECT_EQ(options_text(options), "tfo cookiereq");
  options.fast_open = *FastOpenOption::of(hex("0102 0a0b"));
  EXPECT_EQ(options_text(options), "tfo cookie 01020a0b");
  options.fast_open = {};
  options.acc_ecn = AccEcnOption(AccEcnOption::Order::zero, 1);
  options.acc_ecn.set(0, 7);
  EXPECT_EQ(options_text(options), "AccECN e0b 7");
}

// RFC 3376 4.2.12 and 4.1, RFC 2236 2.1.
TEST(Codes, Membership) {
  MembershipMessage message;
  message.version = 3;
  message.group = IpAddress::v4(0);
  EXPECT_EQ(membership_text(message), "query v3 of all groups");
  message.group = IpAddress::v4(239, 1, 2, 3);
  message.sources = {IpAddress::v4(10, 0, 0, 1), IpAddress::v4(10, 0, 0, 2)};
  EXPECT_EQ(membership_text(message), "query v3 239.1.2.3 from {10.0.0.1,10.0.0.2}");
  message = {};
  message.kind = Kind::leave;
  message.version = 2;
  message.group = IpAddress::v4(239, 1, 2, 3);
  EXPECT_EQ(membership_text(message), "leave v2 239.1.2.3");
  message.kind = Kind::report;
  EXPECT_EQ(membership_text(message), "report v2 239.1.2.3");
  message.version = 3;
  message.group = {};
  EXPECT_EQ(membership_text(message), "report v3 of nothing");
  std::string expected = "report v3 ";
  const std::pair<Type, const char*> words[] = {{Type::is_include, "include"},
                                                {Type::is_exclude, "exclude"},
                                                {Type::change_to_include, "now include"},
                                                {Type::change_to_exclude, "now exclude"},
                                                {Type::allow_new_sources, "allow"},
                                                {Type::block_old_sources, "block"}};
  for (const auto& [type, word] : words) {
    if (!message.records.empty()) expected += ", ";
    message.records.push_back({type, IpAddress::v4(239, 1, 2, 3), {IpAddress::v4(10, 0, 0, 1)}});
    expected += std::string{"239.1.2.3 "} + word + " {10.0.0.1}";
  }
  EXPECT_EQ(membership_text(message), expected);
}

TEST(Codes, AnIgmpMessageThatEndsTooSoonHasNoChecksumToJudge) {
  const auto layers = open_packet(packet_of(2, hex("1600 f8fa ef01")));
  EXPECT_EQ(value(layers, "membership.message"), "(none)");
  ASSERT_NE(found(layers, "icmp.checksum"), nullptr);
  EXPECT_EQ(found(layers, "icmp.checksum")->value, "0xf8fa");
  EXPECT_NE(layers.back().fault, "");
}

// One tag is opened (802.1Q); what a tag in a tag carries is shown as bytes.
TEST(Codes, TagsInTags) {
  const auto mac = hex("020000000002 020000000001");
  EXPECT_EQ(summary_of_frame(mac + hex("8100 0005 8100 0006 0800 00")),
            "VLAN 5 Ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 VLAN");
  const auto layers = open(mac + hex("8100 0005 8100 0006 0800 00"));
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[1].key, "vlan");
  EXPECT_EQ(layers[2].key, "text");
  EXPECT_EQ(layers[2].length, 5u);
  EXPECT_EQ(open(mac + hex("8100 0005 0800")).size(), 2u);  // a tag and nothing behind it
}

// RFC 1661 5: all codes of LCP.
TEST(Codes, Ppp) {
  const struct {
    const char* packet;
    const char* text;
  } rows[] = {
      {"c021 0201 0004", "LCP Configure-Ack id=1"},
      {"c021 0401 0008 0d02 0d02",
       "LCP Configure-Reject id=1 <option 13 0 bytes,option 13 0 bytes>"},
      {"c021 0501 0004", "LCP Terminate-Request id=1 len=0"},
      {"c021 0601 0005 07", "LCP Terminate-Ack id=1 len=1"},
      {"c021 0701 0006 0c01", "LCP Code-Reject id=1 len=2"},
      {"c021 0a01 0008 00000005", "LCP Echo-Reply id=1 magic=0x00000005 len=0"},
      {"c021 0b01 0009 00000005 aa", "LCP Discard-Request id=1 magic=0x00000005 len=1"},
      {"c021 0801 0008 0021 4500", "LCP Protocol-Reject id=1 IPv4 len=2"},
      {"c021 0801 0006 0057", "LCP Protocol-Reject id=1 IPv6 len=0"},
      {"c021 0801 0006 80fd", "LCP Protocol-Reject id=1 protocol 0x80fd len=0"},
      // RFC 1661 6.2: a protocol of authentication has two octets at least; others have just
      // theirs.
      {"c021 0101 0007 0303 c2", "LCP Configure-Request id=1 <option 3 1 bytes>"},
      {"c021 0101 0007 0103 05", "LCP Configure-Request id=1 <option 1 1 bytes>"},
      {"ff03 00fd 01", "PPP protocol 0x00fd len=1"},
  };
  for (const auto& row : rows) EXPECT_EQ(summary_of_ppp(hex(row.packet)), row.text);
  EXPECT_EQ(summary_of_ppp(hex("57") + ipv6_packet_of(hex("8000 0000 00010002"))),
            summary_of_packet(ipv6_packet_of(hex("8000 0000 00010002"))));
}

TEST(Codes, PppOpened) {
  const auto echo = open_ppp(hex("ff03 c021 0903 000a deadbeef 0102"));
  EXPECT_EQ(value(echo, "ppp.magic"), "0xdeadbeef");
  EXPECT_EQ(value(echo, "ppp.data"), "2");
  EXPECT_EQ(found(echo, "ppp.data")->offset, 12u);
  const auto reject = open_ppp(hex("ff03 c021 0804 0008 8057 0101"));
  EXPECT_EQ(value(reject, "ppp.rejected_protocol"), "IPV6CP");
  EXPECT_EQ(open_ppp(hex("ff03 8021 0101 0004")).back().key, "ipcp");
  EXPECT_EQ(open_ppp(hex("ff03 8057 0101 0004")).back().key, "ipv6cp");
  EXPECT_EQ(open_ppp(hex("ff03 c023 01")).back().key, "text");
  EXPECT_EQ(open_ppp(hex("ff03 c023")).size(), 1u);  // nothing behind the protocol
  EXPECT_EQ(open_ppp(hex("57") + ipv6_packet_of(hex("8000 0000 00010002"))).back().key, "icmpv6");
}

TEST(Codes, OptionsOfNeighbourDiscovery) {
  // RFC 4861 4.6.3: a redirect quotes what was redirected; RFC 8106 5.1: resolvers.
  const auto redirect =
      open_packet(ipv6_packet_of(hex("8900 0000 00000000 fe800000000000000000000000000009"
                                     "20010db8000000000000000000000001 0401 0000 00000000")));
  EXPECT_NE(found(redirect, "ndp.option.redirected"), nullptr);
  const auto resolvers = open_packet(ipv6_packet_of(
      hex("8600 0000 40000000 00000000 00000000 1905 0000 00000e10 20010db8000000000000000000000001"
          "20010db8000000000000000000000002")));
  EXPECT_EQ(value(resolvers, "ndp.option.resolvers"), "2001:db8::1, 2001:db8::2");
  // RFC 4443 3.4: where the trouble is.
  const auto problem = open_packet(ipv6_packet_of(hex("0401 0000 00000028 60")));
  EXPECT_EQ(value(problem, "icmpv6.pointer"), "40");
  const auto reply = open_packet(ipv6_packet_of(hex("8100 0000 00030004")));
  EXPECT_EQ(value(reply, "icmp.sequence"), "4");
}

}  // namespace
}  // namespace acksu::wire
