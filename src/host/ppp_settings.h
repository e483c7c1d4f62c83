// What can be set about an end of a PPP line.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace acksu {

// RFC 1661 section 4.6.
struct PppTimes {
  Duration restart_interval = 3s;
  unsigned max_configure = 10;
  unsigned max_terminate = 2;
  unsigned max_failure = 5;  // Configure-Naks in a row, before options are rejected
};

struct IpcpSettings {
  static constexpr IpAddress none = IpAddress::v4(0);

  IpAddress local = none;   // ours; none: asks the peer for one
  IpAddress remote = none;  // the peer's, given when it asks; none: takes what the peer says
  // For a peer that has no address either, when there is none to give; none: it goes without one.
  IpAddress stand_in = none;
  std::vector<IpAddress> name_servers{};  // given when the peer asks; the first two
  bool asks_name_servers = false;
};

struct PppSettings {
  static constexpr std::uint16_t default_mru = 1500;

  std::uint16_t mru = default_mru;  // the largest packet that we take
  std::uint32_t control_map = 0;    // control characters that the line does not carry
  IpcpSettings ipv4{};
  bool has_ipv4 = true;
  bool has_ipv6 = true;
  std::uint64_t interface_id = 0;  // 0: by chance
  PppTimes times{};
  Duration echo_interval = 10s;
  unsigned max_silent_echoes = 3;  // unanswered in a row, before the line counts as dead
  unsigned max_loops = 5;          // requests in a row that were our own
  bool is_way_out = true;          // all that is on no link goes there
  Duration retry_interval = 10s;   // from a failure to the next try
};

}  // namespace acksu
