// Random numbers that are the same for the same seed on every compiler (xoshiro256++ seeded by
// splitmix64). For simulation and for choices that need no secrecy; secrets come through `SipKey`.
#pragma once

#include <array>
#include <cstdint>

#include "base/siphash.h"

namespace acksu {

class Digest;

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  std::uint64_t next();
  // Uniform in [0, bound), without bias; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high], both included; low <= high.
  std::uint64_t between(std::uint64_t low, std::uint64_t high);
  // True `parts_per_million` times in a million; 1'000'000 is always.
  bool chance(std::uint32_t parts_per_million);
  SipKey next_key();
  // A generator whose numbers do not depend on how many are still drawn from this one.
  Rng fork();

  void digest(Digest& digest) const;

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace acksu
