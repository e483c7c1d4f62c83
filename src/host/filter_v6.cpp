// An IPv6 packet as the filter sees it: the ports behind its extension headers, and the packet that
// an ICMPv6 error quotes.
#include "host/filter_v6.h"

#include <utility>

#include "wire/icmpv6.h"
#include "wire/ipv4.h"

namespace acksu {
namespace {

constexpr std::uint32_t both_ports_bytes = 4;
constexpr std::uint32_t icmpv6_header = wire::Icmpv6Message::header_size;

Drop read_icmpv6(Bytes text, FilterPacket& out) {
  using Type = wire::Icmpv6Type;
  if (text.size() < icmpv6_header) return Drop::nat_truncated;
  out.is_icmp = true;
  out.icmp_type = text[0];
  const std::uint16_t identifier = load_be16(&text[4]);
  if (out.icmp_type == Type::echo_request) out.source.port = identifier;
  if (out.icmp_type == Type::echo_reply) out.destination.port = identifier;
  constexpr std::uint8_t first_that_is_no_error = 128;  // RFC 4443 2.1
  if (out.icmp_type >= first_that_is_no_error) return Drop::none;
  out.is_icmp_error = true;
  return Drop::none;
}

// The packet that an error is about need not be in one piece with the error's header.
Drop read_quote(BufferChain message, FilterPacket& out) {
  message.drop_front(icmpv6_header);
  wire::QuotedPacket6 quoted;
  const Drop drop = wire::read(message.flatten(), quoted);
  if (drop != Drop::none) return drop;
  // What names no flow belongs to none.
  out.quoted_protocol = quoted.has_transport ? quoted.protocol : wire::NextHeader::none;
  out.quoted_source = {quoted.ip.source, quoted.source_port};
  out.quoted_destination = {quoted.ip.destination, quoted.destination_port};
  return Drop::none;
}

void read_ports(Bytes text, FilterPacket& out) {
  out.source.port = load_be16(text.data());
  out.destination.port = load_be16(&text[2]);
}

Drop read_tcp(Bytes text, std::uint32_t length, FilterPacket& out) {
  const Drop drop = read(text, length, out.segment);
  if (drop == Drop::none) read_ports(text, out);
  return drop;
}

bool is_first_of_several(const TransitV6& transit) {
  wire::ExtensionHeaders headers;
  return wire::read(transit.packet.front(), transit.ip, headers) == Drop::none &&
         headers.fragment && headers.fragment->offset_bytes == 0 &&
         headers.fragment->more_fragments;
}

// The fragments behind the first are a flow of their own. Where no rule lets the sender begin one,
// the one who is answered may: its first fragment belonged to a known flow.
void expect_fragments(Filter& filter, const FilterPacket& first, Instant now) {
  FilterPacket others;
  others.direction = first.direction;
  others.in_link = first.in_link;
  others.out_link = first.out_link;
  others.protocol = wire::NextHeader::fragment;
  others.source.address = first.source.address;
  others.destination.address = first.destination.address;
  if (filter.judge(others, now).verdict == FilterVerdict::accept) return;
  std::swap(others.in_link, others.out_link);
  std::swap(others.source, others.destination);
  filter.judge(others, now);
}

}  // namespace

Drop read(const TransitV6& transit, FilterPacket& out) {
  const Bytes front = transit.packet.front();
  wire::ExtensionHeaders headers;
  const Drop drop = wire::read(front, transit.ip, headers);
  if (drop != Drop::none) return drop;
  out.direction = FilterDirection::forward;
  out.in_link = transit.in_link;
  out.out_link = transit.out_link;
  out.source.address = transit.ip.source;
  out.destination.address = transit.ip.destination;
  out.bytes = transit.ip.total_length();
  out.protocol = headers.protocol;
  if (headers.fragment && headers.fragment->offset_bytes != 0) {
    out.protocol = wire::NextHeader::fragment;
    return Drop::none;
  }
  if (headers.upper_offset > front.size()) return Drop::nat_truncated;
  const Bytes text = front.subspan(headers.upper_offset);
  if (out.protocol == wire::NextHeader::icmpv6) {
    const Drop fault = read_icmpv6(text, out);
    if (fault != Drop::none || !out.is_icmp_error) return fault;
    BufferChain message = transit.packet;
    message.drop_front(headers.upper_offset);
    return read_quote(std::move(message), out);
  }
  if (out.protocol == wire::IpProtocol::tcp) {
    return read_tcp(text, transit.packet.size() - headers.upper_offset, out);
  }
  if (out.protocol != wire::IpProtocol::udp) return Drop::none;
  if (text.size() < both_ports_bytes) return Drop::nat_truncated;
  read_ports(text, out);
  return Drop::none;
}

Filter::Judgement judge(Filter& filter, const TransitV6& transit, Instant now) {
  FilterPacket asked;
  const Drop drop = read(transit, asked);
  if (drop != Drop::none) return {FilterVerdict::drop, drop};
  const Filter::Judgement judgement = filter.judge(asked, now);
  if (judgement.verdict == FilterVerdict::accept && is_first_of_several(transit)) {
    expect_fragments(filter, asked, now);
  }
  return judgement;
}

}  // namespace acksu
