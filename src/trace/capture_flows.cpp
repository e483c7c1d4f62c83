// Each packet of a capture, told to flows.
#include "trace/capture_flows.h"

#include "trace/summary.h"

namespace acksu::trace {

CaptureReading take_capture(Bytes file, Flows& flows) {
  CapturePackets packets(file);
  for (CapturedPacket packet; packets.next(packet);) {
    flows.on_segment({packet.at, packet.place, {}}, summarize(packet.frame, packet.kind));
  }
  flows.join_places();
  return packets.reading();
}

}  // namespace acksu::trace
