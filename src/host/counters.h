// What a host has counted since it began, and what it holds now.
#pragma once

#include <array>
#include <cstdint>

#include "base/drop.h"
#include "tcp/counters.h"

namespace acksu {

struct HostCounters {
  std::uint64_t frames_in = 0, frames_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t packets_forwarded = 0;
  std::uint64_t udp_errors_forgotten = 0;  // that nobody had taken, and gave way to the next
  DropCounters drops;
  tcp::Counters tcp;
};

// What one limit has refused, or made give way.
struct LimitCount {
  const char* name;
  std::uint64_t count = 0;
};

// Objects and bytes that a host holds. After quiet (all closed, TIME-WAIT over) all but
// `neighbours` and `groups` are zero.
struct HostHoldings {
  std::uint32_t connections = 0;         // records of any state but half-open and TIME-WAIT
  std::uint32_t folded_connections = 0;  // of them: nothing happens, and they take less room
  std::uint32_t half_open = 0;
  std::uint32_t time_wait = 0;
  std::uint32_t listeners = 0;
  std::uint32_t udp_sockets = 0;
  std::uint32_t raw_sockets = 0;
  std::uint32_t timers = 0;
  std::uint32_t replies = 0;
  std::uint32_t neighbours = 0;
  std::uint32_t groups = 0;      // multicast, those of our own IPv6 addresses included
  std::uint64_t text_bytes = 0;  // text of all queues, as charged to the memory budget
};

}  // namespace acksu
