// The words of rows that stand for several frames, or for one that was lost.
#pragma once

#include <string>
#include <vector>

#include "trace/label.h"
#include "trace/rows.h"

namespace acksu::trace {

std::vector<Part> burst_parts(const LadderRow::Way& way, Language language);
std::string fold_text(const LadderRow& row, Language language);
std::string lost_text(const FrameRecord& frame, Language language);

}  // namespace acksu::trace
