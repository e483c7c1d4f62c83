// What packetdrill's option --so_flags says to the plug-in: words with commas between, such as
// "local=192.168.0.1/16,mtu=1500,sysctls=no".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "host/settings.h"

namespace acksu::packetdrill {

struct PluginFlags {
  std::vector<Prefix> local;  // `local=`, as often as wanted
  std::uint32_t mtu = 1500;   // `mtu=`
  bool reads_sysctls = true;  // `sysctls=no`: settings stay as they are
  bool is_like_linux = true;  // `profile=acksu`: settings of acksu's own
};

struct ParsedFlags {
  PluginFlags flags;
  std::string problem;  // one line; empty: they are understood
};

// Without any address it has packetdrill's own, of both families.
ParsedFlags parse_flags(std::string_view text);

// A host with one link, of bare packets to one other end, by which everything goes.
HostSettings settings_of(const PluginFlags& flags);

}  // namespace acksu::packetdrill
