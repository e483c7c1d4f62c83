// xoshiro256++ (Blackman, Vigna 2019) and splitmix64. `std::` distributions are left out on
// purpose: they differ between libraries.
#include "base/rng.h"

#include <bit>

#include "base/assert.h"
#include "base/digest.h"

namespace acksu {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ull;
  std::uint64_t word = state;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
  return word ^ (word >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  ACKSU_ASSERT(bound > 0);
  // As many upper bits as bound - 1 has; what is too large is drawn again, less than half of all.
  const int unused_bits = std::countl_zero((bound - 1) | 1);
  while (true) {
    const std::uint64_t number = next() >> unused_bits;
    if (number < bound) return number;
  }
}

std::uint64_t Rng::between(std::uint64_t low, std::uint64_t high) {
  ACKSU_ASSERT(low <= high);
  const std::uint64_t span = high - low + 1;  // 0: all 2^64 numbers
  return span == 0 ? next() : low + below(span);
}

bool Rng::chance(std::uint32_t parts_per_million) {
  constexpr std::uint64_t one_part = ~std::uint64_t{0} / 1'000'000;
  const std::uint64_t number = next();  // one number a question, whatever the answer
  return parts_per_million >= 1'000'000 || number < parts_per_million * one_part;
}

SipKey Rng::next_key() {
  const std::uint64_t k0 = next();
  return {k0, next()};
}

Rng Rng::fork() { return Rng{next()}; }

void Rng::digest(Digest& digest) const {
  for (const std::uint64_t word : state_) digest.add(word);
}

}  // namespace acksu
