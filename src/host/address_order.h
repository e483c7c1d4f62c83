// In which order to try the addresses of a name (RFC 6724 section 6), by the policy table of
// section 2.1. Left out on purpose: rule 4 (no mobile addresses here) and rule 7 (tunnels are not
// known to this host as such).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"

namespace acksu {

// A destination, and what would be the source of packets to it.
struct Destination {
  IpAddress address;
  std::optional<IpAddress> source{};  // nothing: it cannot be reached
  std::uint8_t source_prefix_length =
      64;                             // bits, of the source's own network (32 at most for IPv4)
  bool is_source_deprecated = false;  // RFC 4862 section 5.5.4
};

// The best first. Equally good ones keep their order.
std::vector<Destination> in_order(std::span<const Destination> destinations);

}  // namespace acksu
