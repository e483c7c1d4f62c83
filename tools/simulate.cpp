// acksu simulate: random worlds by seed. One seed gives its report; many seeds give a summary, or
// the one command that replays the first broken promise.
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/path_model.h"
#include "sim/random_world.h"
#include "sim/recorder.h"
#include "sim/swarm.h"
#include "tools/commands.h"
#include "tools/output.h"
#include "tools/shrink.h"

namespace acksu::tools {
namespace {

using sim::RandomWorld;

// With so many seeds every row of the state table must have been visited.
constexpr std::uint64_t seeds_for_every_row = 10'000;

struct SimulateArguments {
  std::optional<std::uint64_t> seed;
  std::string seeds;  // FROM:TO
  std::string shard;  // I/N
  std::string out;
  std::string pcap;
  std::string path;  // one of path_model_names; empty: as the seed says
  std::uint64_t most_events = RandomWorld::default_most_events;
  std::string only;  // numbers of decisions
  bool is_swarm = false;
  bool is_shrunk = false;
  bool is_digest = false;
};

struct Pair {
  std::uint64_t first = 0, second = 0;
};

// "0:10000" with ':' between the numbers.
Pair parse_pair(std::string_view text, char between, const char* mistake) {
  Pair pair;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, pair.first);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != between)
    throw UsageError{mistake};
  const auto second = std::from_chars(first.ptr + 1, end, pair.second);
  if (second.ec != std::errc{} || second.ptr != end) throw UsageError{mistake};
  return pair;
}

sim::Roll roll_of(std::uint64_t seed, const SimulateArguments& arguments) {
  if (arguments.is_swarm) return sim::swarm_roll(seed);
  if (arguments.path.empty()) return sim::roll(seed);
  return sim::roll(seed, *sim::path_model_named(arguments.path));
}

// What runs that world again.
std::string command_for(std::uint64_t seed, const SimulateArguments& arguments) {
  std::string command = "acksu simulate " + std::to_string(seed);
  if (arguments.is_swarm) command += " --swarm";
  if (!arguments.path.empty()) command += " --path " + arguments.path;
  if (arguments.most_events != RandomWorld::default_most_events) {
    command += " --most-events " + std::to_string(arguments.most_events);
  }
  return command;
}

[[noreturn]] void fail_to_write(const std::string& path) {
  throw std::runtime_error{"cannot write to " + path + ": " + std::strerror(errno)};
}

std::ofstream open_file(const std::string& path) {
  std::ofstream file{path, std::ios::binary};
  if (!file) fail_to_write(path);
  return file;
}

// ---- One seed

int run_one(const SimulateArguments& arguments) {
  RandomWorld world{roll_of(*arguments.seed, arguments)};
  world.set_most_events(arguments.most_events);
  sim::FrameDigest digest;
  sim::Capture capture{world.world()};
  sim::Watchers watchers;
  watchers.add(&digest);
  if (!arguments.pcap.empty()) watchers.add(&capture);
  world.world().watch(&watchers);
  const bool is_kept = world.run();

  if (!arguments.pcap.empty()) {
    write_file(arguments.pcap, capture.bytes().data(), capture.bytes().size());
  }
  std::FILE* const told = arguments.pcap == "-" ? stderr : stdout;
  if (arguments.is_digest) {
    std::fprintf(told, "%016" PRIx64 "\n", digest.value());
  } else {
    std::fputs(world.report().c_str(), told);
  }
  return is_kept ? 0 : 1;
}

// ---- Many seeds

struct Summary {
  std::uint64_t seeds = 0, events = 0, frames = 0, bytes_read = 0, retransmissions = 0;
  std::array<std::uint64_t, tcp::rows.size()> visits{};
  std::array<std::uint64_t, sim::ways> by_way{};
  std::array<std::uint64_t, sim::families> by_family{};
  std::uint64_t with_both = 0;  // families
  std::vector<std::uint64_t> with_feature = std::vector<std::uint64_t>(sim::feature_count());
  Digest digest;
};

std::uint64_t bytes_read(const RandomWorld& world) {
  std::uint64_t bytes = 0;
  for (sim::HostId id = 0; id < world.talkers(); ++id) {
    for (const sim::Exchange& exchange : world.traffic(id).exchanges()) bytes += exchange.read;
  }
  return bytes;
}

