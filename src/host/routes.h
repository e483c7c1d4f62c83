// Our addresses, and where a packet goes: to a neighbour on a connected network, to a router on the
// way there, or back to ourselves by the loopback. Addresses and routes may come and go while the
// host runs (DHCP, advertisements).
//
// Left out on purpose: anything that would choose between two links with the same network.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "host/frame.h"
#include "host/route_table.h"
#include "host/settings.h"

namespace acksu {

struct Route {
  LinkId link = 0;
  IpAddress next_hop;
  IpAddress source;  // our address to send from; any: we have none there
};

// An address of ours.
struct LocalAddress {
  LinkId link = 0;
  Prefix prefix;
  std::optional<IpAddress> broadcast;  // of its network (RFC 919); none of IPv6 and of /31, /32
  bool connects = true;                // its network is on the link
  bool is_deprecated = false;          // RFC 4862 5.5.4: not to be chosen for something new
};

class Routes {
 public:
  // With the IPv4 addresses and gateway; those of IPv6 are ours when they were tried.
  explicit Routes(const HostSettings& settings);

  // ---- Changing. False: nothing was changed.
  // Makes the route to the network that it is on, too, if it `connects`. False: it is ours already.
  bool add_address(LinkId link, const Prefix& prefix, bool connects = true);
  bool remove_address(LinkId link, IpAddress address);  // false: it is not ours
  void set_deprecated(IpAddress address, bool is_deprecated);
  bool add_route(const Prefix& prefix, const RouteTarget& target);
  bool remove_route(const Prefix& prefix, std::uint32_t metric);

  // ---- Asking
  std::optional<Route> find(IpAddress destination) const {
    if (last_route_ && last_destination_ == destination) return last_route_;
    return look_up(destination);
  }
  // What the table says, unreachable and blackhole routes included; null: nothing.
  const RouteTarget* target_of(IpAddress destination) const { return table_.find(destination); }
  const std::vector<LocalAddress>& addresses() const { return addresses_; }
  const RouteTable& table() const { return table_; }
  // The link of an address of ours; that of 127/8 and ::1 is the loopback.
  std::optional<LinkId> link_of(IpAddress ours) const;
  bool is_ours(IpAddress address) const { return link_of(address).has_value(); }
  bool is_ours_on(LinkId link, IpAddress address) const { return link_of(address) == link; }
  // On a network that this link is connected to.
  bool is_on_link(LinkId link, IpAddress address) const;
  // Our address on that link to send from to there; any: none.
  IpAddress source_on(LinkId link, IpAddress destination) const;
  // The limited broadcast address, or that of a connected network.
  bool is_broadcast(IpAddress address) const;
  // RFC 1122 3.2.1.3, RFC 6890: nobody may send from there.
  bool is_bad_source(IpAddress address) const;
  // RFC 9293 MUST-46, MUST-63: nobody can be connected to there.
  bool is_bad_destination(IpAddress address) const {
    return last_good_destination_ != address && judge_destination(address);
  }

  void digest(Digest& digest) const;

 private:
  std::optional<Route> look_up(IpAddress destination) const;
  bool judge_destination(IpAddress address) const;  // whether it is bad
  void forget_last() const {
    last_route_.reset();
    last_good_destination_.reset();
  }
  void connect_network(const LocalAddress& address);

  Martians martians_;
  std::vector<LocalAddress> addresses_;
  std::optional<LinkId> loopback_;
  RouteTable table_;
  // What was found last, because most packets go where the last one went.
  mutable IpAddress last_destination_;
  mutable std::optional<Route> last_route_;
  mutable std::optional<IpAddress> last_good_destination_;
};

}  // namespace acksu
