// Lines from packets.
#include "packetdrill/icmp_words.h"
#include "packetdrill/packet_bytes.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace acksu::packetdrill {
namespace {

// An option that does not fit into its header ends the list.
TcpOptions read_options(Bytes bytes) {
  TcpOptions options;
  while (!bytes.empty()) {
    TcpOption& option = options.emplace_back(TcpOption{bytes[0]});
    if (option.kind <= TcpOption::nop) {
      bytes = bytes.subspan(1);
      continue;
    }
    const std::size_t length = bytes.size() < 2 ? 0 : bytes[1];
    if (length < 2 || length > bytes.size()) break;
    option.data.assign(bytes.begin() + 2, bytes.begin() + static_cast<std::ptrdiff_t>(length));
    bytes = bytes.subspan(length);
  }
  return options;
}

bool read_tcp(Bytes bytes, HeardPacket& heard) {
  if (bytes.size() < wire::tcp_header_size) return false;
  const std::size_t header = std::size_t{bytes[12]} >> 4 << 2;
  if (header < wire::tcp_header_size || header > bytes.size()) return false;
  TcpLine tcp;
  heard.tuple.local.port = load_be16(&bytes[0]);
  heard.tuple.remote.port = load_be16(&bytes[2]);
  tcp.seq = load_be32(&bytes[4]);
  tcp.ack = load_be32(&bytes[8]);
  tcp.flags.bits = load_be16(&bytes[12]) & 0x1ff;
  tcp.window = load_be16(&bytes[14]);
  tcp.urgent_pointer = load_be16(&bytes[18]);
  tcp.options = read_options(bytes.subspan(wire::tcp_header_size, header - wire::tcp_header_size));
  tcp.bytes = static_cast<std::uint32_t>(bytes.size() - header);
  heard.line.content = tcp;
  return true;
}

bool read_udp(Bytes bytes, HeardPacket& heard) {
  if (bytes.size() < wire::UdpDatagram::header_size) return false;
  heard.tuple.local.port = load_be16(&bytes[0]);
  heard.tuple.remote.port = load_be16(&bytes[2]);
  heard.line.content =
      UdpLine{0, 0, static_cast<std::uint32_t>(bytes.size() - wire::UdpDatagram::header_size)};
  return true;
}

void read_quote(Bytes bytes, IcmpLine& icmp) {
  if (bytes.empty()) return;
  const bool is_v4 = bytes[0] >> 4 == 4;
  const std::size_t header = is_v4 ? wire::Ipv4Header::size : wire::Ipv6Header::size;
  if (bytes.size() < header + 8) return;
  const std::uint8_t protocol = is_v4 ? bytes[9] : bytes[6];
  const std::uint32_t length =
      is_v4 ? load_be16(&bytes[2]) - std::uint32_t{wire::Ipv4Header::size} : load_be16(&bytes[4]);
  if (protocol == wire::IpProtocol::udp) {
    icmp.quote = {Quote::Protocol::udp, 0, length - wire::UdpDatagram::header_size};
  } else if (protocol == wire::IpProtocol::tcp) {
    icmp.quote = {Quote::Protocol::tcp, load_be32(&bytes[header + 4]),
                  length - wire::tcp_header_size};
  }
}

bool read_icmp(Bytes bytes, HeardPacket& heard) {
  if (bytes.size() < wire::IcmpMessage::header_size) return false;
  const bool is_v4 = heard.tuple.local.address.is_v4();
  const IcmpWords words = icmp_words(is_v4, {bytes[0], bytes[1]});
  IcmpLine icmp{words.type, words.code, std::nullopt, 0, {}};
  icmp.quote.protocol = Quote::Protocol::raw;
  icmp.quote.bytes = static_cast<std::uint32_t>(bytes.size());
  if (words.type == "packet_too_big" || words.code == "frag_needed") {
    icmp.mtu = load_be32(&bytes[4]);
  } else if (words.type.starts_with("echo")) {
    icmp.echo_id = load_be16(&bytes[4]);
  }
  if (!words.type.starts_with("echo")) read_quote(bytes.subspan(8), icmp);
  heard.line.content = icmp;
  return true;
}

bool read_content(std::uint8_t protocol, Bytes bytes, HeardPacket& heard) {
  switch (protocol) {
    case wire::IpProtocol::tcp: return read_tcp(bytes, heard);
    case wire::IpProtocol::udp: return read_udp(bytes, heard);
    case wire::IpProtocol::icmp:
    case wire::NextHeader::icmpv6: return read_icmp(bytes, heard);
    default: return false;
  }
}

}  // namespace

std::optional<HeardPacket> read_packet(Bytes packet, Instant at) {
  HeardPacket heard;
  heard.at = at;
  heard.line.is_from_host = true;
  heard.line.ip.tos_check = IpFields::Tos::all;
  wire::Ipv4Header v4;
  wire::Ipv6Header v6;
  if (wire::read(packet, v4) == Drop::none && !v4.is_fragment()) {
    heard.tuple = {{v4.source, 0}, {v4.destination, 0}};
    heard.line.ip.tos = v4.dscp_ecn;
    heard.line.ip.ttl = v4.ttl;
    const Bytes payload = packet.subspan(v4.header_bytes, v4.payload_bytes());
    return read_content(v4.protocol, payload, heard) ? std::optional{heard} : std::nullopt;
  }
  if (wire::read(packet, v6) != Drop::none) return std::nullopt;
  heard.tuple = {{v6.source, 0}, {v6.destination, 0}};
  heard.line.ip.tos = v6.traffic_class;
  heard.line.ip.ttl = v6.hop_limit;
  heard.line.ip.flow_label = v6.flow_label;
  const Bytes payload = packet.subspan(wire::Ipv6Header::size, v6.payload_length);
  return read_content(v6.next_header, payload, heard) ? std::optional{heard} : std::nullopt;
}

}  // namespace acksu::packetdrill
