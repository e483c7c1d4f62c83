// In which order to try the addresses of a name (RFC 6724 section 6), with a policy table (section
// 2.1). Left out on purpose: rule 4 (no mobile addresses here) and rule 7 (tunnels are not known to
// this host as such).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"

namespace acksu {

// One row of the policy table. IPv4 stands there as ::ffff:0:0/96.
struct AddressPolicy {
  IpAddress prefix;
  std::uint8_t length = 0;  // bits of all 128
  std::uint8_t precedence = 0;
  std::uint8_t label = 0;
};
// RFC 6724 section 2.1.
std::span<const AddressPolicy> default_address_policies();

// A destination, and what would be the source of packets to it.
struct Destination {
  IpAddress address;
  std::optional<IpAddress> source{};  // nothing: it cannot be reached
  std::uint8_t source_prefix_length =
      64;                             // bits, of the source's own network (32 at most for IPv4)
  bool is_source_deprecated = false;  // RFC 4862 section 5.5.4
};

// Link-local is 2, site-local 5, global 14 (RFC 6724 sections 3.1 and 3.2); of multicast the scope
// in the address.
std::uint8_t scope_of(IpAddress address);

// The best first. Equally good ones keep their order.
std::vector<Destination> in_order(
    std::span<const Destination> destinations,
    std::span<const AddressPolicy> policies = default_address_policies());

}  // namespace acksu
