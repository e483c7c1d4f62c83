// SEGMENT ARRIVES (RFC 9293 3.10.7), one step a function, in the RFC's order: judge, then move,
// then act. Hardening (RFC 5961, RFC 7323 PAWS) judges only and never moves a state.
#include <algorithm>

#include "tcp/connection.h"

namespace acksu::tcp {
namespace {

// Whether the RFC lets this state take text and a FIN from the peer.
bool may_receive(State state) {
  return state == State::established || state == State::fin_wait_1 || state == State::fin_wait_2;
}

}  // namespace

Verdict Connection::on_segment(Segment& segment, Context& context) {
  bind(context);
  ++segments_in_;
  if (!segment.text.is_empty()) ++text_segments_in_;
  if (is_plain(segment, context)) [[likely]]
    return take_plain(segment, context);
  if (state_ == State::closed) return {Drop::tcp_no_connection, !segment.has(Flags::rst)};
  if (state_ == State::syn_sent) return arrive_in_syn_sent(segment, context);

  Verdict verdict;
  check_sequence(segment, context, verdict) && check_reset(segment, context, verdict) &&
      check_syn(segment, context, verdict) && take_ack(segment, context, verdict) &&
      take_text(segment, context, verdict);
  settle(context);
  return verdict;
}

// ---- SYN-SENT (3.10.7.3) ------------------------------------------------------------------------

Verdict Connection::arrive_in_syn_sent(Segment& segment, Context& context) {
  const bool has_ack = segment.has(Flags::ack);
  // RFC 9293 3.10.7.3 first: the only thing that can be acknowledged is our SYN, with its text.
  if (has_ack && !sender_.is_ack_of_syn(segment.ack)) {
    return {Drop::tcp_ack_of_unsent, !segment.has(Flags::rst)};
  }
  // RFC 9293 3.10.7.3 second, RFC 5961 3.2 (a): a reset counts only when it acknowledges our SYN.
  if (segment.has(Flags::rst)) {
    if (!has_ack) return {Drop::tcp_reset_out_of_window};
    ++context.counters.failed_opens;
    end(Event::reset_received, Error::connection_refused, context);
    return {};
  }
  // RFC 9293 3.10.7.3 fourth, fifth: the peer's SYN, or nothing.
  if (!segment.has(Flags::syn)) return {Drop::tcp_no_connection};
  // RFC 7323 3.2 (a): it echoes a time stamp of our SYN, or is the answer to another one.
  if (has_ack && echoes_nothing_of_ours(segment, context)) return {Drop::tcp_ack_of_unsent, true};
  // RFC 7323 2.2 (c): of SYNs only.
  Agreement agreement = agree(segment.options, context.settings, default_mss_of(tuple_));
  agreement.ecn = has_ack ? ecn_for_answer(segment, context.settings.ecn)
                          : ecn_for_crossing_syn(segment, context.settings.ecn);
  sender_.agree_on(agreement, context.settings);
  sender_.take_syn_window(segment);
  receiver_.agree_on(agreement, context.settings);
  receiver_.on_syn(segment.seq, receiver_.syn_window());
  receiver_.hear_syn(segment);
  if (agreement.timestamps) {
    receiver_.set_ts_recent(segment.options.timestamps.value, context.now);
  }
  if (!has_ack) {
    step(Event::syn_received, context);  // RFC 9293 MUST-10: simultaneous open
    is_handshake_owed_ = true;
    return {};  // text and FIN of that SYN come again
  }
  sender_.on_syn_acked(segment, context, timers_);
  step(Event::syn_ack_received, context);
  on_handshake_over(context);
  if (segment.options.user_timeout != 0) hear_user_timeout(segment, context);
  if (fast_open_ != FastOpenUse::none) hear_of_fast_open(segment, context);
  if (sender_.has_outstanding()) take_ack_of_syn_text(segment, context);
  owe_ack_of_syn_ack(context);
  is_handshake_owed_ = receiver_.has_accurate_ecn();  // RFC 9768 3.2.2.1: before any text
  Verdict verdict;
  take_text(segment, context, verdict);
  return verdict;
}

// Somebody waits to write: his text will take the ACK along.
void Connection::owe_ack_of_syn_ack(Context& context) {
  if (!is_write_blocked_) return receiver_.acks().owe();
  is_write_blocked_ = false;
  if (context.settings.talkers_delay_acks) receiver_.acks().set_quick(0);
  timers_.arm_if_idle(Timer::delayed_ack, later_by(context.now, context.settings.delayed_ack),
                      context);
}

bool Connection::echoes_nothing_of_ours(const Segment& syn_ack, const Context& context) const {
  const Timestamps& stamps = syn_ack.options.timestamps;
  const bool is_told = context.settings.timestamps && syn_ack.options.has_timestamps;
  if (!is_told || stamps.echo_reply == 0) return false;
  const std::uint32_t first = timestamp_at(sender_.last_progress(), timestamp_offset_);
  const std::uint32_t now = timestamp_at(context.now, timestamp_offset_);
  return stamps.echo_reply - first > now - first;
}

// ---- First: sequence number ---------------------------------------------------------------------

// RFC 9293 3.10.7.4 first.
bool Connection::check_sequence(Segment& segment, Context& context, Verdict& verdict) {
  if (!check_timestamp(segment, context, verdict)) return false;
  if (segment.has(Flags::rst)) {
    // RFC 5961 3.2 (1).
    if (receiver_.is_in_window(segment.seq)) return true;
    verdict.drop = Drop::tcp_reset_out_of_window;
    return false;
  }
  const bool takes_beyond = context.settings.takes_beyond_window;
  const bool fits = !takes_beyond || receiver_.stretch_window(segment);
  if (is_crossing_syn_ack(segment) || (fits && receiver_.is_acceptable(segment))) return true;
  answer_unacceptable(segment, context);
  const bool is_at_closed_window =
      receiver_.window() == 0 && segment.seq == receiver_.nxt() && !segment.has(Flags::syn);
  if (!is_at_closed_window) {
    verdict.drop = Drop::tcp_out_of_window;
    return false;
  }
  // RFC 9293 MUST-66: with a closed window ACKs and resets still count; the text does not.
  segment.text.clear();
  segment.flags.clear(Flags::fin);
  return true;
}

// RFC 9293 3.5 figure 8: after SYNs have crossed, each end's SYN+ACK repeats a SYN that the other
// has heard.
bool Connection::is_crossing_syn_ack(const Segment& segment) const {
  return !sender_.is_syn_acked() && segment.has(Flags::syn) && segment.has(Flags::ack) &&
         segment.seq == receiver_.irs() && sender_.is_ack_of_syn(segment.ack);
}

bool Connection::check_timestamp(const Segment& segment, Context& context, Verdict& verdict) {
  // RFC 7323 3.2 (f), 5.2 (b).
  if (!receiver_.has_timestamps() || segment.has(Flags::rst)) return true;
  if (!segment.options.has_timestamps) {
    // RFC 7323 3.2 (e). A SYN is let through to be challenged: it may come from a peer that has
    // restarted.
    if (segment.has(Flags::syn) || !context.settings.drops_unstamped) return true;
    verdict.drop = Drop::tcp_no_timestamp;
    return false;
  }
  // RFC 7323 5.3 (a), (b).
  if (!receiver_.is_old_by_timestamp(segment, context.now)) return true;
  answer_unacceptable(segment, context);
  verdict.drop = Drop::tcp_paws;
  return false;
}

// An ACK tells the peer where we are. Without text in it, it may be the answer to an ACK of ours:
// those are limited, or two ends that disagree would answer each other for ever. So are SYNs, that
// anybody may send.
void Connection::answer_unacceptable(const Segment& segment, Context& context) {
  if (is_repeated_syn(segment) || is_repeated_syn_ack(segment)) {
    hear_syn_again(segment, context);
  } else if (segment.length() == 0 || segment.has(Flags::syn)) {
    challenge(context);
  } else {
    receiver_.on_duplicate(segment);
    ++context.counters.duplicate_segments;
  }
}

// RFC 5961 section 7 (1), per connection: a shared counter would tell strangers about other
// connections (CVE-2016-5696).
void Connection::challenge(Context& context) {
  if (may_challenge(context)) receiver_.acks().owe();
}

bool Connection::may_challenge(Context& context) {
  if (context.now < next_challenge_) return false;
  next_challenge_ = later_by(context.now, context.settings.challenge_interval);
  ++context.counters.challenge_acks;
  return true;
}

// The peer has not heard what we answered.
void Connection::hear_syn_again(const Segment& segment, Context& context) {
  if (!is_repeated_syn(segment)) {  // RFC 9768 3.2.2.1: the same answer once more
    if (!may_challenge(context)) return;
  } else if (is_torn(receiver_.ecn_mode(), segment.flags)) {  // RFC 9768 3.1.5
    return end_with_reset(Event::abort, Error::connection_aborted, context);
  } else if (asked_by(segment.flags) == EcnMode::none) {
    sender_.stop_marking();
  }
  receiver_.hear_syn(segment);
  is_handshake_owed_ = true;
}

// ---- Second: RST --------------------------------------------------------------------------------

bool Connection::check_reset(const Segment& segment, Context& context, Verdict& verdict) {
  if (!segment.has(Flags::rst)) return true;
  // RFC 9293 3.10.7.4 second, SHLD-2, RFC 5961 3.2 (2): whatever text it has.
  if (segment.seq != receiver_.nxt()) {
    challenge(context);  // RFC 5961 3.2 (3)
    verdict.drop = Drop::tcp_reset_challenged;
    return false;
  }
  ++context.counters.resets_in;
  // RFC 9293 MUST-11: an active open. Passive ones are half-open records until their SYN is
  // acknowledged.
  const bool is_opening = state_ == State::syn_received;
  if (is_opening) ++context.counters.failed_opens;
  // Whoever was let in by a cookie (RFC 7413) was an application's at once, and refused nobody.
  const bool is_refused = is_opening && !is_opened_fast();
  end(Event::reset_received, is_refused ? Error::connection_refused : Error::connection_reset,
      context);
  return false;
}

// ---- Fourth: SYN (third, security, is not supported) --------------------------------------------

bool Connection::check_syn(const Segment& segment, Context& context, Verdict& verdict) {
  if (!segment.has(Flags::syn) || is_crossing_syn_ack(segment)) return true;
  challenge(context);  // RFC 9293 3.10.7.4 fourth, RFC 5961 4.2
  verdict.drop = Drop::tcp_syn_challenged;
  return false;
}

// ---- Fifth: ACK ---------------------------------------------------------------------------------

// RFC 9293 3.10.7.4 fifth.
bool Connection::take_ack(const Segment& segment, Context& context, Verdict& verdict) {
  if (!segment.has(Flags::ack)) {
    verdict.drop = Drop::tcp_no_ack;
    return false;
  }
  if (!sender_.is_syn_acked() && !take_ack_of_syn(segment, context, verdict)) return false;
  return check_ack(segment, context, verdict) && hear_ack(segment, context);
}

// Only now it is believed to be from the peer. False: that was all.
bool Connection::hear_ack(const Segment& segment, Context& context) {
  last_heard_ = context.now;
  keepalives_unanswered_ = 0;
  receiver_.take_timestamp(segment, context.now);
  if (segment.options.user_timeout != 0) [[unlikely]]
    hear_user_timeout(segment, context);

  const AckReport report = sender_.on_ack(segment, context, timers_);
  if (report.is_lie) [[unlikely]] {
    end_with_reset(Event::abort, Error::connection_aborted, context);
    return false;
  }
  bytes_acked_ += report.acked_bytes;
  // RFC 9293 MUST-37, SHLD-17: who answers with a closed window lives.
  if (sender_.window() == 0 && !is_orphan_) sender_.on_sign_of_life(context.now);
  if (report.is_fin_acked) on_fin_acked(context);
  if (report.acked_bytes > 0 && sender_.is_all_acked()) tell_news(News::all_acked);
  tell_room(context);
  return state_ != State::closed && state_ != State::time_wait;
}

// SYN-RECEIVED, or FIN-WAIT-1 when the application closed before the handshake ended.
bool Connection::take_ack_of_syn(const Segment& segment, Context& context, Verdict& verdict) {
  if (!sender_.is_ack_of_syn(segment.ack)) {
    verdict = {Drop::tcp_ack_of_unsent, true};
    return false;
  }
  sender_.on_syn_acked(segment, context, timers_);
  if (sender_.has_outstanding()) sender_.settle_syn_text(segment, context, timers_);
  is_handshake_owed_ = false;
  // The SYN+ACK of ours that crossed this one may be lost: another ACK does no harm.
  if (segment.has(Flags::syn)) receiver_.on_syn_again(segment);
  if (state_ == State::syn_received) step(Event::syn_acked, context);
  on_handshake_over(context);
  return true;
}

void Connection::on_handshake_over(Context& context) {
  last_heard_ = context.now;
  is_timeout_owed_ = context.settings.tells_user_timeout;
  renew_patience(context.settings);
  arm_keepalive(context);
  tell_news(News::connected | News::writable);
}

//   una - largest window          una            nxt
//   ---------|---------------------|--------------|------
//   too old  |   old, but honest   |     news     | never sent
bool Connection::check_ack(const Segment& segment, Context& context, Verdict& verdict) {
  if (is_after(segment.ack, sender_.nxt())) {
    if (context.settings.answers_unsent_acks) challenge(context);
    verdict.drop = Drop::tcp_ack_of_unsent;
    return false;
  }
  // RFC 5961 5.2. What is older than our SYN was never sent either.
  const std::uint64_t sent_ever = bytes_acked_;
  const auto oldest =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(sender_.largest_window(), sent_ever));
  // RFC 9293 MAY-12.
  if (is_before(segment.ack, sender_.una() - oldest)) {
    challenge(context);
    verdict.drop = Drop::tcp_ack_too_old;
    return false;
  }
  return true;
}

