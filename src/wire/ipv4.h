// IPv4 headers (RFC 791, 1122, 6864). Options are checked and skipped, never written.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"
#include "wire/header_sum.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

struct IpProtocol {
  static constexpr std::uint8_t icmp = 1, igmp = 2, tcp = 6, udp = 17;
};

// Of the header's second word.
struct Ipv4FragmentBits {
  static constexpr std::uint16_t dont_fragment = 0x4000, more_fragments = 0x2000, offset = 0x1fff;
};

struct Ipv4Header {
  static constexpr std::uint32_t size = 20;  // bytes, without options

  std::uint8_t dscp_ecn = 0;
  std::uint16_t total_length = 0;  // bytes, header included
  std::uint16_t identification = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset_bytes = 0;  // a multiple of 8
  std::uint8_t ttl = 0;
  std::uint8_t protocol = 0;
  IpAddress source;
  IpAddress destination;
  std::uint8_t header_bytes = size;  // 20..60

  constexpr std::uint32_t payload_bytes() const {
    return std::uint32_t{total_length} - header_bytes;
  }
  constexpr bool is_fragment() const { return more_fragments || fragment_offset_bytes != 0; }
  constexpr bool operator==(const Ipv4Header&) const = default;
};

// A header without its options, by words.
struct Ipv4Words {
  std::uint32_t length;    // version, header length, DSCP and ECN, total length
  std::uint32_t fragment;  // identification, flags, fragment offset
  std::uint32_t protocol;  // TTL, protocol, checksum
  std::uint32_t source;
  std::uint32_t destination;

  static Ipv4Words of(const Fixed<Ipv4Header::size>& header) {
    return {header.be32<0>(), header.be32<4>(), header.be32<8>(), header.be32<12>(),
            header.be32<16>()};
  }
  std::uint64_t sum() const {
    return std::uint64_t{length} + fragment + protocol + source + destination;
  }
  std::uint8_t upper_protocol() const { return static_cast<std::uint8_t>(protocol >> 16); }
};

// Whether a header is what nearly all are: without options, no fragment, as long as it says, and
// whole.
[[gnu::always_inline]] inline bool is_plain(const Fixed<Ipv4Header::size>& header,
                                            std::size_t packet_bytes) {
  constexpr std::uint8_t version_length = 0x45;
  constexpr std::uint16_t fragments = Ipv4FragmentBits::more_fragments | Ipv4FragmentBits::offset;
  HeaderSum sum;
  sum.add_all(std::uint64_t{header.native32<0>()} + header.native32<4>() + header.native32<8>() +
              header.native32<12>() + header.native32<16>());
  return header.u8<0>() == version_length && header.be16<2>() == packet_bytes &&
         (header.be16<6>() & fragments) == 0 && sum.is_whole();
}

// Reads any packet; see `read`.
Drop read_any(Bytes beginning, std::size_t packet_bytes, Ipv4Header& out);

