// What an error that we send says, besides the packet it is about (RFC 792, RFC 4443).
#pragma once

#include <cstdint>

#include "base/address.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"

namespace acksu {

struct IcmpError {
  std::uint8_t type = wire::IcmpType::destination_unreachable;
  std::uint8_t code = 0;
  // The next hop's MTU, where the code is fragmentation_needed; a pointer in its first octet, or
  // the address of a better gateway.
  std::uint32_t rest = 0;
};

struct Icmpv6Error {
  std::uint8_t type = wire::Icmpv6Type::destination_unreachable;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;          // MTU or pointer
  bool is_for_groups_too = false;  // RFC 4443 2.4 (e)
};

// A packet of ours that an error of either family quotes.
struct Quoted {
  std::uint8_t protocol = 0;
  std::uint32_t packet_bytes = 0;
  Endpoint source;
  Endpoint destination;
  std::uint32_t tcp_seq = 0;
};

}  // namespace acksu
