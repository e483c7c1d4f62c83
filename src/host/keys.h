// The host's secret made into one key for each purpose, so that what one use shows says nothing
// about another.
#pragma once

#include <array>

#include "base/siphash.h"

namespace acksu {

enum class KeyPurpose : std::uint64_t {
  table = 1,
  initial_numbers,
  ports,
  cookies,
  neighbours,
  reassembly,
  translation,
  filter,
  identifications,
  applications,
  ipv6,
  flow_labels,
  path_mtu,
  memberships,
  fast_open_keys,
  fast_open_cache,
  steering,
  held_back
};

inline SipKey derive_key(SipKey secret, KeyPurpose purpose) {
  const auto word = static_cast<std::uint64_t>(purpose);
  const std::array<std::uint64_t, 2> first{word, 0};
  const std::array<std::uint64_t, 2> second{word, 1};
  return {siphash_2_4(secret, first), siphash_2_4(secret, second)};
}

}  // namespace acksu
