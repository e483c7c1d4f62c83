// The flows of a capture; packets that were cut short count with their whole length.
#pragma once

#include "base/bytes.h"
#include "trace/capture_packets.h"
#include "trace/flows.h"

namespace acksu::trace {

CaptureReading take_capture(Bytes file, Flows& flows);

}  // namespace acksu::trace
