// Verdicts about addresses against a list that is written as the registries are.
#include "host/address_kinds.h"

#include <gtest/gtest.h>

#include <string>

namespace acksu::address_kinds_test {
namespace {

IpAddress ip(const char* text) { return *parse_ip(text); }

struct Row {
  const char* block;
  const char* verdict;  // source, destination, forwarded, global, reserved: letter or '-'
};

// As printed in the registries (and two rows for multicast).
constexpr Row registry[] = {
    {"0.0.0.0/8", "S---R"},       {"10.0.0.0/8", "SDF--"},        {"100.64.0.0/10", "SDF--"},
    {"127.0.0.0/8", "----R"},     {"169.254.0.0/16", "SD--R"},    {"172.16.0.0/12", "SDF--"},
    {"192.0.0.0/24", "-----"},    {"192.0.0.0/29", "SDF--"},      {"192.0.0.8/32", "S----"},
    {"192.0.0.9/32", "SDFG-"},    {"192.0.0.10/32", "SDFG-"},     {"192.0.0.170/32", "----R"},
    {"192.0.0.171/32", "----R"},  {"192.0.2.0/24", "-----"},      {"192.31.196.0/24", "SDFG-"},
    {"192.52.193.0/24", "SDFG-"}, {"192.88.99.2/32", "SDF--"},    {"192.168.0.0/16", "SDF--"},
    {"192.175.48.0/24", "SDFG-"}, {"198.18.0.0/15", "SDF--"},     {"198.51.100.0/24", "-----"},
    {"203.0.113.0/24", "-----"},  {"240.0.0.0/4", "----R"},       {"255.255.255.255/32", "-D--R"},
    {"224.0.0.0/4", "-D-GR"},     {"::1/128", "----R"},           {"::/128", "S---R"},
    {"64:ff9b::/96", "SDFG-"},    {"64:ff9b:1::/48", "SDF--"},    {"100::/64", "SDF--"},
    {"100:0:0:1::/64", "S----"},  {"2001::/23", "-----"},         {"2001::/32", "SDF--"},
    {"2001:1::1/128", "SDFG-"},   {"2001:1::2/128", "SDFG-"},     {"2001:1::3/128", "SDFG-"},
    {"2001:2::/48", "SDF--"},     {"2001:3::/32", "SDFG-"},       {"2001:4:112::/48", "SDFG-"},
    {"2001:20::/28", "SDFG-"},    {"2001:30::/28", "SDFG-"},      {"2001:db8::/32", "-----"},
    {"2002::/16", "SDF--"},       {"2620:4f:8000::/48", "SDFG-"}, {"3fff::/20", "-----"},
    {"5f00::/16", "SDF--"},       {"fc00::/7", "SDF--"},          {"fe80::/10", "SD--R"},
    {"ff00::/8", "-D-GR"},
};

std::string verdict_of(const AddressKind& kind) {
  std::string text;
  text += kind.may_be_source ? 'S' : '-';
  text += kind.may_be_destination ? 'D' : '-';
  text += kind.may_be_forwarded ? 'F' : '-';
  text += kind.is_global ? 'G' : '-';
  text += kind.is_reserved ? 'R' : '-';
  return text;
}

TEST(AddressKinds, EveryBlockOfTheRegistriesHasItsVerdict) {
  EXPECT_EQ(address_kinds().size(), std::size(registry));
  for (const Row& row : registry) {
    const Prefix block = *parse_prefix(row.block);
    const AddressKind* found = nullptr;
    for (const AddressKind& kind : address_kinds()) {
      if (kind.prefix == block) found = &kind;
    }
    ASSERT_NE(found, nullptr) << row.block;
    EXPECT_EQ(verdict_of(*found), row.verdict) << row.block;
  }
}

IpAddress last_of(const Prefix& prefix) {
  const unsigned bits = prefix.address.is_v4() ? 96u + prefix.length : prefix.length;
  std::uint64_t high = prefix.address.high();
  std::uint64_t low = prefix.address.low();
  for (unsigned bit = bits; bit < 128; ++bit) {
    (bit < 64 ? high : low) |= std::uint64_t{1} << (63 - bit % 64);
  }
  return {high, low};
}

// First, last and neighbouring addresses of all blocks, against a search from end to end.
TEST(AddressKinds, TheLongestBlockIsFound) {
  for (const AddressKind& row : address_kinds()) {
    const IpAddress first = row.prefix.address;
    const IpAddress last = last_of(row.prefix);
    for (const IpAddress address :
         {first, last, IpAddress{first.high(), first.low() - 1},
          IpAddress{last.high(), last.low() + 1}, IpAddress{first.high() - 1, first.low()},
          IpAddress{last.high() + 1, 0}}) {
      const AddressKind* longest = nullptr;
      for (const AddressKind& kind : address_kinds()) {
        if (!kind.prefix.contains(address)) continue;
        if (longest == nullptr || longest->prefix.length < kind.prefix.length) longest = &kind;
      }
      EXPECT_EQ(special_kind(address), longest) << to_string(address);
    }
  }
  EXPECT_EQ(special_kind(ip("8.8.8.8")), nullptr);
  EXPECT_EQ(special_kind(ip("2606:4700::1111")), nullptr);
}

TEST(AddressKinds, ScopesAreThoseOfRfc6724) {
  const std::pair<const char*, AddressScope> rows[] = {
      {"::1", AddressScope::link_local},
      {"fe80::1", AddressScope::link_local},
      {"fec0::1", AddressScope::site_local},
      {"fd00::1", AddressScope::global},
      {"2001:db8::1", AddressScope::global},
      {"ff01::1", AddressScope::interface_local},
      {"ff02::1", AddressScope::link_local},
      {"ff05::2", AddressScope::site_local},
      {"ff08::1", AddressScope::organization_local},
      {"ff0e::1", AddressScope::global},
      {"127.0.0.1", AddressScope::link_local},
      {"169.254.1.1", AddressScope::link_local},
      {"10.0.0.1", AddressScope::global},
      {"8.8.8.8", AddressScope::global},
      {"224.0.0.1", AddressScope::link_local},
  };
  for (const auto& [text, scope] : rows) EXPECT_EQ(address_scope(ip(text)), scope) << text;
}

// SECURITY E6: martians.
TEST(AddressKindsAttack, MartiansFromTheWireAreDropped) {
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.0.1", "224.0.0.1", "239.255.255.250",
        "240.0.0.1", "255.255.255.255", "192.0.0.170", "::", "::1", "ff02::1", "ff0e::1"}) {
    EXPECT_TRUE(is_martian_source(ip(text), Martians::reserved)) << text;
  }
  for (const char* text : {"10.0.0.1", "169.254.1.1", "8.8.8.8", "203.0.113.9", "192.0.2.1",
                           "fe80::1", "2001:db8::1", "fd00::1", "2600::1"}) {
    EXPECT_FALSE(is_martian_source(ip(text), Martians::reserved)) << text;
  }
  for (const char* text : {"203.0.113.9", "192.0.2.1", "198.51.100.1", "2001:db8::1", "3fff::1"}) {
    EXPECT_TRUE(is_martian_source(ip(text), Martians::all)) << text;
    EXPECT_TRUE(is_martian_destination(ip(text), Martians::all)) << text;
    EXPECT_FALSE(is_martian_destination(ip(text), Martians::reserved)) << text;
  }
  for (const char* text : {"0.0.0.0", "127.0.0.1", "240.0.0.1", "::", "::1"}) {
    EXPECT_TRUE(is_martian_destination(ip(text), Martians::reserved)) << text;
  }
  for (const char* text : {"224.0.0.1", "255.255.255.255", "ff02::1"}) {
    EXPECT_FALSE(is_martian_destination(ip(text), Martians::all)) << text;
  }
}

