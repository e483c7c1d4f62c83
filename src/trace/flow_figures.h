// What follows from the packets of a flow, and from nothing else: what is under way, round trips,
// rates.
#pragma once

#include <vector>

#include "trace/flow.h"

namespace acksu::trace {

struct UnderWay {
  Instant at{};
  std::int64_t bytes = 0;
};
// Sent and not yet acknowledged, in order or by SACK; where the sender itself is heard, what it
// believes to be in the network: what it said last, and what it has sent since.
std::vector<UnderWay> under_way(const Flow& flow);

struct RoundTrip {
  Instant at{};
  Duration time{};
};
// From text to its ACK, of text that was sent once (Karn's rule): from where it was seen to the
// receiver and back.
std::vector<RoundTrip> round_trips(const Flow& flow);
// The middle one of the round trips, by the sender's own word if there is one; zero: not known.
Duration usual_round_trip(const Flow& flow);

// Bytes in each of equal spans of time.
struct Rates {
  Instant begin{};
  Duration width{1};
  std::vector<std::uint64_t> sent;          // that passed, repeated text included
  std::vector<std::uint64_t> acknowledged;  // for the first time
};
Rates rates(const Flow& flow, Instant begin, Instant end, Duration width);

// How long each reason held the sender back, from `begin` to `end`, and the spans themselves.
struct LimitSpan {
  Instant begin{}, end{};
  tcp::LimitedBy reason = tcp::LimitedBy::nothing_to_send;
};
std::vector<LimitSpan> limit_spans(const Flow& flow, Instant begin, Instant end);

}  // namespace acksu::trace
