// Everything about a random world that is decided before it runs, from its seed alone: hosts with
// their settings, the networks between them with their faults, what applications do, who meddles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"
#include "host/settings.h"
#include "sim/cable.h"
#include "sim/meddler.h"
#include "sim/topology.h"
#include "sim/traffic.h"

namespace acksu::sim {

enum class WorldKind : std::uint8_t {
  transfer,           // one side opens a few connections, the other answers
  simultaneous_open,  // both open the same connection at once
  crossing_closes,    // both end at the same moment
  reopening,          // the same ports again, while the other side is in TIME-WAIT
  crowd,              // many short connections against small limits
};
inline constexpr std::size_t world_kinds = 5;
const char* name(WorldKind kind);

struct Roll {
  std::uint64_t seed = 0;
  WorldKind kind = WorldKind::transfer;
  std::vector<HostSettings> hosts;  // who talks: the client, the server, then guests
  Topology topology;
  Family family = Family::v4;            // of client and server
  std::vector<TrafficSettings> traffic;  // of each host
  std::vector<Meddler> meddlers;
  bool is_copied = false;  // halfway a copy of the world is kept, and must come to the same end
  // Nothing in it can break a connection: whatever fails is a fault of ours.
  bool is_gentle = false;
  std::vector<bool> features;  // of a swarm: which are on (swarm.h)

  CableSettings& cable() { return topology.networks[0].cable; }  // the client's
  std::vector<std::string> lines() const;                        // for people
};

Roll roll(std::uint64_t seed);

}  // namespace acksu::sim
