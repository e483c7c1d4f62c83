// Packets of a script: < or >, headers around it, the IP header's fields, and TCP, UDP or ICMP.
#include "packetdrill/parser.h"

namespace acksu::packetdrill {
namespace {

using Tos = IpFields::Tos;

IpAddress parse_address(Cursor& cursor) {
  return *parse_ip(cursor.take(TokenKind::address, "an address").text);
}

bool set_ecn(IpFields& fields, Tos check, std::uint8_t tos) {
  fields.tos_check = check;
  fields.tos = tos;
  return true;
}

bool accept_tos(Cursor& cursor, IpFields& fields) {
  if (cursor.accept_word("noecn")) return set_ecn(fields, Tos::ecn, 0);
  if (cursor.accept_word("ect1")) return set_ecn(fields, Tos::ecn, 1);
  if (cursor.accept_word("ect0")) return set_ecn(fields, Tos::ecn, 2);
  if (cursor.accept_word("ce")) return set_ecn(fields, Tos::ecn, 3);
  if (cursor.accept_word("ect01")) return set_ecn(fields, Tos::ect, 0);
  if (!cursor.accept_word("tos") && !cursor.accept_word("class")) return false;
  return set_ecn(fields, Tos::all, cursor.take_number_of<std::uint8_t>("tos"));
}

void parse_ip_field(Cursor& cursor, IpFields& fields) {
  if (accept_tos(cursor, fields)) return;
  if (cursor.accept_word("ttl") || cursor.accept_word("hlim")) {
    fields.ttl = cursor.take_number_of<std::uint8_t>("ttl");
  } else if (cursor.accept_word("flowlabel")) {
    fields.flow_label = static_cast<std::uint32_t>(cursor.take_number(0xf'ffff, "flowlabel"));
  } else {
    cursor.fail("a field of the IP header");
  }
}

// [ect0], (tos 0x10), [ect0, flowlabel 0x1]
IpFields parse_ip_fields(Cursor& cursor) {
  IpFields fields;
  const bool is_round = cursor.peek().is('(');
  if (!cursor.accept('[') && !cursor.accept('(')) return fields;
  do {
    parse_ip_field(cursor, fields);
  } while (cursor.accept(','));
  cursor.expect(is_round ? ')' : ']');
  return fields;
}

OuterHeader parse_outer_header(Cursor& cursor) {
  OuterHeader header;
  const bool is_v4 = cursor.take().text == "ipv4";
  const std::uint32_t line = cursor.peek().line;
  header.fields = parse_ip_fields(cursor);
  header.source = parse_address(cursor);
  cursor.expect('>');
  header.destination = parse_address(cursor);
  cursor.expect(':');
  if (header.source.is_v4() != is_v4 || header.destination.is_v4() != is_v4) {
    throw Mistake{line, "this header has addresses of the other version of IP"};
  }
  return header;
}

std::uint16_t flag_of(char letter) {
  switch (letter) {
    case 'F': return Flags::fin;
    case 'S': return Flags::syn;
    case 'R': return Flags::rst;
    case 'P': return Flags::psh;
    case '.': return Flags::ack;
    case 'U': return Flags::urg;
    case 'E': return Flags::ece;
    case 'W': return Flags::cwr;
    case 'A': return Flags::ae;
    default: return 0;
  }
}

void set_flags(TcpLine& tcp, const Token& token) {
  for (const char letter : token.text) {
    if (letter >= '0' && letter <= '7') {  // .5: ACK, and 5 in AE, CWR and ECE
      tcp.has_ace = true;
      tcp.flags.set_ace(static_cast<std::uint32_t>(letter - '0'));
    } else if (const std::uint16_t flag = flag_of(letter); flag != 0) {
      tcp.flags.set(flag);
    } else {
      throw Mistake{token.line, "'" + token.text + "' are no flags of TCP (FSRPUEWA and .)"};
    }
  }
}

void parse_flags(Cursor& cursor, TcpLine& tcp) {
  if (cursor.accept('-')) return;
  const bool has_word = cursor.is(TokenKind::word);
  if (has_word) set_flags(tcp, cursor.take());
  if (cursor.is(TokenKind::decimal) || cursor.peek().is('.')) {
    set_flags(tcp, cursor.take());
  } else if (!has_word) {
    cursor.fail("flags of TCP");
  }
}

struct Range {
  std::uint32_t seq = 0;
  std::uint32_t bytes = 0;
  bool is_anywhere = false;
};

std::uint32_t parse_bracketed_bytes(Cursor& cursor) {
  cursor.expect('(');
  const auto bytes = static_cast<std::uint32_t>(cursor.take_number(0xffff, "the length"));
  cursor.expect(')');
  return bytes;
}

// 1:1001(1000), ...(1000)
Range parse_range(Cursor& cursor) {
  const std::uint32_t line = cursor.peek().line;
  if (cursor.accept(TokenKind::ellipsis)) return {0, parse_bracketed_bytes(cursor), true};
  const auto start = cursor.take_number_of<std::uint32_t>("a sequence number");
  cursor.expect(':');
  const auto end = cursor.take_number_of<std::uint32_t>("a sequence number");
  const std::uint32_t bytes = parse_bracketed_bytes(cursor);
  if (start + std::uint64_t{bytes} != end) {
    throw Mistake{line, "from the one sequence number to the other there are not so many bytes"};
  }
  return {start, bytes, false};
}

void parse_ports(Cursor& cursor, std::uint16_t& source, std::uint16_t& destination) {
  if (!cursor.is(TokenKind::integer) || !cursor.peek(1).is('>')) return;
  source = cursor.take_number_of<std::uint16_t>("a port");
  cursor.expect('>');
  destination = cursor.take_number_of<std::uint16_t>("a port");
}

TcpLine parse_tcp(Cursor& cursor, bool is_from_host) {
  TcpLine tcp;
  if (cursor.peek().is_word("encap")) cursor.fail("a packet without PSP");
  parse_ports(cursor, tcp.source_port, tcp.destination_port);
  parse_flags(cursor, tcp);
  const Range range = parse_range(cursor);
  if (range.is_anywhere && !is_from_host) cursor.fail("a sequence number, where the peer speaks");
  tcp.seq = range.seq;
  tcp.bytes = range.bytes;
  tcp.is_anywhere = range.is_anywhere;
  if (cursor.accept_word("ack")) {
    tcp.ack = cursor.take_number_of<std::uint32_t>("an acknowledgment number");
  }
  if (cursor.accept_word("win")) tcp.window = cursor.take_number_of<std::uint16_t>("a window");
  if (cursor.accept_word("urg")) {
    tcp.urgent_pointer = cursor.take_number_of<std::uint16_t>("an urgent pointer");
  }
  if (!cursor.accept('<')) return tcp;
  if (!cursor.accept(TokenKind::ellipsis)) {
    tcp.options = parse_tcp_options(cursor);
    return tcp;
  }
  if (!is_from_host) cursor.fail("<...> for packets of the host only; options");
  tcp.options.reset();
  cursor.expect('>');
  return tcp;
}

UdpLine parse_udp(Cursor& cursor) {
  UdpLine udp;
  parse_ports(cursor, udp.source_port, udp.destination_port);
  udp.bytes = parse_bracketed_bytes(cursor);
  return udp;
}

Quote parse_quote(Cursor& cursor) {
  Quote quote;
  if (cursor.accept_word("udp")) {
    quote = {Quote::Protocol::udp, 0, parse_bracketed_bytes(cursor)};
  } else if (cursor.accept_word("raw")) {
    quote = {Quote::Protocol::raw, 0, parse_bracketed_bytes(cursor)};
  } else {
    const Range range = parse_range(cursor);
    quote = {Quote::Protocol::tcp, range.seq, range.bytes};
  }
  cursor.expect(']');
  return quote;
}

IcmpLine parse_icmp(Cursor& cursor) {
  IcmpLine icmp;
  icmp.type = cursor.take(TokenKind::word, "a type of ICMP").text;
  const bool has_code =
      cursor.is(TokenKind::word) && !cursor.peek().is_word("mtu") && !cursor.peek().is_word("id");
  if (has_code) icmp.code = cursor.take().text;
  if (cursor.accept_word("mtu")) icmp.mtu = cursor.take_number_of<std::uint32_t>("an MTU");
  if (cursor.accept_word("id")) icmp.echo_id = cursor.take_number_of<std::uint16_t>("an id");
  if (cursor.accept('[')) icmp.quote = parse_quote(cursor);
  return icmp;
}

}  // namespace

PacketLine parse_packet(Cursor& cursor) {
  PacketLine packet;
  packet.is_from_host = cursor.take().is('>');
  while (cursor.peek().is_word("ipv4") || cursor.peek().is_word("ipv6")) {
    packet.outer.push_back(parse_outer_header(cursor));
  }
  const std::uint32_t line = cursor.peek().line;
  packet.ip = parse_ip_fields(cursor);
  if (packet.ip.tos_check == Tos::ect && !packet.is_from_host) {
    throw Mistake{line, "[ect01] is for packets of the host only"};
  }
  if (cursor.accept_word("icmp")) {
    packet.content = parse_icmp(cursor);
  } else if (cursor.accept_word("udp")) {
    packet.content = parse_udp(cursor);
  } else {
    packet.content = parse_tcp(cursor, packet.is_from_host);
  }
  return packet;
}

}  // namespace acksu::packetdrill
