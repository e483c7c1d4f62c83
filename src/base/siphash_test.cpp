// SipHash against the vectors of its authors, and against a plain reference.
#include "base/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

constexpr SipKey test_key{0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::vector<std::uint8_t> counting_bytes(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

// The paper's description, one round and one byte at a time.
class Reference {
 public:
  Reference(SipKey key, int word_rounds, int end_rounds)
      : word_rounds_(word_rounds), end_rounds_(end_rounds) {
    v[0] = key.k0 ^ 0x736f6d6570736575;
    v[1] = key.k1 ^ 0x646f72616e646f6d;
    v[2] = key.k0 ^ 0x6c7967656e657261;
    v[3] = key.k1 ^ 0x7465646279746573;
  }
  std::uint64_t hash(std::vector<std::uint8_t> bytes) {
    const auto length = static_cast<std::uint8_t>(bytes.size());
    while (bytes.size() % 8 != 7) bytes.push_back(0);
    bytes.push_back(length);
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = 0;
      for (std::size_t k = 0; k < 8; ++k) word |= std::uint64_t{bytes[i + k]} << (8 * k);
      v[3] ^= word;
      for (int r = 0; r < word_rounds_; ++r) round();
      v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int r = 0; r < end_rounds_; ++r) round();
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

 private:
  static std::uint64_t left(std::uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }
  void round() {
    v[0] += v[1];
    v[1] = left(v[1], 13);
    v[1] ^= v[0];
    v[0] = left(v[0], 32);
    v[2] += v[3];
    v[3] = left(v[3], 16);
    v[3] ^= v[2];
    v[0] += v[3];
    v[3] = left(v[3], 21);
    v[3] ^= v[0];
    v[2] += v[1];
    v[1] = left(v[1], 17);
    v[1] ^= v[2];
    v[2] = left(v[2], 32);
  }
  std::array<std::uint64_t, 4> v;
  int word_rounds_;
  int end_rounds_;
};

TEST(SipHash, GivesThePublishedVectors) {
  // Appendix A of the paper: 15 bytes; the others are of the authors' list of 64.
  EXPECT_EQ(siphash_2_4(test_key, counting_bytes(15)), 0xa129ca6149be45e5);
  EXPECT_EQ(siphash_2_4(test_key, counting_bytes(0)), 0x726fdb47dd0e0e31);
  EXPECT_EQ(siphash_2_4(test_key, counting_bytes(1)), 0x74f839c593dc67fd);
  EXPECT_EQ(siphash_2_4(test_key, counting_bytes(8)), 0x93f5f5799a932462);
  EXPECT_EQ(siphash_2_4(test_key, counting_bytes(63)), 0x958a324ceb064572);
}

TEST(SipHash, OfBytesAgreesWithTheReference) {
  for (std::size_t count = 0; count < 300; ++count) {
    const auto bytes = counting_bytes(count);
    ASSERT_EQ(siphash_2_4(test_key, bytes), Reference(test_key, 2, 4).hash(bytes)) << count;
  }
}

TEST(SipHash, OfWordsIsThatOfTheirLittleEndianBytes) {
  Rng rng{9};
  for (std::size_t count = 0; count < 40; ++count) {
    const SipKey key = rng.next_key();
    std::vector<std::uint64_t> words(count);
    std::vector<std::uint8_t> bytes;
    for (std::uint64_t& word : words) {
      word = rng.next();
      for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
    }
    ASSERT_EQ(siphash_2_4(key, words), siphash_2_4(key, Bytes{bytes}));
    ASSERT_EQ(siphash_1_3(key, words), Reference(key, 1, 3).hash(bytes));
  }
}

}  // namespace
}  // namespace acksu
