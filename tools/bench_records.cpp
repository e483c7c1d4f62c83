// wait: what a TIME-WAIT record and a half-open one cost, of as many as are asked for.
#include "tools/bench_measures.h"
#include "tools/bench_strangers.h"
#include "tools/bench_workloads.h"

namespace acksu::tools {
namespace {

// The client closes first, so that the records are its.
void open_and_close(BenchWire& wire, BenchSockets& sockets, std::uint32_t count) {
  const std::vector<SocketPair> pairs = sockets.open(count);
  for (const SocketPair& pair : pairs) wire.client.close(pair.client, wire.now());
  wire.settle();
  for (const SocketPair& pair : pairs) wire.server.close(pair.server, wire.now());
  wire.settle();
}

double bytes_of_time_wait(std::uint32_t count) {
  BenchSettings settings;
  settings.max_time_wait = count + 64;
  BenchWire wire{settings};
  BenchSockets sockets{wire, count + 64};
  open_and_close(wire, sockets, 64);  // what batches make for good is not counted
  const std::uint64_t before = heap_bytes();
  for (std::uint32_t done = 0; done < count; done += 64) {
    open_and_close(wire, sockets, std::min<std::uint32_t>(64, count - done));
  }
  if (wire.client.holdings().time_wait < count) bench_failed("TIME-WAIT", Error::timed_out);
  return static_cast<double>(heap_bytes() - before) / count;
}

double bytes_of_half_open(std::uint32_t count) {
  BenchSettings settings;
  settings.max_half_open = count;
  BenchWire wire{settings};
  BenchSockets sockets{wire, 1};
  (void)sockets.open_one();
  std::vector<Frame> syns = spoofed_segments(wire.pool(), Flags{Flags::syn}, count);
  std::vector<Frame> answers;
  const std::uint64_t before = heap_bytes();
  for (Frame& syn : syns) {
    wire.tick();
    wire.server.absorb(0, std::span{&syn, 1}, wire.now());
    wire.server.emit(0, answers, 64, wire.now());
    answers.clear();
  }
  if (wire.server.holdings().half_open < count) bench_failed("half-open", Error::timed_out);
  return static_cast<double>(heap_bytes() - before) / count;
}

}  // namespace

Figures bench_wait(const Workload& workload) {
  const std::uint32_t count = std::max(workload.connections, 1000u);
  Figures figures{{"workload", workload.name}, {"records", count}};
  figures["time_wait_bytes"] = bytes_of_time_wait(count);
  figures["half_open_bytes"] = bytes_of_half_open(std::min(count, 100'000u));
  return figures;
}

}  // namespace acksu::tools
