// What came of a script.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "packetdrill/compare.h"

namespace acksu::packetdrill {

struct Report {
  bool has_passed = false;
  bool is_readable = true;  // false: the script itself is wrong, or asks for what is not here
  std::uint32_t line = 0;   // where it failed; 0: nowhere, or as a whole
  std::string failure;      // one sentence
  std::vector<std::string> details;  // lines behind it
  std::vector<std::string> notes;    // what was left out, and what code printed
};

// A failure as the lines of a diff: what was expected, what happened, and the fields that differ.
Report packet_failure(std::uint32_t line, const std::string& sentence,
                      const std::vector<std::string>& details);
std::vector<std::string> difference_lines(const std::string& expected, const std::string& actual,
                                          const std::vector<Difference>& differences);

// "FILE:12: sentence" and what stands behind it, with line ends.
std::string to_string(const Report& report, const std::string& file);

}  // namespace acksu::packetdrill
