// A UDP socket (RFC 768, RFC 1122 section 4.1): what has arrived and was not yet taken.
#pragma once

#include <cstdint>

#include "base/index_list.h"
#include "base/ring.h"
#include "host/socket.h"

namespace acksu {

struct UdpSocket {
  struct Received {
    Endpoint from;
    Endpoint to;
    BufferChain text;
    std::uint32_t charged_bytes = 0;  // of the host's memory, all that the text pins
  };

  Endpoint local;
  std::uint8_t news = 0;
  bool is_port_unreachable = false;  // to be told once
  IndexLinks events;
  std::uint32_t queued_bytes = 0;  // charged
  Ring<Received> received;
};

}  // namespace acksu
