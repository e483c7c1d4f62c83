// The judgement of a bystander.
//
//   side's own:   acked ........ end ........ limit
//                 |  sent, in flight |  may be sent  |
#include "host/tcp_tracker.h"

#include <algorithm>

namespace acksu {
namespace {

// RFC 7323 2.3: larger shifts count as 14.
constexpr std::uint8_t largest_scale = 14;

constexpr std::uint8_t option_end = 0, option_no_operation = 1, option_window_scale = 3;

// RFC 9293 3.1: the option list of a SYN, as far as its window scale.
Drop read_window_scale(Bytes options, std::uint8_t& scale) {
  std::size_t at = 0;
  while (at < options.size() && options[at] != option_end) {
    if (options[at] == option_no_operation) {
      ++at;
      continue;
    }
    if (options.size() - at < 2) return Drop::tcp_malformed_option;
    const std::size_t length = options[at + 1];
    if (length < 2 || length > options.size() - at) return Drop::tcp_malformed_option;
    if (options[at] == option_window_scale && length == 3) {
      scale = std::min(options[at + 2], largest_scale);
    }
    at += length;
  }
  return Drop::none;
}

std::uint32_t window_bytes(const TrackedSegment& segment, std::uint8_t scale) {
  // RFC 7323 2.2: the window of a SYN is never scaled.
  if (segment.has(Flags::syn) || scale == SegmentOptions::no_window_scale) return segment.window;
  return std::uint32_t{segment.window} << scale;
}

}  // namespace

Drop read(Bytes beginning, std::uint32_t payload_bytes, TrackedSegment& out) {
  if (beginning.size() < 20 || payload_bytes < 20) return Drop::tcp_truncated;
  const std::uint8_t* at = beginning.data();
  const std::uint32_t header_bytes = (at[12] >> 4) * 4u;
  if (header_bytes < 20 || header_bytes > payload_bytes) return Drop::tcp_bad_data_offset;
  if (header_bytes > beginning.size()) return Drop::tcp_truncated;
  out.source_port = load_be16(at);
  out.destination_port = load_be16(at + 2);
  out.seq = Seq{load_be32(at + 4)};
  out.ack = Seq{load_be32(at + 8)};
  out.flags.bits = at[13];
  out.window = load_be16(at + 14);
  out.header_bytes = static_cast<std::uint8_t>(header_bytes);
  out.text_bytes = payload_bytes - header_bytes;
  out.window_scale = SegmentOptions::no_window_scale;
  if (out.source_port == 0 || out.destination_port == 0) return Drop::tcp_port_zero;
  if (!out.has(Flags::syn)) return Drop::none;
  if (out.has(Flags::fin) || out.has(Flags::rst)) return Drop::tcp_bad_flags;
  return read_window_scale(beginning.subspan(20, header_bytes - 20), out.window_scale);
}

bool TcpTracker::may_begin(const TrackedSegment& first, bool takes_up_old_ones) {
  if (first.has(Flags::rst)) return false;
  if (first.has(Flags::syn)) return !first.has(Flags::ack);
  return takes_up_old_ones && first.has(Flags::ack);
}

TcpTracker::Phase TcpTracker::phase() const {
  const Half& a = halves_[0];
  const Half& b = halves_[1];
  if (is_reset_ || (a.has_fin && b.has_fin)) return Phase::closing;
  return a.is_acked && b.is_acked ? Phase::established : Phase::opening;
}

bool TcpTracker::take(Side from, const TrackedSegment& segment) {
  if (segment.has(Flags::syn)) return take_syn(from, segment);
  if (segment.has(Flags::rst)) return take_reset(from, segment);
  if (!is_plausible(from, segment)) return false;
  note(from, segment);
  // As RFC 6146 3.5.2.2 has it: a connection that goes on after a reset was not reset.
  is_reset_ = false;
  return true;
}

bool TcpTracker::take_syn(Side from, const TrackedSegment& segment) {
  const Phase now = phase();
  if (now == Phase::established) return false;
  Half& own = halves_[index_of(from)];
  const Half& peer = halves_[1 - index_of(from)];
  if (segment.has(Flags::ack)) {
    if (now == Phase::closing || !is_of_syn(segment.ack, peer)) return false;
  } else if (from == Side::originator) {
    // A new connection with the old name, or one that its sender began anew. A SYN that comes again
    // may have lost its text.
    const bool is_new = now == Phase::closing || !own.has_sent || segment.seq + 1 != own.first;
    if (is_new) *this = TcpTracker{};
  } else if (now == Phase::closing) {
    return false;
  }
  // RFC 9293 MUST-10: simultaneous open. The other side's SYN comes without an ACK.
  own.scale = segment.window_scale;
  note(from, segment);
  return true;
}

// RFC 7857 2.2 asks for RFC 5961's checks: only a reset that the other end will believe counts.
bool TcpTracker::take_reset(Side from, const TrackedSegment& segment) {
  const Half& own = halves_[index_of(from)];
  const Half& peer = halves_[1 - index_of(from)];
  bool is_believed = false;
  if (own.is_acked) {
    const std::uint32_t window = bytes_between(own.acked, own.limit);
    is_believed = is_within(segment.seq, own.acked, window + 1);
  } else if (own.has_sent) {
    is_believed = segment.seq == own.end;
  } else {
    // RFC 9293 3.10.7.3: an answer to a SYN acknowledges it.
    is_believed = segment.has(Flags::ack) && is_of_syn(segment.ack, peer);
  }
  is_reset_ = is_reset_ || is_believed;
  return is_believed;
}

bool TcpTracker::is_plausible(Side from, const TrackedSegment& segment) const {
  const Half& own = halves_[index_of(from)];
  const Half& peer = halves_[1 - index_of(from)];
  if (own.is_acked) {
    // Not beyond what the other side takes (but for the octet of a window probe, RFC 9293 3.8.6.1),
    // and not older than a window.
    if (is_after(segment.end(), own.limit + 1)) return false;
    const std::uint32_t window = std::max(bytes_between(own.acked, own.limit), 0xffffu);
    if (is_before(segment.end(), own.acked - window)) return false;
  } else if (own.has_sent) {
    if (segment.seq != own.end && segment.end() != own.end) return false;
  } else if (from == Side::responder && !peer.is_acked) {
    return false;  // of a connection that opens, the first from there is a SYN
  }
  if (!segment.has(Flags::ack)) return false;  // RFC 9293 3.10.7.4: each has it
  if (peer.has_sent && is_after(segment.ack, peer.end)) return false;
  return !peer.is_acked || is_at_or_after(segment.ack, peer.acked - 0xffffu * 4);
}

// Never backwards: old segments bring no news.
void TcpTracker::note(Side from, const TrackedSegment& segment) {
  Half& own = halves_[index_of(from)];
  Half& peer = halves_[1 - index_of(from)];
  if (!own.has_sent) own.first = segment.has(Flags::syn) ? segment.seq + 1 : segment.end();
  own.end = own.has_sent ? later(own.end, segment.end()) : segment.end();
  own.has_sent = true;
  own.has_fin = own.has_fin || segment.has(Flags::fin);
  if (!segment.has(Flags::ack)) return;
  // RFC 7323 2.2: scaling only when both SYNs ask for it.
  const bool is_scaled = peer.scale != SegmentOptions::no_window_scale;
  const std::uint8_t scale = is_scaled ? own.scale : SegmentOptions::no_window_scale;
  const Seq limit = segment.ack + window_bytes(segment, scale);
  peer.limit = peer.is_acked ? later(peer.limit, limit) : limit;
  peer.acked = peer.is_acked ? later(peer.acked, segment.ack) : segment.ack;
  peer.is_acked = true;
  if (!peer.has_sent) {  // a connection older than we are
    peer.first = peer.end = segment.ack;
    peer.has_sent = true;
  }
}

void TcpTracker::digest(Digest& digest) const {
  for (const Half& half : halves_) {
    digest.add((std::uint64_t{half.end.value()} << 32) | half.acked.value());
    digest.add((std::uint64_t{half.limit.value()} << 32) | std::uint64_t{half.scale} << 3 |
               (half.has_sent ? 4u : 0u) | (half.is_acked ? 2u : 0u) | (half.has_fin ? 1u : 0u));
    digest.add(half.first.value());
  }
  digest.add(is_reset_ ? 1 : 0);
}

}  // namespace acksu
