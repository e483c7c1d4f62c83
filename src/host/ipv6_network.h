// The IPv6 addresses, routers and advertisements of all links of a host, and what follows from them
// for its routes. When something is to be said about that (probes, solicitations, advertisements),
// it goes out through the host.
//
// A link-local address names no link here: such a destination, and a multicast group, is reached by
// the first link that has IPv6, unless the caller knows which one is meant.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/ipv6_addresses.h"
#include "host/ipv6_routers.h"
#include "host/router_advertiser.h"
#include "host/routes.h"
#include "host/settings.h"

namespace acksu {

class Ipv6Network {
 public:
  struct OfLink {
    Ipv6Addresses addresses;
    Ipv6Routers routers;
    RouterAdvertiser advertiser;
    bool is_on = false;
    bool believes_routers = false;
  };
  // Something to be sent to a group on a link.
  struct Message {
    enum class Kind : std::uint8_t { probe, router_solicitation, router_advertisement };
    Kind kind = Kind::probe;
    LinkId link = 0;
    Ipv6Addresses::Probe probe{};
  };

  Ipv6Network(const HostSettings& settings, SipKey key);

  bool is_on(LinkId link) const { return links_[link].is_on; }
  // False: the link takes no packets that are large enough.
  bool start(LinkId link);
  OfLink& on(LinkId link) { return links_[link]; }
  const OfLink& on(LinkId link) const { return links_[link]; }
  // The first link that has IPv6.
  std::optional<LinkId> first_link() const;
  // Whether a link takes packets to that multicast group.
  bool listens_on(LinkId link, IpAddress group) const;
  // Largest packet of a link, in bytes, and the hop limit there.
  std::uint32_t mtu_of(LinkId link) const { return links_[link].routers.mtu(); }
  std::uint8_t hop_limit_of(LinkId link) const { return links_[link].routers.hop_limit(); }
  // Who resolves names, as routers of all links have told (RFC 8106).
  std::vector<IpAddress> resolvers() const;

  // After anything that may have changed what a link holds. True: `routes` were changed.
  bool follow_changes(Routes& routes);

  // ---- TIME
  Instant deadline() const;
  void on_time(Instant now);
  std::vector<Message> take_messages();
  // The groups that a link needs for itself, after they may have changed.
  std::optional<std::vector<IpAddress>> take_groups(LinkId link);
  void digest(Digest& digest) const;

 private:
  struct Used {
    LinkId link = 0;
    IpAddress address;
  };

  void follow_addresses(Routes& routes);
  std::vector<TableRoute> learned_routes() const;
  std::optional<TableRoute> gateway_route() const;

  bool forwards_;
  std::optional<IpAddress> gateway_;
  std::vector<OfLink> links_;
  std::vector<Used> used_;           // addresses that the host's routes know of
  std::vector<TableRoute> learned_;  // what it has from routers
  std::vector<Message> messages_;
};

}  // namespace acksu
