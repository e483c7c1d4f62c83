// A counter-example for people and for others' programs: played once more by two fresh hosts, drawn
// as a ladder, and written as a packetdrill script of what one end does and hears.
#pragma once

#include <string>

#include "sim/explorer.h"

namespace acksu::sim {

// Lines with their line ends. `is_true`: playing it came to what the example says.
struct Story {
  std::string ladder;
  std::string scripts[2];  // by side
  bool is_true = false;
};

Story tell(const CounterExample& example, const ExploreSettings& settings);

}  // namespace acksu::sim
