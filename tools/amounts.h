// Amounts as people write them on a command line. Each function throws UsageError with a sentence
// that says what to write.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace acksu::tools {

// "0.05" as parts per million; 0 to 1.
std::uint32_t parse_probability(const std::string& text);
// "10ms", "250us", "1.5s"; not negative.
Duration parse_duration(const std::string& text);
// "10mbit", "1gbit", "64kbit", "9600": bits per second; 0 is no limit.
std::uint64_t parse_rate(const std::string& text);

}  // namespace acksu::tools
