// Views of bytes, and big-endian loads and stores at a place whose bounds the caller has checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace acksu {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

constexpr std::uint16_t load_be16(const std::uint8_t* from) {
  return static_cast<std::uint16_t>((from[0] << 8) | from[1]);
}

constexpr std::uint32_t load_be32(const std::uint8_t* from) {
  return (std::uint32_t{from[0]} << 24) | (std::uint32_t{from[1]} << 16) |
         (std::uint32_t{from[2]} << 8) | std::uint32_t{from[3]};
}

constexpr std::uint64_t load_be64(const std::uint8_t* from) {
  return (std::uint64_t{load_be32(from)} << 32) | load_be32(from + 4);
}

constexpr void store_be16(std::uint8_t* to, std::uint16_t value) {
  to[0] = static_cast<std::uint8_t>(value >> 8);
  to[1] = static_cast<std::uint8_t>(value);
}

constexpr void store_be32(std::uint8_t* to, std::uint32_t value) {
  store_be16(to, static_cast<std::uint16_t>(value >> 16));
  store_be16(to + 2, static_cast<std::uint16_t>(value));
}

constexpr void store_be64(std::uint8_t* to, std::uint64_t value) {
  store_be32(to, static_cast<std::uint32_t>(value >> 32));
  store_be32(to + 4, static_cast<std::uint32_t>(value));
}

}  // namespace acksu
