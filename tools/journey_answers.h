// The questions that people ask about TCP/IP, answered with the numbers of one journey.
#pragma once

#include "tools/journey_network.h"
#include "tools/output.h"

namespace acksu::tools {

void print_answers(const JourneyNetwork& network, const Output& output);

}  // namespace acksu::tools
