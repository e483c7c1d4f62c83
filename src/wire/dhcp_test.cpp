// DHCP messages: exact fields, options in every place, and options that lie.
#include "wire/dhcp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/rng.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;
using test::operator+;

DhcpMessage full() {
  DhcpMessage message;
  message.is_reply = true;
  message.type = DhcpType::ack;
  message.transaction = 0x12345678;
  message.seconds = 3;
  message.wants_broadcast = true;
  message.yours = IpAddress::v4(192, 168, 7, 20);
  message.next_server = IpAddress::v4(192, 168, 7, 1);
  message.hardware = {{2, 0, 0, 0, 0, 5}};
  message.prefix_length = 24;
  message.routers = {IpAddress::v4(192, 168, 7, 1)};
  message.name_servers = {IpAddress::v4(192, 168, 7, 1), IpAddress::v4(192, 168, 7, 2)};
  message.routes = {{{IpAddress::v4(0), 0}, IpAddress::v4(192, 168, 7, 1)},
                    {{IpAddress::v4(10, 1, 128, 0), 17}, IpAddress::v4(192, 168, 7, 3)},
                    {{IpAddress::v4(10, 9, 9, 9), 32}, IpAddress::v4(0)}};
  message.host_name = "laptop-1";
  message.domain = "home.example";
  message.mtu = 1400;
  message.requested = IpAddress::v4(192, 168, 7, 20);
  message.lease_seconds = 3600;
  message.renewal_seconds = 1800;
  message.rebinding_seconds = 3150;
  message.server_id = IpAddress::v4(192, 168, 7, 1);
  message.max_message_bytes = 1500;
  message.client_id = {1, 2, 0, 0, 0, 0, 5};
  message.parameter_list = {1, 3, 6};
  message.message = "as you wish";
  return message;
}

TEST(Dhcp, EveryFieldGoesRound) {
  DhcpMessage again;
  ASSERT_EQ(read(to_bytes(full()), again), Drop::none);
  EXPECT_EQ(again, full());
}

TEST(Dhcp, ExactBytes) {
  DhcpMessage message;
  message.transaction = 0xdeadbeef;
  message.hardware = {{2, 0, 0, 0, 0, 9}};
  const auto bytes = to_bytes(message);
  EXPECT_EQ(bytes.size(), 300u);
  const auto expected = hex("01010600 deadbeef 00000000 00000000 00000000 00000000 00000000"
                            "02000000 00090000") +
                        std::vector<std::uint8_t>(8 + 192) + hex("63825363 350101 ff");
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), bytes.begin()));
}

// The fixed part of a message from a server, then these options.
std::vector<std::uint8_t> reply_with(const std::vector<std::uint8_t>& options) {
  DhcpMessage message;
  message.is_reply = true;
  message.type = DhcpType::offer;
  auto bytes = to_bytes(message);
  bytes.resize(240);
  return bytes + options;
}

Drop read_options(std::string_view text) {
  DhcpMessage message;
  return read(reply_with(hex(text)), message);
}

// RFC 3396: pieces are put together, from the options field, the file and the server name.
TEST(Dhcp, LongOptionsInPieces) {
  DhcpMessage message = full();
  for (std::uint8_t i = 0; i < 200; ++i) message.name_servers.push_back(IpAddress::v4(10, 0, 0, i));
  DhcpMessage again;
  ASSERT_EQ(read(to_bytes(message), again), Drop::none);
  EXPECT_EQ(again, message);

  auto bytes = reply_with(hex("350102 340103 06020a00 ff"));
  const auto file = hex("06020001 ff"), server = hex("06040a000002 ff");
  std::copy(file.begin(), file.end(), bytes.begin() + 108);
  std::copy(server.begin(), server.end(), bytes.begin() + 44);
  ASSERT_EQ(read(bytes, again), Drop::none);
  EXPECT_EQ(again.name_servers,
            (std::vector{IpAddress::v4(10, 0, 0, 1), IpAddress::v4(10, 0, 0, 2)}));
}

TEST(Dhcp, ForgivesWhatDoesNoHarm) {
  EXPECT_EQ(read_options("350102"), Drop::none);                // no end
  EXPECT_EQ(read_options("0000 350102 00 ff 35"), Drop::none);  // pads; anything behind the end
  EXPECT_EQ(read_options("350102 e003aabbcc ff"), Drop::none);  // an option nobody knows
  DhcpMessage message;
  ASSERT_EQ(read(reply_with(hex("350102 0c03616200 ff")), message), Drop::none);
  EXPECT_EQ(message.host_name, "ab");
}

TEST(Dhcp, RefusesWhatIsNotDhcp) {
  const auto whole = to_bytes(full());
  DhcpMessage message;
  for (std::size_t size = 0; size < 240; ++size)
    EXPECT_EQ(read(Bytes{whole}.first(size), message), Drop::dhcp_truncated);
  for (const std::size_t place : {0u, 1u, 2u, 236u, 239u}) {
    auto bytes = whole;
    bytes[place] = 9;
    EXPECT_EQ(read(bytes, message), Drop::dhcp_bad_header) << place;
  }
  EXPECT_EQ(read_options("ff"), Drop::dhcp_no_type);
  EXPECT_EQ(read_options("350101 ff"), Drop::dhcp_no_type);  // a client's type in a reply
  EXPECT_EQ(read_options("350100 ff"), Drop::dhcp_bad_option);
  EXPECT_EQ(read_options("350109 ff"), Drop::dhcp_bad_option);
}

