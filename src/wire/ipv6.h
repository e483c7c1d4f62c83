// IPv6 headers and the extension headers behind them (RFC 8200, 5095, 7112, 8504). Hop-by-hop and
// destination options, routing and fragment headers are read; of options only the router alert
// (RFC 2711) is known. No jumbograms, no IPsec, no mobility.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

struct NextHeader {
  static constexpr std::uint8_t hop_by_hop = 0, routing = 43, fragment = 44, icmpv6 = 58, none = 59,
                                destination_options = 60;
};

struct Ipv6Header {
  static constexpr std::uint32_t size = 40;  // bytes
  static constexpr std::uint32_t least_mtu = 1280;

  std::uint8_t traffic_class = 0;    // DSCP and ECN
  std::uint32_t flow_label = 0;      // 20 bits
  std::uint16_t payload_length = 0;  // bytes behind this header, extension headers included
  std::uint8_t next_header = 0;
  std::uint8_t hop_limit = 0;
  IpAddress source;
  IpAddress destination;

  constexpr std::uint32_t total_length() const { return size + payload_length; }
  constexpr bool operator==(const Ipv6Header&) const = default;
};

// Reads a packet that may be followed by padding: the caller trims it to `total_length()`.
// Drops: ip_truncated, ip_bad_version, ip_mapped_address.
Drop read(Bytes packet, Ipv6Header& out);
// The same for a packet of `packet_bytes` of which only the beginning lies in one piece.
Drop read(Bytes beginning, std::size_t packet_bytes, Ipv6Header& out);
// Reads a header quoted by an ICMPv6 error, of whose packet not all follows. Drops: icmp_malformed.
Drop read_quoted(Bytes quote, Ipv6Header& out);
// Returns the bytes written (40); the room is at least as large.
std::uint32_t write(const Ipv6Header& header, MutableBytes room);

// ---- Extension headers --------------------------------------------------------------------------

struct FragmentHeader {
  static constexpr std::uint32_t size = 8;  // bytes

  std::uint8_t next_header = 0;    // what the fragmentable part begins with
  std::uint16_t offset_bytes = 0;  // a multiple of 8
  bool more_fragments = false;
  std::uint32_t identification = 0;

  // RFC 6946: a whole packet that only looks like a fragment.
  constexpr bool is_atomic() const { return offset_bytes == 0 && !more_fragments; }
  constexpr bool operator==(const FragmentHeader&) const = default;
};

// RFC 8504 5.3, and what bounds our work for one packet.
struct Ipv6Limits {
  std::uint32_t headers = 8;          // extension headers
  std::uint32_t header_bytes = 1024;  // of all extension headers together
  std::uint32_t options = 8;          // in one header, padding aside
  std::uint32_t padding_bytes = 7;    // in a row
};

// What an ICMPv6 parameter problem says (RFC 4443 section 3.4).
struct ParameterProblem {
  static constexpr std::uint8_t erroneous_field = 0, unknown_next_header = 1, unknown_option = 2,
                                incomplete_header_chain = 3;

  std::uint8_t code = 0;
  std::uint32_t pointer = 0;       // bytes from the start of the packet
  bool is_for_groups_too = false;  // sent even if the packet was for a multicast address
  constexpr bool operator==(const ParameterProblem&) const = default;
};

struct ExtensionHeaders {
  std::uint8_t protocol = 0;         // of what stands behind them; NextHeader::none: nothing
  std::uint32_t upper_offset = 0;    // where that begins: bytes from the start of the packet
  std::uint32_t protocol_place = 0;  // of the octet that names it, for unknown_next_header
  std::optional<FragmentHeader> fragment;
  std::uint32_t fragment_offset = 0;  // where the fragment header begins
  std::uint32_t fragment_place = 0;   // of the octet that names it
  std::optional<std::uint16_t> router_alert;
  std::optional<ParameterProblem> problem;  // to be told to the source if the packet is dropped
};

// Walks over the extension headers of a packet whose header was read; `beginning` holds them in one
// piece. Behind the header of a later fragment nothing is looked at: `protocol` is then what the
// fragmentable part begins with.
// Drops: ip_truncated, ip_bad_option, ip_bad_fragment, ip_header_order, ip_header_limit,
// ip_option_limit, ip_unknown_option, ip_routing_header, ip_header_chain.
Drop read(Bytes beginning, const Ipv6Header& header, ExtensionHeaders& out,
          const Ipv6Limits& limits = {});
// Returns the bytes written (8); the room is at least as large.
std::uint32_t write(const FragmentHeader& header, MutableBytes room);

inline constexpr std::uint32_t router_alert_header_size = 8;  // bytes
// Writes hop-by-hop options with a router alert for MLD (RFC 2711, 3810 section 5). Returns the
// bytes written (8); the room is at least as large.
std::uint32_t write_router_alert(std::uint8_t next_header, MutableBytes room);

}  // namespace acksu::wire
