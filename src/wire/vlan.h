// The tag that puts an Ethernet frame into a virtual LAN (IEEE 802.1Q). It stands behind an
// Ethernet header of type `EtherType::vlan`. No tags of providers (0x88a8): a second tag is a type
// that the caller does not know.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

struct VlanTag {
  static constexpr std::uint32_t size = 4;                      // bytes
  static constexpr std::uint16_t smallest = 1, largest = 4094;  // ids of virtual LANs

  std::uint8_t priority = 0;  // 0..7, 7 is the highest
  bool may_be_dropped_first = false;
  std::uint16_t id = 0;    // 0: of no virtual LAN, the tag only tells the priority
  std::uint16_t type = 0;  // what the frame carries
  constexpr bool operator==(const VlanTag&) const = default;
};

// Reads what stands behind the Ethernet header. Drops: ethernet_truncated, ethernet_unknown_type (a
// length instead of a type), vlan_bad_id.
Drop read(Bytes behind_ethernet, VlanTag& out);
// Returns the bytes written (4); the room is at least as large.
std::uint32_t write(const VlanTag& tag, MutableBytes room);

}  // namespace acksu::wire
