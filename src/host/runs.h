// Runs: segments of one burst, each of which goes on where the one before ends and says nothing
// else (RFC 9293 3.4; what devices and kernels merge before TCP sees it). They stay apart here, and
// are judged once.
#pragma once

#include <span>

#include "host/arrival.h"

namespace acksu {

// Whether nothing but the text tells the two apart. Their words for ECN's marks may differ.
inline bool goes_on(const Arrival& arrival, const Arrival& next) {
  if (next.drop != Drop::none || next.kind != Arrival::Kind::tcp) return false;
  if (next.hash != arrival.hash || next.tuple != arrival.tuple) return false;
  const Segment& segment = arrival.segment;
  const Segment& following = next.segment;
  const auto is_plain = [](const Segment& of) {
    return (of.flags.bits & ~Flags::psh) == Flags::ack && !of.text.is_empty() &&
           of.options.sack.is_empty() && !of.options.acc_ecn.is_given() &&
           of.options.user_timeout == 0;
  };
  return is_plain(segment) && is_plain(following) && following.seq == segment.end() &&
         following.ack == segment.ack && following.window == segment.window &&
         following.options.has_timestamps == segment.options.has_timestamps &&
         following.options.timestamps == segment.options.timestamps;
}

// Writes down how many of the arrivals behind each belong to its run.
inline void find_runs(std::span<Arrival> arrivals) {
  arrivals.back().followers = 0;
  for (std::size_t i = arrivals.size() - 1; i > 0; --i) {
    Arrival& arrival = arrivals[i - 1];
    const bool is_run = arrival.drop == Drop::none && arrival.kind == Arrival::Kind::tcp &&
                        goes_on(arrival, arrivals[i]);
    arrival.followers = is_run ? static_cast<std::uint8_t>(arrivals[i].followers + 1) : 0;
  }
}

}  // namespace acksu
