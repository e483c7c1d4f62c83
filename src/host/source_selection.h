// Which of our addresses to send from (RFC 6724 section 5, with the policy table of section 2.1),
// for IPv6 and by the same rules for IPv4. Mobile IP's rule 4 has nothing to choose from here, and
// which router advertised which prefix (rule 5.5) is told by the caller who knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "host/frame.h"

namespace acksu {

// An address of ours that may be sent from.
struct SourceCandidate {
  IpAddress address;
  LinkId link = 0;
  std::uint8_t prefix_length = 64;           // bits, of the network it belongs to
  bool is_deprecated = false;                // RFC 4862: its preferred lifetime is over
  bool is_temporary = false;                 // RFC 8981
  std::optional<IpAddress> advertised_by{};  // the router that advertised its prefix
};

struct SourceQuestion {
  IpAddress destination;
  LinkId link = 0;  // that the packet will leave by
  std::optional<IpAddress> next_hop{};
  bool prefers_public = false;  // RFC 6724 5, rule 7: an application may turn it round
};

struct AddressPolicy {
  std::uint8_t precedence = 40;
  std::uint8_t label = 1;
};
// RFC 6724 2.1: the default policy table.
AddressPolicy policy_of(IpAddress address);
// RFC 6724 2.2: how many leading bits are alike, at most the length of the source's prefix.
unsigned common_prefix_length(const SourceCandidate& source, IpAddress destination);

// The candidate to send from; null: there is none of the destination's family. The first one of
// candidates that no rule tells apart.
const SourceCandidate* select_source(std::span<const SourceCandidate> candidates,
                                     const SourceQuestion& question);

}  // namespace acksu
