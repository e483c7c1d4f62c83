// Second thoughts: what an ACK tells about transmissions that were made in vain, and taking back a
// reduction of the congestion window when nothing was lost (RFC 3522, RFC 4015, RFC 5682).
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

void Sender::hear_of_transmissions(const Feedback& feedback, Context& context) {
  Flight& flight = *flight_;
  const Segment& segment = feedback.segment;
  const std::optional<Transmission>& again = feedback.delivery.latest_again();
  // RFC 7323 4.3: while a hole is open, what arrives behind it is answered with the time stamp of
  // what came before it, which says nothing.
  const bool is_echo_older =
      again && feedback.is_progress() && has_timestamps_ && segment.options.has_timestamps &&
      static_cast<std::int32_t>(segment.options.timestamps.echo_reply -
                                timestamp_at(again->at, context.timestamp_offset)) < 0;
  flight.rack.on_delivery(feedback.delivery, context.now, is_echo_older);
  flight.rack.on_progress(una());
  if (feedback.twice) flight.rack.on_duplicate_report(nxt());

  const bool is_bare = !feedback.is_progress() && feedback.newly_sacked == 0 &&
                       segment.length() == 0 && segment.ack == una();
  if (!flight.tail_probe.take_loss(segment.ack, feedback.twice.has_value(), is_bare)) return;
  // RFC 8985 7.4.2: a loss was repaired that no ACK told of; it was congestion all the same.
  ++context.counters.tail_probe_repairs;
  if (phase_ != Phase::open) return;
  const bool was_validated = is_validated();
  const std::uint32_t flight_size = was_validated ? congestion_.cwnd : queue_.outstanding();
  const std::uint32_t used = reduce_to_use(flight_size, context);
  congestion_.control().on_loss(congestion_, {context.now, mss_, used});
  halve_use(used);
  if (congestion_.is_model_based()) {
    tell_model_of_loss(mss_, context);
  } else {
    congestion_.cwnd = congestion_.ssthresh;
  }
  if (!was_validated) validate_anew(context);
  tell_congestion(context);
}

bool Sender::is_reduction_refuted(const Feedback& feedback) {
  Flight& flight = *flight_;
  if (feedback.twice && flight.undo.is_refuted_by(*feedback.twice)) return true;
  if (phase_ == Phase::open) return false;
  // RFC 5682: after the time-out text arrives that was not sent again. Without SACK that may be
  // what had arrived long before, unless new text was sent in between.
  if (feedback.delivery.is_loss_refuted() && flight.frto != Frto::off &&
      (has_sack_ || flight.frto == Frto::probing)) {
    return flight.undo.is_possible();
  }
  // RFC 3522 3.2.
  return feedback.is_progress() && has_timestamps_ && feedback.segment.options.has_timestamps &&
         flight.undo.is_refuted_by_echo(feedback.segment.options.timestamps.echo_reply, una());
}

// Before the first of those reductions that one undo takes back.
void Sender::remember_window() {
  if (!flight_) return;
  if (!flight_->undo.is_repairing()) congestion_.remember();
  flight_->undo.begin(una());
}

// RFC 4015 3.2.
void Sender::undo_reduction(Context& context) {
  congestion_.undo();
  // RFC 8985 6.2 (3) sees only what was never sent again; all that comes late would be.
  if (phase_ == Phase::fast_recovery) flight_->rack.on_reordering_seen();
  flight_->undo.forget();
  flight_->frto = Frto::off;
  phase_ = Phase::open;
  must_retransmit_ = false;
  duplicate_acks_ = 0;
  duplicate_bytes_ = 0;
  queue_.forget_losses();
  rtt_.forget_back_off();
  validate_anew(context);
  ++context.counters.reductions_undone;
  tell_congestion(context);
}

// RFC 5682 2.1, 3.1 (2), (3) for SACK: whether the time-out was in vain is found out by new
// text instead of more of the old. A duplicate says that it was not.
void Sender::doubt_time_out(const Feedback& feedback) {
  Flight& flight = *flight_;
  if (flight.frto == Frto::off) return;
  const bool may_send_new = queue_.unsent_text() > 0 && window_room() > 0;
  // With SACK a receiver without room for text out of order repeats its ACK without a block.
  const bool is_repeated = has_sack_ && flight.frto == Frto::probing && !feedback.is_progress() &&
                           feedback.segment.has(Flags::ack);
  if (feedback.is_duplicate || is_repeated || feedback.newly_sacked > 0) {
    flight.frto = Frto::off;
    // RFC 5682 2.1: beside the new text there is room for one repair.
    if (is_repeated) congestion_.cwnd = std::max(congestion_.cwnd, 3 * mss_);
  } else if (feedback.is_progress()) {
    flight.frto = flight.frto == Frto::repeated && may_send_new ? Frto::probing : Frto::off;
  }
}

}  // namespace acksu::tcp
