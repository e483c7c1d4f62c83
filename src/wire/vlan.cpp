// The tag that puts an Ethernet frame into a virtual LAN (IEEE 802.1Q).
#include "wire/vlan.h"

#include "wire/ethernet.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

Drop read(Bytes behind_ethernet, VlanTag& out) {
  Reader reader(behind_ethernet);
  const auto fields = reader.take<VlanTag::size>();
  if (reader.failed()) return Drop::ethernet_truncated;
  const std::uint16_t control = fields.be16<0>();
  out.priority = static_cast<std::uint8_t>(control >> 13);
  out.may_be_dropped_first = (control & 0x1000) != 0;
  out.id = control & 0x0fff;
  out.type = fields.be16<2>();
  if (out.id > VlanTag::largest) return Drop::vlan_bad_id;  // 4095 is reserved
  return out.type < EtherType::smallest ? Drop::ethernet_unknown_type : Drop::none;
}

std::uint32_t write(const VlanTag& tag, MutableBytes room) {
  ACKSU_ASSERT(tag.priority <= 7 && tag.id <= VlanTag::largest);
  Writer writer(room);
  const auto to = writer.take<VlanTag::size>();
  to.be16<0>(static_cast<std::uint16_t>(tag.priority << 13 |
                                        (tag.may_be_dropped_first ? 1 : 0) << 12 | tag.id));
  to.be16<2>(tag.type);
  return VlanTag::size;
}

}  // namespace acksu::wire
