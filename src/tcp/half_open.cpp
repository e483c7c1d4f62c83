// Judging segments for a half-open connection of a listener, in RFC 9293's order.
#include "tcp/half_open.h"

#include <algorithm>

#include "tcp/accurate_ecn.h"

namespace acksu::tcp {
namespace {

constexpr std::uint8_t most_transmissions = 0x1f;  // that are counted
// RFC 9768 3.2.3.2.2: when so many SYN+ACKs were not answered, the path may drop what they ask for.
constexpr std::uint8_t most_accurate_time_outs = 2;

std::uint16_t whole_segments(BufferSize receive_buffer, std::uint32_t mss) {
  const std::uint32_t bytes = receive_buffer.first;
  return syn_window({bytes > mss && mss > 0 ? bytes - bytes % mss : bytes});
}

}  // namespace

ListenVerdict judge_in_listen(const Segment& segment) {
  // RFC 9293 3.10.7.2 first, second, third, fourth: RST, ACK, SYN, anything else.
  if (segment.has(Flags::rst)) return {Drop::tcp_no_connection, Answer::nothing};
  if (segment.has(Flags::ack)) return {Drop::tcp_no_connection, Answer::reset};
  if (!segment.has(Flags::syn)) return {Drop::tcp_no_ack, Answer::nothing};
  if (segment.has(Flags::fin)) return {Drop::tcp_bad_flags, Answer::nothing};
  return {};
}

std::uint16_t syn_window(BufferSize receive_buffer) {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(receive_buffer.first, 0xffff));
}

HalfOpen::HalfOpen(const Segment& syn, const Opening& opening, BufferSize receive_buffer,
                   const Settings& settings)
    : iss_(opening.iss),
      irs_(syn.seq),
      timestamp_offset_(opening.timestamp_offset),
      ts_recent_(syn.options.timestamps.value) {
  const Agreement agreement = agree(syn.options, settings, default_mss_of(opening.tuple));
  peer_mss_ = static_cast<std::uint16_t>(std::min<std::uint32_t>(agreement.peer_mss, 0xffff));
  offered_window_ = settings.takes_beyond_window ? whole_segments(receive_buffer, opening.mss)
                                                 : syn_window(receive_buffer);
  window_scaling_ = agreement.window_scaling;
  send_shift_ = agreement.send_shift & 15;
  receive_shift_ = window_scaling_ ? window_shift_for(receive_buffer) & 15 : 0;
  timestamps_ = agreement.timestamps;
  sack_ = agreement.sack;
  const EcnAgreement ecn = ecn_for_syn(syn, settings.ecn);
  ecn_mode_ = ecn.mode;
  heard_ = ecn.heard;
  tells_counts_ = settings.acc_ecn_options != AccEcnOptions::none;
  is_cookie_wanted_ = syn.options.fast_open.is_given();
  is_wish_experimental_ = syn.options.fast_open.is_experimental();
}

// ---- IN -----------------------------------------------------------------------------------------

HalfOpen::Verdict HalfOpen::on_segment(const Segment& segment, Instant now,
                                       const Settings& settings) {
  if (is_repeated_syn(segment)) return repeat(segment);
  if (const std::optional<Drop> drop = check_sequence(segment, settings)) {
    if (segment.has(Flags::rst)) return {.drop = Drop::tcp_reset_out_of_window};
    return refuse(*drop, now, settings);
  }
  if (segment.has(Flags::rst)) return take_reset(segment, now, settings);
  if (segment.has(Flags::syn)) {
    // RFC 9293 3.10.7.4 fourth: a connection of a passive open returns to LISTEN.
    return {.drop = Drop::tcp_bad_flags, .end = Event::syn_in_window};
  }
  if (!segment.has(Flags::ack)) return {.drop = Drop::tcp_no_ack};
  if (segment.ack != iss_ + 1) {
    // RFC 9293 3.10.7.4 fifth: not SND.UNA < SEG.ACK =< SND.NXT.
    return {.drop = Drop::tcp_ack_of_unsent, .answer = Answer::reset};
  }
  is_told_ = segment.options.acc_ecn.is_given();
  return {.is_accepted = true};
}

