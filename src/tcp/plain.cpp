// Header prediction, as a sender has it (RFC 9293 3.10.7.4 fifth): one small text leaves while
// nothing is under way, and the ACK of it comes while it is the only one, sent once, and nothing is
// missing, doubted, probed or marked. Where texts are small and answer each other nearly all are.
// Each comes to what the general way comes to (`next_text`, `on_ack`), by the steps that are left
// of it.
#include <algorithm>

#include "tcp/sender.h"

namespace acksu::tcp {

// What both depend on, where there is a flight.
bool Sender::is_path_plain() const {
  return phase_ == Phase::open && has_sack_ && !has_ecn_ && wnd_ > 0 && !policy_.holds_back() &&
         !path_probe_ && !congestion_.is_model_based() && flight_->is_calm();
}

// ---- Hearing ------------------------------------------------------------------------------------

bool Sender::is_plain_ack(const Segment& segment) const {
  return segment.ack == nxt() && segment.options.sack.is_empty() && flight_ &&
         queue_.is_one_plain_sent() && is_path_plain();
}

AckReport Sender::take_plain_ack(const Segment& segment, Context& context, Timers& timers) {
  Feedback feedback{segment};
  take_window(segment);
  feedback.acked = queue_.take_plain_ack(context, feedback.delivery);
  feedback.delivered = feedback.acked.bytes;
  on_progress(feedback, context);
  ++delivered_segments_;
  Flight& flight = *flight_;
  flight.rack.on_delivery(feedback.delivery, context.now, false);
  flight.rack.on_progress(nxt());
  flight.undo.on_progress(nxt());
  follow_una();
  grow(feedback, context);
  set_pace(context.settings);
  is_watch_owed_ = false;
  timers.disarm_loss(context);
  return {feedback.acked.bytes, false};
}

// ---- Sending ------------------------------------------------------------------------------------

bool Sender::is_plain_next(const Settings& settings, const Timers& timers) const {
  if (!is_syn_acked_ || !flight_ || has_outstanding() || !queue_.is_one_plain_unsent())
    return false;
  const std::uint32_t room = std::min({mss_, wnd_, congestion_.cwnd});
  return queue_.unsent() <= room && is_path_plain() && !flight_->pacer.is_on() &&
         !flight_->is_tail_probe_owed && !is_syn_text_back_ && !timers.is_loss_watched() &&
         !is_like_linux(settings);
}

void Sender::next_plain(Segment& segment, Context& context, Timers& timers) {
  restart_after_idle(context);
  queue_.take_plain_unsent(context, segment);
  if (segment.text.size() != mss_) small_end_ = nxt();
  segment.flags.set(Flags::psh);  // RFC 9293 MUST-61
  is_probe_owed_ = is_cork_over_ = is_more_over_ = false;
  timers.disarm(Timer::persist, context);
  timers.disarm(Timer::cork, context);
  last_progress_ = last_sent_ = context.now;
  flight_->times.become(SendWait::acks, context.now);
  restart_watch(context, timers);
  limited_by_ = LimitedBy::nothing_to_send;
  remember_use();
}

}  // namespace acksu::tcp
