// DHCP messages for IPv4 over Ethernet (RFC 2131, 2132, 3396, 3442, 6842): bytes to legal values
// and back. Left out on purpose: BOOTP without a message type, options nobody here acts on (they
// are skipped), the boot file and server names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/drop.h"

namespace acksu::wire {

// RFC 2132 section 9.6.
enum class DhcpType : std::uint8_t {
  discover = 1,
  offer,
  request,
  decline,
  ack,
  nak,
  release,
  inform,
};
const char* name(DhcpType type);  // "DHCPDISCOVER"

// The codes of the options that are understood.
enum class DhcpOption : std::uint8_t {
  pad = 0,
  subnet_mask = 1,
  routers = 3,
  name_servers = 6,
  host_name = 12,
  domain = 15,
  mtu = 26,
  requested_address = 50,
  lease_time = 51,
  overload = 52,
  type = 53,
  server_id = 54,
  parameter_list = 55,
  message = 56,
  max_message_bytes = 57,
  renewal_time = 58,
  rebinding_time = 59,
  client_id = 61,
  routes = 121,
  end = 255,
};

struct DhcpRoute {
  Prefix destination;
  IpAddress gateway;  // 0.0.0.0: on the link
  bool operator==(const DhcpRoute&) const = default;
};

struct DhcpMessage {
  static constexpr std::uint16_t server_port = 67;
  static constexpr std::uint16_t client_port = 68;
  static constexpr std::uint32_t infinite = 0xffff'ffff;  // seconds: RFC 2131 section 3.3
  static constexpr IpAddress no_address = IpAddress::v4(0);

  bool is_reply = false;  // from a server
  DhcpType type = DhcpType::discover;
  std::uint32_t transaction = 0;  // xid
  std::uint16_t seconds = 0;      // since the client began
  bool wants_broadcast = false;
  IpAddress client = no_address;  // ciaddr: the client's own, that it answers ARP for
  IpAddress yours = no_address;   // yiaddr
  IpAddress next_server = no_address;
  IpAddress relay = no_address;
  MacAddress hardware;  // chaddr

  std::optional<std::uint8_t> prefix_length;  // of the subnet mask
  std::vector<IpAddress> routers;
  std::vector<IpAddress> name_servers;
  std::vector<DhcpRoute> routes;
  std::string host_name;             // letters, digits, '-', '_' and '.' only, or empty
  std::string domain;                // likewise
  std::optional<std::uint16_t> mtu;  // at least 68
  std::optional<IpAddress> requested;
  std::optional<std::uint32_t> lease_seconds;
  std::optional<std::uint32_t> renewal_seconds;    // T1
  std::optional<std::uint32_t> rebinding_seconds;  // T2
  std::optional<IpAddress> server_id;
  std::optional<std::uint16_t> max_message_bytes;
  std::vector<std::uint8_t> client_id;  // at least two octets, or none
  std::vector<std::uint8_t> parameter_list;
  std::string message;  // of a DHCPNAK or DHCPDECLINE: printable

  bool operator==(const DhcpMessage&) const = default;
};

// Drops: dhcp_truncated, dhcp_bad_header, dhcp_bad_option, dhcp_no_type; `out` is of no use then.
Drop read(Bytes message, DhcpMessage& out);
// At least 300 octets, which old relays want (RFC 1542 section 2.1).
std::vector<std::uint8_t> to_bytes(const DhcpMessage& message);

}  // namespace acksu::wire
