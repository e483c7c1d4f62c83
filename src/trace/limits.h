// What a host's limits have refused, in words.
#pragma once

#include <string>
#include <vector>

#include "host/counters.h"
#include "trace/text.h"

namespace acksu::trace {

// "3 tcp backlog full, 1 udp queue full"; empty when no limit has refused anything.
std::string limits_text(const std::vector<LimitCount>& limits, Language language);

// The name of a limit in that language.
std::string limit_name(const char* name, Language language);

}  // namespace acksu::trace
