// What is seldom printed: first fragments, errors about errors, old messages, values of no name.
#include <gtest/gtest.h>

#include <string>

#include "wire/igmp.h"
#include "wire/mld.h"
#include "wire/ppp_control.h"
#include "wire/print.h"
#include "wire/print_fields_test.h"
#include "wire/print_layer.h"
#include "wire/print_line.h"
#include "wire/print_words.h"
#include "wire/test_frames.h"

namespace acksu::wire::print_seldom_test {
namespace {

using test::found;
using test::hex;
using test::value;
using test::operator+;
using Octets = std::vector<std::uint8_t>;

const PseudoHeader ends{*parse_ip("fe80::1"), *parse_ip("fe80::2")};

Octets ipv4(std::uint8_t protocol, const Octets& payload, std::uint16_t fragment = 0) {
  auto header = hex("45000000 00070000 40000000 0a000001 0a000002");
  header[9] = protocol;
  store_be16(&header[2], static_cast<std::uint16_t>(20 + payload.size()));
  store_be16(&header[6], fragment);
  store_be16(&header[10], sum_of(header).checksum());
  return header + payload;
}

Octets ipv6(std::uint8_t next, const Octets& payload) {
  auto header =
      hex("60000000 0000 00 01 fe800000000000000000000000000001"
          "fe800000000000000000000000000002");
  store_be16(&header[4], static_cast<std::uint16_t>(payload.size()));
  header[6] = next;
  return header + payload;
}

Octets with_sum(Octets icmp) {
  store_be16(&icmp[2], 0);
  store_be16(&icmp[2], sum_of(icmp).checksum());
  return icmp;
}

Octets tcp_with(const char* options) {
  auto segment = hex("c0000050 000003e8 00000000 50100000 00000000") + hex(options);
  segment[12] = static_cast<std::uint8_t>(segment.size() / 4 << 4);
  return segment;
}

std::string meaning(const std::vector<Layer>& layers, std::string_view key) {
  const Field* field = found(layers, key);
  return field == nullptr ? "(none)" : field->meaning;
}

std::string keys(const std::vector<Layer>& layers) {
  std::string text;
  for (const Layer& layer : layers) text += layer.key + " ";
  return text;
}

// Only the whole packet can have the checksum that its first fragment tells.
TEST(PrintSeldom, TheSumOfAFirstFragmentIsNotJudged) {
  const Octets datagram = hex("14e90035 00100000") + Octets(8);
  Octets wrong = datagram;
  wrong[6] = 1;
  EXPECT_EQ(meaning(open_packet(ipv4(17, wrong, 0)), "udp.checksum").substr(0, 5), "wrong");
  const auto first = open_packet(ipv4(17, wrong, 0x2000));
  EXPECT_EQ(keys(first), "ipv4 udp text ");
  EXPECT_EQ(meaning(first, "udp.checksum"), word_meaning("checksum.unchecked", Language::english));
}

// RFC 1122 3.2.2, RFC 4443 2.4 (e.1): there are none, so what one would quote is bytes.
TEST(PrintSeldom, AnErrorAboutAnErrorQuotesBytes) {
  const Octets datagram = ipv4(17, hex("14e90035 00080000"));
  const Octets error = ipv4(1, with_sum(hex("03030000 00000000") + datagram));
  EXPECT_EQ(keys(open_packet(error)), "ipv4 icmp quoted.ipv4 quoted.udp ");
  const Octets about_error = ipv4(1, with_sum(hex("0b000000 00000000") + error));
  EXPECT_EQ(keys(open_packet(about_error)), "ipv4 icmp quoted.ipv4 quoted.icmp text ");
}

// 0 says that there is no checksum (RFC 768): what sums up to it is told as all ones.
TEST(PrintSeldom, ASumOfZeroIsToldAsAllOnes) {
  Octets datagram = hex("00000000 000a0000 0000");
  HeaderSum sum;
  PseudoHeader{IpAddress::v4(10, 0, 0, 1), IpAddress::v4(10, 0, 0, 2)}.add_to(sum, 17, 10);
  store_be16(&datagram[8], (sum.folded() + sum_of(datagram)).checksum());
  store_be16(&datagram[6], 0xffff);
  const auto right = open_packet(ipv4(17, datagram));
  EXPECT_EQ(value(right, "udp.checksum"), "0xffff");
  EXPECT_EQ(right[1].fault, "");
  store_be16(&datagram[6], 0xfffe);
  EXPECT_NE(meaning(open_packet(ipv4(17, datagram)), "udp.checksum").find("0xffff"),
            std::string::npos);
}

TEST(PrintSeldom, OptionsOfSeveralParts) {
  // RFC 2018 3: each block has two edges.
  EXPECT_EQ(value(open_packet(ipv4(6, tcp_with("01010512 0000000500000008 0000000a0000000c"))),
                  "tcp.option.sack"),
            "5:8, 10:12");
  // RFC 5482 3.3: the highest bit says minutes.
  EXPECT_EQ(value(open_packet(ipv4(6, tcp_with("1c048005"))), "tcp.option.user_timeout"), "5 min");
  EXPECT_EQ(value(open_packet(ipv4(6, tcp_with("1c040005"))), "tcp.option.user_timeout"), "5 s");
}

TEST(PrintSeldom, SixteenLinesOfAHeaderAreShown) {
  std::string text = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 20; ++i) text += "A: b\r\n";
  const auto layers = open_packet(ipv4(6, tcp_with("") + test::bytes_of(text + "\r\n")));
  std::size_t fields = 0;
  for (const Field& field : layers.back().fields) fields += field.key == "http.field" ? 1 : 0;
  EXPECT_EQ(fields, 15u);
  EXPECT_EQ(found(layers, "http.end"), nullptr);
}

TEST(PrintSeldom, AHeaderThatEndsWithItsText) {
  const auto layers =
      open_packet(ipv4(6, tcp_with("") + test::bytes_of("GET / HTTP/1.1\r\nA: b\r\n")));
  EXPECT_EQ(value(layers, "http.field"), "A: b");
  EXPECT_EQ(found(layers, "text.bytes"), nullptr);
}

// ---- IPv6 ---------------------------------------------------------------------------------------

TEST(PrintSeldom, APacketOfAnotherVersionHasNoPayload) {
  auto frame = hex("020000000002 020000000001 86dd") + ipv6(17, hex("14e90035 00080000"));
  EXPECT_EQ(keys(open(frame)), "ethernet ipv6 udp ");
  frame[14] = 0x40;
  const auto layers = open(frame);
  EXPECT_EQ(keys(layers), "ethernet ipv6 ");
  EXPECT_NE(layers[1].fault, "");
}

TEST(PrintSeldom, SixteenExtensionHeadersAreOpened) {
  Octets payload;
  for (int i = 0; i < 20; ++i) payload = payload + hex("3c00 0104 00000000");
  const auto layers = open_packet(ipv6(60, payload));
  EXPECT_EQ(layers.size(), 1u + 16 + 1);
  EXPECT_EQ(layers.back().key, "text");
  EXPECT_EQ(layers.back().length, 4u * 8);
}

// RFC 2710 3.1: messages of version 1.
TEST(PrintSeldom, OldMessagesAboutGroups) {
  const auto line = [](MembershipMessage::Kind kind) {
    MembershipMessage message;
    message.kind = kind;
    message.version = 1;
    message.group = *parse_ip("ff02::5");
    Octets bytes(mld_bytes(message));
    write_mld(message, ends, bytes);
    return summary_of_packet(ipv6(0, hex("3a00 05020000 0100") + bytes));
  };
  const std::string who = "fe80::1 > fe80::2 MLD ";
  EXPECT_EQ(line(MembershipMessage::Kind::query), who + "query v1 ff02::5");
  EXPECT_EQ(line(MembershipMessage::Kind::report), who + "report v1 ff02::5");
  EXPECT_EQ(line(MembershipMessage::Kind::leave), who + "leave v1 ff02::5");
}

// ---- Without a name -----------------------------------------------------------------------------

TEST(PrintSeldom, AReasonWithoutWordsIsToldByItsName) {
  std::vector<Layer> layers;
  const Octets bytes(4);
  LayerBuilder layer(layers, "text", {bytes, 0}, Language::english);
  layer.set_fault(Drop::none);
  EXPECT_EQ(layers[0].fault, "");
  layer.set_fault(Drop::tcp_no_connection);
  EXPECT_EQ(layers[0].fault, "tcp no connection");
  layer.set_fault(Drop::tcp_truncated);  // the first stands
  EXPECT_EQ(layers[0].fault, "tcp no connection");
}

TEST(PrintSeldom, AWordThatOnlyMeansSomethingHasTheNameOfItsKey) {
  EXPECT_EQ(word_name("arp.operation.1", Language::english), "arp.operation.1");
  EXPECT_EQ(word_name("arp.operation.1", Language::korean), "arp.operation.1");
  EXPECT_NE(word_meaning("arp.operation.1", Language::english), "");
}

TEST(PrintSeldom, ARecordOfNoKnownTypeHasNoWord) {
  MembershipMessage message;
  message.kind = MembershipMessage::Kind::report;
  message.version = 3;
  message.records = {{MembershipRecord::Type{7}, IpAddress::v4(239, 1, 2, 3), {}}};
  EXPECT_EQ(membership_text(message), "report v3 239.1.2.3  {}");
}

}  // namespace
}  // namespace acksu::wire::print_seldom_test
