// A socket in LISTEN.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/index_list.h"
#include "base/siphash.h"
#include "host/socket.h"
#include "tcp/connection_options.h"

namespace acksu {

// Connections begun by a Fast Open cookie whose handshake is not over, and those that were reset a
// short while ago (RFC 7413 5.1).
struct PendingFastOpens {
  std::uint32_t limit = 0;      // 0: no Fast Open
  std::optional<SipKey> key{};  // of its own
  std::uint32_t pending = 0;
  std::deque<Instant> resets;  // when each is forgotten

  bool has_room(std::uint32_t most, Instant now) {
    while (!resets.empty() && resets.front() <= now) resets.pop_front();
    return pending + resets.size() < most;
  }
};

struct Listener {
  Endpoint local;
  std::uint32_t backlog = 0;
  std::uint32_t most_mss = 0;  // 0: as the link has
  IpVersions versions = IpVersions::both;
  bool shares_name = false;
  std::uint8_t deferral = 0;  // time-outs of a SYN+ACK that text is waited for
  bool has_options = false;   // set by the application, for all that it accepts
  std::uint8_t news = 0;
  IndexLinks events;
  PendingFastOpens fast_open;
  IndexList ready;  // connections to be accepted, the oldest first
  tcp::ConnectionOptions options;

  IpVersions heard() const { return versions; }
};

}  // namespace acksu
