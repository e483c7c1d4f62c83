// Opens frames: Ethernet, ARP, IPv4 and ICMP; IPv6 and its kin have files of their own. Strict
// parsers say what is wrong; fields are shown as far as there are bytes.
#include <algorithm>
#include <utility>

#include "wire/igmp.h"
#include "wire/mac.h"
#include "wire/print_layer.h"

namespace acksu::wire {
namespace {

void add_ipv4_fields(LayerBuilder& layer, const Fixed<Ipv4Header::size>& fields) {
  const std::uint8_t ecn = fields.u8<1>() & 3;
  const std::uint16_t fragment = fields.be16<6>();
  layer.add("ipv4.version", decimal(fields.u8<0>() >> 4), {0, 1});
  layer.add("ipv4.header_length", decimal((fields.u8<0>() & 15u) * 4), {0, 1});
  layer.add("ipv4.dscp", decimal(fields.u8<1>() >> 2), {1, 1});
  layer.add("ipv4.ecn", decimal(ecn), {1, 1}, "ipv4.ecn." + decimal(ecn));
  layer.add("ipv4.total_length", decimal(fields.be16<2>()), {2, 2});
  layer.add("ipv4.id", decimal(fields.be16<4>()), {4, 2});
  layer.add("ipv4.dont_fragment", decimal(fragment >> 14 & 1), {6, 1});
  layer.add("ipv4.more_fragments", decimal(fragment >> 13 & 1), {6, 1});
  layer.add("ipv4.fragment_offset", decimal((fragment & 0x1fffu) * 8), {6, 2});
  layer.add("ipv4.ttl", decimal(fields.u8<8>()), {8, 1});
  layer.add("ipv4.protocol", decimal(fields.u8<9>()), {9, 1});
  layer.set_meaning("ipv4.protocol", protocol_text(fields.u8<9>()));
}

void add_ipv4_sums_and_addresses(LayerBuilder& layer, const Fixed<Ipv4Header::size>& fields,
                                 Part header, bool is_quoted) {
  const std::uint16_t stored = fields.be16<10>();
  const std::uint32_t wanted = std::max(Ipv4Header::size, (fields.u8<0>() & 15u) * 4);
  if (is_quoted || header.size() < wanted) {
    layer.add("ipv4.checksum", hexadecimal(stored), {10, 2}, "checksum.unchecked");
  } else {
    HeaderSum sum;
    sum.add_words(header.bytes);
    sum.add(0xffffu & ~std::uint32_t{stored});  // takes the stored value out again
    layer.add_checksum("ipv4.checksum", stored, sum.folded().checksum(), 10);
  }
  layer.add("ipv4.source", to_string(IpAddress::v4(fields.be32<12>())), {12, 4});
  layer.add("ipv4.destination", to_string(IpAddress::v4(fields.be32<16>())), {16, 4});
  if (header.size() > Ipv4Header::size)
    layer.add("ipv4.options", decimal(header.size() - Ipv4Header::size),
              {Ipv4Header::size, header.size() - Ipv4Header::size});
}

void add_rest_of_icmp(LayerBuilder& layer, const Fixed<IcmpMessage::header_size>& fields) {
  const std::uint8_t type = fields.u8<0>();
  if (type == IcmpType::echo_request || type == IcmpType::echo_reply) {
    layer.add("icmp.id", decimal(fields.be16<4>()), {4, 2});
    layer.add("icmp.sequence", decimal(fields.be16<6>()), {6, 2});
  } else if (type == IcmpType::destination_unreachable &&
             fields.u8<1>() == UnreachableCode::fragmentation_needed) {
    layer.add("icmp.mtu", decimal(fields.be16<6>()), {6, 2});
  } else {
    layer.add("icmp.rest", decimal(fields.be32<4>()), {4, 4});
  }
}

}  // namespace

void open_payload(Opening& opening, std::uint8_t protocol, Part payload, const Carrier& carrier) {
  switch (protocol) {
    case IpProtocol::tcp: return open_tcp(opening, payload, carrier);
    case IpProtocol::udp: return open_udp(opening, payload, carrier);
    case IpProtocol::icmp: return open_icmp(opening, payload, carrier);
    case NextHeader::icmpv6: return open_icmpv6(opening, payload, carrier);
    case IpProtocol::igmp: return open_igmp(opening, payload, carrier);
    default: return open_text(opening, payload);
  }
}

std::uint32_t open_ip(Opening& opening, Part packet) {
  const bool is_v6 = packet.size() > 0 && packet.bytes[0] >> 4 == 6;
  return is_v6 ? open_ipv6(opening, packet) : open_ipv4(opening, packet);
}

std::uint32_t open_carried(Opening& opening, std::uint16_t type, Part part) {
  switch (type) {
    case EtherType::ipv4: return open_ipv4(opening, part);
    case EtherType::ipv6: return open_ipv6(opening, part);
    case EtherType::vlan: return open_vlan(opening, part);
    case EtherType::arp:
    case EtherType::rarp:
      open_arp(opening, part, type == EtherType::rarp);
      return std::min(part.size(), ArpPacket::size);
    default: open_text(opening, part); return part.size();
  }
}

std::vector<Layer> open(Bytes frame, Language language) {
  Opening opening;
  opening.language = language;
  open_ethernet(opening, {frame, 0});
  return std::move(opening.layers);
}

std::vector<Layer> open_packet(Bytes packet, Language language) {
  Opening opening;
  opening.language = language;
  open_ip(opening, {packet, 0});
  return std::move(opening.layers);
}

void open_ethernet(Opening& opening, Part frame) {
  LayerBuilder layer(opening.layers, "ethernet", frame, opening.language);
  EthernetHeader header;
  layer.set_fault(read(frame.bytes, header));
  const auto bytes = frame.padded<EthernetHeader::size>();
  const Fixed<EthernetHeader::size> fields(bytes);
  const MacAddress destination = mac_at<0>(fields);
  const std::uint16_t type = fields.be16<12>();
  layer.add("ethernet.destination", to_string(destination), {0, 6},
            destination == MacAddress::broadcast() ? "ethernet.destination.broadcast" : "");
  layer.add("ethernet.source", to_string(mac_at<6>(fields)), {6, 6});
  layer.add("ethernet.type", hexadecimal(type), {12, 2});
  layer.set_meaning("ethernet.type", ethertype_text(type));
  layer.end_header(EthernetHeader::size);
  if (frame.size() <= EthernetHeader::size) return;
  const Part carried = frame.behind(EthernetHeader::size);
  const std::uint32_t used = open_carried(opening, type, carried);
  const std::uint32_t padding = carried.size() - used;
  if (padding > 0)
    layer.add("ethernet.padding", decimal(padding), {EthernetHeader::size + used, padding});
}

void open_arp(Opening& opening, Part packet, bool is_reverse) {
  LayerBuilder layer(opening.layers, is_reverse ? "rarp" : "arp", packet, opening.language);
  ArpPacket parsed;
  layer.set_fault(is_reverse ? read_reverse(packet.bytes, parsed) : read(packet.bytes, parsed));
  const auto bytes = packet.padded<ArpPacket::size>();
  const Fixed<ArpPacket::size> fields(bytes);
  const std::uint16_t operation = fields.be16<6>();
  const MacAddress target = mac_at<18>(fields);
  layer.add("arp.hardware", decimal(fields.be16<0>()), {0, 2});
  layer.add("arp.protocol", hexadecimal(fields.be16<2>()), {2, 2});
  layer.add("arp.lengths", decimal(fields.u8<4>()) + ", " + decimal(fields.u8<5>()), {4, 2});
  layer.add("arp.operation", decimal(operation), {6, 2}, "arp.operation." + decimal(operation));
  layer.add("arp.sender_mac", to_string(mac_at<8>(fields)), {8, 6});
  layer.add("arp.sender_ip", to_string(IpAddress::v4(fields.be32<14>())), {14, 4});
  layer.add("arp.target_mac", to_string(target), {18, 6},
            target == MacAddress{} ? "arp.target_mac.unknown" : "");
  layer.add("arp.target_ip", to_string(IpAddress::v4(fields.be32<24>())), {24, 4});
  layer.end_header(ArpPacket::size);
}

std::uint32_t open_ipv4(Opening& opening, Part packet) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.ipv4" : "ipv4", packet,
                     opening.language);
  Ipv4Header header;
  const Drop drop =
      opening.is_quoted ? read_quoted(packet.bytes, header) : read(packet.bytes, header);
  layer.set_fault(drop);
  const auto bytes = packet.padded<Ipv4Header::size>();
  const Fixed<Ipv4Header::size> fields(bytes);
  const std::uint32_t header_bytes = std::max(Ipv4Header::size, (fields.u8<0>() & 15u) * 4);
  add_ipv4_fields(layer, fields);
  add_ipv4_sums_and_addresses(layer, fields, packet.first(header_bytes), opening.is_quoted);
  layer.end_header(header_bytes);
  if (packet.size() <= header_bytes || fields.u8<0>() >> 4 != 4) return packet.size();

  const std::uint32_t total_length = std::max(header_bytes, std::uint32_t{fields.be16<2>()});
  const Part payload = packet.first(total_length).behind(header_bytes);
  const Carrier carrier{IpAddress::v4(fields.be32<12>()), IpAddress::v4(fields.be32<16>()),
                        drop == Drop::none && !opening.is_quoted && !header.is_fragment(),
                        fields.u8<8>()};
  const bool is_later_fragment = (fields.be16<6>() & 0x1fff) != 0;
  if (is_later_fragment) {
    open_text(opening, payload);
  } else {
    open_payload(opening, fields.u8<9>(), payload, carrier);
  }
  return header_bytes + payload.size();
}

