// What an error that we send says, besides the packet it is about (RFC 792, RFC 4443).
#pragma once

#include <cstdint>

#include "wire/icmp.h"
#include "wire/icmpv6.h"

namespace acksu {

struct IcmpError {
  std::uint8_t type = wire::IcmpType::destination_unreachable;
  std::uint8_t code = 0;
  std::uint16_t mtu = 0;  // of the next hop, where the code is fragmentation_needed
};

struct Icmpv6Error {
  std::uint8_t type = wire::Icmpv6Type::destination_unreachable;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;          // MTU or pointer
  bool is_for_groups_too = false;  // RFC 4443 2.4 (e)
};

}  // namespace acksu
