// A script of packetdrill's language, read: options, a command that prepares, events with their
// times, a command that cleans up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "packetdrill/expression.h"
#include "packetdrill/packet_line.h"

namespace acksu::packetdrill {

struct ScriptOption {
  std::string name;
  std::string value;  // empty: none was given
  std::uint32_t line = 0;
};

struct Command {
  std::string text;
};

// An assertion about the connection, in Python.
struct Code {
  std::string text;
};

struct SystemCall {
  std::string name;
  std::vector<Expression> arguments{};
  Expression result{};
  std::string error{};            // EINPROGRESS; empty: none
  std::optional<Duration> end{};  // of a call that blocks: when it is to return, as `time` counts
};

struct Event {
  enum class TimeKind : std::uint8_t { absolute, relative, any, absolute_range, relative_range };

  std::uint32_t line = 0;
  TimeKind time_kind = TimeKind::relative;
  Duration time{};  // from the start, or from the event before
  Duration time_end{};
  std::variant<PacketLine, SystemCall, Command, Code> action{};
};

struct Script {
  std::vector<ScriptOption> options;
  std::optional<Command> preparation;
  std::vector<Event> events;
  std::optional<Command> cleanup;
};

}  // namespace acksu::packetdrill
