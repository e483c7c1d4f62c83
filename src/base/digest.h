// A 64-bit digest of a state, to compare worlds: equal states give equal digests on every compiler.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace acksu {

class Digest {
 public:
  void add(std::uint64_t word);
  void add(Bytes bytes);  // its length too, so that ("ab","c") differs from ("a","bc")
  void add(Instant instant) { add(static_cast<std::uint64_t>(nanoseconds(instant))); }
  void add(Duration duration) { add(static_cast<std::uint64_t>(nanoseconds(duration))); }
  std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15ull;
};

}  // namespace acksu
