// What the error queue of a stream tells (MSG_ERRQUEUE): that lent memory is back, and when what
// was sent had left and was acknowledged.
#pragma once

#include <cstdint>
#include <deque>

#include "base/time.h"

namespace acksu::posix {

struct StreamReport {
  enum class Kind : std::uint8_t { returned_loans, stamp };
  Kind kind = Kind::stamp;
  // Of loans the first and the last; of a stamp what it is of (SCM_TSTAMP_...) and the octet.
  std::uint32_t info = 0, data = 0;
  Instant time{};  // of a stamp
};

using ErrorQueue = std::deque<StreamReport>;  // the oldest first

}  // namespace acksu::posix
