// Captures that are played again: whatever their segments say, each line of the outcome is counted
// once, and a second time it is the same.
#include "fuzz/fuzz.h"
#include "sim/replay.h"

using namespace acksu;

namespace {

constexpr std::size_t most_flows = 4, most_segments = 300;

std::uint64_t play(const sim::RecordedFlow& flow, sim::End end) {
  const sim::Replay replay = sim::replay_flow(flow, {.end = end});
  std::uint64_t lines = 0;
  for (const std::uint64_t count : replay.counts) lines += count;
  ACKSU_ASSERT(lines == replay.lines.size());
  for (const sim::ReplayLine& line : replay.lines) ACKSU_ASSERT(line.recorded || line.ours);
  return replay.count(sim::Likeness::same) << 32 | replay.count(sim::Likeness::only_ours);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  trace::CapturePackets packets({data, size});
  const std::vector<sim::RecordedFlow> flows = sim::recorded_flows(packets);
  for (std::size_t i = 0; i < std::min(flows.size(), most_flows); ++i) {
    const sim::RecordedFlow& flow = flows[i];
    if (flow.problem() != nullptr || flow.segments.size() > most_segments) continue;
    for (const sim::End end : {sim::End::client, sim::End::server}) {
      ACKSU_ASSERT(play(flow, end) == play(flow, end));
    }
  }
  return 0;
}
