// Packets from lines: the innermost first, headers around it.
#include <algorithm>
#include <stdexcept>

#include "packetdrill/icmp_words.h"
#include "packetdrill/packet_bytes.h"
#include "wire/header_sum.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace acksu::packetdrill {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::uint8_t default_ttl = 255;  // as packetdrill's
constexpr std::size_t most_packet_bytes = 65535;

void append_be16(Octets& octets, std::uint32_t value) {
  octets.push_back(static_cast<std::uint8_t>(value >> 8));
  octets.push_back(static_cast<std::uint8_t>(value));
}
void append_be32(Octets& octets, std::uint32_t value) {
  append_be16(octets, value >> 16);
  append_be16(octets, value & 0xffff);
}

void append_options(Octets& octets, const TcpOptions& options) {
  for (const TcpOption& option : options) {
    octets.push_back(option.kind);
    if (option.kind <= TcpOption::nop) continue;
    octets.push_back(static_cast<std::uint8_t>(2 + option.data.size()));
    octets.insert(octets.end(), option.data.begin(), option.data.end());
  }
  while (octets.size() % 4 != 0) octets.push_back(TcpOption::eol);
}

// Of all of `octets`, with the pseudo header; stored at `place`.
void sign(Octets& octets, std::size_t place, wire::PseudoHeader pseudo, std::uint8_t protocol) {
  wire::HeaderSum sum;
  pseudo.add_to(sum, protocol, static_cast<std::uint32_t>(octets.size()));
  const std::uint16_t checksum = (sum.folded() + sum_of(octets)).checksum();
  store_be16(&octets[place], checksum);
}

Octets content_bytes(const TcpLine& tcp, const FourTuple& tuple) {
  Octets octets;
  append_be16(octets, tuple.local.port);
  append_be16(octets, tuple.remote.port);
  append_be32(octets, tcp.seq);
  append_be32(octets, tcp.ack);
  append_be32(octets, std::uint32_t{tcp.flags.bits} << 16 | tcp.window.value_or(0));
  append_be32(octets, tcp.urgent_pointer);
  append_options(octets, tcp.options.value_or(TcpOptions{}));
  octets[12] = static_cast<std::uint8_t>(octets[12] | octets.size() / 4 << 4);
  octets.resize(octets.size() + tcp.bytes);
  sign(octets, 16, {tuple.local.address, tuple.remote.address}, wire::IpProtocol::tcp);
  return octets;
}

Octets content_bytes(const UdpLine& udp, const FourTuple& tuple) {
  Octets octets;
  append_be16(octets, tuple.local.port);
  append_be16(octets, tuple.remote.port);
  append_be32(octets, (wire::UdpDatagram::header_size + udp.bytes) << 16);
  octets.resize(octets.size() + udp.bytes);
  sign(octets, 6, {tuple.local.address, tuple.remote.address}, wire::IpProtocol::udp);
  return octets;
}

std::uint8_t protocol_of(const PacketLine& line, bool is_v4) {
  if (std::holds_alternative<TcpLine>(line.content)) return wire::IpProtocol::tcp;
  if (std::holds_alternative<UdpLine>(line.content)) return wire::IpProtocol::udp;
  return is_v4 ? wire::IpProtocol::icmp : wire::NextHeader::icmpv6;
}

struct IpAround {
  IpFields fields;
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
};

Octets ip_header(const IpAround& around, std::size_t payload) {
  const std::uint8_t ttl = around.fields.ttl == 0 ? default_ttl : around.fields.ttl;
  if (around.source.is_v4()) {
    wire::Ipv4Header header;
    header.dscp_ecn = around.fields.tos;
    header.total_length = static_cast<std::uint16_t>(wire::Ipv4Header::size + payload);
    header.ttl = ttl;
    header.protocol = around.protocol;
    header.source = around.source;
    header.destination = around.destination;
    Octets octets(wire::Ipv4Header::size);
    wire::write(header, octets);
    return octets;
  }
  const wire::Ipv6Header header{.traffic_class = around.fields.tos,
                                .flow_label = around.fields.flow_label.value_or(0),
                                .payload_length = static_cast<std::uint16_t>(payload),
                                .next_header = around.protocol,
                                .hop_limit = ttl,
                                .source = around.source,
                                .destination = around.destination};
  Octets octets(wire::Ipv6Header::size);
  wire::write(header, octets);
  return octets;
}

Octets with_header(const IpAround& around, const Octets& payload) {
  Octets octets = ip_header(around, payload.size());
  octets.insert(octets.end(), payload.begin(), payload.end());
  if (octets.size() > most_packet_bytes) throw std::runtime_error{"this packet is too large"};
  return octets;
}

// The beginning of the packet that the error is about, which went from `quoted.local`.
Octets quote_bytes(const Quote& quote, const FourTuple& quoted) {
  if (quote.protocol == Quote::Protocol::raw) {
    const std::uint32_t header = wire::IcmpMessage::header_size;  // which counts, too
    return Octets(std::max(quote.bytes, header) - header);
  }
  const bool is_tcp = quote.protocol == Quote::Protocol::tcp;
  const std::uint8_t protocol = is_tcp ? wire::IpProtocol::tcp : wire::IpProtocol::udp;
  const std::uint32_t header =
      is_tcp ? wire::tcp_header_size : std::uint32_t{wire::UdpDatagram::header_size};
  Octets octets =
      ip_header({{}, quoted.local.address, quoted.remote.address, protocol}, header + quote.bytes);
  append_be16(octets, quoted.local.port);
  append_be16(octets, quoted.remote.port);
  append_be32(octets, is_tcp ? quote.seq : (header + quote.bytes) << 16);
  return octets;
}

Octets content_bytes(const IcmpLine& icmp, const FourTuple& tuple) {
  const bool is_v4 = tuple.local.address.is_v4();
  const std::optional<IcmpNumbers> numbers = icmp_numbers(is_v4, icmp.type, icmp.code);
  if (!numbers) {
    throw std::runtime_error{"ICMP of this version has no '" + icmp.type + " " + icmp.code + "'"};
  }
  Octets octets{numbers->type, numbers->code, 0, 0};
  append_be32(octets, icmp.mtu ? *icmp.mtu : std::uint32_t{icmp.echo_id} << 16);
  const Octets quote = quote_bytes(icmp.quote, {tuple.remote, tuple.local});
  octets.insert(octets.end(), quote.begin(), quote.end());
  if (is_v4) {
    store_be16(&octets[2], sum_of(octets).checksum());
  } else {
    sign(octets, 2, {tuple.local.address, tuple.remote.address}, wire::NextHeader::icmpv6);
  }
  return octets;
}

}  // namespace

std::vector<std::uint8_t> packet_bytes(const PacketLine& line, const FourTuple& tuple) {
  const IpAddress source = tuple.local.address;
  const Octets content =
      std::visit([&](const auto& each) { return content_bytes(each, tuple); }, line.content);
  Octets packet = with_header(
      {line.ip, source, tuple.remote.address, protocol_of(line, source.is_v4())}, content);
  bool is_inner_v4 = source.is_v4();
  for (std::size_t i = line.outer.size(); i-- > 0;) {
    const OuterHeader& outer = line.outer[i];
    const std::uint8_t protocol = is_inner_v4 ? 4 : 41;  // RFC 2003, RFC 4213
    packet = with_header({outer.fields, outer.source, outer.destination, protocol}, packet);
    is_inner_v4 = outer.source.is_v4();
  }
  return packet;
}

}  // namespace acksu::packetdrill
