// What an ACK costs: with a window of so many segments, of which each nth was lost (0: none).
#include <benchmark/benchmark.h>

#include <chrono>

#include "tcp/wide_window_test.h"

namespace acksu::tcp {
namespace {

constexpr std::size_t batch = 500;  // what the peer does is not measured

void ack_of_a_wide_window(benchmark::State& state) {
  std::uint64_t count = 0;
  for (auto _ : state) {
    WideWindow window(static_cast<std::uint32_t>(state.range(0)),
                      static_cast<std::uint32_t>(state.range(1)));
    double seconds = 0;
    for (auto acks = window.acks(batch); !acks.empty(); acks = window.acks(batch)) {
      const auto begin = std::chrono::steady_clock::now();
      for (Segment& ack : acks) window.hear(ack);
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      seconds += taken.count();
      count += acks.size();
    }
    state.SetIterationTime(seconds);
  }
  using benchmark::Counter;
  state.counters["per_ack"] =
      Counter(static_cast<double>(count), Counter::kIsRate | Counter::kInvert);
}
BENCHMARK(ack_of_a_wide_window)
    ->Args({1'000, 0})
    ->Args({1'000, 10})
    ->Args({100'000, 0})
    ->Args({100'000, 10})
    ->UseManualTime();

}  // namespace
}  // namespace acksu::tcp
