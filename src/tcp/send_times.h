// How long a sender had text that was not acknowledged, and how much of that nothing more could
// leave because the peer's window was full, or because all that is written had left and whoever
// writes found the buffer full: for people (busy_time, rwnd_limited and sndbuf_limited of Linux's
// TCP_INFO).
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace acksu::tcp {

// What it waits for.
enum class SendWait : std::uint8_t {
  nothing,  // it has no text
  acks,     // or the congestion window, Nagle, its turn: all that is not below
  window,   // the peer's
  room,     // in the buffer, for whoever writes
};

class SendTimes {
 public:
  SendWait wait() const { return wait_; }
  void become(SendWait wait, Instant now) {
    if (wait == wait_) return;
    spent_[place(wait_)] += now - since_;
    wait_ = wait;
    since_ = now;
  }
  // Of an earlier time, of which nothing else is known.
  void add_busy(Duration spent) { spent_[place(SendWait::acks)] += spent; }

  // Until `now`.
  Duration waited_for(SendWait wait, Instant now) const {
    const Duration before = spent_[place(wait)];
    return wait == wait_ ? before + (now - since_) : before;
  }
  Duration busy(Instant now) const {
    return waited_for(SendWait::acks, now) + waited_for(SendWait::window, now) +
           waited_for(SendWait::room, now);
  }
  // While it has no text: it never waited for the peer or the application.
  bool was_never_held_up() const {
    return spent_[place(SendWait::window)] + spent_[place(SendWait::room)] == Duration::zero();
  }

 private:
  static constexpr std::size_t place(SendWait wait) { return static_cast<std::size_t>(wait); }

  std::array<Duration, 4> spent_{};
  Instant since_{};
  SendWait wait_ = SendWait::nothing;
};

}  // namespace acksu::tcp
