// For worlds of tests: a server that reads whatever comes, and ends after its peers.
#pragma once

#include "sim/traffic.h"

namespace acksu::sim {

inline TrafficSettings quiet_server(std::uint64_t tag) {
  TrafficSettings settings;
  settings.tag = tag;
  settings.listen = Endpoint{IpAddress{}, 80};
  Plan quiet;
  quiet.bytes = 0;
  quiet.ending = Ending::after_peer;
  settings.accepted = {quiet};
  return settings;
}

}  // namespace acksu::sim
