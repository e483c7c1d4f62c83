// Faults as people read them.
#include "sim/fault.h"

#include "sim/words.h"

namespace acksu::sim {

std::string to_string(const Fault& fault) {
  const std::string frame = "frame " + std::to_string(fault.frame) + " ";
  const std::string later = to_text(Duration{static_cast<std::int64_t>(fault.amount)}) + " s";
  switch (fault.kind) {
    case Fault::Kind::late: return frame + "is late by " + later;
    case Fault::Kind::overtaken: return frame + "is overtaken, late by " + later;
    case Fault::Kind::lost: return frame + "is lost";
    case Fault::Kind::duplicated: return frame + "comes twice, again after " + later;
    case Fault::Kind::corrupted:
      return frame + "is corrupted at bit " + std::to_string(fault.amount);
  }
  return "";
}

}  // namespace acksu::sim
