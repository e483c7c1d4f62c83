// For tests of fragments: packets with a text that tells its places, cut by hand.
#pragma once

#include <memory>
#include <vector>

#include "host/fragment.h"
#include "host/fragmenter.h"

namespace acksu::test {

using Octets = std::vector<std::uint8_t>;

inline constexpr std::uint8_t unread = 200;  // a protocol of whose header nobody asks
inline const IpAddress v4_source = IpAddress::v4(10, 0, 0, 1);
inline const IpAddress v4_destination = IpAddress::v4(10, 0, 0, 2);
inline const IpAddress v6_source{0x2001'0db8'0000'0000, 1};
inline const IpAddress v6_destination{0x2001'0db8'0000'0000, 2};

inline Octets text_of(std::size_t offset, std::size_t length, std::uint8_t salt = 0) {
  Octets text(length);
  for (std::size_t i = 0; i < length; ++i)
    text[i] = static_cast<std::uint8_t>((offset + i) * 7 + (offset + i) / 256 + salt);
  return text;
}

struct Cut {
  std::uint32_t offset = 0;
  Octets text;
  bool more = false;
  std::uint32_t identification = 7;
  std::uint8_t protocol = unread;
  IpAddress source = v4_source;
  std::uint8_t ecn = 0;
};

inline BufferChain v4_packet(BufferPool& pool, const Cut& cut) {
  wire::Ipv4Header header;
  header.total_length = static_cast<std::uint16_t>(20 + cut.text.size());
  header.identification = static_cast<std::uint16_t>(cut.identification);
  header.more_fragments = cut.more;
  header.fragment_offset_bytes = static_cast<std::uint16_t>(cut.offset);
  header.ttl = 64;
  header.protocol = cut.protocol;
  header.dscp_ecn = cut.ecn;
  header.source = cut.source;
  header.destination = v4_destination;
  Octets bytes(20);
  wire::write(header, bytes);
  bytes.insert(bytes.end(), cut.text.begin(), cut.text.end());
  return BufferChain{pool.copy_of(bytes)};
}

inline Fragment v4_fragment(BufferChain packet) {
  wire::Ipv4Header header;
  const Drop drop = wire::read(packet[0].bytes(), packet.size(), header);
  ACKSU_ASSERT(drop == Drop::none);
  return Fragment::of(header, std::move(packet));
}

inline Fragment v4(BufferPool& pool, const Cut& cut) { return v4_fragment(v4_packet(pool, cut)); }

inline BufferChain v6_packet(BufferPool& pool, const Cut& cut) {
  wire::Ipv6Header header;
  header.payload_length = static_cast<std::uint16_t>(8 + cut.text.size());
  header.next_header = wire::NextHeader::fragment;
  header.hop_limit = 64;
  header.traffic_class = cut.ecn;
  header.source = cut.source.is_v4() ? v6_source : cut.source;
  header.destination = v6_destination;
  Octets bytes(48);
  wire::write(header, bytes);
  wire::write(wire::FragmentHeader{cut.protocol, static_cast<std::uint16_t>(cut.offset), cut.more,
                                   cut.identification},
              MutableBytes(bytes).subspan(40));
  bytes.insert(bytes.end(), cut.text.begin(), cut.text.end());
  return BufferChain{pool.copy_of(bytes)};
}

inline Fragment v6_fragment(BufferChain packet) {
  wire::Ipv6Header header;
  Drop drop = wire::read(packet[0].bytes(), packet.size(), header);
  ACKSU_ASSERT(drop == Drop::none);
  wire::ExtensionHeaders extensions;
  drop = wire::read(packet[0].bytes(), header, extensions);
  ACKSU_ASSERT(drop == Drop::none);
  return Fragment::of(header, extensions, std::move(packet));
}

inline Fragment v6(BufferPool& pool, const Cut& cut) { return v6_fragment(v6_packet(pool, cut)); }

}  // namespace acksu::test
