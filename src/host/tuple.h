// Four-tuples as small records and hashes take them: an IPv4 tuple in 12 bytes, an IPv6 tuple as a
// reference to its addresses, kept aside.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/digest.h"
#include "base/slab.h"

namespace acksu {

// The words of a tuple for a keyed hash: two for IPv4, five for IPv6.
class TupleWords {
 public:
  explicit TupleWords(const FourTuple& tuple);
  std::span<const std::uint64_t> words() const { return {words_.data(), count_}; }

 private:
  std::array<std::uint64_t, 5> words_;
  std::size_t count_;
};

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
