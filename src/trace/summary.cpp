// Reads headers with the parsers of wire, which judge nothing but form.
#include "trace/summary.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/ppp_frame.h"
#include "wire/tcp.h"

namespace acksu::trace {
namespace {

void summarize_tcp(Bytes packet, Summary& summary) {
  std::uint32_t header_bytes = 0;
  if (wire::read_tcp_header(packet, summary.tcp, header_bytes) != Drop::none) return;
  summary.kind = FrameKind::tcp;
  summary.tuple.local.port = summary.tcp.source_port;
  summary.tuple.remote.port = summary.tcp.destination_port;
  summary.transport_bytes = header_bytes;
  summary.text_bytes = static_cast<std::uint32_t>(packet.size()) - header_bytes;
}

void summarize_udp(Bytes packet, Summary& summary) {
  if (packet.size() < 8) return;
  summary.kind = FrameKind::udp;
  summary.tuple.local.port = load_be16(packet.data());
  summary.tuple.remote.port = load_be16(packet.data() + 2);
  summary.transport_bytes = 8;
  summary.text_bytes = static_cast<std::uint32_t>(packet.size()) - 8;
}

void summarize_icmp(Bytes packet, FrameKind kind, Summary& summary) {
  if (packet.size() < 8) return;
  summary.kind = kind;
  summary.icmp_type = packet[0];
  summary.icmp_code = packet[1];
  summary.icmp_id = load_be16(packet.data() + 4);
  summary.icmp_sequence = load_be16(packet.data() + 6);
  summary.transport_bytes = 8;
  summary.text_bytes = static_cast<std::uint32_t>(packet.size()) - 8;
}

// What stands behind all headers of IP.
void summarize_upper(Bytes payload, bool is_fragment, Summary& summary) {
  if (is_fragment) {
    summary.kind = FrameKind::ip_other;
  } else if (summary.protocol == wire::IpProtocol::tcp) {
    summarize_tcp(payload, summary);
  } else if (summary.protocol == wire::IpProtocol::udp) {
    summarize_udp(payload, summary);
  } else if (summary.protocol == wire::IpProtocol::icmp && !summary.is_ipv6) {
    summarize_icmp(payload, FrameKind::icmp, summary);
  } else if (summary.protocol == wire::NextHeader::icmpv6 && summary.is_ipv6) {
    summarize_icmp(payload, FrameKind::icmpv6, summary);
  } else {
    summary.kind = FrameKind::ip_other;
  }
  if (summary.kind == FrameKind::ip_other) {
    summary.text_bytes = static_cast<std::uint32_t>(payload.size());
  }
}

void summarize_ipv4(Bytes packet, Summary& summary) {
  if (wire::read(packet, summary.ip) != Drop::none) return;
  summary.network_bytes = summary.ip.header_bytes;
  summary.protocol = summary.ip.protocol;
  summary.hops_left = summary.ip.ttl;
  summary.tuple.local.address = summary.ip.source;
  summary.tuple.remote.address = summary.ip.destination;
  const Bytes payload = packet.subspan(summary.ip.header_bytes, summary.ip.payload_bytes());
  summarize_upper(payload, summary.ip.is_fragment(), summary);
}

void summarize_ipv6(Bytes packet, Summary& summary) {
  wire::ExtensionHeaders extensions;
  if (wire::read(packet, summary.ipv6) != Drop::none) return;
  if (wire::read(packet, summary.ipv6, extensions) != Drop::none) return;
  summary.is_ipv6 = true;
  summary.network_bytes = extensions.upper_offset;
  summary.protocol = extensions.protocol;
  summary.hops_left = summary.ipv6.hop_limit;
  summary.tuple.local.address = summary.ipv6.source;
  summary.tuple.remote.address = summary.ipv6.destination;
  const Bytes payload = packet.first(summary.ipv6.total_length()).subspan(extensions.upper_offset);
  summarize_upper(payload, extensions.fragment && !extensions.fragment->is_atomic(), summary);
}

// Ethernet, and a tag if there is one. False: there is no such thing.
bool summarize_link(Bytes frame, Summary& summary) {
  if (wire::read(frame, summary.ethernet) != Drop::none) return false;
  summary.link_bytes = wire::EthernetHeader::size;
  if (summary.ethernet.type != wire::EtherType::vlan) return true;
  wire::VlanTag tag;
  if (wire::read(frame.subspan(summary.link_bytes), tag) != Drop::none) return false;
  summary.vlan = tag;
  summary.ethernet.type = tag.type;
  summary.link_bytes += wire::VlanTag::size;
  return true;
}

// The header of PPP, and of the packet behind it the type that Ethernet would give it. False: there
// is no packet of IP.
bool summarize_ppp(Bytes frame, Summary& summary) {
  wire::PppFrame ppp;
  if (wire::read(frame, ppp) != Drop::none) return false;
  summary.link_bytes = static_cast<std::uint32_t>(frame.size() - ppp.information.size());
  if (ppp.protocol == wire::PppProtocol::ipv4) {
    summary.ethernet.type = wire::EtherType::ipv4;
  } else if (ppp.protocol == wire::PppProtocol::ipv6) {
    summary.ethernet.type = wire::EtherType::ipv6;
  } else {
    summary.kind = FrameKind::ppp;
    summary.link_bytes = static_cast<std::uint32_t>(frame.size());
  }
  return summary.kind != FrameKind::ppp;
}

}  // namespace

const char* name(FrameKind kind) {
  switch (kind) {
    case FrameKind::malformed: return "malformed";
    case FrameKind::other: return "other";
    case FrameKind::ppp: return "ppp";
    case FrameKind::arp: return "arp";
    case FrameKind::icmp: return "icmp";
    case FrameKind::icmpv6: return "icmpv6";
    case FrameKind::udp: return "udp";
    case FrameKind::tcp: return "tcp";
    case FrameKind::ip_other: return "ip_other";
  }
  return "?";
}

Summary summarize(Bytes frame, LinkKind kind) {
  Summary summary;
  Bytes packet = frame;
  if (has_ethernet(kind)) {
    if (!summarize_link(frame, summary)) return summary;
    packet = frame.subspan(summary.link_bytes);
  } else if (kind == LinkKind::ppp) {
    if (!summarize_ppp(frame, summary)) return summary;
    packet = frame.subspan(summary.link_bytes);
  } else {
    const bool is_v6 = !frame.empty() && frame[0] >> 4 == 6;
    summary.ethernet.type = is_v6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4;
  }
  if (summary.ethernet.type == wire::EtherType::ipv4) {
    summarize_ipv4(packet, summary);
  } else if (summary.ethernet.type == wire::EtherType::ipv6) {
    summarize_ipv6(packet, summary);
  } else if (summary.ethernet.type == wire::EtherType::arp) {
    if (wire::read(packet, summary.arp) != Drop::none) return summary;
    summary.kind = FrameKind::arp;
    summary.network_bytes = wire::ArpPacket::size;
  } else if (summary.ethernet.type == wire::EtherType::rarp) {
    if (wire::read_reverse(packet, summary.arp) != Drop::none) return summary;
    summary.kind = FrameKind::arp;
    summary.network_bytes = wire::ArpPacket::size;
  } else {
    summary.kind = FrameKind::other;
    summary.text_bytes = static_cast<std::uint32_t>(packet.size());
  }
  return summary;
}

FourTuple canonical(const FourTuple& tuple) {
  return tuple.local <= tuple.remote ? tuple : FourTuple{tuple.remote, tuple.local};
}

std::string to_string(Flags flags) {
  constexpr std::array names{
      std::pair{Flags::syn, "SYN"}, std::pair{Flags::fin, "FIN"}, std::pair{Flags::rst, "RST"},
      std::pair{Flags::psh, "PSH"}, std::pair{Flags::ack, "ACK"}, std::pair{Flags::urg, "URG"},
      std::pair{Flags::ece, "ECE"}, std::pair{Flags::cwr, "CWR"}, std::pair{Flags::ae, "AE"}};
  std::string text;
  for (const auto& [flag, flag_name] : names) {
    if (flags.has(flag)) text += (text.empty() ? "" : "+") + std::string{flag_name};
  }
  return text.empty() ? "none" : text;
}

}  // namespace acksu::trace
