// The fields of Linux's struct tcp_info by their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "packetdrill/machine.h"

namespace acksu::packetdrill {

// Of a socket, as getsockopt(TCP_INFO) tells it. Nothing: no such field, or no such socket.
std::optional<std::int64_t> tcp_info_field(const std::string& name, int descriptor,
                                           Machine& machine);

}  // namespace acksu::packetdrill
