// Reading and writing sockaddr_in and sockaddr_in6; errno of errors.
#include "api/posix_address.h"

#include <netinet/in.h>

#include <array>
#include <cstring>

#include "api/posix_outcome.h"
#include "base/bytes.h"

namespace acksu::posix {
namespace {

constexpr socklen_t least_v6_bytes = 24;  // without sin6_scope_id, as old programs have it

std::uint16_t port_of(in_port_t port) {
  std::array<std::uint8_t, sizeof port> octets;
  std::memcpy(octets.data(), &port, sizeof port);
  return load_be16(octets.data());
}

in_port_t port_as_given(std::uint16_t port) {
  std::array<std::uint8_t, sizeof port> octets;
  store_be16(octets.data(), port);
  in_port_t given;
  std::memcpy(&given, octets.data(), sizeof given);
  return given;
}

}  // namespace

GivenName read_name(int family, const sockaddr* name, socklen_t bytes) {
  if (name == nullptr) return {{}, EFAULT};
  if (bytes < sizeof name->sa_family || bytes > sizeof(sockaddr_storage)) return {{}, EINVAL};
  sockaddr_storage held{};
  std::memcpy(&held, name, bytes);
  if (family == AF_INET && bytes < sizeof(sockaddr_in)) return {{}, EINVAL};
  if (family == AF_INET6 && bytes < least_v6_bytes) return {{}, EINVAL};
  if (held.ss_family != family) return {{}, EAFNOSUPPORT};
  std::array<std::uint8_t, 16> octets;
  if (family == AF_INET) {
    sockaddr_in of_v4;
    std::memcpy(&of_v4, &held, sizeof of_v4);
    std::memcpy(octets.data(), &of_v4.sin_addr, sizeof of_v4.sin_addr);
    return {{IpAddress::v4(load_be32(octets.data())), port_of(of_v4.sin_port)}, 0};
  }
  sockaddr_in6 of_v6;
  std::memcpy(&of_v6, &held, sizeof of_v6);
  std::memcpy(octets.data(), &of_v6.sin6_addr, octets.size());
  const IpAddress address{load_be64(octets.data()), load_be64(octets.data() + 8)};
  return {{address, port_of(of_v6.sin6_port)}, 0};
}

WrittenName write_name(int family, const Endpoint& endpoint) {
  WrittenName written;
  std::array<std::uint8_t, 16> octets{};
  if (family == AF_INET) {
    sockaddr_in of_v4{};
    of_v4.sin_family = AF_INET;
    of_v4.sin_port = port_as_given(endpoint.port);
    if (!endpoint.address.is_any()) store_be32(octets.data(), endpoint.address.as_v4());
    std::memcpy(&of_v4.sin_addr, octets.data(), sizeof of_v4.sin_addr);
    written.bytes = sizeof of_v4;
    std::memcpy(&written.name, &of_v4, sizeof of_v4);
    return written;
  }
  sockaddr_in6 of_v6{};
  of_v6.sin6_family = AF_INET6;
  of_v6.sin6_port = port_as_given(endpoint.port);
  store_be64(octets.data(), endpoint.address.high());
  store_be64(octets.data() + 8, endpoint.address.low());
  std::memcpy(&of_v6.sin6_addr, octets.data(), octets.size());
  written.bytes = sizeof of_v6;
  std::memcpy(&written.name, &of_v6, sizeof of_v6);
  return written;
}

IpAddress as_destination(IpAddress address, int family) {
  if (!address.is_any()) return address;
  return family == AF_INET || address.is_v4() ? IpAddress::v4(127, 0, 0, 1) : IpAddress{0, 1};
}

int errno_of(Error error) {
  switch (error) {
    case Error::none: return 0;
    case Error::would_block: return EAGAIN;
    case Error::bad_handle: return EBADF;
    case Error::invalid_argument: return EINVAL;
    case Error::address_in_use: return EADDRINUSE;
    case Error::address_not_available: return EADDRNOTAVAIL;
    case Error::connection_refused:
    case Error::port_unreachable: return ECONNREFUSED;
    case Error::connection_reset: return ECONNRESET;
    case Error::connection_aborted: return ECONNABORTED;
    case Error::timed_out: return ETIMEDOUT;
    case Error::host_unreachable:
    case Error::ttl_exceeded: return EHOSTUNREACH;
    case Error::network_unreachable: return ENETUNREACH;
    case Error::protocol_unreachable: return ENOPROTOOPT;
    case Error::parameter_problem: return EPROTO;
    case Error::permission_denied: return EACCES;
    case Error::not_connected: return ENOTCONN;
    case Error::already_connected: return EISCONN;
    case Error::is_shut_down: return EPIPE;
    case Error::out_of_memory: return ENOBUFS;
    case Error::message_too_long: return EMSGSIZE;
    case Error::not_supported: return EOPNOTSUPP;
  }
  return EINVAL;
}

}  // namespace acksu::posix
