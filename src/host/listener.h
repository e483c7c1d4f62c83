// A socket in LISTEN.
#pragma once

#include <cstdint>

#include "base/index_list.h"
#include "host/socket.h"
#include "tcp/connection_options.h"

namespace acksu {

struct Listener {
  Endpoint local;
  std::uint32_t backlog = 0;
  bool has_options = false;  // set by the application, for all that it accepts
  std::uint8_t news = 0;
  IndexLinks events;
  IndexList ready;  // connections to be accepted, the oldest first
  tcp::ConnectionOptions options;
};

}  // namespace acksu
