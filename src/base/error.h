// What a caller did wrong, or what the network's verdict was. A `std::error_code` with POSIX
// equivalents.
#pragma once

#include <cstdint>
#include <system_error>

namespace acksu {

enum class Error : std::uint8_t {
  none,
  would_block,  // nothing to read, no room to write, nothing to accept: try after the next event
  bad_handle,   // the handle was closed, or never came from this host
  invalid_argument,       // an argument that can never work
  address_in_use,         // another socket listens on or holds that address and port
  address_not_available,  // not an address of this host, or no ephemeral port is left
  connection_refused,     // the peer answered our SYN with a reset
  connection_reset,       // the peer aborted
  connection_aborted,     // this end aborted
  timed_out,              // the peer did not answer for as long as the settings allow
  host_unreachable,       // no neighbour answered, or ICMP said so
  network_unreachable,    // no route
  port_unreachable,       // ICMP said so (UDP)
  protocol_unreachable,   // ICMP said so (raw sockets)
  parameter_problem,      // ICMP said so: a field of the packet's headers is not understood
  ttl_exceeded,           // ICMP said so: the packet crossed too many routers
  permission_denied,      // a broadcast from a socket that was not allowed to
  not_connected,          // the connection is not (or no longer) able to carry data
  already_connected,
  is_shut_down,      // written after the sending side was closed
  out_of_memory,     // a budget of this host is used up
  message_too_long,  // a datagram larger than its protocol or the link can carry
  not_supported,
};

// One word as in the enum: "connection_refused".
const char* name(Error error);
// A sentence that says what happened and, where one exists, the way out.
const char* sentence(Error error);

const std::error_category& error_category();
inline std::error_code make_error_code(Error error) {
  return {static_cast<int>(error), error_category()};
}

}  // namespace acksu

template <>
struct std::is_error_code_enum<acksu::Error> : std::true_type {};
