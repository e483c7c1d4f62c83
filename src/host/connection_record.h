// What a host knows about one of its connections.
#pragma once

#include <cstdint>

#include "base/index_list.h"
#include "base/timing_wheel.h"
#include "host/link.h"
#include "host/neighbours.h"
#include "tcp/connection.h"

namespace acksu {

struct ConnectionRecord {
  static constexpr std::uint32_t no_listener = 0xffff'ffff;

  ConnectionRecord(const tcp::Opening& opening, tcp::Context& context)
      : connection(opening, context) {}
  ConnectionRecord(const tcp::Opening& opening, const tcp::Accepted& accepted,
                   tcp::Context& context)
      : connection(opening, accepted, context) {}

  IndexLinks ready;    // among those of its link with something to say
  IndexLinks waiting;  // to be accepted; once held, among those with events
  TimingWheel::Id timer = TimingWheel::none;
  std::uint32_t listener = no_listener;  // until it is accepted, and its handshake is over
  std::uint32_t hash = 0;
  Neighbours::Hop hop;
  LinkId link = 0;
  std::uint8_t news = 0;         // bits of Readiness not yet told
  bool is_held : 1 = false;      // an application has its handle
  bool is_detached : 1 = false;  // over for the network: no index entry, timer, or anything to say
  // Begun by a Fast Open cookie, and the handshake is not over: `listener` counts it also when it
  // was accepted.
  bool is_opened_fast : 1 = false;
  bool is_accepted : 1 = false;
  bool is_recent : 1 = true;  // something happened since it was last looked at to be folded
  tcp::Connection connection;
};

}  // namespace acksu
