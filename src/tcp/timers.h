// The timers of one connection: deadlines in a row, each told to the observer when it changes. Of
// those that look for losses one runs at a time (RFC 8985 8), so they share a place.
#pragma once

#include <array>
#include <utility>

#include "base/digest.h"
#include "tcp/context.h"

namespace acksu::tcp {

class Timers {
 public:
  Timers() { deadlines_.fill(never); }

  bool is_armed(Timer timer) const { return (*this)[timer] != never; }
  Instant operator[](Timer timer) const {
    return is_of_loss(timer) && timer != of_loss_ ? never : deadlines_[index(timer)];
  }

  void arm(Timer timer, Instant deadline, const Context& context) {
    if (is_of_loss(timer) && timer != of_loss_) {
      disarm(of_loss_, context);
      of_loss_ = timer;
    }
    deadlines_[index(timer)] = deadline;
    tell(timer, TimerChange::armed, context);
  }
  // Keeps an earlier deadline.
  void arm_if_idle(Timer timer, Instant deadline, const Context& context) {
    if (!is_armed(timer)) arm(timer, deadline, context);
  }
  void disarm(Timer timer, const Context& context) {
    if (!is_armed(timer)) return;
    tell(timer, TimerChange::disarmed, context);
    deadlines_[index(timer)] = never;
  }
  // True once, when that timer is due.
  bool take_due(Timer timer, const Context& context) {
    if ((*this)[timer] > context.now) return false;
    tell(timer, TimerChange::fired, context);
    deadlines_[index(timer)] = never;
    return true;
  }
  // Whichever of those that look for losses runs.
  bool is_loss_watched() const { return deadlines_[0] != never; }
  void disarm_loss(const Context& context) { disarm(of_loss_, context); }
  void disarm_all(const Context& context) {
    for (std::size_t i = 0; i + 1 < timer_count; ++i) disarm(static_cast<Timer>(i), context);
  }

  Instant earliest_deadline() const {
    Instant deadline = never;
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      ((deadline = earliest(deadline, deadlines_[i])), ...);
    }(std::make_index_sequence<held>());
    return deadline;
  }
  void digest(Digest& digest) const {
    for (const Instant each : deadlines_) digest.add(each);
    digest.add(static_cast<std::uint64_t>(of_loss_));
  }

 private:
  static constexpr std::size_t shared = static_cast<std::size_t>(Timer::reordering);
  static constexpr std::size_t held = timer_count - shared - 1;  // TIME-WAIT has its own record
  static constexpr bool is_of_loss(Timer timer) { return timer <= Timer::reordering; }
  static constexpr std::size_t index(Timer timer) {
    return is_of_loss(timer) ? 0 : static_cast<std::size_t>(timer) - shared;
  }

  void tell(Timer timer, TimerChange change, const Context& context) const {
    if (context.is_observed()) {
      context.observer->on_timer(context.now, *context.tuple, {timer, change, (*this)[timer]});
    }
  }

  std::array<Instant, held> deadlines_;
  Timer of_loss_ = Timer::retransmission;  // whose deadline the first is
};

}  // namespace acksu::tcp
