// The ladder: hosts as columns, time going down, frames as arrows between the columns, and beside
// each column what happened there: moves with their cause and section of RFC 9293, timers, memory,
// what was dropped. A column is heavy while its host has an open connection, light while one begins
// or ends, dotted while it has none.
#pragma once

#include <string>
#include <vector>

#include "trace/event.h"
#include "trace/text.h"

namespace acksu::trace {

struct LadderOptions {
  Language language = Language::english;
  bool has_colour = false;  // escape codes; for terminals only
  bool shows_all = false;   // folds nothing, and shows RTT, congestion and each timer
  std::size_t columns = 100;
};

// Lines with their line ends.
std::string ladder(const Trace& trace, const LadderOptions& options);

}  // namespace acksu::trace
