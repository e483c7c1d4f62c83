// Several shards at once: each thread has a client and a server of its own, which are shards of one
// client and of one server; all connections lead back to their thread, because ports were chosen
// so.
#include <future>
#include <vector>

#include "tools/bench_workloads.h"

namespace acksu::tools {
namespace {

// What is added up.
const char* rate_of(const std::string& workload) {
  if (workload == "bulk") return "gbit_per_s";
  return workload == "crr" ? "cycles_per_s" : "transactions_per_s";
}

}  // namespace

Figures bench_shards(const Workload& workload, Figures (*bench)(const Workload&)) {
  std::barrier<> start{workload.shards};
  std::vector<std::future<Figures>> running;
  for (std::uint32_t shard = 0; shard < workload.shards; ++shard) {
    running.push_back(std::async(std::launch::async, [&, shard] {
      Workload its = workload;
      its.shard = shard;
      its.start = &start;
      try {
        return bench(its);
      } catch (...) {
        start.arrive_and_drop();
        throw;
      }
    }));
  }
  const char* const rate = rate_of(workload.name);
  Figures each = Figures::array();
  double sum = 0;
  for (std::future<Figures>& one : running) {
    const double its = one.get().at(rate).get<double>();
    each.push_back(its);
    sum += its;
  }
  Figures figures{{"workload", workload.name}, {"shards", workload.shards}};
  figures[rate] = sum;
  figures["each"] = each;
  return figures;
}

}  // namespace acksu::tools
