// Dates of HTTP, by the calendar of <chrono>.
#include "api/http_date.h"

#include <chrono>

#include "api/http_words.h"
#include "base/assert.h"

namespace acksu::http {
namespace {

constexpr std::string_view days = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::int64_t seconds_a_day = 86400;

std::string two_digits(std::int64_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::string to_http_date(std::int64_t seconds) {
  ACKSU_ASSERT(seconds >= 0 && seconds < 253'402'300'800);
  const std::chrono::sys_days day{std::chrono::days{seconds / seconds_a_day}};
  const std::chrono::year_month_day date{day};
  const std::int64_t in_day = seconds % seconds_a_day;
  std::string text{days.substr(std::chrono::weekday{day}.c_encoding() * 3, 3)};
  text += ", " + two_digits(static_cast<unsigned>(date.day())) + " ";
  text += months.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3);
  text += " " + std::to_string(static_cast<int>(date.year())) + " ";
  text += two_digits(in_day / 3600) + ":" + two_digits(in_day / 60 % 60) + ":";
  return text + two_digits(in_day % 60) + " GMT";
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  if (text.size() != 29) return std::nullopt;
  const std::size_t month = months.find(text.substr(8, 3));
  unsigned day = 0, hour = 0, minute = 0, second = 0;
  int year = 0;
  const bool has_numbers =
      parse_number(text.substr(5, 2), day) && parse_number(text.substr(12, 4), year) &&
      parse_number(text.substr(17, 2), hour) && parse_number(text.substr(20, 2), minute) &&
      parse_number(text.substr(23, 2), second);
  if (!has_numbers || month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                         std::chrono::day{day}};
  if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days_since = std::chrono::sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days_since * seconds_a_day + hour * 3600 + minute * 60 + second;
  // Only what to_http_date() writes: one instant, one text.
  const bool is_same = second < 60 && to_http_date(seconds) == text;
  return is_same ? std::optional{seconds} : std::nullopt;
}

}  // namespace acksu::http
