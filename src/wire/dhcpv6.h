// DHCPv6 as far as a host without leases needs it (RFC 8415 section 18.2.6, RFC 3646): asking for
// name servers and search domains, and the answer. Left out on purpose: leases of addresses and
// prefixes, relays, authentication (their options are skipped).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"
#include "wire/dns_name.h"

namespace acksu::wire {

struct Dhcpv6Message {
  static constexpr std::uint16_t client_port = 546;
  static constexpr std::uint16_t server_port = 547;
  // All_DHCP_Relay_Agents_and_Servers, RFC 8415 section 7.1: ff02::1:2.
  static constexpr IpAddress servers{0xff02'0000'0000'0000, 0x1'0002};
  enum class Type : std::uint8_t { reply = 7, information_request = 11 };
  enum class Option : std::uint16_t {
    client_id = 1,
    server_id = 2,
    requested = 6,
    elapsed_time = 8,
    status = 13,
    name_servers = 23,
    domains = 24,
    refresh_time = 32,
  };

  Type type = Type::information_request;
  std::uint32_t transaction = 0;        // 24 bits
  std::vector<std::uint8_t> client_id;  // a DUID of 3 to 130 octets, or none
  std::vector<std::uint8_t> server_id;
  std::vector<std::uint16_t> requested;  // codes of options
  std::optional<std::uint16_t> elapsed;  // hundredths of a second
  std::optional<std::uint16_t> status;   // RFC 8415 section 21.13; 0: success
  std::vector<IpAddress> name_servers;
  std::vector<DnsName> domains;
  std::optional<std::uint32_t> refresh_seconds;  // RFC 8415 section 21.23
  bool operator==(const Dhcpv6Message&) const = default;
};

// Drops: dhcp_truncated, dhcp_bad_option, dhcp_no_type; `out` is of no use then.
Drop read(Bytes message, Dhcpv6Message& out);
std::vector<std::uint8_t> to_bytes(const Dhcpv6Message& message);

}  // namespace acksu::wire
