// Ephemeral ports (RFC 6056). Like its algorithm 4 a counter walks through the ports for each
// destination, so that a port comes back as late as possible; but in an order that a keyed
// permutation makes for that destination alone, so that no port tells the next one.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/digest.h"
#include "base/siphash.h"

namespace acksu {

class EphemeralPorts {
 public:
  // Ports first..last, both included.
  EphemeralPorts(SipKey key, std::uint16_t first, std::uint16_t last);

  // How many there are. So many calls of `next` for one destination give each of them once.
  std::uint32_t size() const { return size_; }
  // The port to try now for a connection from `local` to `remote`.
  std::uint16_t next(IpAddress local, const Endpoint& remote);
  void digest(Digest& digest) const;

 private:
  std::uint64_t hash_of(const FourTuple& destination);
  std::uint32_t permuted(std::uint32_t position, std::uint64_t key) const;

  SipKey key_;
  std::uint16_t first_;
  std::uint32_t size_;
  std::uint32_t rows_;  // the ports as a table of rows_ x columns_, the smallest that holds all
  std::uint32_t columns_;
  std::array<std::uint32_t, 256> positions_{};  // by bits of the destination's hash
  // Most connections go where the last one went.
  FourTuple last_hashed_;
  std::uint64_t last_hash_;
};

}  // namespace acksu
