// What the benchmarks measure with: the clock, and the memory of this process.
#pragma once

#include <chrono>
#include <cstdint>

namespace acksu::tools {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start);
// Bytes that the program has asked of the heap and not given back; bytes that are in memory.
std::uint64_t heap_bytes();
std::uint64_t resident_bytes();

}  // namespace acksu::tools
