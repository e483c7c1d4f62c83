// What more than one workload of `acksu bench` does.
#pragma once

#include <span>

#include "tools/bench_sockets.h"
#include "tools/bench_workloads.h"

namespace acksu::tools {

BenchSettings settings_for(const Workload& workload);
// Figures that begin with what was asked for.
Figures parameters(const Workload& workload);
// All shards begin to measure at once.
void wait_for_others(const Workload& workload);
// Reads all that is there; returns the bytes.
std::uint32_t drain(Host& host, Handle socket, MutableBytes buffer, Instant now);
// Requests on all of these connections, then their responses.
void transact(BenchWire& wire, std::span<const SocketPair* const> batch);

}  // namespace acksu::tools
