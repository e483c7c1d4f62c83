// Settings with which a host does as FreeBSD does where RFCs leave it open: for suites that were
// written for FreeBSD. What each means, and what remains different, stands in docs/packetdrill.md.
#pragma once

#include "host/settings.h"

namespace acksu {

// Changes what is to be changed, and leaves links, addresses and limits alone.
void use_freebsd_profile(HostSettings& settings);

}  // namespace acksu
