// Judging segments that arrive in TIME-WAIT.
#include "tcp/time_wait.h"

#include <algorithm>

#include "tcp/connection.h"

namespace acksu::tcp {

TimeWait::TimeWait(const Remains& remains)
    : snd_nxt_(remains.snd_nxt),
      rcv_nxt_(remains.rcv_nxt),
      ts_recent_(remains.ts_recent),
      window_(static_cast<std::uint16_t>(
          std::min<std::uint32_t>(remains.rcv_wnd >> remains.receive_shift, 0xffff))),
      shift_(remains.receive_shift),
      has_timestamps_(remains.has_timestamps),
      ace_(remains.ace & 7) {}

TimeWait::Verdict TimeWait::on_segment(const Segment& segment, Instant now,
                                       const Settings& settings) {
  // RFC 1337 section 3 (F1): a reset does not end the wait.
  if (segment.has(Flags::rst)) return {};
  if (segment.has(Flags::syn)) {
    // With FIN it is nothing that a listener would take (judge_in_listen).
    const bool may_begin = !segment.has(Flags::ack) && !segment.has(Flags::fin);
    if (may_begin && is_newer(segment, settings)) {
      return {.drop = Drop::none, .is_reopened = true};
    }
    return challenge(Drop::tcp_syn_challenged, now, settings);  // RFC 9293 3.10.7.4 fourth
  }
  if (is_old(segment)) return challenge(Drop::tcp_paws, now, settings);
  if (!segment.has(Flags::ack)) return {.drop = Drop::tcp_no_ack};
  if (is_after(segment.ack, snd_nxt_)) return challenge(Drop::tcp_ack_of_unsent, now, settings);
  if (segment.has(Flags::fin) && segment.end() == rcv_nxt_) {
    // RFC 9293 3.10.7.4 eighth: the peer did not hear our ACK; acknowledge, restart 2 MSL.
    if (has_timestamps_ && segment.options.has_timestamps) {
      ts_recent_ = segment.options.timestamps.value;
    }
    return {.answer = Answer::ack, .is_restarted = true};
  }
  if (!is_acceptable(segment)) return challenge(Drop::tcp_out_of_window, now, settings);
  // RFC 9293 3.10.7.4 fifth: all that is left to come is the FIN. Whoever says more is told so.
  const bool is_bare = segment.length() == 0 && segment.seq == rcv_nxt_;
  return is_bare ? Verdict{} : challenge(Drop::tcp_time_wait, now, settings);
}

// RFC 6191 section 2, RFC 9293 MAY-2, SHLD-4: the SYN cannot be an old duplicate.
bool TimeWait::is_newer(const Segment& syn, const Settings& settings) const {
  const bool is_beyond = is_at_or_after(syn.seq, rcv_nxt_);
  if (!syn.options.has_timestamps || !settings.timestamps) return is_beyond;
  if (!has_timestamps_) return true;
  const auto ahead = static_cast<std::int32_t>(syn.options.timestamps.value - ts_recent_);
  return ahead > 0 || (ahead == 0 && is_beyond);
}

// RFC 7323 5.3 R1; segments without a time stamp are judged by their numbers alone.
bool TimeWait::is_old(const Segment& segment) const {
  if (!has_timestamps_ || !segment.options.has_timestamps) return false;
  return static_cast<std::int32_t>(segment.options.timestamps.value - ts_recent_) < 0;
}

bool TimeWait::is_acceptable(const Segment& segment) const {
  const std::uint32_t length = segment.length();
  if (length == 0) {
    return segment.seq == rcv_nxt_ || is_within(segment.seq, rcv_nxt_, window_bytes());
  }
  return is_within(segment.seq, rcv_nxt_, window_bytes()) ||
         is_within(segment.end() - 1, rcv_nxt_, window_bytes());
}

TimeWait::Verdict TimeWait::challenge(Drop drop, Instant now, const Settings& settings) {
  const bool may = limit_.may_answer(now, settings.challenge_interval);
  return {.drop = drop, .answer = may ? Answer::ack : Answer::nothing};
}

Segment TimeWait::ack(const FourTuple& tuple, std::uint32_t timestamp_offset, Instant now) const {
  Segment segment;
  segment.source_port = tuple.local.port;
  segment.destination_port = tuple.remote.port;
  segment.flags.set(Flags::ack);
  segment.flags.set_ace(ace_);
  segment.seq = snd_nxt_;
  segment.ack = rcv_nxt_;
  segment.window = window_;
  if (has_timestamps_) {
    segment.options.has_timestamps = true;
    segment.options.timestamps = {timestamp_at(now, timestamp_offset), ts_recent_};
  }
  return segment;
}

Seq TimeWait::iss_beyond(Seq wanted) const {
  constexpr std::uint32_t gap = 1 << 16;
  return is_after(wanted, snd_nxt_) ? wanted : snd_nxt_ + gap;
}

void TimeWait::digest(Digest& digest) const {
  digest.add_together(snd_nxt_, rcv_nxt_);
  digest.add_together(ts_recent_, window_, ace_, shift_);
  digest.add_together(has_timestamps_);
  limit_.digest(digest);
}

}  // namespace acksu::tcp
