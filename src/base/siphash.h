// SipHash (Aumasson, Bernstein 2012): the one keyed hash for tables, ISNs, ports, cookies and
// offsets.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace acksu {

// A secret. It has no way to be printed, and digests of a world's state leave it out.
struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

// SipHash-2-4 of a string of bytes: for what a stranger could try to forge (cookies, ISNs).
std::uint64_t siphash_2_4(SipKey key, Bytes bytes);
// SipHash-1-3 of 64-bit words taken as their little-endian bytes: for tables.
std::uint64_t siphash_1_3(SipKey key, std::span<const std::uint64_t> words);
// SipHash-2-4 of 64-bit words taken as their little-endian bytes.
std::uint64_t siphash_2_4(SipKey key, std::span<const std::uint64_t> words);

}  // namespace acksu
