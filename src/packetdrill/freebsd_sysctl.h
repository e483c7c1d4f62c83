// FreeBSD's names for what can be set about a host, put onto acksu's settings.
#pragma once

#include "packetdrill/sysctl.h"

namespace acksu::packetdrill {

// Those names begin so: "net.inet.tcp.sack.enable", "kern.ipc.maxsockbuf".
bool is_freebsd_sysctl(std::string_view name);

SysctlVerdict set_freebsd_sysctl(std::string_view name, const std::string& value,
                                 HostSettings& settings);

}  // namespace acksu::packetdrill
