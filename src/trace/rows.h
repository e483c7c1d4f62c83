// The order in which a ladder is drawn. On each host's column events stand in the order in which
// they happened there; an arrow joins its two ends in one row wherever that order allows it, and is
// drawn in two pieces where frames cross.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "trace/event.h"
#include "trace/numbers.h"

namespace acksu::trace {

struct LadderRow {
  enum class Kind : std::uint8_t {
    whole,      // an arrow from departure to arrival
    departure,  // its first piece, and
    arrival,    // its second one; also of a frame that nobody was seen to send
    lost,       // an arrow that ends on the cable
    event,      // something at one host (Moved, TimerChanged, ...)
    remark,     // across the ladder
    burst,      // several departures in a row
    fold,       // several rows that are no news
  };

  Kind kind = Kind::event;
  std::uint32_t event = nobody;  // index into Trace::events; not of burst and fold
  std::uint32_t frame = nobody;
  std::uint32_t arrival = 0;                 // index into the frame's arrivals
  std::uint32_t from = nobody, to = nobody;  // hosts
  Instant left_at{}, right_at{};  // of departure and arrival; the same for what happens at once
  SegmentNumbers numbers;
  // Of burst and fold: what they stand for, by way (0: from a host to a later one, 1: back).
  struct Way {
    std::uint32_t segments = 0;  // with text
    std::uint64_t bytes = 0;
    std::uint32_t acks = 0;
    std::int64_t first = 0, end = 0;  // numbers of the text
  };
  Way ways[2];
};

// All rows, none folded, those among them that a ladder may not want to draw (RTT, congestion,
// ...).
std::vector<LadderRow> rows_of(const Trace& trace);
// Joins departures that follow each other, and folds the middle of long quiet transfers.
std::vector<LadderRow> folded(const Trace& trace, const std::vector<LadderRow>& rows);

}  // namespace acksu::trace
