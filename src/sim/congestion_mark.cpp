// The ECN field: the last two bits of IPv4's second octet, and of the traffic class of IPv6, which
// has no checksum.
#include "sim/congestion_mark.h"

#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "host/checksum_update.h"
#include "sim/packet.h"

namespace acksu::sim {
namespace {

constexpr std::uint16_t ipv4_type = 0x0800, ipv6_type = 0x86dd;
constexpr std::uint32_t shortest_ipv4 = 20, shortest_ipv6 = 40;
constexpr std::uint32_t checksum_offset = 10;  // in an IPv4 header
constexpr unsigned ipv6_shift = 4;             // of the field in the second octet

bool is_v4(const LinkHeader& link, Bytes front) {
  return link.type == ipv4_type && front.size() >= link.bytes + shortest_ipv4 &&
         front[link.bytes] >> 4 == 4;
}
bool is_v6(const LinkHeader& link, Bytes front) {
  return link.type == ipv6_type && front.size() >= link.bytes + shortest_ipv6 &&
         front[link.bytes] >> 4 == 6;
}

}  // namespace

Ecn ecn_codepoint(const Frame& frame, LinkKind kind) {
  const LinkHeader link = link_header(frame, kind);
  const Bytes front = frame.bytes.front();
  constexpr unsigned field = 3;
  if (is_v4(link, front)) return static_cast<Ecn>(front[link.bytes + 1] & field);
  if (!is_v6(link, front)) return Ecn::not_capable;
  return static_cast<Ecn>((front[link.bytes + 1] >> ipv6_shift) & field);
}

Frame marked(const Frame& frame, LinkKind kind, BufferPool& pool) {
  const LinkHeader link = link_header(frame, kind);
  Slice copy = pool.allocate(frame.bytes.size());
  const MutableBytes bytes = copy.writable();
  frame.bytes.copy_to(bytes);
  if (is_v4(link, frame.bytes.front())) {
    const MutableBytes header = bytes.subspan(link.bytes, shortest_ipv4);
    const std::uint16_t before = load_be16(header.data());
    header[1] |= 3;
    ChecksumUpdate update;
    update.replace16(before, load_be16(header.data()));
    const std::uint16_t checksum = load_be16(&header[checksum_offset]);
    store_be16(&header[checksum_offset], update.applied_to(checksum));
  } else {
    ACKSU_ASSERT(is_v6(link, frame.bytes.front()));
    bytes[link.bytes + 1] |= 3u << ipv6_shift;
  }
  return Frame{BufferChain{std::move(copy)}, frame.segment_bytes, frame.is_checksum_verified};
}

}  // namespace acksu::sim
