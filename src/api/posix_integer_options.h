// Options of sockets whose value is an int: one row each, with Linux's names, limits and defaults.
#pragma once

#include <optional>

#include "api/posix_description.h"
#include "host/settings.h"
#include "tcp/info.h"

namespace acksu::posix {

// What an option's value is told from.
struct OptionView {
  const Description& description;
  const HostSettings& host;
  const std::optional<tcp::Info>& connection;
};

struct IntegerOption {
  int level;
  int name;
  int (*get)(const OptionView& view);
  int (*set)(Description& description, int value);  // errno, or 0; null: it is only told
};

// Null: there is no such option, or its value is no int.
const IntegerOption* integer_option(int level, int name);

}  // namespace acksu::posix
