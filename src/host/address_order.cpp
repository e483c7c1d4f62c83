// Destination address selection, rule by rule.
#include "host/address_order.h"

#include <algorithm>
#include <bit>

namespace acksu {
namespace {

constexpr AddressPolicy default_policies[] = {
    {{0, 1}, 128, 50, 0},                     // ::1
    {{0, 0}, 0, 40, 1},                       // everything
    {{0, 0xffff'0000'0000}, 96, 35, 4},       // IPv4
    {{0x2002'0000'0000'0000, 0}, 16, 30, 2},  // 6to4
    {{0x2001'0000'0000'0000, 0}, 32, 5, 5},   // Teredo
    {{0xfc00'0000'0000'0000, 0}, 7, 3, 13},   // unique local
    {{0, 0}, 96, 1, 3},                       // IPv4-compatible
    {{0xfec0'0000'0000'0000, 0}, 10, 1, 11},  // site-local
    {{0x3ffe'0000'0000'0000, 0}, 16, 1, 12},  // 6bone
};

constexpr std::uint8_t link_local = 2, site_local = 5, global = 14;

// How many bits the two have in common at the front, of 128.
unsigned common_bits(IpAddress a, IpAddress b) {
  const std::uint64_t high = a.high() ^ b.high(), low = a.low() ^ b.low();
  if (high != 0) return static_cast<unsigned>(std::countl_zero(high));
  return 64u + static_cast<unsigned>(std::countl_zero(low));
}

struct Policy {
  std::uint8_t precedence = 0;
  std::uint8_t label = 0;
};

Policy policy_of(IpAddress address, std::span<const AddressPolicy> policies) {
  const AddressPolicy* best = nullptr;
  for (const AddressPolicy& row : policies) {
    const bool is_match = common_bits(address, row.prefix) >= row.length;
    if (is_match && (best == nullptr || row.length > best->length)) best = &row;
  }
  return best == nullptr ? Policy{} : Policy{best->precedence, best->label};
}

// What the rules look at.
struct Judged {
  Destination destination;
  bool has_matching_scope = false;
  bool has_matching_label = false;
  std::uint8_t precedence = 0;
  std::uint8_t scope = 0;
  unsigned prefix_bits = 0;  // in common with the source
};

Judged judge(const Destination& destination, std::span<const AddressPolicy> policies) {
  const Policy policy = policy_of(destination.address, policies);
  Judged judged{.destination = destination,
                .precedence = policy.precedence,
                .scope = scope_of(destination.address)};
  if (!destination.source) return judged;
  const IpAddress source = *destination.source;
  judged.has_matching_scope = scope_of(source) == judged.scope;
  judged.has_matching_label = policy_of(source, policies).label == policy.label;
  // RFC 6724 section 2.2: no further than the source's own prefix.
  const unsigned most = destination.source_prefix_length + (source.is_v4() ? 96u : 0u);
  judged.prefix_bits = std::min(common_bits(source, destination.address), most);
  return judged;
}

// RFC 6724 section 6. The first rule that tells the two apart decides.
bool is_better(const Judged& a, const Judged& b) {
  const bool can_a = a.destination.source.has_value(), can_b = b.destination.source.has_value();
  if (can_a != can_b) return can_a;  // rule 1: avoid unusable destinations
  if (!can_a) return false;
  if (a.has_matching_scope != b.has_matching_scope) return a.has_matching_scope;  // rule 2
  const bool is_old_a = a.destination.is_source_deprecated;
  const bool is_old_b = b.destination.is_source_deprecated;
  if (is_old_a != is_old_b) return is_old_b;                                      // rule 3
  if (a.has_matching_label != b.has_matching_label) return a.has_matching_label;  // rule 5
  if (a.precedence != b.precedence) return a.precedence > b.precedence;           // rule 6
  if (a.scope != b.scope) return a.scope < b.scope;                               // rule 8
  // Rule 9: of one family, the longest prefix in common with the source.
  const bool is_one_family = a.destination.address.is_v4() == b.destination.address.is_v4();
  return is_one_family && a.prefix_bits > b.prefix_bits;
}

}  // namespace

std::span<const AddressPolicy> default_address_policies() { return default_policies; }

std::uint8_t scope_of(IpAddress address) {
  if (address.is_v4()) {
    const std::uint32_t value = address.as_v4();
    const bool is_local = value >> 24 == 127 || value >> 16 == 0xa9fe;  // 169.254/16
    return is_local ? link_local : global;
  }
  const auto front = static_cast<std::uint16_t>(address.high() >> 48);
  if (front >> 8 == 0xff) return front & 0xf;
  if ((front & 0xffc0) == 0xfe80) return link_local;
  if ((front & 0xffc0) == 0xfec0) return site_local;
  return address == IpAddress{0, 1} ? link_local : global;
}

std::vector<Destination> in_order(std::span<const Destination> destinations,
                                  std::span<const AddressPolicy> policies) {
  // By insertion: a rule that holds for one family only need not be an order over all, and what
  // comes of it is still the same everywhere. Names have few addresses.
  std::vector<Judged> judged;
  for (const Destination& destination : destinations) {
    const Judged next = judge(destination, policies);
    auto place = judged.end();
    while (place != judged.begin() && is_better(next, *(place - 1))) --place;
    judged.insert(place, next);
  }
  std::vector<Destination> result;
  for (const Judged& one : judged) result.push_back(one.destination);
  return result;
}

}  // namespace acksu
