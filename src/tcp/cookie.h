// SYN cookies (RFC 4987 section 3.6): a SYN+ACK whose sequence number holds all that a half-open
// record would, so that a flood of SYNs costs no memory.
//
//   ISS      31                                4  3    2  0
//            | SipHash-2-4 of all that is bound  | epoch | MSS |     epochs of 64 s
//   TSval    31                                6  5      4      3  0
//            | our clock, never ahead of it      | zero | SACK | scale |
//
// Bound are the four-tuple, the peer's ISN, the epoch, the MSS and the options: a blind guess of an
// ACK is right once in 2^28, and once in 2^43 when the peer uses time stamps. A cookie is good in
// its epoch and the next, and only while cookies are being sent.
//
// Left out on purpose: without time stamps there is no place for window scale and SACK, so such a
// connection has neither. That accurate ECN was agreed on needs no place: the
// ACK tells it (RFC 9768 5.1); that of RFC 3168 has none.
#pragma once

#include <cstdint>
#include <optional>

#include "base/digest.h"
#include "base/segment.h"
#include "base/siphash.h"
#include "tcp/context.h"
#include "tcp/opening.h"

namespace acksu::tcp {

class Cookies {
 public:
  static constexpr Duration epoch_length = 64s;
  // Wrong cookies looked at in a second; what comes beyond is refused unseen. At this rate a blind
  // forger needs more than an hour for one connection that can do nothing.
  static constexpr std::uint32_t max_failures_per_second = 1 << 16;

  explicit Cookies(SipKey key) : key_(key) {}

  // The SYN+ACK that answers `syn`; `opening.iss` is not used.
  Segment syn_ack(const Segment& syn, const Opening& opening, BufferSize receive_buffer,
                  const Context& context);
  // What the connection is made from when `segment` acknowledges a cookie of ours. `opening.iss` is
  // set to the cookie.
  std::optional<Accepted> accept(const Segment& segment, Opening& opening,
                                 BufferSize receive_buffer, const Context& context);

  // Cookies were sent so lately that an ACK may bring one back.
  bool is_pressed(Instant now) const { return now < pressed_until_; }
  void digest(Digest& digest) const;

 private:
  struct Content {
    Seq irs;
    std::uint64_t epoch = 0;
    std::uint32_t mss_index = 0;
    std::uint32_t option_bits = 0;
    bool has_timestamps = false;
  };

  Seq cookie(const FourTuple& tuple, const Content& content) const;
  std::optional<Content> open(const Segment& segment, const Opening& opening, Instant now) const;
  bool may_look(Instant now);

  SipKey key_;
  Instant pressed_until_ = Instant::min();
  Instant second_ends_ = Instant::min();  // of counting failures
  std::uint32_t failures_ = 0;            // in that second
};

}  // namespace acksu::tcp
