// The monotonic clock of the operating system as an `Instant`, and what ties it to the calendar.
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

// Nanoseconds since the machine started; never goes back.
inline Instant now() { return Instant{read_clock(CLOCK_MONOTONIC)}; }

// What to add to an instant of now() to get the time since 1970, for captures that people compare
// with others.
inline Duration since_1970() { return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC); }

}  // namespace acksu::os
