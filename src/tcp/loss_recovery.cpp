// How the sender finds losses and what it does about them: RACK (RFC 8985) with SACK, duplicate
// ACKs without; fast recovery at a proportional rate (RFC 9937); the time-out (RFC 6298 5.4
// to 5.7).
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

// RFC 6675 4 (b).
std::uint32_t Sender::pipe() const {
  const std::uint32_t pipe = queue_.pipe();
  return pipe > duplicate_bytes_ ? pipe - duplicate_bytes_ : 0;
}

void Sender::recover_or_grow(const Feedback& feedback, Context& context) {
  if (flight_) {
    hear_of_transmissions(feedback, context);
    if (is_reduction_refuted(feedback)) undo_reduction(context);
  }
  const std::uint32_t lost_before = queue_.lost();
  leave_recovery(feedback, context);
  const bool is_loss_found = detect_loss(feedback.delivered, context);
  if (congestion_.is_model_based()) {
    follow_model(feedback, queue_.lost() - lost_before, context);
  } else if (phase_ == Phase::fast_recovery) {
    reduce_by_prr(feedback, is_loss_found, context);
  } else if (feedback.is_progress() || feedback.newly_sacked > 0) {
    grow(feedback, context);  // what SACK reports lets nothing grow, but says when it arrived
  }
  if (flight_) set_pace(context.settings);
}

// ---- Ends ---------------------------------------------------------------------------------------

void Sender::leave_recovery(const Feedback& feedback, Context& context) {
  if (flight_) doubt_time_out(feedback);
  if (!feedback.is_progress()) return;
  // RFC 6582 3.2 (3).
  const bool is_recovered = is_at_or_after(una(), recover_);
  if (phase_ == Phase::fast_recovery && is_recovered) {
    end_fast_recovery(context);
  } else if (phase_ == Phase::fast_recovery) {
    // A partial ACK: what is oldest now was sent before the recovery began, and is lost too (RFC
    // 6582 3.2 step 3). With SACK it is found like any other.
    if (has_sack_ || queue_.was_front_repaired()) return;
    if (queue_.mark_front_lost()) must_retransmit_ = true;
  } else if (is_recovered) {
    if (phase_ == Phase::time_out) {
      if (flight_) flight_->on_recovery_over(nxt());
      validate_anew(context);
      congestion_.control().on_recovery_over(congestion_);
    }
    phase_ = Phase::open;
    duplicate_bytes_ = 0;
    follow_una();
  }
  if (flight_) flight_->undo.on_progress(una());
}

void Sender::end_fast_recovery(Context& context) {
  phase_ = Phase::open;
  duplicate_bytes_ = 0;
  must_retransmit_ = false;
  flight_->on_recovery_over(nxt());
  if (congestion_.is_model_based()) {
    congestion_.control().on_recovery_over(congestion_);
    return;
  }
  if (flight_->validation.is_repairing()) {
    congestion_.ssthresh = flight_->validation.window_after_repair(mss_);
  }
  validate_anew(context);
  // RFC 9937: with SACK what is under way is close to it. A lost probe of the path's MTU leaves it
  // as it was, perhaps infinite.
  if (congestion_.ssthresh != no_ssthresh) congestion_.cwnd = congestion_.ssthresh;
  if (!has_sack_) {
    // RFC 6582 3.2 (3), RFC 5681 3.2 (e), first form: no burst when little is outstanding.
    const std::uint32_t flight = std::max(queue_.outstanding(), mss_);
    congestion_.cwnd = std::min(congestion_.ssthresh, flight + mss_);
  }
  tell_congestion(context);
}

// ---- Losses -------------------------------------------------------------------------------------

// RFC 6675 5 (a), 5.1: none begins while another goes on.
bool Sender::detect_loss(std::uint32_t delivered, Context& context) {
  const bool is_found = has_sack_ ? find_lost_by_rack(context) : find_lost_by_duplicates();
  if (!is_found || phase_ != Phase::open) return is_found;
  if (take_held_back_loss()) return true;
  if (!path_probe_ || !take_path_probe_loss(delivered, context)) {
    enter_fast_recovery(delivered, context);
  }
  return true;
}

RackView Sender::rack_view() const {
  return {queue_.sacked_pieces(), phase_ != Phase::open, rtt_.srtt()};
}

// RFC 6675 4 (a), by way of RACK.
bool Sender::find_lost_by_rack(Context& context) {
  if (!flight_ || !flight_->rack.has_latest()) return false;
  const std::uint32_t lost_before = queue_.lost();
  const Duration patience = flight_->rack.patience(rack_view());
  const std::optional<Instant> waiting =
      queue_.mark_lost_before(flight_->rack.latest(), context.now - patience);
  flight_->look_at = waiting ? later_by(*waiting, patience) : never;
  return queue_.lost() > lost_before;
}

void Sender::enter_fast_recovery(std::uint32_t delivered, Context& context) {
  begin_repair(delivered, context.settings);
  remember_window();
  // RFC 5681 3.2 (c): without what limited transmit has sent beyond the window. What SACK has just
  // reported counts twice, which comes to between FlightSize and the window. RFC 9438 4.6 lets it
  // be the window where that does not grow unused, and RFC 7661 sees to it.
  std::uint32_t in_flight = std::min(queue_.outstanding() + delivered, congestion_.cwnd);
  if (context.settings.reduces_whole_window) in_flight = congestion_.cwnd;
  if (flight_->is_reduced_for_marks && !congestion_.is_model_based()) {
    congestion_.ssthresh = congestion_.cwnd;  // RFC 3168 6.1.2: once a window, whatever the sign
  } else {
    if (!is_validated()) in_flight = reduce_to_use(queue_.outstanding(), context);
    congestion_.control().on_loss(congestion_, {context.now, mss_, in_flight});
    halve_use(in_flight);
  }
  ++context.counters.fast_retransmits;
}

