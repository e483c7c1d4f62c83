// Where values stand in a picture, and what is written beside it: axes with nice ticks, in whole
// numbers only, so that the same values give the same picture everywhere. Lengths in a picture are
// tenths of a pixel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace acksu::trace {

using Tenths = std::int64_t;  // of a pixel

class Axis {
 public:
  struct Range {
    std::int64_t from = 0, to = 1;
  };
  // From `range.from` at `start` to `range.to` at `end`, which may be less than `start`.
  Axis(Range range, Tenths start, Tenths end, bool is_logarithmic = false);

  // Values outside of the range stand outside of the picture, but never far.
  Tenths at(std::int64_t value) const;
  Range range() const { return range_; }
  bool is_logarithmic() const { return is_logarithmic_; }
  bool holds(std::int64_t value) const { return value >= range_.from && value <= range_.to; }
  // About `most` of them: multiples of 1, 2 or 5 times a power of ten; on a logarithmic axis these
  // numbers themselves, or powers of ten where they would be too many.
  std::vector<std::int64_t> ticks(std::size_t most) const;

 private:
  std::int64_t place(std::int64_t value) const;  // on an even scale

  Range range_;
  Tenths start_, end_;
  bool is_logarithmic_;
};

// 1, 2 or 5 times a power of ten, not less than `value`.
std::int64_t nice_step(std::int64_t value);
// 2^16 times the logarithm to base 2; of 1 and less, zero.
std::int64_t scaled_log2(std::int64_t value);

// A unit of an axis.
struct AxisUnit {
  std::int64_t size = 1;
  const char* name = "";
};
AxisUnit time_unit(Duration largest);            // ns, us, ms, s
AxisUnit byte_unit(std::int64_t largest);        // B, kB, MB, GB
AxisUnit rate_unit(std::int64_t bits_a_second);  // bit/s ... Gbit/s

// "1,250", "0.25": in that unit, with as many digits behind the point as a multiple of `step` has.
std::string in_unit(std::int64_t value, AxisUnit unit, std::int64_t step = 1);
// "1.5 ms": with its own unit, three digits behind the point at most.
std::string with_unit(std::int64_t value, AxisUnit unit);

}  // namespace acksu::trace
