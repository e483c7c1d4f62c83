// What stands before a packet on a link. The rest of a host writes every frame with an Ethernet
// header; links of another kind take it off, or put their tag into it, where a frame leaves.
#pragma once

#include <cstdint>

namespace acksu {

enum class LinkKind : std::uint8_t {
  ethernet,
  vlan,      // Ethernet with the tag of one virtual LAN (IEEE 802.1Q) in each frame
  ip,        // IPv4 and IPv6 packets and nothing else, to one other end: a TUN device
  ppp,       // the same over a stream of octets (RFC 1661): frames are any pieces of that stream
  loopback,  // the same, and the other end is this host
};

// Whether frames have MAC addresses, so that neighbours must be asked for theirs.
constexpr bool has_ethernet(LinkKind kind) { return kind <= LinkKind::vlan; }

constexpr const char* name(LinkKind kind) {
  switch (kind) {
    case LinkKind::ethernet: return "ethernet";
    case LinkKind::vlan: return "vlan";
    case LinkKind::ip: return "ip";
    case LinkKind::ppp: return "ppp";
    case LinkKind::loopback: return "loopback";
  }
  return "";
}

// Which virtual LAN, on a link of that kind.
struct VlanSettings {
  std::uint16_t id = 1;       // 1..4094; frames of others, and without a tag, are dropped
  std::uint8_t priority = 0;  // 0..7 of what is sent
};

}  // namespace acksu
