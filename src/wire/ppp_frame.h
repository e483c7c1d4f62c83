// PPP frames on a stream of octets: HDLC-like framing (RFC 1662) with its checksum (FCS-16), and
// the protocol field of RFC 1661 section 2. Left out on purpose: FCS-32, FCS alternatives, and
// bit-synchronous lines.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/drop.h"

namespace acksu::wire {

struct PppProtocol {
  static constexpr std::uint16_t ipv4 = 0x0021, ipv6 = 0x0057, ipcp = 0x8021, ipv6cp = 0x8057,
                                 lcp = 0xc021, pap = 0xc023, chap = 0xc223;
};

// How one direction of a line is spoken. The defaults hold before LCP has agreed on anything, and
// always for LCP itself (RFC 1662 section 7.1, RFC 1661 sections 6.5 and 6.6).
struct PppFraming {
  static constexpr std::uint32_t escape_all = 0xffff'ffff;

  std::uint32_t control_map = escape_all;  // ACCM: bit n is set where octet n must be escaped
  bool compresses_address = false;         // ACFC: without address and control
  bool compresses_protocol = false;        // PFC: one octet where the protocol allows it
  constexpr bool operator==(const PppFraming&) const = default;
};

struct PppOctet {
  static constexpr std::uint8_t flag = 0x7e, escape = 0x7d, flip = 0x20, address = 0xff,
                                control = 0x03;
};

// RFC 1662 appendix C.2. Of all octets between two flags it is `good_fcs`, when they are intact.
std::uint16_t ppp_fcs(Bytes bytes, std::uint16_t begun = 0xffff);
inline constexpr std::uint16_t good_fcs = 0xf0b8;
inline constexpr std::uint32_t fcs_bytes = 2;

// The room that a frame with that much information needs at most.
constexpr std::size_t ppp_frame_limit(std::size_t information_bytes) {
  return 2 + 2 * (4 + information_bytes + fcs_bytes);
}

// Writes one frame, from flag to flag, its information piece by piece.
class PppFramer {
 public:
  // The room is as large as `ppp_frame_limit` says.
  PppFramer(MutableBytes room, const PppFraming& framing, std::uint16_t protocol);
  void put(Bytes information);
  // Returns the bytes written.
  std::size_t finish();

 private:
  void escaped(Bytes bytes);

  MutableBytes room_;
  std::uint32_t control_map_;
  std::size_t position_ = 0;
  std::uint16_t fcs_ = 0xffff;
};

std::vector<std::uint8_t> ppp_frame(const PppFraming& framing, std::uint16_t protocol,
                                    Bytes information);

struct PppFrame {
  std::uint16_t protocol = 0;
  Bytes information;
};

// What stands between the flags, without escapes and the checksum: address and control or neither,
// and the protocol in two octets or one. Drops: ppp_runt.
Drop read(Bytes frame, PppFrame& out);

// Takes frames out of a stream that comes in any pieces. It never holds more than one frame.
class PppDeframer {
 public:
  struct Arrival {
    Drop drop = Drop::none;
    Bytes frame;  // as `read` takes it; until the next call
  };

  explicit PppDeframer(std::uint32_t max_information_bytes) : limit_(max_information_bytes) {}

  // Reads on in `stream` to the end of a frame; nothing when the stream was used up before. Drops:
  // ppp_bad_fcs, ppp_too_long, ppp_aborted, ppp_runt.
  std::optional<Arrival> next(Bytes& stream);
  // RFC 1662 section 7.1: octets that the line itself may have put in are left out.
  void set_control_map(std::uint32_t map) { control_map_ = map; }
  void clear();
  std::size_t held_bytes() const { return held_.size(); }
  void digest(Digest& digest) const;

 private:
  void take(std::uint8_t octet);
  std::optional<Arrival> end_frame();

  std::uint32_t limit_;
  std::uint32_t control_map_ = PppFraming::escape_all;
  std::vector<std::uint8_t> held_;
  bool is_escaped_ = false;
  bool is_too_long_ = false;
  bool is_told_ = false;  // what is held was handed out
};

}  // namespace acksu::wire
