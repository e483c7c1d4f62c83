// How often which duration was seen, to an eighth of its value, in a fixed room.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace acksu {

class Histogram {
 public:
  // Negative ones count as zero.
  void add(Duration duration);

  std::uint64_t count() const { return count_; }
  Duration longest() const { return longest_; }  // exactly; zero when there was none
  // At most so many of a thousand are longer than that; exact to an eighth, not below the truth.
  Duration at_most(std::uint32_t longer_of_thousand) const;

 private:
  static constexpr unsigned part_bits = 3;  // of each power of two there are eight parts
  static constexpr std::size_t buckets = std::size_t{64 - part_bits} << part_bits;

  static std::size_t bucket_of(std::uint64_t number);
  static std::uint64_t last_of(std::size_t bucket);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  Duration longest_{};
};

}  // namespace acksu
