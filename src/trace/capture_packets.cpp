// Link headers of others' captures.
#include "trace/capture_packets.h"

#include <algorithm>
#include <optional>

namespace acksu::trace {
namespace {

// LINKTYPE_... of the registry at tcpdump.org.
struct LinkNumber {
  static constexpr std::uint16_t null = 0, ethernet = 1, ppp = 9, raw_bsd = 12, raw_openbsd = 14,
                                 raw = 101, loop = 108, linux_any = 113, ipv4 = 228, ipv6 = 229,
                                 linux_any_2 = 276;
};

struct LinkLayer {
  LinkKind kind = LinkKind::ip;
  std::size_t skipped = 0;  // bytes before what `kind` begins with
};

std::optional<LinkLayer> layer_of(std::uint16_t link_type) {
  switch (link_type) {
    case LinkNumber::ethernet: return LinkLayer{LinkKind::ethernet, 0};
    case LinkNumber::ppp: return LinkLayer{LinkKind::ppp, 0};
    case LinkNumber::raw_bsd:
    case LinkNumber::raw_openbsd:
    case LinkNumber::raw:
    case LinkNumber::ipv4:
    case LinkNumber::ipv6: return LinkLayer{};
    case LinkNumber::null:
    case LinkNumber::loop: return LinkLayer{LinkKind::ip, 4};
    case LinkNumber::linux_any: return LinkLayer{LinkKind::ip, 16};
    case LinkNumber::linux_any_2: return LinkLayer{LinkKind::ip, 20};
    default: return std::nullopt;
  }
}

// Linux's newer "any" device tells of which interface a packet is.
std::uint32_t place_of(const wire::ReadPacket& packet) {
  constexpr std::size_t index_at = 4;
  const bool has_index =
      packet.link_type == LinkNumber::linux_any_2 && packet.bytes.size() >= index_at + 4;
  return has_index ? packet.interface + (load_be32(packet.bytes.data() + index_at) << 16)
                   : packet.interface;
}

}  // namespace

bool CapturePackets::next(CapturedPacket& packet) {
  for (wire::ReadPacket read; reader_.next(read);) {
    ++reading_.packets;
    const std::optional<LinkLayer> layer = layer_of(read.link_type);
    if (!layer || read.bytes.size() < layer->skipped) {
      ++reading_.unknown;
      reading_.unknown_link_type = read.link_type;
      continue;
    }
    packet = {read.time, place_of(read), read.bytes, layer->kind, 0};
    if (read.original_bytes > read.bytes.size()) {
      packet.missing_bytes = read.original_bytes - static_cast<std::uint32_t>(read.bytes.size());
      whole_.assign(read.original_bytes, 0);
      std::copy(read.bytes.begin(), read.bytes.end(), whole_.begin());
      packet.frame = whole_;
    }
    packet.frame = packet.frame.subspan(layer->skipped);
    return true;
  }
  reading_.problem = reader_.problem();
  return false;
}

}  // namespace acksu::trace