bool HalfOpen::is_repeated_syn(const Segment& segment) const {
  constexpr std::uint16_t judged = Flags::syn | Flags::ack | Flags::rst | Flags::fin;
  return (segment.flags.bits & judged) == Flags::syn && segment.seq == irs_;
}

// The peer did not hear our SYN+ACK.
HalfOpen::Verdict HalfOpen::repeat(const Segment& syn) {
  // RFC 9768 3.1.5: it cannot be known which of two answers was heard.
  if (is_torn(ecn_mode_, syn.flags)) {
    return {.drop = Drop::tcp_bad_flags, .answer = Answer::reset, .end = Event::syn_in_window};
  }
  hear_ecn(syn);
  // RFC 7323 4.3: echo the time stamp of the SYN that we answer.
  if (timestamps_ && syn.options.has_timestamps) ts_recent_ = syn.options.timestamps.value;
  return {.answer = Answer::syn_ack};
}

void HalfOpen::hear_ecn(const Segment& syn) {
  heard_ = syn.ecn;
  if (asked_by(syn.flags) != EcnMode::none) return;
  // RFC 3168 6.1.1: once without is without. RFC 9768 3.1.5: but who may have heard that we count
  // is told what we count; our text is not to be marked.
  if (ecn_mode_ == EcnMode::classic) ecn_mode_ = EcnMode::none;
  may_mark_ = false;
}

HalfOpen::Verdict HalfOpen::refuse(Drop drop, Instant now, const Settings& settings) {
  if (drop == Drop::tcp_no_timestamp) return {.drop = drop};
  const bool may = limit_.may_answer(now, settings.challenge_interval);
  return {.drop = drop, .answer = may ? Answer::ack : Answer::nothing};
}

// PAWS, then the sequence check of RFC 9293 3.10.7.4 first.
std::optional<Drop> HalfOpen::check_sequence(const Segment& segment,
                                             const Settings& settings) const {
  if (timestamps_ && !segment.has(Flags::rst)) {
    const bool is_stamped = segment.options.has_timestamps;
    if (!is_stamped && settings.drops_unstamped) return Drop::tcp_no_timestamp;  // RFC 7323 3.2
    const std::uint32_t ahead = segment.options.timestamps.value - ts_recent_;
    const bool is_old = is_stamped && static_cast<std::int32_t>(ahead) < 0;
    if (is_old) return Drop::tcp_paws;  // RFC 7323 5.3 R1
  }
  const Seq first = irs_ + 1;
  const std::uint32_t length = segment.length();
  // The next number counts with a closed window, too (RFC 9293 3.10.7.4 first, MUST-66).
  const bool is_acceptable = segment.seq == first ||
                             is_within(segment.seq, first, offered_window_) ||
                             (length > 0 && is_within(segment.end() - 1, first, offered_window_));
  if (!is_acceptable) return Drop::tcp_out_of_window;
  return std::nullopt;
}

HalfOpen::Verdict HalfOpen::take_reset(const Segment& segment, Instant now,
                                       const Settings& settings) {
  // RFC 5961 3.2 (2), (3): only the exact number resets.
  // RFC 9293 MUST-11: back to LISTEN, as this was a passive open.
  if (segment.seq == irs_ + 1) return {.end = Event::reset_half_open};
  return refuse(Drop::tcp_reset_challenged, now, settings);
}

// ---- OUT ----------------------------------------------------------------------------------------

Segment HalfOpen::syn_ack(const FourTuple& tuple, std::uint32_t mss, Instant now) {
  sent_ = microseconds(now);
  if (transmissions_ < most_transmissions) ++transmissions_;
  Segment segment = ack(tuple, now);
  segment.flags.set(Flags::syn);
  fill_ecn(segment);
  segment.seq = iss_;
  segment.window = offered_window_;
  // RFC 9293 MUST-14, SHLD-5, MAY-3.
  segment.options.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(mss, 0xffff));
  segment.options.sack_permitted = sack_;
  // RFC 7323 2.3 (a).
  if (window_scaling_) segment.options.window_scale = receive_shift_;
  return segment;
}

