// Linux's names for what can be set about a host, as scripts set them, put onto acksu's settings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings.h"

namespace acksu::packetdrill {

enum class SysctlVerdict : std::uint8_t {
  applied,
  without_effect,  // known, and about what acksu does not have or always does
  unknown,
  bad_value
};

// "net.ipv4.tcp_sack" and "/proc/sys/net/ipv4/tcp_sack" are the same.
SysctlVerdict set_sysctl(std::string_view name, const std::string& value, HostSettings& settings);

struct SysctlLine {
  const char* name;
  const char* value;
};

// What scripts of Linux's suites set first, in a file of theirs that we do not have.
const std::vector<SysctlLine>& usual_sysctls();

}  // namespace acksu::packetdrill
