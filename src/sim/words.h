// How this room prints times.
#pragma once

#include <string>

#include "base/time.h"

namespace acksu::sim {

// The largest unit that keeps it exact: "40ms", "1500us", "2h".
std::string to_text(Duration duration);
// Seconds since the world began, to the microsecond: "12.000350".
std::string to_text(Instant instant);

}  // namespace acksu::sim
