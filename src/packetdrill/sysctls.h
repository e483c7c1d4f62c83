// Linux's settings of TCP, as a directory of /proc tells them: scripts change them by `sysctl`, and
// expect the stack under test to follow.
#pragma once

#include <string>

#include "host/settings.h"

namespace acksu::packetdrill {

// Takes over each setting in that directory, such as /proc/sys/net/ipv4, that acksu has.
void read_sysctls(const std::string& directory, HostSettings& settings);

// Whether that directory allows sockets to open connections by Fast Open.
bool may_clients_open_fast(const std::string& directory);

}  // namespace acksu::packetdrill
