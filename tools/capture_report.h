// What is said of a capture that could not be read as a whole.
#pragma once

#include <cstdio>
#include <string>

#include "trace/capture_packets.h"

namespace acksu::tools {

// On standard error. `done`: what becomes of the packets before, such as "plotted".
inline void tell_of_reading(const char* command, const std::string& name, const char* done,
                            const trace::CaptureReading& reading) {
  if (reading.problem != nullptr) {
    std::fprintf(stderr, "acksu %s: %s: after %llu packets %s; what was before it is %s\n", command,
                 name.c_str(), static_cast<unsigned long long>(reading.packets), reading.problem,
                 done);
  }
  if (reading.unknown > 0) {
    std::fprintf(stderr, "acksu %s: %s: %llu packets of link type %u were not understood\n",
                 command, name.c_str(), static_cast<unsigned long long>(reading.unknown),
                 reading.unknown_link_type);
  }
}

}  // namespace acksu::tools
