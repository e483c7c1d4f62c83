// A TCP connection as somebody between its ends sees it (RFC 7857 section 2, RFC 5382 REQ-2): how
// far it has come, and whether a segment belongs to it. Sequence numbers are tracked in both
// directions, so that a stranger who guesses addresses and ports can neither end a connection nor
// keep one alive: what does not fit changes nothing here. It is passed on all the same, because the
// ends judge better than we do (RFC 5961).
//
// Left out on purpose: time stamps, selective acknowledgements, urgent data.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/segment.h"
#include "base/seq.h"

namespace acksu {

// What of a segment a bystander looks at.
struct TrackedSegment {
  Seq seq;
  Seq ack;
  Flags flags;
  std::uint16_t window = 0;                                     // as in the header
  std::uint8_t window_scale = SegmentOptions::no_window_scale;  // read of a SYN only
  std::uint32_t text_bytes = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t header_bytes = 20;

  bool has(std::uint16_t flag) const { return flags.has(flag); }
  Seq end() const {
    return seq + text_bytes + (has(Flags::syn) ? 1u : 0u) + (has(Flags::fin) ? 1u : 0u);
  }
};

// Reads the header at the front of a packet's `payload_bytes`, as far as `beginning` holds them.
// Drops: tcp_truncated, tcp_bad_data_offset, tcp_port_zero, tcp_bad_flags, tcp_malformed_option.
Drop read(Bytes beginning, std::uint32_t payload_bytes, TrackedSegment& out);

class TcpTracker {
 public:
  enum class Side : std::uint8_t { originator, responder };
  enum class Phase : std::uint8_t {
    opening,      // not both SYNs are acknowledged
    established,  // or half closed
    closing,      // both FINs were seen, or a reset that the other end will believe
  };

  // What the first segment of a flow must be: a SYN, or, to go on with a connection that is older
  // than we are (a restart), any that is neither SYN nor reset and acknowledges.
  static bool may_begin(const TrackedSegment& first, bool takes_up_old_ones);

  // False: it does not belong to the connection as far as we know, and changed nothing.
  bool take(Side from, const TrackedSegment& segment);
  Phase phase() const;
  void digest(Digest& digest) const;

 private:
  struct Half {
    Seq first;  // behind its SYN, which may have text with it (RFC 7413)
    Seq end;    // behind the last that this side has sent
    Seq acked;  // the last acknowledgement that this side got
    Seq limit;  // the right edge of what it may send
    std::uint8_t scale = SegmentOptions::no_window_scale;  // that it announced
    bool has_sent = false;
    bool is_acked = false;  // `acked` and `limit` are known
    bool has_fin = false;
  };

  static std::size_t index_of(Side side) { return static_cast<std::size_t>(side); }
  bool take_syn(Side from, const TrackedSegment& segment);
  bool take_reset(Side from, const TrackedSegment& segment);
  bool is_plausible(Side from, const TrackedSegment& segment) const;
  void note(Side from, const TrackedSegment& segment);
  // Whether it acknowledges that side's SYN, alone or with the text that went with it.
  static bool is_of_syn(Seq ack, const Half& half) {
    return half.has_sent && is_at_or_after(ack, half.first) && is_at_or_before(ack, half.end);
  }

  std::array<Half, 2> halves_;
  bool is_reset_ = false;
};

}  // namespace acksu
