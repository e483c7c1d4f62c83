// ICMP for IPv4 (RFC 792, 1122 section 3.2.2): echo and errors with the packet they quote.
#include "wire/icmp.h"

#include <algorithm>
#include <utility>

#include "wire/header_sum.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

Drop read_icmp(BufferChain&& message, bool is_checksum_trusted, IcmpMessage& out) {
  if (message.is_empty()) return Drop::icmp_malformed;
  Reader reader(message.front());
  const auto header = reader.take<IcmpMessage::header_size>();
  if (reader.failed()) return Drop::icmp_malformed;
  if (!is_checksum_trusted && message.sum().folded() != 0xffff) return Drop::icmp_bad_checksum;
  out.type = header.u8<0>();
  out.code = header.u8<1>();
  out.id = header.be16<4>();
  out.sequence = header.be16<6>();
  message.drop_front(IcmpMessage::header_size);
  out.payload = std::move(message);
  return Drop::none;
}

std::uint32_t write_icmp(const IcmpMessage& message, MutableBytes room) {
  const std::uint32_t type_code = std::uint32_t{message.type} << 24 | std::uint32_t{message.code}
                                                                          << 16;
  const std::uint32_t rest = std::uint32_t{message.id} << 16 | message.sequence;
  HeaderSum sum;
  sum.add(type_code);
  sum.add(rest);
  Writer writer(room);
  const auto to = writer.take<IcmpMessage::header_size>();
  to.be32<0>(type_code | (sum.folded() + message.payload.sum()).checksum());
  to.be32<4>(rest);
  return IcmpMessage::header_size;
}

Drop read(Bytes quote, QuotedPacket& out) {
  const Drop drop = read_quoted(quote, out.ip);
  if (drop != Drop::none) return drop;
  Reader reader(quote);
  reader.bytes(out.ip.header_bytes);
  if (reader.remaining() < std::min(8u, out.ip.payload_bytes())) return Drop::icmp_malformed;
  if (out.ip.fragment_offset_bytes != 0) return Drop::none;  // no ports in there
  if (out.ip.protocol != IpProtocol::tcp && out.ip.protocol != IpProtocol::udp) return Drop::none;
  const auto transport = reader.take<8>();
  if (reader.failed()) return Drop::icmp_malformed;
  out.source_port = transport.be16<0>();
  out.destination_port = transport.be16<2>();
  out.tcp_seq = out.ip.protocol == IpProtocol::tcp ? transport.be32<4>() : 0;
  return Drop::none;
}

}  // namespace acksu::wire