std::uint64_t retransmissions(const RandomWorld& world) {
  std::uint64_t count = 0;
  for (sim::HostId id = 0; id < world.talkers(); ++id) {
    count += world.world().host(id).counters().tcp.retransmitted_segments;
  }
  return count;
}

nlohmann::ordered_json line_of(const RandomWorld& world, const sim::FrameDigest& digest) {
  nlohmann::ordered_json line{{"seed", world.rolled().seed},
                              {"kind", name(world.rolled().kind)},
                              {"way", name(way_of(world.rolled().topology))},
                              {"family", name(world.rolled().family)},
                              {"hosts", world.world().host_count()},
                              {"gentle", world.rolled().is_gentle},
                              {"kept", !world.violation()},
                              {"virtual_ns", nanoseconds(world.world().now())},
                              {"events", world.world().events()},
                              {"frames", digest.frames()},
                              {"bytes_read", bytes_read(world)},
                              {"retransmissions", retransmissions(world)},
                              {"digest", digest.value()}};
  if (world.violation()) line["broken"] = to_string(*world.violation());
  return line;
}

void add(Summary& summary, const RandomWorld& world, const sim::FrameDigest& digest) {
  ++summary.seeds;
  summary.events += world.world().events();
  summary.frames += digest.frames();
  summary.bytes_read += bytes_read(world);
  summary.retransmissions += retransmissions(world);
  summary.digest.add(digest.value());
  const sim::Topology& topology = world.rolled().topology;
  ++summary.by_way[static_cast<std::size_t>(way_of(topology))];
  ++summary.by_family[static_cast<std::size_t>(world.rolled().family)];
  if (topology.has_v4 && topology.has_v6) ++summary.with_both;
  const std::vector<bool>& features = world.rolled().features;
  for (std::size_t i = 0; i < features.size(); ++i) {
    if (features[i]) ++summary.with_feature[i];
  }
  const auto visits = visited_rows(world.world());
  for (std::size_t row = 0; row < visits.size(); ++row) summary.visits[row] += visits[row];
}

// How many rows were never visited.
int print_rows(const Summary& summary) {
  int missing = 0;
  for (std::size_t row = 0; row < summary.visits.size(); ++row) {
    if (summary.visits[row] == 0) {
      ++missing;
      std::printf("%10s  %s\n", "never", tcp::to_string(tcp::rows[row]).c_str());
    } else {
      std::printf("%10" PRIu64 "  %s\n", summary.visits[row],
                  tcp::to_string(tcp::rows[row]).c_str());
    }
  }
  std::printf("%zu rows of the state table, %d never visited\n", summary.visits.size(), missing);
  return missing;
}

// "over a cable 552, switches 113, ...; by IPv4 721, IPv6 279 (151 with both)"
void print_ways(const Summary& summary) {
  std::printf("seeds over");
  for (std::size_t i = 0; i < sim::ways; ++i) {
    std::printf("%s %s %" PRIu64, i == 0 ? "" : ",", name(static_cast<sim::Way>(i)),
                summary.by_way[i]);
  }
  std::printf("; by");
  for (std::size_t i = 0; i < sim::families; ++i) {
    std::printf("%s %s %" PRIu64, i == 0 ? "" : ",", name(static_cast<sim::Family>(i)),
                summary.by_family[i]);
  }
  std::printf(" (%" PRIu64 " with both)\n", summary.with_both);
}

void print_features(const Summary& summary) {
  for (std::size_t i = 0; i < summary.with_feature.size(); ++i) {
    std::printf("%10" PRIu64 "  seeds with %s\n", summary.with_feature[i], sim::feature_name(i));
  }
}

class Runs {
 public:
  explicit Runs(const SimulateArguments& arguments) : arguments_(arguments) {
    const char* seeds_mistake = "--seeds wants FROM:TO, such as 0:10000";
    const char* shard_mistake = "--shard wants I/N with I below N, such as 0/4";
    range_ = parse_pair(arguments.seeds, ':', seeds_mistake);
    if (range_.first >= range_.second) throw UsageError{seeds_mistake};
    if (!arguments.shard.empty()) shard_ = parse_pair(arguments.shard, '/', shard_mistake);
    if (shard_.first >= shard_.second) throw UsageError{shard_mistake};
    if (!arguments.out.empty()) out_ = open_file(arguments.out);
  }

