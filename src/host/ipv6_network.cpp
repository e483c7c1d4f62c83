// Addresses and routers of all links, made into routes.
#include "host/ipv6_network.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/address.h"
#include "wire/ipv6.h"

namespace acksu {
namespace {

constexpr std::uint32_t gateway_metric = 1;
constexpr std::uint32_t on_link_metric = 256;  // and one more for each link
constexpr std::uint32_t router_metric = 1024;  // and one more for each router
constexpr IpAddress all_nodes_of_interface{0xff01'0000'0000'0000, 1};

bool has_ipv6(const LinkSettings& link) {
  return link.ipv6.is_on || std::ranges::any_of(link.addresses, [](const Prefix& prefix) {
           return !prefix.address.is_v4();
         });
}

SipKey key_of(SipKey key, std::uint64_t link, std::uint64_t purpose) {
  const std::array<std::uint64_t, 2> first{link, purpose << 1};
  const std::array<std::uint64_t, 2> second{link, purpose << 1 | 1};
  return {siphash_2_4(key, first), siphash_2_4(key, second)};
}

std::optional<IpAddress> gateway_of(const HostSettings& settings) {
  if (settings.gateway_v6) return settings.gateway_v6;
  return settings.gateway && !settings.gateway->is_v4() ? settings.gateway : std::nullopt;
}

}  // namespace

Ipv6Network::Ipv6Network(const HostSettings& settings, SipKey key)
    : forwards_(settings.forwards), gateway_(gateway_of(settings)) {
  for (std::size_t i = 0; i < settings.links.size(); ++i) {
    const LinkSettings& link = settings.links[i];
    Ipv6LinkSettings ipv6 = link.ipv6;
    // RFC 8200 5: a link that takes less carries no IPv6.
    ipv6.is_on = has_ipv6(link) && link.mtu >= wire::Ipv6Header::least_mtu;
    // RFC 5072 4.1, 5: between two ends nobody else can have an address of ours.
    if (!has_ethernet(link.kind)) ipv6.duplicate_probes = 0;
    // RFC 4861 6.2.2: only a router advertises, and none believes others.
    ipv6.advertises.is_on &= forwards_;
    ipv6.believes_routers &= !forwards_;
    links_.push_back({Ipv6Addresses(ipv6, link.mac, key_of(key, i, 0)),
                      Ipv6Routers(ipv6, link.mtu, settings.ttl, key_of(key, i, 1)),
                      RouterAdvertiser(ipv6.advertises, key_of(key, i, 2)), ipv6.is_on,
                      ipv6.believes_routers});
    for (const Prefix& prefix : link.addresses) {
      if (ipv6.is_on && !prefix.address.is_v4()) links_.back().addresses.add(prefix);
    }
  }
}

bool Ipv6Network::start(LinkId link) {
  OfLink& started = links_[link];
  if (started.is_on) return true;
  if (started.routers.mtu() < wire::Ipv6Header::least_mtu) return false;
  started.is_on = true;
  started.addresses.start();
  return true;
}

// ---- Looking ------------------------------------------------------------------------------------

std::optional<LinkId> Ipv6Network::first_link() const {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].is_on) return static_cast<LinkId>(i);
  }
  return std::nullopt;
}

bool Ipv6Network::listens_on(LinkId link, IpAddress group) const {
  if (group == wire::all_nodes_v6 || group == all_nodes_of_interface) return true;
  if (group == wire::all_routers_v6) return forwards_;
  return links_[link].addresses.listens_to(group);
}

std::vector<IpAddress> Ipv6Network::resolvers() const {
  std::vector<IpAddress> all;
  for (const OfLink& link : links_) {
    for (const Ipv6Routers::Entry& each : link.routers.resolvers()) {
      all.push_back(each.what.address);
    }
  }
  return all;
}

// ---- Routes -------------------------------------------------------------------------------------

// Only an address that was given says what its network is (RFC 5942 section 4).
void Ipv6Network::follow_addresses(Routes& routes) {
  std::erase_if(used_, [&](const Used& used) {
    if (links_[used.link].addresses.is_ours(used.address)) return false;
    routes.remove_address(used.link, used.address);
    return true;
  });
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const auto link = static_cast<LinkId>(i);
    for (const Ipv6Address& each : links_[i].addresses.all()) {
      if (!each.is_ready()) continue;
      const bool is_network_known = each.origin != Ipv6Address::Origin::advertised;
      if (routes.add_address(link, {each.address, each.prefix_length}, is_network_known)) {
        used_.push_back({link, each.address});
      }
      routes.set_deprecated(each.address, each.is_deprecated);
    }
  }
}

