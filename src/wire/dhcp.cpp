// Reading DHCP messages: the fixed fields, the options wherever they stand, and their values.
#include "wire/dhcp.h"

#include <algorithm>
#include <bit>
#include <map>

#include "wire/mac.h"
#include "wire/reader.h"

namespace acksu::wire {
namespace {

constexpr std::uint32_t magic_cookie = 0x63825363;  // RFC 2131 section 3
constexpr std::uint8_t hardware_is_ethernet = 1;

// RFC 3396: pieces of one option are one value. Codes in rising order.
using Options = std::map<std::uint8_t, std::vector<std::uint8_t>>;

bool gather(Bytes field, Options& options) {
  Reader reader(field);
  while (reader.remaining() > 0) {
    const auto code = static_cast<DhcpOption>(reader.u8());
    if (code == DhcpOption::end) return true;
    if (code == DhcpOption::pad) continue;
    const Bytes value = reader.bytes(reader.u8());
    if (reader.failed()) return false;
    auto& whole = options[static_cast<std::uint8_t>(code)];
    whole.insert(whole.end(), value.begin(), value.end());
  }
  return true;  // some senders forget the end
}

// Gathers from the options field, and from the fields of names where those were lent (RFC 2132
// section 9.3, in the order of RFC 3396 section 5).
bool gather_all(Bytes field, Bytes file, Bytes server_name, Options& options) {
  if (!gather(field, options)) return false;
  const auto overload = options.find(static_cast<std::uint8_t>(DhcpOption::overload));
  if (overload == options.end()) return true;
  if (overload->second.size() != 1) return false;
  const std::uint8_t lent = overload->second[0];
  if (lent == 0 || lent > 3) return false;
  if ((lent & 1) != 0 && !gather(file, options)) return false;
  if ((lent & 2) != 0 && !gather(server_name, options)) return false;
  return true;
}

bool take(Bytes value, std::optional<std::uint32_t>& out) {
  if (value.size() != 4) return false;
  out = load_be32(value.data());
  return true;
}

bool take(Bytes value, std::optional<std::uint16_t>& out) {
  if (value.size() != 2) return false;
  out = load_be16(value.data());
  return true;
}

bool take(Bytes value, std::optional<IpAddress>& out) {
  if (value.size() != 4) return false;
  out = IpAddress::v4(load_be32(value.data()));
  return true;
}

bool take(Bytes value, std::vector<IpAddress>& out) {
  if (value.empty() || value.size() % 4 != 0) return false;
  for (std::size_t at = 0; at < value.size(); at += 4)
    out.push_back(IpAddress::v4(load_be32(value.data() + at)));
  return true;
}

bool take_mask(Bytes value, std::optional<std::uint8_t>& out) {
  if (value.size() != 4) return false;
  const std::uint32_t host_bits = ~load_be32(value.data());
  if (std::popcount(host_bits) != std::countr_one(host_bits)) return false;  // ones, then zeros
  out = static_cast<std::uint8_t>(std::countl_zero(host_bits));
  return true;
}

bool is_name_character(std::uint8_t c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// A name that a shell or a log could misread is no name; the rest of the message still counts.
void take_name(Bytes value, std::string& out) {
  while (!value.empty() && value.back() == 0) value = value.first(value.size() - 1);
  if (std::all_of(value.begin(), value.end(), is_name_character))
    out.assign(value.begin(), value.end());
}

void take_text(Bytes value, std::string& out) {
  for (const std::uint8_t c : value) {
    if (c != 0) out += c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '?';
  }
}

// RFC 3442: width, as many octets of the destination as that needs, router.
bool take_routes(Bytes value, std::vector<DhcpRoute>& out) {
  Reader reader(value);
  while (reader.remaining() > 0) {
    const std::uint8_t width = reader.u8();
    if (width > 32) return false;
    std::uint32_t destination = 0;
    const unsigned significant = (width + 7u) / 8;
    for (unsigned i = 0; i < significant; ++i)
      destination |= std::uint32_t{reader.u8()} << (24 - 8 * i);
    if (width < 32) destination &= ~(0xffff'ffffu >> width);
    const IpAddress gateway = IpAddress::v4(reader.be32());
    if (reader.failed()) return false;
    out.push_back({{IpAddress::v4(destination), width}, gateway});
  }
  return !out.empty();
}

bool take_type(Bytes value, DhcpMessage& out) {
  if (value.size() != 1 || value[0] < 1 || value[0] > 8) return false;
  out.type = static_cast<DhcpType>(value[0]);
  return true;
}

bool take_octets(Bytes value, std::size_t at_least, std::vector<std::uint8_t>& out) {
  out.assign(value.begin(), value.end());
  return value.size() >= at_least;
}

// What a server gives.
bool take_configuration(DhcpOption code, Bytes value, DhcpMessage& out) {
  switch (code) {
    case DhcpOption::subnet_mask: return take_mask(value, out.prefix_length);
    case DhcpOption::routers: return take(value, out.routers);
    case DhcpOption::name_servers: return take(value, out.name_servers);
    case DhcpOption::routes: return take_routes(value, out.routes);
    case DhcpOption::host_name: take_name(value, out.host_name); return true;
    case DhcpOption::domain: take_name(value, out.domain); return true;
    case DhcpOption::mtu: return take(value, out.mtu) && *out.mtu >= 68;  // RFC 2132 section 5.1
    default: return true;
  }
}

bool take_option(DhcpOption code, Bytes value, DhcpMessage& out) {
  switch (code) {
    case DhcpOption::type: return take_type(value, out);
    case DhcpOption::requested_address: return take(value, out.requested);
    case DhcpOption::lease_time: return take(value, out.lease_seconds);
    case DhcpOption::renewal_time: return take(value, out.renewal_seconds);
    case DhcpOption::rebinding_time: return take(value, out.rebinding_seconds);
    case DhcpOption::server_id: return take(value, out.server_id);
    case DhcpOption::max_message_bytes: return take(value, out.max_message_bytes);
    case DhcpOption::client_id: return take_octets(value, 2, out.client_id);
    case DhcpOption::parameter_list: return take_octets(value, 1, out.parameter_list);
    case DhcpOption::message: take_text(value, out.message); return true;
    default: return take_configuration(code, value, out);
  }
}

bool is_of_servers(DhcpType type) {
  return type == DhcpType::offer || type == DhcpType::ack || type == DhcpType::nak;
}

}  // namespace

const char* name(DhcpType type) {
  switch (type) {
    case DhcpType::discover: return "DHCPDISCOVER";
    case DhcpType::offer: return "DHCPOFFER";
    case DhcpType::request: return "DHCPREQUEST";
    case DhcpType::decline: return "DHCPDECLINE";
    case DhcpType::ack: return "DHCPACK";
    case DhcpType::nak: return "DHCPNAK";
    case DhcpType::release: return "DHCPRELEASE";
    case DhcpType::inform: return "DHCPINFORM";
  }
  return "unknown";
}

Drop read(Bytes message, DhcpMessage& out) {
  out = DhcpMessage{};
  Reader reader(message);
  const auto fixed = reader.take<44>();
  const Bytes server_name = reader.bytes(64);
  const Bytes file = reader.bytes(128);
  const std::uint32_t cookie = reader.be32();
  if (reader.failed()) return Drop::dhcp_truncated;
  const std::uint8_t operation = fixed.u8<0>();
  if (operation < 1 || operation > 2 || fixed.u8<1>() != hardware_is_ethernet ||
      fixed.u8<2>() != 6 || cookie != magic_cookie)
    return Drop::dhcp_bad_header;
  out.is_reply = operation == 2;
  out.transaction = fixed.be32<4>();
  out.seconds = fixed.be16<8>();
  out.wants_broadcast = (fixed.be16<10>() & 0x8000) != 0;
  out.client = IpAddress::v4(fixed.be32<12>());
  out.yours = IpAddress::v4(fixed.be32<16>());
  out.next_server = IpAddress::v4(fixed.be32<20>());
  out.relay = IpAddress::v4(fixed.be32<24>());
  out.hardware = mac_at<28>(fixed);

  Options options;
  if (!gather_all(reader.rest(), file, server_name, options)) return Drop::dhcp_bad_option;
  if (!options.contains(static_cast<std::uint8_t>(DhcpOption::type))) return Drop::dhcp_no_type;
  for (const auto& [code, value] : options) {
    if (!take_option(DhcpOption{code}, value, out)) return Drop::dhcp_bad_option;
  }
  return is_of_servers(out.type) == out.is_reply ? Drop::none : Drop::dhcp_no_type;
}

}  // namespace acksu::wire
