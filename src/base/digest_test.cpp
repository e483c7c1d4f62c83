// Digests tell apart what differs in value, in order or in where one part ends.
#include "base/digest.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string_view>
#include <vector>

namespace acksu {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::uint64_t of_texts(std::initializer_list<std::string_view> texts) {
  Digest digest;
  for (const std::string_view text : texts) digest.add(bytes_of(text));
  return digest.value();
}

TEST(Digest, IsTheSameForTheSame) {
  EXPECT_EQ(of_texts({"ab", "c"}), of_texts({"ab", "c"}));
  EXPECT_EQ(Digest{}.value(), Digest{}.value());
}

TEST(Digest, TellsOrderAndEndsApart) {
  const std::set<std::uint64_t> all{
      of_texts({}),
      of_texts({""}),
      of_texts({"", ""}),
      of_texts({"ab", "c"}),
      of_texts({"a", "bc"}),
      of_texts({"abc"}),
      of_texts({"c", "ab"}),
      of_texts({"abc", ""}),
      of_texts({"12345678"}),
      of_texts({"123456789"}),
      of_texts({std::string_view{"12345678\0", 9}}),
  };
  EXPECT_EQ(all.size(), 11u);
}

TEST(Digest, TellsWordsApart) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t a = 0; a < 200; ++a) {
    for (std::uint64_t b = 0; b < 200; ++b) {
      Digest digest;
      digest.add(a);
      digest.add(b);
      seen.insert(digest.value());
    }
  }
  EXPECT_EQ(seen.size(), 40'000u);
}

TEST(Digest, OfTimesIsOfTheirNanoseconds) {
  Digest times;
  times.add(Instant{5ms});
  times.add(Duration{-1ns});
  Digest words;
  words.add(std::uint64_t{5'000'000});
  words.add(~std::uint64_t{0});
  EXPECT_EQ(times.value(), words.value());
}

// Fields beside each other: what ends one must not look like what begins the next.
TEST(Digest, TellsFieldsOfOneWordApart) {
  enum class Kind : std::uint8_t { none, last = 0xff };
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (const std::uint32_t wide : {0u, 1u, 0x8000'0000u, 0xffff'ffffu}) {
    for (const std::uint16_t half : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{0xffff}}) {
      for (const Kind kind : {Kind::none, Kind::last}) {
        for (const bool flag : {false, true}) {
          Digest digest;
          digest.add_together(Seq{wide}, flag, half, kind, !flag);
          seen.insert(digest.value());
          ++count;
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), count);
}

TEST(Digest, OfFieldsIsOfTheirBitsInARow) {
  Digest together;
  together.add_together(std::uint32_t{0x1234'5678}, std::uint16_t{0x9abc}, std::uint8_t{0xde}, true,
                        false);
  Digest by_hand;
  by_hand.add(0x1234'5678'9abc'deull << 2 | 2);
  EXPECT_EQ(together.value(), by_hand.value());
}

// Worlds are compared across compilers, so the value is fixed.
TEST(Digest, IsFixedForEver) { EXPECT_EQ(of_texts({"acksu"}), 0xb7d5d1cd763f3cdu); }

}  // namespace
}  // namespace acksu
