// The workloads of `acksu bench`, each a function from its parameters to its figures.
#pragma once

#include <barrier>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/congestion_option.h"

namespace acksu::tools {

struct Workload {
  std::string name;
  std::uint32_t mtu = 1500;
  bool gso = false;
  bool zero_copy = false;
  std::uint32_t connections = 1;
  std::uint32_t others = 0;
  std::string order = "sequential";  // or random, batched
  double seconds = 2;
  std::uint64_t count = 0;    // of cycles or transactions, instead of seconds; 0: by time
  std::string flood = "syn";  // or ack, rst, pieces, fragments
  std::string congestion = default_congestion();
  std::uint32_t shards = 1;
  // Of one shard of several: which it is, and where they wait for each other before they measure.
  std::uint32_t shard = 0;
  std::barrier<>* start = nullptr;
};

// One object with the parameters and the figures, under stable keys (see docs/performance.md).
using Figures = nlohmann::ordered_json;

// bench_bulk.cpp
Figures bench_bulk(const Workload& workload);
Figures bench_crr(const Workload& workload);
Figures bench_rr(const Workload& workload);
Figures bench_idle(const Workload& workload);
// bench_records.cpp
Figures bench_wait(const Workload& workload);
// bench_shards.cpp: one of the first three on each of several shards at once, a thread each.
Figures bench_shards(const Workload& workload, Figures (*bench)(const Workload&));
// bench_flood.cpp
Figures bench_flood(const Workload& workload);

}  // namespace acksu::tools
