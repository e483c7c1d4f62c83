// ICMP for IPv4 (RFC 792, 1122 section 3.2.2): echo and errors with the packet they quote.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/drop.h"
#include "wire/ipv4.h"

namespace acksu::wire {

struct IcmpType {
  static constexpr std::uint8_t echo_reply = 0, destination_unreachable = 3, source_quench = 4,
                                redirect = 5, echo_request = 8, time_exceeded = 11,
                                parameter_problem = 12;
};

struct UnreachableCode {  // of destination_unreachable
  static constexpr std::uint8_t network = 0, host = 1, protocol = 2, port = 3,
                                fragmentation_needed = 4, source_route_failed = 5,
                                administratively_prohibited = 13;
};

struct TimeExceededCode {
  static constexpr std::uint8_t ttl = 0, reassembly = 1;
};

struct IcmpMessage {
  static constexpr std::uint32_t header_size = 8;  // bytes

  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t id = 0;        // of an echo; in an error the first half of what its type defines
  std::uint16_t sequence = 0;  // of an echo; of fragmentation_needed the next hop's MTU (RFC 1191)
  BufferChain payload;         // echoed bytes, or the quoted packet

  // RFC 1122 3.2.2: no error is ever sent about these.
  constexpr bool is_error() const {
    return type == IcmpType::destination_unreachable || type == IcmpType::source_quench ||
           type == IcmpType::redirect || type == IcmpType::time_exceeded ||
           type == IcmpType::parameter_problem;
  }
};

// Takes what follows the IP header, trimmed to the packet; the first slice holds the ICMP header.
// `out` is of no use unless `Drop::none` is returned. Unknown types are given as they are.
// Drops: icmp_malformed, icmp_bad_checksum.
Drop read_icmp(BufferChain&& message, bool is_checksum_trusted, IcmpMessage& out);
// Writes the header that stands before `message.payload`. Returns the bytes written (8); the room
// is at least as large.
std::uint32_t write_icmp(const IcmpMessage& message, MutableBytes room);

// The packet of ours that an error speaks of, as far as it was quoted.
struct QuotedPacket {
  Ipv4Header ip;
  std::uint16_t source_port = 0;  // of TCP and UDP
  std::uint16_t destination_port = 0;
  std::uint32_t tcp_seq = 0;  // RFC 5927 4: must be of text in flight
};

// Reads the payload of an error. RFC 792: at least 8 bytes behind the quoted IP header, unless the
// quoted packet itself was shorter. Drops: icmp_malformed.
Drop read(Bytes quote, QuotedPacket& out);

}  // namespace acksu::wire
