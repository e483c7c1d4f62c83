// Python as far as assertions need it, as tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acksu::packetdrill {

struct PythonToken {
  enum class Kind : std::uint8_t { name, number, string, sign, end_of_statement, end };
  Kind kind = Kind::end;
  std::string text;  // of a sign: "==", "//"
  std::int64_t number = 0;
  std::uint32_t line = 0;
};

// Newlines within brackets and behind a backslash are none. Throws Mistake.
std::vector<PythonToken> python_tokens(std::string_view code, std::uint32_t line);

}  // namespace acksu::packetdrill
