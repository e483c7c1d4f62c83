// ARP (RFC 826) and reverse ARP (RFC 903) for IPv4 over Ethernet. No other address families.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

struct ArpPacket {
  static constexpr std::uint32_t size = 28;  // bytes
  enum class Operation : std::uint16_t {
    request = 1,  // which MAC address has the target's IP address?
    reply = 2,
    reverse_request = 3,  // of RARP: which IP address has the target's MAC address?
    reverse_reply = 4,
  };

  Operation operation = Operation::request;
  MacAddress sender_mac;
  IpAddress sender_ip;
  MacAddress target_mac;
  IpAddress target_ip;
  constexpr bool operator==(const ArpPacket&) const = default;
  constexpr bool is_reverse() const { return operation >= Operation::reverse_request; }
};

// What lies behind the packet (padding of the frame) is ignored. Drops: arp_malformed.
Drop read(Bytes packet, ArpPacket& out);
// RFC 903: the same form under a type of its own, with operations of its own. Drops:
// rarp_malformed.
Drop read_reverse(Bytes packet, ArpPacket& out);
// Returns the bytes written; the room is at least as large.
std::uint32_t write(const ArpPacket& packet, MutableBytes room);

}  // namespace acksu::wire
