// Link headers of others' captures.
#include "trace/capture_flows.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "trace/summary.h"
#include "wire/pcap_reader.h"

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

CaptureReading take_capture(Bytes file, Flows& flows) {
  CaptureReading reading;
  wire::PcapReader reader(file);
  std::vector<std::uint8_t> whole;  // what was cut off, as zeros: headers tell its length
  for (wire::ReadPacket packet; reader.next(packet);) {
    ++reading.packets;
    const std::optional<LinkLayer> layer = layer_of(packet.link_type);
    if (!layer || packet.bytes.size() < layer->skipped) {
      ++reading.unknown;
      reading.unknown_link_type = packet.link_type;
      continue;
    }
    Bytes frame = packet.bytes;
    if (packet.original_bytes > frame.size()) {
      whole.assign(packet.original_bytes, 0);
      std::copy(frame.begin(), frame.end(), whole.begin());
      frame = whole;
    }
    flows.on_segment({packet.time, place_of(packet), {}},
                     summarize(frame.subspan(layer->skipped), layer->kind));
  }
  reading.problem = reader.problem();
  flows.join_places();
  return reading;
}

}  // namespace acksu::trace
