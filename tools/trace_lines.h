// Reads a trace's JSON lines (docs/trace.md) into flows.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "trace/flows.h"

namespace acksu::tools {

class TraceLines {
 public:
  explicit TraceLines(trace::Flows& flows) : flows_(flows) {}

  // One line. Throws std::runtime_error with a sentence that names its number.
  void take(const std::string& line);

 private:
  static constexpr std::size_t frames_remembered = 65'536;  // whose arrival may still come

  void take(const nlohmann::json& object);
  void take_hosts(const nlohmann::json& hosts);
  void take_departure(const nlohmann::json& object);
  void take_arrival(const nlohmann::json& object);
  void take_inside(const nlohmann::json& object, const std::string& type);
  std::uint32_t place_of(const nlohmann::json& object);

  trace::Flows& flows_;
  std::map<std::string, std::uint32_t> places_;  // by the host's name
  std::map<std::uint32_t, trace::Summary> under_way_;
  std::uint64_t lines_ = 0;
};

}  // namespace acksu::tools
