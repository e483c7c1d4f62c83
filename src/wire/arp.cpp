// ARP and reverse ARP: one form, told apart by the type of the frame and by the operation.
#include "wire/arp.h"

#include "wire/ethernet.h"
#include "wire/mac.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

constexpr std::uint16_t hardware_ethernet = 1;
constexpr std::uint16_t address_lengths = (6 << 8) | 4;  // of MAC and IPv4, one octet each

// Whatever the operation is; false: it is not for IPv4 over Ethernet.
bool read_any(Bytes packet, ArpPacket& out) {
  Reader reader(packet);
  const auto fields = reader.take<ArpPacket::size>();
  if (reader.failed() || fields.be16<0>() != hardware_ethernet ||
      fields.be16<2>() != EtherType::ipv4 || fields.be16<4>() != address_lengths)
    return false;
  out.operation = ArpPacket::Operation{fields.be16<6>()};
  out.sender_mac = mac_at<8>(fields);
  out.sender_ip = IpAddress::v4(fields.be32<14>());
  out.target_mac = mac_at<18>(fields);
  out.target_ip = IpAddress::v4(fields.be32<24>());
  // RFC 1812 3.3.2: nobody's own address is a group address.
  return !out.sender_mac.is_group();
}

}  // namespace

Drop read(Bytes packet, ArpPacket& out) {
  using Operation = ArpPacket::Operation;
  const bool is_good = read_any(packet, out) &&
                       (out.operation == Operation::request || out.operation == Operation::reply);
  return is_good ? Drop::none : Drop::arp_malformed;
}

Drop read_reverse(Bytes packet, ArpPacket& out) {
  using Operation = ArpPacket::Operation;
  const bool is_good = read_any(packet, out) && (out.operation == Operation::reverse_request ||
                                                 out.operation == Operation::reverse_reply);
  return is_good ? Drop::none : Drop::rarp_malformed;
}

std::uint32_t write(const ArpPacket& packet, MutableBytes room) {
  ACKSU_ASSERT(packet.sender_ip.is_v4() && packet.target_ip.is_v4());
  Writer writer(room);
  const auto to = writer.take<ArpPacket::size>();
  to.be16<0>(hardware_ethernet);
  to.be16<2>(EtherType::ipv4);
  to.be16<4>(address_lengths);
  to.be16<6>(static_cast<std::uint16_t>(packet.operation));
  put_mac_at<8>(to, packet.sender_mac);
  to.be32<14>(packet.sender_ip.as_v4());
  put_mac_at<18>(to, packet.target_mac);
  to.be32<24>(packet.target_ip.as_v4());
  return ArpPacket::size;
}

}  // namespace acksu::wire
