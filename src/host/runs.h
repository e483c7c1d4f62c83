// Runs: segments of one burst, each of which goes on where the one before ends and says nothing
// else (RFC 9293 3.4; what devices and kernels merge before TCP sees it). They stay apart here, and
// are judged once.
#pragma once

#include <span>

#include "host/arrival.h"

namespace acksu {

// A segment of text with an ACK, and no option but time stamps.
inline bool is_plain_text(const Arrival& arrival) {
  if (arrival.drop != Drop::none || arrival.kind != Arrival::Kind::tcp) return false;
  const Segment& segment = arrival.segment;
  return (segment.flags.bits & ~Flags::psh) == Flags::ack && !segment.text.is_empty() &&
         segment.options.sack.is_empty() && !segment.options.acc_ecn.is_given() &&
         segment.options.user_timeout == 0;
}

// Whether nothing but the text tells the two apart. Their packets' marks (ECN) may differ.
inline bool goes_on(const Arrival& arrival, const Arrival& next) {
  if (!is_plain_text(arrival) || !is_plain_text(next)) return false;
  if (next.hash != arrival.hash || next.tuple != arrival.tuple) return false;
  const Segment& segment = arrival.segment;
  const Segment& following = next.segment;
  return following.seq == segment.end() && following.ack == segment.ack &&
         following.window == segment.window &&
         following.options.has_timestamps == segment.options.has_timestamps &&
         following.options.timestamps == segment.options.timestamps;
}

// Writes down how many of the arrivals behind each belong to its run.
inline void find_runs(std::span<Arrival> arrivals) {
  arrivals.back().followers = 0;
  for (std::size_t i = arrivals.size() - 1; i > 0; --i) {
    Arrival& arrival = arrivals[i - 1];
    arrival.followers = goes_on(arrival, arrivals[i])
                            ? static_cast<std::uint8_t>(arrivals[i].followers + 1)
                            : std::uint8_t{0};
  }
}

}  // namespace acksu
