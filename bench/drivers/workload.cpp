// The words of `acksu bench`, its loops and its figures, for peers written in C++.
#include "bench/drivers/workload.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

namespace acksu::peers {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// ---- The command line

std::uint32_t number_of(const std::string& word) {
  std::size_t end = 0;
  const unsigned long number = std::stoul(word, &end);
  if (end != word.size() || number > 20'000'000) throw std::invalid_argument(word);
  return static_cast<std::uint32_t>(number);
}

void take_option(Workload& workload, const std::string& option, const std::string& word) {
  if (option == "--mtu") {
    workload.mtu = number_of(word);
  } else if (option == "--connections") {
    workload.connections = std::max(number_of(word), 1u);
  } else if (option == "--others") {
    workload.others = number_of(word);
  } else if (option == "--order" &&
             (word == "sequential" || word == "random" || word == "batched")) {
    workload.order = word;
  } else if (option == "--seconds") {
    workload.seconds = std::stod(word);
  } else {
    throw std::invalid_argument(option);
  }
}

Workload read_words(std::span<char*> words) {
  Workload workload;
  if (words.size() < 2) throw std::invalid_argument("no workload");
  workload.name = words[1];
  const std::array names{"bulk", "crr", "rr", "idle"};
  if (std::find(names.begin(), names.end(), workload.name) == names.end())
    throw std::invalid_argument(workload.name);
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string option = words[i];
    if (option == "--json") continue;
    if (option == "--gso") {
      workload.gso = true;
    } else if (i + 1 < words.size()) {
      take_option(workload, option, words[++i]);
    } else {
      throw std::invalid_argument(option);
    }
  }
  return workload;
}

// ---- Measuring: as `acksu bench` does it, a fifth of a second before, which does not count

using Figures = std::vector<std::pair<const char*, double>>;

// Repeats `turn`, which is told the seconds since the beginning and returns how much it did; the
// sum by the seconds it took.
template <typename Turn>
double rate_of(double seconds, Turn turn) {
  double rate = 0;
  for (const double limit : {0.2, seconds}) {
    double done = 0, passed = 0;
    for (const Clock::time_point start = Clock::now(); passed < limit;
         passed = seconds_since(start))
      done += turn(passed);
    rate = done / passed;
  }
  return rate;
}

Figures bulk(Peer& peer, const Workload& workload) {
  peer.open(1);
  const double rate = rate_of(workload.seconds, [&](double) {
    double bytes = 0;
    for (int i = 0; i < 16; ++i) bytes += peer.pour();
    return bytes;
  });
  return {{"mtu", workload.mtu}, {"gbit_per_s", rate * 8e-9}, {"ns_per_1460", 1460e9 / rate}};
}

Figures crr(Peer& peer, const Workload& workload) {
  peer.open(workload.others);
  const double rate = rate_of(workload.seconds, [&](double) {
    for (int i = 0; i < 64; ++i) peer.cycle();
    return 64;
  });
  return {{"others", workload.others}, {"cycles_per_s", rate}, {"ns_per_cycle", 1e9 / rate}};
}

std::vector<std::uint32_t> visits_of(const Workload& workload) {
  std::vector<std::uint32_t> visits(workload.connections);
  std::iota(visits.begin(), visits.end(), 0u);
  if (workload.order != "random") return visits;
  std::uint64_t state = 1;
  for (std::size_t i = visits.size(); i > 1; --i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    std::swap(visits[i - 1], visits[(state >> 33) % i]);
  }
  return visits;
}

double percentile(const std::vector<float>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

Figures rr(Peer& peer, const Workload& workload) {
  peer.open(workload.connections);
  const std::vector<std::uint32_t> visits = visits_of(workload);
  const std::size_t batch = workload.order == "batched" ? 64 : 1;
  std::vector<float> latencies;
  latencies.reserve(1'000'000);
  std::size_t at = 0;
  double before = 0;
  const double rate = rate_of(workload.seconds, [&](double passed) {
    if (passed > before && latencies.size() < latencies.capacity())
      latencies.push_back(static_cast<float>((passed - before) * 1e6));
    before = passed;
    if (at >= visits.size()) at = 0;
    const std::size_t count = std::min(batch, visits.size() - at);
    peer.transact(std::span{visits}.subspan(at, count));
    at += count;
    return static_cast<double>(count);
  });
  std::sort(latencies.begin(), latencies.end());
  return {{"connections", workload.connections},
          {"transactions_per_s", rate},
          {"p50_us", percentile(latencies, 0.5)},
          {"p99_us", percentile(latencies, 0.99)}};
}

Figures idle(Peer& peer, const Workload& workload) {
  const Clock::time_point start = Clock::now();
  peer.open(workload.connections);
  return {{"connections", workload.connections},
          {"open_s", seconds_since(start)},
          {"bytes_per_end", peer.bytes_per_end()}};
}

Figures measure(Peer& peer, const Workload& workload) {
  if (workload.name == "bulk") return bulk(peer, workload);
  if (workload.name == "crr") return crr(peer, workload);
  if (workload.name == "rr") return rr(peer, workload);
  return idle(peer, workload);
}

}  // namespace

int run_peer(std::span<char*> words, std::unique_ptr<Peer> (*make)(Workload&)) {
  Workload workload;
  try {
    workload = read_words(words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "what is '%s'? The words are those of `acksu bench`.\n", error.what());
    return 2;
  }
  try {
    const std::unique_ptr<Peer> peer = make(workload);
    const Figures figures = measure(*peer, workload);
    std::printf("{\"workload\":\"%s\"", workload.name.c_str());
    for (const auto& [key, value] : figures) std::printf(",\"%s\":%.10g", key, value);
    std::printf("}\n");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace acksu::peers
