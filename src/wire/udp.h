// UDP datagrams (RFC 768).
#pragma once

#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/drop.h"
#include "wire/header_sum.h"

namespace acksu::wire {

struct UdpDatagram {
  static constexpr std::uint32_t header_size = 8;  // bytes

  std::uint16_t source_port = 0;  // 0: no answer is wanted
  std::uint16_t destination_port = 0;
  BufferChain text;             // at most 65,535 - 8 bytes
  std::optional<Sum> text_sum;  // of all text, where somebody took it already
  // RFC 1122 4.1.3.4: whether it carries one; over IPv6 it must.
  bool has_checksum = true;
};

// Takes what follows the IP header, trimmed to the packet; the first slice holds the UDP header.
// Text is cut to the datagram's own length. `out` is of no use unless `Drop::none` is returned.
// Drops: udp_malformed, udp_bad_checksum.
Drop read_udp(BufferChain&& datagram, PseudoHeader pseudo, bool is_checksum_trusted,
              UdpDatagram& out);
// Writes the header that stands before `datagram.text`. Returns the bytes written (8); the room is
// at least as large.
std::uint32_t write_udp(const UdpDatagram& datagram, PseudoHeader pseudo, MutableBytes room);

}  // namespace acksu::wire
