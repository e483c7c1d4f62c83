// What hosts and routers tell each other about who listens to which multicast group, in the words
// that IGMP (IPv4) and MLD (IPv6) share: RFC 3376, 3810. The two differ in their bytes only.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace acksu::wire {

struct MembershipRecord {  // RFC 3376 4.2.12, RFC 3810 5.2.12
  enum class Type : std::uint8_t {
    is_include = 1,
    is_exclude,
    change_to_include,
    change_to_exclude,
    allow_new_sources,
    block_old_sources
  };

  Type type = Type::is_exclude;
  IpAddress group;
  std::vector<IpAddress> sources;
  bool operator==(const MembershipRecord&) const = default;
};

struct MembershipMessage {
  enum class Kind : std::uint8_t { query, report, leave };

  Kind kind = Kind::query;
  std::uint8_t version = 0;  // of IGMP 1..3, of MLD 1..2
  IpAddress group;           // a query's (none: about all groups), an old report's, a leave's
  // Of queries:
  Duration max_response{};         // RFC 3376 4.1.1: answers are spread over this time
  bool suppresses_timers = false;  // for other routers
  std::uint8_t robustness = 0;
  Duration query_interval{};
  std::vector<IpAddress> sources;
  // Of reports of IGMPv3 and MLDv2:
  std::vector<MembershipRecord> records;
  bool operator==(const MembershipMessage&) const = default;
};

// The packet that carried a message.
struct MembershipCarrier {
  IpAddress source;
  std::uint8_t hop_limit = 0;     // or TTL
  bool has_router_alert = false;  // RFC 2113, 2711
};

// Times of queries as a small float (RFC 3376 4.1.1, RFC 3810 5.1.3): plain up to a point, then a
// mantissa with an implied 1 and an exponent of 3 bits.
template <unsigned mantissa_bits>
struct FloatCode {
  static constexpr std::uint32_t plain_below = 1u << (mantissa_bits + 3);
  static constexpr std::uint32_t largest = ((2u << mantissa_bits) - 1) << 10;

  static constexpr std::uint32_t value_of(std::uint32_t code) {
    if (code < plain_below) return code;
    const std::uint32_t mantissa = code & ((1u << mantissa_bits) - 1);
    return (mantissa | 1u << mantissa_bits) << ((code >> mantissa_bits & 7) + 3);
  }
  // The largest code whose value is not more than `value`.
  static constexpr std::uint32_t code_of(std::uint64_t value) {
    if (value < plain_below) return static_cast<std::uint32_t>(value);
    if (value > largest) value = largest;
    std::uint32_t exponent = 0;
    while (value >> (exponent + 3) >= 2u << mantissa_bits) ++exponent;
    const auto mantissa =
        static_cast<std::uint32_t>(value >> (exponent + 3)) - (1u << mantissa_bits);
    return plain_below | exponent << mantissa_bits | mantissa;
  }
};
using OctetCode = FloatCode<4>;  // of IGMP's times, and of all query intervals
using WordCode = FloatCode<12>;  // of MLD's maximum response delay

}  // namespace acksu::wire
