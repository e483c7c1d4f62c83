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
  out.has_checksum = header.be16<6>() != 0;
  HeaderSum sum;
  sum.add_words(header.bytes());
  pseudo.add_to(sum, IpProtocol::udp, length);

  datagram.drop_back(datagram.size() - length);
  datagram.drop_front(UdpDatagram::header_size);
  out.text = std::move(datagram);
  out.text_sum.reset();
  if (is_checksum_trusted) return Drop::none;
  // RFC 1122 4.1.3.4: zero means that the sender took no checksum; RFC 8200 8.1: not over IPv6.
  if (!out.has_checksum) return pseudo.is_v4() ? Drop::none : Drop::udp_bad_checksum;
  out.text_sum = out.text.sum();
  return (sum.folded() + *out.text_sum).folded() == 0xffff ? Drop::none : Drop::udp_bad_checksum;
}

std::uint32_t write_udp(const UdpDatagram& datagram, PseudoHeader pseudo, MutableBytes room) {
  const std::uint32_t length = UdpDatagram::header_size + datagram.text.size();
  ACKSU_ASSERT(length <= 0xffff);
  ACKSU_ASSERT(datagram.has_checksum || pseudo.is_v4());
  const std::uint32_t ports = std::uint32_t{datagram.source_port} << 16 | datagram.destination_port;
  std::uint32_t checksum = 0;
  if (datagram.has_checksum) {
    HeaderSum sum;
    pseudo.add_to(sum, IpProtocol::udp, length);
    sum.add(ports);
    sum.add(length << 16);
    const Sum text_sum = datagram.text_sum ? *datagram.text_sum : datagram.text.sum();
    checksum = (sum.folded() + text_sum).checksum();
    // RFC 768: a checksum that comes out as zero is sent as all ones.
    if (checksum == 0) checksum = 0xffff;
  }

  Writer writer(room);
  const auto to = writer.take<UdpDatagram::header_size>();
  to.be32<0>(ports);
  to.be32<4>(length << 16 | checksum);
  return UdpDatagram::header_size;
}

}  // namespace acksu::wire
