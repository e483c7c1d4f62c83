// How much of a packet a transport header takes. A first fragment must hold all of it (RFC 1858,
// 3128, 7112), so that nobody has to judge a packet by less.
#pragma once

#include <algorithm>
#include <cstdint>

#include "wire/reader.h"

namespace acksu::wire {

// Bytes of the header of `protocol`, of which `beginning` is what is there. Protocols that we do
// not read have none.
constexpr std::uint32_t upper_header_bytes(std::uint8_t protocol, Bytes beginning) {
  constexpr std::uint8_t icmp = 1, igmp = 2, tcp = 6, udp = 17, icmpv6 = 58;
  if (protocol == tcp) {
    Reader reader(beginning);
    const auto header = reader.take<20>();  // zeros, if it is cut short
    return std::max(20u, (header.u8<12>() >> 4) * 4u);
  }
  const bool has_eight =
      protocol == udp || protocol == icmp || protocol == igmp || protocol == icmpv6;
  return has_eight ? 8 : 0;
}

}  // namespace acksu::wire
