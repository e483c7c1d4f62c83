// Frames put together and taken apart with the formats of `wire`.
#include "sim/packet.h"

#include <utility>
#include <vector>

#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

namespace acksu::sim {
namespace {

// The frame in one piece: its only slice, or a copy in `storage`.
Bytes in_one_piece(const Frame& frame, std::vector<std::uint8_t>& storage) {
  if (frame.bytes.count() == 1) return frame.bytes[0].bytes();
  storage = frame.bytes.flatten();
  return storage;
}

constexpr std::uint32_t before_tcp = ethernet_bytes + wire::Ipv4Header::size;
static_assert(ethernet_bytes == wire::EthernetHeader::size);

}  // namespace

std::optional<TcpPacket> read_tcp(const Frame& frame) {
  std::vector<std::uint8_t> storage;
  const Bytes bytes = in_one_piece(frame, storage);
  wire::EthernetHeader ethernet;
  wire::Ipv4Header ip;
  if (wire::read(bytes, ethernet) != Drop::none) return std::nullopt;
  if (ethernet.type != wire::EtherType::ipv4) return std::nullopt;
  if (wire::read(bytes.subspan(ethernet_bytes), ip) != Drop::none) return std::nullopt;
  if (ip.protocol != wire::IpProtocol::tcp || ip.is_fragment()) return std::nullopt;

  BufferChain payload = frame.bytes;
  payload.drop_back(payload.size() - ethernet_bytes - ip.total_length);
  payload.drop_front(ethernet_bytes + ip.header_bytes);
  TcpPacket packet{ethernet.source, ethernet.destination, ip.source, ip.destination, {}};
  const wire::PseudoHeader pseudo{ip.source, ip.destination};
  const Drop drop =
      wire::read_tcp(std::move(payload), pseudo, frame.is_checksum_verified, packet.segment);
  if (drop != Drop::none) return std::nullopt;
  return packet;
}

Frame make_frame(const TcpPacket& packet, BufferPool& pool) {
  const Segment& segment = packet.segment;
  const std::uint32_t header = wire::tcp_header_bytes(segment.options, segment.flags);
  const std::uint32_t text = segment.text.size();
  Slice slice = pool.allocate(before_tcp + header + text);
  const MutableBytes room = slice.writable();

  wire::write(
      wire::EthernetHeader{packet.destination_mac, packet.source_mac, wire::EtherType::ipv4}, room);
  wire::Ipv4Header ip;
  ip.total_length = static_cast<std::uint16_t>(wire::Ipv4Header::size + header + text);
  ip.dont_fragment = true;
  ip.ttl = 64;
  ip.protocol = wire::IpProtocol::tcp;
  ip.source = packet.source;
  ip.destination = packet.destination;
  wire::write(ip, room.subspan(ethernet_bytes));
  wire::write_tcp(segment, {packet.source, packet.destination}, room.subspan(before_tcp, header));
  segment.text.copy_to(room.subspan(before_tcp + header));
  return Frame{BufferChain{std::move(slice)}, 0, false};
}

Frame make_unreachable(const TcpPacket& packet, std::uint8_t code, BufferPool& pool) {
  const Frame original = make_frame(packet, pool);
  wire::IcmpMessage message;
  message.type = wire::IcmpType::destination_unreachable;
  message.code = code;
  // RFC 792: the IP header and eight bytes.
  message.payload.append(original.bytes[0].part(ethernet_bytes, wire::Ipv4Header::size + 8));

  constexpr std::uint32_t headers =
      ethernet_bytes + wire::Ipv4Header::size + wire::IcmpMessage::header_size;
  Slice slice = pool.allocate(headers + message.payload.size());
  const MutableBytes room = slice.writable();
  wire::write(
      wire::EthernetHeader{packet.source_mac, packet.destination_mac, wire::EtherType::ipv4}, room);
  wire::Ipv4Header ip;
  ip.total_length = static_cast<std::uint16_t>(slice.size() - ethernet_bytes);
  ip.ttl = 64;
  ip.protocol = wire::IpProtocol::icmp;
  ip.source = packet.destination;
  ip.destination = packet.source;
  wire::write(ip, room.subspan(ethernet_bytes));
  wire::write_icmp(message, room.subspan(ethernet_bytes + wire::Ipv4Header::size));
  message.payload.copy_to(room.subspan(headers));
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
