// Cutting the text of one large segment.
#include "packetdrill/cut_packet.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/segment.h"

namespace acksu::packetdrill {
namespace {

constexpr std::size_t ipv6_header = 40;

std::size_t ip_header_of(Bytes packet) {
  return packet[0] >> 4 == 4 ? (packet[0] & 15u) * 4u : ipv6_header;
}

void set_ip_length(PacketBytes& packet, std::size_t ip_header) {
  std::uint8_t* const ip = packet.data();
  if (ip[0] >> 4 != 4) {
    store_be16(ip + 4, static_cast<std::uint16_t>(packet.size() - ip_header));
    return;
  }
  store_be16(ip + 2, static_cast<std::uint16_t>(packet.size()));
  store_be16(ip + 10, 0);
  store_be16(ip + 10, sum_of(Bytes{packet}.first(ip_header)).checksum());
}

}  // namespace

std::vector<PacketBytes> cut_packet(Bytes packet, std::uint32_t text_bytes) {
  if (text_bytes == 0) return {{packet.begin(), packet.end()}};
  const std::size_t ip_header = ip_header_of(packet);
  const std::size_t headers = ip_header + (packet[ip_header + 12] >> 4) * 4u;
  const std::uint32_t seq = load_be32(&packet[ip_header + 4]);
  std::vector<PacketBytes> pieces;
  for (std::size_t at = headers; at < packet.size(); at += text_bytes) {
    const Bytes text = packet.subspan(at, std::min<std::size_t>(text_bytes, packet.size() - at));
    PacketBytes piece{packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(headers)};
    piece.insert(piece.end(), text.begin(), text.end());
    std::uint8_t* const tcp = piece.data() + ip_header;
    store_be32(tcp + 4, seq + static_cast<std::uint32_t>(at - headers));
    std::uint16_t flags = load_be16(tcp + 12);
    if (at > headers) flags &= static_cast<std::uint16_t>(~Flags::cwr);
    if (at + text_bytes < packet.size()) {
      flags &= static_cast<std::uint16_t>(~(Flags::fin | Flags::psh));
    }
    store_be16(tcp + 12, flags);
    store_be16(tcp + 16, 0);
    set_ip_length(piece, ip_header);
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace acksu::packetdrill
