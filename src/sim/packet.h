// Frames as simulated peers, filters and reports see them: a TCP segment with its addresses, or an
// ARP packet. A thin joint over the formats of `wire`, so that the rest of this room needs none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/buffer.h"
#include "base/segment.h"
#include "host/frame.h"
#include "host/link_kind.h"

namespace acksu::sim {

inline constexpr std::uint32_t ethernet_bytes = 14;  // header of a frame

// What stands before the packet, with the tag of a virtual LAN if there is one, and what the packet
// is.
struct LinkHeader {
  std::uint32_t bytes = 0;
  std::uint16_t type = 0;  // an EtherType; 0: nothing that can be read
};
LinkHeader link_header(const Frame& frame, LinkKind kind);

struct TcpPacket {
  MacAddress source_mac;
  MacAddress destination_mac;
  IpAddress source;
  IpAddress destination;
  Segment segment;
};

// Nothing when the frame carries no TCP over IPv4, or is broken anywhere (checksums too).
std::optional<TcpPacket> read_tcp(const Frame& frame, LinkKind kind = LinkKind::ethernet);
// One whole frame of either family in one slice of `pool`.
Frame make_frame(const TcpPacket& packet, BufferPool& pool);

// What the destination would tell the sender of `packet`, of either family: port unreachable.
Frame make_port_unreachable(const TcpPacket& packet, BufferPool& pool);

struct ArpQuestion {
  MacAddress asker_mac;
  IpAddress asker;
  IpAddress wanted;
};

// Nothing when the frame is no ARP request.
std::optional<ArpQuestion> read_arp_request(const Frame& frame);
// The answer that `mac` has the wanted address.
Frame make_arp_reply(const ArpQuestion& question, MacAddress mac, BufferPool& pool);

}  // namespace acksu::sim
