// SipHash (Aumasson, Bernstein 2012): the one keyed hash for tables, ISNs, ports, cookies and
// offsets.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace acksu {

// A secret. It has no way to be printed, and digests of a world's state leave it out.
struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

// SipHash-c-d, fed by words: c rounds a word, d rounds at the end. For input whose length is known
// when it is written; the functions below take any.
template <int word_rounds, int end_rounds>
class SipHash {
 public:
  constexpr explicit SipHash(SipKey key)
      : v0_(key.k0 ^ 0x736f6d6570736575ull),
        v1_(key.k1 ^ 0x646f72616e646f6dull),
        v2_(key.k0 ^ 0x6c7967656e657261ull),
        v3_(key.k1 ^ 0x7465646279746573ull) {}

  // The next eight bytes, as a little-endian number.
  constexpr void add(std::uint64_t word) {
    bytes_ += 8;
    absorb(word);
  }
  // The last `bytes` < 8 bytes, as a little-endian number.
  constexpr std::uint64_t finish(std::uint64_t last = 0, unsigned bytes = 0) {
    absorb(last | (bytes_ + bytes) << 56);
    v2_ ^= 0xff;
    mix<end_rounds>();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  constexpr void absorb(std::uint64_t word) {
    v3_ ^= word;
    mix<word_rounds>();
    v0_ ^= word;
  }
  template <int rounds>
  constexpr void mix() {
    round();
    if constexpr (rounds > 1) mix<rounds - 1>();
  }
  constexpr void round() {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t bytes_ = 0;  // modulo 256 in the result
};

// SipHash-2-4 of a string of bytes: for what a stranger could try to forge (cookies, ISNs).
std::uint64_t siphash_2_4(SipKey key, Bytes bytes);
// SipHash-1-3 of 64-bit words taken as their little-endian bytes: for tables.
std::uint64_t siphash_1_3(SipKey key, std::span<const std::uint64_t> words);
// SipHash-2-4 of 64-bit words taken as their little-endian bytes.
std::uint64_t siphash_2_4(SipKey key, std::span<const std::uint64_t> words);

}  // namespace acksu
