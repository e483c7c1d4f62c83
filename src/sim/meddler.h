// Somebody who waits until a host has a connection in a chosen state, and then does what the
// simulated network and applications would hardly ever do just then: forges a reset or a SYN, makes
// the application abort or close, cuts the cable. So that every row of the state table is visited.
#pragma once

#include <cstdint>
#include <string>

#include "base/segment.h"
#include "base/time.h"
#include "sim/traffic.h"
#include "sim/world.h"
#include "tcp/info.h"
#include "tcp/state.h"

namespace acksu::sim {

enum class Meddling : std::uint8_t {
  reset,            // exactly at RCV.NXT: accepted (RFC 5961 section 3)
  reset_in_window,  // answered by a challenge ACK
  reset_elsewhere,  // out of the window: dropped
  syn,              // in the window
  newer_syn,        // far beyond the window
  old_ack,          // of text that was acknowledged long ago
  ack_of_unsent,    // of what was never sent
  unreachable,      // ICMP: the port of what was sent last cannot be reached (RFC 5927)
  abort,            // by the application
  close,
  shut_down,
  cut,  // for good
  cut_a_while,
};
inline constexpr std::size_t meddling_count = 13;
const char* name(Meddling meddling);
// Whether a TCP that keeps RFC 5961 and RFC 5927 goes on as if nothing had happened.
bool is_harmless(Meddling meddling, tcp::State state);

struct Meddler {
  HostId host = 0;
  tcp::State state = tcp::State::established;
  std::uint32_t patience = 0;  // steps in that state before it acts
  Meddling meddling = Meddling::reset;
  Duration pause{};  // of `cut_a_while`

  std::uint32_t seen = 0;
  bool is_done = false;
  Instant tried_at = never;  // what was refused is not asked again at the same instant
};
std::string to_string(const Meddler& meddler);

// Looks at the world after a step; acts at most once. Hosts run Traffic, cables are number 0.
void meddle(Meddler& meddler, World& world);

// A segment to the owner of `info`, as if from its peer: what a stranger on the path can send.
Segment forged(const tcp::Info& info, Meddling meddling);

}  // namespace acksu::sim
