// What happens to an end that is played again: what its peer sends, and what its application does,
// as far as its segments tell that.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "sim/recorded.h"

namespace acksu::sim {

struct ReplayStep {
  enum class Kind : std::uint8_t { arrival, connect, write, shut_down, close, abort };
  Instant at{};
  Kind kind = Kind::arrival;
  std::size_t segment = 0;           // of the flow: which arrives
  std::vector<std::uint8_t> text{};  // to be written
};

struct ReplayScript {
  std::vector<ReplayStep> steps;  // in order
  bool has_nagle = true;          // no small segment was sent while another was under way
  bool is_listening = false;      // from the beginning
};

ReplayScript script_of(const RecordedFlow& flow, End end);

}  // namespace acksu::sim