std::optional<TableRoute> Ipv6Network::gateway_route() const {
  if (!gateway_) return std::nullopt;
  std::optional<LinkId> link = first_link();
  for (std::size_t i = 0; i < links_.size(); ++i) {
    for (const Ipv6Address& each : links_[i].addresses.all()) {
      const bool is_near = Prefix{each.address, each.prefix_length}.contains(*gateway_);
      if (is_near && each.origin == Ipv6Address::Origin::given) link = static_cast<LinkId>(i);
    }
  }
  if (!link) return std::nullopt;
  return TableRoute{{{}, 0}, {.link = *link, .next_hop = *gateway_, .metric = gateway_metric}};
}

std::vector<TableRoute> Ipv6Network::learned_routes() const {
  std::vector<TableRoute> routes;
  if (const std::optional<TableRoute> route = gateway_route()) routes.push_back(*route);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const auto link = static_cast<LinkId>(i);
    for (const Ipv6Routers::Entry& each : links_[i].routers.prefixes()) {
      routes.push_back(
          {each.what, {.link = link, .next_hop = {}, .metric = on_link_metric + link}});
    }
    std::uint32_t metric = router_metric + 256u * link;
    for (const Ipv6Routers::Entry& each : links_[i].routers.routers()) {
      routes.push_back(
          {{{}, 0}, {.link = link, .next_hop = each.what.address, .metric = metric++}});
    }
  }
  return routes;
}

bool Ipv6Network::follow_changes(Routes& routes) {
  bool is_changed = false;
  for (OfLink& link : links_) {
    is_changed |= link.addresses.take_change();
    is_changed |= link.routers.take_change();
  }
  if (!is_changed) return false;
  follow_addresses(routes);
  for (const TableRoute& each : learned_) routes.remove_route(each.prefix, each.target.metric);
  learned_ = learned_routes();
  // Where a route of that prefix and metric is already, it stays.
  std::erase_if(learned_, [&](const TableRoute& each) {
    return !routes.add_route(each.prefix, each.target);
  });
  return true;
}

// ---- TIME ---------------------------------------------------------------------------------------

Instant Ipv6Network::deadline() const {
  Instant deadline = never;
  for (const OfLink& link : links_) {
    if (!link.is_on) continue;
    deadline = earliest(deadline, link.addresses.deadline());
    deadline = earliest(deadline, link.routers.deadline());
    deadline = earliest(deadline, link.advertiser.deadline());
    // Where no address is tried, nothing else makes these two begin.
    const bool asks = link.believes_routers && !link.routers.has_begun();
    const bool advertises = link.advertiser.is_to_begin() && link.addresses.link_local();
    if (advertises || (asks && link.addresses.is_settled())) deadline = Instant{};
  }
  return deadline;
}

void Ipv6Network::on_time(Instant now) {
  using Kind = Message::Kind;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    OfLink& link = links_[i];
    if (!link.is_on) continue;
    const auto id = static_cast<LinkId>(i);
    link.addresses.on_time(now);
    for (const Ipv6Addresses::Probe& probe : link.addresses.take_probes()) {
      messages_.push_back({Kind::probe, id, probe});
    }
    if (link.addresses.link_local()) link.advertiser.begin(now);
    if (link.addresses.is_settled() && link.believes_routers) link.routers.begin_asking(now);
    link.routers.on_time(now);
    if (link.routers.take_solicitation()) messages_.push_back({Kind::router_solicitation, id, {}});
    if (link.advertiser.on_time(now)) messages_.push_back({Kind::router_advertisement, id, {}});
  }
}

std::vector<Ipv6Network::Message> Ipv6Network::take_messages() {
  return std::exchange(messages_, {});
}

std::optional<std::vector<IpAddress>> Ipv6Network::take_groups(LinkId link) {
  std::optional<std::vector<IpAddress>> groups = links_[link].addresses.take_groups();
  if (groups && forwards_) groups->push_back(wire::all_routers_v6);
  return groups;
}

void Ipv6Network::digest(Digest& digest) const {
  for (const OfLink& link : links_) {
    if (!link.is_on) continue;
    link.addresses.digest(digest);
    link.routers.digest(digest);
    link.advertiser.digest(digest);
  }
}

}  // namespace acksu
