// ARP (RFC 826) for IPv4 over Ethernet. No reverse ARP, no other address families.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

struct ArpPacket {
  static constexpr std::uint32_t size = 28;  // bytes
  enum class Operation : std::uint16_t { request = 1, reply = 2 };

  Operation operation = Operation::request;
  MacAddress sender_mac;
  IpAddress sender_ip;
  MacAddress target_mac;
  IpAddress target_ip;
  constexpr bool operator==(const ArpPacket&) const = default;
};

// What lies behind the packet (padding of the frame) is ignored. Drops: arp_malformed.
Drop read(Bytes packet, ArpPacket& out);
// Returns the bytes written; the room is at least as large.
std::uint32_t write(const ArpPacket& packet, MutableBytes room);

}  // namespace acksu::wire
