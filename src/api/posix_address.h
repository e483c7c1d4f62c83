// Socket addresses of IPv4 and IPv6, as programs give them, and endpoints. An AF_INET6 socket names
// IPv4 by mapped addresses (RFC 3493 section 3.7), which is what an `IpAddress` is made of anyway.
#pragma once

#include <sys/socket.h>

#include "base/address.h"

namespace acksu::posix {

struct GivenName {
  Endpoint endpoint;
  int error = 0;  // errno; 0: there is an endpoint
};

// Of a socket of that family (AF_INET, AF_INET6). EFAULT: no address; EINVAL: too short;
// EAFNOSUPPORT: of another family.
GivenName read_name(int family, const sockaddr* name, socklen_t bytes);

// Where an unspecified address leads: to the host itself.
IpAddress as_destination(IpAddress address, int family);

struct WrittenName {
  sockaddr_storage name{};
  socklen_t bytes = 0;
};

WrittenName write_name(int family, const Endpoint& endpoint);

}  // namespace acksu::posix
