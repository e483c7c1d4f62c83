// Reading, writing and adding lines about parts.
#include "tools/explore_parts.h"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/commands.h"

namespace acksu::tools {
namespace {

std::optional<PartLine> read_line(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("transitions")) {
    return std::nullopt;
  }
  return PartLine{.bounds = json.at("bounds"),
                  .part = json.at("part"),
                  .of = json.at("of"),
                  .before = json.at("before"),
                  .executions = json.at("executions"),
                  .states = json.at("states"),
                  .transitions = json.at("transitions")};
}

std::vector<PartLine> read_lines(const std::string& path) {
  std::vector<PartLine> lines;
  std::ifstream file{path};
  for (std::string text; std::getline(file, text);) {
    if (auto line = read_line(text)) lines.push_back(*line);
  }
  return lines;
}

}  // namespace

Shard Shard::of(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  int end = 0;
  const int read =
      std::sscanf(text.c_str(), "%" SCNu64 "/%" SCNu64 "%n", &shard.index, &shard.count, &end);
  if (read != 2 || static_cast<std::size_t>(end) != text.size() || shard.index >= shard.count) {
    throw UsageError{"--shard wants I/N with I below N, such as 0/4"};
  }
  return shard;
}

std::set<std::uint64_t> parts_done(const std::string& path, const PartLine& like) {
  std::set<std::uint64_t> done;
  for (const PartLine& line : read_lines(path)) {
    if (line.bounds != like.bounds || line.of != like.of) {
      throw UsageError{path + " has parts of another exploration: give --out another file"};
    }
    done.insert(line.part);
  }
  return done;
}

void append(const std::string& path, const PartLine& line) {
  const nlohmann::ordered_json json{{"bounds", line.bounds},
                                    {"part", line.part},
                                    {"of", line.of},
                                    {"before", line.before},
                                    {"executions", line.executions},
                                    {"states", line.states},
                                    {"transitions", line.transitions}};
  std::ofstream file{path, std::ios::app};
  file << json.dump() + "\n" << std::flush;
  if (!file) throw std::runtime_error{"cannot write to " + path};
}

int sum_parts(const std::vector<std::string>& paths) {
  std::map<std::uint64_t, PartLine> parts;
  for (const std::string& path : paths) {
    const std::vector<PartLine> lines = read_lines(path);
    if (lines.empty()) throw std::runtime_error{path + " has no parts of an exploration"};
    for (const PartLine& line : lines) {
      if (!parts.empty() && parts.begin()->second.bounds != line.bounds) {
        throw std::runtime_error{path + " has parts of another exploration"};
      }
      parts.emplace(line.part, line);
    }
  }
  const PartLine& any = parts.begin()->second;
  double executions = any.before;
  std::uint64_t transitions = 0;
  for (const auto& [part, line] : parts) {
    executions += line.executions;
    transitions += line.transitions;
  }
  const bool is_whole = parts.size() == any.of;
  std::printf("%s\n%zu of %" PRIu64 " parts, %" PRIu64
              " transitions, %.6g executions covered: "
              "every promise was kept%s\n",
              any.bounds.c_str(), parts.size(), any.of, transitions, executions,
              is_whole ? "" : " so far, and parts are missing");
  return is_whole ? 0 : 1;
}

}  // namespace acksu::tools
