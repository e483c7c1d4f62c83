// Opens UDP, TCP and the text they carry; HTTP's lines are readable.
#include <algorithm>
#include <string_view>
#include <utility>

#include "wire/print_layer.h"
#include "wire/print_line.h"
#include "wire/tcp.h"
#include "wire/tcp_options.h"

namespace acksu::wire {
namespace {

constexpr std::uint32_t shown_bytes = 32;  // of text that is not lines
constexpr std::uint32_t shown_lines = 16;

// The checksum field that would be right for this header and text.
std::uint16_t right_checksum(Part part, std::uint8_t protocol, std::uint16_t stored,
                             PseudoHeader pseudo) {
  HeaderSum sum;
  pseudo.add_to(sum, protocol, part.size());
  sum.add(0xffffu & ~std::uint32_t{stored});  // takes the stored value out again
  return (sum.folded() + sum_of(part.bytes)).checksum();
}

void add_flags(LayerBuilder& layer, Flags flags) {
  static constexpr struct {
    std::uint16_t bit;
    std::string_view key;
  } rows[] = {
      {Flags::ae, "tcp.flag.ae"},   {Flags::cwr, "tcp.flag.cwr"}, {Flags::ece, "tcp.flag.ece"},
      {Flags::urg, "tcp.flag.urg"}, {Flags::ack, "tcp.flag.ack"}, {Flags::psh, "tcp.flag.psh"},
      {Flags::rst, "tcp.flag.rst"}, {Flags::syn, "tcp.flag.syn"}, {Flags::fin, "tcp.flag.fin"}};
  layer.add("tcp.flags", flags_text(flags), {12, 2});
  for (const auto& row : rows) {
    layer.add(row.key, flags.has(row.bit) ? "1" : "0", {row.bit == Flags::ae ? 12u : 13u, 1});
  }
  if (!flags.has(Flags::syn)) layer.add("tcp.ace", decimal(flags.ace()), {12, 2});
}

std::string sack_text(Bytes body) {
  Reader reader(body);
  std::string text;
  while (reader.remaining() > 0) {
    if (!text.empty()) text += ", ";
    text += decimal(reader.be32()) + ":";
    text += decimal(reader.be32());
  }
  return text;
}

// RFC 9768 3.2.3: the counts that are whole, each with the codepoint that it counts.
std::string acc_ecn_counts(std::uint8_t kind, Bytes body) {
  const bool is_order_0 = kind == TcpOption::acc_ecn_0;
  const char* names[] = {is_order_0 ? "ECT(0) " : "ECT(1) ", "CE ",
                         is_order_0 ? "ECT(1) " : "ECT(0) "};
  Reader reader(body);
  std::string text;
  for (const char* name : names) {
    if (reader.remaining() < TcpOption::acc_ecn_count_bytes) break;
    const auto count = reader.take<TcpOption::acc_ecn_count_bytes>();
    if (!text.empty()) text += ", ";
    text += name + decimal(std::uint32_t{count.be16<0>()} << 8 | count.u8<2>());
  }
  return text;
}

struct OptionText {
  std::string_view key;
  std::string value;
};

// The words and value of an option of a legal length; no key when its length is not legal.
OptionText option_text(std::uint8_t kind, Bytes body) {
  Reader reader(body);
  const std::size_t length = body.size() + 2;
  switch (kind) {
    case TcpOption::mss:
      if (length != TcpOption::mss_bytes) return {};
      return {"tcp.option.mss", decimal(reader.be16())};
    case TcpOption::window_scale: {
      if (length != TcpOption::window_scale_bytes) return {};
      const std::uint8_t shift = reader.u8();
      const std::uint8_t used = std::min(shift, TcpOption::largest_window_scale);
      return {"tcp.option.window_scale", decimal(shift) + " (×" + decimal(1u << used) + ")"};
    }
    case TcpOption::sack_permitted:
      if (length != TcpOption::sack_permitted_bytes) return {};
      return {"tcp.option.sack_permitted", ""};
    case TcpOption::timestamps: {
      if (length != TcpOption::timestamps_bytes) return {};
      const std::string value = decimal(reader.be32());
      return {"tcp.option.timestamps", value + ", " + decimal(reader.be32())};
    }
    case TcpOption::sack:
      if (body.empty() || body.size() % TcpOption::sack_block_bytes != 0) return {};
      return {"tcp.option.sack", sack_text(body)};
    case TcpOption::user_timeout: {
      if (length != TcpOption::user_timeout_bytes) return {};
      const std::uint16_t value = reader.be16();
      return {"tcp.option.user_timeout",
              decimal(value & 0x7fff) + ((value & 0x8000) != 0 ? " min" : " s")};
    }
    case TcpOption::fast_open:
      if (!FastOpenOption::of(body)) return {};
      if (body.empty()) return {"tcp.option.fast_open_request", ""};
      return {"tcp.option.fast_open", digits_of(body)};
    case TcpOption::acc_ecn_0:
    case TcpOption::acc_ecn_1: return {"tcp.option.acc_ecn", acc_ecn_counts(kind, body)};
    default: return {"tcp.option.unknown", decimal(kind)};
  }
}

// Shows options up to the first that is malformed.
void add_tcp_options(LayerBuilder& layer, Bytes options) {
  Reader reader(options);
  while (reader.remaining() > 0) {
    const auto offset = tcp_header_size + static_cast<std::uint32_t>(reader.position());
    const std::uint8_t kind = reader.u8();
    if (kind == TcpOption::end) {
      const auto length = 1 + static_cast<std::uint32_t>(reader.remaining());
      return layer.add("tcp.option.end", "", {offset, length});
    }
    if (kind == TcpOption::no_operation) {
      layer.add("tcp.option.nop", "", {offset, 1});
      continue;
    }
    const std::uint8_t length = reader.u8();
    if (length < 2 || length - 2u > reader.remaining()) return;
    const OptionText text = option_text(kind, reader.bytes(length - 2u));
    if (text.key.empty()) {
      layer.add("tcp.option.unknown", decimal(kind), {offset, length}, "tcp.option.ignored");
    } else {
      layer.add(text.key, text.value, {offset, length});
    }
  }
}

// From the sequence number to the window.
void add_tcp_numbers(LayerBuilder& layer, const Fixed<tcp_header_size>& fields) {
  const Flags flags{static_cast<std::uint16_t>(fields.be16<12>() & 0x1ff)};
  const bool is_syn = flags.has(Flags::syn);
  layer.add("tcp.source_port", decimal(fields.be16<0>()), {0, 2});
  layer.add("tcp.destination_port", decimal(fields.be16<2>()), {2, 2});
  layer.add("tcp.seq", decimal(fields.be32<4>()), {4, 4}, is_syn ? "tcp.seq.syn" : "");
  layer.add("tcp.ack", decimal(fields.be32<8>()), {8, 4},
            flags.has(Flags::ack) ? "" : "tcp.ack.unused");
  layer.add("tcp.data_offset", decimal((fields.u8<12>() >> 4) * 4u), {12, 1});
  layer.add("tcp.reserved", decimal(fields.u8<12>() >> 1 & 7u), {12, 1});
  add_flags(layer, flags);
  layer.add("tcp.window", decimal(fields.be16<14>()), {14, 2}, is_syn ? "tcp.window.syn" : "");
}

bool is_printable(std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; }

std::string printable(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += is_printable(byte) ? static_cast<char>(byte) : '.';
  return text;
}

std::string hex_bytes(Bytes bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ' ';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

// "http.request" or "http.status" if the text begins like one, else nothing.
std::string_view http_start(Bytes text) {
  static constexpr std::string_view methods[] = {"GET ", "HEAD ",   "POST ",
                                                 "PUT ", "DELETE ", "OPTIONS "};
  const std::string start = printable(text.first(std::min<std::size_t>(text.size(), 8)));
  if (start.starts_with("HTTP/1.")) return "http.status";
  for (const std::string_view method : methods) {
    if (start.starts_with(method)) return "http.request";
  }
  return {};
}

// Adds the lines of a header; returns the bytes shown.
std::uint32_t add_http_lines(LayerBuilder& layer, Part text, std::string_view key) {
  std::uint32_t offset = 0;
  for (std::uint32_t i = 0; i < shown_lines && offset < text.size(); ++i) {
    const Bytes rest = text.bytes.subspan(offset);
    const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{'\n'});
    if (end == rest.end()) break;
    const auto length = static_cast<std::uint32_t>(end - rest.begin()) + 1;
    const std::uint32_t ending = length >= 2 && rest[length - 2] == '\r' ? 2 : 1;
    const bool is_last = length == ending;
    layer.add(is_last ? "http.end" : key, printable(rest.first(length - ending)), {offset, length});
    offset += length;
    if (is_last) break;
    key = "http.field";
  }
  return offset;
}

}  // namespace

void open_udp(Opening& opening, Part datagram, const Carrier& carrier) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.udp" : "udp", datagram,
                     opening.language);
  const auto bytes = datagram.padded<UdpDatagram::header_size>();
  const Fixed<UdpDatagram::header_size> fields(bytes);
  const std::uint32_t length = fields.be16<4>();
  const std::uint16_t stored = fields.be16<6>();
  const bool is_legal = length >= UdpDatagram::header_size && length <= datagram.size();
  if (!is_legal && !opening.is_quoted) layer.set_fault(Drop::udp_malformed);
  layer.add("udp.source_port", decimal(fields.be16<0>()), {0, 2});
  layer.add("udp.destination_port", decimal(fields.be16<2>()), {2, 2});
  layer.add("udp.length", decimal(length), {4, 2});
  if (stored == 0) {
    layer.add("udp.checksum", hexadecimal(stored), {6, 2}, "checksum.none");
  } else if (is_legal && carrier.is_whole) {
    std::uint16_t right =
        right_checksum(datagram.first(length), IpProtocol::udp, stored, carrier.pseudo());
    if (right == 0) right = 0xffff;
    if (!layer.add_checksum("udp.checksum", stored, right, 6))
      layer.set_fault(Drop::udp_bad_checksum);
  } else {
    layer.add("udp.checksum", hexadecimal(stored), {6, 2}, "checksum.unchecked");
  }
  layer.end_header(UdpDatagram::header_size);
  const Part text = (is_legal ? datagram.first(length) : datagram).behind(UdpDatagram::header_size);
  open_text(opening, text);
}

