// What a frame says, layer by layer, as values: for drawing, filtering and comparing. Frames of any
// content are summarised; what is malformed is said to be so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/bytes.h"
#include "base/segment.h"
#include "host/link_kind.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/vlan.h"

namespace acksu::trace {

enum class FrameKind : std::uint8_t {
  malformed,
  other,
  ppp,  // what PPP's ends say to each other: LCP, IPCP, IPV6CP
  arp,
  icmp,
  icmpv6,
  udp,
  tcp,
  ip_other
};
const char* name(FrameKind kind);  // "tcp"

struct Summary {
  FrameKind kind = FrameKind::malformed;
  wire::EthernetHeader ethernet;      // of links that have it; `type` is what it carries
  std::optional<wire::VlanTag> vlan;  // behind it
  wire::ArpPacket arp;                // of kind arp, also of RARP
  wire::Ipv4Header ip;                // of a packet of IPv4
  wire::Ipv6Header ipv6;              // of a packet of IPv6
  bool is_ipv6 = false;
  std::uint8_t protocol = 0;   // of both: what stands behind the headers of IP
  std::uint8_t hops_left = 0;  // of both: TTL, hop limit
  FourTuple tuple;             // local: the sender; ports of udp and tcp only
  Segment tcp;                 // without text
  std::uint8_t icmp_type = 0, icmp_code = 0;
  std::uint16_t icmp_id = 0, icmp_sequence = 0;
  // Bytes of each layer's header and of what the innermost carries; padding is none of them.
  std::uint32_t link_bytes = 0, network_bytes = 0, transport_bytes = 0, text_bytes = 0;

  bool is_ip() const { return kind >= FrameKind::icmp; }
  bool is_tcp(std::uint16_t flags) const {
    return kind == FrameKind::tcp && (tcp.flags.bits & flags) == flags;
  }
  bool is_pure_ack() const {
    constexpr std::uint16_t special = Flags::syn | Flags::fin | Flags::rst;
    return kind == FrameKind::tcp && text_bytes == 0 && (tcp.flags.bits & special) == 0;
  }
};

Summary summarize(Bytes frame, LinkKind kind = LinkKind::ethernet);

// The name of a connection whichever end speaks.
FourTuple canonical(const FourTuple& tuple);

// "SYN+ACK", "PSH+ACK"; "none" for no flag.
std::string to_string(Flags flags);

}  // namespace acksu::trace
