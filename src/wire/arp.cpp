// ARP (RFC 826) for IPv4 over Ethernet. No reverse ARP, no other address families.
#include "wire/arp.h"

#include "wire/ethernet.h"
#include "wire/mac.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

constexpr std::uint16_t hardware_ethernet = 1;
constexpr std::uint16_t address_lengths = (6 << 8) | 4;  // of MAC and IPv4, one octet each

}  // namespace

Drop read(Bytes packet, ArpPacket& out) {
  Reader reader(packet);
  const auto fields = reader.take<ArpPacket::size>();
  if (reader.failed() || fields.be16<0>() != hardware_ethernet ||
      fields.be16<2>() != EtherType::ipv4 || fields.be16<4>() != address_lengths)
    return Drop::arp_malformed;
  out.operation = ArpPacket::Operation{fields.be16<6>()};
  out.sender_mac = mac_at<8>(fields);
  out.sender_ip = IpAddress::v4(fields.be32<14>());
  out.target_mac = mac_at<18>(fields);
  out.target_ip = IpAddress::v4(fields.be32<24>());
  const bool is_known = out.operation == ArpPacket::Operation::request ||
                        out.operation == ArpPacket::Operation::reply;
  // RFC 1812 3.3.2: nobody's own address is a group address.
  return is_known && !out.sender_mac.is_group() ? Drop::none : Drop::arp_malformed;
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
