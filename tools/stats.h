// What commands on a real wire tell on standard error when they end.
#pragma once

#include <cstdint>

#include "host/host.h"

namespace acksu::tools {

// "            12  frames in"; nothing when there were none.
void print_count(const char* name, std::uint64_t count);
// What TCP has counted, and what was dropped, by its reason.
void print_counters(const HostCounters& counters);
// One line if a limit has refused something, or made something give way; with or without --stats.
void print_limits(const Host& host);

}  // namespace acksu::tools
