// The sending half's part in congestion window validation (RFC 7661): a window that was not used
// for a while is kept for five minutes, does not grow, is filled at a pace, and comes down to what
// was used at the first sign of congestion.
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

bool Sender::is_validated() const { return !flight_ || !flight_->validation.is_non_validated(); }

// RFC 7661 4.2 (a), (c): a sample each round trip, and none while losses are repaired.
void Sender::validate_window(const Context& context) {
  if (!flight_ || phase_ != Phase::open || !flight_->validation.is_round_over(una())) return;
  if (!validates_window(context.settings)) return;
  flight_->validation.end_round({.una = una(),
                                 .nxt = nxt(),
                                 .cwnd = congestion_.cwnd,
                                 .now = context.now,
                                 .srtt = rtt_.srtt()});
  end_non_validated_periods(context);
}

// RFC 7661 4.4.3: the sender may have sent at this rate all the time, but not in this window.
void Sender::end_non_validated_periods(const Context& context) {
  const Duration period = context.settings.non_validated_period;
  const std::int64_t periods = flight_->validation.take_periods(context.now, period);
  if (periods == 0) return;
  const std::uint32_t initial = context.settings.initial_window_segments * mss_;
  for (std::int64_t i = 0; i < periods && congestion_.cwnd > initial; ++i) {
    const std::uint32_t sustained = congestion_.cwnd - congestion_.cwnd / 4;
    congestion_.ssthresh = std::max(congestion_.ssthresh, sustained);
    congestion_.cwnd = std::max(congestion_.cwnd / 2, initial);
  }
  congestion_.control().on_restart(congestion_, context.now);
  tell_congestion(context);
}

// Text leaves again. RFC 7661 4.3: a silence keeps the window, but does not validate it.
void Sender::resume(const Context& context) {
  if (!flight_->validation.take_idleness(context.now, rtt_.srtt())) return;
  congestion_.control().on_restart(congestion_, context.now);
  end_non_validated_periods(context);
}

// RFC 7661 4.4.2: no burst of more than was in use lately; what a new connection may send at once
// is none.
void Sender::pace_unvalidated(const Context& context) {
  Flight& flight = *flight_;
  if (!flight.validation.is_non_validated() || flight.pacer.is_spreading()) return;
  const std::uint32_t initial = context.settings.initial_window_segments * mss_;
  const std::uint32_t most = std::min(wnd_, pipe() + queue_.unsent_text());
  if (most <= initial) return;
  const std::uint32_t in_use = flight.validation.pipe_ack(context.now, rtt_.srtt());
  if (most > in_use) flight.pacer.set_rate(pacing_rate(), mss_);
}

// Congestion in the non-validated phase, before the algorithm answers it: the window comes down to
// what was in use. Returns that, or `flight_size` in the validated phase.
std::uint32_t Sender::reduce_to_use(std::uint32_t flight_size, const Context& context) {
  if (is_validated()) return flight_size;
  const std::uint32_t used =
      flight_->validation.begin_repair(std::max(flight_size, mss_), context.now, rtt_.srtt());
  congestion_.cwnd = std::min(congestion_.cwnd, used);
  return used;
}

// RFC 7661 4.4.1 (a): half of what was in use, whatever the algorithm would keep.
void Sender::halve_use(std::uint32_t used) {
  if (!flight_->validation.is_repairing()) return;
  congestion_.ssthresh = std::min(congestion_.ssthresh, std::max(used / 2, 2 * mss_));
}

// RFC 7661 4.4.1 (c): after a repair nothing is known again.
void Sender::validate_anew(const Context& context) {
  if (flight_) flight_->validation.begin(una(), context.now, rtt_.srtt());
}

}  // namespace acksu::tcp
