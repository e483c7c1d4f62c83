// What of a random world's chance is needed to break its promise.
#pragma once

#include <cstdint>
#include <string>

#include "sim/roll.h"

namespace acksu::tools {

struct Shrinking {
  sim::Roll roll;
  std::uint64_t most_events = 0;
  std::string command;  // that runs the whole world
  std::string only;     // "3,17": numbers of decisions, from 1 on; "none"
};

// Finds a shortest list and prints it, the ladder of what happens then, and the command that does
// it again. 1 when the seed breaks a promise, 0 when there is nothing to shrink.
int shrink(const Shrinking& shrinking);
// Runs the world in which only those decisions are made, and prints the same. 1: it is broken.
int run_only(const Shrinking& shrinking);

}  // namespace acksu::tools
