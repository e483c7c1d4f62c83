// Settings with which a host does as Linux does where RFCs leave it open: for suites and tools that
// were written for Linux. What each means, and what remains different, stands in
// docs/packetdrill.md.
#pragma once

#include "host/settings.h"

namespace acksu {

// Changes what is to be changed, and leaves links, addresses and limits alone.
void use_linux_profile(HostSettings& settings);

}  // namespace acksu
