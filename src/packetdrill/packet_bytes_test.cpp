// Packets built from lines, read back, printed and compared.
#include "packetdrill/packet_bytes.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "packetdrill/compare.h"
#include "packetdrill/packet_text.h"
#include "packetdrill/parser.h"
#include "wire/header_sum.h"

namespace acksu::packetdrill {
namespace {

PacketLine line_of(const std::string& text) {
  return std::get<PacketLine>(parse_script("0 " + text).events.at(0).action);
}

const FourTuple v4{{IpAddress::v4(192, 0, 2, 1), 40001}, {IpAddress::v4(192, 168, 0, 1), 8080}};
const FourTuple v6{{*parse_ip("2001:db8::1"), 40001}, {*parse_ip("fd00::1"), 8080}};

// What the packet of that line is, read again as the host would have sent it.
std::string there_and_back(const std::string& text, const FourTuple& tuple = v4) {
  PacketLine line = line_of(text);
  line.is_from_host = true;
  std::optional<HeardPacket> heard = read_packet(packet_bytes(line, tuple), Instant{1s});
  if (!heard) return "nothing";
  heard->line.ip = line.ip;
  return to_string(heard->line);
}

TEST(PacketBytes, SaysAfterwardsWhatTheLineSaid) {
  for (const char* const text :
       {"> S 0:0(0) win 1000 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>",
        "> P. 1:1001(1000) ack 7 win 32792 <nop,nop,sack 1:2 3:4>", "> R 1:1(0) win 0",
        "> - 1:1(0) win 0", "> FSRPUEWA. 1:1(0) ack 1 win 9 urg 3",
        "> . 1:1(0) ack 1 win 1 <FO a1b2c3d4,nop,nop>", "> S 0:0(0) win 1 <FOEXP,nop,nop,nop,nop>",
        "> . 1:1(0) ack 1 win 1 <ECN e1b 1 ceb 2 e0b 3,nop>", "> udp (100)",
        "> icmp unreachable frag_needed mtu 1200 [1:1461(1460)]",
        "> icmp unreachable port_unreachable [udp (7)]", "> icmp echo_request id 5 [raw (8)]"}) {
    EXPECT_EQ(there_and_back(text), text);
  }
  EXPECT_EQ(there_and_back("> icmp packet_too_big mtu 1300 [1:2(1)]", v6),
            "> icmp packet_too_big mtu 1300 [1:2(1)]");
}

TEST(PacketBytes, HasGoodChecksums) {
  const PacketLine line = line_of("< P. 1:1002(1001) ack 7 win 1 <nop,nop,TS val 1 ecr 2>");
  for (const FourTuple& tuple : {v4, v6}) {
    const std::vector<std::uint8_t> bytes = packet_bytes(line, tuple);
    const std::size_t header = tuple.local.address.is_v4() ? 20 : 40;
    const Bytes segment = Bytes{bytes}.subspan(header);
    wire::HeaderSum sum;
    wire::PseudoHeader{tuple.local.address, tuple.remote.address}.add_to(
        sum, 6, static_cast<std::uint32_t>(segment.size()));
    EXPECT_EQ((sum.folded() + sum_of(segment)).folded(), 0xffff);
  }
}

TEST(PacketBytes, PutsHeadersAround) {
  const PacketLine line = line_of("< ipv4 1.1.1.1 > 2.2.2.2: . 1:1(0) ack 1 win 1");
  const std::vector<std::uint8_t> bytes = packet_bytes(line, v4);
  ASSERT_EQ(bytes.size(), 60u);
  EXPECT_EQ(bytes[9], 4);  // RFC 2003: IP in IP
  EXPECT_EQ(bytes[12], 1);
  EXPECT_EQ(bytes[29], 6);
}

TEST(PacketBytes, RefusesWhatThatVersionDoesNotHave) {
  EXPECT_THROW(packet_bytes(line_of("< icmp packet_too_big mtu 1300 [1:2(1)]"), v4),
               std::runtime_error);
}

std::string found(const std::string& expected, const std::string& actual,
                  std::optional<std::uint32_t> ticks = std::nullopt) {
  std::string text;
  for (const Difference& each : differences(line_of(expected), line_of(actual), {ticks})) {
    text += each.what + " " + each.expected + "/" + each.actual + " ";
  }
  return text;
}

TEST(Compare, LooksAtWhatTheLineNames) {
  EXPECT_EQ(found("> . 1:1(0) ack 1", "> [ce,ttl 3] . 1:1(0) ack 1 win 5"), "");
  EXPECT_EQ(found("> . 1:1(0) ack 1 win 4", "> . 1:1(0) ack 1 win 5"), "window 4/5 ");
  EXPECT_EQ(found("> P. 1:3(2) ack 1", "> . 2:3(1) ack 2"),
            "flags P./. sequence number 1/2 bytes of text 2/1 acknowledgment number 1/2 ");
  EXPECT_EQ(found("> [ect0] . 1:1(0)", "> [ect1] . 1:1(0)"), "ECN ect0/ect1 ");
  EXPECT_EQ(found("> [ect01] . 1:1(0)", "> [ect1] . 1:1(0)"), "");
  EXPECT_EQ(found("> .5 1:1(0)", "> .4 1:1(0)"), "flags .5/.4 ");
  EXPECT_EQ(found("> udp (1)", "> . 1:1(0)"), "protocol the script's/another one ");
  EXPECT_EQ(found("> . 1:1(0) <...>", "> . 1:1(0) <nop,nop>"), "");
  EXPECT_EQ(found("> . 1:1(0)", "> . 1:1(0) <nop,nop>"), "options none/<nop,nop> ");
}

TEST(Compare, TakesTimeStampsAsExactlyAsItIsTold) {
  const char* const one = "> . 1:1(0) <nop,nop,TS val 10 ecr 5>";
  EXPECT_EQ(found(one, "> . 1:1(0) <nop,nop,TS val 99 ecr 5>"), "");
  EXPECT_NE(found(one, "> . 1:1(0) <nop,nop,TS val 99 ecr 5>", 4), "");
  EXPECT_EQ(found(one, "> . 1:1(0) <nop,nop,TS val 14 ecr 5>", 4), "");
}

TEST(Compare, JoinsWhatADeviceHasSplit) {
  const auto tcp = [](const std::string& text) { return std::get<TcpLine>(line_of(text).content); };
  const auto both = joined(tcp("> W. 1:1001(1000) ack 1"), tcp("> P. 1001:1501(500) ack 1"));
  ASSERT_TRUE(both);
  EXPECT_EQ(both->bytes, 1500u);
  EXPECT_EQ(flags_text(both->flags, false), "PW.");
  EXPECT_FALSE(joined(tcp("> . 1:1001(1000) ack 1"), tcp("> . 1002:1003(1) ack 1")));
  EXPECT_FALSE(joined(tcp("> . 1:1001(1000) ack 1"), tcp("> . 1001:1003(2) ack 2")));
}

}  // namespace
}  // namespace acksu::packetdrill
