// From where, and how, the packets of a socket leave.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "host/frame.h"
#include "host/routes.h"

namespace acksu {

struct Departure {
  std::optional<LinkId> link;  // the only one; nothing: as routes say
  IpAddress local;             // any: the route's address
  bool allows_broadcast = false;
  std::uint8_t ttl = 0;  // 0: the host's; 1 to a group
};

// Where a packet of it goes, once that was looked up.
struct PacketPath {
  Route route;
  std::optional<MacAddress> mac;  // nobody has to be asked for it
  std::uint8_t ttl = 0;
};

}  // namespace acksu