// Reads a packet of `packet_bytes`, of which at least the header lies in one piece. It may be
// followed by padding: the caller trims it to `total_length`. Drops: ip_truncated, ip_bad_version,
// ip_bad_header_length, ip_bad_total_length, ip_bad_checksum, ip_bad_option, ip_source_route
// (source routes and record route), ip_bad_fragment.
[[gnu::always_inline]] inline Drop read(Bytes beginning, std::size_t packet_bytes,
                                        Ipv4Header& out) {
  if (beginning.size() < Ipv4Header::size) return Drop::ip_truncated;
  const Fixed<Ipv4Header::size> header{beginning.first<Ipv4Header::size>()};
  if (!is_plain(header, packet_bytes)) [[unlikely]]
    return read_any(beginning, packet_bytes, out);
  const auto words = Ipv4Words::of(header);
  out = {.dscp_ecn = static_cast<std::uint8_t>(words.length >> 16),
         .total_length = static_cast<std::uint16_t>(words.length),
         .identification = static_cast<std::uint16_t>(words.fragment >> 16),
         .dont_fragment = (words.fragment & Ipv4FragmentBits::dont_fragment) != 0,
         .ttl = static_cast<std::uint8_t>(words.protocol >> 24),
         .protocol = words.upper_protocol(),
         .source = IpAddress::v4(words.source),
         .destination = IpAddress::v4(words.destination)};
  return Drop::none;
}
// Of a header that was refused with ip_bad_option: where the octet stands that is wrong, as a
// parameter problem tells it (RFC 792).
std::uint8_t place_of_bad_option(Bytes header);
// A packet in one piece.
inline Drop read(Bytes packet, Ipv4Header& out) { return read(packet, packet.size(), out); }
// Reads a header quoted by an ICMP error: of its packet as little as 8 bytes may follow, and a
// router may have changed it without a new checksum. Drops: icmp_malformed.
Drop read_quoted(Bytes quote, Ipv4Header& out);
// Writes these words, and the checksum where there is none yet.
[[gnu::always_inline]] inline void put(const Ipv4Words& words, MutableBytes room) {
  HeaderSum sum;
  sum.add_all(words.sum());
  const FixedRoom<Ipv4Header::size> to(room.first<Ipv4Header::size>());
  to.be32<0>(words.length);
  to.be32<4>(words.fragment);
  to.be32<8>(words.protocol | sum.folded().checksum());
  to.be32<12>(words.source);
  to.be32<16>(words.destination);
}

// What the header of an atomic packet (RFC 6864) says: it may not be fragmented, and needs no
// identification.
struct AtomicIpv4 {
  std::uint8_t dscp_ecn = 0;
  std::uint8_t ttl = 0;
  std::uint8_t protocol = 0;
  std::uint16_t total_length = 0;  // bytes
  std::uint32_t source = 0;        // addresses
  std::uint32_t destination = 0;
};
// Writes it as `write` does.
[[gnu::always_inline]] inline void write(const AtomicIpv4& header, MutableBytes room) {
  ACKSU_ASSERT(room.size() >= Ipv4Header::size);
  const std::uint32_t version_to_length =
      0x4500'0000u | std::uint32_t{header.dscp_ecn} << 16 | header.total_length;
  constexpr std::uint32_t identity = Ipv4FragmentBits::dont_fragment;
  const std::uint32_t ttl_protocol =
      std::uint32_t{header.ttl} << 24 | std::uint32_t{header.protocol} << 16;
  put({version_to_length, identity, ttl_protocol, header.source, header.destination}, room);
}
// Writes a header without options and with its checksum. Returns the bytes written (20); the room
// is at least as large.
[[gnu::always_inline]] inline std::uint32_t write(const Ipv4Header& header, MutableBytes room) {
  ACKSU_ASSERT(header.source.is_v4() && header.destination.is_v4());
  ACKSU_ASSERT(header.header_bytes == Ipv4Header::size && header.fragment_offset_bytes % 8 == 0);
  ACKSU_ASSERT(room.size() >= Ipv4Header::size);
  const std::uint32_t fragment = (header.dont_fragment ? Ipv4FragmentBits::dont_fragment : 0u) |
                                 (header.more_fragments ? Ipv4FragmentBits::more_fragments : 0u) |
                                 (header.fragment_offset_bytes / 8u);
  const std::uint32_t version_to_length =
      0x4500'0000u | std::uint32_t{header.dscp_ecn} << 16 | header.total_length;
  const std::uint32_t identity = std::uint32_t{header.identification} << 16 | fragment;
  const std::uint32_t ttl_protocol =
      std::uint32_t{header.ttl} << 24 | std::uint32_t{header.protocol} << 16;
  put({version_to_length, identity, ttl_protocol, header.source.as_v4(),
       header.destination.as_v4()},
      room);
  return Ipv4Header::size;
}

// The same with a router alert (RFC 2113) behind it, which `header.total_length` counts in: 24
// bytes.
std::uint32_t write_with_router_alert(const Ipv4Header& header, MutableBytes room);
inline constexpr std::uint32_t ipv4_with_router_alert_size = 24;
// Whether a header that was read has a router alert among its options.
bool has_router_alert(Bytes header);

}  // namespace acksu::wire
