// Amounts as people write them on a command line. Each function throws UsageError with a sentence
// that says what to write.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace acksu::tools {

inline Duration from_seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{count});
}
inline double in_milliseconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

// "0.05" or "5%" as parts per million; 0 to 1.
std::uint32_t parse_probability(const std::string& text);
// "10ms", "250us", "1.5s"; not negative.
Duration parse_duration(const std::string& text);
// 2 MSL: "30s", "1min", "2min", "4min", or any other time in seconds or as above; at most a day.
Duration parse_time_wait(const std::string& text);
inline constexpr const char* time_wait_help =
    "In TIME-WAIT, 2 MSL: 30s, 1min, 2min, 4min, or another time";
// "10mbit", "1gbit", "64kbit", "9600": bits per second; 0 is no limit.
std::uint64_t parse_rate(const std::string& text);
// "256kB", "1.5MB", "64KiB", "1500B", "1500": bytes; up to 1 GB.
std::uint32_t parse_size(const std::string& text);

}  // namespace acksu::tools