// Section 1.A row A8 of the threat ledger.
// SECURITY A8: every option with every length.
TEST(DhcpAttack, OptionParse) {
  for (const char* bad : {
           "350102 33",               // a code without its length
           "350102 3304",             // a length without its value
           "350102 33040000",         // cut short
           "350102 3303000000 ff",    // three octets of time
           "350102 0104ff00ff00 ff",  // a mask with holes
           "350102 0103ffffff ff",
           "350102 0300 ff",            // no router
           "350102 03050a00000100 ff",  // one and a quarter
           "350102 1a020043 ff",        // MTU 67
           "350102 3d0101 ff",          // a client identifier of one octet
           "350102 7900 ff",            // no route
           "350102 7905210a000001 ff",  // a width of 33
           "350102 7904180a0000 ff",    // a route without its router
           "350102 340100 ff",
           "350102 340104 ff",
           "350102 34020101 ff",  // overload
           "35020202 ff",
       }) {
    EXPECT_EQ(read_options(bad), Drop::dhcp_bad_option) << bad;
  }
}

// What is lent for options may lie as well.
// SECURITY A8: options in the fields of other things.
TEST(DhcpAttack, OverloadedFields) {
  auto bytes = reply_with(hex("350102 340101 ff"));
  std::fill(bytes.begin() + 108, bytes.begin() + 236, std::uint8_t{7});
  DhcpMessage message;
  EXPECT_EQ(read(bytes, message), Drop::dhcp_bad_option);
}

// Names reach logs and scripts: what could be read as something else is left out.
// SECURITY A8 (CVE-2020-7461): names that a shell would understand.
TEST(DhcpAttack, NamesThatAreCommands) {
  DhcpMessage message;
  ASSERT_EQ(read(reply_with(hex("350102 0c0661603b726d62 0f0461202662 3803410a42 ff")), message),
            Drop::none);
  EXPECT_EQ(message.host_name, "");
  EXPECT_EQ(message.domain, "");
  EXPECT_EQ(message.message, "A?B");
}

TEST(DhcpAttack, CutsAndChanges) {
  const auto whole = to_bytes(full());
  Rng rng{11};
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole;
    for (std::uint64_t i = 0, n = rng.between(1, 4); i < n; ++i)
      bytes[rng.below(bytes.size())] = static_cast<std::uint8_t>(rng.next());
    bytes.resize(rng.between(230, bytes.size()));
    DhcpMessage message, again;
    if (read(bytes, message) != Drop::none) continue;
    ASSERT_EQ(read(to_bytes(message), again), Drop::none);
    ASSERT_EQ(again, message);
  }
}

// SECURITY A8.
TEST(DhcpAttack, AnyOptions) {
  rc::check("any options are read or refused", [](const std::vector<std::uint8_t>& options) {
    DhcpMessage message;
    if (read(reply_with(options), message) == Drop::none) to_bytes(message);
  });
}

TEST(DhcpAttack, TheFieldOfTheServersNameMayLieAsWell) {  // RFC 2132 9.3
  for (const unsigned lent : {2u, 3u}) {
    auto bytes = reply_with(hex("350102 340100 ff"));
    bytes[245] = static_cast<std::uint8_t>(lent);
    std::fill(bytes.begin() + 108, bytes.begin() + 236, std::uint8_t{0});
    std::fill(bytes.begin() + 44, bytes.begin() + 108, std::uint8_t{7});
    DhcpMessage message;
    EXPECT_EQ(read(bytes, message), Drop::dhcp_bad_option) << lent;
    // A legal one there is taken: what one message says in two places is one value (RFC 3396 5).
    std::fill(bytes.begin() + 44, bytes.begin() + 108, std::uint8_t{0});
    const auto name = hex("0c03615f62 ff");
    std::copy(name.begin(), name.end(), bytes.begin() + 44);
    ASSERT_EQ(read(bytes, message), Drop::none) << lent;
    EXPECT_EQ(message.host_name, "a_b");
  }
}

TEST(Dhcp, NamesAndTextsOfNothingButZeros) {
  DhcpMessage message;
  ASSERT_EQ(read(reply_with(hex("350106 0c020000 3803004100 ff")), message), Drop::none);
  EXPECT_EQ(message.type, DhcpType::nak);  // RFC 2131 table 3: servers say it, too
  EXPECT_EQ(message.host_name, "");
  EXPECT_EQ(message.message, "A");
  auto bytes = to_bytes(full());
  bytes[0] = 0;  // RFC 2131 2: a request or a reply
  EXPECT_EQ(read(bytes, message), Drop::dhcp_bad_header);
}

TEST(Dhcp, TypesHaveTheNamesOfRfc2131) {
  const char* const names[] = {"DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPDECLINE",
                               "DHCPACK",      "DHCPNAK",   "DHCPRELEASE", "DHCPINFORM"};
  for (std::size_t i = 0; i < std::size(names); ++i)
    EXPECT_STREQ(name(static_cast<DhcpType>(i + 1)), names[i]);
}

}  // namespace
}  // namespace acksu::wire
