// What the codes of ICMP's "destination unreachable" come to: the newer and finer ones say why a
// network or a host cannot be reached, and mean the same to who is told.
#pragma once

#include <cstdint>

#include "wire/icmp.h"

namespace acksu {

// RFC 1122 3.2.2.1 has 0 to 12, RFC 1812 5.2.7.1 the rest. Others stay what they are.
constexpr std::uint8_t coarse_unreachable(std::uint8_t code) {
  using Code = wire::UnreachableCode;
  switch (code) {
    case Code::source_route_failed:
    case 6:                         // network unknown
    case 9:                         // network administratively prohibited
    case 11: return Code::network;  // for that type of service
    case 7:                         // host unknown
    case 8:                         // source host isolated
    case 10:                        // host administratively prohibited: what firewalls say
    case 12:                        // for that type of service
    case Code::administratively_prohibited:
    case 14:                     // precedence too low for that host
    case 15: return Code::host;  // or for this router
    default: return code;
  }
}

}  // namespace acksu
