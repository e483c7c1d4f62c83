// The rules of RFC 6724 section 5, in order, each comparing two candidates.
#include "host/source_selection.h"

#include <algorithm>
#include <array>
#include <bit>

#include "host/address_kinds.h"

namespace acksu {
namespace {

struct PolicyRow {
  Prefix prefix;
  AddressPolicy policy;
};

// RFC 6724 2.1. Longer prefixes first; IPv4 addresses are ::ffff:0:0/96.
constexpr PolicyRow policy_rows[] = {
    {{IpAddress{0, 1}, 128}, {50, 0}},
    {{IpAddress{0, 0}, 96}, {1, 3}},
    {{IpAddress{0x2001'0000'0000'0000, 0}, 32}, {5, 5}},
    {{IpAddress{0x2002'0000'0000'0000, 0}, 16}, {30, 2}},
    {{IpAddress{0x3ffe'0000'0000'0000, 0}, 16}, {1, 12}},
    {{IpAddress{0xfec0'0000'0000'0000, 0}, 10}, {1, 11}},
    {{IpAddress{0xfc00'0000'0000'0000, 0}, 7}, {3, 13}},
};
constexpr AddressPolicy v4_policy{35, 4};

// Each rule: positive when `a` is preferred, negative when `b` is, 0 when it does not tell.
using Rule = int (*)(const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion&);

int prefer(bool a, bool b) { return static_cast<int>(a) - static_cast<int>(b); }

constexpr std::array<Rule, 8> rules{
    // Rule 1: prefer same address.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      return prefer(a.address == question.destination, b.address == question.destination);
    },
    // Rule 2: prefer appropriate scope: the smallest that reaches the destination's.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      const AddressScope wanted = address_scope(question.destination);
      const AddressScope of_a = address_scope(a.address);
      const AddressScope of_b = address_scope(b.address);
      if (of_a < of_b) return of_a < wanted ? -1 : 1;
      if (of_b < of_a) return of_b < wanted ? 1 : -1;
      return 0;
    },
    // Rule 3: avoid deprecated addresses.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion&) {
      return prefer(!a.is_deprecated, !b.is_deprecated);
    },
    // Rule 5: prefer outgoing interface.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      return prefer(a.link == question.link, b.link == question.link);
    },
    // Rule 5.5: prefer addresses in a prefix advertised by the next hop.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      if (!question.next_hop || !a.advertised_by || !b.advertised_by) return 0;
      return prefer(a.advertised_by == question.next_hop, b.advertised_by == question.next_hop);
    },
    // Rule 6: prefer matching label.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      const std::uint8_t label = policy_of(question.destination).label;
      return prefer(policy_of(a.address).label == label, policy_of(b.address).label == label);
    },
    // Rule 7: prefer temporary addresses, unless the application wants public ones.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      return prefer(a.is_temporary != question.prefers_public,
                    b.is_temporary != question.prefers_public);
    },
    // Rule 8: use longest matching prefix.
    [](const SourceCandidate& a, const SourceCandidate& b, const SourceQuestion& question) {
      return static_cast<int>(common_prefix_length(a, question.destination)) -
             static_cast<int>(common_prefix_length(b, question.destination));
    },
};

bool is_preferred(const SourceCandidate& a, const SourceCandidate& b,
                  const SourceQuestion& question) {
  for (const Rule rule : rules) {
    const int verdict = rule(a, b, question);
    if (verdict != 0) return verdict > 0;
  }
  return false;
}

}  // namespace

AddressPolicy policy_of(IpAddress address) {
  if (address.is_v4()) return v4_policy;
  for (const PolicyRow& row : policy_rows) {
    if (row.prefix.contains(address)) return row.policy;
  }
  return {};
}

unsigned common_prefix_length(const SourceCandidate& source, IpAddress destination) {
  const IpAddress address = source.address;
  const std::uint64_t high = address.high() ^ destination.high();
  const std::uint64_t low = address.low() ^ destination.low();
  auto alike =
      static_cast<unsigned>(high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(low));
  if (address.is_v4() && destination.is_v4()) alike -= 96;
  return std::min(alike, unsigned{source.prefix_length});
}

const SourceCandidate* select_source(std::span<const SourceCandidate> candidates,
                                     const SourceQuestion& question) {
  const SourceCandidate* best = nullptr;
  for (const SourceCandidate& candidate : candidates) {
    if (candidate.address.is_v4() != question.destination.is_v4()) continue;
    // RFC 6724 4: neither multicast nor unspecified; a link-local destination or a multicast group
    // of that scope is reached from its own link only.
    if (candidate.address.is_any() || is_multicast(candidate.address)) continue;
    if (address_scope(question.destination) <= AddressScope::link_local &&
        candidate.link != question.link) {
      continue;
    }
    if (best == nullptr || is_preferred(candidate, *best, question)) best = &candidate;
  }
  return best;
}

}  // namespace acksu
