// Buckets: each number below 8 has its own; above, the first bit and the three behind it name one.
#include "base/histogram.h"

#include <algorithm>
#include <bit>

namespace acksu {

std::size_t Histogram::bucket_of(std::uint64_t number) {
  if (number < (1u << part_bits)) return static_cast<std::size_t>(number);
  const unsigned shift = static_cast<unsigned>(std::bit_width(number)) - part_bits - 1;
  return (std::size_t{shift} << part_bits) + static_cast<std::size_t>(number >> shift);
}

std::uint64_t Histogram::last_of(std::size_t bucket) {
  constexpr std::size_t parts = std::size_t{1} << part_bits;
  if (bucket < parts) return bucket;
  const std::size_t shift = (bucket >> part_bits) - 1;
  const std::uint64_t first = (bucket & (parts - 1)) | parts;
  return ((first + 1) << shift) - 1;
}

void Histogram::add(Duration duration) {
  duration = std::max(duration, Duration::zero());
  ++counts_[bucket_of(static_cast<std::uint64_t>(nanoseconds(duration)))];
  ++count_;
  longest_ = std::max(longest_, duration);
}

Duration Histogram::at_most(std::uint32_t longer_of_thousand) const {
  const std::uint64_t may_be_longer = count_ * longer_of_thousand / 1000;
  std::uint64_t longer = count_;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    longer -= counts_[bucket];
    if (longer > may_be_longer) continue;
    return std::min(longest_, Duration{static_cast<std::int64_t>(last_of(bucket))});
  }
  return longest_;
}

}  // namespace acksu
