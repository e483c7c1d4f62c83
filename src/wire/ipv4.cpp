// IPv4 headers (RFC 791, 1122, 6864). Options are checked and skipped; of them only the router
// alert (RFC 2113) is ever written.
#include "wire/ipv4.h"

#include "base/checksum.h"
#include "wire/header_sum.h"
#include "wire/reader.h"

namespace acksu::wire {
namespace {

using Bits = Ipv4FragmentBits;

struct Ipv4Option {
  static constexpr std::uint8_t end = 0, no_operation = 1, record_route = 7,
                                loose_source_route = 131, strict_source_route = 137,
                                router_alert = 148;
};

// RFC 9293 MUST-50, RFC 1122 3.2.1.8 (c): options that we do not know are skipped. `place` is that
// of the octet which was looked at last.
Drop check_options(Bytes options, std::size_t& place) {
  Reader reader(options);
  while (reader.remaining() > 0) {
    place = options.size() - reader.remaining();
    const std::uint8_t type = reader.u8();
    if (type == Ipv4Option::end) return Drop::none;
    if (type == Ipv4Option::no_operation) continue;
    if (reader.remaining() > 0) ++place;
    const std::uint8_t length = reader.u8();
    if (length < 2) return Drop::ip_bad_option;
    reader.bytes(length - 2u);
    if (reader.failed()) return Drop::ip_bad_option;
    // RFC 7126 4.3, 4.4, 4.6: source routes and record route are dropped by default.
    if (type == Ipv4Option::loose_source_route || type == Ipv4Option::strict_source_route ||
        type == Ipv4Option::record_route)
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

std::uint32_t version_of(const Ipv4Words& words) { return words.length >> 28; }

void fill(const Ipv4Words& fields, Ipv4Header& out) {
  out.header_bytes = static_cast<std::uint8_t>((fields.length >> 24 & 0x0f) * 4);
  out.dscp_ecn = static_cast<std::uint8_t>(fields.length >> 16);
  out.total_length = static_cast<std::uint16_t>(fields.length);
  out.identification = static_cast<std::uint16_t>(fields.fragment >> 16);
  out.dont_fragment = (fields.fragment & Bits::dont_fragment) != 0;
  out.more_fragments = (fields.fragment & Bits::more_fragments) != 0;
  out.fragment_offset_bytes = static_cast<std::uint16_t>((fields.fragment & Bits::offset) * 8);
  out.ttl = static_cast<std::uint8_t>(fields.protocol >> 24);
  out.protocol = static_cast<std::uint8_t>(fields.protocol >> 16);
  out.source = IpAddress::v4(fields.source);
  out.destination = IpAddress::v4(fields.destination);
}

}  // namespace

Drop read_any(Bytes beginning, std::size_t packet_bytes, Ipv4Header& out) {
  if (beginning.size() < Ipv4Header::size) return Drop::ip_truncated;
  const auto fields = Ipv4Words::of(Fixed<Ipv4Header::size>{beginning.first<Ipv4Header::size>()});
  if (version_of(fields) != 4) return Drop::ip_bad_version;  // RFC 1122 3.2.1.1
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
  if (!sum.is_whole()) return Drop::ip_bad_checksum;
  if (out.is_fragment() && !is_legal_fragment(out)) return Drop::ip_bad_fragment;
  std::size_t place = 0;
  return options.empty() ? Drop::none : check_options(options, place);
}

std::uint8_t place_of_bad_option(Bytes header) {
  std::size_t place = 0;
  check_options(header.subspan(Ipv4Header::size), place);
  return static_cast<std::uint8_t>(Ipv4Header::size + place);
}

Drop read_quoted(Bytes quote, Ipv4Header& out) {
  if (quote.size() < Ipv4Header::size) return Drop::icmp_malformed;
  const auto fields = Ipv4Words::of(Fixed<Ipv4Header::size>{quote.first<Ipv4Header::size>()});
  if (version_of(fields) != 4) return Drop::icmp_malformed;
  fill(fields, out);
  const bool is_legal = out.header_bytes >= Ipv4Header::size &&
                        out.total_length >= out.header_bytes && quote.size() >= out.header_bytes;
  return is_legal ? Drop::none : Drop::icmp_malformed;
}

std::uint32_t write_with_router_alert(const Ipv4Header& header, MutableBytes room) {
  const MutableBytes bytes = room.first(ipv4_with_router_alert_size);
  write(header, bytes);
  bytes[0] = 0x46;  // version, and six words of header
  store_be32(&bytes[Ipv4Header::size], std::uint32_t{Ipv4Option::router_alert} << 24 | 4u << 16);
  store_be16(&bytes[10], 0);
  store_be16(&bytes[10], sum_of(bytes).checksum());
  return ipv4_with_router_alert_size;
}

bool has_router_alert(Bytes header) {
  Reader reader(header.subspan(Ipv4Header::size));
  while (reader.remaining() > 0) {
    const std::uint8_t type = reader.u8();
    if (type == Ipv4Option::no_operation) continue;
    if (type == Ipv4Option::end) return false;
    const std::uint8_t length = reader.u8();
    // RFC 2113 2.1: other values are reserved.
    if (type == Ipv4Option::router_alert) return length == 4 && reader.be16() == 0;
    reader.bytes(length < 2 ? 0u : length - 2u);
  }
  return false;
}

}  // namespace acksu::wire
