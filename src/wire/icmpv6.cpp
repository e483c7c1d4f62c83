// ICMPv6 (RFC 4443): echo, and errors with the packet they quote.
#include "wire/icmpv6.h"

#include <utility>

#include "wire/address.h"
#include "wire/ipv4.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

Drop read_icmpv6(BufferChain&& message, const PseudoHeader& pseudo, bool is_checksum_trusted,
                 Icmpv6Message& out) {
  if (message.is_empty()) return Drop::icmp_malformed;
  Reader reader(message[0].bytes());
  const auto header = reader.take<Icmpv6Message::header_size>();
  if (reader.failed()) return Drop::icmp_malformed;
  if (!is_checksum_trusted) {
    // RFC 4443 2.3: unlike ICMP for IPv4, the checksum covers a pseudo header.
    HeaderSum sum;
    pseudo.add_to(sum, NextHeader::icmpv6, message.size());
    if ((sum.folded() + message.sum()).folded() != 0xffff) return Drop::icmp_bad_checksum;
  }
  out.type = header.u8<0>();
  out.code = header.u8<1>();
  out.rest = header.be32<4>();
  message.drop_front(Icmpv6Message::header_size);
  out.payload = std::move(message);
  return Drop::none;
}

std::uint32_t write_icmpv6(const Icmpv6Message& message, const PseudoHeader& pseudo,
                           MutableBytes room) {
  const std::uint32_t type_code = std::uint32_t{message.type} << 24 | std::uint32_t{message.code}
                                                                          << 16;
  HeaderSum sum;
  pseudo.add_to(sum, NextHeader::icmpv6, Icmpv6Message::header_size + message.payload.size());
  sum.add(type_code);
  sum.add(message.rest);
  Writer writer(room);
  const auto to = writer.take<Icmpv6Message::header_size>();
  to.be32<0>(type_code | (sum.folded() + message.payload.sum()).checksum());
  to.be32<4>(message.rest);
  return Icmpv6Message::header_size;
}

void sign_icmpv6(MutableBytes message, const PseudoHeader& pseudo) {
  Writer writer(message);
  const auto header = writer.take<4>();
  header.be16<2>(0);
  HeaderSum sum;
  pseudo.add_to(sum, NextHeader::icmpv6, static_cast<std::uint32_t>(message.size()));
  header.be16<2>((sum.folded() + sum_of(message)).checksum());
}

bool may_tell_error(std::uint8_t type, bool is_for_groups_too, const Offence& offence) {
  // RFC 4443 2.4 (e.1), (e.2): not about errors and redirects.
  if (offence.protocol == NextHeader::icmpv6 && offence.icmpv6_type &&
      (*offence.icmpv6_type < 128 || *offence.icmpv6_type == Icmpv6Type::redirect))
    return false;
  // (e.3) to (e.5): not about what went to many, but for path MTUs and options that ask for it.
  const bool went_to_many = is_multicast(offence.destination) || offence.was_for_link_group;
  const bool is_excepted = type == Icmpv6Type::packet_too_big ||
                           (type == Icmpv6Type::parameter_problem && is_for_groups_too);
  if (went_to_many && !is_excepted) return false;
  // (e.6): not to a source that is no single node.
  return !offence.source.is_any() && !is_multicast(offence.source);
}

namespace {

void read_transport(Reader& reader, QuotedPacket6& out) {
  const auto transport = reader.take<8>();
  if (reader.failed()) return;
  if (out.protocol == IpProtocol::tcp || out.protocol == IpProtocol::udp) {
    out.source_port = transport.be16<0>();
    out.destination_port = transport.be16<2>();
    out.tcp_seq = out.protocol == IpProtocol::tcp ? transport.be32<4>() : 0;
    out.has_transport = true;
  } else if (out.protocol == NextHeader::icmpv6 && transport.u8<0>() == Icmpv6Type::echo_request) {
    out.source_port = transport.be16<4>();
    out.has_transport = true;
  }
}

}  // namespace

Drop read(Bytes quote, QuotedPacket6& out) {
  out = {};
  const Drop drop = read_quoted(quote, out.ip);
  if (drop != Drop::none) return drop;
  ExtensionHeaders headers;
  out.protocol = out.ip.next_header;
  if (read(quote, out.ip, headers) != Drop::none) return Drop::none;
  out.protocol = headers.protocol;
  if (headers.fragment && headers.fragment->offset_bytes != 0) return Drop::none;
  Reader reader(quote);
  reader.bytes(headers.upper_offset);
  read_transport(reader, out);
  return Drop::none;
}

}  // namespace acksu::wire
