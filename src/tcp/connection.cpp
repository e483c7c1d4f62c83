// A connection's life: opening, the application's calls, and the one place where its state is
// written.
#include "tcp/connection.h"

#include <algorithm>

#include "tcp/user_timeout.h"

namespace acksu::tcp {
namespace {

// Up to 49 days, which is longer than anybody waits.
std::uint32_t in_milliseconds(Duration duration) {
  constexpr Duration longest = std::chrono::milliseconds{0xffff'ffff};
  const auto clamped = std::clamp(duration, Duration::zero(), longest);
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::milliseconds>(clamped).count());
}

SendPolicy default_policy(const Settings& settings, Duration patience) {
  return {.nodelay = !settings.nagle,
          .cork = false,
          .more_follows = false,
          .may_buffer_grow = settings.send_buffer.grows(),
          .patience_ms = in_milliseconds(patience),
          .buffer_bytes = settings.send_buffer.first};
}

// Until the time-out behind the last of them: each waits twice as long as the one before.
Duration patience_of_syn(std::uint32_t retries, const Settings& settings) {
  Duration patience = Duration::zero(), wait = settings.initial_rto;
  for (std::uint32_t i = 0; i <= std::min(retries, 255u); ++i) {
    patience += std::min(wait, settings.max_rto);
    wait = std::min(2 * wait, settings.max_rto);
  }
  return patience;
}

BufferSize size_of(std::optional<std::uint32_t> chosen, BufferSize usual) {
  return chosen ? BufferSize{*chosen} : usual;
}

}  // namespace

// ---- Opening ------------------------------------------------------------------------------------

Connection::Connection(const Opening& opening, Context& context)
    : tuple_(opening.tuple),
      sender_(opening, default_policy(context.settings, context.settings.r2_syn)),
      receiver_(context.settings, opening.mss),
      timestamp_offset_(opening.timestamp_offset) {
  bind(context);
  use(context.settings.congestion, context.settings);
  last_heard_ = context.now;
  ++context.counters.active_opens;
  step(Event::active_open, context);
  is_handshake_owed_ = true;
}

Connection::Connection(const Opening& opening, const Accepted& accepted, Context& context)
    : tuple_(opening.tuple),
      sender_(opening, default_policy(context.settings, context.settings.r2)),
      receiver_(context.settings, opening.mss),
      state_(State::syn_received),
      timestamp_offset_(opening.timestamp_offset) {
  bind(context);
  use(context.settings.congestion, context.settings);
  last_heard_ = context.now;
  ++context.counters.passive_opens;
  sender_.agree_on(accepted.agreement, context.settings);
  sender_.take_handshake(accepted, context.settings);
  receiver_.agree_on(accepted.agreement, context.settings);
  receiver_.on_syn(accepted.irs, accepted.offered_window);
  receiver_.set_ts_recent(accepted.ts_recent, context.now);
}

void Connection::use(CongestionAlgorithm algorithm, const Settings& settings) {
  sender_.use(algorithm, settings);
  receiver_.use_precise_marks(algorithm == CongestionAlgorithm::dctcp);
}

// ---- Moving -------------------------------------------------------------------------------------

void Connection::bind(Context& context) const {
  context.tuple = &tuple_;
  context.timestamp_offset = timestamp_offset_;
}

void Connection::step(Event event, Context& context) {
  const std::uint8_t position = row_position(state_, event);
  ACKSU_ASSERT(position != no_row);
  const Row& row = rows[position];
  state_ = row.to;
  ++context.counters.moves[position];
  if (context.is_observed()) context.observer->on_move(context.now, tuple_, row);
}

// FIN-WAIT-2 of an orphan.
void Connection::await_fin(Context& context) {
  const Duration usual = context.settings.fin_wait_2;
  const Duration patience = extras_ ? extras_->options.fin_wait_2.value_or(usual) : usual;
  timers_.arm(Timer::user_timeout, later_by(context.now, patience), context);
}

// R2 (RFC 9293 3.8.3): that of the SYN, then that of text; an orphan's is short.
void Connection::renew_patience(const Settings& settings) {
  Duration patience = sender_.is_syn_acked() ? settings.r2 : settings.r2_syn;
  // RFC 5482 3 (b).
  if (extras_ && extras_->options.user_timeout) {
    patience = *extras_->options.user_timeout;
  } else if (extras_ && extras_->options.syn_retries && !sender_.is_syn_acked()) {
    patience = patience_of_syn(*extras_->options.syn_retries, settings);
  } else if (peer_timeout_ != 0) {
    patience = UserTimeout::adopted(patience, UserTimeout::duration_of(peer_timeout_), settings);
  }
  if (is_orphan_) patience = std::min(patience, settings.r2_orphan);
  sender_.policy().patience_ms = in_milliseconds(patience);
}

// CLOSED: nothing runs any more, nothing is sent any more; what has arrived can still be read.
void Connection::end(Event event, Error error, Context& context) {
  if (state_ != State::closed) step(event, context);
  error_ = error;
  is_handshake_owed_ = false;
  timers_.disarm_all(context);
  sender_.clear(context);
  receiver_.forget_early(context);
  // RFC 9293 MUST-12: not so the end that a FIN makes.
  if (error != Error::none) tell_news(News::failed);
  if (is_orphan_) receiver_.clear(context);
}

// RFC 9293 3.10.5: no reset before the peer is known. The RFC sends none from CLOSING and LAST-ACK
// either, but our FIN, and text before it, may be lost: a peer in FIN-WAIT-2 would wait for ever.
void Connection::end_with_reset(Event event, Error error, Context& context) {
  is_reset_owed_ = state_ != State::syn_sent;
  end(event, error, context);
}

// After an arrival: what became pointless is given back.
void Connection::settle(Context& context) {
  if (state_ != State::time_wait) return;
  timers_.disarm_all(context);
  error_ = Error::none;
  if (is_orphan_) receiver_.clear(context);
}

// ---- Calls --------------------------------------------------------------------------------------

// RFC 9293 3.10.4.
Error Connection::shutdown_write(Context& context) {
  bind(context);
  if (state_ == State::closed) return why_closed();
  if (state_ == State::syn_sent) return Error::not_connected;
  if (sender_.has_fin()) return Error::none;
  sender_.append_fin(context);
  step(Event::close, context);
  return Error::none;
}

void Connection::close(Context& context) {
  bind(context);
  // RFC 9293 MAY-1: nothing is read any more.
  is_orphan_ = true;
  news_ = 0;
  const bool is_abort = extras_ && extras_->options.linger == Duration::zero();
  if (state_ == State::syn_sent) {
    end(Event::close, Error::connection_aborted, context);
  } else if (is_abort || receiver_.unread_bytes() > 0) {
    // RFC 9293 SHLD-3, RFC 2525 2.17: text that nobody will read any more is lost, and the peer
    // must know.
    abort(context);
  } else if (state_ != State::closed && state_ != State::time_wait) {
    shutdown_write(context);
    enter_orphanhood(context);
  }
  if (state_ == State::closed || state_ == State::time_wait) receiver_.clear(context);
}

// Nobody waits for an orphan: it must end by itself, soon.
void Connection::enter_orphanhood(Context& context) {
  ACKSU_ASSERT(state_ != State::established);  // no plain arrival asks for orphans
  const bool has_linger = extras_ && extras_->options.linger && !sender_.is_all_acked();
  renew_patience(context.settings);
  sender_.on_sign_of_life(context.now);
  sender_.rearm(context, timers_);
  timers_.disarm(Timer::keepalive, context);
  if (has_linger) {
    timers_.arm(Timer::user_timeout, later_by(context.now, *extras_->options.linger), context);
  } else if (state_ == State::fin_wait_2) {
    await_fin(context);
  }
}

void Connection::abort(Context& context) {
  bind(context);
  is_orphan_ = true;
  news_ = 0;
  if (state_ != State::closed && state_ != State::time_wait) {
    end_with_reset(Event::abort, Error::connection_aborted, context);
  }
  receiver_.clear(context);
}

void Connection::give_up(Context& context) {
  bind(context);
  if (state_ != State::closed && state_ != State::time_wait) {
    end_with_reset(Event::time_out, Error::timed_out, context);
  }
}

void Connection::set_options(const ConnectionOptions& options, Context& context) {
  bind(context);
  const Duration told = own_user_timeout(context.settings);
  const ConnectionOptions before = extras_ ? extras_->options : ConnectionOptions{};
  extras_.make().options = options;
  has_ip_options_ = options.dscp || options.ttl;
  if (told != own_user_timeout(context.settings)) is_timeout_owed_ = true;
  const Settings& settings = context.settings;
  SendPolicy& policy = sender_.policy();
  policy.nodelay = options.nodelay || !settings.nagle;
  policy.cork = options.cork;
  policy.more_follows = options.more_follows;
  renew_patience(settings);
  use(options.congestion.value_or(settings.congestion), settings);
  // What nobody has set stays as large as it has grown.
  if (options.send_buffer_bytes.value_or(0) != before.send_buffer_bytes.value_or(0)) {
    sender_.set_buffer(size_of(options.send_buffer_bytes, settings.send_buffer));
  }
  if (options.receive_buffer_bytes.value_or(0) != before.receive_buffer_bytes.value_or(0)) {
    receiver_.set_buffer(size_of(options.receive_buffer_bytes, settings.receive_buffer));
  }
  if (!policy.holds_back()) sender_.uncork(context, timers_);
  // Whoever cannot wait any longer says so: what a cork has held back goes, once.
  if (policy.holds_back() && options.nodelay && !before.nodelay) sender_.let_out_once();
  tell_room(context);
  sender_.rearm(context, timers_);
  timers_.disarm(Timer::keepalive, context);
  arm_keepalive(context);
}

// RFC 5461 4.1, RFC 5927 5.2, RFC 9293 MUST-56, SHLD-26: before the handshake is over an ICMP error
// ends the attempt; afterwards it ends nothing.
void Connection::on_unreachable(Error error, Context& context) {
  bind(context);
  if (state_ != State::syn_sent && state_ != State::syn_received) return on_soft_error(error);
  ++context.counters.failed_opens;
  doubt_fast_open(context);
  end(Event::time_out, error, context);
}

// RFC 9293 SHLD-25, MUST-47: it may pass, but the application can know.
void Connection::on_soft_error(Error error) {
  if (is_orphan_ || state_ == State::closed || state_ == State::time_wait) return;
  error_ = error;
  tell_news(News::in_doubt);
}

void Connection::lower_mss(std::uint32_t mss, Context& context) {
  bind(context);
  const bool is_lower = mss < sender_.mss();
  sender_.lower_mss(mss, context);
  // The path did not take our SYN for its text: it goes again without, at once.
  if (state_ == State::syn_sent && is_lower && sender_.nxt() != sender_.iss() + 1) {
    is_handshake_owed_ = true;
  }
}

void Connection::release(Context& context) {
  bind(context);
  if (state_ != State::closed && state_ != State::time_wait) {
    timers_.disarm_all(context);
    sender_.clear(context);
  }
  receiver_.clear(context);
}

// ---- Looking ------------------------------------------------------------------------------------

Remains Connection::remains() const {
  return {.tuple = tuple_,
          .snd_nxt = sender_.nxt(),
          .rcv_nxt = receiver_.nxt(),
          .rcv_wnd = receiver_.window(),
          .receive_shift = receiver_.shift(),
          .has_timestamps = receiver_.has_timestamps(),
          .timestamp_offset = timestamp_offset_,
          .ts_recent = receiver_.ts_recent(),
          .ace = receiver_.ace(),
          .is_ack_owed = receiver_.acks().is_owed()};
}

// RFC 9293 3.10.6.
Info Connection::info(const Settings& settings) const {
  Info info;
  info.tuple = tuple_;
  info.state = state_;
  sender_.describe(info, settings);
  receiver_.describe(info);
  if (extras_) info.rcv.urgent_bytes = extras_->urgent.bytes_to_read(receiver_.next_to_read());
  info.last_heard = last_heard_;
  info.segments_in = segments_in_;
  info.segments_out = segments_out_;
  info.text_segments_in = text_segments_in_;
  info.text_segments_out = text_segments_out_;
  info.bytes_acked = bytes_acked_;
  info.bytes_received = bytes_received_;
  info.time_outs = retransmissions_;
  info.timers.fill(never);
  for (std::size_t i = 0; i + 1 < timer_count; ++i) {
    info.timers[i] = timers_[static_cast<Timer>(i)];
  }
  info.is_orphan = is_orphan_;
  info.was_syn_text_taken = was_syn_text_taken_;
  info.held_bytes = sizeof(Connection);
  return info;
}

void Connection::digest(Digest& digest) const {
  digest.add_together(state_, error_, news_, keepalives_unanswered_, fast_open_, peer_timeout_,
                      is_orphan_, is_handshake_owed_, is_reset_owed_, is_keepalive_owed_,
                      is_write_blocked_, is_timeout_owed_, is_send_awaited_, was_syn_text_taken_);
  sender_.digest(digest);
  receiver_.digest(digest);
  timers_.digest(digest);
  if (extras_) extras_->urgent.digest(digest);
  digest.add(last_heard_);
  digest.add(next_challenge_);
}

}  // namespace acksu::tcp