// SECURITY H6: what must not be forwarded.
TEST(AddressKindsAttack, NothingIsForwardedThatBelongsToOneLink) {
  const IpAddress good = ip("10.0.0.1");
  EXPECT_TRUE(may_be_forwarded(good, ip("8.8.8.8"), Martians::all));
  EXPECT_TRUE(may_be_forwarded(ip("2600::1"), ip("fd00::1"), Martians::all));
  EXPECT_TRUE(may_be_forwarded(good, ip("203.0.113.1"), Martians::reserved));
  EXPECT_FALSE(may_be_forwarded(good, ip("203.0.113.1"), Martians::all));
  for (const char* text : {"169.254.1.1", "fe80::1"}) {
    EXPECT_FALSE(may_be_forwarded(ip(text), ip("8.8.8.8"), Martians::reserved)) << text;
    EXPECT_FALSE(may_be_forwarded(good, ip(text), Martians::reserved)) << text;
  }
  for (const char* text : {"255.255.255.255", "224.0.0.251", "127.0.0.1", "0.0.0.0", "240.1.1.1",
                           "ff02::1", "ff0e::1", "::1", "::"}) {
    EXPECT_FALSE(may_be_forwarded(good, ip(text), Martians::reserved)) << text;
  }
}

}  // namespace
}  // namespace acksu::address_kinds_test
