// What is told about a journey besides its ladder: titles, opened frames, the summary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/counters.h"
#include "tools/output.h"
#include "tools/stage.h"

namespace acksu::tools {

// The parts of a journey: ARP, handshake, request and response, close.
std::vector<trace::Heading> headings(const trace::Trace& trace, const Output& output);

// The frame with the request, or every frame.
void print_opened_frames(const trace::Trace& trace, const Output& output, bool all);

struct JourneyEnd {
  HostHoldings client, server;
  Duration round_trip{};
};
void print_summary(const trace::Trace& trace, const JourneyEnd& end, const Output& output);

}  // namespace acksu::tools
