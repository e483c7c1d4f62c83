// The one way out of a connection: RST, SYN, text and FIN, a pure ACK, probes, in this order.
#include <algorithm>

#include "tcp/connection.h"
#include "tcp/user_timeout.h"

namespace acksu::tcp {
namespace {

// RFC 9768 3.2.3.2.2: so many SYN+ACKs of one opening agree to it; the path may drop them.
constexpr std::uint32_t most_accurate_syn_acks = 2;

}  // namespace

bool Connection::next_segment(Segment& segment, Context& context) {
  bind(context);
  segment.source_port = tuple_.local.port;
  segment.destination_port = tuple_.remote.port;
  if (is_reset_owed_) {
    fill_reset(segment, context);
  } else if (state_ == State::closed || state_ == State::time_wait) {
    return false;
  } else if (is_handshake_owed_) {
    fill_handshake(segment, context);
  } else if (state_ == State::syn_sent) {
    return false;
  } else if (fill_text_or_ack(segment, context)) {
    receiver_.fill(segment, sender_.mss(), context);
    if (sender_.policy().is_urgent) [[unlikely]]
      point_to_urgent(segment);
    if (is_timeout_owed_) [[unlikely]]
      tell_user_timeout(segment, context);
    receiver_.on_ack_sent(segment, context, timers_);
  } else if (fill_probe(segment, context)) {
    receiver_.fill(segment, sender_.mss(), context);  // but the peer will not look at its ACK
  } else {
    tell_silence(context);
    return false;
  }
  if (context.settings.marks_all) [[unlikely]]
    sender_.mark_any(segment);
  ++segments_out_;
  if (!segment.text.is_empty()) ++text_segments_out_;
  return true;
}

void Connection::fill_reset(Segment& segment, Context& context) {
  is_reset_owed_ = false;
  segment.seq = sender_.nxt();
  segment.ack = receiver_.nxt();
  segment.flags.set(Flags::rst);
  segment.flags.set(Flags::ack);
  receiver_.stamp(segment, context);  // RFC 7323 3.2 (d)
  ++context.counters.resets_out;
}

void Connection::fill_handshake(Segment& segment, Context& context) {
  is_handshake_owed_ = false;
  if (!sender_.is_syn_acked()) return fill_syn(segment, context);
  segment.seq = acceptable_seq();
  receiver_.fill(segment, sender_.mss(), context);
  receiver_.fill_handshake(segment, true, context.settings.acc_ecn_options);
  receiver_.on_ack_sent(segment, context, timers_);
}

// RFC 3168 6.1.1, RFC 9768 3.1
void Connection::fill_syn_ecn(Segment& segment, const Settings& settings) {
  const std::uint32_t transmissions = sender_.transmissions_of_oldest();
  if (!segment.has(Flags::ack)) {
    segment.flags.set_ace(ace_of_syn(settings.ecn, transmissions));
  } else if (sender_.has_ecn()) {
    // After SYNs have crossed the path has shown what it takes.
    const std::uint32_t before = is_opened_fast() ? transmissions : 0;
    if (before < most_accurate_syn_acks) {
      receiver_.fill_handshake(segment, before == 0, settings.acc_ecn_options);
    } else if (receiver_.has_accurate_ecn()) {
      sender_.stop_marking();
    }
  }
}

void Connection::fill_syn(Segment& segment, Context& context) {
  const Settings& settings = context.settings;
  segment.seq = sender_.iss();
  segment.flags.set(Flags::syn);
  // A SYN offers all; a SYN+ACK repeats what the peer's SYN offered too.
  const bool is_answer = state_ != State::syn_sent;
  segment.window = is_answer ? receiver_.offer_syn_window() : receiver_.syn_window();
  SegmentOptions& options = segment.options;
  // RFC 9293 MUST-14, SHLD-5, MAY-3: in every SYN.
  options.mss = static_cast<std::uint16_t>(std::min(receiver_.mss(), 0xffffu));
  if (!is_answer && settings.offers_path_mss && sender_.mss() < options.mss) [[unlikely]]
    options.mss = static_cast<std::uint16_t>(sender_.mss());
  options.sack_permitted = is_answer ? sender_.has_sack() : settings.sack;
  options.has_timestamps = is_answer ? receiver_.has_timestamps() : settings.timestamps;
  const bool is_scaling = is_answer ? receiver_.has_scaling() : settings.window_scaling;
  // RFC 7323 2.2 (a): also a scale of 0.
  if (is_scaling) {
    options.window_scale =
        is_answer ? receiver_.shift() : window_shift_for(settings.receive_buffer);
  }
  if (options.has_timestamps) {
    options.timestamps.value = timestamp_at(context.now, timestamp_offset_);
  }
  if (is_answer) {
    segment.flags.set(Flags::ack);
    segment.ack = receiver_.nxt();
    // RFC 7323 3.2 (a): in a SYN alone it is zero.
    options.timestamps.echo_reply = receiver_.ts_recent();
    if (is_opened_fast()) fill_fast_open_answer(segment, context);
  } else if (settings.tells_user_timeout) {
    // RFC 5482 3 (c).
    options.user_timeout = UserTimeout::option_of(own_user_timeout(settings));
  }
  fill_syn_ecn(segment, settings);
  if (!is_answer && fast_open_ == FastOpenUse::wanted) {
    fill_fast_open(segment, context);
  }
  sender_.on_syn_sent(context, timers_);
}

bool Connection::fill_text_or_ack(Segment& segment, Context& context) {
  const bool has_text = sender_.next_text(segment, context, timers_);
  if (is_write_blocked_) sender_.on_writer_waits(context.now);
  if (has_text) return true;
  // RFC 9293 MUST-58, MUST-59: however many segments came before we were asked to speak, one ACK.
  // Before the handshake is over (RFC 7413) only our SYN+ACK can tell anything.
  if (!receiver_.acks().is_owed() || is_opened_fast()) return false;
  segment.seq = acceptable_seq();
  return true;
}

bool Connection::fill_probe(Segment& segment, const Context& context) {
  if (sender_.take_probe(segment, context)) return true;
  if (!is_keepalive_owed_) return false;
  is_keepalive_owed_ = false;
  segment.seq = sender_.nxt() - 1;  // RFC 9293 3.8.4, SHLD-12: no text, before the window
  return true;
}

// Where an ACK without text stands: at SND.NXT, or at the edge of a window that the peer has
// shrunk, so that it is accepted. A window that seems to have shrunk by less than its scale was
// only rounded down.
Seq Connection::acceptable_seq() const {
  const Seq edge = sender_.una() + sender_.window();
  const bool is_shrunk = is_at_or_after(sender_.nxt(), edge + sender_.window_unit());
  return is_shrunk ? edge : sender_.nxt();
}

// ---- Resets for nobody --------------------------------------------------------------------------

Segment reset_for(const Segment& segment) {
  Segment reset;
  reset.source_port = segment.destination_port;
  reset.destination_port = segment.source_port;
  reset.flags.set(Flags::rst);
  if (segment.has(Flags::ack)) {
    reset.seq = segment.ack;
  } else {
    reset.ack = segment.end();
    reset.flags.set(Flags::ack);
  }
  return reset;
}

}  // namespace acksu::tcp
