// Where a packet goes: to a neighbour on a connected network, or to the gateway. And which
// addresses are ours.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "host/frame.h"
#include "host/settings.h"

namespace acksu {

struct Route {
  LinkId link = 0;
  IpAddress next_hop;
  IpAddress source;  // our address on that link
};

class Routes {
 public:
  explicit Routes(const HostSettings& settings);

  std::optional<Route> find(IpAddress destination) const {
    if (last_route_ && last_destination_ == destination) return last_route_;
    return look_up(destination);
  }
  // The link of an address of ours.
  std::optional<LinkId> link_of(IpAddress ours) const;
  bool is_ours(IpAddress address) const { return link_of(address).has_value(); }
  bool is_ours_on(LinkId link, IpAddress address) const { return link_of(address) == link; }
  // On a network that this link is connected to.
  bool is_on_link(LinkId link, IpAddress address) const;
  // The limited broadcast address, or that of a connected network.
  bool is_broadcast(IpAddress address) const;
  // RFC 1122 3.2.1.3, RFC 6890: nobody may send from there.
  bool is_bad_source(IpAddress address) const;
  // RFC 9293 MUST-46, MUST-63: nobody can be connected to there.
  bool is_bad_destination(IpAddress address) const;

 private:
  struct Connected {
    Prefix prefix;
    LinkId link;
    std::optional<IpAddress> broadcast;
  };

  std::optional<Route> look_up(IpAddress destination) const;
  const Connected* connected_to(IpAddress address) const;

  std::vector<Connected> connected_;
  std::optional<IpAddress> gateway_;
  // What was found last, because most packets go where the last one went.
  mutable IpAddress last_destination_;
  mutable std::optional<Route> last_route_;
};

}  // namespace acksu
