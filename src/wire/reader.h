// The one cursor through which every parser of this room looks at bytes from outside. No read goes
// past the end: it gives zeros and sets a flag that stays set.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace acksu::wire {

// Exactly `count` bytes that are known to be there; places are checked by the compiler.
template <std::uint32_t count>
class Fixed {
 public:
  constexpr explicit Fixed(std::span<const std::uint8_t, count> bytes) : bytes_(bytes) {}

  template <std::uint32_t offset>
  constexpr std::uint8_t u8() const {
    static_assert(offset + 1 <= count);
    return bytes_[offset];
  }
  template <std::uint32_t offset>
  constexpr std::uint16_t be16() const {
    static_assert(offset + 2 <= count);
    return load_be16(bytes_.data() + offset);
  }
  template <std::uint32_t offset>
  constexpr std::uint32_t be32() const {
    static_assert(offset + 4 <= count);
    return load_be32(bytes_.data() + offset);
  }
  template <std::uint32_t offset>
  constexpr std::uint64_t be64() const {
    static_assert(offset + 8 <= count);
    return load_be64(bytes_.data() + offset);
  }
  // In the order of octets of this machine: for sums, which do not depend on it (RFC 1071 2 (B)).
  template <std::uint32_t offset>
  std::uint32_t native32() const {
    static_assert(offset + 4 <= count);
    std::uint32_t word;
    std::memcpy(&word, bytes_.data() + offset, sizeof word);
    return word;
  }
  template <std::uint32_t offset, std::uint32_t part_bytes>
  constexpr Fixed<part_bytes> part() const {
    return Fixed<part_bytes>(bytes_.template subspan<offset, part_bytes>());
  }
  constexpr Bytes bytes() const { return bytes_; }

 private:
  std::span<const std::uint8_t, count> bytes_;
};

class Reader {
 public:
  constexpr explicit Reader(Bytes bytes) : bytes_(bytes) {}

  constexpr std::size_t position() const { return position_; }  // bytes read or skipped
  constexpr std::size_t remaining() const { return bytes_.size() - position_; }
  // True after a read past the end; nothing remains then.
  constexpr bool failed() const { return failed_; }

  constexpr std::uint8_t u8() { return take<1>().template u8<0>(); }
  constexpr std::uint16_t be16() { return take<2>().template be16<0>(); }
  constexpr std::uint32_t be32() { return take<4>().template be32<0>(); }

  // The next `count` bytes; none of them when they are not all there.
  constexpr Bytes bytes(std::size_t count) {
    if (!has(count)) return {};
    const Bytes result = bytes_.subspan(position_, count);
    position_ += count;
    return result;
  }
  constexpr Bytes rest() { return bytes(remaining()); }

  // The next `count` bytes, or as many zeros.
  template <std::uint32_t count>
  constexpr Fixed<count> take() {
    if (!has(count)) return Fixed<count>(zeros<count>);
    const Fixed<count> result(bytes_.subspan(position_).template first<count>());
    position_ += count;
    return result;
  }

 private:
  template <std::uint32_t count>
  static constexpr std::array<std::uint8_t, count> zeros{};

  constexpr bool has(std::size_t count) {
    if (count <= remaining()) [[likely]]
      return true;
    failed_ = true;
    position_ = bytes_.size();
    return false;
  }

  Bytes bytes_;
  std::size_t position_ = 0;  // <= bytes_.size()
  bool failed_ = false;
};

}  // namespace acksu::wire
