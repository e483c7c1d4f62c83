// IPv4 headers (RFC 791, 1122, 6864). Options are checked and skipped, never written.
#include "wire/ipv4.h"

#include "wire/header_sum.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

constexpr std::uint16_t dont_fragment_bit = 0x4000;
constexpr std::uint16_t more_fragments_bit = 0x2000;
constexpr std::uint16_t offset_mask = 0x1fff;

struct Option {
  static constexpr std::uint8_t end = 0, no_operation = 1, record_route = 7,
                                loose_source_route = 131, strict_source_route = 137;
};

// RFC 1122 3.2.1.8: options that we do not know are skipped.
Drop check_options(Bytes options) {
  Reader reader(options);
  while (reader.remaining() > 0) {
    const std::uint8_t type = reader.u8();
    if (type == Option::end) return Drop::none;
    if (type == Option::no_operation) continue;
    const std::uint8_t length = reader.u8();
    if (length < 2) return Drop::ip_bad_option;
    reader.bytes(length - 2u);
    if (reader.failed()) return Drop::ip_bad_option;
    // RFC 7126 4.3, 4.4, 4.6: source routes and record route are dropped by default.
    if (type == Option::loose_source_route || type == Option::strict_source_route ||
        type == Option::record_route)
      return Drop::ip_source_route;
  }
  return Drop::none;
}

// RFC 791 3.2: fragments but the last are multiples of 8 bytes, and none reaches past the largest
// datagram.
bool is_legal_fragment(const Ipv4Header& header) {
  if (header.more_fragments && header.payload_bytes() % 8 != 0) return false;
  return std::uint32_t{header.fragment_offset_bytes} + header.total_length <= 0xffff;
}

// A header without its options, by words.
struct Fields {
  explicit Fields(const Fixed<Ipv4Header::size>& header)
      : length(header.be32<0>()),
        fragment(header.be32<4>()),
        protocol(header.be32<8>()),
        source(header.be32<12>()),
        destination(header.be32<16>()) {}

  std::uint32_t length;    // version, header length, DSCP and ECN, total length
  std::uint32_t fragment;  // identification, flags, fragment offset
  std::uint32_t protocol;  // TTL, protocol, checksum
  std::uint32_t source;
  std::uint32_t destination;

  std::uint32_t version() const { return length >> 28; }
  std::uint64_t sum() const {
    return std::uint64_t{length} + fragment + protocol + source + destination;
  }
};

void fill(const Fields& fields, Ipv4Header& out) {
  out.header_bytes = static_cast<std::uint8_t>((fields.length >> 24 & 0x0f) * 4);
  out.dscp_ecn = static_cast<std::uint8_t>(fields.length >> 16);
  out.total_length = static_cast<std::uint16_t>(fields.length);
  out.identification = static_cast<std::uint16_t>(fields.fragment >> 16);
  out.dont_fragment = (fields.fragment & dont_fragment_bit) != 0;
  out.more_fragments = (fields.fragment & more_fragments_bit) != 0;
  out.fragment_offset_bytes = static_cast<std::uint16_t>((fields.fragment & offset_mask) * 8);
  out.ttl = static_cast<std::uint8_t>(fields.protocol >> 24);
  out.protocol = static_cast<std::uint8_t>(fields.protocol >> 16);
  out.source = IpAddress::v4(fields.source);
  out.destination = IpAddress::v4(fields.destination);
}

}  // namespace

Drop read(Bytes packet, Ipv4Header& out) { return read(packet, packet.size(), out); }

Drop read(Bytes beginning, std::size_t packet_bytes, Ipv4Header& out) {
  if (beginning.size() < Ipv4Header::size) return Drop::ip_truncated;
  const Fields fields{Fixed<Ipv4Header::size>{beginning.first<Ipv4Header::size>()}};
  if (fields.version() != 4) return Drop::ip_bad_version;
  fill(fields, out);
  if (out.header_bytes < Ipv4Header::size) return Drop::ip_bad_header_length;
  if (out.header_bytes > beginning.size()) return Drop::ip_truncated;
  if (out.total_length < out.header_bytes) return Drop::ip_bad_total_length;
  if (out.total_length > packet_bytes) return Drop::ip_truncated;

  const Bytes options = beginning.subspan(Ipv4Header::size, out.header_bytes - Ipv4Header::size);
  HeaderSum sum;
  sum.add_all(fields.sum());
  sum.add_words(options);
  // RFC 1122 3.2.1.2: the checksum of every packet is verified.
  if (sum.folded().folded() != 0xffff) return Drop::ip_bad_checksum;
  if (out.is_fragment() && !is_legal_fragment(out)) return Drop::ip_bad_fragment;
  return options.empty() ? Drop::none : check_options(options);
}

Drop read_quoted(Bytes quote, Ipv4Header& out) {
  if (quote.size() < Ipv4Header::size) return Drop::icmp_malformed;
  const Fields fields{Fixed<Ipv4Header::size>{quote.first<Ipv4Header::size>()}};
  if (fields.version() != 4) return Drop::icmp_malformed;
  fill(fields, out);
  const bool is_legal = out.header_bytes >= Ipv4Header::size &&
                        out.total_length >= out.header_bytes && quote.size() >= out.header_bytes;
  return is_legal ? Drop::none : Drop::icmp_malformed;
}

std::uint32_t write(const Ipv4Header& header, MutableBytes room) {
  ACKSU_ASSERT(header.source.is_v4() && header.destination.is_v4());
  ACKSU_ASSERT(header.header_bytes == Ipv4Header::size && header.fragment_offset_bytes % 8 == 0);
  const std::uint32_t fragment = (header.dont_fragment ? dont_fragment_bit : 0u) |
                                 (header.more_fragments ? more_fragments_bit : 0u) |
                                 (header.fragment_offset_bytes / 8u);
  const std::uint32_t version_to_length =
      0x4500'0000u | std::uint32_t{header.dscp_ecn} << 16 | header.total_length;
  const std::uint32_t identity = std::uint32_t{header.identification} << 16 | fragment;
  const std::uint32_t ttl_protocol =
      std::uint32_t{header.ttl} << 24 | std::uint32_t{header.protocol} << 16;

  HeaderSum sum;
  sum.add(version_to_length);
  sum.add(identity);
  sum.add(ttl_protocol);
  sum.add(header.source.as_v4());
  sum.add(header.destination.as_v4());

  Writer writer(room);
  const auto to = writer.take<Ipv4Header::size>();
  to.be32<0>(version_to_length);
  to.be32<4>(identity);
  to.be32<8>(ttl_protocol | sum.folded().checksum());
  to.be32<12>(header.source.as_v4());
  to.be32<16>(header.destination.as_v4());
  return Ipv4Header::size;
}

}  // namespace acksu::wire
