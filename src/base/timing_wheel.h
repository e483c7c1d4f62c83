// All timers of a host: a hierarchical timing wheel (Varghese, Lauck 1987). Arming, moving and
// removing cost the same for one timer as for ten million. Timers fire exactly, in the order of
// their deadlines, and in the order of arming when deadlines are equal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/time.h"

namespace acksu {

class TimingWheel {
 public:
  using Id = std::uint32_t;
  static constexpr Id none = 0xffff'ffff;

  // Arms a timer; `owner` is what `take_due` gives back. A deadline in the past is due at once.
  Id arm(Instant deadline, std::uint32_t owner);
  void move(Id id, Instant deadline);
  void disarm(Id id);
  Instant deadline(Id id) const;

  // The owner of the earliest timer that is due at or before `now`; that timer is disarmed and its
  // id free again.
  std::optional<std::uint32_t> take_due(Instant now);

  // No timer is due before this instant: exact when it lies in the near future, else a lower bound
  // at which looking again brings a better one; `never` when nothing is armed.
  Instant next_deadline() const;
  std::uint32_t size() const { return size_; }
  std::uint64_t bytes() const;  // memory held

  void digest(Digest& digest) const;  // of (deadline, owner) in firing order
};

}  // namespace acksu
