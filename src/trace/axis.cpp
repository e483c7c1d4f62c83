// Axes in whole numbers.
#include "trace/axis.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "trace/text.h"

namespace acksu::trace {
namespace {

constexpr std::int64_t highest_power = 1'000'000'000'000'000'000;

// What an axis can show: the distance of two such values is a number, too.
constexpr std::int64_t farthest = std::int64_t{1} << 61;

// So far outside of the picture a value may stand.
constexpr Tenths beyond = 20'000;

AxisUnit largest_fitting(const AxisUnit* units, std::size_t count, std::int64_t largest) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < count && units[i].size <= largest; ++i) best = i;
  return units[best];
}

bool is_power_of_ten(std::int64_t number) {
  while (number % 10 == 0) number /= 10;
  return number == 1;
}

}  // namespace

std::int64_t nice_step(std::int64_t value) {
  for (std::int64_t power = 1;; power *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) {
      if (power * factor >= value) return power * factor;
    }
    if (power == highest_power) return 5 * power;
  }
}

std::int64_t scaled_log2(std::int64_t value) {
  if (value <= 1) return 0;
  std::uint64_t x = static_cast<std::uint64_t>(value);
  int whole = 0;
  for (std::uint64_t rest = x; rest > 1; rest >>= 1) ++whole;
  // x in [2^31, 2^32): squaring it doubles its logarithm, which gives one digit more.
  x = whole > 31 ? x >> (whole - 31) : x << (31 - whole);
  std::int64_t result = whole;
  for (int digit = 0; digit < 16; ++digit) {
    x = (x * x) >> 31;
    const bool is_set = x >= std::uint64_t{1} << 32;
    if (is_set) x >>= 1;
    result = result * 2 + (is_set ? 1 : 0);
  }
  return result;
}

Axis::Axis(Range range, Tenths start, Tenths end, bool is_logarithmic)
    : range_(range), start_(start), end_(end), is_logarithmic_(is_logarithmic) {
  range_.from = std::clamp(range_.from, -farthest, farthest);
  range_.to = std::clamp(range_.to, range_.from + 1, farthest + 1);
}

std::int64_t Axis::place(std::int64_t value) const {
  return is_logarithmic_ ? scaled_log2(value) : value;
}

Tenths Axis::at(std::int64_t value) const {
  std::int64_t span = place(range_.to) - place(range_.from);
  std::int64_t way = place(std::clamp(value, -farthest, farthest)) - place(range_.from);
  if (span <= 0) return start_;
  while (span > std::int64_t{1} << 40) {
    span /= 2;
    way /= 2;
  }
  way = std::clamp(way, -span, 2 * span);
  const Tenths length = end_ - start_;
  const Tenths offset = way * length / span;
  return std::clamp(start_ + offset, std::min(start_, end_) - beyond,
                    std::max(start_, end_) + beyond);
}

std::vector<std::int64_t> Axis::ticks(std::size_t most) const {
  std::vector<std::int64_t> ticks;
  if (is_logarithmic_) {
    for (std::int64_t tick = 1; tick <= range_.to; tick = nice_step(tick + 1)) {
      if (tick >= range_.from) ticks.push_back(tick);
      if (tick >= highest_power) break;
    }
    if (ticks.size() <= most) return ticks;
    std::vector<std::int64_t> powers;
    std::copy_if(ticks.begin(), ticks.end(), std::back_inserter(powers), is_power_of_ten);
    return powers.size() > 1 ? powers : ticks;
  }
  const auto wanted = static_cast<std::int64_t>(std::max<std::size_t>(most, 1));
  const std::int64_t span = range_.to - range_.from;
  const std::int64_t step = nice_step(span / wanted + (span % wanted == 0 ? 0 : 1));
  std::int64_t first = range_.from / step * step;
  if (first < range_.from) first += step;
  for (std::int64_t tick = first; tick <= range_.to; tick += step) {
    ticks.push_back(tick);
    if (tick > range_.to - step) break;
  }
  return ticks;
}

AxisUnit time_unit(Duration largest) {
  constexpr std::array units{AxisUnit{1, "ns"}, AxisUnit{1'000, "us"}, AxisUnit{1'000'000, "ms"},
                             AxisUnit{1'000'000'000, "s"}};
  return largest_fitting(units.data(), units.size(), nanoseconds(largest));
}

AxisUnit byte_unit(std::int64_t largest) {
  constexpr std::array units{AxisUnit{1, "B"}, AxisUnit{1'000, "kB"}, AxisUnit{1'000'000, "MB"},
                             AxisUnit{1'000'000'000, "GB"}};
  return largest_fitting(units.data(), units.size(), largest);
}

AxisUnit rate_unit(std::int64_t bits_a_second) {
  constexpr std::array units{AxisUnit{1, "bit/s"}, AxisUnit{1'000, "kbit/s"},
                             AxisUnit{1'000'000, "Mbit/s"}, AxisUnit{1'000'000'000, "Gbit/s"}};
  return largest_fitting(units.data(), units.size(), bits_a_second);
}

std::string in_unit(std::int64_t value, AxisUnit unit, std::int64_t step) {
  const bool is_negative = value < 0;
  const std::uint64_t size = static_cast<std::uint64_t>(unit.size);
  const std::uint64_t amount = is_negative ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                                           : static_cast<std::uint64_t>(value);
  std::string text = (is_negative ? "-" : "") + grouped(amount / size);
  std::uint64_t rest = amount % size;
  std::uint64_t rest_of_step = static_cast<std::uint64_t>(std::max<std::int64_t>(step, 1)) % size;
  std::uint64_t digit_size = size;
  for (bool is_first = true; rest_of_step > 0; is_first = false) {
    digit_size /= 10;
    if (is_first) text += '.';
    text += static_cast<char>('0' + rest / digit_size);
    rest %= digit_size;
    rest_of_step %= digit_size;
  }
  return text;
}

std::string with_unit(std::int64_t value, AxisUnit unit) {
  std::string text = in_unit(value, unit, std::max<std::int64_t>(unit.size / 1000, 1));
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text + " " + unit.name;
}

}  // namespace acksu::trace
