// Destination address selection, rule by rule.
#include "host/address_order.h"

#include "host/address_kinds.h"
#include "host/source_selection.h"

namespace acksu {
namespace {

// What the rules look at.
struct Judged {
  Destination destination;
  bool has_matching_scope = false;
  bool has_matching_label = false;
  std::uint8_t precedence = 0;
  AddressScope scope = AddressScope::global;
  unsigned prefix_bits = 0;  // in common with the source
};

Judged judge(const Destination& destination) {
  const AddressPolicy policy = policy_of(destination.address);
  Judged judged{.destination = destination,
                .precedence = policy.precedence,
                .scope = address_scope(destination.address)};
  if (!destination.source) return judged;
  const IpAddress source = *destination.source;
  judged.has_matching_scope = address_scope(source) == judged.scope;
  judged.has_matching_label = policy_of(source).label == policy.label;
  judged.prefix_bits = common_prefix_length(
      {.address = source, .prefix_length = destination.source_prefix_length}, destination.address);
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

std::vector<Destination> in_order(std::span<const Destination> destinations) {
  // By insertion: a rule that holds for one family only need not be an order over all, and what
  // comes of it is still the same everywhere. Names have few addresses.
  std::vector<Judged> judged;
  for (const Destination& destination : destinations) {
    const Judged next = judge(destination);
    auto place = judged.end();
    while (place != judged.begin() && is_better(next, *(place - 1))) --place;
    judged.insert(place, next);
  }
  std::vector<Destination> result;
  for (const Judged& one : judged) result.push_back(one.destination);
  return result;
}

}  // namespace acksu
