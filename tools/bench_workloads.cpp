// crr and rr as `../docs/performance.md` defines them, and what they share with bulk and idle:
// checksums computed and verified, bytes copied in and out, window scale, time stamps and SACK on.
#include "tools/bench_workloads.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "base/rng.h"
#include "tools/bench_measures.h"
#include "tools/bench_turns.h"

namespace acksu::tools {
namespace {

// What is counted takes the same steps each time: no clock has a say.
constexpr Duration tick_when_counting = 2us;

constexpr std::uint32_t message_bytes = 64;
using Message = std::array<std::uint8_t, message_bytes>;

}  // namespace

BenchSettings settings_for(const Workload& workload) {
  BenchSettings settings;
  if (workload.count > 0) settings.tick = tick_when_counting;
  settings.mtu = workload.mtu;
  settings.congestion = congestion_of(workload.congestion);
  if (workload.gso) settings.max_split_bytes = 65535;
  if (workload.shards > 1) {
    const Steering steering{{7, 8}, workload.shards, {1024, 65535}};
    settings.shard = ShardSettings{workload.shard, steering};
  }
  return settings;
}

Figures parameters(const Workload& workload) {
  Figures figures{{"workload", workload.name}};
  if (workload.count > 0) figures["count"] = workload.count;
  return figures;
}

// All shards begin to measure at once.
void wait_for_others(const Workload& workload) {
  if (workload.start != nullptr) workload.start->arrive_and_wait();
}

// Reads all that is there; returns the bytes.
std::uint32_t drain(Host& host, Handle socket, MutableBytes buffer, Instant now) {
  std::uint32_t total = 0;
  while (const Result<std::uint32_t> count = host.read(socket, buffer, now)) {
    total += *count;
    if (*count < buffer.size()) break;
  }
  return total;
}

// Requests on the `batch` connections from `first` on, then their responses.
void transact(BenchWire& wire, std::span<const SocketPair* const> batch) {
  static constexpr Message request{'q'}, response{'r'};
  std::array<std::uint8_t, 2 * message_bytes> buffer;  // more than comes: one call reads it all
  wire.tick();
  for (const SocketPair* pair : batch) (void)wire.client.write(pair->client, request, wire.now());
  wire.pump();
  std::uint32_t answered = 0;
  while (answered < batch.size()) {
    while (const std::optional<SocketEvent> event = wire.server.next_event()) {
      if (!event->readiness.has(Readiness::readable)) continue;
      if (drain(wire.server, event->socket, buffer, wire.now()) != message_bytes) continue;
      (void)wire.server.write(event->socket, response, wire.now());
    }
    if (!wire.pump()) wire.tick();
    while (const std::optional<SocketEvent> event = wire.client.next_event()) {
      if (!event->readiness.has(Readiness::readable)) continue;
      if (drain(wire.client, event->socket, buffer, wire.now()) == message_bytes) ++answered;
    }
  }
}

namespace {

// What the server's program does when its host has taken a burst: accepts, and closes its end when
// the client has closed.
void serve_cycle(BenchWire& wire, Handle listener, bool& is_accepted, bool& is_closed) {
  while (const std::optional<SocketEvent> event = wire.server.next_event()) {
    if (event->socket == listener) {
      is_accepted = static_cast<bool>(wire.server.accept(listener, wire.now()));
    } else if (event->readiness.has(Readiness::ended)) {
      is_closed = wire.server.close(event->socket, wire.now()) == Error::none;
    }
  }
}

// One cycle of connect, accept, close, close.
void cycle(BenchWire& wire, BenchSockets& sockets) {
  wire.tick();
  const Handle client = sockets.connect(0);
  bool is_accepted = false, is_closed = false;
  const auto carry_until = [&](bool& is_done) {
    while (!is_done) {
      const bool is_forth = wire.carry_forth();
      serve_cycle(wire, sockets.listener(0), is_accepted, is_closed);
      if (!wire.carry_back() && !is_forth) wire.tick();
    }
  };
  carry_until(is_accepted);
  wire.client.close(client, wire.now());
  carry_until(is_closed);
  while (wire.pump()) {
  }
  while (wire.client.next_event()) {
  }
}

// The order in which rr visits its connections.
std::vector<std::uint32_t> visiting_order(const Workload& workload) {
  std::vector<std::uint32_t> order(workload.connections);
  std::iota(order.begin(), order.end(), 0u);
  if (workload.order != "random") return order;
  Rng rng{1};
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

// When a run is over: after so much time, or so many turns.
struct AfterSeconds {
  double seconds;
  bool operator()(std::uint64_t, double passed) const { return passed >= seconds; }
};
struct AfterCount {
  std::uint64_t count;
  bool operator()(std::uint64_t turns, double) const { return turns >= count; }
};

// A run of a workload, after one that makes what stays warm; or of exactly what is to be counted.
// Returns the seconds it took.
template <class Run>
double measure(const Workload& workload, Run& run) {
  if (workload.count > 0) {
    wait_for_others(workload);
    return run(AfterCount{workload.count});
  }
  run(AfterSeconds{0.2});
  wait_for_others(workload);
  return run(AfterSeconds{workload.seconds});
}

double percentile(std::vector<float>& sorted, double part) {
  if (sorted.empty()) return 0;
  const auto position = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1));
  return sorted[position];
}

}  // namespace

