// What a route costs: to find among many, to insert and remove, and to hold in memory.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "host/route_table.h"

namespace acksu {
namespace {

RouteTarget some_target(Rng& rng) {
  return {.link = static_cast<LinkId>(rng.below(8)),
          .next_hop = IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(rng.below(64)))};
}

// Lengths roughly as in the Internet's own table: three of five are /24, the rest mostly /16../23.
Prefix internet_v4(Rng& rng) {
  const std::uint64_t kind = rng.below(100);
  const std::uint64_t length = kind < 60   ? 24
                               : kind < 95 ? rng.between(19, 23)
                                           : rng.between(8, 18);
  // From 1.0.0.0 to 223.255.255.255.
  const auto address = static_cast<std::uint32_t>(rng.between(1u << 24, (224ull << 24) - 1));
  return {IpAddress::v4(address), static_cast<std::uint8_t>(length)};
}

// Every length and address alike, which no real table is.
Prefix uniform_v4(Rng& rng) {
  return {IpAddress::v4(static_cast<std::uint32_t>(rng.next())),
          static_cast<std::uint8_t>(rng.between(8, 32))};
}

// Half are /48, within 50,000 allocations of /32 or /29 that lie near each other.
Prefix internet_v6(Rng& rng) {
  const std::uint64_t block = rng.below(50'000);
  const std::uint64_t high = (0x2001ull << 48) + ((block * 8) << 32);
  const std::uint64_t inside = rng.next() & 0x7'ffff'ffffull;
  const std::uint64_t kind = rng.below(100);
  const std::uint64_t length = kind < 50   ? 48
                               : kind < 75 ? rng.between(40, 47)
                               : kind < 95 ? rng.between(29, 39)
                                           : 64;
  return {IpAddress{high + inside, 0}, static_cast<std::uint8_t>(length)};
}

using Generator = Prefix (*)(Rng&);

RouteTable table_of(std::size_t routes, Generator generate, std::vector<IpAddress>& inside) {
  Rng rng{1};
  RouteTable table;
  table.insert({IpAddress::v4(0), 0}, {});
  table.insert({IpAddress{}, 0}, {});
  while (table.size() < routes) {
    const Prefix prefix = generate(rng);
    if (table.insert(prefix, some_target(rng))) inside.push_back(prefix.address);
  }
  return table;
}

// Looks for random addresses that lie in routes, in an order that no cache expects. Each lookup
// begins where the one before ended, so that the time is that of one and not of many at once.
void find(benchmark::State& state, Generator generate) {
  std::vector<IpAddress> addresses;
  const RouteTable table = table_of(static_cast<std::size_t>(state.range(0)), generate, addresses);
  Rng rng{2};
  for (std::size_t i = addresses.size(); i > 1; --i) {
    std::swap(addresses[i - 1], addresses[rng.below(i)]);
  }
  std::size_t at = 0;
  for (auto _ : state) {
    const RouteTarget* found = table.find(addresses[at]);
    at += 1 + (found->metric & 1);  // the metric is 0
    if (at >= addresses.size()) at = 0;
  }
  state.counters["bytes_a_route"] =
      static_cast<double>(table.bytes()) / static_cast<double>(table.size());
}
BENCHMARK_CAPTURE(find, v4, internet_v4)->Arg(1000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(find, v4_uniform, uniform_v4)->Arg(1'000'000);
BENCHMARK_CAPTURE(find, v6, internet_v6)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

// The same in bursts of 32, as packets come: the processor overlaps what does not depend on each
// other. The time is that of one lookup.
void find_in_bursts(benchmark::State& state, Generator generate) {
  constexpr std::size_t burst = 32;
  std::vector<IpAddress> addresses;
  const RouteTable table = table_of(static_cast<std::size_t>(state.range(0)), generate, addresses);
  Rng rng{2};
  for (std::size_t i = addresses.size(); i > 1; --i) {
    std::swap(addresses[i - 1], addresses[rng.below(i)]);
  }
  std::size_t at = 0;
  while (state.KeepRunningBatch(burst)) {
    std::uint32_t links = 0;
    for (std::size_t i = 0; i < burst; ++i) links += table.find(addresses[at + i])->link;
    benchmark::DoNotOptimize(links);
    at += burst;
    if (at + burst > addresses.size()) at = 0;
  }
}
BENCHMARK_CAPTURE(find_in_bursts, v4, internet_v4)->Arg(1'000'000);
BENCHMARK_CAPTURE(find_in_bursts, v6, internet_v6)->Arg(1'000'000);

void insert_and_remove(benchmark::State& state, Generator generate) {
  std::vector<IpAddress> addresses;
  RouteTable table = table_of(static_cast<std::size_t>(state.range(0)), generate, addresses);
  Rng rng{3};
  for (auto _ : state) {
    const Prefix prefix = generate(rng);
    if (table.insert(prefix, {.metric = 1'000'000})) table.remove(prefix, 1'000'000);
  }
}
BENCHMARK_CAPTURE(insert_and_remove, v4, internet_v4)->Arg(1'000'000);
BENCHMARK_CAPTURE(insert_and_remove, v6, internet_v6)->Arg(1'000'000);

}  // namespace
}  // namespace acksu
