// What chance did to single frames on a cable: written down, so that a run can be made again with
// some of it only.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace acksu::sim {

enum class Side : std::uint8_t;

struct Fault {
  enum class Kind : std::uint8_t {
    late,        // by so many nanoseconds, and what follows with it
    overtaken,   // late by so many nanoseconds, alone
    lost,        //
    duplicated,  // the second copy so many nanoseconds later
    corrupted,   // this bit of the frame is flipped
  };

  Side from{};
  std::uint64_t frame = 0;  // of that direction, from 1 on, whatever becomes of them
  Kind kind = Kind::lost;
  std::uint64_t amount = 0;
  Instant at{};  // when it happened
};
std::string to_string(const Fault& fault);  // "frame 7 is overtaken, late by 0.002000"

}  // namespace acksu::sim
