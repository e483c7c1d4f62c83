// What an ACK costs: with a window of so many segments, of which each nth was lost (0: none); from
// a peer that acknowledges every second octet; and what a segment costs a receiver whose every
// second octet comes.
#include <benchmark/benchmark.h>

#include <chrono>

#include "tcp/lone_test.h"
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

// SECURITY C2: the window's every second octet was acknowledged so many times before.
void ack_of_every_second_octet(benchmark::State& state) {
  Settings settings;
  settings.send_buffer = 1 << 20;
  Lone end({.sack = true, .window = 60'000}, settings);
  end.establish();
  end.write(60'000);
  end.hear_said();
  const auto outstanding = static_cast<std::uint32_t>(end.info().snd.nxt - Seq{Lone::ours});
  std::uint32_t place = 1;
  const auto sack = [&] {
    place = place + 3 >= outstanding ? 1 : place + 2;
    Segment ack = end.segment("ACK", 0, 0);
    ack.options.sack.push_back({Seq{Lone::ours} + place, Seq{Lone::ours} + place + 1});
    end.hear(ack);
    benchmark::DoNotOptimize(end.hear_said().size());
  };
  for (std::int64_t i = 0; i < state.range(0) * outstanding / 2; ++i) sack();
  for (auto _ : state) sack();
}
BENCHMARK(ack_of_every_second_octet)->Arg(0)->Arg(1)->Arg(10);

// SECURITY C3: after so many of them.
void segment_of_every_second_octet(benchmark::State& state) {
  Settings settings;
  settings.receive_buffer = 1 << 20;
  Lone end({.sack = true}, settings);
  end.establish();
  std::int64_t place = 1;
  const auto send = [&] {
    place = place >= 60'000 ? 1 : place + 2;
    end.hear("ACK", place, 0, 1);
    benchmark::DoNotOptimize(end.hear_said().size());
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) send();
  for (auto _ : state) send();
}
BENCHMARK(segment_of_every_second_octet)->Arg(100)->Arg(10'000)->Arg(1'000'000);

}  // namespace
}  // namespace acksu::tcp
