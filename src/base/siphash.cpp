// SipHash-c-d: c rounds a word, d rounds at the end.
#include "base/siphash.h"

#include <bit>

namespace acksu {
namespace {

struct SipState {
  explicit SipState(SipKey key)
      : v0(key.k0 ^ 0x736f6d6570736575ull),
        v1(key.k1 ^ 0x646f72616e646f6dull),
        v2(key.k0 ^ 0x6c7967656e657261ull),
        v3(key.k1 ^ 0x7465646279746573ull) {}

  template <int rounds>
  void absorb(std::uint64_t word) {
    v3 ^= word;
    mix<rounds>();
    v0 ^= word;
  }
  template <int rounds>
  std::uint64_t finish() {
    v2 ^= 0xff;
    mix<rounds>();
    return v0 ^ v1 ^ v2 ^ v3;
  }

 private:
  template <int rounds>
  void mix() {
    for (int i = 0; i < rounds; ++i) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  }

  std::uint64_t v0, v1, v2, v3;
};

// Up to eight bytes as a little-endian number.
std::uint64_t load_le(Bytes bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) word = (word << 8) | bytes[i];
  return word;
}

// The last word carries the length of the input in bytes, modulo 256.
constexpr std::uint64_t length_mark(std::uint64_t bytes) { return bytes << 56; }

template <int word_rounds, int end_rounds>
std::uint64_t hash_words(SipKey key, std::span<const std::uint64_t> words) {
  SipState state{key};
  for (const std::uint64_t word : words) state.absorb<word_rounds>(word);
  state.absorb<word_rounds>(length_mark(words.size() * 8));
  return state.finish<end_rounds>();
}

}  // namespace

std::uint64_t siphash_2_4(SipKey key, Bytes bytes) {
  SipState state{key};
  const std::uint64_t mark = length_mark(bytes.size());
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) state.absorb<2>(load_le(bytes.first(8)));
  state.absorb<2>(mark | load_le(bytes));
  return state.finish<4>();
}

std::uint64_t siphash_1_3(SipKey key, std::span<const std::uint64_t> words) {
  return hash_words<1, 3>(key, words);
}

std::uint64_t siphash_2_4(SipKey key, std::span<const std::uint64_t> words) {
  return hash_words<2, 4>(key, words);
}

}  // namespace acksu
