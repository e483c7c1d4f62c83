// Ethernet II headers (RFC 894). No 802.3 length frames, no VLAN tags.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

struct EtherType {
  static constexpr std::uint16_t ipv4 = 0x0800, arp = 0x0806, vlan = 0x8100, ipv6 = 0x86dd;
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
Drop read(Bytes frame, EthernetHeader& out);
// Returns the bytes written; the room is at least as large.
std::uint32_t write(const EthernetHeader& header, MutableBytes room);

}  // namespace acksu::wire