// RFC 9768 3.2.3.2.2: an option only with the first; when that does not help either, without all.
void HalfOpen::fill_ecn(Segment& syn_ack) {
  syn_ack.flags.set_ace(0);
  if (ecn_mode_ == EcnMode::classic) syn_ack.flags.set(Flags::ece);
  if (ecn_mode_ != EcnMode::accurate) return;
  if (time_outs_ >= most_accurate_time_outs) {
    may_mark_ = false;
    return;
  }
  MarkCounter counter{{.mode = ecn_mode_, .heard = heard_}};
  counter.fill_handshake(syn_ack, tells_counts_ && transmissions_ == 1);
}

Segment HalfOpen::ack(const FourTuple& tuple, Instant now) const {
  Segment segment;
  segment.source_port = tuple.local.port;
  segment.destination_port = tuple.remote.port;
  segment.flags.set(Flags::ack);
  if (ecn_mode_ == EcnMode::accurate) segment.flags.set_ace(MarkCounts{}.cep);
  segment.seq = iss_ + 1;
  segment.ack = irs_ + 1;
  segment.window = static_cast<std::uint16_t>(offered_window_ >> receive_shift_);
  if (timestamps_) {
    segment.options.has_timestamps = true;
    segment.options.timestamps = {timestamp_at(now, timestamp_offset_), ts_recent_};
  }
  return segment;
}

// ---- TIME ---------------------------------------------------------------------------------------

Duration HalfOpen::time_out(const Settings& settings) const {
  Duration time_out = settings.initial_rto;
  for (std::uint8_t i = 0; i < time_outs_ && time_out < settings.max_rto; ++i) time_out *= 2;
  return std::min(time_out, settings.max_rto);
}

bool HalfOpen::on_time(std::uint32_t retries) {
  constexpr std::uint8_t most_time_outs = 0x3f;
  if (time_outs_ >= retries || time_outs_ == most_time_outs) return false;
  ++time_outs_;
  return true;
}

bool HalfOpen::is_answer_awaited(Instant now, const Settings& settings) const {
  const Duration waited = std::chrono::microseconds{microseconds(now) - sent_};
  return transmissions_ < most_transmissions && waited < time_out(settings);
}

bool HalfOpen::defer(const Segment& segment, std::uint8_t time_outs) {
  if (segment.length() > 0 || time_outs_ >= time_outs) return false;
  is_acked_ = true;
  return true;
}

// ---- Looking ------------------------------------------------------------------------------------

Accepted HalfOpen::accepted(Instant now) const {
  Accepted accepted;
  accepted.agreement = {.peer_mss = peer_mss_,
                        .window_scaling = window_scaling_,
                        .send_shift = send_shift_,
                        .receive_shift = receive_shift_,
                        .timestamps = timestamps_,
                        .sack = sack_,
                        .ecn = {.mode = ecn_mode_,
                                .heard = heard_,
                                .may_mark = may_mark_,
                                // RFC 9768 3.2.3.2.2: lost, perhaps, with its option; unless
                                // the peer has one.
                                .may_tell = transmissions_ <= 1 || is_told_,
                                .is_told = is_told_}};
  accepted.irs = irs_;
  accepted.ts_recent = ts_recent_;
  accepted.offered_window = offered_window_;
  accepted.syn_acks_sent = transmissions_;
  // RFC 6298 section 3 (a), Karn: no round trip is known when it is not known which one was
  // answered.
  if (transmissions_ == 1) {
    accepted.handshake_rtt = std::chrono::microseconds{microseconds(now) - sent_};
  }
  return accepted;
}

std::uint32_t HalfOpen::microseconds(Instant now) {
  return static_cast<std::uint32_t>(nanoseconds(now) / 1000);
}

void HalfOpen::digest(Digest& digest) const {
  digest.add_together(iss_, irs_);
  digest.add_together(timestamp_offset_, ts_recent_);
  digest.add_together(sent_, peer_mss_, offered_window_);
  limit_.digest(digest);
  digest.add_together(send_shift_, receive_shift_, transmissions_, time_outs_, ecn_mode_, heard_,
                      window_scaling_, timestamps_, sack_, may_mark_, is_cookie_wanted_, is_acked_,
                      is_told_, tells_counts_);
}

}  // namespace acksu::tcp