Figures bench_crr(const Workload& workload) {
  BenchWire wire{settings_for(workload)};
  BenchSockets sockets{wire, workload.others};
  const std::vector<SocketPair> others = sockets.open(workload.others);
  std::uint64_t cycles = 0, frames = 0;
  const auto run = [&](auto is_over) {
    cycles = 0;
    frames = wire.frames();
    const Clock::time_point start = Clock::now();
    for (double passed = 0; !is_over(cycles, passed);) {
      cycle(wire, sockets);
      if (++cycles % 64 == 0) passed = seconds_since(start);
    }
    frames = wire.frames() - frames;
    return seconds_since(start);
  };
  const double seconds = measure(workload, run);

  Figures figures = parameters(workload);
  figures["others"] = workload.others;
  figures["cycles_per_s"] = static_cast<double>(cycles) / seconds;
  figures["ns_per_cycle"] = seconds * 1e9 / static_cast<double>(cycles);
  figures["frames_per_cycle"] = static_cast<double>(frames) / static_cast<double>(cycles);
  return figures;
}

Figures bench_rr(const Workload& workload) {
  BenchWire wire{settings_for(workload)};
  BenchSockets sockets{wire, workload.connections};
  const std::vector<SocketPair> pairs = sockets.open(workload.connections);
  std::vector<const SocketPair*> visits;
  for (const std::uint32_t index : visiting_order(workload)) visits.push_back(&pairs[index]);

  const std::size_t batch = workload.order == "batched" ? 64 : 1;
  std::vector<float> latencies;
  std::size_t at = 0;
  std::uint64_t transactions = 0;
  const auto run = [&](auto is_over) {
    transactions = 0;
    latencies.clear();
    const Clock::time_point start = Clock::now();
    for (double passed = 0; !is_over(transactions, passed);) {
      if (at >= visits.size()) at = 0;
      const std::size_t count = std::min(batch, visits.size() - at);
      transact(wire, std::span{visits}.subspan(at, count));
      at += count;
      transactions += count;
      if (workload.count > 0) continue;
      const double until = seconds_since(start);
      if (latencies.size() < 10'000'000)
        latencies.push_back(static_cast<float>((until - passed) * 1e6));
      passed = until;
    }
    return seconds_since(start);
  };
  const double seconds = measure(workload, run);

  Figures figures = parameters(workload);
  figures["connections"] = workload.connections;
  figures["order"] = workload.order;
  figures["transactions_per_s"] = static_cast<double>(transactions) / seconds;
  if (workload.count > 0) return figures;
  std::sort(latencies.begin(), latencies.end());
  figures["p50_us"] = percentile(latencies, 0.5);
  figures["p99_us"] = percentile(latencies, 0.99);
  figures["p999_us"] = percentile(latencies, 0.999);
  return figures;
}

}  // namespace acksu::tools
