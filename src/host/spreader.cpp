// Reading frames just as far as it takes to know whose they are. Checksums of transports are the
// owner's business.
#include "host/spreader.h"

#include <algorithm>
#include <utility>

#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/vlan.h"

namespace acksu {
namespace {

constexpr std::uint32_t first_shard = 0;

// Of DHCP and DHCPv6: the first shard's, whoever was asked.
constexpr bool is_of_dhcp(std::uint16_t port) {
  return port == 67 || port == 68 || port == 546 || port == 547;
}

bool names_ports(std::uint8_t protocol) {
  return protocol == wire::IpProtocol::tcp || protocol == wire::IpProtocol::udp;
}

bool is_error(std::uint8_t icmp_type) {
  wire::IcmpMessage message;
  message.type = icmp_type;
  return message.is_error();
}

// RFC 4443 2.1.
bool is_informational(std::uint8_t icmpv6_type) { return icmpv6_type >= 128; }

bool is_for_all(std::uint8_t icmpv6_type) {
  using Type = wire::Icmpv6Type;
  return (icmpv6_type >= Type::mld_query && icmpv6_type <= Type::redirect) ||
         icmpv6_type == Type::mld2_report;
}

}  // namespace

// What stands behind the headers of IP.
struct Spreader::Upper {
  std::uint8_t protocol;
  IpAddress source, destination;
  bool is_group;
  const Place& packet;
  std::uint32_t offset;  // in the packet

