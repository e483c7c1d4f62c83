// The two hosts that most scenarios play with: who they are, and the part that one of them plays.
#pragma once

#include "tools/actor.h"
#include "tools/stage.h"

namespace acksu::tools::two_hosts {

inline constexpr sim::HostId client = 0, server = 1;
inline constexpr std::uint16_t web = 80;
inline constexpr Endpoint web_server{IpAddress::v4(10, 0, 0, 2), web};

inline const Actor& actor(const Stage& stage, sim::HostId host) {
  return *static_cast<const Actor*>(stage.world().application(host));
}

}  // namespace acksu::tools::two_hosts
