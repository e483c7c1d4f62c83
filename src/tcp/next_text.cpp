// What the sender puts into the next segment: lost text first, then new text as far as the peer's
// window, the congestion window, Nagle and the fear of silly windows let it (RFC
// 9293 3.7.4, 3.8.6.2.1).
#include <algorithm>
#include <utility>

#include "tcp/sender.h"

namespace acksu::tcp {

bool Sender::next_text(Segment& segment, Context& context, Timers& timers) {
  if (is_plain_next(context.settings, timers)) {
    next_plain(segment, context, timers);
    return true;
  }
  if (!is_syn_acked_) return next_early(segment, context, timers);
  const bool had_outstanding = has_outstanding();
  const bool is_again = is_repair_next();
  const bool is_first_repair = is_again && must_retransmit_;
  if (!(is_again ? next_lost(segment, context, timers) : next_new(segment, context, timers))) {
    if (has_unsent()) note_wait(context);
    if (flight_) {
      remember_use();
      flight_->is_tail_probe_owed = false;
    }
    if (is_watch_owed_) watch(context, timers);
    return false;
  }
  if (!is_again) mark_new_text(segment);
  note_sent(segment, is_again, context);
  const bool is_last = segment.end() == nxt() && queue_.unsent_text() == 0;
  if (is_like_linux(context.settings)) [[unlikely]]
    push_like_linux(segment, is_again, is_last);
  // RFC 9293 MUST-61, SHLD-27: one push for all that is queued.
  else if (is_last && !segment.text.is_empty())
    segment.flags.set(Flags::psh);
  is_more_over_ = false;
  if (!had_outstanding) last_progress_ = context.now;
  if (wnd_ > 0) last_sent_ = context.now;  // into a closed window it is a probe
  // RFC 6675 section 6: what is sent again has a whole time-out before it.
  // RFC 6298 5.1.
  const bool is_watch_due = is_first_repair || !timers.is_loss_watched();
  if (is_watch_due) restart_watch(context, timers);
  is_watch_owed_ = !is_watch_due;
  if (!may_speak()) {
    limited_by_ = LimitedBy::nothing_to_send;
    if (flight_) remember_use();
    if (is_watch_owed_) watch(context, timers);
  }
  return true;
}

// What a device is to split ends with a push, and what ends a write, unless more is to follow; so
// does what goes again.
void Sender::push_like_linux(Segment& segment, bool is_again, bool is_last) {
  if (is_again || segment.text.is_empty()) return;
  const bool ends_write = is_last && (!policy_.more_follows || is_more_over_);
  if (!ends_write && segment.text.size() <= mss_) return;
  segment.flags.set(Flags::psh);
  if (ends_write) queue_.push_last();
}

// RFC 6675 5 (b): lost text goes first; but new text finds out whether a time-out was in vain (RFC
// 5682), as long as anything can answer it.
bool Sender::is_repair_next() {
  if (!queue_.has_lost()) return false;
  if (!flight_ || flight_->frto != Frto::probing || must_retransmit_) return true;
  if (new_allowance().text_bytes > 0) return false;
  if (queue_.pipe() > 0) return false;
  flight_->frto = Frto::off;
  return true;
}

void Sender::note_sent(const Segment& segment, bool is_again, Context& context) {
  if (!flight_) {
    if (segment.text.is_empty()) return;
    begin_flight(context);
  }
  Flight& flight = *flight_;
  flight.times.become(SendWait::acks, context.now);
  flight.pacer.on_sent(segment.length());
  if (flight.log) {
    flight.log->on_sent(segment.length(), pipe(), context.now, context.pool);
  }
  if (phase_ == Phase::fast_recovery) flight.prr.on_sent(segment.length());
  if (is_again) {
    flight.again_segments += (segment.length() + mss_ - 1) / mss_;
    flight.again_bytes += segment.length();
    flight.undo.on_sent_again(segment, timestamp_at(context.now, context.timestamp_offset));
  }
  if (std::exchange(flight.is_tail_probe_owed, false)) flight.tail_probe.on_sent(nxt(), is_again);
}

// ---- Lost text ----------------------------------------------------------------------------------

bool Sender::next_lost(Segment& segment, Context& context, Timers& timers) {
  const bool is_tail_probe = flight_ && flight_->is_tail_probe_owed;
  const bool is_first = std::exchange(must_retransmit_, false) || is_tail_probe;
  if (!is_first && pipe() + mss_ > congestion_.cwnd) {
    limited_by_ = LimitedBy::congestion_window;
    return false;
  }
  if (!is_first && is_beyond_window()) {
    limited_by_ = LimitedBy::peer_window;
    return false;
  }
  if (!is_first && must_keep_pace(context, timers)) return false;
  const bool is_counted =
      flight_ && flight_->validation.is_repairing() && queue_.was_first_lost_sent_once();
  queue_.take_lost({mss_, true}, context, segment);
  if (is_counted) flight_->validation.on_repaired(segment.length());
  if (path_probe_) path_probe_->on_sent_again(segment.seq, segment.end());
  if (flight_) flight_->held_back.on_sent(segment.seq, segment.end());
  ++context.counters.retransmitted_segments;
  if (context.is_observed()) {
    context.observer->on_retransmission(context.now, *context.tuple,
                                        is_tail_probe ? "tail loss probe" : phase_name());
  }
  return true;
}

// ---- New text -----------------------------------------------------------------------------------

bool Sender::next_new(Segment& segment, Context& context, Timers& timers) {
  if (!has_unsent()) {
    limited_by_ = LimitedBy::nothing_to_send;
    return false;
  }
  if (!flight_ && queue_.is_fin_alone() && is_syn_acked_)
    return next_lone_fin(segment, context, timers);
  if (window_room() > 0) restart_after_idle(context);  // else nothing begins again yet
  if (flight_) pace_unvalidated(context);
  if (path_probe_ && next_path_probe(segment, context)) return true;
  Allowance allowance = new_allowance();
  if (is_like_linux(context.settings)) [[unlikely]]
    bound_split(allowance, context.settings);
  if (allowance.text_bytes == 0 && !allowance.fin) {
    wait_for_room(context, timers);
    return false;
  }
  if (allowance.text_bytes > 0 && must_keep_pace(context, timers)) return false;
  const bool holds_back = flight_ && is_time_to_hold_back(allowance.text_bytes, context);
  if (holds_back) allowance = {mss_, false};
  queue_.take_unsent(allowance, context, segment);
  if (holds_back) [[unlikely]] {
    hold_back(segment, context);
    return next_new(segment, context, timers);
  }
  // What had gone with our SYN is no small piece of what is written now.
  const bool was_with_syn = is_syn_text_back_;
  is_syn_text_back_ = false;
  const bool is_small = segment.text.size() % mss_ != 0 && !was_with_syn;
  if (is_small) small_end_ = segment.seq + segment.text.size();
  is_probe_owed_ = false;
  is_cork_over_ = false;
  timers.disarm(Timer::persist, context);
  timers.disarm(Timer::cork, context);
  return true;
}

// A FIN of who has sent no text needs room in the peer's window, and nothing else.
bool Sender::next_lone_fin(Segment& segment, Context& context, Timers& timers) {
  if (window_room() == 0) {
    limited_by_ = LimitedBy::peer_window;
    wait_for_room(context, timers);
    return false;
  }
  queue_.take_fin(segment);
  is_probe_owed_ = false;
  is_cork_over_ = false;
  timers.disarm(Timer::persist, context);
  timers.disarm(Timer::cork, context);
  return true;
}

// Whoever waits has a timer: with text outstanding the retransmission timer runs, else one of
// these.
void Sender::wait_for_room(Context& context, Timers& timers) {
  if (limited_by_ == LimitedBy::peer_window && !has_outstanding() &&
      !timers.is_armed(Timer::persist)) {
    last_progress_ = context.now;
    // RFC 9293 SHLD-29: the first probe after one time-out. A small window is filled after 0.1 to 1
    // s (3.8.6.2.1 (4)).
    Instant deadline = retransmission_deadline(context);
    if (wnd_ > 0) deadline = earliest(deadline, context.now + 1s);
    timers.arm(Timer::persist, deadline, context);
  }
  if (limited_by_ == LimitedBy::cork) {
    timers.arm_if_idle(Timer::cork, later_by(context.now, context.settings.cork_limit), context);
  }
}

// Some of what was written may not go now.
void Sender::note_wait(const Context& context) {
  const bool is_peer = limited_by_ == LimitedBy::peer_window;
  if (is_peer && !flight_ && queue_.unsent_text() > 0) begin_flight(context);
  if (flight_) flight_->times.become(is_peer ? SendWait::window : SendWait::acks, context.now);
}

Allowance Sender::new_allowance() {
  const std::uint32_t unsent = queue_.unsent_text();
  const std::uint32_t by_window = window_room();
  std::uint32_t by_congestion = congestion_.cwnd > pipe() ? congestion_.cwnd - pipe() : 0;
  if (flight_ && flight_->is_tail_probe_owed) by_congestion = std::max(by_congestion, mss_);
  const std::uint32_t most = queue_.record_room(largest_text());
  // RFC 5681 3 (a).
  const std::uint32_t length = std::min({most, by_window, by_congestion});

  limited_by_ = by_window <= by_congestion ? LimitedBy::peer_window : LimitedBy::congestion_window;
  Allowance allowance;
  allowance.text_bytes = worth_sending(length, by_window);
  // A FIN needs room in the peer's window, but not in the congestion window.
  allowance.fin = queue_.has_fin() && allowance.text_bytes == unsent && by_window > unsent;
  if (unsent == 0 && !allowance.fin) limited_by_ = LimitedBy::peer_window;
  return allowance;
}

// Of `length` bytes that both windows allow, those that should go now (RFC 9293 3.8.6.2.1
// and 3.7.4).
// RFC 9293 MUST-38, SHLD-28: full segments, as long as that is not to wait for ever.
std::uint32_t Sender::worth_sending(std::uint32_t length, std::uint32_t window_room) {
  const std::uint32_t unsent = queue_.unsent_text();
  const std::uint32_t small = length % mss_;
  if (small == 0) return length;
  const std::uint32_t full = length - small;
  // Nothing can make it larger.
  if (length < unsent && queue_.record_room(length + 1) == length) return length;
  if (length == unsent) {
    if (!is_held_back()) return length;
    if (full == 0) limited_by_ = policy_.holds_back() ? LimitedBy::cork : LimitedBy::nagle;
    return full;
  }
  if (full > 0) return full;
  // Less than a segment because a window is small.
  const bool is_peer = window_room == length;
  if (is_peer && (length >= max_wnd_ / 2 || is_probe_owed_)) return length;
  if (!is_peer && pipe() == 0) return length;
  return 0;
}

// Whether the last small piece of what was written has to wait. The Nagle rule as Minshall refined
// it: only for the ACK of another small piece, so that a large write's tail is not held up by a
// delayed ACK.
// RFC 9293 SHLD-7, MAY-16.
bool Sender::is_held_back() const {
  if (queue_.has_fin() || policy_.is_urgent) return false;
  if (policy_.holds_back()) return !is_cork_over_;
  return !policy_.nodelay && has_outstanding() && is_after(small_end_, una());
}

// RFC 9293 MUST-34, SHLD-15, RFC 7323 2.4 (3): beyond a window that has shrunk nothing new is sent.
// It holds text: a SYN that is not acknowledged yet takes no room in it.
std::uint32_t Sender::window_room() const {
  const std::int32_t room = (queue_.una() + wnd_) - nxt();  // negative after the peer shrank it
  return room > 0 ? static_cast<std::uint32_t>(room) : 0;
}

// RFC 9293 SHLD-16, MAY-7, RFC 7323 2.4 (4), (5): what a shrunk window no longer holds has to wait,
// but a window that was only rounded down is no reason to.
bool Sender::is_beyond_window() const {
  return is_at_or_after(queue_.first_lost(), una() + wnd_ + (window_unit() - 1));
}

std::uint32_t Sender::largest_text() const {
  if (policy_.is_urgent) return mss_;  // what is split further on has one pointer for all
  std::uint32_t most = max_split_bytes_;
  if (flight_ && flight_->pacer.is_on()) most = std::min(most, flight_->pacer.quantum());
  return most > mss_ ? most - most % mss_ : mss_;
}

// Pacing lets out twice the window in a round trip in slow start, 1.2 times of it after.
void Sender::bound_split(Allowance& allowance, const Settings& settings) const {
  const Duration round_trip = std::max<Duration>(rtt_.srtt(), 1us);
  const std::uint64_t gain_tenths = congestion_.is_in_slow_start() ? 20 : 12;
  const auto milliseconds = static_cast<std::uint64_t>(Duration{1024us} * 1024 / round_trip);
  const std::uint64_t paced = congestion_.cwnd * gain_tenths * milliseconds / 10 >> 10;
  const std::uint64_t least = std::uint64_t{settings.least_split_segments} * mss_;
  const std::uint64_t half = congestion_.cwnd / 2 / mss_ * mss_;
  const std::uint64_t most =
      std::max<std::uint64_t>(mss_, std::min(std::max(paced / mss_ * mss_, least), half));
  if (allowance.text_bytes <= most) return;
  allowance.text_bytes = static_cast<std::uint32_t>(most);
  allowance.fin = false;
}

// After a silence the window says nothing about the path any more.
void Sender::restart_after_idle(const Context& context) {
  if (has_outstanding()) return;
  if (congestion_.is_model_based()) {
    if (!flight_ || !flight_->log->is_application_limited()) return;
    congestion_.control().on_restart(congestion_, context.now);
    set_pace(context.settings);
    return;
  }
  if (validates_window(context.settings)) {
    if (flight_ && flight_->validation.may_have_idled(context.now)) resume(context);
    return;
  }
  if (context.settings.non_validated_period == forever) return;
  // RFC 5681 4.1: longer than the time-out.
  if (context.now - last_sent_ <= rtt_.rto(context.settings)) return;
  const std::uint32_t restart = context.settings.initial_window_segments * mss_;
  congestion_.cwnd = std::min(congestion_.cwnd, std::max(restart, mss_));
}

// RFC 5681 3.1 and Linux's practice: a window that was not used must not grow. RFC 7661 4.4 (b):
// nor does it in the non-validated phase unless it limits us.
void Sender::remember_use() {
  const std::uint32_t used = pipe();
  flight_->validation.note_flight(used);
  if (flight_->log && limited_by_ == LimitedBy::nothing_to_send && used < congestion_.cwnd) {
    flight_->log->mark_application_limited(used);
  }
  const bool may_double = congestion_.is_in_slow_start() && is_validated();
  is_window_used_ = limited_by_ == LimitedBy::congestion_window ||
                    (may_double ? 2 * used >= congestion_.cwnd : used + mss_ > congestion_.cwnd);
}

// ---- Probes -------------------------------------------------------------------------------------

// RFC 9293 3.8.6.1. The probe repeats the octet before the window without its text: it cannot be
// accepted, so it is answered with the window, and nothing new stands outside of the peer's window.
bool Sender::take_probe(Segment& segment, const Context& context) {
  if (!is_probe_owed_) return false;
  is_probe_owed_ = false;
  segment.seq = una() - 1;
  if (context.is_observed()) {
    context.observer->on_retransmission(context.now, *context.tuple, "window probe");
  }
  return true;
}

}  // namespace acksu::tcp
