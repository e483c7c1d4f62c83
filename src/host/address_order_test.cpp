// The order of destinations: the examples of RFC 6724 section 10.2, and each rule by itself.
#include "host/address_order.h"

#include <gtest/gtest.h>

namespace acksu::address_order_test {
namespace {

IpAddress ip(std::string_view text) { return parse_ip(text).value(); }

struct Pair {
  const char* destination;
  const char* source;  // null: none
  bool is_deprecated = false;
};

std::vector<std::string> ordered(std::vector<Pair> pairs) {
  std::vector<Destination> destinations;
  for (const Pair& pair : pairs) {
    Destination destination{.address = ip(pair.destination)};
    if (pair.source != nullptr) destination.source = ip(pair.source);
    destination.source_prefix_length = destination.address.is_v4() ? 24 : 64;
    destination.is_source_deprecated = pair.is_deprecated;
    destinations.push_back(destination);
  }
  std::vector<std::string> result;
  for (const Destination& destination : in_order(destinations))
    result.push_back(to_string(destination.address));
  return result;
}

using Names = std::vector<std::string>;

// RFC 6724 section 10.2.
TEST(AddressOrder, ExamplesOfTheRfc) {
  EXPECT_EQ(ordered({{"2001:db8:1::1", "2001:db8:1::2"}, {"198.51.100.121", "169.254.13.78"}}),
            (Names{"2001:db8:1::1", "198.51.100.121"}));  // matching scope
  EXPECT_EQ(ordered({{"2001:db8:1::1", "fe80::1"}, {"198.51.100.121", "198.51.100.117"}}),
            (Names{"198.51.100.121", "2001:db8:1::1"}));  // matching scope
  EXPECT_EQ(ordered({{"10.1.2.3", "10.1.2.4"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
            (Names{"2001:db8:1::1", "10.1.2.3"}));  // higher precedence
  EXPECT_EQ(ordered({{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", "fe80::2"}}),
            (Names{"fe80::1", "2001:db8:1::1"}));  // smaller scope
  EXPECT_EQ(
      ordered({{"2001:db8:1::1", "2001:db8:3f44::2"}, {"2001:db8:3ffe::1", "2001:db8:3f44::2"}}),
      (Names{"2001:db8:3ffe::1", "2001:db8:1::1"}));  // longest match
  EXPECT_EQ(
      ordered({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2002:c633:6401::2"}}),
      (Names{"2002:c633:6401::1", "2001:db8:1::1"}));  // matching label
  EXPECT_EQ(
      ordered({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
      (Names{"2001:db8:1::1", "2002:c633:6401::1"}));  // higher precedence
}

TEST(AddressOrder, AvoidsWhatCannotBeReached) {
  EXPECT_EQ(
      ordered({{"2001:db8::1", nullptr}, {"192.0.2.1", "192.0.2.9"}, {"2001:db8::2", nullptr}}),
      (Names{"192.0.2.1", "2001:db8::1", "2001:db8::2"}));
}

TEST(AddressOrder, AvoidsDeprecatedSources) {
  EXPECT_EQ(ordered({{"2001:db8:1::1", "2001:db8:1::2", true}, {"2001:db8:2::1", "2001:db8:2::2"}}),
            (Names{"2001:db8:2::1", "2001:db8:1::1"}));
}

TEST(AddressOrder, PrefersWhatMatchesItsSource) {  // RFC 6724 section 6
  // A unique local address with a global source loses to IPv4.
  EXPECT_EQ(ordered({{"fd00::1", "2001:db8::2"}, {"192.0.2.1", "192.0.2.9"}}),
            (Names{"192.0.2.1", "fd00::1"}));
}

TEST(AddressOrder, LooksNoFurtherThanTheSourcesPrefix) {
  // Both differ from the source only behind its own network: as they came.
  EXPECT_EQ(ordered({{"192.0.2.200", "192.0.2.9"}, {"192.0.2.8", "192.0.2.9"}}),
            (Names{"192.0.2.200", "192.0.2.8"}));
  EXPECT_EQ(ordered({}), Names{});
}

}  // namespace
}  // namespace acksu::address_order_test
