// IGMP, versions 1 to 3 (RFC 1112 appendix I, RFC 2236, RFC 3376). Who sends such a packet gives it
// TTL 1 and a router alert option.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/drop.h"
#include "wire/membership.h"

namespace acksu::wire {

struct IgmpType {
  static constexpr std::uint8_t query = 0x11, report_v1 = 0x12, report_v2 = 0x16, leave = 0x17,
                                report_v3 = 0x22;
};

// Reads what follows the IP header, trimmed to the packet and in one piece. Addresses in `out` are
// IPv4; the group of a general query is 0.0.0.0. A version 1 query has a `max_response` of 10 s.
// Drops: membership_malformed, icmp_bad_checksum, membership_bad_hop_limit, icmp_unknown_type,
// membership_bad_group.
Drop read_igmp(Bytes message, const MembershipCarrier& carrier, MembershipMessage& out);
// Bytes that `message` takes.
std::uint32_t igmp_bytes(const MembershipMessage& message);
// Returns the bytes written; the room is at least igmp_bytes().
std::uint32_t write_igmp(const MembershipMessage& message, MutableBytes room);

}  // namespace acksu::wire
