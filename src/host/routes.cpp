// Addresses, the networks that they are on, and the way elsewhere.
#include "host/routes.h"

#include <algorithm>

#include "host/address_kinds.h"
#include "host/source_selection.h"

namespace acksu {
namespace {

// The directed broadcast address of a network, which none of 31 or 32 bits has (RFC 3021).
std::optional<IpAddress> broadcast_of(const Prefix& prefix) {
  if (!prefix.address.is_v4() || prefix.length >= 31) return std::nullopt;
  return IpAddress::v4(prefix.address.as_v4() | (0xffff'ffffu >> prefix.length));
}

}  // namespace

// ---- Changing -----------------------------------------------------------------------------------

Routes::Routes(const HostSettings& settings) : martians_(settings.martians) {
  for (std::size_t i = 0; i < settings.links.size(); ++i) {
    const auto link = static_cast<LinkId>(i);
    if (settings.links[i].kind == LinkKind::loopback) loopback_ = link;
    for (const Prefix& prefix : settings.links[i].addresses) {
      if (prefix.address.is_v4()) add_address(link, prefix);
    }
  }
  if (!settings.gateway || !settings.gateway->is_v4()) return;
  const RouteTarget* const way = table_.find(*settings.gateway);
  if (way == nullptr) return;
  // RFC 1122 3.3.1.2 (a), 3.3.1.6.
  add_route({IpAddress::v4(0), 0}, {.link = way->link, .next_hop = *settings.gateway});
}

bool Routes::add_address(LinkId link, const Prefix& prefix, bool connects) {
  if (is_ours(prefix.address)) return false;
  addresses_.push_back({link, prefix, broadcast_of(prefix), connects});
  forget_last();
  connect_network(addresses_.back());
  return true;
}

// The first address of a network is the one to send from there.
void Routes::connect_network(const LocalAddress& address) {
  if (!address.connects) return;
  add_route(address.prefix, {.link = address.link, .source = address.prefix.address});
}

bool Routes::remove_address(LinkId link, IpAddress address) {
  const auto gone = std::find_if(addresses_.begin(), addresses_.end(), [&](const auto& each) {
    return each.link == link && each.prefix.address == address;
  });
  if (gone == addresses_.end()) return false;
  const RouteTarget* const network = table_.find_exact(gone->prefix);
  const bool is_source = network != nullptr && network->source == address;
  if (is_source) remove_route(gone->prefix, 0);
  addresses_.erase(gone);
  if (is_source) {
    for (const LocalAddress& each : addresses_) connect_network(each);
  }
  forget_last();
  return true;
}

void Routes::set_deprecated(IpAddress address, bool is_deprecated) {
  for (LocalAddress& each : addresses_) {
    if (each.prefix.address == address) each.is_deprecated = is_deprecated;
  }
  forget_last();
}

bool Routes::add_route(const Prefix& prefix, const RouteTarget& target) {
  forget_last();
  return table_.insert(prefix, target);
}

bool Routes::remove_route(const Prefix& prefix, std::uint32_t metric) {
  forget_last();
  return table_.remove(prefix, metric);
}

// ---- Asking -------------------------------------------------------------------------------------

// RFC 1122 3.2.1.3 (1), (2), 3.3.1.1.
std::optional<Route> Routes::look_up(IpAddress destination) const {
  last_destination_ = destination;
  forget_last();
  if (loopback_ && is_ours(destination)) {
    IpAddress source = destination;
    if (destination.is_v4() && is_loopback(destination)) source = IpAddress::v4(127, 0, 0, 1);
    return last_route_ = Route{*loopback_, destination, source};
  }
  const RouteTarget* const target = table_.find(destination);
  if (target == nullptr || target->kind != RouteKind::unicast) return std::nullopt;
  const IpAddress next_hop = target->next_hop.is_any() ? destination : target->next_hop;
  const IpAddress source =
      target->source.is_any() ? source_on(target->link, destination) : target->source;
  last_route_ = Route{target->link, next_hop, source};
  return last_route_;
}

IpAddress Routes::source_on(LinkId link, IpAddress destination) const {
  std::vector<SourceCandidate> candidates;
  for (const LocalAddress& each : addresses_) {
    candidates.push_back({.address = each.prefix.address,
                          .link = each.link,
                          .prefix_length = each.prefix.length,
                          .is_deprecated = each.is_deprecated});
  }
  const SourceCandidate* const best =
      select_source(candidates, {.destination = destination, .link = link});
  if (best != nullptr) return best->address;
  return destination.is_v4() ? IpAddress::v4(0) : IpAddress{};
}

std::optional<LinkId> Routes::link_of(IpAddress ours) const {
  if (is_loopback(ours)) return loopback_;
  for (const LocalAddress& each : addresses_) {
    if (each.prefix.address == ours) return each.link;
  }
  return std::nullopt;
}

bool Routes::is_on_link(LinkId link, IpAddress address) const {
  for (const LocalAddress& each : addresses_) {
    if (each.link == link && each.prefix.contains(address)) return true;
  }
  return false;
}

bool Routes::is_broadcast(IpAddress address) const {
  if (address == IpAddress::v4(0xffff'ffff)) return true;
  for (const LocalAddress& each : addresses_) {
    if (each.broadcast == address) return true;
  }
  return false;
}

bool Routes::is_bad_source(IpAddress address) const {
  return is_martian_source(address, martians_) || is_ours(address) || is_broadcast(address);
}

bool Routes::judge_destination(IpAddress address) const {
  const bool is_martian = is_martian_destination(address, martians_) && !is_loopback(address);
  const bool is_bad = is_martian || is_multicast(address) || is_broadcast(address);
  if (!is_bad) last_good_destination_ = address;
  return is_bad;
}

void Routes::digest(Digest& digest) const {
  for (const LocalAddress& each : addresses_) {
    digest.add(each.prefix.address.high());
    digest.add(each.prefix.address.low());
    digest.add((std::uint64_t{each.prefix.length} << 8) | each.link);
  }
  table_.digest(digest);
}

}  // namespace acksu
