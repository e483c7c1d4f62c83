// One line about a frame or an event, as long as there is room for: what matters least goes first.
#pragma once

#include <string>
#include <vector>

#include "trace/event.h"
#include "trace/numbers.h"
#include "trace/text.h"

namespace acksu::trace {

// Parts of a line in the order in which they are read. Of the parts that do not fit, those of the
// highest rank are left out first; rank 0 stays.
struct Part {
  std::string text;
  int rank = 0;
};
std::string fitted(std::vector<Part> parts, std::size_t columns);

// What a frame says. `has_ports`: several connections are to be told apart.
std::vector<Part> frame_parts(const FrameRecord& frame, const SegmentNumbers& numbers,
                              Language language, bool has_ports);
Style frame_style(const Summary& summary);

// "FIN-WAIT-1 --fin_acked--> FIN-WAIT-2 [3.10.7.4]" in one line or, where that is too wide, two.
std::vector<std::string> move_lines(const tcp::Row& row, Language language, std::size_t columns);
const char* event_name(tcp::Event event, Language language);
// Why something was sent again or lost, and what memory is for, in words.
std::string cause_text(std::string_view cause, Language language);
std::string verdict_text(Drop drop, Language language);

}  // namespace acksu::trace
