// Identifications of packets that are cut into fragments (RFC 6864, RFC 7739): never the same twice
// for one pair of ends until all have been used, and nothing can be told from one about the next,
// nor about how much others send (CVE-2020-36516: shared counters show that).
//
// A counter is put through a permutation that a secret and the ends choose. Counters are shared by
// ends that meet in a table of fixed size; since what is seen is permuted, sharing shows nothing.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/digest.h"
#include "base/siphash.h"

namespace acksu {

class IdentificationSource {
 public:
  explicit IdentificationSource(SipKey key) : key_(key) {}

  // RFC 6864 4.3: of a packet that is not atomic. All 65,536 come once before one comes again.
  std::uint16_t next_v4(IpAddress source, IpAddress destination, std::uint8_t protocol) {
    const std::uint64_t ends = hash(source, destination, protocol);
    return static_cast<std::uint16_t>(permuted(counter(ends)++, ends, 8));
  }
  // RFC 8200 4.5; all 2^32 come once before one comes again.
  std::uint32_t next_v6(IpAddress source, IpAddress destination) {
    const std::uint64_t ends = hash(source, destination, no_protocol);
    return permuted(counter(ends)++, ends, 16);
  }

  void digest(Digest& digest) const {
    for (std::uint64_t i = 0; i < counters_.size(); ++i) {
      if (counters_[i] != 0) digest.add(i << 32 | counters_[i]);
    }
  }

 private:
  static constexpr std::uint64_t no_protocol = 256;

  std::uint64_t hash(IpAddress source, IpAddress destination, std::uint64_t protocol) const {
    const std::array<std::uint64_t, 5> words{source.high(), source.low(), destination.high(),
                                             destination.low(), protocol};
    return siphash_2_4(key_, words);
  }
  std::uint32_t& counter(std::uint64_t ends) { return counters_[ends % counters_.size()]; }

  // A Feistel network over two halves of so many bits.
  std::uint32_t permuted(std::uint32_t count, std::uint64_t ends, unsigned half_bits) const {
    const std::uint32_t mask = (1u << half_bits) - 1;
    std::uint32_t left = count >> half_bits & mask;
    std::uint32_t right = count & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::array<std::uint64_t, 2> words{ends, round << 32 | right};
      const auto mixed = static_cast<std::uint32_t>(siphash_2_4(key_, words)) & mask;
      const std::uint32_t next = left ^ mixed;
      left = right;
      right = next;
    }
    return left << half_bits | right;
  }

  SipKey key_;
  std::array<std::uint32_t, 1024> counters_{};
};

}  // namespace acksu
