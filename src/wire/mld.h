// MLD, versions 1 and 2 (RFC 2710, 3810): IGMP's sister, inside of ICMPv6. Who sends such a message
// gives it hop limit 1, a link-local source and a router alert (`write_router_alert`).
#pragma once

#include <cstdint>

#include "wire/icmpv6.h"
#include "wire/membership.h"

namespace acksu::wire {

// Reads an ICMPv6 message of one of the four types, whose checksum was verified. The group of a
// general query is ::.
// Drops: membership_malformed, membership_bad_hop_limit, membership_bad_source,
// membership_no_router_alert, membership_bad_group, icmp_unknown_type.
Drop read_mld(const Icmpv6Message& message, const MembershipCarrier& carrier,
              MembershipMessage& out);
// Bytes that `message` takes, ICMPv6 header included.
std::uint32_t mld_bytes(const MembershipMessage& message);
// Writes a whole ICMPv6 message with its checksum. Returns the bytes written; the room is at least
// mld_bytes().
std::uint32_t write_mld(const MembershipMessage& message, const PseudoHeader& pseudo,
                        MutableBytes room);

}  // namespace acksu::wire
