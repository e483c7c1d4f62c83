// The Internet checksum (RFC 1071) as sums that can be taken in parts and combined.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace acksu {

// A one's complement sum of big-endian 16-bit words, folded to 16 bits. The sum of no bytes is 0.
class Sum {
 public:
  constexpr Sum() = default;
  constexpr explicit Sum(std::uint16_t folded) : folded_(folded) {}

  constexpr std::uint16_t folded() const { return folded_; }
  // The field value that makes a packet's sum 0xffff.
  constexpr std::uint16_t checksum() const { return static_cast<std::uint16_t>(~folded_); }
  constexpr bool operator==(const Sum&) const = default;

  // The sum of both parts' words.
  constexpr Sum operator+(Sum other) const {
    const std::uint32_t sum = std::uint32_t{folded_} + other.folded_;
    return Sum{static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16))};
  }
  // The sum of `later` bytes appended behind `bytes_before` bytes: at an odd place its bytes change
  // sides.
  constexpr Sum then(Sum later, std::uint64_t bytes_before) const {
    return *this + ((bytes_before & 1) != 0 ? later.swapped() : later);
  }

 private:
  constexpr Sum swapped() const {
    return Sum{static_cast<std::uint16_t>((folded_ << 8) | (folded_ >> 8))};
  }

  std::uint16_t folded_ = 0;
};

Sum sum_of(Bytes bytes);
// Copies `from` to `to` (room for from.size() bytes, no overlap) and sums in the same pass.
Sum copy_and_sum(std::uint8_t* to, Bytes from);

// The same with no wider vectors than `allowed` <= widest_vectors(), to test and measure each.
enum class Vectors : std::uint8_t { none, avx2, avx512 };
Vectors widest_vectors();  // of this processor; what is used unless told
Sum sum_of(Bytes bytes, Vectors allowed);
Sum copy_and_sum(std::uint8_t* to, Bytes from, Vectors allowed);

}  // namespace acksu
