// What became of one frame, and what an error of a device means for it.
#pragma once

#include <string>

namespace acksu::os {

enum class WireOutcome {
  taken,
  not_taken,    // the device is down, or does not want this one: go on with the next
  nothing_now,  // nothing has come, or there is no room
  failed,       // the wire carries nothing any more
};

// Of read and write on a device; says in `failure` why it failed.
WireOutcome outcome_of(const char* what, int error, std::string& failure);

}  // namespace acksu::os
