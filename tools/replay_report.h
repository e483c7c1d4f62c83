// What `acksu replay` prints of a connection that was played again: a ladder with a mark before
// each line, a sum, and the same as JSON lines.
#pragma once

#include <string>

#include "sim/replay.h"

namespace acksu::tools {

// Lines with their line ends.
std::string replay_ladder(const sim::Replay& replay);
std::string replay_sum(const sim::Replay& replay);
std::string replay_json(const sim::Replay& replay);

}  // namespace acksu::tools
