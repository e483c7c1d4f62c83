// The fields of a packet in the order in which the language has them.
#include "packetdrill/packet_text.h"

#include <cstdio>

#include "base/bytes.h"

namespace acksu::packetdrill {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string hexadecimal(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::uint32_t count_of_24_bits(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 16 | load_be16(at + 1);
}

std::string sack_text(Bytes data) {
  std::string text = "sack";
  for (std::size_t at = 0; at + 8 <= data.size(); at += 8) {
    text += " " + number(load_be32(&data[at])) + ":" + number(load_be32(&data[at + 4]));
  }
  return text;
}

std::string acc_ecn_text(const TcpOption& option) {
  const char* const zero[] = {" e0b ", " ceb ", " e1b "};
  const char* const one[] = {" e1b ", " ceb ", " e0b "};
  const auto& names = option.kind == TcpOption::acc_ecn_0 ? zero : one;
  std::string text = "ECN";
  for (std::size_t i = 0; i < 3 && 3 * i + 3 <= option.data.size(); ++i) {
    text += names[i] + number(count_of_24_bits(&option.data[3 * i]));
  }
  return text;
}

std::string with_digits(const char* name, Bytes bytes) {
  return name + (bytes.empty() ? "" : " " + hexadecimal(bytes));
}

bool is_fast_open_experiment(Bytes data) {
  return data.size() >= 2 && load_be16(data.data()) == fast_open_experiment;
}

// Of the options that have a length of their own; empty: it is not that of its kind.
std::string fixed_option_text(const TcpOption& option) {
  const std::uint8_t* const data = option.data.data();
  const std::size_t size = option.data.size();
  switch (option.kind) {
    case TcpOption::mss: return size == 2 ? "mss " + number(load_be16(data)) : "";
    case TcpOption::window_scale: return size == 1 ? "wscale " + number(data[0]) : "";
    case TcpOption::sack_permitted: return size == 0 ? "sackOK" : "";
    case TcpOption::timestamps:
      return size == 8 ? "TS val " + number(load_be32(data)) + " ecr " + number(load_be32(data + 4))
                       : "";
    default: return "";
  }
}

std::string tos_text(const IpFields& fields) {
  const char* const marks[] = {"noecn", "ect1", "ect0", "ce"};
  switch (fields.tos_check) {
    case IpFields::Tos::any: return "";
    case IpFields::Tos::ect: return "ect01";
    case IpFields::Tos::ecn: return marks[fields.tos & 3];
    case IpFields::Tos::all: break;
  }
  char text[16];
  std::snprintf(text, sizeof text, "tos 0x%02x", fields.tos);
  return text;
}

void append_field(std::string& list, const std::string& field) {
  if (!field.empty()) list += (list.empty() ? "" : ",") + field;
}

std::string ip_text(const IpFields& fields) {
  std::string list;
  append_field(list, tos_text(fields));
  if (fields.ttl != 0) append_field(list, "ttl " + number(fields.ttl));
  if (fields.flow_label) {
    char text[32];
    std::snprintf(text, sizeof text, "flowlabel 0x%x", *fields.flow_label);
    append_field(list, text);
  }
  return list.empty() ? "" : "[" + list + "] ";
}

std::string ports_text(std::uint16_t source, std::uint16_t destination) {
  if (source == 0 && destination == 0) return "";
  return number(source) + " > " + number(destination) + " ";
}

std::string range_text(std::uint32_t seq, std::uint32_t bytes) {
  return number(seq) + ":" + number(seq + bytes) + "(" + number(bytes) + ")";
}

std::string content_text(const TcpLine& tcp) {
  std::string text =
      ports_text(tcp.source_port, tcp.destination_port) + flags_text(tcp.flags, tcp.has_ace) + " " +
      (tcp.is_anywhere ? "...(" + number(tcp.bytes) + ")" : range_text(tcp.seq, tcp.bytes));
  if (tcp.flags.has(Flags::ack)) text += " ack " + number(tcp.ack);
  if (tcp.window) text += " win " + number(*tcp.window);
  if (tcp.urgent_pointer != 0) text += " urg " + number(tcp.urgent_pointer);
  if (!tcp.options) return text + " <...>";
  return tcp.options->empty() ? text : text + " " + to_string(*tcp.options);
}

std::string content_text(const UdpLine& udp) {
  return "udp " + ports_text(udp.source_port, udp.destination_port) + "(" + number(udp.bytes) + ")";
}

std::string quote_text(const Quote& quote) {
  switch (quote.protocol) {
    case Quote::Protocol::tcp: return " [" + range_text(quote.seq, quote.bytes) + "]";
    case Quote::Protocol::udp: return " [udp (" + number(quote.bytes) + ")]";
    case Quote::Protocol::raw: return " [raw (" + number(quote.bytes) + ")]";
  }
  return "";
}

std::string content_text(const IcmpLine& icmp) {
  std::string text = "icmp " + icmp.type + (icmp.code.empty() ? "" : " " + icmp.code);
  if (icmp.mtu) text += " mtu " + number(*icmp.mtu);
  if (icmp.echo_id != 0) text += " id " + number(icmp.echo_id);
  return text + quote_text(icmp.quote);
}

}  // namespace

std::string flags_text(Flags flags, bool has_ace) {
  std::string text;
  if (flags.has(Flags::fin)) text += 'F';
  if (flags.has(Flags::syn)) text += 'S';
  if (flags.has(Flags::rst)) text += 'R';
  if (flags.has(Flags::psh)) text += 'P';
  if (flags.has(Flags::urg)) text += 'U';
  if (!has_ace && flags.has(Flags::ece)) text += 'E';
  if (!has_ace && flags.has(Flags::cwr)) text += 'W';
  if (!has_ace && flags.has(Flags::ae)) text += 'A';
  if (flags.has(Flags::ack)) text += '.';
  if (has_ace) text += number(flags.ace());
  return text.empty() ? "-" : text;
}

std::string to_string(const TcpOption& option) {
  const Bytes data{option.data};
  if (const std::string text = fixed_option_text(option); !text.empty()) return text;
  switch (option.kind) {
    case TcpOption::eol: return "eol";
    case TcpOption::nop: return "nop";
    case TcpOption::sack: return sack_text(data);
    case TcpOption::md5: return with_digits("md5", data);
    case TcpOption::fast_open: return with_digits("FO", data);
    case TcpOption::acc_ecn_0:
    case TcpOption::acc_ecn_1: return acc_ecn_text(option);
    default: break;
  }
  if (option.kind == TcpOption::experiment && is_fast_open_experiment(data)) {
    return with_digits("FOEXP", data.subspan(2));
  }
  return with_digits(("option " + number(option.kind)).c_str(), data);
}

std::string to_string(const TcpOptions& options) {
  std::string list;
  for (const TcpOption& option : options) append_field(list, to_string(option));
  return list.empty() ? "" : "<" + list + ">";
}

std::string to_string(const PacketLine& packet) {
  std::string text = packet.is_from_host ? "> " : "< ";
  for (const OuterHeader& outer : packet.outer) {
    text += (outer.source.is_v4() ? "ipv4 " : "ipv6 ") + ip_text(outer.fields) +
            acksu::to_string(outer.source) + " > " + acksu::to_string(outer.destination) + ": ";
  }
  text += ip_text(packet.ip);
  return text +
         std::visit([](const auto& content) { return content_text(content); }, packet.content);
}

}  // namespace acksu::packetdrill
