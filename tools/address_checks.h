// Addresses on a command line that are written well, and that no host can have or ask.
#pragma once

#include <span>

#include "base/address.h"

namespace acksu::tools {

// Each throws UsageError with a sentence that says what is wrong.

// An address of this host, with its network.
void check_own_address(const Prefix& own);
void check_card(const MacAddress& mac);
// The next hop of a host with these addresses; a family of which it has none is not looked at.
void check_gateway(IpAddress gateway, std::span<const Prefix> own);
// One machine that can be asked.
void check_server(IpAddress server);

}  // namespace acksu::tools