  Bytes beginning() const {
    const Bytes there = packet.beginning();
    return there.subspan(std::min<std::size_t>(offset, there.size()));
  }
  // All of it in one piece: rare.
  std::vector<std::uint8_t> flatten() const {
    BufferChain all = packet.frame;
    all.drop_front(std::min(packet.offset + offset, all.size()));
    return all.flatten();
  }
};

void Spreader::steer(Frame frame, std::vector<Steered>& out) {
  const Way way = way_of(frame.bytes);
  if (way.packet == 0) {
    out.push_back({way.shard, std::move(frame)});
  } else if (way.is_first) {
    trails_[way.packet % trails_.size()] = {way.packet, way.shard};
    out.push_back({way.shard, std::move(frame)});
    follow_first(way, out);
  } else if (const Trail& trail = trails_[way.packet % trails_.size()];
             trail.packet == way.packet) {
    out.push_back({trail.shard, std::move(frame)});
  } else {
    keep(way, std::move(frame));
  }
}

void Spreader::follow_first(const Way& way, std::vector<Steered>& out) {
  for (Waiting& each : waiting_) {
    if (each.packet == way.packet) out.push_back({way.shard, std::move(each.frame)});
  }
  std::erase_if(waiting_, [&](const Waiting& each) { return each.packet == way.packet; });
}

void Spreader::keep(const Way& way, Frame frame) {
  if (waiting_.size() == most_waiting) {
    waiting_.pop_front();
    ++lost_;
  }
  waiting_.push_back({way.packet, std::move(frame)});
}

Spreader::Way Spreader::way_of(const BufferChain& frame) const {
  const Bytes beginning = frame.front();
  Place packet{frame};
  std::uint16_t type = 0;
  if (has_ethernet(kind_)) {
    wire::EthernetHeader ethernet;
    if (wire::read(beginning, ethernet) != Drop::none) return {};
    packet.offset = wire::EthernetHeader::size;
    packet.is_for_group = ethernet.destination.is_group();
    type = ethernet.type;
    if (wire::VlanTag tag; type == wire::EtherType::vlan) {
      if (wire::read(packet.beginning(), tag) != Drop::none) return {};
      packet.offset += wire::VlanTag::size;
      type = tag.type;
    }
  } else if (!beginning.empty()) {
    type = beginning[0] >> 4 == 6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4;
  }
  if (type == wire::EtherType::arp) return {.shard = everybody};
  if (type == wire::EtherType::ipv4) return way_of_v4(packet);
  return type == wire::EtherType::ipv6 ? way_of_v6(packet) : Way{};
}

Spreader::Way Spreader::way_of_v4(const Place& packet) const {
  wire::Ipv4Header ip;
  if (wire::read(packet.beginning(), packet.size(), ip) != Drop::none) return {};
  Way way;
  if (ip.is_fragment()) {
    const std::uint64_t identity = std::uint64_t{ip.protocol} << 16 | ip.identification;
    way.packet = steering_.name_of(ip.source, ip.destination, identity);
    way.is_first = ip.fragment_offset_bytes == 0;
    if (!way.is_first) return way;
  }
  const bool is_group = packet.is_for_group || wire::is_multicast(ip.destination);
  way.shard = shard_of({ip.protocol, ip.source, ip.destination, is_group, packet, ip.header_bytes});
  return way;
}

Spreader::Way Spreader::way_of_v6(const Place& packet) const {
  wire::Ipv6Header ip;
  wire::ExtensionHeaders extensions;
  if (wire::read(packet.beginning(), packet.size(), ip) != Drop::none) return {};
  if (wire::read(packet.beginning(), ip, extensions) != Drop::none) return {};
  Way way;
  if (extensions.fragment && !extensions.fragment->is_atomic()) {
    const std::uint64_t identity = std::uint64_t{1} << 32 | extensions.fragment->identification;
    way.packet = steering_.name_of(ip.source, ip.destination, identity);
    way.is_first = extensions.fragment->offset_bytes == 0;
    if (!way.is_first) return way;
  }
  const bool is_group = packet.is_for_group || wire::is_multicast(ip.destination);
  way.shard = shard_of(
      {extensions.protocol, ip.source, ip.destination, is_group, packet, extensions.upper_offset});
  return way;
}

std::uint32_t Spreader::shard_of(const Upper& upper) const {
  if (upper.protocol == wire::IpProtocol::icmp) return shard_of_icmp(upper);
  if (upper.protocol == wire::NextHeader::icmpv6) return shard_of_icmpv6(upper);
  if (upper.protocol == wire::IpProtocol::igmp) return everybody;
  const Bytes ports = upper.beginning();
  if (!names_ports(upper.protocol) || ports.size() < 4) return first_shard;
  const FourTuple flow{{upper.destination, load_be16(ports.data() + 2)},
                       {upper.source, load_be16(ports.data())}};
  if (upper.protocol == wire::IpProtocol::tcp) return steering_.of_tcp(flow);
  if (is_of_dhcp(flow.local.port)) return first_shard;
  return upper.is_group ? everybody : steering_.of_udp(flow);
}

// RFC 1122 3.2.2: an error concerns whoever sent what it quotes.
std::uint32_t Spreader::shard_of_icmp(const Upper& upper) const {
  const std::vector<std::uint8_t> message = upper.flatten();
  constexpr std::uint32_t header = wire::IcmpMessage::header_size;
  if (message.size() < header || !is_error(message[0])) return first_shard;
  wire::QuotedPacket quoted;
  if (wire::read(Bytes{message}.subspan(header), quoted) != Drop::none) return first_shard;
  return shard_of_quoted(quoted.ip.protocol, {{quoted.ip.source, quoted.source_port},
                                              {quoted.ip.destination, quoted.destination_port}});
}

std::uint32_t Spreader::shard_of_icmpv6(const Upper& upper) const {
  const std::vector<std::uint8_t> message = upper.flatten();
  constexpr std::uint32_t header = wire::Icmpv6Message::header_size;
  if (message.size() < header) return first_shard;
  if (is_for_all(message[0])) return everybody;
  if (is_informational(message[0])) return first_shard;
  wire::QuotedPacket6 quoted;
  const Drop drop = wire::read(Bytes{message}.subspan(header), quoted);
  if (drop != Drop::none || !quoted.has_transport) return first_shard;
  return shard_of_quoted(quoted.protocol, {{quoted.ip.source, quoted.source_port},
                                           {quoted.ip.destination, quoted.destination_port}});
}

std::uint32_t Spreader::shard_of_quoted(std::uint8_t protocol, const FourTuple& flow) const {
  if (protocol == wire::IpProtocol::tcp) return steering_.of_tcp(flow);
  return protocol == wire::IpProtocol::udp ? steering_.of_udp(flow) : first_shard;
}

void Spreader::digest(Digest& digest) const {
  for (const Trail& trail : trails_) {
    digest.add(trail.packet);
    digest.add(std::uint64_t{trail.shard});
  }
  for (const Waiting& each : waiting_) {
    digest.add(each.packet);
    digest.add(Bytes{each.frame.bytes.flatten()});
  }
}

}  // namespace acksu
