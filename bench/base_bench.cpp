// What the base room costs: checksums, the keyed hash, timers, the index of connections.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "base/buffer.h"
#include "base/checksum.h"
#include "base/hash_index.h"
#include "base/rng.h"
#include "base/siphash.h"
#include "base/timing_wheel.h"

namespace acksu {
namespace {

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  Rng rng{1};
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
  return bytes;
}

void set_bytes_processed(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

// Arguments: bytes, and the widest vectors allowed.
void every_checksum(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"bytes", "vectors"});
  for (const int bytes : {20, 40, 1460, 65536}) {
    for (int vectors = 0; vectors <= static_cast<int>(widest_vectors()); ++vectors) {
      bench->Args({bytes, vectors});
    }
  }
}

void checksum(benchmark::State& state) {
  const auto bytes = random_bytes(static_cast<std::size_t>(state.range(0)));
  const auto allowed = static_cast<Vectors>(state.range(1));
  for (auto _ : state) {
    benchmark::ClobberMemory();
    benchmark::DoNotOptimize(sum_of(bytes, allowed));
  }
  set_bytes_processed(state, bytes.size());
}
BENCHMARK(checksum)->Apply(every_checksum);

void copy_and_checksum(benchmark::State& state) {
  const auto from = random_bytes(static_cast<std::size_t>(state.range(0)));
  const auto allowed = static_cast<Vectors>(state.range(1));
  std::vector<std::uint8_t> to(from.size());
  for (auto _ : state) {
    benchmark::ClobberMemory();
    benchmark::DoNotOptimize(copy_and_sum(to.data(), from, allowed));
  }
  set_bytes_processed(state, from.size());
}
BENCHMARK(copy_and_checksum)->Apply(every_checksum);

void copy_alone(benchmark::State& state) {
  const auto from = random_bytes(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> to(from.size());
  for (auto _ : state) {
    benchmark::ClobberMemory();
    std::memcpy(to.data(), from.data(), from.size());
  }
  set_bytes_processed(state, from.size());
}
BENCHMARK(copy_alone)->Arg(1460)->Arg(65536);

void siphash_1_3_of_5_words(benchmark::State& state) {
  const SipKey key = Rng{2}.next_key();
  std::uint64_t words[5] = {1, 2, 3, 4, 5};
  for (auto _ : state) words[0] = siphash_1_3(key, words);
  benchmark::DoNotOptimize(words[0]);
}
BENCHMARK(siphash_1_3_of_5_words);

void buffer_allocate_and_free(benchmark::State& state) {
  BufferPool pool;
  for (auto _ : state) benchmark::DoNotOptimize(pool.allocate(1500));
}
BENCHMARK(buffer_allocate_and_free);

// Each with as many timers an hour away as the argument says.
TimingWheel wheel_with(std::int64_t others) {
  TimingWheel wheel;
  Rng rng{3};
  for (std::int64_t i = 0; i < others; ++i) {
    wheel.arm(Instant{1h} + Duration{rng.below(3'600'000'000'000)}, 0);
  }
  return wheel;
}

void timer_arm_and_disarm(benchmark::State& state) {
  TimingWheel wheel = wheel_with(state.range(0));
  for (auto _ : state) wheel.disarm(wheel.arm(Instant{200ms}, 1));
}
BENCHMARK(timer_arm_and_disarm)->Arg(0)->Arg(1'000'000);

void timer_moved_later(benchmark::State& state) {
  TimingWheel wheel = wheel_with(state.range(0));
  const auto id = wheel.arm(Instant{200ms}, 1);
  Instant deadline{200ms};
  for (auto _ : state) wheel.move(id, deadline += 100ns);
}
BENCHMARK(timer_moved_later)->Arg(0)->Arg(1'000'000);

// A timer of 200 ms that fires and is armed again, as time goes on.
void timer_fires(benchmark::State& state) {
  TimingWheel wheel = wheel_with(state.range(0));
  Rng rng{4};
  for (std::uint32_t i = 0; i < 1000; ++i) wheel.arm(Instant{Duration{rng.below(200'000'000)}}, i);
  Instant now{};
  for (auto _ : state) {
    auto owner = wheel.take_due(now);
    while (!owner) {
      now = wheel.next_deadline();
      owner = wheel.take_due(now);
    }
    wheel.arm(now + 200ms, *owner);
  }
}
BENCHMARK(timer_fires)->Arg(0)->Arg(1'000'000);

void next_deadline(benchmark::State& state) {
  const TimingWheel wheel = wheel_with(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(wheel.next_deadline());
}
BENCHMARK(next_deadline)->Arg(1'000'000);

// Looks up random entries among as many as the argument says; the objects are not touched.
void index_find(benchmark::State& state) {
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  std::vector<std::uint64_t> hashes(entries);
  HashIndex index;
  Rng rng{5};
  for (std::uint32_t i = 0; i < entries; ++i) index.insert(hashes[i] = rng.next(), i);
  std::uint32_t wanted = 0;
  for (auto _ : state) {
    wanted = (wanted + 7919) % entries;
    benchmark::DoNotOptimize(
        index.find(hashes[wanted], [wanted](std::uint32_t found) { return found == wanted; }));
  }
  state.counters["bytes_an_entry"] =
      static_cast<double>(index.bytes()) / static_cast<double>(entries);
}
BENCHMARK(index_find)->Arg(1000)->Arg(1'000'000)->Arg(10'000'000);

void index_insert_and_erase(benchmark::State& state) {
  HashIndex index;
  Rng rng{6};
  const auto entries = static_cast<std::uint32_t>(state.range(0));
  for (std::uint32_t i = 0; i < entries; ++i) index.insert(rng.next(), i);
  for (auto _ : state) {
    const std::uint64_t hash = rng.next();
    index.insert(hash, entries);
    index.erase(hash, entries);
  }
}
BENCHMARK(index_insert_and_erase)->Arg(1000)->Arg(1'000'000);

}  // namespace
}  // namespace acksu
