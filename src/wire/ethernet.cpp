// Ethernet II headers (RFC 894). No 802.3 length frames, no VLAN tags.
#include "wire/ethernet.h"

#include "wire/mac.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

Drop read(Bytes frame, EthernetHeader& out) {
  Reader reader(frame);
  const auto header = reader.take<EthernetHeader::size>();
  if (reader.failed()) return Drop::ethernet_truncated;
  out.destination = mac_at<0>(header);
  out.source = mac_at<6>(header);
  out.type = header.be16<12>();
  return out.type < EtherType::smallest ? Drop::ethernet_unknown_type : Drop::none;
}

std::uint32_t write(const EthernetHeader& header, MutableBytes room) {
  Writer writer(room);
  const auto to = writer.take<EthernetHeader::size>();
  put_mac_at<0>(to, header.destination);
  put_mac_at<6>(to, header.source);
  to.be16<12>(header.type);
  return EthernetHeader::size;
}

}  // namespace acksu::wire
