// What a raw socket hears (RFC 1122 3.2.1.8 (a), (b), 3.4, RFC 3542 3).
#include "host/raw_sockets.h"

#include <algorithm>

#include "wire/address.h"
#include "wire/header_sum.h"
#include "wire/ipv4.h"

namespace acksu {

RawOffer RawOffer::of(const Arrival& arrival, BufferChain whole) {
  const wire::Ipv4Header& ip = arrival.ip;
  return {.packet = {.from = ip.source,
                     .to = ip.destination,
                     .link = arrival.link,
                     .ttl = ip.ttl,
                     .traffic_class = ip.dscp_ecn},
          .protocol = ip.protocol,
          .header_bytes = ip.header_bytes,
          .whole = std::move(whole)};
}

RawOffer RawOffer::of_v6(const Arrival& arrival, BufferChain whole) {
  const wire::Ipv6Header& ip = arrival.ip_v6;
  return {.packet = {.from = ip.source,
                     .to = ip.destination,
                     .link = arrival.link,
                     .ttl = ip.hop_limit,
                     .traffic_class = ip.traffic_class},
          .protocol = arrival.extensions.protocol,
          .header_bytes = arrival.extensions.upper_offset,
          .whole = std::move(whole)};
}

// RFC 3542 3.1: over IPv6 the pseudo header is covered too.
bool RawOffer::has_good_checksum_at(std::uint32_t offset) const {
  BufferChain text = whole;
  text.drop_front(header_bytes);
  if (text.size() < offset + 2) return false;
  wire::HeaderSum sum;
  if (version() == IpVersion::v6) {
    wire::PseudoHeader{packet.from, packet.to}.add_to(sum, protocol, text.size());
  }
  return (sum.folded() + text.sum()).folded() == 0xffff;
}

std::optional<std::uint16_t> RawSocket::checksum_offset() const {
  const bool is_icmp = is_about(IpVersion::v4, wire::IpProtocol::icmp) ||
                       is_about(IpVersion::v6, wire::NextHeader::icmpv6);
  return is_icmp ? std::uint16_t{2} : options.checksum_offset;
}

bool RawSocket::hears(const RawOffer& offer) const {
  const RawPacket& packet = offer.packet;
  if (options.link && *options.link != packet.link) return false;
  if (is_connected() && remote != packet.from) return false;
  if (offer.icmp_type && !options.icmp_types.has(*offer.icmp_type)) return false;
  if (wire::is_multicast(packet.to)) {
    return std::ranges::find(groups, GroupName{packet.to, packet.link}) != groups.end();
  }
  return name.local.is_any() || name.local == packet.to;
}

}  // namespace acksu
