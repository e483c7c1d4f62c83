// The cursor through which this room writes: into room that the caller gives, never past its end.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/assert.h"
#include "base/bytes.h"

namespace acksu::wire {

// Room for exactly `count` bytes; places are checked by the compiler.
template <std::uint32_t count>
class FixedRoom {
 public:
  constexpr explicit FixedRoom(std::span<std::uint8_t, count> room) : room_(room) {}

  template <std::uint32_t offset>
  constexpr void u8(std::uint8_t value) const {
    static_assert(offset + 1 <= count);
    room_[offset] = value;
  }
  template <std::uint32_t offset>
  constexpr void be16(std::uint16_t value) const {
    static_assert(offset + 2 <= count);
    store_be16(room_.data() + offset, value);
  }
  template <std::uint32_t offset, std::size_t size>
  constexpr void octets(const std::array<std::uint8_t, size>& values) const {
    static_assert(offset + size <= count);
    std::copy(values.begin(), values.end(), room_.data() + offset);
  }
  template <std::uint32_t offset>
  constexpr void be32(std::uint32_t value) const {
    static_assert(offset + 4 <= count);
    store_be32(room_.data() + offset, value);
  }

 private:
  std::span<std::uint8_t, count> room_;
};

class Writer {
 public:
  constexpr explicit Writer(MutableBytes room) : room_(room) {}

  constexpr std::size_t position() const { return position_; }  // bytes written
  constexpr std::size_t remaining() const { return room_.size() - position_; }
  // True after a write that did not fit; nothing more is written then.
  constexpr bool failed() const { return failed_; }

  constexpr void u8(std::uint8_t value) { put({&value, 1}); }
  constexpr void be16(std::uint16_t value) { number(value, true); }
  constexpr void be32(std::uint32_t value) { number(value, true); }
  constexpr void le16(std::uint16_t value) { number(value, false); }
  constexpr void le32(std::uint32_t value) { number(value, false); }
  constexpr void le64(std::uint64_t value) { number(value, false); }
  constexpr void put(Bytes bytes) {
    if (!has(bytes.size())) return;
    std::copy(bytes.begin(), bytes.end(), room_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ += bytes.size();
  }
  // Zeros up to the next multiple of `unit` bytes.
  constexpr void pad_to(std::size_t unit) {
    while (position_ % unit != 0 && !failed_) u8(0);
  }

  // The next `count` bytes for the caller to fill. That they fit is our promise.
  constexpr MutableBytes room(std::size_t count) {
    ACKSU_ASSERT(count <= remaining());
    position_ += count;
    return room_.subspan(position_ - count, count);
  }
  template <std::uint32_t count>
  constexpr FixedRoom<count> take() {
    return FixedRoom<count>(room(count).template first<count>());
  }

 private:
  constexpr bool has(std::size_t count) {
    if (count <= remaining()) return true;
    failed_ = true;
    position_ = room_.size();
    return false;
  }
  template <class Number>
  constexpr void number(Number value, bool is_big_endian) {
    std::uint8_t bytes[sizeof(Number)]{};
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      const std::size_t place = is_big_endian ? sizeof(Number) - 1 - i : i;
      bytes[place] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    put(bytes);
  }

  MutableBytes room_;
  std::size_t position_ = 0;  // <= room_.size()
  bool failed_ = false;
};

}  // namespace acksu::wire
