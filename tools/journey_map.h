// The map of a journey: who is connected to whom, with which addresses, and what routers know.
#pragma once

#include "tools/journey_network.h"
#include "tools/output.h"

namespace acksu::tools {

void print_map(const JourneyNetwork& network, const Output& output);

}  // namespace acksu::tools
