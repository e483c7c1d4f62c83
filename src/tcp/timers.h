// The timers of one connection: deadlines in a row, each told to the observer when it changes.
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
  Instant operator[](Timer timer) const { return deadlines_[index(timer)]; }

  void arm(Timer timer, Instant deadline, const Context& context) {
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
  void disarm_all(const Context& context) {
    for (std::size_t i = 0; i < held; ++i) disarm(static_cast<Timer>(i), context);
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
  }

 private:
  static constexpr std::size_t held = timer_count - 1;  // TIME-WAIT has a record of its own
  static constexpr std::size_t index(Timer timer) { return static_cast<std::size_t>(timer); }

  void tell(Timer timer, TimerChange change, const Context& context) const {
    if (context.is_observed()) {
      context.observer->on_timer(context.now, *context.tuple, {timer, change, (*this)[timer]});
    }
  }

  std::array<Instant, held> deadlines_;
};

}  // namespace acksu::tcp
