// The clock of a host in real time: set once by the calendar, then never going back.
// Leaves out on purpose: sleeping, which the event loop does while it waits for frames.
#pragma once

#include <ctime>

#include "base/time.h"

namespace acksu::os {

inline Duration read_clock(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

// Nanoseconds since 1970, so that captures can be compared with others; what later sets the
// calendar right does not move it.
class SteadyClock {
 public:
  SteadyClock() : offset_(read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC)) {}
  Instant now() const { return Instant{read_clock(CLOCK_MONOTONIC) + offset_}; }

 private:
  Duration offset_;
};

}  // namespace acksu::os
