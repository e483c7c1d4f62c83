// A 64-bit digest of a state, to compare worlds: equal states give equal digests on every compiler.
#pragma once

#include <cstdint>
#include <type_traits>

#include "base/bytes.h"
#include "base/seq.h"
#include "base/time.h"

namespace acksu {

class Digest {
 public:
  void add(std::uint64_t word);
  void add(Bytes bytes);  // its length too, so that ("ab","c") differs from ("a","bc")
  void add(Instant instant) { add(static_cast<std::uint64_t>(nanoseconds(instant))); }
  void add(Duration duration) { add(static_cast<std::uint64_t>(nanoseconds(duration))); }
  // Small values as one word, each in as many bits as its type has: none can stand for another.
  template <class First, class... Others>
  void add_together(First first, Others... others) {
    static_assert((bits_of<First>() + ... + bits_of<Others>()) <= 64, "more than a word holds");
    std::uint64_t word = word_of(first);
    ((word = (word << bits_of<Others>()) | word_of(others)), ...);
    add(word);
  }
  std::uint64_t value() const;

 private:
  template <class Value>
  static constexpr unsigned bits_of() {
    static_assert(std::is_unsigned_v<Value> || std::is_enum_v<Value> || std::is_same_v<Value, Seq>);
    return std::is_same_v<Value, bool> ? 1 : 8 * sizeof(Value);
  }
  template <class Value>
  static constexpr std::uint64_t word_of(Value value) {
    return static_cast<std::uint64_t>(value);
  }
  static constexpr std::uint64_t word_of(Seq seq) { return seq.value(); }

  std::uint64_t state_ = 0x9e3779b97f4a7c15ull;
};

}  // namespace acksu