void Sender::begin_repair(std::uint32_t delivered, const Settings& settings) {
  phase_ = Phase::fast_recovery;
  recover_ = nxt();
  must_retransmit_ = true;
  if (!flight_) make_flight(settings);  // of a FIN alone
  flight_->prr.begin(queue_.outstanding() - queue_.sacked() + delivered);
  if (has_sack_) return;
  queue_.forget_repairs();
  duplicate_bytes_ = std::min(std::uint32_t{duplicate_acks_} * mss_, queue_.outstanding());
}

void Sender::reduce_by_prr(const Feedback& feedback, bool is_loss_found, Context& context) {
  congestion_.cwnd = flight_->prr.window({.delivered = feedback.delivered,
                                          .pipe = pipe(),
                                          .ssthresh = congestion_.ssthresh,
                                          .mss = mss_,
                                          .is_safe = feedback.is_progress() && !is_loss_found});
  tell_congestion(context);
}

void Sender::grow(const Feedback& feedback, const Context& context) {
  if (feedback.is_progress()) validate_window(context);
  const AckSample sample = ack_sample(feedback, context);
  const std::uint32_t before = congestion_.cwnd;
  const bool is_slow_start = congestion_.is_in_slow_start();
  congestion_.control().on_ack(congestion_, sample);
  // RFC 7661 4.3: not beyond twice of what was under way.
  if (!sample.may_grow || !feedback.is_progress()) return;
  if (is_slow_start && !sample.is_after_time_out && flight_) {
    const std::uint32_t twice = 2 * flight_->validation.flight_size();
    // Linux asks that of the window before the ACK.
    const bool may_exceed = context.settings.grows_by_delivery && before < twice;
    if (!may_exceed) congestion_.cwnd = std::min(congestion_.cwnd, std::max(before, twice));
  }
  tell_congestion(context);
}

// ---- Time-outs ----------------------------------------------------------------------------------

void Sender::on_retransmission_time(Context& context, Timers& timers) {
  ++context.counters.retransmission_time_outs;
  const bool is_linear = !is_syn_acked_ && syn_transmissions_ <= context.settings.linear_syns;
  if (!is_linear) rtt_.back_off();   // RFC 6298 5.5
  must_retransmit_ = is_syn_acked_;  // RFC 6298 5.4, RFC 2018 5 (b)
  write_down_fin(context);
  if (flight_) flight_->on_time_out();
  if (is_syn_acked_ && wnd_ == 0) {
    // The peer closed a window in which text was under way: the oldest text is the probe (RFC 9293
    // MUST-35).
    if (probes_ < 16) ++probes_;
    if (queue_.is_front_sacked()) queue_.mark_all_lost();
    queue_.mark_front_lost();
  } else if (is_syn_acked_) {
    look_for_black_hole(context);
    if (phase_ != Phase::time_out) {
      if (phase_ == Phase::open) remember_window();
      if (flight_) flight_->frto = Frto::repeated;  // RFC 5682 3.1 (1)
      const std::uint32_t in_flight =
          context.settings.reduces_whole_window ? congestion_.cwnd : queue_.outstanding();
      congestion_.control().on_time_out(congestion_, {context.now, mss_, in_flight});
    }
    phase_ = Phase::time_out;
    recover_ = nxt();
    duplicate_acks_ = 0;
    duplicate_bytes_ = 0;
    mark_lost_on_time_out(context);
    congestion_.cwnd = mss_;  // RFC 5681 3.1 (h): the loss window
    if (congestion_.is_model_based()) congestion_.cwnd += pipe();
    tell_congestion(context);
  }
  if (is_syn_acked_) {
    // RFC 6298 5.6.
    restart_watch(context, timers);
  } else {
    timers.arm(Timer::retransmission, retransmission_deadline(context), context);
  }
}

// RFC 8985 6.3: the oldest, and what RACK would call lost; what was sent a moment ago is not.
void Sender::mark_lost_on_time_out(const Context& context) {
  const std::uint32_t lost_before = queue_.lost();
  if (!has_sack_ || !flight_ || !flight_->rack.has_latest() || queue_.is_front_sacked()) {
    queue_.mark_all_lost();
  } else {
    queue_.mark_front_lost();
    queue_.mark_lost_before({never, nxt()}, context.now - flight_->rack.patience(rack_view()));
  }
  if (queue_.lost() > lost_before && congestion_.is_model_based()) {
    tell_model_of_loss(queue_.lost() - lost_before, context);
  }
}

// ---- Looking ------------------------------------------------------------------------------------

const char* Sender::phase_name() const {
  if (phase_ == Phase::fast_recovery) return "fast recovery";
  if (phase_ == Phase::time_out) return "loss recovery";
  if (congestion_.is_model_based()) return congestion_.control().phase(congestion_);
  if (!is_validated()) return "non-validated";
  return congestion_.is_in_slow_start() ? "slow start" : "congestion avoidance";
}

void Sender::tell_congestion(const Context& context) const {
  if (!context.is_observed()) return;
  context.observer->on_congestion(context.now, *context.tuple,
                                  {congestion_.cwnd, congestion_.ssthresh, pipe(), phase_name()});
}

}  // namespace acksu::tcp
