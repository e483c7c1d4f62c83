// Captures: whatever stands in a file, reading it ends, and what was read can be drawn.
#include "fuzz/fuzz.h"
#include "trace/capture_flows.h"
#include "trace/plot.h"
#include "wire/pcap_reader.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file{data, size};
  wire::PcapReader reader(file);
  std::uint64_t packets = 0, bytes = 0;
  for (wire::ReadPacket packet; reader.next(packet);) {
    ++packets;
    bytes += packet.bytes.size();
    ACKSU_ASSERT(packet.original_bytes >= packet.bytes.size());
    ACKSU_ASSERT(nanoseconds(packet.time) >= 0);
  }
  ACKSU_ASSERT(bytes <= size && (packets == 0 || wire::PcapReader::is_capture(file)));
  trace::Flows flows;
  const trace::CaptureReading reading = trace::take_capture(file, flows);
  ACKSU_ASSERT(reading.packets == packets && reading.unknown <= packets);
  ACKSU_ASSERT((reading.problem == nullptr) == (reader.problem() == nullptr));
  for (const trace::Flow* flow : flows.ranked()) {
    ACKSU_ASSERT(!trace::plot(*flow, {}).empty());
  }
  return 0;
}
