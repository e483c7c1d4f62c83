// The sending half: handshake, windows, and what an acknowledgement means (RFC 9293 3.10.7.4 fifth,
// RFC 6298 5).
#include "tcp/sender.h"

#include <algorithm>
#include <utility>

namespace acksu::tcp {
namespace {

std::uint32_t initial_window(std::uint32_t mss, const Settings& settings) {
  return settings.initial_window_segments * mss;  // RFC 6928 2 (a), RFC 5681 3.1 (a)
}

}  // namespace

Sender::Sender(const Opening& opening, const SendPolicy& policy)
    : queue_(opening.iss + 1),
      policy_(policy),
      iss_(opening.iss),
      wl2_(opening.iss),
      mss_(opening.mss),
      recover_(opening.iss),
      small_end_(opening.iss),
      max_split_bytes_(static_cast<std::uint16_t>(opening.max_split_bytes)) {
  ACKSU_ASSERT(opening.max_split_bytes <= 0xffff);
}

// ---- Handshake ----------------------------------------------------------------------------------

void Sender::on_syn_sent(Context& context, Timers& timers) {
  if (syn_transmissions_ == 0) last_progress_ = context.now;
  if (syn_transmissions_ < 0xff) ++syn_transmissions_;
  last_sent_ = context.now;
  timers.arm(Timer::retransmission, retransmission_deadline(context), context);
}

void Sender::agree_on(const Agreement& agreement, const Settings& settings) {
  send_shift_ = agreement.send_shift;
  has_sack_ = agreement.sack;
  has_timestamps_ = agreement.timestamps;
  // RFC 3168 6.1.1 (b): who has sent a SYN that does not ask for it, sends nothing that may be
  // marked.
  const EcnAgreement& ecn = agreement.ecn;
  has_ecn_ =
      ecn.mode == EcnMode::accurate || (ecn.mode == EcnMode::classic && syn_transmissions_ <= 1);
  trust_.is_accurate = ecn.mode == EcnMode::accurate;
  trust_.may_mark = ecn.may_mark;
  // RFC 9293 MUST-16, RFC 6691 2: the smaller of both, less the options that every segment carries.
  mss_ = std::min(mss_, agreement.peer_mss);
  mss_ -= option_bytes();
  const std::uint32_t most = mss_;
  if (reserves_counts(ecn, settings)) mss_ -= whole_option_bytes;
  if (path_probe_) path_probe_->agree_on(agreement.peer_mss, option_bytes());
  congestion_.cwnd = initial_window(most, settings);
}

void Sender::take_handshake(const Accepted& accepted, const Settings& settings) {
  if (accepted.handshake_rtt) rtt_.take_sample(*accepted.handshake_rtt, settings);
  if (accepted.syn_acks_sent <= 1) return;
  rtt_.back_off();                                          // RFC 6298 5.7
  if (accepted.syn_acks_sent > 2) congestion_.cwnd = mss_;  // RFC 6928 2 (b), RFC 5681 3.1 (c)
}

// RFC 7323 2.2 (d): never scaled.
void Sender::take_syn_window(const Segment& segment) {
  wnd_ = max_wnd_ = segment.window;
  wl1_ = segment.seq;
  wl2_ = segment.has(Flags::ack) ? segment.ack : iss_;
}

void Sender::on_syn_acked(const Segment& segment, Context& context, Timers& timers) {
  is_syn_acked_ = true;
  last_progress_ = context.now;
  if (!segment.has(Flags::syn)) take_first_window(segment);
  // RFC 5681 3.1 (b): the handshake opens no window. RFC 6928 2 (b), RFC 5681 3.1 (c): but may
  // narrow it.
  if (syn_transmissions_ > 2) congestion_.cwnd = mss_;
  Acked acked;
  acked.was_retransmitted = syn_transmissions_ > 1;
  if (syn_transmissions_ == 1) acked.rtt = context.now - last_sent_;
  rtt_.end_handshake();
  take_rtt(acked, segment, context);
  timers.disarm(Timer::retransmission, context);
  if (trust_.is_accurate) hear_handshake(segment, context);
  tell_congestion(context);
}

// ---- Writing ------------------------------------------------------------------------------------

std::uint32_t Sender::room() const {
  const std::uint32_t queued = queue_.queued();
  return queued < policy_.buffer_bytes ? policy_.buffer_bytes - queued : 0;
}

void Sender::set_buffer(BufferSize size) {
  policy_.buffer_bytes = size.first;
  policy_.may_buffer_grow = size.grows();
}

// What is under way is kept until it is acknowledged, and as much must be there to follow when slow
// start doubles the window.
void Sender::fit_buffer(Context& context) {
  const std::uint32_t most = context.settings.send_buffer.most;
  const std::uint64_t wanted = std::min<std::uint64_t>(2ull * congestion_.cwnd, most);
  if (!policy_.may_buffer_grow || wanted <= policy_.buffer_bytes) return;
  const std::uint32_t size = affordable_buffer(static_cast<std::uint32_t>(wanted), context);
  if (size <= policy_.buffer_bytes) return;
  policy_.buffer_bytes = size;
  policy_.may_buffer_grow = size < most;
  ++context.counters.buffers_grown;
}

// Before the handshake is over: cut as the segments will be, if the peer agrees to time stamps.
std::uint32_t Sender::piece_bytes(const Settings& settings) const {
  const bool may_have_stamps = !is_syn_acked_ && !is_early_ && settings.timestamps;
  return mss_ - (may_have_stamps ? timestamp_option_bytes : 0);
}

std::uint32_t Sender::append(Bytes bytes, Context& context) {
  const std::size_t count = std::min<std::size_t>(bytes.size(), room());
  return queue_.append(bytes.first(count), piece_bytes(context.settings), context);
}

std::uint32_t Sender::share(Slice text, Context& context) {
  text.drop_back(text.size() - std::min(text.size(), room()));
  return queue_.share(std::move(text), piece_bytes(context.settings), context);
}

void Sender::lower_mss(std::uint32_t mss, const Context& context) {
  mss -= option_bytes();
  if (mss >= mss_) return;  // RFC 1191 6.4: again only for the first of those errors
  if (context.settings.probes_path_mtu) make_path_probe().on_told(context.now);
  mss_ = mss;
  if (!is_syn_acked_ || !has_outstanding()) return;
  write_down_fin(context);
  queue_.mark_all_lost();
  phase_ = Phase::time_out;
  recover_ = nxt();
  must_retransmit_ = true;
}

// ---- Hearing ------------------------------------------------------------------------------------

AckReport Sender::on_ack(const Segment& segment, Context& context, Timers& timers) {
  if (is_plain_ack(segment)) return take_plain_ack(segment, context, timers);
  // As on Linux what MSG_MORE held back goes with the next ACK, where Nagle is off.
  const bool lets_out = policy_.more_follows && policy_.nodelay && !policy_.cork && has_unsent();
  if (lets_out && is_like_linux(context.settings)) [[unlikely]]
    let_out_once();
  const bool was_closed = wnd_ == 0;
  Feedback feedback{segment};
  if (!flight_ && !has_outstanding()) {  // who has no text under way, and never had
    take_window(segment);
    if (was_closed && wnd_ > 0) on_window_opened(context, timers);
    if (has_ecn_) hear_marks(feedback, context);
    return {};
  }
  if (has_lone_fin_under_way()) {
    const bool is_plain = !has_ecn_ && segment.options.sack.is_empty();
    if (is_plain && segment.ack == nxt()) return take_ack_of_lone_fin(segment, context, timers);
    write_down_fin(context);
  }
  if (flight_ && flight_->held_back.is_claimed_by(segment)) [[unlikely]] {
    ++context.counters.held_back_acked;
    return {.is_lie = true};
  }
  const std::uint32_t undelivered_before = undelivered();
  feedback.is_after_time_out = phase_ == Phase::time_out;
  const bool is_window_new = take_window(segment);
  if (has_sack_ && !segment.options.sack.is_empty()) take_sacks(feedback, context);
  feedback.is_duplicate = is_duplicate(feedback, is_window_new);
  if (is_after(segment.ack, una())) {
    feedback.acked = queue_.take_ack(segment.ack, context, feedback.delivery);
    on_progress(feedback, context);
  } else if (feedback.is_duplicate && !has_sack_) {
    on_duplicate_ack();
  }
  delivered_segments_ += feedback.delivery.pieces();
  if (was_closed && wnd_ > 0) on_window_opened(context, timers);
  // Without SACK less may have arrived than duplicates had seemed to say.
  feedback.delivered = undelivered_before - std::min(undelivered_before, undelivered());
  recover_or_grow(feedback, context);
  if (has_ecn_) hear_marks(feedback, context);
  if (feedback.is_progress() || feedback.newly_sacked > 0) restart_watch(context, timers);
  return {feedback.acked.bytes, feedback.acked.fin};
}

// Of who has sent no text, and never will: there is no window to grow, and nothing to look for.
AckReport Sender::take_ack_of_lone_fin(const Segment& segment, Context& context, Timers& timers) {
  take_window(segment);
  Acked acked;
  acked.rtt = context.now - last_sent_;
  queue_.take_ack_of_fin();
  last_progress_ = context.now;
  take_rtt(acked, segment, context);
  timers.disarm_loss(context);
  return {1, true};
}

// RFC 5681 section 2: no text, no new window, and no answer to a probe of a closed one; with SACK
// it has to report something (RFC 6675 section 2).
bool Sender::is_duplicate(const Feedback& feedback, bool is_window_new) const {
  if (feedback.segment.ack != una() || !has_outstanding()) return false;
  // RFC 3042 2 (c).
  if (has_sack_) return feedback.newly_sacked > 0;
  return feedback.segment.length() == 0 && !is_window_new && wnd_ > 0;
}

void Sender::on_window_opened(Context& context, Timers& timers) {
  timers.disarm(Timer::persist, context);
  const bool was_probed = std::exchange(probes_, std::uint8_t{0}) > 0;
  if (!was_probed || !has_outstanding()) return;
  // The window had closed over text under way, and the peer has thrown that away. No congestion:
  // it goes again at once, and the time-outs were answered.
  rtt_.forget_back_off();
  queue_.mark_all_lost();
  phase_ = Phase::time_out;
  recover_ = nxt();
  must_retransmit_ = true;
  congestion_.cwnd = std::min(congestion_.cwnd, initial_window(mss_, context.settings));
}

// RFC 9293 3.10.7.4, SYN-RECEIVED: whatever the variables held before.
void Sender::take_first_window(const Segment& segment) {
  wnd_ = max_wnd_ = std::uint32_t{segment.window} << send_shift_;
  wl1_ = segment.seq;
  wl2_ = segment.ack;
}

// RFC 9293 3.10.7.4: SND.WL1 and SND.WL2 keep old segments from changing the window. An ACK of
// something new is no old segment, whatever text it repeats (3.8.6).
bool Sender::take_window(const Segment& segment) {
  if (is_before(segment.ack, una())) return false;
  const bool is_newer = is_after(segment.ack, una()) || is_after(segment.seq, wl1_) ||
                        (segment.seq == wl1_ && is_at_or_after(segment.ack, wl2_));
  if (!is_newer) return false;
  // RFC 9293 MUST-1, REC-1, RFC 7323 2.3 (b): it has no sign, and 32 bits.
  const std::uint32_t window = std::uint32_t{segment.window}
                               << (segment.has(Flags::syn) ? 0 : send_shift_);
  const bool is_changed = window != wnd_;
  wnd_ = window;
  max_wnd_ = std::max(max_wnd_, window);
  wl1_ = later(wl1_, segment.seq);
  wl2_ = segment.ack;
  return is_changed;
}

// The first block may report text that has arrived twice (RFC 2883 section 5): text that this ACK
// or the second block covers.
void Sender::take_sacks(Feedback& feedback, Context& context) {
  const SackBlocks& blocks = feedback.segment.options.sack;
  const SackBlock first = blocks[0];
  const bool is_acked = is_at_or_before(first.end, feedback.segment.ack);
  const bool is_in_second = blocks.size() > 1 && is_at_or_after(first.start, blocks[1].start) &&
                            is_at_or_before(first.end, blocks[1].end);
  if (is_before(first.start, first.end) && (is_acked || is_in_second)) {
    feedback.twice = first;
    ++context.counters.reported_twice;
  }
  for (const SackBlock block : blocks) {
    feedback.newly_sacked += queue_.mark_sacked(block, feedback.delivery);
  }
}

void Sender::on_progress(const Feedback& feedback, Context& context) {
  last_progress_ = context.now;
  // RFC 7323 4.1: only of ACKs of something new.
  take_rtt(feedback.acked, feedback.segment, context);
  small_end_ = later(small_end_, una());
  if (!has_sack_) take_duplicates_behind(feedback.acked);
  if (path_probe_) hear_of_path_probe(context);
  if (flight_ && queue_.queued() == 0) flight_->times.become(SendWait::nothing, context.now);
}

void Sender::take_rtt(const Acked& acked, const Segment& segment, Context& context) {
  // RFC 6298 section 3 (a), (b): each ACK gives one, of text that was sent once.
  std::optional<Duration> sample = acked.rtt;
  if (!sample && acked.was_retransmitted && has_timestamps_ && segment.options.has_timestamps) {
    // RFC 7323 section 4: the echoed time stamp tells which transmission was acknowledged. Our
    // clock of milliseconds stands still inside a tick, so the sample is rounded up.
    const std::uint32_t echo = segment.options.timestamps.echo_reply;
    const std::uint32_t ticks = timestamp_at(context.now, context.timestamp_offset) - echo;
    if (ticks < 1u << 24) sample = (ticks + 1) * Duration{1ms};
  }
  if (!sample) return;
  rtt_.take_sample(*sample, context.settings);
  if (!context.is_observed()) return;
  context.observer->on_rtt(context.now, *context.tuple,
                           {*sample, rtt_.srtt(), rtt_.rttvar(), rtt_.rto(context.settings)});
}

// ---- Time ---------------------------------------------------------------------------------------

void Sender::uncork(Context& context, Timers& timers) {
  is_cork_over_ = false;
  timers.disarm(Timer::cork, context);
}

void Sender::on_persist_time(Context& context, Timers& timers) {
  if (!has_unsent()) return;
  is_probe_owed_ = true;
  if (probes_ < 16) ++probes_;
  ++context.counters.zero_window_probes;
  // RFC 9293 MUST-36, SHLD-30: exponentially.
  const Duration interval =
      std::min(rtt_.rto(context.settings) * (std::int64_t{1} << probes_), context.settings.max_rto);
  const Instant deadline = later_by(context.now, interval);
  timers.arm(Timer::persist, earliest(deadline, std::max(patience_ends(), context.now + 1ms)),
             context);
}

// ---- Looking ------------------------------------------------------------------------------------

void Sender::describe(Info& info, const Settings& settings) const {
  const SendQueue::Count count = queue_.count(mss_);
  info.snd = {.iss = iss_,
              .una = una(),
              .nxt = nxt(),
              .wnd = wnd_,
              .queued_bytes = queue_.queued(),
              .unsent_bytes = queue_.unsent_text(),
              .in_flight_bytes = pipe(),
              .sacked_bytes = queue_.sacked(),
              .lost_bytes = queue_.lost(),
              .again_bytes = queue_.sent_again(),
              .outstanding_segments = count.outstanding + (is_syn_acked_ ? 0u : 1u),
              .sacked_segments = queue_.sacked_pieces(),
              .lost_segments = count.lost,
              .again_segments = count.again,
              .delivered_segments = delivered_segments_ + (is_syn_acked_ ? 1u : 0u),
              .cwnd = congestion_.cwnd,
              .ssthresh = congestion_.ssthresh,
              .congestion = congestion_.algorithm,
              .mss = mss_,
              .wscale = send_shift_,
              .transmissions = static_cast<std::uint8_t>(transmissions_of_oldest()),
              .is_closed = queue_.has_fin(),
              .buffer_bytes = policy_.buffer_bytes,
              .last_sent = last_sent_,
              .phase = phase_name()};
  info.has_timestamps = has_timestamps_;
  info.has_sack = has_sack_;
  info.has_ecn = has_ecn_;
  info.srtt = rtt_.srtt();
  info.rttvar = rtt_.rttvar();
  info.rto = rtt_.rto(settings);
  info.limited_by = limited_by_;
  if (flight_) info.times = flight_->times;
  info.times.add_busy(busy_before_);
  if (trust_.is_accurate) info.snd.marks = MarkFeedback{trust_}.counts();
  if (!flight_) return;
  if (flight_->marks) info.snd.marks = flight_->marks->counts();
  if (flight_->rack.has_latest()) info.min_rtt = flight_->rack.min_rtt();
  info.snd.reordering_bytes = flight_->rack.reordering_bytes();
  info.snd.reorderings = flight_->rack.reorderings();
  info.snd.pacing_rate = flight_->pacer.bytes_per_second();
  if (flight_->log) {
    info.snd.delivery_rate = flight_->log->bytes_per_second();
    info.snd.is_application_limited = flight_->log->is_application_limited();
  }
  info.retransmitted_segments = flight_->again_segments;
  info.retransmitted_bytes = flight_->again_bytes;
}

void Sender::digest(Digest& digest) const {
  queue_.digest(digest);
  if (path_probe_) path_probe_->digest(digest);
  if (flight_) flight_->digest(digest);
  congestion_.digest(digest);
  rtt_.digest(digest);
  digest.add(last_progress_);
  digest.add(last_sent_);
  digest.add_together(iss_, wnd_);
  digest.add_together(max_wnd_, mss_);
  digest.add_together(wl1_, wl2_);
  digest.add_together(recover_, small_end_);
  digest.add_together(duplicate_bytes_, duplicate_acks_, syn_transmissions_, probes_, phase_);
  digest.add_together(is_syn_acked_, must_retransmit_, is_probe_owed_, is_window_used_,
                      is_cork_over_, is_more_over_, has_sack_, has_timestamps_, has_ecn_,
                      is_cwr_owed_, was_last_step_small_, is_watch_owed_, is_early_,
                      is_syn_text_back_, send_shift_);
  trust_.digest(digest);
  digest.add_together(policy_.buffer_bytes, policy_.nodelay, policy_.cork, policy_.more_follows,
                      policy_.is_urgent);
  digest.add_together(policy_.patience_ms);
}

}  // namespace acksu::tcp
