// Decimal numbers with units, read without rounding surprises.
#include "tools/amounts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "tcp/settings.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// "12.5" times `factor`, cut to a whole number; nothing for what is no decimal, or too large.
std::optional<std::uint64_t> scaled(std::string_view text, std::uint64_t factor) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = point < text.size() ? text.substr(point + 1) : std::string_view{};
  const auto is_digits = [](std::string_view digits) {
    return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!is_digits(whole) || !is_digits(part) || whole.size() + part.size() == 0) return {};
  std::uint64_t number = 0;
  if (!whole.empty()) {
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), number);
    if (error != std::errc{} || number > (~0ull >> 1) / factor) return {};
  }
  number *= factor;
  for (const char digit : part) {
    factor /= 10;
    number += factor * static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

template <std::size_t count>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, count>& units) {
  for (const Unit& unit : units) {
    if (text.ends_with(unit.name)) {
      return scaled(text.substr(0, text.size() - unit.name.size()), unit.factor);
    }
  }
  return {};
}

}  // namespace

std::uint32_t parse_probability(const std::string& text) {
  constexpr std::array units{Unit{"%", 10'000}, Unit{"", 1'000'000}};
  const std::optional<std::uint64_t> parts = parse(text, units);
  if (!parts || *parts > 1'000'000) {
    throw UsageError{"'" + text +
                     "' is no probability; write a number from 0 to 1, such as 0.05, or "
                     "5%"};
  }
  return static_cast<std::uint32_t>(*parts);
}

Duration parse_duration(const std::string& text) {
  constexpr std::array units{Unit{"ns", 1}, Unit{"us", 1'000}, Unit{"ms", 1'000'000},
                             Unit{"s", 1'000'000'000}};
  const std::optional<std::uint64_t> count = parse(text, units);
  constexpr std::uint64_t longest = 86'400'000'000'000;
  if (!count || *count > longest) {
    throw UsageError{"'" + text + "' is no time up to a day; write it with its unit, such as 10ms"};
  }
  return Duration{static_cast<std::int64_t>(*count)};
}

Duration parse_time_wait(const std::string& text) {
  for (const tcp::TimeWaitPreset& preset : tcp::time_wait_presets) {
    if (text == preset.name) return preset.total;
  }
  constexpr std::array units{Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000},
                             Unit{"", 1'000'000'000}};
  const std::optional<std::uint64_t> time = parse(text, units);
  constexpr auto longest = static_cast<std::uint64_t>(nanoseconds(24h));
  if (!time || *time > longest) {
    throw UsageError{"'" + text +
                     "' is no time in TIME-WAIT; write 30s, 1min, 2min, 4min, or "
                     "seconds up to 86400"};
  }
  return Duration{static_cast<std::int64_t>(*time)};
}

std::uint64_t parse_rate(const std::string& text) {
  constexpr std::array units{Unit{"gbit", 1'000'000'000}, Unit{"mbit", 1'000'000},
                             Unit{"kbit", 1'000}, Unit{"", 1}};
  const std::optional<std::uint64_t> rate = parse(text, units);
  if (!rate) throw UsageError{"'" + text + "' is no rate; write bits per second, such as 10mbit"};
  return *rate;
}

std::uint32_t parse_size(const std::string& text) {
  constexpr std::array units{Unit{"KiB", 1'024},    Unit{"MiB", 1'048'576}, Unit{"kB", 1'000},
                             Unit{"MB", 1'000'000}, Unit{"B", 1},           Unit{"", 1}};
  const std::optional<std::uint64_t> bytes = parse(text, units);
  constexpr std::uint64_t most = 1'000'000'000;
  if (!bytes || *bytes > most) {
    throw UsageError{"'" + text + "' is no size up to 1000MB; write bytes, such as 256kB"};
  }
  return static_cast<std::uint32_t>(*bytes);
}

}  // namespace acksu::tools
