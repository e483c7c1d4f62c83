// ICMPv6 (RFC 4443): echo, and errors with the packet they quote. What NDP and MLD say in ICMPv6
// messages is read in files of their own.
#pragma once

#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/drop.h"
#include "wire/header_sum.h"
#include "wire/ipv6.h"

namespace acksu::wire {

struct Icmpv6Type {
  static constexpr std::uint8_t destination_unreachable = 1, packet_too_big = 2, time_exceeded = 3,
                                parameter_problem = 4, echo_request = 128, echo_reply = 129,
                                mld_query = 130, mld_report = 131, mld_done = 132,
                                router_solicitation = 133, router_advertisement = 134,
                                neighbour_solicitation = 135, neighbour_advertisement = 136,
                                redirect = 137, mld2_report = 143;
};

struct Unreachable6Code {  // of destination_unreachable
  static constexpr std::uint8_t no_route = 0, administratively_prohibited = 1, beyond_scope = 2,
                                address = 3, port = 4, policy = 5, rejected_route = 6;
};

struct TimeExceeded6Code {
  static constexpr std::uint8_t hop_limit = 0, reassembly = 1;
};

struct Icmpv6Message {
  static constexpr std::uint32_t header_size = 8;  // bytes

  std::uint8_t type = 0;
  std::uint8_t code = 0;
  // Echo: identifier and sequence number; packet_too_big: MTU; parameter_problem: pointer.
  std::uint32_t rest = 0;
  BufferChain payload;  // echoed bytes, or the quoted packet

  constexpr std::uint16_t id() const { return static_cast<std::uint16_t>(rest >> 16); }
  constexpr std::uint16_t sequence() const { return static_cast<std::uint16_t>(rest); }
  // RFC 4443 2.1: the highest bit tells errors from everything else.
  constexpr bool is_error() const { return type < 128; }
};

// Takes what follows the last extension header, trimmed to the packet; the first slice holds the
// ICMPv6 header. `out` is of no use unless `Drop::none` is returned. Unknown types are given as
// they are: unknown errors go to whom they concern, others are dropped (RFC 4443 section 2.4).
// Drops: icmp_malformed, icmp_bad_checksum.
Drop read_icmpv6(BufferChain&& message, const PseudoHeader& pseudo, bool is_checksum_trusted,
                 Icmpv6Message& out);
// Writes the header that stands before `message.payload`. Returns the bytes written (8); the room
// is at least as large.
std::uint32_t write_icmpv6(const Icmpv6Message& message, const PseudoHeader& pseudo,
                           MutableBytes room);
// Puts the checksum into a whole message of header and payload in one piece.
void sign_icmpv6(MutableBytes message, const PseudoHeader& pseudo);

// ---- Errors -------------------------------------------------------------------------------------

// RFC 4443 2.4 (c): an error quotes as much of a packet as fits into the least MTU.
inline constexpr std::uint32_t longest_icmpv6_quote =
    Ipv6Header::least_mtu - Ipv6Header::size - Icmpv6Message::header_size;  // bytes

// A packet that somebody might be told an error about.
struct Offence {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  std::optional<std::uint8_t> icmpv6_type;  // when it holds one, as far as that can be seen
  bool was_for_link_group = false;          // its frame was broadcast or multicast
};

// RFC 4443 2.4 (e): whether an error of that type may be sent about a packet at all. Of a parameter
// problem, `is_for_groups_too` is as the walk over the extension headers found it.
bool may_tell_error(std::uint8_t type, bool is_for_groups_too, const Offence& offence);

// The packet of ours that an error speaks of, as far as it was quoted.
struct QuotedPacket6 {
  Ipv6Header ip;
  std::uint8_t protocol = 0;      // behind the extension headers
  bool has_transport = false;     // the quote reaches to where ports are
  std::uint16_t source_port = 0;  // of TCP and UDP; the identifier of an echo request
  std::uint16_t destination_port = 0;
  std::uint32_t tcp_seq = 0;  // RFC 5927 4: must be of text in flight
};

// Reads the payload of an error. A quote that ends, for whatever reason, before it names a
// transport has no `has_transport`: it can be matched with nothing. Drops: icmp_malformed.
Drop read(Bytes quote, QuotedPacket6& out);

}  // namespace acksu::wire
