// Opens and sums up PPP: its frames, and the packets of LCP, IPCP and IPV6CP.
#include <cstdio>

#include "wire/ppp_control.h"
#include "wire/print_layer.h"
#include "wire/print_line.h"

namespace acksu::wire {
namespace {

const char* code_text(PppCode code) {
  switch (code) {
    case PppCode::configure_request: return "Configure-Request";
    case PppCode::configure_ack: return "Configure-Ack";
    case PppCode::configure_nak: return "Configure-Nak";
    case PppCode::configure_reject: return "Configure-Reject";
    case PppCode::terminate_request: return "Terminate-Request";
    case PppCode::terminate_ack: return "Terminate-Ack";
    case PppCode::code_reject: return "Code-Reject";
    case PppCode::protocol_reject: return "Protocol-Reject";
    case PppCode::echo_request: return "Echo-Request";
    case PppCode::echo_reply: return "Echo-Reply";
    case PppCode::discard_request: return "Discard-Request";
  }
  return "unknown code";
}

// How an option that is a number is shown.
enum class Form : std::uint8_t { nothing, decimal, hexadecimal, address, interface_id, protocol };

struct OptionRow {
  std::uint16_t protocol;
  std::uint8_t type;
  std::size_t octets;
  Form form;
  const char* short_name;
  const char* key;
};

constexpr OptionRow option_rows[] = {
    {PppProtocol::lcp, LcpOption::mru, 2, Form::decimal, "mru", "lcp.option.mru"},
    {PppProtocol::lcp, LcpOption::control_map, 4, Form::hexadecimal, "map",
     "lcp.option.control_map"},
    {PppProtocol::lcp, LcpOption::authentication, 2, Form::protocol, "auth",
     "lcp.option.authentication"},
    {PppProtocol::lcp, LcpOption::magic, 4, Form::hexadecimal, "magic", "lcp.option.magic"},
    {PppProtocol::lcp, LcpOption::compress_protocol, 0, Form::nothing, "pfc",
     "lcp.option.compress_protocol"},
    {PppProtocol::lcp, LcpOption::compress_address, 0, Form::nothing, "acfc",
     "lcp.option.compress_address"},
    {PppProtocol::ipcp, IpcpOption::address, 4, Form::address, "address", "ipcp.option.address"},
    {PppProtocol::ipcp, IpcpOption::first_name_server, 4, Form::address, "dns",
     "ipcp.option.name_server"},
    {PppProtocol::ipcp, IpcpOption::second_name_server, 4, Form::address, "dns2",
     "ipcp.option.name_server"},
    {PppProtocol::ipv6cp, Ipv6cpOption::interface_id, 8, Form::interface_id, "interface",
     "ipv6cp.option.interface_id"},
};

const OptionRow* row_of(std::uint16_t protocol, const PppOption& option) {
  for (const OptionRow& row : option_rows) {
    if (row.protocol != protocol || row.type != option.type) continue;
    // What follows the protocol of an authentication belongs to that protocol.
    const bool is_open_ended = row.form == Form::protocol && option.data.size() >= row.octets;
    return option.data.size() == row.octets || is_open_ended ? &row : nullptr;
  }
  return nullptr;
}

std::string identifier_text(std::uint64_t value) {
  char text[20];
  std::snprintf(text, sizeof text, "%04x:%04x:%04x:%04x", static_cast<unsigned>(value >> 48),
                static_cast<unsigned>(value >> 32 & 0xffff),
                static_cast<unsigned>(value >> 16 & 0xffff), static_cast<unsigned>(value & 0xffff));
  return text;
}

std::string ppp_protocol_text(std::uint16_t protocol) {
  switch (protocol) {
    case PppProtocol::ipv4: return "IPv4";
    case PppProtocol::ipv6: return "IPv6";
    case PppProtocol::ipcp: return "IPCP";
    case PppProtocol::ipv6cp: return "IPV6CP";
    case PppProtocol::lcp: return "LCP";
    case PppProtocol::pap: return "PAP";
    case PppProtocol::chap: return "CHAP";
    default: return "protocol " + hexadecimal(protocol);
  }
}

std::string value_text(const OptionRow* row, const PppOption& option) {
  if (row == nullptr) return decimal(option.data.size()) + " bytes";
  const auto value = PppOption{option.type,
                               {option.data.begin(),
                                option.data.begin() + static_cast<std::ptrdiff_t>(row->octets)}}
                         .number(row->octets)
                         .value_or(0);
  switch (row->form) {
    case Form::decimal: return decimal(value);
    case Form::hexadecimal: return hexadecimal_32(static_cast<std::uint32_t>(value));
    case Form::address: return to_string(IpAddress::v4(static_cast<std::uint32_t>(value)));
    case Form::interface_id: return identifier_text(value);
    case Form::protocol: return ppp_protocol_text(static_cast<std::uint16_t>(value));
    case Form::nothing: break;
  }
  return "";
}

std::string options_line(std::uint16_t protocol, const std::vector<PppOption>& options) {
  std::string text;
  for (const PppOption& option : options) {
    const OptionRow* row = row_of(protocol, option);
    const std::string value = value_text(row, option);
    text += text.empty() ? "" : ",";
    text += row == nullptr ? "option " + decimal(option.type) : row->short_name;
    if (!value.empty()) text += " " + value;
  }
  return text.empty() ? "" : " <" + text + ">";
}

std::string control_line(std::uint16_t protocol, Bytes information) {
  const std::string name = ppp_protocol_text(protocol);
  PppControl packet;
  const Drop drop = read(information, protocol, packet);
  if (drop != Drop::none) return dropped(name.c_str(), drop);
  std::string line = name + " " + code_text(packet.code) + " id=" + decimal(packet.id);
  if (packet.has_options()) return line + options_line(protocol, packet.options);
  if (packet.has_magic()) line += " magic=" + hexadecimal_32(packet.magic);
  if (packet.code == PppCode::protocol_reject) {
    line += " " + ppp_protocol_text(packet.rejected_protocol);
  }
  return line + " len=" + decimal(packet.data.size());
}

const char* layer_key(std::uint16_t protocol) {
  if (protocol == PppProtocol::lcp) return "lcp";
  return protocol == PppProtocol::ipcp ? "ipcp" : "ipv6cp";
}

void add_options(LayerBuilder& layer, std::uint16_t protocol, const PppControl& packet) {
  std::uint32_t offset = PppControl::header_bytes;
  for (const PppOption& option : packet.options) {
    const OptionRow* row = row_of(protocol, option);
    const auto length = static_cast<std::uint32_t>(option.data.size() + 2);
    layer.add(row == nullptr ? "ppp.option.unknown" : row->key, value_text(row, option),
              {offset, length});
    offset += length;
  }
}

void open_control(Opening& opening, std::uint16_t protocol, Part part) {
  PppControl packet;
  const Drop drop = read(part.bytes, protocol, packet);
  const auto bytes = part.padded<PppControl::header_bytes>();
  const std::uint32_t length = load_be16(&bytes[2]);
  LayerBuilder layer(opening.layers, layer_key(protocol), part, opening.language);
  layer.set_fault(drop);
  layer.add("ppp.code", decimal(bytes[0]), {0, 1}, "ppp.code." + decimal(bytes[0]));
  layer.add("ppp.id", decimal(bytes[1]), {1, 1});
  layer.add("ppp.length", decimal(length), {2, 2});
  std::uint32_t end = PppControl::header_bytes;
  if (drop == Drop::none) {
    add_options(layer, protocol, packet);
    if (packet.has_magic()) layer.add("ppp.magic", hexadecimal_32(packet.magic), {end, 4});
    if (packet.code == PppCode::protocol_reject) {
      layer.add("ppp.rejected_protocol", ppp_protocol_text(packet.rejected_protocol), {end, 2});
    }
    end = length;
    const auto data_bytes = static_cast<std::uint32_t>(packet.data.size());
    if (data_bytes > 0) layer.add("ppp.data", decimal(data_bytes), {end - data_bytes, data_bytes});
  }
  layer.end_header(end);
}

bool is_control(std::uint16_t protocol) {
  return protocol == PppProtocol::lcp || protocol == PppProtocol::ipcp ||
         protocol == PppProtocol::ipv6cp;
}

}  // namespace

std::string summary_of_ppp(Bytes frame) {
  PppFrame ppp;
  const Drop drop = read(frame, ppp);
  if (drop != Drop::none) return dropped("PPP", drop);
  if (is_control(ppp.protocol)) return control_line(ppp.protocol, ppp.information);
  if (ppp.protocol == PppProtocol::ipv4 || ppp.protocol == PppProtocol::ipv6) {
    return summary_of_packet(ppp.information);
  }
  return "PPP " + ppp_protocol_text(ppp.protocol) + " len=" + decimal(ppp.information.size());
}

std::vector<Layer> open_ppp(Bytes frame, Language language) {
  Opening opening;
  opening.language = language;
  const Part part{frame, 0};
  PppFrame ppp;
  const Drop drop = read(frame, ppp);
  const auto size = drop == Drop::none
                        ? part.size() - static_cast<std::uint32_t>(ppp.information.size())
                        : part.size();
  LayerBuilder layer(opening.layers, "ppp", part, language);
  layer.set_fault(drop);
  std::uint32_t at = 0;
  if (size > 2) {
    layer.add("ppp.address", hexadecimal(frame[0]), {0, 1});
    layer.add("ppp.control", hexadecimal(frame[1]), {1, 1});
    at = 2;
  }
  if (drop == Drop::none) {
    layer.add("ppp.protocol", hexadecimal(ppp.protocol), {at, size - at});
    layer.set_meaning("ppp.protocol", ppp_protocol_text(ppp.protocol));
  }
  layer.end_header(size);
  const Part carried = part.behind(size);
  if (drop != Drop::none || carried.size() == 0) return std::move(opening.layers);
  if (is_control(ppp.protocol)) {
    open_control(opening, ppp.protocol, carried);
  } else if (ppp.protocol == PppProtocol::ipv4 || ppp.protocol == PppProtocol::ipv6) {
    open_ip(opening, carried);
  } else {
    open_text(opening, carried);
  }
  return std::move(opening.layers);
}

}  // namespace acksu::wire
