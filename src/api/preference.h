// In which order a host had better try the addresses of a name (RFC 6724 section 6), by the routes
// and source addresses that it has.
#pragma once

#include <vector>

#include "host/host.h"

namespace acksu {

// The best address first; what cannot be reached at all comes last.
std::vector<IpAddress> in_order_of_preference(const Host& host,
                                              const std::vector<IpAddress>& addresses);

}  // namespace acksu
