// Links that are no plain Ethernet: virtual LANs (IEEE 802.1Q), bare IP packets, and the loopback,
// where what a host says to itself comes back to it (RFC 1122 3.2.1.3 (g), RFC 4291 2.5.3).
#include <algorithm>

#include "host/address_kinds.h"
#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/vlan.h"

namespace acksu {
namespace {

constexpr std::size_t loopback_burst = 64;  // frames between two looks at everything else
constexpr std::uint32_t addresses_bytes = wire::EthernetHeader::size - 2;  // before the type

}  // namespace

// ---- IN -----------------------------------------------------------------------------------------

Drop Host::read_bare_packet(Frame& frame, Arrival& arrival) {
  if (frame.bytes.is_empty()) return Drop::ip_truncated;
  arrival.is_group = false;
  arrival.is_checksum_trusted = is_trusted(frame, arrival.link);
  switch (frame.bytes.front()[0] >> 4) {
    case 4: return read_ipv4(frame.bytes, arrival);
    case 6: return read_ipv6(frame.bytes, arrival);
    default: return Drop::ip_bad_version;
  }
}

// Gives what the tag says is behind it. A tag of VLAN 0 tells a priority only.
Drop Host::take_tag(LinkId link, BufferChain& behind_ethernet, std::uint16_t& type) const {
  if (type != wire::EtherType::vlan) return Drop::vlan_untagged;
  wire::VlanTag tag;
  const Drop drop = wire::read(behind_ethernet.front(), tag);
  if (drop != Drop::none) return drop;
  if (tag.id == 0) return Drop::vlan_untagged;
  if (tag.id != settings_.links[link].vlan.id) return Drop::vlan_other;
  behind_ethernet.drop_front(wire::VlanTag::size);
  type = tag.type;
  return Drop::none;
}

// ---- OUT ----------------------------------------------------------------------------------------

void Host::put_link_headers(LinkId link, std::span<Frame> frames) const {
  const bool is_vlan = links_[link].kind == LinkKind::vlan;
  for (Frame& frame : frames) {
    if (is_vlan) {
      frame = tagged(link, frame);
    } else {
      frame.bytes.drop_front(wire::EthernetHeader::size);
    }
  }
}

// The headers are copied: there is no room for a tag between them.
Frame Host::tagged(LinkId link, const Frame& frame) const {
  const VlanSettings& vlan = settings_.links[link].vlan;
  const Bytes untagged = frame.bytes.front();
  const std::uint16_t type = load_be16(&untagged[addresses_bytes]);
  Slice headers = pool_->allocate(frame.bytes[0].size() + wire::VlanTag::size);
  const MutableBytes room = headers.writable();
  std::copy_n(untagged.begin(), addresses_bytes, room.begin());
  store_be16(&room[addresses_bytes], wire::EtherType::vlan);
  const MutableBytes behind = room.subspan(wire::EthernetHeader::size);
  wire::write(wire::VlanTag{.priority = vlan.priority, .id = vlan.id, .type = type}, behind);
  std::copy(untagged.begin() + wire::EthernetHeader::size, untagged.end(),
            behind.begin() + wire::VlanTag::size);

  Frame result{.bytes = BufferChain(std::move(headers)), .segment_bytes = frame.segment_bytes};
  for (std::uint32_t i = 1; i < frame.bytes.count(); ++i) result.bytes.append(frame.bytes[i]);
  return result;
}

// ---- Loopback -----------------------------------------------------------------------------------

void Host::turn_loopback(Instant now) {
  std::vector<Frame> frames;
  if (emit(loopback(), frames, loopback_burst, now) > 0) absorb_all(loopback(), frames, now);
}

// RFC 1122 3.2.1.3 (g): a packet from a loopback address stays in the host.
bool HostPaths::is_leak(const Route& route, IpAddress source) const {
  return is_loopback(source) && route.link != loopback();
}

}  // namespace acksu
