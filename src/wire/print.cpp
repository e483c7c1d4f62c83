// Lines that sum headers up. English only: traces and tests compare them.
#include "wire/print.h"

#include <cstdio>

#include "wire/print_line.h"
#include "wire/reader.h"
#include "wire/tcp.h"

namespace acksu::wire {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

void add_part(std::string& list, const std::string& part) {
  if (!list.empty()) list += ',';
  list += part;
}

std::string ports(std::uint16_t source, std::uint16_t destination) {
  return number(source) + " > " + number(destination);
}

std::string unreachable_text(std::uint8_t code) {
  switch (code) {
    case UnreachableCode::network: return "network unreachable";
    case UnreachableCode::host: return "host unreachable";
    case UnreachableCode::protocol: return "protocol unreachable";
    case UnreachableCode::port: return "port unreachable";
    case UnreachableCode::fragmentation_needed: return "fragmentation needed";
    case UnreachableCode::source_route_failed: return "source route failed";
    case UnreachableCode::administratively_prohibited: return "administratively prohibited";
    default: return "destination unreachable, code " + number(code);
  }
}

std::string tcp_line(const Segment& segment, std::uint32_t text_bytes) {
  std::string line = "TCP " + ports(segment.source_port, segment.destination_port) + " [" +
                     flags_text(segment.flags) + "] seq=" + number(segment.seq.value());
  if (segment.has(Flags::ack)) line += " ack=" + number(segment.ack.value());
  line += " win=" + number(segment.window);
  if (segment.has(Flags::urg)) line += " urg=" + number(segment.urgent_pointer);
  if (text_bytes > 0) line += " len=" + number(text_bytes);
  const std::string options = options_text(segment.options);
  return options.empty() ? line : line + " <" + options + ">";
}

std::string icmp_line(std::uint8_t type, std::uint8_t code, std::uint32_t rest,
                      std::uint32_t payload_bytes) {
  std::string line = "ICMP " + icmp_text(type, code);
  if (type == IcmpType::echo_request || type == IcmpType::echo_reply)
    line += " id=" + number(rest >> 16) + " seq=" + number(rest & 0xffff);
  return line + " len=" + number(payload_bytes);
}

std::string udp_line(std::uint16_t source, std::uint16_t destination, std::uint32_t text_bytes) {
  return "UDP " + ports(source, destination) + " len=" + number(text_bytes);
}

}  // namespace

std::string dropped(const char* layer, Drop drop) {
  return std::string(layer) + " dropped: " + name(drop);
}

std::string transport_line(Bytes bytes, std::uint8_t protocol) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  Reader reader(bytes);
  if (protocol == IpProtocol::tcp) {
    Segment segment;
    std::uint32_t header_bytes = 0;
    const Drop drop = read_tcp_header(bytes, segment, header_bytes);
    return drop == Drop::none ? tcp_line(segment, size - header_bytes) : dropped("TCP", drop);
  }
  const auto header = reader.take<8>();
  if (protocol == IpProtocol::udp) {
    const std::uint16_t length = header.be16<4>();
    if (reader.failed() || length < UdpDatagram::header_size || length > size)
      return dropped("UDP", Drop::udp_malformed);
    return udp_line(header.be16<0>(), header.be16<2>(), length - UdpDatagram::header_size);
  }
  if (protocol == IpProtocol::icmp) {
    if (reader.failed()) return dropped("ICMP", Drop::icmp_malformed);
    return icmp_line(header.u8<0>(), header.u8<1>(), header.be32<4>(),
                     size - IcmpMessage::header_size);
  }
  if (protocol == IpProtocol::igmp) return igmp_line(bytes);
  return protocol_text(protocol) + " len=" + number(size);
}

std::string digits_of(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", unsigned{byte});
    text += two;
  }
  return text;
}

std::string flags_text(Flags flags) {
  static constexpr struct {
    std::uint16_t bit;
    const char* name;
  } names[] = {{Flags::fin, "FIN"}, {Flags::syn, "SYN"}, {Flags::rst, "RST"},
               {Flags::psh, "PSH"}, {Flags::ack, "ACK"}, {Flags::urg, "URG"},
               {Flags::ece, "ECE"}, {Flags::cwr, "CWR"}, {Flags::ae, "AE"}};
  std::string text;
  for (const auto& row : names) {
    if (flags.has(row.bit)) add_part(text, row.name);
  }
  return text;
}

std::string acc_ecn_text(const AccEcnOption& option) {
  std::string text = "AccECN";
  if (const auto bytes = option.ect_0()) text += " e0b " + number(*bytes);
  if (const auto bytes = option.ce()) text += " ceb " + number(*bytes);
  if (const auto bytes = option.ect_1()) text += " e1b " + number(*bytes);
  return text;
}

