// What is told about a journey besides its ladder: opened frames, the summary.
#pragma once

#include "tools/journey_network.h"
#include "tools/output.h"

namespace acksu::tools {

// Of a view: the frame with the request, or every frame.
void print_opened_frames(const trace::Trace& view, const Output& output, bool all);
// Frames by hop, bytes of the view by layer, times, and what was held and given back.
void print_summary(const JourneyNetwork& network, const trace::Trace& view, const Output& output);

}  // namespace acksu::tools
