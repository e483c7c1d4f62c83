// The Internet checksum (RFC 1071), for any length and alignment: in 64-bit words everywhere, in
// vectors where an x86 processor has them. The order of bytes is put right once, at the end
// (RFC 1071 section 2, B).
#include "base/checksum.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "base/assert.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define ACKSU_HAS_X86_VECTORS 1
#endif

namespace acksu {
namespace {

// Sums of 16-bit words in this machine's order, not folded; equal modulo 2^16 - 1.
using Unfolded = std::uint64_t;

// What is shorter is summed in words: filling vectors would cost more.
[[maybe_unused]] constexpr std::size_t shortest_for_vectors = 64;

constexpr Unfolded add(Unfolded a, Unfolded b) {
  const Unfolded sum = a + b;
  return sum + (sum < b ? 1 : 0);  // 2^64 is 1 modulo 2^16 - 1
}

// The next bytes of a copy (when `copies`) and of a sum.
template <bool copies>
struct Cursor {
  std::uint8_t* to;
  const std::uint8_t* from;
  std::size_t left;

  void step(std::size_t bytes) {
    if constexpr (copies) to += bytes;
    from += bytes;
    left -= bytes;
  }
  // By reference: vectors are returned differently with and without a target attribute.
  template <class Word>
  void look_at(Word& word, std::size_t offset) const {
    std::memcpy(&word, from + offset, sizeof word);
  }
  template <class Word>
  void copy(const Word& word, std::size_t offset) const {
    if constexpr (copies) std::memcpy(to + offset, &word, sizeof word);
  }
  template <class Word>
  Word next() {
    Word word;
    look_at(word, 0);
    copy(word, 0);
    step(sizeof word);
    return word;
  }
};

template <bool copies>
Unfolded sum_in_words(std::uint8_t* to, const std::uint8_t* from, std::size_t size) {
  Cursor<copies> at{to, from, size};
  Unfolded sum = 0;
  Unfolded other = 0;
  while (at.left >= 32) {
    sum = add(sum, at.template next<std::uint64_t>());
    other = add(other, at.template next<std::uint64_t>());
    sum = add(sum, at.template next<std::uint64_t>());
    other = add(other, at.template next<std::uint64_t>());
  }
  sum = add(sum, other);
  while (at.left >= 8) sum = add(sum, at.template next<std::uint64_t>());
  if (at.left >= 4) sum = add(sum, at.template next<std::uint32_t>());
  if (at.left >= 2) sum = add(sum, at.template next<std::uint16_t>());
  if (at.left == 1) {
    const std::uint8_t last = at.template next<std::uint8_t>();
    constexpr unsigned shift = std::endian::native == std::endian::little ? 0 : 8;
    sum = add(sum, Unfolded{last} << shift);  // as if a zero byte followed
  }
  return sum;
}

#if defined(ACKSU_HAS_X86_VECTORS)

using FourWords __attribute__((vector_size(32))) = std::uint64_t;
using EightWords __attribute__((vector_size(64))) = std::uint64_t;

// In both functions, in every lane: `all` is the sum of the words modulo 2^64, `high` the exact sum
// of their upper halves; so the exact sum of the lower halves is all - high * 2^32. Operators on
// whole vectors are the compiler's. The empty `asm` makes it load each vector only once.

template <bool copies>
__attribute__((target("avx2"))) Unfolded sum_by_avx2(std::uint8_t* to, const std::uint8_t* from,
                                                     std::size_t size) {
  Cursor<copies> at{to, from, size};
  FourWords first, second;
  FourWords all{}, high{}, other_all{}, other_high{};
  while (at.left >= 2 * sizeof first) {
    at.look_at(first, 0);
    at.look_at(second, sizeof first);
    asm("" : "+x"(first), "+x"(second));
    at.copy(first, 0);
    at.copy(second, sizeof first);
    at.step(2 * sizeof first);
    all += first;
    other_all += second;
    high += first >> 32;
    other_high += second >> 32;
  }
  if (at.left >= sizeof first) {
    at.look_at(first, 0);
    at.copy(first, 0);
    at.step(sizeof first);
    all += first;
    high += first >> 32;
  }
  all += other_all;
  high += other_high;
  const FourWords lanes = all - (high << 32) + high;
  return add((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]),
             sum_in_words<copies>(at.to, at.from, at.left));
}

template <bool copies>
__attribute__((target("avx512f,avx512bw"))) Unfolded sum_by_avx512(std::uint8_t* to,
                                                                   const std::uint8_t* from,
                                                                   std::size_t size) {
  Cursor<copies> at{to, from, size};
  EightWords first, second;
  EightWords all{}, high{}, other_all{}, other_high{};
  while (at.left >= 2 * sizeof first) {
    at.look_at(first, 0);
    at.look_at(second, sizeof first);
    asm("" : "+v"(first), "+v"(second));
    at.copy(first, 0);
    at.copy(second, sizeof first);
    at.step(2 * sizeof first);
    all += first;
    other_all += second;
    high += first >> 32;
    other_high += second >> 32;
  }
  if (at.left >= sizeof first) {
    at.look_at(first, 0);
    at.copy(first, 0);
    at.step(sizeof first);
    all += first;
    high += first >> 32;
  }
  if (at.left > 0) {
    const __mmask64 mask = ~__mmask64{0} >> (64 - at.left);
    const __m512i last = _mm512_maskz_loadu_epi8(mask, at.from);
    if constexpr (copies) _mm512_mask_storeu_epi8(at.to, mask, last);
    other_all += reinterpret_cast<EightWords>(last);
    other_high += reinterpret_cast<EightWords>(last) >> 32;
  }
  all += other_all;
  high += other_high;
  const EightWords lanes = all - (high << 32) + high;
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

#endif  // ACKSU_HAS_X86_VECTORS

// In static initialisers that run before this one it is `none`, which is right too.
const Vectors vectors = widest_vectors();

template <bool copies>
Unfolded sum_by([[maybe_unused]] Vectors allowed, std::uint8_t* to, Bytes from) {
#if defined(ACKSU_HAS_X86_VECTORS)
  if (from.size() >= shortest_for_vectors) {
    if (allowed == Vectors::avx512) return sum_by_avx512<copies>(to, from.data(), from.size());
    if (allowed == Vectors::avx2) return sum_by_avx2<copies>(to, from.data(), from.size());
  }
#endif
  return sum_in_words<copies>(to, from.data(), from.size());
}

Sum fold(Unfolded sum) {
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  const auto folded = static_cast<std::uint16_t>(sum);
  if constexpr (std::endian::native == std::endian::big) return Sum{folded};
  return Sum{static_cast<std::uint16_t>((folded << 8) | (folded >> 8))};
}

}  // namespace

Vectors widest_vectors() {
#if defined(ACKSU_HAS_X86_VECTORS)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw") != 0) return Vectors::avx512;
  if (__builtin_cpu_supports("avx2") != 0) return Vectors::avx2;
#endif
  return Vectors::none;
}

Sum sum_of(Bytes bytes) { return fold(sum_by<false>(vectors, nullptr, bytes)); }

Sum copy_and_sum(std::uint8_t* to, Bytes from) { return fold(sum_by<true>(vectors, to, from)); }

Sum sum_of(Bytes bytes, Vectors allowed) {
  ACKSU_ASSERT(allowed <= vectors);
  return fold(sum_by<false>(allowed, nullptr, bytes));
}

Sum copy_and_sum(std::uint8_t* to, Bytes from, Vectors allowed) {
  ACKSU_ASSERT(allowed <= vectors);
  return fold(sum_by<true>(allowed, to, from));
}

}  // namespace acksu
