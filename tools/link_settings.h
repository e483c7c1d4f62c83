// What a direction of an emulated link is told: the words of the command line, of `--a-to-b` and of
// a schedule are the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sim/cable.h"

namespace acksu::tools {

// One thing that can be said of a direction: `--rate 10mbit` is `rate=10mbit`, `--codel` `codel`.
struct LinkWord {
  const char* name;
  const char* value;  // what stands behind "=" in help texts; null: nothing, or on or off
  const char* help;
  void (*set)(sim::DirectionSettings&, const std::string& value);  // throws UsageError
};
const std::vector<LinkWord>& link_words();

// Of a link about which nothing was said: fast, clean, without delay.
sim::DirectionSettings clean_direction();

// Obeys one `name=value`, or `name`. Throws UsageError.
void obey(sim::DirectionSettings& direction, const std::string& text);

// Throws UsageError for settings that do not go together.
void check_direction(const sim::DirectionSettings& direction);

// From a moment on; all of the settings, not only what has changed.
struct LinkChange {
  Duration at{};  // after the beginning
  sim::CableSettings settings;
  bool is_cut = false;
};

// The lines of a schedule, changing what was there before. Throws UsageError, which names the line.
std::vector<LinkChange> read_schedule(const std::string& path, const sim::CableSettings& first);

}  // namespace acksu::tools
