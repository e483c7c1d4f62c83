// A flow as one SVG: text over time, what held the sender back, windows, round trips and rates,
// panels with one axis of time. docs/plot.md says how to read each. The same flow gives the same
// bytes.
#pragma once

#include <optional>
#include <string>

#include "trace/flow.h"
#include "trace/text.h"

namespace acksu::trace {

struct PlotOptions {
  Language language = Language::english;
  bool shows_sequence = true, shows_limits = true, shows_windows = true, shows_rtt = true,
       shows_throughput = true;
  // Of the time since the connection began; all of it where nothing is said.
  std::optional<Duration> from{}, to{};
  std::uint64_t left_out = 0;  // events for which there was no room
};

std::string plot(const Flow& flow, const PlotOptions& options);

}  // namespace acksu::trace
