// Opens and sums up IGMP messages, and tags of virtual LANs.
#include "wire/igmp.h"
#include "wire/membership.h"
#include "wire/print_layer.h"
#include "wire/print_line.h"
#include "wire/vlan.h"

namespace acksu::wire {
namespace {

const char* record_text(MembershipRecord::Type type) {
  switch (type) {
    case MembershipRecord::Type::is_include: return "include";
    case MembershipRecord::Type::is_exclude: return "exclude";
    case MembershipRecord::Type::change_to_include: return "now include";
    case MembershipRecord::Type::change_to_exclude: return "now exclude";
    case MembershipRecord::Type::allow_new_sources: return "allow";
    case MembershipRecord::Type::block_old_sources: return "block";
  }
  return "";
}

std::string sources_text(const std::vector<IpAddress>& sources) {
  std::string text;
  for (const IpAddress source : sources) text += (text.empty() ? "" : ",") + to_string(source);
  return "{" + text + "}";
}

MembershipCarrier neighbour() { return {IpAddress{}, 1, true}; }

}  // namespace

std::string membership_text(const MembershipMessage& message) {
  const std::string version = "v" + decimal(message.version) + " ";
  if (message.kind == MembershipMessage::Kind::query) {
    std::string text = "query " + version;
    text += message.group.is_any() ? "of all groups" : to_string(message.group);
    return message.sources.empty() ? text : text + " from " + sources_text(message.sources);
  }
  if (message.kind == MembershipMessage::Kind::leave)
    return "leave " + version + to_string(message.group);
  std::string text = "report " + version;
  if (message.records.empty())
    return text + (message.group == IpAddress{} ? "of nothing" : to_string(message.group));
  bool is_first = true;
  for (const MembershipRecord& record : message.records) {
    text += (is_first ? "" : ", ") + to_string(record.group) + " " + record_text(record.type) +
            " " + sources_text(record.sources);
    is_first = false;
  }
  return text;
}

std::string igmp_line(Bytes message) {
  MembershipMessage membership;
  const Drop drop = read_igmp(message, neighbour(), membership);
  return drop == Drop::none ? "IGMP " + membership_text(membership) : dropped("IGMP", drop);
}

void open_igmp(Opening& opening, Part message, const Carrier& carrier) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.igmp" : "igmp", message,
                     opening.language);
  MembershipMessage membership;
  const Drop drop = read_igmp(message.bytes, neighbour(), membership);
  const auto bytes = message.padded<8>();
  const std::uint16_t stored = load_be16(&bytes[2]);
  layer.add("icmp.type", decimal(bytes[0]), {0, 1}, "igmp.type." + decimal(bytes[0]));
  layer.add("igmp.code", decimal(bytes[1]), {1, 1});
  if (carrier.is_whole && message.size() >= 8) {
    const Sum without = sum_of(message.bytes) + Sum{static_cast<std::uint16_t>(~stored)};
    layer.add_checksum("icmp.checksum", stored, without.checksum(), 2);
  } else {
    layer.add("icmp.checksum", hexadecimal(stored), {2, 2}, "checksum.unchecked");
  }
  if (drop == Drop::none)
    layer.add("membership.message", membership_text(membership), {4, message.size() - 4});
  if (carrier.is_whole)
    layer.set_fault(carrier.hop_limit == 1 ? drop : Drop::membership_bad_hop_limit);
  layer.end_header(message.size());
}

std::uint32_t open_vlan(Opening& opening, Part part) {
  LayerBuilder layer(opening.layers, "vlan", part, opening.language);
  VlanTag tag;
  const Drop drop = read(part.bytes, tag);
  layer.set_fault(drop);
  const auto bytes = part.padded<VlanTag::size>();
  const std::uint16_t control = load_be16(&bytes[0]);
  const std::uint16_t type = load_be16(&bytes[2]);
  layer.add("vlan.priority", decimal(control >> 13), {0, 1});
  layer.add("vlan.drop_eligible", decimal(control >> 12 & 1), {0, 1});
  layer.add("vlan.id", decimal(control & 0xfffu), {0, 2});
  layer.add("ethernet.type", hexadecimal(type), {2, 2});
  layer.set_meaning("ethernet.type", ethertype_text(type));
  layer.end_header(VlanTag::size);
  const Part carried = part.behind(VlanTag::size);
  if (carried.size() == 0) return part.size();
  if (type != EtherType::vlan) return VlanTag::size + open_carried(opening, type, carried);
  open_text(opening, carried);  // a tag in a tag is not looked into
  return part.size();
}

std::string vlan_line(const EthernetHeader& header, Bytes rest) {
  VlanTag tag;
  const Drop drop = read(rest, tag);
  if (drop != Drop::none) return dropped("VLAN", drop);
  EthernetHeader inner = header;
  inner.type = tag.type;
  const std::string name = "VLAN " + decimal(tag.id) + " ";
  if (tag.type == EtherType::vlan) return name + summary(inner);
  return name + summary_of_carried(inner, rest.subspan(VlanTag::size));
}

}  // namespace acksu::wire
