// What a call of the POSIX-shaped socket layer comes to: a value, or one of Linux's errno values;
// and whether it is over.
#pragma once

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "base/time.h"

namespace acksu::posix {

// Calls never block. One that would on a blocking socket says so in `waits_for`: it is not over,
// and is made again, with the same arguments, once the socket's readiness (or, for calls about
// several sockets, anything) has changed. Whoever has waited for `patience` since the first time,
// or was interrupted, takes `value` and `error` as they stand: what has been moved so far, or what
// Linux answers then.
struct [[nodiscard]] Outcome {
  std::int64_t value = -1;      // -1 if it failed
  int error = 0;                // errno; 0: it worked
  short waits_for = 0;          // bits of poll(2), any of which is worth another try; 0: it is over
  Duration patience = forever;  // SO_RCVTIMEO, SO_SNDTIMEO

  static constexpr Outcome of(std::int64_t value) { return {value, 0, 0, forever}; }
  static constexpr Outcome failed(int error) { return {-1, error, 0, forever}; }

  constexpr bool is_over() const { return waits_for == 0; }
  constexpr explicit operator bool() const { return error == 0; }
  constexpr bool operator==(const Outcome&) const = default;
};

// Of a length that is an int of the caller's, whatever type it came by.
constexpr bool is_negative(std::size_t length) { return length > INT_MAX; }

// Linux's number of what a host answers.
int errno_of(Error error);

}  // namespace acksu::posix