void open_icmp(Opening& opening, Part message, const Carrier& carrier) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.icmp" : "icmp", message,
                     opening.language);
  const auto bytes = message.padded<IcmpMessage::header_size>();
  const Fixed<IcmpMessage::header_size> fields(bytes);
  const std::uint8_t type = fields.u8<0>();
  const std::uint8_t code = fields.u8<1>();
  const bool is_unreachable = type == IcmpType::destination_unreachable;
  layer.add("icmp.type", decimal(type), {0, 1}, "icmp.type." + decimal(type));
  layer.add("icmp.code", decimal(code), {1, 1},
            is_unreachable ? "icmp.unreachable." + decimal(code) : "");
  if (message.size() < IcmpMessage::header_size) {
    layer.set_fault(Drop::icmp_malformed);
  } else if (carrier.is_whole) {
    const std::uint16_t stored = fields.be16<2>();
    const Sum without = sum_of(message.bytes) + Sum{static_cast<std::uint16_t>(~stored)};
    if (!layer.add_checksum("icmp.checksum", stored, without.checksum(), 2))
      layer.set_fault(Drop::icmp_bad_checksum);
  } else {
    layer.add("icmp.checksum", hexadecimal(fields.be16<2>()), {2, 2}, "checksum.unchecked");
  }
  add_rest_of_icmp(layer, fields);
  layer.end_header(IcmpMessage::header_size);

  const Part payload = message.behind(IcmpMessage::header_size);
  IcmpMessage kind;
  kind.type = type;
  // RFC 1122 3.2.2: there are no errors about errors, so a quote inside a quote is just bytes.
  if (!kind.is_error() || opening.is_quoted) return open_text(opening, payload);
  opening.is_quoted = true;
  open_ip(opening, payload);
  opening.is_quoted = false;
}

}  // namespace acksu::wire
