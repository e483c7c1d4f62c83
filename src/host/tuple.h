// Four-tuples as small records and hashes take them: an IPv4 tuple in 12 bytes, an IPv6 tuple as a
// reference to its addresses, kept aside.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/digest.h"
#include "base/siphash.h"
#include "base/slab.h"

namespace acksu {

// A keyed hash of the tuple's 12 bytes (IPv4) or 36 bytes (IPv6).
template <int word_rounds, int end_rounds>
std::uint64_t siphash(SipKey key, const FourTuple& tuple) {
  const IpAddress& local = tuple.local.address;
  const IpAddress& remote = tuple.remote.address;
  const std::uint64_t ports = (std::uint64_t{tuple.local.port} << 16) | tuple.remote.port;
  SipHash<word_rounds, end_rounds> hash{key};
  if (local.is_v4() && remote.is_v4()) [[likely]] {
    hash.add((std::uint64_t{local.as_v4()} << 32) | remote.as_v4());
    return hash.finish(ports, 4);
  }
  for (const std::uint64_t word : {local.high(), local.low(), remote.high(), remote.low()}) {
    hash.add(word);
  }
  return hash.finish(ports, 4);
}

struct PackedTuple {
  std::uint32_t local = 0;   // IPv4 address, or where both addresses are
  std::uint32_t remote = 0;  // IPv4 address; 0 (which is no remote address): both are aside
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;
};

class TuplePacker {
 public:
  PackedTuple pack(const FourTuple& tuple);
  FourTuple unpack(const PackedTuple& packed) const;
  bool is_same(const PackedTuple& packed, const FourTuple& tuple) const;
  // To be called once for each packed tuple that is not needed any more.
  void release(const PackedTuple& packed);

 private:
  struct Addresses {
    IpAddress local;
    IpAddress remote;
  };
  static bool is_narrow(const FourTuple& tuple) {
    return tuple.local.address.is_v4() && tuple.remote.address.is_v4() &&
           tuple.remote.address.as_v4() != 0;
  }

  Slab<Addresses> aside_;
};

void digest(const FourTuple& tuple, Digest& digest);

}  // namespace acksu
