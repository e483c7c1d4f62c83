// Frames put together and taken apart with the formats of `wire`.
#include "sim/packet.h"

#include <utility>
#include <vector>

#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/vlan.h"

namespace acksu::sim {
namespace {

// The frame in one piece: its only slice, or a copy in `storage`.
Bytes in_one_piece(const Frame& frame, std::vector<std::uint8_t>& storage) {
  if (frame.bytes.count() == 1) return frame.bytes[0].bytes();
  storage = frame.bytes.flatten();
  return storage;
}

static_assert(ethernet_bytes == wire::EthernetHeader::size);

}  // namespace

LinkHeader link_header(const Frame& frame, LinkKind kind) {
  const Bytes first = frame.bytes.front();
  if (!has_ethernet(kind)) {
    if (first.empty()) return {};
    return {0, first[0] >> 4 == 6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4};
  }
  if (first.size() < ethernet_bytes) return {ethernet_bytes, 0};
  const std::uint16_t type = load_be16(&first[ethernet_bytes - 2]);
  if (type != wire::EtherType::vlan) return {ethernet_bytes, type};
  wire::VlanTag tag;
  if (wire::read(first.subspan(ethernet_bytes), tag) != Drop::none) return {ethernet_bytes, 0};
  return {ethernet_bytes + wire::VlanTag::size, tag.type};
}

std::optional<TcpPacket> read_tcp(const Frame& frame, LinkKind kind) {
  std::vector<std::uint8_t> storage;
  const Bytes bytes = in_one_piece(frame, storage);
  const LinkHeader link = link_header(frame, kind);
  wire::EthernetHeader ethernet;
  wire::Ipv4Header ip;
  if (link.type != wire::EtherType::ipv4 || bytes.size() < link.bytes) return std::nullopt;
  if (has_ethernet(kind) && wire::read(bytes, ethernet) != Drop::none) return std::nullopt;
  if (wire::read(bytes.subspan(link.bytes), ip) != Drop::none) return std::nullopt;
  if (ip.protocol != wire::IpProtocol::tcp || ip.is_fragment()) return std::nullopt;

  BufferChain payload = frame.bytes;
  payload.drop_back(payload.size() - link.bytes - ip.total_length);
  payload.drop_front(link.bytes + ip.header_bytes);
  TcpPacket packet{ethernet.source, ethernet.destination, ip.source, ip.destination, {}};
  packet.segment.ecn = static_cast<Ecn>(ip.dscp_ecn & 3);
  const wire::PseudoHeader pseudo{ip.source, ip.destination};
  const Drop drop =
      wire::read_tcp(std::move(payload), pseudo, frame.is_checksum_verified, packet.segment);
  if (drop != Drop::none) return std::nullopt;
  return packet;
}

namespace {

std::uint32_t ip_bytes(IpAddress address) {
  return address.is_v4() ? wire::Ipv4Header::size : wire::Ipv6Header::size;
}

// Ethernet and IP before `length` bytes of a protocol, at the beginning of `room`.
void write_headers(const TcpPacket& packet, std::uint8_t protocol, std::uint32_t length,
                   MutableBytes room) {
  const bool is_v4 = packet.source.is_v4();
  const auto ecn =
      static_cast<std::uint8_t>(protocol == wire::IpProtocol::tcp ? packet.segment.ecn : Ecn{});
  const std::uint16_t type = is_v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
  wire::write(wire::EthernetHeader{packet.destination_mac, packet.source_mac, type}, room);
  if (!is_v4) {
    const wire::Ipv6Header ip{.traffic_class = ecn,
                              .payload_length = static_cast<std::uint16_t>(length),
                              .next_header = protocol,
                              .hop_limit = 64,
                              .source = packet.source,
                              .destination = packet.destination};
    wire::write(ip, room.subspan(ethernet_bytes));
    return;
  }
  wire::Ipv4Header ip;
  ip.dscp_ecn = ecn;
  ip.total_length = static_cast<std::uint16_t>(wire::Ipv4Header::size + length);
  ip.dont_fragment = protocol == wire::IpProtocol::tcp;
  ip.ttl = 64;
  ip.protocol = protocol;
  ip.source = packet.source;
  ip.destination = packet.destination;
  wire::write(ip, room.subspan(ethernet_bytes));
}

}  // namespace

Frame make_frame(const TcpPacket& packet, BufferPool& pool) {
  const Segment& segment = packet.segment;
  const std::uint32_t before_tcp = ethernet_bytes + ip_bytes(packet.source);
  const std::uint32_t header = wire::tcp_header_bytes(segment.options, segment.flags);
  const std::uint32_t text = segment.text.size();
  Slice slice = pool.allocate(before_tcp + header + text);
  const MutableBytes room = slice.writable();
  write_headers(packet, wire::IpProtocol::tcp, header + text, room);
  wire::write_tcp(segment, {packet.source, packet.destination}, room.subspan(before_tcp, header));
  segment.text.copy_to(room.subspan(before_tcp + header));
  return Frame{BufferChain{std::move(slice)}, 0, false};
}

Frame make_port_unreachable(const TcpPacket& packet, BufferPool& pool) {
  const Frame original = make_frame(packet, pool);
  const TcpPacket back{
      packet.destination_mac, packet.source_mac, packet.destination, packet.source, {}};
  const std::uint32_t ip = ip_bytes(packet.source), before = ethernet_bytes + ip;
  // RFC 792: the IP header and eight bytes. RFC 4443 2.4 (c) would have all of it.
  const std::uint32_t quoted = ip + 8;
  Slice slice = pool.allocate(before + wire::IcmpMessage::header_size + quoted);
  const MutableBytes room = slice.writable(), message_room = room.subspan(before);
  BufferChain quote{original.bytes[0].part(ethernet_bytes, quoted)};
  quote.copy_to(message_room.subspan(wire::IcmpMessage::header_size));
  const auto length = static_cast<std::uint32_t>(message_room.size());
  if (packet.source.is_v4()) {
    wire::IcmpMessage message;
    message.type = wire::IcmpType::destination_unreachable;
    message.code = wire::UnreachableCode::port;
    message.payload = std::move(quote);
    write_headers(back, wire::IpProtocol::icmp, length, room);
    wire::write_icmp(message, message_room);
  } else {
    wire::Icmpv6Message message;
    message.type = wire::Icmpv6Type::destination_unreachable;
    message.code = wire::Unreachable6Code::port;
    message.payload = std::move(quote);
    write_headers(back, wire::NextHeader::icmpv6, length, room);
    wire::write_icmpv6(message, {back.source, back.destination}, message_room);
  }
  return Frame{BufferChain{std::move(slice)}, 0, false};
}

std::optional<ArpQuestion> read_arp_request(const Frame& frame) {
  std::vector<std::uint8_t> storage;
  const Bytes bytes = in_one_piece(frame, storage);
  wire::EthernetHeader ethernet;
  wire::ArpPacket arp;
  if (wire::read(bytes, ethernet) != Drop::none) return std::nullopt;
  if (ethernet.type != wire::EtherType::arp) return std::nullopt;
  if (wire::read(bytes.subspan(ethernet_bytes), arp) != Drop::none) return std::nullopt;
  if (arp.operation != wire::ArpPacket::Operation::request) return std::nullopt;
  return ArpQuestion{arp.sender_mac, arp.sender_ip, arp.target_ip};
}

Frame make_arp_reply(const ArpQuestion& question, MacAddress mac, BufferPool& pool) {
  Slice slice = pool.allocate(ethernet_bytes + wire::ArpPacket::size);
  const MutableBytes room = slice.writable();
  wire::write(wire::EthernetHeader{question.asker_mac, mac, wire::EtherType::arp}, room);
  wire::write(wire::ArpPacket{wire::ArpPacket::Operation::reply, mac, question.wanted,
                              question.asker_mac, question.asker},
              room.subspan(ethernet_bytes));
  return Frame{BufferChain{std::move(slice)}, 0, false};
}

}  // namespace acksu::sim
