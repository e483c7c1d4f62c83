// The parts of a journey, as titles in its ladder.
#pragma once

#include <vector>

#include "tools/output.h"
#include "trace/ladder.h"

namespace acksu::tools {

// In the trace of one link, or of the two ends: what of all this happens there.
std::vector<trace::Heading> headings(const trace::Trace& view, const Output& output);

}  // namespace acksu::tools
