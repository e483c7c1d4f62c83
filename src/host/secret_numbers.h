// Numbers that nobody can foretell who does not know the key, however many of them he has seen:
// SipHash-2-4 of a counter. For identifiers that must not be guessed (RFC 5452, RFC 6056).
#pragma once

#include <cstdint>

#include "base/assert.h"
#include "base/digest.h"
#include "base/siphash.h"
#include "base/time.h"

namespace acksu {

class SecretNumbers {
 public:
  explicit SecretNumbers(SipKey key) : key_(key) {}

  std::uint64_t next() {
    const std::uint64_t words[] = {count_++};
    return siphash_2_4(key_, words);
  }
  // In [0, bound); bound is small beside 2^64, so that what is not even does not show.
  std::uint64_t below(std::uint64_t bound) {
    ACKSU_ASSERT(bound > 0 && bound < std::uint64_t{1} << 48);
    return next() % bound;
  }
  // In [low, high], both included.
  Duration between(Duration low, Duration high) {
    return low + Duration{static_cast<Duration::rep>(
                     below(static_cast<std::uint64_t>(nanoseconds(high - low)) + 1))};
  }
  // How many were drawn; the key is a secret.
  void digest(Digest& digest) const { digest.add(count_); }

 private:
  SipKey key_;
  std::uint64_t count_ = 0;
};

}  // namespace acksu
