// Random answers to the questions that a random world is made of.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>

#include "base/rng.h"
#include "base/time.h"

namespace acksu::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed) {}

  bool percent(std::uint32_t chance) { return rng_.chance(chance * 10'000); }
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return rng_.between(low, high); }
  std::uint32_t between32(std::uint32_t low, std::uint32_t high) {
    return static_cast<std::uint32_t>(rng_.between(low, high));
  }
  // As likely between 1 and 2 as between 1024 and 2048; 0 too.
  std::uint64_t any_size(std::uint64_t most) {
    std::uint32_t bits = 0;
    while (bits < 63 && (most >> bits) != 0) ++bits;
    return std::min(most, rng_.below(1ull << rng_.below(bits + 1ull)));
  }
  Duration milliseconds(std::uint64_t low, std::uint64_t high) {
    return std::chrono::milliseconds{static_cast<std::int64_t>(rng_.between(low, high))};
  }
  template <class Value>
  Value one_of(std::initializer_list<Value> values) {
    return values.begin()[rng_.below(values.size())];
  }

 private:
  Rng rng_;
};

}  // namespace acksu::sim
