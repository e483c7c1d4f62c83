// What an emulated link did, as a table for people and as JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "os/wire.h"
#include "sim/emulated_link.h"

namespace acksu::tools {

struct LinkReport {
  const sim::EmulatedLink& link;
  std::array<const os::Wire*, 2> wires;
  std::array<std::string, 2> names;  // of the wires
  Duration lasted{};
  std::uint64_t seed = 0;
};

std::string table_of(const LinkReport& report);
std::string json_of(const LinkReport& report);

}  // namespace acksu::tools
