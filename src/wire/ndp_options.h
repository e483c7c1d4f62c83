// The options of NDP messages (RFC 4861 section 4.6, 8106, 3971), for those who read and print
// them.
#pragma once

#include "wire/ndp.h"
#include "wire/reader.h"

namespace acksu::wire {

struct NdpOption {
  static constexpr std::uint8_t source_mac = 1, target_mac = 2, prefix_information = 3,
                                redirected_header = 4, mtu = 5, nonce = 14, resolvers = 25;

  std::uint8_t type = 0;
  Bytes body;  // behind type and length: 6, 14, 22, ... bytes
};

// The next option. An option of no length, or one that is longer than what is left, is false
// (RFC 4861 6.1, 7.1: the packet is then dropped).
inline bool take_option(Reader& reader, NdpOption& out) {
  out.type = reader.u8();
  const std::uint8_t units = reader.u8();
  if (units == 0) return false;
  out.body = reader.bytes(units * 8u - 2);
  return !reader.failed();
}

}  // namespace acksu::wire
