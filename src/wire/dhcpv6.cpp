// Reading and writing DHCPv6 messages without leases.
#include "wire/dhcpv6.h"

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "wire/reader.h"

namespace acksu::wire {
namespace {

using Dhcpv6Option = Dhcpv6Message::Option;
using Octets = std::vector<std::uint8_t>;

// RFC 8415 section 11.1: a type of two octets and at most 128 more.
bool take_duid(Bytes value, Octets& out) {
  out.assign(value.begin(), value.end());
  return value.size() >= 3 && value.size() <= 130;
}

bool take_codes(Bytes value, std::vector<std::uint16_t>& out) {
  Reader reader(value);
  while (reader.remaining() > 0) out.push_back(reader.be16());
  return !reader.failed();
}

bool take_addresses(Bytes value, std::vector<IpAddress>& out) {
  if (value.empty() || value.size() % 16 != 0) return false;
  for (const std::uint8_t* at = value.data(); at != value.data() + value.size(); at += 16)
    out.push_back(IpAddress{load_be64(at), load_be64(at + 8)});
  return true;
}

bool take_domains(Bytes value, std::vector<DnsName>& out) {
  for (std::size_t position = 0; position < value.size();) {
    const std::size_t start = position;
    DnsName name;
    if (DnsName::read(value, position, name) != Drop::none) return false;
    // RFC 8415 section 10: not compressed. A root is no domain to search.
    if (position - start != name.octets().size() || name.is_root()) return false;
    out.push_back(std::move(name));
  }
  return !out.empty();
}

template <class Number>
bool take_number(Bytes value, std::optional<Number>& out) {
  if (value.size() != sizeof(Number)) return false;
  Number number = 0;
  for (const std::uint8_t octet : value) number = static_cast<Number>(number << 8 | octet);
  out = number;
  return true;
}

bool take_status(Bytes value, std::optional<std::uint16_t>& out) {
  return take_number(value.first(std::min<std::size_t>(value.size(), 2)), out);
}

bool take_option(Dhcpv6Option code, Bytes value, Dhcpv6Message& out) {
  switch (code) {
    case Dhcpv6Option::client_id: return take_duid(value, out.client_id);
    case Dhcpv6Option::server_id: return take_duid(value, out.server_id);
    case Dhcpv6Option::requested: return take_codes(value, out.requested);
    case Dhcpv6Option::elapsed_time: return take_number(value, out.elapsed);
    case Dhcpv6Option::status: return take_status(value, out.status);
    case Dhcpv6Option::name_servers: return take_addresses(value, out.name_servers);
    case Dhcpv6Option::domains: return take_domains(value, out.domains);
    case Dhcpv6Option::refresh_time: return take_number(value, out.refresh_seconds);
  }
  return true;
}

class Dhcpv6Writer {
 public:
  explicit Dhcpv6Writer(Octets& to) : to_(to) {}

  void be16(std::uint32_t value) {
    to_.push_back(static_cast<std::uint8_t>(value >> 8));
    to_.push_back(static_cast<std::uint8_t>(value));
  }
  void be32(std::uint32_t value) {
    be16(value >> 16);
    be16(value & 0xffff);
  }
  void put(Bytes bytes) { to_.insert(to_.end(), bytes.begin(), bytes.end()); }
  // An option's head; `write` writes its value.
  template <class Write>
  void option(Dhcpv6Option code, Write&& write) {
    be16(static_cast<std::uint16_t>(code));
    be16(0);
    const std::size_t start = to_.size();
    write();
    ACKSU_ASSERT(to_.size() - start <= 0xffff);
    store_be16(&to_[start - 2], static_cast<std::uint16_t>(to_.size() - start));
  }

 private:
  Octets& to_;
};

void put_lists(const Dhcpv6Message& message, Dhcpv6Writer& to) {
  if (!message.name_servers.empty()) {
    to.option(Dhcpv6Option::name_servers, [&] {
      for (const IpAddress address : message.name_servers) {
        to.be32(static_cast<std::uint32_t>(address.high() >> 32));
        to.be32(static_cast<std::uint32_t>(address.high()));
        to.be32(static_cast<std::uint32_t>(address.low() >> 32));
        to.be32(static_cast<std::uint32_t>(address.low()));
      }
    });
  }
  if (!message.domains.empty()) {
    to.option(Dhcpv6Option::domains, [&] {
      for (const DnsName& domain : message.domains) to.put(domain.octets());
    });
  }
}

}  // namespace

Drop read(Bytes message, Dhcpv6Message& out) {
  out = Dhcpv6Message{};
  Reader reader(message);
  const std::uint32_t head = reader.be32();
  if (reader.failed()) return Drop::dhcp_truncated;
  out.type = static_cast<Dhcpv6Message::Type>(head >> 24);
  out.transaction = head & 0xff'ffff;
  if (out.type != Dhcpv6Message::Type::reply &&
      out.type != Dhcpv6Message::Type::information_request)
    return Drop::dhcp_no_type;
  std::set<std::uint16_t> seen;
  while (reader.remaining() > 0) {
    const std::uint16_t code = reader.be16();
    const Bytes value = reader.bytes(reader.be16());
    if (reader.failed()) return Drop::dhcp_truncated;
    // RFC 8415 section 21: none of those that we know may come twice.
    const bool is_again =
        code <= static_cast<std::uint16_t>(Dhcpv6Option::refresh_time) && !seen.insert(code).second;
    const bool may_repeat = code == 3 || code == 4 || code == 17 || code == 25;  // leases, vendors
    if ((is_again && !may_repeat) || !take_option(Dhcpv6Option{code}, value, out))
      return Drop::dhcp_bad_option;
  }
  return Drop::none;
}

std::vector<std::uint8_t> to_bytes(const Dhcpv6Message& message) {
  Octets bytes;
  Dhcpv6Writer to(bytes);
  to.be32(static_cast<std::uint32_t>(message.type) << 24 | (message.transaction & 0xff'ffff));
  if (!message.client_id.empty())
    to.option(Dhcpv6Option::client_id, [&] { to.put(message.client_id); });
  if (!message.server_id.empty())
    to.option(Dhcpv6Option::server_id, [&] { to.put(message.server_id); });
  if (!message.requested.empty()) {
    to.option(Dhcpv6Option::requested, [&] {
      for (const std::uint16_t code : message.requested) to.be16(code);
    });
  }
  if (message.elapsed) to.option(Dhcpv6Option::elapsed_time, [&] { to.be16(*message.elapsed); });
  if (message.status) to.option(Dhcpv6Option::status, [&] { to.be16(*message.status); });
  put_lists(message, to);
  if (message.refresh_seconds)
    to.option(Dhcpv6Option::refresh_time, [&] { to.be32(*message.refresh_seconds); });
  return bytes;
}

}  // namespace acksu::wire
