// Times as text.
#include "sim/words.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace acksu::sim {

std::string to_text(Duration duration) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  static constexpr std::array units{
      Unit{3'600'000'000'000, "h"}, Unit{60'000'000'000, "min"}, Unit{1'000'000'000, "s"},
      Unit{1'000'000, "ms"},        Unit{1'000, "us"},           Unit{1, "ns"},
  };
  if (duration == forever) return "for ever";
  for (const Unit& unit : units) {
    const std::int64_t count = nanoseconds(duration);
    if (count != 0 && count % unit.nanoseconds == 0) {
      return std::to_string(count / unit.nanoseconds) + unit.name;
    }
  }
  return "0s";
}

std::string to_text(Instant instant) {
  if (instant == never) return "never";
  const std::int64_t microseconds = nanoseconds(instant) / 1000;
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%lld.%06lld",
                static_cast<long long>(microseconds / 1'000'000),
                static_cast<long long>(microseconds % 1'000'000));
  return text.data();
}

}  // namespace acksu::sim
