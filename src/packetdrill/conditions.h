// Parts of a script that are for some runs only: #ifdef NAME, #ifndef NAME, #else, #endif.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace acksu::packetdrill {

// Leaves out what the names that are defined do not ask for; lines keep their numbers. Throws
// Mistake: an #endif too many or too few.
std::string chosen_text(std::string_view text, const std::set<std::string>& defined);

}  // namespace acksu::packetdrill
