// The library behind the command line takes -1 for a very large number, 010 for 8 and nan for a
// number within every range.
#include "tools/number_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

namespace acksu::tools {
namespace {

// How an option that takes a number calls its value; a range that it checks stands behind.
bool is_type(const std::string& type, const char* name) {
  return type == name || type.starts_with(std::string{name} + ":");
}

// Empty: a whole number.
std::string whole_number_problem(const std::string& text) {
  const bool is_digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  if (!is_digits || (text.size() > 1 && text[0] == '0')) {
    return "'" + text +
           "' is no whole number in decimal digits; write it without a sign and without zeros "
           "before it, such as 42";
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{}) return {};
  return "'" + text + "' is too large; write at most 18446744073709551615";
}

// Empty: a number.
std::string decimal_problem(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = end == text.data() + text.size();
  if (error == std::errc{} && is_whole && std::isfinite(number)) return {};
  return "'" + text + "' is no decimal number; write one such as 2.5";
}

void put_first(CLI::Option& option, std::string (*problem)(const std::string&)) {
  option.transform(CLI::Validator{[problem](std::string& text) { return problem(text); }, ""});
}

}  // namespace

void expect_decimal_numbers(CLI::App& program) {
  for (CLI::Option* const option : program.get_options()) {
    const std::string type = option->get_type_name();
    if (is_type(type, "FLOAT")) put_first(*option, decimal_problem);
    const char* const whole[] = {"UINT", "INT", "N", "BYTES"};
    const bool is_whole = std::any_of(std::begin(whole), std::end(whole),
                                      [&](const char* name) { return is_type(type, name); });
    if (is_whole) put_first(*option, whole_number_problem);
  }
  for (CLI::App* const command : program.get_subcommands({})) expect_decimal_numbers(*command);
}

}  // namespace acksu::tools
