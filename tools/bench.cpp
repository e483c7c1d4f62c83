// acksu bench: how fast the stack is on this machine, two hosts in one thread on an in-memory wire.
#include <cstdio>
#include <memory>
#include <string>

#include "tools/bench_workloads.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

void print_for_people(const Figures& figures) {
  for (const auto& [key, value] : figures.items()) {
    if (value.is_number_float()) {
      std::printf("  %-20s %14.2f\n", key.c_str(), value.get<double>());
    } else {
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      std::printf("  %-20s %14s\n", key.c_str(), text.c_str());
    }
  }
}

Figures run(const Workload& workload) {
  const bool is_counted = workload.name == "crr" || workload.name == "rr";
  if (workload.count > 0 && !is_counted) throw UsageError{"--count is for crr and rr"};
  if (workload.zero_copy && workload.name != "bulk") throw UsageError{"--zero-copy is for bulk"};
  if (workload.shards > 1) {
    if (workload.name == "bulk") return bench_shards(workload, bench_bulk);
    if (workload.name == "crr") return bench_shards(workload, bench_crr);
    if (workload.name == "rr") return bench_shards(workload, bench_rr);
    throw UsageError{"--shards is for bulk, crr and rr"};
  }
  if (workload.name == "bulk") return bench_bulk(workload);
  if (workload.name == "crr") return bench_crr(workload);
  if (workload.name == "rr") return bench_rr(workload);
  if (workload.name == "wait") return bench_wait(workload);
  if (workload.name == "flood") return bench_flood(workload);
  return bench_idle(workload);
}

}  // namespace

void add_bench(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("bench", "Measure speed and memory on an in-memory wire");
  auto workload = std::make_shared<Workload>();
  auto is_json = std::make_shared<bool>(false);
  command->add_option("WORKLOAD", workload->name, "bulk, crr, rr, idle, wait or flood")
      ->required()
      ->check(CLI::IsMember({"bulk", "crr", "rr", "idle", "wait", "flood"}));
  command->add_option("--mtu", workload->mtu, "Bytes of an IP packet")
      ->check(CLI::Range(576, 65535));
  command->add_flag("--gso", workload->gso, "Segments of up to 64 KiB, kept whole on the wire");
  command->add_flag("--zero-copy", workload->zero_copy,
                    "For bulk: share one block of text, and read without copying");
  command->add_option("--connections", workload->connections, "For rr and idle; records for wait")
      ->check(CLI::Range(1, 20'000'000));
  command->add_option("--others", workload->others, "Other connections open during crr")
      ->check(CLI::Range(0, 20'000'000));
  command->add_option("--order", workload->order, "Of the connections in rr")
      ->check(CLI::IsMember({"sequential", "random", "batched"}));
  command->add_option("--flood", workload->flood, "What comes at full speed")
      ->check(CLI::IsMember({"syn", "ack", "rst", "pieces", "fragments"}));
  command
      ->add_option("--shards", workload->shards,
                   "So many at once for bulk, crr and rr, a core each")
      ->check(CLI::Range(1, 64));
  add_congestion_option(*command, workload->congestion);
  CLI::Option* const seconds =
      command->add_option("--seconds", workload->seconds, "How long to measure")
          ->check(CLI::Range(0.1, 600.0));
  command
      ->add_option("--count", workload->count,
                   "Exactly so many cycles of crr, transactions of rr, each with the same steps")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->excludes(seconds);
  command->add_flag("--json", *is_json, "One JSON object a line");
  on_run(*command, [workload, is_json] {
    const Figures figures = run(*workload);
    if (*is_json) {
      std::printf("%s\n", figures.dump().c_str());
    } else {
      print_for_people(figures);
    }
    return 0;
  });
}

}  // namespace acksu::tools
