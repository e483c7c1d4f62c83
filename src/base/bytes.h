// Views of bytes, and big-endian loads and stores at a place whose bounds the caller has checked.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace acksu {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// By whole words, also where the compiler would cut a store into pieces: who reads a word that was
// just written in pieces waits for all of them.
namespace detail {

template <class Word>
constexpr Word swapped(Word word) {
  if constexpr (std::endian::native == std::endian::big) return word;
  if constexpr (sizeof word == 2) return __builtin_bswap16(word);
  if constexpr (sizeof word == 4) return __builtin_bswap32(word);
  if constexpr (sizeof word == 8) return __builtin_bswap64(word);
}

template <class Word>
constexpr Word load_be(const std::uint8_t* from) {
  Word word = 0;
  if (std::is_constant_evaluated()) {
    for (std::size_t i = 0; i < sizeof word; ++i) word = static_cast<Word>(word << 8 | from[i]);
    return word;
  }
  std::memcpy(&word, from, sizeof word);
  return swapped(word);
}

template <class Word>
constexpr void store_be(std::uint8_t* to, Word value) {
  if (std::is_constant_evaluated()) {
    for (std::size_t i = sizeof value; i-- > 0; value = static_cast<Word>(value >> 4 >> 4)) {
      to[i] = static_cast<std::uint8_t>(value);
    }
    return;
  }
  value = swapped(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace detail

constexpr std::uint16_t load_be16(const std::uint8_t* from) {
  return detail::load_be<std::uint16_t>(from);
}

constexpr std::uint32_t load_be32(const std::uint8_t* from) {
  return detail::load_be<std::uint32_t>(from);
}

constexpr std::uint64_t load_be64(const std::uint8_t* from) {
  return detail::load_be<std::uint64_t>(from);
}

constexpr void store_be16(std::uint8_t* to, std::uint16_t value) { detail::store_be(to, value); }

constexpr void store_be32(std::uint8_t* to, std::uint32_t value) { detail::store_be(to, value); }

constexpr void store_be64(std::uint8_t* to, std::uint64_t value) { detail::store_be(to, value); }

}  // namespace acksu
