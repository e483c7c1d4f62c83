// What CUBIC (RFC 9438) remembers of a connection. Windows are bytes. All is counted in integers,
// so that every compiler gives the same windows.
#pragma once

#include <cstdint>

#include "base/digest.h"
#include "base/time.h"

namespace acksu::tcp {

struct Cubic {
  Instant epoch{};           // t_epoch: this congestion avoidance began; 0: it has not
  Instant last_ack{};        // time without use of the window does not count (4.2)
  std::int64_t k = 0;        // K, in milliseconds
  std::uint32_t w_max = 0;   // the window before the last reduction; 0: none, or a time-out
  std::uint32_t origin = 0;  // what the curve is highest or flat at: W_max, or cwnd_epoch
  std::uint32_t w_est = 0;   // what Reno would have (4.3)
  std::uint32_t cwnd_prior = 0;
  std::uint64_t cwnd_rest = 0, w_est_rest = 0;  // what was less than a byte

  void digest(Digest& digest) const;
};

// The largest number whose cube is no larger than `value`, which is below 2^63.
std::uint32_t cube_root(std::uint64_t value);

}  // namespace acksu::tcp
