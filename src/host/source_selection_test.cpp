// RFC 6724's own examples, and each rule by itself.
#include "host/source_selection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace acksu {
namespace {

IpAddress ip(const char* text) { return *parse_ip(text); }
SourceCandidate from(const char* text, LinkId link = 0) {
  return {.address = ip(text), .link = link};
}

std::string select(const std::vector<SourceCandidate>& candidates, const char* destination,
                   LinkId link = 0) {
  const SourceCandidate* best =
      select_source(candidates, {.destination = ip(destination), .link = link});
  return best == nullptr ? "none" : to_string(best->address);
}

// RFC 6724 section 10.1.
TEST(SourceSelection, TheExamplesOfTheRfc) {
  EXPECT_EQ(select({from("2001:db8:3::1"), from("fe80::1")}, "2001:db8:1::1"), "2001:db8:3::1");
  EXPECT_EQ(select({from("2001:db8:3::1"), from("fe80::1")}, "ff05::1"), "2001:db8:3::1");
  SourceCandidate deprecated = from("2001:db8:1::1");
  deprecated.is_deprecated = true;
  EXPECT_EQ(select({deprecated, from("2001:db8:2::1")}, "2001:db8:1::1"), "2001:db8:1::1");
  deprecated.address = ip("fe80::1");
  EXPECT_EQ(select({deprecated, from("2001:db8:2::1")}, "fe80::2"), "fe80::1");
  EXPECT_EQ(select({from("2001:db8:1::2"), from("2001:db8:3::2")}, "2001:db8:1::1"),
            "2001:db8:1::2");
  SourceCandidate temporary = from("2001:db8:1::d5e3:7953:13eb:22e8");
  temporary.is_temporary = true;
  EXPECT_EQ(select({from("2001:db8:1::2"), from("2002:c633:6401::2")}, "2001:db8:1::1"),
            "2001:db8:1::2");
  EXPECT_EQ(select({from("2001:db8:1::2"), temporary}, "2001:db8:1::1"),
            "2001:db8:1:0:d5e3:7953:13eb:22e8");
  EXPECT_EQ(select({from("2002:c633:6401::2"), from("2001:db8:1::2")}, "2002:c633:6401::1"),
            "2002:c633:6401::2");
}

TEST(SourceSelection, Rule2TheSmallestScopeThatReaches) {
  EXPECT_EQ(select({from("2001:db8::1"), from("fe80::1")}, "fe80::9"), "fe80::1");
  EXPECT_EQ(select({from("fe80::1"), from("fec0::1"), from("2600::1")}, "fec0::9"), "fec0::1");
  EXPECT_EQ(select({from("169.254.1.1"), from("10.0.0.1")}, "8.8.8.8"), "10.0.0.1");
}

TEST(SourceSelection, Rule5TheLinkThatThePacketLeavesBy) {  // RFC 6724 section 5
  EXPECT_EQ(select({from("2001:db8:1::1", 0), from("2001:db8:2::1", 1)}, "2600::1", 1),
            "2001:db8:2::1");
  EXPECT_EQ(select({from("fe80::1", 0)}, "fe80::9", 1), "none") << "from its own link only";
}

TEST(SourceSelection, Rule55ThePrefixOfTheNextHop) {
  SourceCandidate a = from("2001:db8:1::1");
  SourceCandidate b = from("2001:db8:2::1");
  a.advertised_by = ip("fe80::a");
  b.advertised_by = ip("fe80::b");
  const std::vector<SourceCandidate> candidates{a, b};
  EXPECT_EQ(select_source(candidates, {.destination = ip("2600::1"), .next_hop = ip("fe80::b")}),
            &candidates[1]);
  EXPECT_EQ(select_source(candidates, {.destination = ip("2600::1"), .next_hop = ip("fe80::a")}),
            &candidates[0]);
}

TEST(SourceSelection, Rule6UniqueLocalToUniqueLocal) {
  EXPECT_EQ(select({from("2600::1"), from("fd00::1")}, "fd99::1"), "fd00::1");
  EXPECT_EQ(select({from("fd00::1"), from("2600::1")}, "2606::1"), "2600::1");
}

TEST(SourceSelection, Rule7TurnedRoundByTheApplication) {
  std::vector<SourceCandidate> candidates{from("2600::1"), from("2600::2")};
  candidates[1].is_temporary = true;
  EXPECT_EQ(select_source(candidates, {.destination = ip("2601::1")}), &candidates[1]);
  EXPECT_EQ(select_source(candidates, {.destination = ip("2601::1"), .prefers_public = true}),
            &candidates[0]);
}

TEST(SourceSelection, Rule8LongestMatchWithinThePrefix) {
  EXPECT_EQ(select({from("2600:1::1"), from("2600:2::1")}, "2600:2::9"), "2600:2::1");
  SourceCandidate v4 = from("10.1.0.1");
  v4.prefix_length = 24;
  EXPECT_EQ(common_prefix_length(v4, ip("10.1.0.2")), 24u);
  EXPECT_EQ(common_prefix_length(v4, ip("10.0.0.1")), 15u);
  EXPECT_EQ(select({from("10.1.0.1"), from("192.168.0.1")}, "192.168.9.1"), "192.168.0.1");
}

TEST(SourceSelection, NobodyOfAnotherFamily) {
  EXPECT_EQ(select({from("10.0.0.1")}, "2001:db8::1"), "none");
  EXPECT_EQ(select({from("2001:db8::1")}, "10.0.0.1"), "none");
  EXPECT_EQ(select({}, "10.0.0.1"), "none");
}

TEST(SourceSelection, TheDefaultPolicyTable) {
  const std::pair<const char*, std::pair<int, int>> rows[] = {
      {"::1", {50, 0}},     {"2600::1", {40, 1}},     {"1.2.3.4", {35, 4}}, {"2002::1", {30, 2}},
      {"2001::1", {5, 5}},  {"fd00::1", {3, 13}},     {"::5", {1, 3}},      {"fec0::1", {1, 11}},
      {"3ffe::1", {1, 12}}, {"2001:db8::1", {40, 1}},
  };
  for (const auto& [text, policy] : rows) {
    EXPECT_EQ(policy_of(ip(text)).precedence, policy.first) << text;
    EXPECT_EQ(policy_of(ip(text)).label, policy.second) << text;
  }
}

}  // namespace
}  // namespace acksu
