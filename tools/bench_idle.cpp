// idle: what connections cost that are open and say nothing: their memory before and after their
// first words, how long as many take to open, to speak once and to close, and what is left then.
#include <algorithm>
#include <vector>

#include "tools/bench_measures.h"
#include "tools/bench_turns.h"

namespace acksu::tools {
namespace {

constexpr std::size_t idle_batch = 64;

// Of this process, less what the benchmark's own lists take.
struct Footprint {
  explicit Footprint(std::uint64_t listed = 0)
      : heap(static_cast<double>(heap_bytes()) - static_cast<double>(listed)),
        resident(static_cast<double>(resident_bytes()) - static_cast<double>(listed)) {}
  double heap, resident;
};

template <class Work>
double seconds_of(Work work) {
  const Clock::time_point start = Clock::now();
  work();
  return seconds_since(start);
}

void tick_often(BenchWire& wire, int ticks) {
  for (int i = 0; i < ticks; ++i) {
    wire.tick();
    wire.pump();
  }
}

// A request and a response on each connection.
void exchange_all(BenchWire& wire, const std::vector<SocketPair>& pairs) {
  std::vector<const SocketPair*> batch;
  for (std::size_t at = 0; at < pairs.size(); at += idle_batch) {
    batch.clear();
    for (std::size_t i = at; i < std::min(at + idle_batch, pairs.size()); ++i) {
      batch.push_back(&pairs[i]);
    }
    transact(wire, batch);
  }
  wire.settle();
}

// All that is due then: a call fires a bounded number of timers.
void pass(BenchWire& wire, Duration duration) {
  wire.skip(duration);
  do {
    wire.settle();
  } while (earliest(wire.client.deadline(), wire.server.deadline()) <= wire.now());
}

// Until the timers of the exchange are over, and what only they needed is given back.
void let_rest(BenchWire& wire) { pass(wire, 1s); }

void close_all(BenchWire& wire, const std::vector<SocketPair>& pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    wire.client.close(pairs[i].client, wire.now());
    wire.server.close(pairs[i].server, wire.now());
    if (i % 32 != 31) continue;
    wire.tick();
    wire.pump();
  }
  wire.settle();
}

// Records of any kind, what waits to be sent, and text, once TIME-WAIT is over.
std::uint64_t objects_left(BenchWire& wire) {
  pass(wire, 2 * wire.client.settings().tcp.msl + 1s);
  std::uint64_t left = 0;
  for (const Host* host : {&wire.client, &wire.server}) {
    const HostHoldings held = host->holdings();
    left += std::uint64_t{held.connections} + held.half_open + held.time_wait + held.replies +
            (held.text_bytes > 0 ? 1 : 0);
  }
  return left;
}

}  // namespace

Figures bench_idle(const Workload& workload) {
  BenchWire wire{settings_for(workload)};
  BenchSockets sockets{wire, workload.connections};
  {  // what a first connection makes for good is not counted
    const std::vector<SocketPair> first = sockets.open(1);
    exchange_all(wire, first);
    let_rest(wire);
    close_all(wire, first);
  }
  const double ends = 2.0 * workload.connections;
  std::vector<SocketPair> pairs;
  const Footprint before;
  const double open_seconds = seconds_of([&] { pairs = sockets.open(workload.connections); });
  const std::uint64_t listed = pairs.capacity() * sizeof(SocketPair);
  const Footprint opened{listed};
  constexpr int ticks = 1000;
  const double tick_seconds = seconds_of([&] { tick_often(wire, ticks); });
  const double exchange_seconds = seconds_of([&] { exchange_all(wire, pairs); });
  let_rest(wire);
  const Footprint used{listed};
  const double close_seconds = seconds_of([&] { close_all(wire, pairs); });

  Figures figures = parameters(workload);
  figures["connections"] = workload.connections;
  figures["bytes_per_end"] = (opened.heap - before.heap) / ends;
  figures["rss_per_end"] = (opened.resident - before.resident) / ends;
  figures["bytes_per_used_end"] = (used.heap - before.heap) / ends;
  figures["rss_per_used_end"] = (used.resident - before.resident) / ends;
  figures["open_s"] = open_seconds;
  figures["exchange_s"] = exchange_seconds;
  figures["close_s"] = close_seconds;
  figures["tick_ns"] = tick_seconds * 1e9 / ticks;
  figures["objects_left"] = objects_left(wire);
  return figures;
}

}  // namespace acksu::tools