  int run() {
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t seed = range_.first; seed < range_.second; ++seed) {
      if (seed % shard_.second == shard_.first && !run_seed(seed)) return 1;
    }
    if (out_.is_open()) out_.close();
    if (!out_) fail_to_write(arguments_.out);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (arguments_.is_digest) {
      std::printf("%016" PRIx64 "\n", summary_.digest.value());
      return 0;
    }
    const int missing = print_rows(summary_);
    if (arguments_.is_swarm) print_features(summary_);
    print_ways(summary_);
    std::printf(
        "%" PRIu64 " seeds in %.1f s (%.0f a second): %" PRIu64 " events, %" PRIu64
        " frames, %" PRIu64 " bytes read, %" PRIu64 " retransmissions; every promise was kept\n",
        summary_.seeds, seconds.count(), static_cast<double>(summary_.seeds) / seconds.count(),
        summary_.events, summary_.frames, summary_.bytes_read, summary_.retransmissions);
    const bool must_visit_all = arguments_.path.empty() && summary_.seeds >= seeds_for_every_row;
    return missing > 0 && must_visit_all ? 1 : 0;
  }

 private:
  bool run_seed(std::uint64_t seed) {
    RandomWorld world{roll_of(seed, arguments_)};
    world.set_most_events(arguments_.most_events);
    sim::FrameDigest digest;
    world.world().watch(&digest);
    const bool is_kept = world.run();
    add(summary_, world, digest);
    if (out_.is_open()) out_ << line_of(world, digest).dump() << '\n';
    if (!out_) fail_to_write(arguments_.out);
    if (is_kept) return true;
    std::printf("BROKEN: %s\nreplay it with\n  %s\n", to_string(*world.violation()).c_str(),
                command_for(seed, arguments_).c_str());
    return false;
  }

  Pair range_;
  Pair shard_{0, 1};
  std::ofstream out_;
  const SimulateArguments& arguments_;
  Summary summary_;
};

}  // namespace

void add_simulate(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("simulate", "Run random worlds by seed and check every promise");
  auto arguments = std::make_shared<SimulateArguments>();
  command->add_option("SEED", arguments->seed, "Run this one and print its report");
  command->add_option("--seeds", arguments->seeds, "FROM:TO  Run these, TO not included");
  command->add_option("--shard", arguments->shard,
                      "I/N  Of these only each N-th, from the I-th on");
  command->add_option("--out", arguments->out, "FILE  One JSON object a line and seed");
  command->add_option("--path", arguments->path, "The client's cable has this trouble and no other")
      ->check(CLI::IsMember(
          std::vector<std::string>(sim::path_model_names.begin(), sim::path_model_names.end())));
  command->add_flag("--swarm", arguments->is_swarm,
                    "Draw for each seed which features are on, and let all others be off");
  command->add_flag(
      "--shrink", arguments->is_shrunk,
      "Find a shortest list of what must go wrong for this seed to break its promise");
  command->add_option(
      "--only", arguments->only,
      "LIST  Of all that chance decides only these numbers, as --shrink prints them");
  command->add_option("--pcap", arguments->pcap,
                      "FILE  Capture both hosts' links (one seed); - is standard output");
  command->add_option("--most-events", arguments->most_events,
                      "N  A world that has not come to rest after so many is broken");
  command->add_flag("--digest", arguments->is_digest, "Print only the digest of all frames");
  on_run(*command, [arguments] {
    const bool is_many = !arguments->seeds.empty();
    if (is_many == arguments->seed.has_value()) {
      throw UsageError{"give one seed, or --seeds FROM:TO"};
    }
    if (arguments->is_swarm && !arguments->path.empty()) {
      throw UsageError{"--swarm draws paths, too: leave --path away"};
    }
    if (is_many && !arguments->pcap.empty()) throw UsageError{"--pcap goes with one seed"};
    if (!is_many && !arguments->out.empty()) throw UsageError{"--out goes with --seeds"};
    if (!is_many && !arguments->shard.empty()) throw UsageError{"--shard goes with --seeds"};
    if (arguments->is_shrunk || !arguments->only.empty()) {
      if (is_many) throw UsageError{"--shrink and --only go with one seed"};
      const Shrinking one{roll_of(*arguments->seed, *arguments), arguments->most_events,
                          command_for(*arguments->seed, *arguments), arguments->only};
      return arguments->is_shrunk ? shrink(one) : run_only(one);
    }
    return is_many ? Runs{*arguments}.run() : run_one(*arguments);
  });
}

}  // namespace acksu::tools
