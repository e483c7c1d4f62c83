// HDLC-like framing (RFC 1662): escapes, flags and the checksum.
#include "wire/ppp_frame.h"

#include <array>

#include "base/assert.h"
#include "wire/reader.h"

namespace acksu::wire {
namespace {

// RFC 1662 appendix C.1: x^16 + x^12 + x^5 + 1, the lowest bit first.
constexpr auto fcs_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned value = i;
    for (unsigned bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0x8408u : 0u);
    table[i] = static_cast<std::uint16_t>(value);
  }
  return table;
}();
static_assert(fcs_table[1] == 0x1189 && fcs_table[255] == 0x0f78);

// RFC 1662 section 3.1: shorter ones are nobody's frames.
constexpr std::size_t smallest_frame = 4;
constexpr std::uint32_t ppp_header_bytes = 4;

bool is_mapped(std::uint32_t map, std::uint8_t octet) {
  return octet < 0x20 && (map >> octet & 1) != 0;
}

}  // namespace

std::uint16_t ppp_fcs(Bytes bytes, std::uint16_t begun) {
  unsigned fcs = begun;
  for (const std::uint8_t octet : bytes) fcs = fcs >> 8 ^ fcs_table[(fcs ^ octet) & 0xff];
  return static_cast<std::uint16_t>(fcs);
}

PppFramer::PppFramer(MutableBytes room, const PppFraming& framing, std::uint16_t protocol)
    : room_(room), control_map_(framing.control_map) {
  ACKSU_ASSERT(room_.size() >= ppp_frame_limit(0));
  room_[position_++] = PppOctet::flag;
  const bool is_lcp = protocol == PppProtocol::lcp;
  // RFC 1661 section 6.6, RFC 1662 section 7.1: LCP goes out as if nothing had been agreed on.
  if (is_lcp) control_map_ = PppFraming::escape_all;
  if (is_lcp || !framing.compresses_address) {
    put(std::array{PppOctet::address, PppOctet::control});
  }
  const std::array octets{static_cast<std::uint8_t>(protocol >> 8),
                          static_cast<std::uint8_t>(protocol)};
  const bool is_short = framing.compresses_protocol && octets[0] == 0;
  put(Bytes(octets).subspan(is_short ? 1 : 0));
}

void PppFramer::put(Bytes information) {
  fcs_ = ppp_fcs(information, fcs_);
  escaped(information);
}

std::size_t PppFramer::finish() {
  const auto sum = static_cast<std::uint16_t>(~fcs_);
  escaped(std::array{static_cast<std::uint8_t>(sum), static_cast<std::uint8_t>(sum >> 8)});
  room_[position_++] = PppOctet::flag;
  return position_;
}

void PppFramer::escaped(Bytes bytes) {
  ACKSU_ASSERT(position_ + 2 * bytes.size() < room_.size());
  for (const std::uint8_t octet : bytes) {
    const bool is_special = octet == PppOctet::flag || octet == PppOctet::escape;
    if (!is_special && !is_mapped(control_map_, octet)) {
      room_[position_++] = octet;
      continue;
    }
    room_[position_++] = PppOctet::escape;
    room_[position_++] = octet ^ PppOctet::flip;
  }
}

std::vector<std::uint8_t> ppp_frame(const PppFraming& framing, std::uint16_t protocol,
                                    Bytes information) {
  std::vector<std::uint8_t> bytes(ppp_frame_limit(information.size()));
  PppFramer framer(bytes, framing, protocol);
  framer.put(information);
  bytes.resize(framer.finish());
  return bytes;
}

Drop read(Bytes frame, PppFrame& out) {
  Reader reader(frame);
  // RFC 1661 section 6.6: 0xff is no protocol, so both forms can be told apart.
  if (frame.size() >= 2 && frame[0] == PppOctet::address && frame[1] == PppOctet::control) {
    reader.bytes(2);
  }
  std::uint16_t protocol = reader.u8();
  // RFC 1661 section 2: the last octet of the protocol is the odd one.
  if ((protocol & 1) == 0) protocol = static_cast<std::uint16_t>(protocol << 8 | reader.u8());
  if (reader.failed()) return Drop::ppp_runt;
  out.protocol = protocol;
  out.information = reader.rest();
  return Drop::none;
}

std::optional<PppDeframer::Arrival> PppDeframer::next(Bytes& stream) {
  if (is_told_) clear();
  while (!stream.empty()) {
    const std::uint8_t octet = stream.front();
    stream = stream.subspan(1);
    if (octet != PppOctet::flag) {
      take(octet);
      continue;
    }
    if (const auto arrival = end_frame()) return arrival;
  }
  return std::nullopt;
}

void PppDeframer::take(std::uint8_t octet) {
  // RFC 1662 section 4.2: before anything else, an escape that the line put in not excepted.
  if (is_mapped(control_map_, octet) || is_too_long_) return;
  if (!is_escaped_ && octet == PppOctet::escape) {
    is_escaped_ = true;
    return;
  }
  if (is_escaped_) octet ^= PppOctet::flip;
  is_escaped_ = false;
  is_too_long_ = held_.size() == limit_ + ppp_header_bytes + fcs_bytes;
  if (!is_too_long_) held_.push_back(octet);
}

// One flag may end a frame and begin the next; between two of them there is no frame.
std::optional<PppDeframer::Arrival> PppDeframer::end_frame() {
  Arrival arrival;
  if (is_too_long_) {
    arrival.drop = Drop::ppp_too_long;
  } else if (is_escaped_) {
    arrival.drop = Drop::ppp_aborted;  // RFC 1662 section 4.3
  } else if (held_.empty()) {
    return std::nullopt;
  } else if (held_.size() < smallest_frame) {
    arrival.drop = Drop::ppp_runt;
  } else if (ppp_fcs(held_) != good_fcs) {
    arrival.drop = Drop::ppp_bad_fcs;
  } else {
    arrival.frame = Bytes(held_).first(held_.size() - fcs_bytes);
  }
  is_told_ = true;
  return arrival;
}

void PppDeframer::clear() {
  held_.clear();
  is_escaped_ = is_too_long_ = is_told_ = false;
}

void PppDeframer::digest(Digest& digest) const {
  digest.add(is_told_ ? Bytes{} : Bytes(held_));
  digest.add((is_escaped_ && !is_told_ ? 1u : 0u) | (is_too_long_ && !is_told_ ? 2u : 0u));
  digest.add(control_map_);
}

}  // namespace acksu::wire