std::string options_text(const SegmentOptions& options) {
  std::string text;
  if (options.mss != 0) add_part(text, "mss " + number(options.mss));
  if (options.sack_permitted) add_part(text, "sackOK");
  if (options.has_timestamps)
    add_part(text, "TS " + number(options.timestamps.value) + " " +
                       number(options.timestamps.echo_reply));
  if (options.window_scale != SegmentOptions::no_window_scale)
    add_part(text, "wscale " + number(options.window_scale));
  if (options.user_timeout != 0) {
    const bool is_minutes = (options.user_timeout & 0x8000) != 0;
    add_part(text, "uto " + number(options.user_timeout & 0x7fff) + (is_minutes ? " min" : " s"));
  }
  if (options.fast_open.is_request()) add_part(text, "tfo cookiereq");
  if (options.fast_open.has_cookie()) {
    add_part(text, "tfo cookie " + digits_of(options.fast_open.cookie()));
  }
  if (options.acc_ecn.is_given()) add_part(text, acc_ecn_text(options.acc_ecn));
  for (std::uint32_t i = 0; i < options.sack.size(); ++i)
    add_part(text, "sack " + number(options.sack[i].start.value()) + ":" +
                       number(options.sack[i].end.value()));
  return text;
}

std::string protocol_text(std::uint8_t protocol) {
  switch (protocol) {
    case IpProtocol::icmp: return "ICMP";
    case IpProtocol::igmp: return "IGMP";
    case NextHeader::icmpv6: return "ICMPv6";
    case IpProtocol::tcp: return "TCP";
    case IpProtocol::udp: return "UDP";
    default: return "protocol " + number(protocol);
  }
}

std::string ethertype_text(std::uint16_t type) {
  switch (type) {
    case EtherType::ipv4: return "IPv4";
    case EtherType::arp: return "ARP";
    case EtherType::rarp: return "RARP";
    case EtherType::vlan: return "VLAN";
    case EtherType::ipv6: return "IPv6";
    default: break;
  }
  char text[16];
  std::snprintf(text, sizeof text, "type 0x%04x", unsigned{type});
  return text;
}

std::string icmp_text(std::uint8_t type, std::uint8_t code) {
  switch (type) {
    case IcmpType::echo_reply: return "echo reply";
    case IcmpType::echo_request: return "echo request";
    case IcmpType::destination_unreachable: return unreachable_text(code);
    case IcmpType::source_quench: return "source quench";
    case IcmpType::redirect: return "redirect";
    case IcmpType::time_exceeded:
      return code == 0 ? "time to live exceeded" : "reassembly time exceeded";
    case IcmpType::parameter_problem: return "parameter problem";
    default: return "type " + number(type) + " code " + number(code);
  }
}

std::string summary(const EthernetHeader& header) {
  return "Ethernet " + to_string(header.source) + " > " + to_string(header.destination) + " " +
         ethertype_text(header.type);
}

std::string summary(const ArpPacket& packet) {
  using Operation = ArpPacket::Operation;
  switch (packet.operation) {
    case Operation::request:
      return "ARP who has " + to_string(packet.target_ip) + "? tell " + to_string(packet.sender_ip);
    case Operation::reply: break;
    case Operation::reverse_request:
      return "RARP which address has " + to_string(packet.target_mac) + "? tell " +
             to_string(packet.sender_mac);
    case Operation::reverse_reply:
      return "RARP " + to_string(packet.target_mac) + " has " + to_string(packet.target_ip);
  }
  return "ARP " + to_string(packet.sender_ip) + " is at " + to_string(packet.sender_mac);
}

std::string summary(const Ipv4Header& header) {
  std::string line = "IPv4 " + to_string(header.source) + " > " + to_string(header.destination) +
                     " " + protocol_text(header.protocol) + " len=" + number(header.total_length) +
                     " ttl=" + number(header.ttl);
  if (header.dont_fragment) line += " DF";
  if (header.is_fragment())
    line += " id=" + number(header.identification) + " fragment " +
            number(header.fragment_offset_bytes) + (header.more_fragments ? "+" : " last");
  return line;
}

std::string summary(const IcmpMessage& message) {
  return icmp_line(message.type, message.code, std::uint32_t{message.id} << 16 | message.sequence,
                   message.payload.size());
}

std::string summary(const UdpDatagram& datagram) {
  return udp_line(datagram.source_port, datagram.destination_port, datagram.text.size());
}

std::string summary(const Segment& segment) { return tcp_line(segment, segment.text.size()); }

std::string summary_of_frame(Bytes frame) {
  EthernetHeader header;
  const Drop drop = read(frame, header);
  if (drop != Drop::none) return dropped("Ethernet", drop);
  const Bytes rest = frame.subspan(EthernetHeader::size);
  return summary_of_carried(header, rest);
}

std::string summary_of_carried(const EthernetHeader& header, Bytes rest) {
  if (header.type == EtherType::ipv4 || header.type == EtherType::ipv6)
    return summary_of_packet(rest);
  if (header.type == EtherType::vlan) return vlan_line(header, rest);
  const bool is_reverse = header.type == EtherType::rarp;
  if (header.type != EtherType::arp && !is_reverse) return summary(header);
  ArpPacket packet;
  const Drop drop = is_reverse ? read_reverse(rest, packet) : read(rest, packet);
  return drop == Drop::none ? summary(packet) : dropped(is_reverse ? "RARP" : "ARP", drop);
}

std::string summary_of_packet(Bytes packet) {
  if (!packet.empty() && packet[0] >> 4 == 6) return ipv6_line(packet);
  Ipv4Header header;
  const Drop drop = read(packet, header);
  if (drop != Drop::none) return dropped("IPv4", drop);
  if (header.is_fragment()) return summary(header);
  return to_string(header.source) + " > " + to_string(header.destination) + " " +
         transport_line(packet.subspan(header.header_bytes, header.payload_bytes()),
                        header.protocol);
}

}  // namespace acksu::wire
