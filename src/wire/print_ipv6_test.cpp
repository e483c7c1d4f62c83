// IPv6 and its kin as text: lines, opened packets, both languages, anything malformed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "wire/igmp.h"
#include "wire/mld.h"
#include "wire/ndp.h"
#include "wire/print.h"
#include "wire/print_words.h"
#include "wire/test_frames.h"
#include "wire/vlan.h"

namespace acksu::wire::print_ipv6_test {
namespace {

using test::hex;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

const IpAddress us = *parse_ip("fe80::1");
const IpAddress them = *parse_ip("fe80::2");
const MacAddress mac{{2, 0, 0, 0, 0, 1}};
const PseudoHeader ends{us, them};

Octets packet_of(std::uint8_t next, const Octets& payload, std::uint8_t hop_limit = 255) {
  Octets packet(Ipv6Header::size);
  Ipv6Header header;
  header.payload_length = static_cast<std::uint16_t>(payload.size());
  header.next_header = next;
  header.hop_limit = hop_limit;
  header.source = us;
  header.destination = them;
  write(header, packet);
  return packet + payload;
}

Octets icmpv6(Octets message) {
  sign_icmpv6(message, ends);
  return packet_of(NextHeader::icmpv6, message);
}

template <class Ndp>
Octets ndp_packet(const Ndp& ndp) {
  Octets message(largest_ndp_message);
  message.resize(write(ndp, ends, message));
  return packet_of(NextHeader::icmpv6, message);
}

Octets advertisement() {
  RouterAdvertisement ndp;
  ndp.lifetime = 1800s;
  ndp.source_mac = mac;
  ndp.mtu = 1400;
  ndp.prefixes.add({*parse_prefix("2001:db8::/64"), true, true, forever, 3600s});
  ndp.resolvers.add({{{*parse_ip("2001:db8::53")}, 1}, 600s});
  return ndp_packet(ndp);
}

Octets mld_report(bool has_alert) {
  MembershipMessage report;
  report.kind = MembershipMessage::Kind::report;
  report.version = 2;
  report.records = {{MembershipRecord::Type::change_to_exclude, *parse_ip("ff02::5"), {}}};
  Octets message(mld_bytes(report));
  write_mld(report, ends, message);
  if (!has_alert) return packet_of(NextHeader::icmpv6, message, 1);
  Octets alert(router_alert_header_size);
  write_router_alert(NextHeader::icmpv6, alert);
  return packet_of(NextHeader::hop_by_hop, alert + message, 1);
}

Octets igmp_report() {
  auto packet = hex("46c00000 00000000 01020000 0a000001 e0000016 94040000");
  MembershipMessage report;
  report.kind = MembershipMessage::Kind::report;
  report.version = 2;
  report.group = IpAddress::v4(239, 1, 2, 3);
  Octets message(igmp_bytes(report));
  write_igmp(report, message);
  store_be16(&packet[2], static_cast<std::uint16_t>(24 + message.size()));
  store_be16(&packet[10], sum_of(packet).checksum());
  return packet + message;
}

Octets redirect() {
  Redirect ndp;
  ndp.target = them;
  ndp.destination = *parse_ip("2001:db8::7");
  return ndp_packet(ndp);
}

Octets fragment() {
  return packet_of(44, hex("1100 0001 0000abcd 14e90035 00100000 0000000000000000"), 64);
}

Octets too_big() {
  return icmpv6(hex("0200 0000 00000500") + packet_of(17, hex("14e90035 00080000"), 64));
}

std::vector<Octets> all_packets() {
  return {icmpv6(hex("8000 0000 00010002 616263")),
          too_big(),
          advertisement(),
          ndp_packet(RouterSolicitation{mac}),
          ndp_packet(NeighbourSolicitation{them, mac, Nonce{1, 2, 3, 4, 5, 6}}),
          ndp_packet(NeighbourAdvertisement{us, true, true, true, mac}),
          redirect(),
          mld_report(true),
          mld_report(false),
          igmp_report(),
          fragment(),
          packet_of(43, hex("3b00 0001 00000000"), 64),
          packet_of(60, hex("3c00 1e04 00000000 1100 01020000 0000 14e90035 00080000"), 64)};
}

TEST(SummaryIpv6, OneLineEach) {
  const char* const lines[] = {"fe80::1 > fe80::2 ICMPv6 echo request id=1 seq=2 len=3",
                               "fe80::1 > fe80::2 ICMPv6 packet too big mtu=1280 len=48",
                               "fe80::1 > fe80::2 NDP router for 1800 s, 2001:db8::/64",
                               "fe80::1 > fe80::2 NDP who is a router?",
                               "fe80::1 > fe80::2 NDP who has fe80::2?",
                               "fe80::1 > fe80::2 NDP fe80::1 is at 02:00:00:00:00:01",
                               "fe80::1 > fe80::2 NDP to 2001:db8::7 go by fe80::2",
                               "fe80::1 > fe80::2 MLD report v2 ff02::5 now exclude {}",
                               "fe80::1 > fe80::2 MLD dropped: membership no router alert",
                               "10.0.0.1 > 224.0.0.22 IGMP report v2 239.1.2.3",
                               "IPv6 fe80::1 > fe80::2 UDP len=64 id=0x0000abcd fragment 0+",
                               "IPv6 dropped: ip routing header",
                               "fe80::1 > fe80::2 UDP 5353 > 53 len=0"};
  const auto packets = all_packets();
  for (std::size_t i = 0; i < packets.size(); ++i)
    EXPECT_EQ(summary_of_packet(packets[i]), lines[i]);
  EXPECT_EQ(summary_of_frame(hex("020000000002 020000000001 86dd") + packets[0]), lines[0]);
  EXPECT_EQ(summary_of_frame(hex("020000000002 020000000001 8100 0064 86dd") + packets[0]),
            std::string("VLAN 100 ") + lines[0]);
  EXPECT_EQ(summary_of_frame(hex("020000000002 020000000001 8100 0064")),
            "VLAN dropped: ethernet truncated");
  Ipv6Header header;
  header.next_header = 6;
  header.hop_limit = 64;
  header.destination = us;
  EXPECT_EQ(summary(header), "IPv6 :: > fe80::1 TCP len=40 hops=64");
}

const Field* find(const std::vector<Layer>& layers, const std::string& layer,
                  const std::string& key) {
  for (const Layer& each : layers) {
    if (each.key != layer) continue;
    for (const Field& field : each.fields) {
      if (field.key == key) return &field;
    }
  }
  return nullptr;
}

std::string value(const std::vector<Layer>& layers, const std::string& layer,
                  const std::string& key) {
  const Field* field = find(layers, layer, key);
  return field == nullptr ? "(none)" : field->value;
}

std::string keys(const std::vector<Layer>& layers) {
  std::string text;
  for (const Layer& layer : layers)
    text += layer.key + " " + std::to_string(layer.offset) + "+" + std::to_string(layer.length) +
            (layer.fault.empty() ? " " : " (" + layer.fault + ") ");
  return text;
}

TEST(OpenIpv6, LayersAndFaults) {
  const char* const expected[] = {
      "ipv6 0+40 icmpv6 40+8 text 48+3 ",
      "ipv6 0+40 icmpv6 40+8 quoted.ipv6 48+40 quoted.udp 88+8 ",
      "ipv6 0+40 icmpv6 40+88 ",
      "ipv6 0+40 icmpv6 40+16 ",
      "ipv6 0+40 icmpv6 40+40 ",
      "ipv6 0+40 icmpv6 40+32 ",
      "ipv6 0+40 icmpv6 40+40 ",
      "ipv6 0+40 ipv6.hop_by_hop 40+8 icmpv6 48+28 ",
      "ipv6 0+40 icmpv6 40+28 (without a router alert) ",
      "ipv4 0+24 igmp 24+8 ",
      "ipv6 0+40 ipv6.fragment 40+8 udp 48+8 text 56+8 ",
      "ipv6 0+40 (routing headers are not followed (RFC 5095)) ipv6.routing 40+8 ",
      "ipv6 0+40 ipv6.destination_options 40+8 ipv6.destination_options 48+8 udp 56+8 "};
  const auto packets = all_packets();
  for (std::size_t i = 0; i < packets.size(); ++i)
    EXPECT_EQ(keys(open_packet(packets[i])), expected[i]);
}

TEST(OpenIpv6, Fields) {
  const auto layers = open_packet(advertisement());
  EXPECT_EQ(value(layers, "ipv6", "ipv4.source"), "fe80::1");
  EXPECT_EQ(value(layers, "ipv6", "ipv6.hop_limit"), "255");
  EXPECT_EQ(find(layers, "ipv6", "ipv6.next_header")->meaning, "ICMPv6");
  EXPECT_EQ(find(layers, "icmpv6", "icmp.checksum")->meaning, "correct");
  EXPECT_EQ(value(layers, "icmpv6", "ndp.lifetime"), "1800");
  EXPECT_EQ(value(layers, "icmpv6", "ndp.option.source_mac"), "02:00:00:00:00:01");
  EXPECT_EQ(value(layers, "icmpv6", "ndp.option.mtu"), "1400");
  EXPECT_EQ(value(layers, "icmpv6", "ndp.option.prefix"), "2001:db8::/64");
  EXPECT_EQ(value(layers, "icmpv6", "ndp.option.prefix.valid"), "4294967295");
  EXPECT_EQ(find(layers, "icmpv6", "ndp.option.prefix")->offset, 72u);
  EXPECT_EQ(value(layers, "icmpv6", "ndp.option.resolvers"), "2001:db8::53");
  EXPECT_EQ(value(open_packet(too_big()), "icmpv6", "icmp.mtu"), "1280");
  EXPECT_EQ(value(open_packet(fragment()), "ipv6.fragment", "ipv6.fragment_id"), "0x0000abcd");
  EXPECT_EQ(value(open_packet(igmp_report()), "igmp", "membership.message"), "report v2 239.1.2.3");
}

TEST(OpenIpv6, WrongChecksumsAndVlan) {
  auto packet = icmpv6(hex("8000 0000 00010002 616263"));
  packet.back() ^= 1;
  EXPECT_EQ(keys(open_packet(packet)), "ipv6 0+40 icmpv6 40+8 (the checksum is wrong) text 48+3 ");
  auto frame = hex("020000000002 020000000001 8100 a064 86dd") + packet;
  frame.resize(frame.size() + 3);
  const auto layers = open(frame);
  EXPECT_EQ(layers[1].key, "vlan");
  EXPECT_EQ(value(layers, "vlan", "vlan.id"), "100");
  EXPECT_EQ(value(layers, "vlan", "vlan.priority"), "5");
  EXPECT_EQ(value(layers, "ethernet", "ethernet.padding"), "3");
}

void check_places(const std::vector<Layer>& layers, std::size_t bytes) {
  for (const Layer& layer : layers) {
    ASSERT_LE(layer.offset + layer.length, bytes) << layer.key;
    for (const Field& field : layer.fields)
      ASSERT_LE(field.offset + field.length, bytes) << field.key;
  }
}

TEST(OpenIpv6, AnyTruncationAndAnyWrongByte) {
  for (const Octets& packet : all_packets()) {
    for (std::size_t size = 0; size <= packet.size(); ++size) {
      const Octets cut(packet.begin(), packet.begin() + static_cast<long>(size));
      check_places(open_packet(cut), size);
      EXPECT_FALSE(summary_of_packet(cut).empty());
    }
    for (std::size_t at = 0; at < packet.size(); ++at)
      for (unsigned byte = 0; byte < 256; byte += at < 8 ? 1 : 17) {
        auto changed = packet;
        changed[at] = static_cast<std::uint8_t>(byte);
        check_places(open_packet(changed), packet.size());
        EXPECT_FALSE(summary_of_packet(changed).empty());
      }
  }
}

TEST(OpenIpv6, EveryFieldHasANameInBothLanguages) {
  for (const Language language : {Language::english, Language::korean})
    for (const Octets& packet : all_packets())
      for (const Layer& layer : open_packet(packet, language)) {
        EXPECT_NE(layer.name, layer.key);
        for (const Field& field : layer.fields) EXPECT_NE(field.name, field.key);
      }
  EXPECT_EQ(find(open_packet(advertisement(), Language::korean), "icmpv6", "icmp.type")->meaning,
            "라우터 광고: 보낸 쪽이 라우터임");
}

TEST(OpenIpv6, RandomBytes) {
  EXPECT_TRUE(rc::check([] {
    const auto tail = *rc::gen::arbitrary<Octets>();
    const auto next = *rc::gen::element<std::uint8_t>(0, 43, 44, 58, 60);
    auto packet = packet_of(next, tail);
    check_places(open_packet(packet), packet.size());
    summary_of_packet(packet);
    RC_ASSERT(!testing::Test::HasFatalFailure());
  }));
}

}  // namespace
}  // namespace acksu::wire::print_ipv6_test
