// When to look for losses next: the retransmission timer (RFC 6298), and before it the tail loss
// probe and the end of the reordering window (RFC 8985). One of them runs while text is under way.
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {
namespace {

// RFC 8985 7.2 (c): of a peer; what Linux counts with.
constexpr Duration longest_delayed_ack = 200ms;
constexpr Duration timer_allowance = 2ms;       // of a peer's clock
constexpr Duration shortest_tail_probe = 10ms;  // a peer that others keep busy has lost nothing
constexpr Duration first_tail_probe = 1s;       // RFC 8985 7.2 (b): without a sample

}  // namespace

// RFC 6298 section 5.
Instant Sender::retransmission_deadline(const Context& context) const {
  const Instant by_rto = later_by(context.now, rtt_.rto(context.settings));
  const Instant by_patience = patience_ends();
  return by_patience > context.now ? earliest(by_rto, by_patience) : by_rto;
}

// RFC 6298 5.2, 5.3: from now on; nothing is watched while nothing is outstanding.
void Sender::restart_watch(Context& context, Timers& timers) {
  if (flight_ && has_outstanding()) flight_->rto_at = retransmission_deadline(context);
  watch(context, timers);
}

void Sender::watch(Context& context, Timers& timers) {
  is_watch_owed_ = false;
  if (!has_outstanding()) {
    timers.disarm_loss(context);
    return;
  }
  if (!flight_) {
    timers.arm(Timer::retransmission, retransmission_deadline(context), context);
    return;
  }
  if (!timers.is_loss_watched() && flight_->rto_at <= context.now) {
    flight_->rto_at = retransmission_deadline(context);
  }
  const Instant rto_at = flight_->rto_at;
  if (flight_->look_at < rto_at) {
    timers.arm(Timer::reordering, flight_->look_at, context);
  } else if (may_probe_tail()) {
    timers.arm(Timer::tail_probe, earliest(tail_probe_deadline(context), rto_at), context);
  } else {
    timers.arm(Timer::retransmission, rto_at, context);
  }
}

// RFC 8985 7.2 (a), 7.3 (a): with SACK, while nothing is known to be missing, and one at a time.
bool Sender::may_probe_tail() const {
  return has_sack_ && phase_ == Phase::open && wnd_ > 0 && queue_.sacked() == 0 &&
         !queue_.has_lost() && !flight_->tail_probe.is_under_way();
}

Instant Sender::tail_probe_deadline(const Context& context) const {
  if (!rtt_.has_sample()) return later_by(context.now, first_tail_probe);
  const bool may_be_delayed = queue_.pieces_under_way() == 1;
  const Duration patience =
      2 * rtt_.srtt() + (may_be_delayed ? longest_delayed_ack : timer_allowance);
  return later_by(context.now, std::max(patience, shortest_tail_probe));
}

void Sender::rearm(Context& context, Timers& timers) {
  if (timers.is_loss_watched()) {
    const Instant patience = std::max(patience_ends(), context.now);
    if (flight_ && is_syn_acked_) {
      flight_->rto_at = earliest(flight_->rto_at, patience);
      // RFC 8985 7.2: what an application does meanwhile puts a probe off no further.
      const Instant probe_at = timers[Timer::tail_probe];
      watch(context, timers);
      if (timers.is_armed(Timer::tail_probe)) {
        timers.arm(Timer::tail_probe, earliest(timers[Timer::tail_probe], probe_at), context);
      }
    } else {
      timers.arm(Timer::retransmission, earliest(timers[Timer::retransmission], patience), context);
    }
  }
  if (timers.is_armed(Timer::persist)) {
    timers.arm(Timer::persist,
               std::max(earliest(timers[Timer::persist], patience_ends()), context.now), context);
  }
}

// RFC 8985 7.3 (b), (c): new text if any may go, else the newest once more; a whole time-out
// follows.
void Sender::on_tail_probe_time(Context& context, Timers& timers) {
  Flight& flight = *flight_;
  flight.is_tail_probe_owed = may_probe_tail();
  if (flight.is_tail_probe_owed && new_allowance().text_bytes == 0) {
    flight.is_tail_probe_owed = queue_.mark_tail_lost();
  }
  if (flight.is_tail_probe_owed) ++context.counters.tail_probes;
  flight.rto_at = retransmission_deadline(context);
  timers.arm(Timer::retransmission, flight.rto_at, context);
}

void Sender::on_reordering_time(Context& context, Timers& timers) {
  const Segment nothing;
  recover_or_grow(Feedback{nothing}, context);
  watch(context, timers);
}

}  // namespace acksu::tcp