void open_tcp(Opening& opening, Part segment, const Carrier& carrier) {
  LayerBuilder layer(opening.layers, opening.is_quoted ? "quoted.tcp" : "tcp", segment,
                     opening.language);
  const auto bytes = segment.padded<tcp_header_size>();
  const Fixed<tcp_header_size> fields(bytes);
  add_tcp_numbers(layer, fields);
  Segment parsed;
  std::uint32_t header_bytes = 0;
  const Drop drop = read_tcp_header(segment.bytes, parsed, header_bytes);
  const std::uint16_t stored = fields.be16<16>();
  if (carrier.is_whole && segment.size() >= tcp_header_size) {
    const std::uint16_t right = right_checksum(segment, IpProtocol::tcp, stored, carrier.pseudo());
    if (!layer.add_checksum("tcp.checksum", stored, right, 16))
      layer.set_fault(Drop::tcp_bad_checksum);
  } else {
    layer.add("tcp.checksum", hexadecimal(stored), {16, 2}, "checksum.unchecked");
  }
  layer.add("tcp.urgent_pointer", decimal(fields.be16<18>()), {18, 2});
  if (!opening.is_quoted) layer.set_fault(drop);
  header_bytes = std::max(tcp_header_size, (fields.u8<12>() >> 4) * 4u);
  add_tcp_options(layer, segment.first(header_bytes).behind(tcp_header_size).bytes);
  layer.end_header(header_bytes);
  const Part text = segment.behind(header_bytes);
  open_text(opening, text);
}

void open_text(Opening& opening, Part text) {
  if (text.size() == 0) return;
  LayerBuilder layer(opening.layers, "text", text, opening.language);
  const std::string_view http = http_start(text.bytes);
  std::uint32_t shown = http.empty() ? 0 : add_http_lines(layer, text, http);
  const Part rest = text.behind(shown).first(shown_bytes);
  if (rest.size() > 0) {
    layer.add("text.bytes", hex_bytes(rest.bytes), {shown, rest.size()});
    layer.set_meaning("text.bytes", printable(rest.bytes));
    shown += rest.size();
  }
  const std::uint32_t more = text.size() - shown;
  if (more > 0) layer.add("text.more", decimal(more), {shown, more});
}

}  // namespace acksu::wire
