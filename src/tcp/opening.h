// What is known when a connection begins: its name, its numbers, its path, and what both SYNs
// agreed on.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/segment.h"
#include "base/seq.h"
#include "base/time.h"
#include "tcp/buffer_size.h"
#include "tcp/ecn_mode.h"

namespace acksu::tcp {

// Given by the host, which knows routes and secrets.
struct Opening {
  FourTuple tuple;
  Seq iss;  // RFC 6528
  std::uint32_t timestamp_offset =
      0;                    // added to our clock in milliseconds (RFC 7323 7.1: per connection)
  std::uint32_t mss = 536;  // largest text the path and our link take with no options: MTU - 40
  std::uint32_t max_split_bytes = 0;  // text of one segment that the device splits; 0: it cannot
};

// What the two SYNs agreed on.
struct Agreement {
  std::uint32_t peer_mss = 536;  // the default of the IP version when the SYN names none
  bool window_scaling = false;
  std::uint8_t send_shift = 0;     // the peer's scale, for SEG.WND
  std::uint8_t receive_shift = 0;  // ours
  bool timestamps = false;
  bool sack = false;
  EcnAgreement ecn;
};

// A connection whose SYN+ACK was acknowledged: made from a half-open record or a cookie. The
// segment that acknowledged it is then given to `Connection::on_segment`, still in SYN-RECEIVED.
struct Accepted {
  Agreement agreement;
  Seq irs;
  std::uint32_t ts_recent = 0;            // TSval of the peer's SYN
  std::uint16_t offered_window = 0;       // as in our SYN+ACK (never scaled)
  std::optional<Duration> handshake_rtt;  // SYN+ACK to ACK, when it was sent only once
  std::uint8_t syn_acks_sent = 1;
};

// Our scale for a receive buffer of that size: the smallest with which it can be offered whole when
// it has grown, at most 14.
std::uint8_t window_shift_for(BufferSize receive_buffer);

// What both ends agreed on when one offered `theirs` in its SYN, and we offered (or will answer
// with) all that `settings` allow.
Agreement agree(const SegmentOptions& theirs, const Settings& settings,
                std::uint32_t default_mss = 536);
// RFC 9293 MUST-15: what a peer takes who does not say it, by the IP version.
constexpr std::uint32_t default_mss_of(const FourTuple& tuple) {
  return tuple.remote.address.is_v4() ? 536 : 1220;
}

// Our clock in a time stamp: milliseconds (RFC 7323 5.4 (a), (b): 1 ms to 1 s a tick).
std::uint32_t timestamp_at(Instant now, std::uint32_t offset);

}  // namespace acksu::tcp
