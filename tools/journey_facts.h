// What the answers need to know about a journey, counted from its trace.
#pragma once

#include <cstdint>
#include <string>

#include "tools/journey_network.h"

namespace acksu::tools {

// A segment of the connection as the laptop sent or saw it, in the order of the handshakes.
struct Step {
  Instant at = never;  // when its sender sent it
  std::uint32_t seq = 0, ack = 0;
};

struct JourneyFacts {
  std::uint64_t frames = 0;  // on all hops
  std::uint64_t frames_lost = 0;
  std::uint64_t sent_again = 0;  // segments, by the two ends
  std::uint64_t response_segments = 0, response_bytes = 0;
  std::uint64_t request_bytes = 0, request_frame_bytes = 0;
  std::uint32_t window_bytes = 0;  // that the laptop offers in its SYN
  Step syn, syn_ack, handshake_ack, request, response;
  Step first_fin, fin_ack, second_fin, last_ack;
  Instant time_wait_begins = never, time_wait_ends = never;
  std::string inside, outside;  // the laptop's endpoint at home and on the Internet
};

JourneyFacts facts_of(const JourneyNetwork& network);

}  // namespace acksu::tools
