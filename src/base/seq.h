// A TCP sequence number (RFC 9293 section 3.4). The space is a circle, so there is no `<` and no
// smallest number; what can be asked is where one number stands seen from another, at most 2^31 - 1
// away.
#pragma once

#include <cstdint>

namespace acksu {

class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(std::uint32_t value) : value_(value) {}

  constexpr std::uint32_t value() const { return value_; }
  constexpr Seq operator+(std::uint32_t bytes) const { return Seq{value_ + bytes}; }
  constexpr Seq operator-(std::uint32_t bytes) const { return Seq{value_ - bytes}; }
  constexpr Seq& operator+=(std::uint32_t bytes) { return *this = *this + bytes; }
  constexpr bool operator==(const Seq&) const = default;

  // Signed distance from `origin` to this number along the shorter way round.
  constexpr std::int32_t operator-(Seq origin) const {
    return static_cast<std::int32_t>(value_ - origin.value_);
  }

 private:
  std::uint32_t value_ = 0;
};

constexpr bool is_before(Seq a, Seq b) { return a - b < 0; }
constexpr bool is_after(Seq a, Seq b) { return a - b > 0; }
constexpr bool is_at_or_before(Seq a, Seq b) { return a - b <= 0; }
constexpr bool is_at_or_after(Seq a, Seq b) { return a - b >= 0; }

// Bytes from `from` to `to`, which must not stand before it.
constexpr std::uint32_t bytes_between(Seq from, Seq to) { return to.value() - from.value(); }

constexpr Seq earlier(Seq a, Seq b) { return is_before(b, a) ? b : a; }
constexpr Seq later(Seq a, Seq b) { return is_after(b, a) ? b : a; }

//   first            first + length
//     |  is_within ...  |   not
constexpr bool is_within(Seq seq, Seq first, std::uint32_t length) {
  return bytes_between(first, seq) < length;
}

}  // namespace acksu
