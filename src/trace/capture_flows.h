// The flows of a capture, whoever wrote it: pcap or pcapng, of Ethernet, bare IP, PPP, loopbacks
// and Linux's "any" device; packets that were cut short count with their whole length.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "trace/flows.h"

namespace acksu::trace {

struct CaptureReading {
  const char* problem = nullptr;  // where reading ended early; null: all was read
  std::uint64_t packets = 0;
  std::uint64_t unknown = 0;            // of link types that are not known here
  std::uint16_t unknown_link_type = 0;  // the last of these
};

CaptureReading take_capture(Bytes file, Flows& flows);

}  // namespace acksu::trace