void Connection::on_fin_acked(Context& context) {
  step(Event::fin_acked, context);
  if (state_ == State::closed) {
    end(Event::fin_acked, Error::none, context);
  } else if (state_ == State::fin_wait_2 && is_orphan_) {
    await_fin(context);
  }
}

// ---- Sixth: URG. Seventh: text. Eighth: FIN -----------------------------------------------------

// RFC 9293 3.10.7.4 seventh.
bool Connection::take_text(Segment& segment, Context& context, Verdict& verdict) {
  if (!may_receive(state_)) return true;
  if (segment.has(Flags::urg)) [[unlikely]]
    take_urgent(segment);
  const Seq end_of_text = segment.seq + segment.text.size();
  if (is_orphan_ && is_after(end_of_text, receiver_.nxt()) && !segment.text.is_empty()) {
    // RFC 9293 SHLD-3: nobody will read it, and the peer must know.
    verdict.drop = Drop::tcp_text_after_close;
    end_with_reset(Event::abort, Error::connection_aborted, context);
    return false;
  }
  if (segment.length() > 0) {
    const Seq before = receiver_.nxt();
    const bool is_due = receiver_.take_marks(segment, context);
    verdict.drop = receiver_.take_text(segment, context, timers_);
    // RFC 5681 4.2 (c): what is early has one of its own.
    if (is_due && !receiver_.acks().is_owed()) receiver_.acks().owe();
    const std::uint32_t received = bytes_between(before, receiver_.nxt());
    bytes_received_ += received;
    if (received > 0) tell_news(News::readable);
  } else if (segment.ecn == Ecn::congestion_experienced || segment.options.acc_ecn.is_given())
      [[unlikely]] {
    // RFC 9768 3.2: packets without text count, too.
    if (receiver_.take_marks(segment, context)) receiver_.acks().owe();
  }
  take_fin(context);
  return true;
}

// RFC 9293 3.10.7.4 eighth.
void Connection::take_fin(Context& context) {
  const bool may_wait = context.settings.delays_ack_of_fin && state_ == State::established &&
                        receiver_.may_ack_of_fin_wait();
  if (!receiver_.take_fin(may_wait)) return;
  if (may_wait) {
    timers_.arm_if_idle(Timer::delayed_ack, later_by(context.now, context.settings.delayed_ack),
                        context);
  }
  step(Event::fin_received, context);
  tell_news(News::ended | News::readable);
}

}  // namespace acksu::tcp
