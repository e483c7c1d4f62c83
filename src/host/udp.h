// A UDP socket (RFC 768, RFC 1122 section 4.1): its name and options, what has arrived and was not
// yet taken, and what ICMP said about what it sent.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/index_list.h"
#include "host/departure.h"
#include "host/receive_queue.h"
#include "host/socket.h"
#include "wire/address.h"

namespace acksu {

struct UdpSocket {
  static constexpr std::size_t most_errors = 16;  // not yet taken; the oldest gives way

  Endpoint local;
  Endpoint remote;  // the only one heard and spoken to; port 0: everybody
  UdpOptions options;
  std::uint8_t news = 0;
  IndexLinks events;
  ReceiveQueue<Datagram> received;
  std::vector<DatagramError> errors;
  std::vector<GroupName> groups;  // that it has joined

  IpVersions heard() const { return options.versions; }
  bool is_connected() const { return remote.port != 0; }
  // Whether a datagram that came by that link is for it.
  bool hears(LinkId link, const Endpoint& from, const Endpoint& to) const {
    if ((options.link && *options.link != link) || (is_connected() && remote != from)) return false;
    if (wire::is_multicast(to.address)) return is_member({to.address, link});
    if (local.address.is_any()) return includes(options.versions, to.address);
    return local.address == to.address;
  }
  Departure departure() const {
    return {options.link, local.address, options.allows_broadcast, options.ttl};
  }
  bool is_member(const GroupName& name) const {
    return std::ranges::find(groups, name) != groups.end();
  }
};

}  // namespace acksu
