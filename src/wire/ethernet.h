// Ethernet II headers (RFC 894). No 802.3 length frames, no VLAN tags.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"
#include "wire/mac.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

struct EtherType {
  static constexpr std::uint16_t ipv4 = 0x0800, arp = 0x0806, rarp = 0x8035, vlan = 0x8100,
                                 ipv6 = 0x86dd;
  // Smaller numbers are lengths of IEEE 802.3 frames.
  static constexpr std::uint16_t smallest = 0x0600;
};

struct EthernetHeader {
  static constexpr std::uint32_t size = 14;  // bytes

  MacAddress destination;
  MacAddress source;
  std::uint16_t type = 0;
  constexpr bool operator==(const EthernetHeader&) const = default;
};

// Drops: ethernet_truncated, ethernet_unknown_type (a length instead of a type).
inline Drop read(Bytes frame, EthernetHeader& out) {
  if (frame.size() < EthernetHeader::size) return Drop::ethernet_truncated;
  const Fixed<EthernetHeader::size> header(frame.first<EthernetHeader::size>());
  out.destination = mac_at<0>(header);
  out.source = mac_at<6>(header);
  out.type = header.be16<12>();
  return out.type < EtherType::smallest ? Drop::ethernet_unknown_type : Drop::none;
}

// Returns the bytes written; the room is at least as large.
inline std::uint32_t write(const EthernetHeader& header, MutableBytes room) {
  ACKSU_ASSERT(room.size() >= EthernetHeader::size);
  const FixedRoom<EthernetHeader::size> to(room.first<EthernetHeader::size>());
  put_mac_at<0>(to, header.destination);
  put_mac_at<6>(to, header.source);
  to.be16<12>(header.type);
  return EthernetHeader::size;
}

}  // namespace acksu::wire
