// Cuts packets into fragments that fit a link (RFC 791 section 3.2, RFC 8200 section 4.5). Text
// goes by reference; headers are written anew. The caller has checked that cutting is allowed: a
// router cuts no IPv6 packet, and no IPv4 packet that says "don't fragment".
#pragma once

#include <cstdint>
#include <vector>

#include "base/buffer.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace acksu {

inline constexpr std::uint32_t least_mtu_v4 = 68;  // bytes; RFC 791 3.1

// Fragments of an IPv4 packet whose header was read, in order. A packet that is a fragment itself
// is cut further. The first fragment has all options, later ones those that are to be copied. Each
// fragment begins with `headroom_bytes` for the link's header in its first slice, which holds the
// transport header of the first one, too.
// All have the identification of the packet. `mtu_bytes` >= least_mtu_v4 is of an IP packet.
std::vector<BufferChain> fragments_of(const wire::Ipv4Header& header, const BufferChain& packet,
                                      std::uint32_t mtu_bytes, std::uint32_t headroom_bytes);

// Fragments of an IPv6 packet of ours whose headers were read and hold no fragment header. All
// extension headers up to hop-by-hop options and a routing header are in each fragment.
// `mtu_bytes` >= 1280, and large enough for all headers in the first (RFC 7112).
struct Ipv6Cut {
  std::uint32_t mtu_bytes = wire::Ipv6Header::least_mtu;
  std::uint32_t headroom_bytes = 0;
  std::uint32_t identification = 0;
};
std::vector<BufferChain> fragments_of(const wire::Ipv6Header& header,
                                      const wire::ExtensionHeaders& extensions,
                                      const BufferChain& packet, const Ipv6Cut& cut);

}  // namespace acksu
