// An exploration in parts: which of them are this shard's, which are done already, and what all
// came to. A file of JSON lines, one a part, says so.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace acksu::tools {

struct PartLine {
  std::string bounds;  // of the exploration
  std::uint64_t part = 0, of = 0;
  double before = 0;                          // executions that end before any part begins
  double executions = 0;                      // of this part, by all ways that lead to it
  std::uint64_t states = 0, transitions = 0;  // that no part before it in its shard had met
};

// "I/N" with I below N. Throws UsageError.
struct Shard {
  std::uint64_t index = 0, count = 1;
  static Shard of(const std::string& text);
};

// The parts that a file has; none if there is no such file. Throws UsageError where it is of
// another exploration. What was cut off while it was written counts for nothing.
std::set<std::uint64_t> parts_done(const std::string& path, const PartLine& like);
void append(const std::string& path, const PartLine& line);
// Says what the parts of all files are together: 0 when none is missing.
int sum_parts(const std::vector<std::string>& paths);

}  // namespace acksu::tools
