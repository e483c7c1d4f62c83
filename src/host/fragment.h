// One fragment of an IPv4 or IPv6 packet, as the reassembler wants it: RFC 791 section 3.2, RFC
// 8200 section 4.5.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace acksu {

struct Fragment {
  IpAddress source;
  IpAddress destination;
  std::uint32_t identification = 0;
  std::uint8_t protocol = 0;  // what the text of a first fragment begins with
  std::uint8_t ecn = 0;       // RFC 3168: 0 not capable, 1 and 2 capable, 3 congestion was met
  std::uint32_t offset_bytes = 0;
  bool more_fragments = false;
  std::uint32_t header_bytes = 0;  // of IP and, in IPv6, of all up to and with the fragment header
  std::uint32_t next_header_place = 0;  // IPv6: of the octet that names the fragment header
  std::uint32_t upper_offset = 0;  // of a first fragment: of its transport header, in the packet
  BufferChain packet;  // from the IP header on, trimmed; the first slice holds all headers

  // Of a packet whose header(s) were read without a drop, and which is a fragment.
  static Fragment of(const wire::Ipv4Header& header, BufferChain packet);
  static Fragment of(const wire::Ipv6Header& header, const wire::ExtensionHeaders& extensions,
                     BufferChain packet);

  bool is_first() const { return offset_bytes == 0; }
  // RFC 6946: whole, and nothing to wait for.
  bool is_atomic() const { return offset_bytes == 0 && !more_fragments; }
  std::uint32_t text_bytes() const { return packet.size() - header_bytes; }
  std::uint32_t end_bytes() const { return offset_bytes + text_bytes(); }
};

}  // namespace acksu
