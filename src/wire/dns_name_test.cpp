// Names: text and back, comparing without case, and what RFC 9267 wants refused.
#include "wire/dns_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>

#include "wire/test_frames.h"

namespace acksu::wire::dns_name_test {
namespace {

using test::hex;

DnsName named(std::string_view text) { return DnsName::parse(text).value(); }

TEST(DnsName, TextAndBack) {
  for (const char* text : {".", "com", "www.example.com", "a\\.b.c", "a\\\\b", "\\000\\255.x",
                           "\\032x", "_sip._udp.Example.COM"}) {
    EXPECT_EQ(to_string(named(text)), text);
  }
  EXPECT_EQ(to_string(named("example.com.")), "example.com");
  EXPECT_EQ(named("example.com.").labels(), 2u);
  EXPECT_EQ(named("ab.c").octets().size(), 6u);
}

TEST(DnsName, RefusesTextThatIsNoName) {
  const std::string label(64, 'a');
  for (const std::string& text :
       {std::string{}, std::string{"a..b"}, std::string{".a"}, std::string{".."},
        std::string{"a\\"}, std::string{"a\\25"}, std::string{"a\\256"}, label}) {
    EXPECT_FALSE(DnsName::parse(text)) << text;
  }
  EXPECT_TRUE(DnsName::parse(std::string(63, 'a')));
}

TEST(DnsName, Has255OctetsAtMost) {
  std::string text = std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c');
  EXPECT_TRUE(DnsName::parse(text + '.' + std::string(61, 'd')));
  EXPECT_FALSE(DnsName::parse(text + '.' + std::string(62, 'd')));
  const DnsName domain = named(text);
  EXPECT_TRUE(named(std::string(61, 'd')).within(domain));
  EXPECT_FALSE(named(std::string(62, 'd')).within(domain));
}

TEST(DnsName, KnowsNoCaseButKeepsIt) {
  EXPECT_EQ(named("wWw.Example.com"), named("www.example.COM"));
  EXPECT_FALSE(named("www.example.com").is_spelled_like(named("www.example.COM")));
  EXPECT_NE(named("www.example.com"), named("www.example.org"));
  EXPECT_NE(named("a.bc"), named("ab.c"));
  EXPECT_EQ(to_string(named("AbC.d").folded()), "abc.d");
  EXPECT_EQ(to_string(named("abc.d").spelled_by(0b1010)), "aBc.D");
  EXPECT_NE(named("a\\[").folded(), named("a\\{").folded());  // no letters, though 32 apart
}

TEST(DnsName, KnowsItsZones) {
  const DnsName name = named("www.Example.com");
  EXPECT_TRUE(name.is_in(named("example.com")));
  EXPECT_TRUE(name.is_in(name));
  EXPECT_TRUE(name.is_in(DnsName{}));
  EXPECT_FALSE(name.is_in(named("ample.com")));
  EXPECT_FALSE(named("com").is_in(name));
  EXPECT_EQ(name.parent(), named("example.com"));
  EXPECT_TRUE(named("com").parent().is_root());
  EXPECT_TRUE(DnsName{}.parent().is_root());
}

TEST(DnsName, NamesAddresses) {
  EXPECT_EQ(to_string(DnsName::of_address(IpAddress::v4(192, 0, 2, 1))), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(to_string(DnsName::of_address(IpAddress{0x20010db800000000, 0x1})),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

struct Read {
  Drop drop;
  std::string text;
  std::size_t position;
};
Read read_at(const std::vector<std::uint8_t>& message, std::size_t position) {
  DnsName name;
  const Drop drop = DnsName::read(message, position, name);
  return {drop, to_string(name), position};
}

const std::string header = "0000 0000 0000 0000 0000 0000";

TEST(DnsName, FollowsPointersBackwards) {
  const auto message = hex(header + "0361626300 0178c00c ff c011");
  EXPECT_EQ(read_at(message, 17).text, "x.abc");
  EXPECT_EQ(read_at(message, 17).position, 21u);
  EXPECT_EQ(read_at(message, 22).text, "x.abc");
  EXPECT_EQ(read_at(message, 22).position, 24u);
}

TEST(DnsName, ReservedLabelTypesAreRefused) {
  for (const char* bad : {"4000", "41610000", "8000", "bf00"}) {
    EXPECT_EQ(read_at(hex(header + bad), 12).drop, Drop::dns_bad_name) << bad;
  }
}

// Section 1.G row G1 of the threat ledger; RFC 9267 section 2.
// SECURITY G1: pointers to themselves, forwards and in rings.
TEST(DnsNameAttack, CompressionPointerLoops) {
  EXPECT_EQ(read_at(hex(header + "c00c"), 12).drop, Drop::dns_bad_name);       // to itself
  EXPECT_EQ(read_at(hex(header + "c00e c00c"), 12).drop, Drop::dns_bad_name);  // forward
  EXPECT_EQ(read_at(hex(header + "c00e c00c"), 14).drop, Drop::dns_bad_name);  // two in a ring
  EXPECT_EQ(read_at(hex(header + "0161c00c"), 12).drop, Drop::dns_bad_name);   // with a label
  EXPECT_EQ(read_at(hex(header + "0161c00c"), 14).drop, Drop::dns_bad_name);
  EXPECT_EQ(read_at(hex(header + "00 c000"), 13).drop, Drop::dns_bad_name);  // into the header
  EXPECT_EQ(read_at(hex(header + "00 ffff"), 13).drop, Drop::dns_bad_name);
  EXPECT_EQ(read_at(hex(header + "c0"), 12).drop, Drop::dns_truncated);
  EXPECT_EQ(read_at(hex(header + "0561"), 12).drop, Drop::dns_truncated);
  EXPECT_EQ(read_at(hex(header), 12).drop, Drop::dns_truncated);
}

// A name that grows with each pointer it follows ends at 255 octets.
// SECURITY G1.
TEST(DnsNameAttack, NamesThatGrowByPointers) {
  auto message = hex(header +
                     "0161"
                     "00");
  std::size_t last = 12;
  for (int i = 0; i < 200; ++i) {
    const std::size_t here = message.size();
    message.insert(message.end(), {1, 'a', static_cast<std::uint8_t>(0xc0 | last >> 8),
                                   static_cast<std::uint8_t>(last)});
    last = here;
  }
  EXPECT_EQ(read_at(message, 12 + 3 + 4 * 125).drop, Drop::none);  // 127 labels
  EXPECT_EQ(read_at(message, 12 + 3 + 4 * 126).drop, Drop::dns_bad_name);
}

// All sections of names up to six octets over the octets that matter.
// SECURITY G1: every short message over the octets that matter.
TEST(DnsNameAttack, ExhaustiveShortNames) {
  constexpr std::array<std::uint8_t, 10> alphabet{0, 1, 2, 63, 64, 192, 193, 12, 13, 14};
  constexpr std::size_t length = 6;
  auto message = hex(header);
  message.resize(12 + length);
  std::size_t cases = 1;
  for (std::size_t i = 0; i < length; ++i) cases *= alphabet.size();
  std::size_t good = 0;
  for (std::size_t number = 0; number < cases; ++number) {
    std::size_t rest = number;
    for (std::size_t i = 0; i < length; ++i, rest /= alphabet.size())
      message[12 + i] = alphabet[rest % alphabet.size()];
    for (const std::size_t start : {12u, 14u, 16u}) {
      std::size_t position = start;
      DnsName name;
      if (DnsName::read(message, position, name) != Drop::none) continue;
      ++good;
      ASSERT_GT(position, start);
      ASSERT_LE(position, message.size());
      ASSERT_LE(name.octets().size(), DnsName::max_octets);
    }
  }
  EXPECT_GT(good, 1000u);
}

TEST(DnsName, AnyOctetsGoRound) {
  rc::check("text and wire forms of any name", [] {
    const auto labels = *rc::gen::container<std::vector<std::string>>(
        4, rc::gen::resize(40, rc::gen::nonEmpty(rc::gen::arbitrary<std::string>())));
    std::vector<std::uint8_t> message(12);
    for (const auto& label : labels) {
      RC_PRE(label.size() <= 50);
      message.push_back(static_cast<std::uint8_t>(label.size()));
      message.insert(message.end(), label.begin(), label.end());
    }
    message.push_back(0);
    DnsName name;
    std::size_t position = 12;
    RC_ASSERT(DnsName::read(message, position, name) == Drop::none);
    RC_ASSERT(position == message.size());
    const auto again = DnsName::parse(to_string(name));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->is_spelled_like(name));
    RC_ASSERT(name.folded() == name);
  });
}

TEST(DnsName, NumbersOfOctetsHaveThreeDigits) {  // RFC 1035 5.1
  for (const char* text : {"a\\0x1", "a\\01x", "a\\1"}) EXPECT_FALSE(DnsName::parse(text)) << text;
  EXPECT_EQ(named("a\\098"), named("ab"));
}

TEST(DnsName, OnlyLettersHaveTwoSpellings) {  // RFC 4343 3
  EXPECT_EQ(to_string(named("a{@1-Z`").spelled_by(~std::uint64_t{0})), "A{@1-Z`");
  EXPECT_EQ(to_string(named("A{@1-Z`").spelled_by(0)), "a{@1-z`");
}

}  // namespace
}  // namespace acksu::wire::dns_name_test
