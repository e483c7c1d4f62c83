// UDP datagrams (RFC 768).
#include "wire/udp.h"

#include <utility>

#include "wire/ipv4.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

Drop read_udp(BufferChain&& datagram, PseudoHeader pseudo, bool is_checksum_trusted,
              UdpDatagram& out) {
  if (datagram.is_empty()) return Drop::udp_malformed;
  Reader reader(datagram.front());
  const auto header = reader.take<UdpDatagram::header_size>();
  const std::uint32_t length = header.be16<4>();
  if (reader.failed() || length < UdpDatagram::header_size || length > datagram.size())
    return Drop::udp_malformed;
  out.source_port = header.be16<0>();
  out.destination_port = header.be16<2>();
  const bool has_checksum = header.be16<6>() != 0;
  HeaderSum sum;
  sum.add_words(header.bytes());
  pseudo.add_to(sum, IpProtocol::udp, length);

  datagram.drop_back(datagram.size() - length);
  datagram.drop_front(UdpDatagram::header_size);
  out.text = std::move(datagram);
  out.text_sum.reset();
  if (is_checksum_trusted) return Drop::none;
  // RFC 1122 4.1.3.4: zero means that the sender took no checksum; RFC 8200 8.1: not over IPv6.
  if (!has_checksum) return pseudo.is_v4() ? Drop::none : Drop::udp_bad_checksum;
  out.text_sum = out.text.sum();
  return (sum.folded() + *out.text_sum).folded() == 0xffff ? Drop::none : Drop::udp_bad_checksum;
}

std::uint32_t write_udp(const UdpDatagram& datagram, PseudoHeader pseudo, MutableBytes room) {
  const std::uint32_t length = UdpDatagram::header_size + datagram.text.size();
  ACKSU_ASSERT(length <= 0xffff);
  const std::uint32_t ports = std::uint32_t{datagram.source_port} << 16 | datagram.destination_port;
  HeaderSum sum;
  pseudo.add_to(sum, IpProtocol::udp, length);
  sum.add(ports);
  sum.add(length << 16);
  const Sum text_sum = datagram.text_sum ? *datagram.text_sum : datagram.text.sum();
  const std::uint16_t checksum = (sum.folded() + text_sum).checksum();

  Writer writer(room);
  const auto to = writer.take<UdpDatagram::header_size>();
  to.be32<0>(ports);
  // RFC 768: a checksum that comes out as zero is sent as all ones.
  to.be32<4>(length << 16 | (checksum == 0 ? 0xffffu : checksum));
  return UdpDatagram::header_size;
}

}  // namespace acksu::wire
