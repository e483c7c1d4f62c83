// What this machine allows a stack in user space to do, found out by trying it.
#pragma once

#include <string>
#include <vector>

namespace acksu::os {

struct Finding {
  std::string name;
  bool is_available = false;
  std::string detail;  // what was found
  std::string remedy;  // how to get it; empty when it is there, or cannot be got
};

// Tries everything and leaves nothing behind: devices are made in namespaces that end at once.
std::vector<Finding> examine_machine();

// Names of the TAP devices that are here and that this user may open.
std::vector<std::string> usable_taps();

}  // namespace acksu::os
