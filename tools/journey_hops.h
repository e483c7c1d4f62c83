// One packet of a journey on each of its hops, field by field.
#pragma once

#include "tools/journey_network.h"
#include "tools/output.h"

namespace acksu::tools {

// The packet with the request: a table with what each router changed, and what that means.
void print_hops(const JourneyNetwork& network, const Output& output);

// The frames of the packet with the request, by hop; empty: it was never sent.
std::vector<std::uint32_t> request_path(const JourneyNetwork& network);

}  // namespace acksu::tools
