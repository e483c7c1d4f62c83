// The option --congestion of commands whose hosts have connections.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tcp/settings.h"

namespace acksu::tools {

inline std::string default_congestion() { return tcp::name(tcp::Settings{}.congestion); }

inline void add_congestion_option(CLI::App& command, std::string& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < tcp::congestion_algorithm_count; ++i) {
    names.emplace_back(tcp::name(static_cast<tcp::CongestionAlgorithm>(i)));
  }
  command.add_option("--congestion", name, "Which congestion control TCP uses")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
}

// Of a name that the option has let pass.
inline tcp::CongestionAlgorithm congestion_of(const std::string& name) {
  return tcp::congestion_named(name).value_or(tcp::Settings{}.congestion);
}

}  // namespace acksu::tools
