// DHCPv6 messages without leases: exact bytes, and options that lie.
#include "wire/dhcpv6.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;

Dhcpv6Message answer() {
  Dhcpv6Message message;
  message.type = Dhcpv6Message::Type::reply;
  message.transaction = 0xabcdef;
  message.client_id = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};
  message.server_id = {0, 3, 0, 1, 2, 0, 0, 0, 0, 2};
  message.status = 0;
  message.name_servers = {IpAddress{0x20010db800000000, 0x53}};
  message.domains = {*DnsName::parse("home.example"), *DnsName::parse("example")};
  message.refresh_seconds = 86400;
  return message;
}

TEST(Dhcpv6, ExactBytesOfAQuestion) {
  Dhcpv6Message message;
  message.transaction = 0x010203;
  message.client_id = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};
  message.requested = {23, 24, 32};
  message.elapsed = 100;
  const auto expected =
      hex("0b010203 0001000a 00030001020000000001 00060006 001700180020"
          "00080002 0064");
  EXPECT_EQ(to_bytes(message), expected);
  Dhcpv6Message again;
  ASSERT_EQ(read(expected, again), Drop::none);
  EXPECT_EQ(again, message);
}

TEST(Dhcpv6, AnswersGoRound) {
  Dhcpv6Message again;
  ASSERT_EQ(read(to_bytes(answer()), again), Drop::none);
  EXPECT_EQ(again, answer());
}

TEST(Dhcpv6, SkipsWhatItDoesNotKnow) {
  Dhcpv6Message message;
  EXPECT_EQ(read(hex("07000001 00e80001aa 00e80001bb 00030000 00030000"), message), Drop::none);
}

// Section 1.A row A8 of the threat ledger: sub-option underflow and its like.
// SECURITY A8 (CVE-2026-7424): every option with every length.
TEST(Dhcpv6Attack, OptionParse) {
  Dhcpv6Message message;
  EXPECT_EQ(read(hex("070000"), message), Drop::dhcp_truncated);
  EXPECT_EQ(read(hex("01000001"), message), Drop::dhcp_no_type);
  for (const char* bad : {"00", "000100", "0001000a00", "00010003 0000"})
    EXPECT_EQ(read(hex(std::string{"07000001"} + bad), message), Drop::dhcp_truncated) << bad;
  for (const char* bad : {
           "00010002 0003",  // a DUID without more than its type
           "00170000",       // no server
           "0017000f 000000000000000000000000000000",
           "00180000",         // no domain
           "00180001 00",      // the root
           "00180002 c000",    // compressed
           "00180003 036162",  // cut short
           "00200002 0001",    // a time of two octets
           "00080001 00", "000d0001 00", "00060003 001700",
           "00200004 00000001 00200004 00000001",  // twice
       }) {
    EXPECT_EQ(read(hex(std::string{"07000001"} + bad), message), Drop::dhcp_bad_option) << bad;
  }
}

// SECURITY A8.
TEST(Dhcpv6Attack, AnyOptions) {
  rc::check("any options are read or refused", [](std::vector<std::uint8_t> bytes) {
    bytes.insert(bytes.begin(), {7, 0, 0, 1});
    Dhcpv6Message message, again;
    if (read(bytes, message) != Drop::none) return;
    RC_ASSERT(read(to_bytes(message), again) == Drop::none);
    RC_ASSERT(again == message);
  });
}

TEST(Dhcpv6, WhatMayComeTwice) {  // RFC 8415 21.4, 21.5, 21.17, 21.21: leases, and vendors' options
  Dhcpv6Message message;
  for (const char* code : {"0003", "0004", "0011", "0019"}) {
    const std::string option = std::string{code} + "0000";
    EXPECT_EQ(read(hex("07000001" + option + option), message), Drop::none) << code;
  }
  EXPECT_EQ(read(hex("07000001 00050000 00050000"), message), Drop::dhcp_bad_option);
}

TEST(Dhcpv6Attack, LengthsAtTheirLimits) {
  Dhcpv6Message message;
  // RFC 8415 11.1: at most 128 octets behind the type of an identifier.
  const auto identified = [](std::uint8_t size) {
    auto bytes = hex("07000001 00010000");
    bytes[7] = size;
    bytes.resize(bytes.size() + size, 1);
    return bytes;
  };
  EXPECT_EQ(read(identified(130), message), Drop::none);
  EXPECT_EQ(read(identified(131), message), Drop::dhcp_bad_option);
  EXPECT_EQ(read(identified(3), message), Drop::none);
  EXPECT_EQ(read(identified(2), message), Drop::dhcp_bad_option);
  // RFC 8415 10: names are not compressed. The second one points at the first.
  EXPECT_EQ(read(hex("07000001 00180010 01610162 0163 0164 0165 0166 00 01 61c000"), message),
            Drop::dhcp_bad_option);
}

}  // namespace
}  // namespace acksu::wire
