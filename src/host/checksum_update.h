// Checksums after a change, without looking at what did not change (RFC 1624, equation 3). A wrong
// checksum stays wrong, so that whoever verifies it at the end still finds out.
#pragma once

#include <cstdint>

#include "base/checksum.h"

namespace acksu {

class ChecksumUpdate {
 public:
  constexpr void replace(Sum before, Sum after) { sum_ = sum_ + Sum{before.checksum()} + after; }
  constexpr void replace16(std::uint16_t before, std::uint16_t after) {
    replace(Sum{before}, Sum{after});
  }
  constexpr void replace32(std::uint32_t before, std::uint32_t after) {
    replace16(static_cast<std::uint16_t>(before >> 16), static_cast<std::uint16_t>(after >> 16));
    replace16(static_cast<std::uint16_t>(before), static_cast<std::uint16_t>(after));
  }

  // What stands in the header now instead of `checksum`: HC' = ~(~HC + ~m + m').
  constexpr std::uint16_t applied_to(std::uint16_t checksum) const {
    const Sum before{static_cast<std::uint16_t>(~checksum)};
    return (before + sum_).checksum();
  }

 private:
  Sum sum_;
};

}  // namespace acksu
