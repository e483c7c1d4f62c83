// What datagrams are said to say.
#include "trace/datagram_text.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/dhcp.h"
#include "wire/dns.h"

namespace acksu::trace {
namespace {

Summary datagram(std::uint16_t from, std::uint16_t to) {
  Summary summary;
  summary.kind = FrameKind::udp;
  summary.tuple.local.port = from;
  summary.tuple.remote.port = to;
  return summary;
}

wire::DnsMessage question() {
  wire::DnsMessage message;
  message.questions = {{.name = *wire::DnsName::parse("wWw.ExamPle.test")}};
  return message;
}

std::string dns(const wire::DnsMessage& message, Language language = Language::english) {
  return datagram_text(datagram(40000, 53), wire::to_bytes(message, 512), language);
}

TEST(DatagramText, TellsDnsQuestionsAndAnswers) {
  wire::DnsMessage message = question();
  EXPECT_EQ(dns(message), "DNS www.example.test A?");
  message.is_answer = true;
  EXPECT_EQ(dns(message), "DNS www.example.test A: no such record");
  EXPECT_EQ(dns(message, Language::korean), "DNS www.example.test A: 그런 기록이 없음");
  wire::DnsRecord record;
  record.owner = message.questions[0].name;
  record.data = IpAddress::v4(198, 51, 100, 80);
  message.answers = {record};
  EXPECT_EQ(dns(message), "DNS www.example.test A = 198.51.100.80");
  message.answers.clear();
  message.code = wire::DnsCode::no_such_name;
  EXPECT_EQ(dns(message), "DNS www.example.test A: NXDOMAIN");
}

TEST(DatagramText, TellsWhatDhcpGives) {
  wire::DhcpMessage message;
  const auto text = [&message] {
    return datagram_text(datagram(68, 67), wire::to_bytes(message), Language::english);
  };
  EXPECT_EQ(text(), "DHCPDISCOVER");
  message.type = wire::DhcpType::request;
  message.requested = IpAddress::v4(192, 168, 7, 100);
  EXPECT_EQ(text(), "DHCPREQUEST 192.168.7.100");
  message.is_reply = true;
  message.type = wire::DhcpType::ack;
  message.yours = IpAddress::v4(192, 168, 7, 100);
  message.prefix_length = 24;
  message.routers = {IpAddress::v4(192, 168, 7, 1)};
  message.server_id = IpAddress::v4(192, 168, 7, 1);
  message.lease_seconds = 3600;
  EXPECT_EQ(text(), "DHCPACK 192.168.7.100/24 router 192.168.7.1");
}

TEST(DatagramText, SaysNoMoreThanThereIs) {
  const std::array<std::uint8_t, 3> broken{1, 2, 3};
  EXPECT_EQ(datagram_text(datagram(40000, 53), broken, Language::english), "DNS");
  EXPECT_EQ(datagram_text(datagram(68, 67), broken, Language::english), "DHCP");
  EXPECT_EQ(datagram_text(datagram(40000, 40001), broken, Language::english), "");
}

}  // namespace
}  // namespace acksu::trace
