// Several hosts that share their addresses (shards), each on a core of its own: which of them a
// flow belongs to. Nothing but the flow and a secret decides, so that all of them agree without
// asking each other, and nobody outside can fill one of them alone.
//
// A flow of TCP is named by both its ends, whichever of them asks. So is UDP at a port that
// programs listen at; behind a port that hosts choose themselves (an ephemeral one) one socket
// speaks to many, so there the port alone decides, and its owner chooses one that leads to itself.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/siphash.h"

namespace acksu {

// The ports that hosts choose themselves, both included.
struct EphemeralRange {
  std::uint16_t first = 32768;  // RFC 6056
  std::uint16_t last = 60999;

  constexpr bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

class Steering {
 public:
  // shards >= 1. The key is a secret of all of them together; so is what they choose ports from.
  constexpr Steering(SipKey key, std::uint32_t shards, EphemeralRange ephemeral = {})
      : key_(key), shards_(shards), ephemeral_(ephemeral) {}

  std::uint32_t shards() const { return shards_; }
  // The shard of a flow of TCP; the same for its two ends.
  std::uint32_t of_tcp(const FourTuple& flow) const;
  // The shard of a flow of UDP, seen from this end.
  std::uint32_t of_udp(const FourTuple& flow) const;
  // The shard of all that comes to an ephemeral port of UDP. Nothing is said about others: there
  // each shard has a socket.
  std::uint32_t of_udp_port(std::uint16_t port) const;
  // A name for a packet in fragments that nobody outside can make another one share; never 0.
  std::uint64_t name_of(IpAddress source, IpAddress destination, std::uint64_t identity) const;
  bool is_ephemeral(std::uint16_t port) const { return ephemeral_.contains(port); }

 private:
  // Fairly, without a division.
  std::uint32_t shard_of(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(((hash >> 32) * shards_) >> 32);
  }

  SipKey key_;
  std::uint32_t shards_;
  EphemeralRange ephemeral_;
};

// One of them. The first answers for all where an answer may come once only: to who asks for a MAC
// address (ARP, neighbour discovery, RARP).
struct ShardSettings {
  std::uint32_t number = 0;  // < steering.shards()
  Steering steering;

  bool owns_tcp(const FourTuple& flow) const { return steering.of_tcp(flow) == number; }
  bool may_own_udp(std::uint16_t port) const {
    return !steering.is_ephemeral(port) || steering.of_udp_port(port) == number;
  }
};

}  // namespace acksu
