// What becomes of a connection by time alone: each timer that is due, and when to give up.
#include <algorithm>

#include "tcp/connection.h"

namespace acksu::tcp {

Instant Connection::deadline() const { return timers_.earliest_deadline(); }

void Connection::on_time(Context& context) {
  bind(context);
  if (timers_.take_due(Timer::delayed_ack, context)) receiver_.acks().on_delayed_ack_time();
  if (timers_.take_due(Timer::cork, context)) sender_.on_cork_time();
  timers_.take_due(Timer::pacing, context);  // what waited for it is asked for next
  if (timers_.take_due(Timer::retransmission, context)) on_retransmission_time(context);
  if (timers_.take_due(Timer::tail_probe, context)) {
    error_ = Error::none;  // what ICMP has said was about an earlier silence, or comes again
    sender_.on_tail_probe_time(context, timers_);
  }
  if (timers_.take_due(Timer::reordering, context)) sender_.on_reordering_time(context, timers_);
  if (timers_.take_due(Timer::persist, context)) {
    if (sender_.is_out_of_patience(context.now)) {
      end_with_reset(Event::time_out, Error::timed_out, context);
    } else {
      sender_.on_persist_time(context, timers_);
      // A probe stands before the window, where the peer looks at no pointer.
      if (sender_.policy().is_urgent) receiver_.acks().owe();
    }
  }
  if (timers_.take_due(Timer::keepalive, context)) on_keepalive_time(context);
  if (timers_.take_due(Timer::user_timeout, context)) {
    // FIN-WAIT-2 of an orphan, or linger: the peer has nothing more to say that anybody would hear.
    end_with_reset(Event::time_out, Error::timed_out, context);
  }
}

void Connection::on_retransmission_time(Context& context) {
  if (sender_.is_out_of_patience(context.now)) {  // RFC 9293 3.10.8 (a), MUST-20, MUST-22
    if (!sender_.is_syn_acked()) ++context.counters.failed_opens;
    end_with_reset(Event::time_out, Error::timed_out, context);
    return;
  }
  if (!sender_.is_syn_acked()) {
    if (is_fast_open_over(context.settings)) {
      ++context.counters.failed_opens;
      end(Event::time_out, Error::timed_out, context);
      return;
    }
    is_handshake_owed_ = true;
    const std::uint32_t doubted_at = context.settings.fast_open_doubts_late ? 1 : 0;
    if (retransmissions_ == doubted_at) doubt_fast_open(context);
  }
  if (sender_.transmissions_of_oldest() == 1) error_ = Error::none;
  // RFC 9293 MUST-20 (b) and SHLD-9: R1. The owner asks whether its neighbour is still there.
  if (sender_.transmissions_of_oldest() == context.settings.r1_retransmissions + 1) {
    tell_news(News::in_doubt);
  }
  ++retransmissions_;
  // RFC 9293 3.10.8 (b).
  sender_.on_retransmission_time(context, timers_);
}

// RFC 9293 MUST-27.
Duration Connection::keepalive_idle(const Settings& settings) const {
  return extras_->options.keepalive_idle.value_or(settings.keepalive_idle);
}

void Connection::arm_keepalive(Context& context) {
  // RFC 9293 MAY-5, MUST-24, MUST-25: off unless the application asks for it.
  if (!extras_ || !extras_->options.keepalive || is_orphan_) return;
  if (state_ != State::established && state_ != State::close_wait && state_ != State::fin_wait_2) {
    return;
  }
  const Instant due = later_by(last_heard_, keepalive_idle(context.settings));
  timers_.arm_if_idle(Timer::keepalive, std::max(due, context.now), context);
}

void Connection::on_keepalive_time(Context& context) {
  const Settings& settings = context.settings;
  const Duration interval =
      extras_->options.keepalive_interval.value_or(settings.keepalive_interval);
  const std::uint32_t limit = extras_->options.keepalive_probes.value_or(settings.keepalive_probes);
  const bool is_idle = !sender_.has_outstanding() && !sender_.has_unsent();  // MUST-26
  const Instant due = later_by(last_heard_, keepalive_idle(settings));
  if (!is_idle || due > context.now) {
    timers_.arm(Timer::keepalive,
                due > context.now ? due : later_by(context.now, keepalive_idle(settings)), context);
    return;
  }
  if (keepalives_unanswered_ >= limit) {  // MUST-29: not at the first
    end_with_reset(Event::time_out, Error::timed_out, context);
    return;
  }
  ++keepalives_unanswered_;
  ++context.counters.keepalive_probes;
  is_keepalive_owed_ = true;
  timers_.arm(Timer::keepalive, later_by(context.now, interval), context);
}

}  // namespace acksu::tcp
