// Time as a value. The clock has no `now()`: below `os/` and `sim/` time is always an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace acksu {

// Nanoseconds since an origin that the owner of the host chose (the start of a world, or of a
// program).
struct Clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<Clock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
using Instant = Clock::time_point;

inline constexpr Instant never = Instant::max();
inline constexpr Duration forever = Duration::max();

constexpr std::int64_t nanoseconds(Duration duration) { return duration.count(); }
constexpr std::int64_t nanoseconds(Instant instant) { return instant.time_since_epoch().count(); }
constexpr Instant earliest(Instant a, Instant b) { return a < b ? a : b; }

// `instant + duration` that stays at `never` instead of wrapping around.
constexpr Instant later_by(Instant instant, Duration duration) {
  return duration >= never - instant ? never : instant + duration;
}

using namespace std::chrono_literals;

}  // namespace acksu
