// The timers of one connection: deadlines in a row, each told to the observer when it changes. Some
// share a place, since one of them runs at a time: those that look for losses (RFC 8985 8), and
// those of text that waits, for a window to open or for its turn.
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
    return is_in_place(timer) ? deadlines_[place_of(timer)] : never;
  }

  void arm(Timer timer, Instant deadline, Context& context) {
    if (!is_in_place(timer)) {
      disarm(runs_[place_of(timer)], context);
      runs_[place_of(timer)] = timer;
    }
    deadlines_[place_of(timer)] = deadline;
    context.is_timer_armed = true;
    tell(timer, TimerChange::armed, context);
  }
  // Keeps an earlier deadline.
  void arm_if_idle(Timer timer, Instant deadline, Context& context) {
    if (!is_armed(timer)) arm(timer, deadline, context);
  }
  void disarm(Timer timer, const Context& context) {
    if (!is_armed(timer)) return;
    tell(timer, TimerChange::disarmed, context);
    deadlines_[place_of(timer)] = never;
  }
  // True once, when that timer is due.
  bool take_due(Timer timer, const Context& context) {
    if ((*this)[timer] > context.now) return false;
    tell(timer, TimerChange::fired, context);
    deadlines_[place_of(timer)] = never;
    return true;
  }
  // Whichever of those that look for losses runs.
  bool is_loss_watched() const { return deadlines_[place_of(Timer::retransmission)] != never; }
  void disarm_loss(const Context& context) {
    disarm(runs_[place_of(Timer::retransmission)], context);
  }
  void disarm_all(const Context& context) {
    for (std::size_t place = 0; place < places; ++place) {
      if (deadlines_[place] != never) disarm(timer_in(place), context);
    }
  }

  Instant earliest_deadline() const {
    Instant deadline = never;
    [&]<std::size_t... i>(std::index_sequence<i...>) {
      ((deadline = earliest(deadline, deadlines_[i])), ...);
    }(std::make_index_sequence<places>());
    return deadline;
  }
  void digest(Digest& digest) const {
    for (const Instant each : deadlines_) digest.add(each);
    for (const Timer each : runs_) digest.add_together(each);
  }

 private:
  static constexpr std::size_t shared_places = 2;
  static constexpr std::size_t places =  // TIME-WAIT has its own record
      static_cast<std::size_t>(Timer::time_wait) - static_cast<std::size_t>(Timer::delayed_ack) +
      shared_places;
  static constexpr std::size_t place_of(Timer timer) {
    if (timer <= Timer::reordering) return 0;
    if (timer <= Timer::pacing) return 1;
    return static_cast<std::size_t>(timer) - static_cast<std::size_t>(Timer::delayed_ack) +
           shared_places;
  }

  Timer timer_in(std::size_t place) const {
    if (place < shared_places) return runs_[place];
    return static_cast<Timer>(place - shared_places + static_cast<std::size_t>(Timer::delayed_ack));
  }

  bool is_in_place(Timer timer) const {
    return place_of(timer) >= shared_places || runs_[place_of(timer)] == timer;
  }
  void tell(Timer timer, TimerChange change, const Context& context) const {
    if (context.is_observed()) {
      context.observer->on_timer(context.now, *context.tuple, {timer, change, (*this)[timer]});
    }
  }

  std::array<Instant, places> deadlines_;
  // Whose deadlines the first ones are.
  std::array<Timer, shared_places> runs_{Timer::retransmission, Timer::persist};
};

}  // namespace acksu::tcp
