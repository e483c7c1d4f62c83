// Names, sentences and POSIX equivalents of `Error`.
#include "base/error.h"

#include <string>

namespace acksu {
namespace {

struct Row {
  const char* name;
  const char* sentence;
  std::errc posix;
};

constexpr Row rows[] = {
    {"none", "No error.", {}},
    {"would_block", "Nothing can be done now; wait for the next event.",
     std::errc::operation_would_block},
    {"bad_handle", "The handle is not open: it was closed, or never came from this host.",
     std::errc::bad_file_descriptor},
    {"invalid_argument", "An argument is outside what can ever work.", std::errc::invalid_argument},
    {"address_in_use", "Another socket holds that address and port; choose another port.",
     std::errc::address_in_use},
    {"address_not_available", "That is not an address of this host, or every port is taken.",
     std::errc::address_not_available},
    {"connection_refused", "The peer answered the SYN with a reset: nobody listens on that port.",
     std::errc::connection_refused},
    {"connection_reset", "The peer aborted the connection with a reset.",
     std::errc::connection_reset},
    {"connection_aborted", "This end aborted the connection.", std::errc::connection_aborted},
    {"timed_out", "The peer did not answer within the time the settings allow.",
     std::errc::timed_out},
    {"host_unreachable", "The host cannot be reached: no neighbour answered for it.",
     std::errc::host_unreachable},
    {"network_unreachable", "There is no route to that address.", std::errc::network_unreachable},
    {"port_unreachable", "The peer has no socket on that UDP port.", std::errc::connection_refused},
    {"protocol_unreachable", "The peer does not speak that protocol of IP.",
     std::errc::no_protocol_option},
    {"parameter_problem", "A field in the packet's headers was not understood on the way.",
     std::errc::protocol_error},
    {"ttl_exceeded", "The packet crossed more routers than its TTL allows.",
     std::errc::host_unreachable},
    {"permission_denied", "The socket may not send broadcasts; its options can allow it.",
     std::errc::permission_denied},
    {"not_connected", "The connection cannot carry data in its present state.",
     std::errc::not_connected},
    {"already_connected", "The connection is already open.", std::errc::already_connected},
    {"is_shut_down", "The sending side was closed; nothing more can be written.",
     std::errc::broken_pipe},
    {"out_of_memory", "A memory budget of this host is used up; read or close something first.",
     std::errc::no_buffer_space},
    {"message_too_long", "The datagram is larger than its protocol or the link can carry.",
     std::errc::message_size},
    {"not_supported", "This is not supported.", std::errc::operation_not_supported},
};

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "acksu"; }
  std::string message(int code) const override { return sentence(static_cast<Error>(code)); }
  std::error_condition default_error_condition(int code) const noexcept override {
    if (code <= 0 || code >= static_cast<int>(std::size(rows))) return {code, *this};
    return std::make_error_condition(rows[code].posix);
  }
};

const Row& row(Error error) {
  const auto index = static_cast<std::size_t>(error);
  return rows[index < std::size(rows) ? index : 0];
}

}  // namespace

const char* name(Error error) { return row(error).name; }
const char* sentence(Error error) { return row(error).sentence; }

const std::error_category& error_category() {
  static const Category category;
  return category;
}

}  // namespace acksu
