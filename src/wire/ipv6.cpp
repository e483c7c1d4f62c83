// IPv6 headers (RFC 8200 section 3), and those extension headers that we write.
#include "wire/ipv6.h"

#include "wire/address.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

void fill(const Fixed<Ipv6Header::size>& fields, Ipv6Header& out) {
  const std::uint32_t first = fields.be32<0>();
  out.traffic_class = static_cast<std::uint8_t>(first >> 20);
  out.flow_label = first & 0xf'ffff;
  out.payload_length = fields.be16<4>();
  out.next_header = fields.u8<6>();
  out.hop_limit = fields.u8<7>();
  out.source = ipv6_at<8>(fields);
  out.destination = ipv6_at<24>(fields);
}

}  // namespace

Drop read(Bytes packet, Ipv6Header& out) { return read(packet, packet.size(), out); }

Drop read(Bytes beginning, std::size_t packet_bytes, Ipv6Header& out) {
  Reader reader(beginning);
  const auto fields = reader.take<Ipv6Header::size>();
  if (reader.failed()) return Drop::ip_truncated;
  if (fields.u8<0>() >> 4 != 6) return Drop::ip_bad_version;
  fill(fields, out);
  if (out.total_length() > packet_bytes) return Drop::ip_truncated;
  // RFC 4038 4.2: IPv4-mapped addresses name IPv4 nodes inside of one; on a link they are spoofed.
  return out.source.is_v4() || out.destination.is_v4() ? Drop::ip_mapped_address : Drop::none;
}

Drop read_quoted(Bytes quote, Ipv6Header& out) {
  Reader reader(quote);
  const auto fields = reader.take<Ipv6Header::size>();
  if (reader.failed() || fields.u8<0>() >> 4 != 6) return Drop::icmp_malformed;
  fill(fields, out);
  return out.source.is_v4() || out.destination.is_v4() ? Drop::icmp_malformed : Drop::none;
}

std::uint32_t write(const Ipv6Header& header, MutableBytes room) {
  ACKSU_ASSERT(!header.source.is_v4() && !header.destination.is_v4());
  ACKSU_ASSERT(header.flow_label <= 0xf'ffff);
  Writer writer(room);
  const auto to = writer.take<Ipv6Header::size>();
  to.be32<0>(0x6000'0000u | std::uint32_t{header.traffic_class} << 20 | header.flow_label);
  to.be16<4>(header.payload_length);
  to.u8<6>(header.next_header);
  to.u8<7>(header.hop_limit);
  put_ipv6_at<8>(to, header.source);
  put_ipv6_at<24>(to, header.destination);
  return Ipv6Header::size;
}

std::uint32_t write(const FragmentHeader& header, MutableBytes room) {
  ACKSU_ASSERT(header.offset_bytes % 8 == 0);
  Writer writer(room);
  const auto to = writer.take<FragmentHeader::size>();
  to.u8<0>(header.next_header);
  to.u8<1>(0);
  to.be16<2>(static_cast<std::uint16_t>(header.offset_bytes | (header.more_fragments ? 1 : 0)));
  to.be32<4>(header.identification);
  return FragmentHeader::size;
}

std::uint32_t write_router_alert(std::uint8_t next_header, MutableBytes room) {
  Writer writer(room);
  const auto to = writer.take<router_alert_header_size>();
  to.u8<0>(next_header);
  to.u8<1>(0);               // no more than 8 bytes
  to.be32<2>(0x0502'0000u);  // router alert, 2 bytes of value: 0 is MLD
  to.be16<6>(0x0100u);       // PadN of no bytes
  return router_alert_header_size;
}

}  // namespace acksu::wire
