// Addresses as text: RFC 4291 section 2.2, RFC 5952 section 4, and tables of what is refused.
#include "base/address.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace acksu {
namespace {

struct Row {
  const char* text;
  const char* printed;
};

TEST(IpAddress, ParsesAndPrintsTheShortestForm) {
  const Row rows[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"10.0.0.1", "10.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"fe80::1", "fe80::1"},
      {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},  // RFC 4291 2.2
      {"FF01:0:0:0:0:0:0:101", "ff01::101"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // RFC 5952 4.2.3: the first run
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2: not a single group
      {"2001:0db8::0001", "2001:db8::1"},                // 4.1: no leading zeros
      {"2001:db8::2:1", "2001:db8::2:1"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
      {"0:0:1::", "0:0:1::"},
      {"::13.1.68.3", "::d01:4403"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
      {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
      {"::ffff:129.144.52.38", "129.144.52.38"},  // the same address as of IPv4
      {"::ffff:8190:3426", "129.144.52.38"},
  };
  for (const Row& row : rows) {
    const auto address = parse_ip(row.text);
    ASSERT_TRUE(address) << row.text;
    EXPECT_EQ(to_string(*address), row.printed) << row.text;
    EXPECT_EQ(parse_ip(to_string(*address)), address) << row.text;
  }
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "10",
                           "10.0.0",
                           "10.0.0.",
                           ".10.0.0",
                           "10.0.0.1.",
                           "10.0.0.0.1",
                           "256.0.0.1",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.00",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1.2.3.-4",
                           "+1.2.3.4",
                           "0x1.2.3.4",
                           "1,2.3.4",
                           "1..2.3",
                           "99999999999.1.1.1",
                           "a.b.c.d",
                           "1.2.3.4/8",
                           "1.2.3.4:80",
                           ":",
                           ":::",
                           "1",
                           "1:",
                           ":1",
                           "1:2",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:",
                           ":1:2:3:4:5:6:7",
                           "1::2::3",
                           "1:2:3:4::5:6:7:8",
                           "::1:2:3:4:5:6:7:8",
                           "12345::",
                           "::g",
                           "::1%eth0",
                           "[::1]",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1.2.3.4::",
                           "::1.2.3.4.5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::00001",
                           ":: ",
                           "::-1",
                           "::0x1"}) {
    EXPECT_FALSE(parse_ip(text)) << '"' << text << '"';
  }
  EXPECT_FALSE(parse_ip(std::string_view{"1.2.3.4\0", 8}));
}

TEST(IpAddress, KnowsIpv4) {
  const auto address = IpAddress::v4(10, 9, 0, 2);
  EXPECT_TRUE(address.is_v4());
  EXPECT_EQ(address.as_v4(), 0x0a09'0002u);
  EXPECT_EQ(address, *parse_ip("10.9.0.2"));
  EXPECT_FALSE(parse_ip("::10.9.0.2")->is_v4());
  EXPECT_TRUE(IpAddress{}.is_any());
  EXPECT_TRUE(parse_ip("0.0.0.0")->is_any());
  EXPECT_FALSE(parse_ip("::1")->is_any());
  EXPECT_FALSE(parse_ip("0.0.0.1")->is_any());
}

TEST(IpAddress, RandomOnesComeBack) {
  Rng rng{8};
  for (int i = 0; i < 20'000; ++i) {
    std::uint64_t half[2] = {rng.next(), rng.next()};
    for (std::uint64_t& word : half) {  // many zero groups
      for (int group = 0; group < 4; ++group) {
        if (rng.below(2) == 0) word &= ~(std::uint64_t{0xffff} << (16 * group));
      }
    }
    const IpAddress address{half[0], half[1]};
    ASSERT_EQ(parse_ip(to_string(address)), address) << to_string(address);
  }
}

TEST(MacAddress, ParsesAndPrints) {
  const auto address = parse_mac("02:00:00:aB:Cd:01");
  ASSERT_TRUE(address);
  EXPECT_EQ(to_string(*address), "02:00:00:ab:cd:01");
  EXPECT_FALSE(address->is_group());
  EXPECT_TRUE(MacAddress::broadcast().is_group());
  for (const char* text :
       {"", "02:00:00:00:00", "02:00:00:00:00:1", "02:00:00:00:00:001", "02-00-00-00-00-01",
        "02:00:00:00:00:0g", "2:000:00:00:00:01", "02:00:00:00:00:01:", "020000000001"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(Endpoint, ParsesAndPrints) {
  for (const char* text : {"10.0.0.1:80", "[2001:db8::1]:80", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(to_string(*endpoint), text);
  }
  for (const char* text :
       {"", ":", ":80", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:080", "10.0.0.1:-1",
        "10.0.0.1:8 ", "::1:80", "[::1]", "[::1]:", "[::1:80", "::1]:80", "[10.0.0.1]:80", "[]:80",
        "[::1]80", "[[::1]]:80", "10.0.0.1:123456789012"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(Prefix, ParsesAndPrints) {
  for (const char* text :
       {"10.9.0.2/24", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::/32", "::/0", "::1/128"}) {
    const auto prefix = parse_prefix(text);
    ASSERT_TRUE(prefix) << text;
    EXPECT_EQ(to_string(*prefix), text);
  }
  for (const char* text :
       {"", "/", "10.0.0.1", "10.0.0.1/", "/24", "10.0.0.1/33", "10.0.0.1/024", "10.0.0.1/-1",
        "10.0.0/24", "::/129", "::1/", "10.0.0.1/24/8", "10.0.0.1/24 "}) {
    EXPECT_FALSE(parse_prefix(text)) << text;
  }
}

TEST(Prefix, ContainsTheAddressesOfItsNetwork) {
  const auto contains = [](const char* prefix, const char* address) {
    return parse_prefix(prefix)->contains(*parse_ip(address));
  };
  EXPECT_TRUE(contains("10.9.0.2/24", "10.9.0.255"));
  EXPECT_FALSE(contains("10.9.0.2/24", "10.9.1.2"));
  EXPECT_TRUE(contains("10.9.0.2/32", "10.9.0.2"));
  EXPECT_FALSE(contains("10.9.0.2/32", "10.9.0.3"));
  EXPECT_TRUE(contains("0.0.0.0/0", "255.1.2.3"));
  EXPECT_TRUE(contains("128.0.0.0/1", "255.0.0.0"));
  EXPECT_FALSE(contains("128.0.0.0/1", "127.0.0.0"));
  EXPECT_TRUE(contains("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(contains("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(contains("fe80::1/65", "fe80::7fff:0:0:2"));
  EXPECT_FALSE(contains("fe80::1/65", "fe80::8000:0:0:2"));
  EXPECT_TRUE(contains("fe80::1/64", "fe80::ffff:0:0:2"));
  EXPECT_FALSE(contains("fe80::1/128", "fe80::2"));
  EXPECT_FALSE(contains("::/0", "10.0.0.1")) << "IPv4 is another family";
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
}

}  // namespace
}  // namespace acksu
