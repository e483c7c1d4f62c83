// How the sender finds losses and what it does about them: fast retransmit and fast recovery (RFC
// 5681, RFC 6582), with SACK on the scoreboard of RFC 6675, and the time-out (RFC 6298 5.4 to 5.7).
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {
namespace {

constexpr std::uint8_t duplicate_threshold = 3;  // RFC 5681 3.2

}  // namespace

void Sender::on_duplicate_ack() {
  if (duplicate_acks_ < 0xff) ++duplicate_acks_;
  if (has_sack_) return;
  // Each says that one more segment behind the hole has arrived, and there are no more than were
  // under way when the repair began: a liar gets nothing for others (RFC 5681 3.2 step 4). Before
  // there is known to be a hole, two segments at most may follow from it (RFC 3042).
  const std::uint32_t under_way = is_after(recover_, una()) ? bytes_between(una(), recover_) : 0;
  const std::uint32_t most = phase_ == Phase::open ? 2 * mss_ : under_way;
  duplicate_bytes_ = std::min({duplicate_bytes_ + mss_, most, queue_.outstanding()});
}

std::uint32_t Sender::pipe() const {
  const std::uint32_t pipe = queue_.pipe();
  return pipe > duplicate_bytes_ ? pipe - duplicate_bytes_ : 0;
}

void Sender::detect_loss(Context& context) {
  bool is_found = has_sack_ && queue_.sacked() > 0 &&
                  queue_.mark_lost_behind((duplicate_threshold - 1u) * mss_ + 1);
  if (duplicate_acks_ >= duplicate_threshold && may_trust_duplicates()) {
    is_found |= queue_.mark_front_lost();
    if (is_found) phase_ = Phase::open;
  }
  if (!is_found || phase_ != Phase::open) return;
  if (path_probe_ && take_path_probe_loss(context)) return;
  enter_fast_recovery(context);
}

// Whether duplicate ACKs speak of a loss that is not yet being repaired. Without SACK, those of an
// ACK that covers no more than `recover` may come from what was sent again in vain (RFC 6582 3.2
// step 2); but then many segments had been acknowledged at once (4.1).
bool Sender::may_trust_duplicates() const {
  if (phase_ == Phase::fast_recovery) return false;
  if (has_sack_) return phase_ == Phase::open;
  if (is_after(una(), recover_)) return true;
  return congestion_.cwnd > mss_ && was_last_step_small_;
}

void Sender::enter_fast_recovery(Context& context) {
  phase_ = Phase::fast_recovery;
  recover_ = nxt();
  queue_.forget_repairs();
  must_retransmit_ = true;
  if (!has_sack_) duplicate_bytes_ = std::min(duplicate_threshold * mss_, queue_.outstanding());
  // RFC 5681 3.2 step 2: without what limited transmit has sent beyond the window.
  const std::uint32_t in_flight = std::min(queue_.outstanding(), congestion_.cwnd);
  congestion_.control().on_loss(congestion_, {context.now, mss_, in_flight});
  congestion_.cwnd = congestion_.ssthresh;
  ++context.counters.fast_retransmits;
  tell_congestion(context);
}

void Sender::recover_or_grow(const Acked& acked, Context& context) {
  duplicate_acks_ = 0;
  was_last_step_small_ = acked.bytes <= 4 * mss_;
  const std::uint32_t behind_hole = acked.bytes > mss_ ? acked.bytes - mss_ : 0;
  duplicate_bytes_ -= std::min(duplicate_bytes_, behind_hole);
  small_end_ = later(small_end_, una());
  const bool is_recovered = is_at_or_after(una(), recover_);
  if (phase_ == Phase::fast_recovery) {
    if (is_recovered) {
      end_fast_recovery(context);
    } else if (!queue_.was_front_repaired() && queue_.mark_front_lost()) {
      // A partial ACK: what is oldest now was sent before the recovery began, and is lost too (RFC
      // 6582 3.2 step 3).
      must_retransmit_ = true;
    }
    return;
  }
  const bool was_lost = phase_ == Phase::time_out;
  if (is_recovered) {
    phase_ = Phase::open;
    duplicate_bytes_ = 0;
    // On a circle the past must not fall behind by half of it.
    if (una() != recover_) recover_ = una() - 1;
  }
  grow(acked, was_lost, context);
}

void Sender::grow(const Acked& acked, bool is_after_time_out, const Context& context) {
  const AckSample sample{.now = context.now,
                         .mss = mss_,
                         .acked_bytes = acked.bytes,
                         .in_flight = pipe(),
                         .una = una(),
                         .nxt = nxt(),
                         .rtt = acked.rtt,
                         .srtt = rtt_.srtt(),
                         .is_after_time_out = is_after_time_out,
                         .may_grow = is_after_time_out || is_window_used_};
  congestion_.control().on_ack(congestion_, sample);
  if (sample.may_grow) tell_congestion(context);
}

void Sender::end_fast_recovery(Context& context) {
  phase_ = Phase::open;
  duplicate_bytes_ = 0;
  must_retransmit_ = false;
  // RFC 6582 3.2 step 3, first form: no burst when little is outstanding.
  const std::uint32_t flight = std::max(queue_.outstanding(), mss_);
  congestion_.cwnd = std::min(congestion_.ssthresh, flight + mss_);
  tell_congestion(context);
}

void Sender::on_retransmission_time(Context& context, Timers& timers) {
  ++context.counters.retransmission_time_outs;
  rtt_.back_off();  // RFC 6298 5.5
  must_retransmit_ = is_syn_acked_;
  if (is_syn_acked_ && wnd_ == 0) {
    // The peer closed a window in which text was under way: the oldest text is the probe (RFC 9293
    // MUST-35).
    if (probes_ < 16) ++probes_;
    if (queue_.is_front_sacked()) queue_.mark_all_lost();
    queue_.mark_front_lost();
  } else if (is_syn_acked_) {
    look_for_black_hole(context);
    if (phase_ != Phase::time_out) {
      congestion_.control().on_time_out(congestion_, {context.now, mss_, queue_.outstanding()});
    }
    congestion_.cwnd = mss_;  // RFC 5681 3.1: the loss window
    phase_ = Phase::time_out;
    recover_ = nxt();
    duplicate_acks_ = 0;
    duplicate_bytes_ = 0;
    queue_.mark_all_lost();
    tell_congestion(context);
  }
  timers.arm(Timer::retransmission, retransmission_deadline(context), context);
}

const char* Sender::phase_name() const {
  if (phase_ == Phase::fast_recovery) return "fast recovery";
  if (phase_ == Phase::time_out) return "loss recovery";
  return congestion_.is_in_slow_start() ? "slow start" : "congestion avoidance";
}

void Sender::tell_congestion(const Context& context) const {
  if (!context.is_observed()) return;
  context.observer->on_congestion(context.now, *context.tuple,
                                  {congestion_.cwnd, congestion_.ssthresh, pipe(), phase_name()});
}

}  // namespace acksu::tcp
