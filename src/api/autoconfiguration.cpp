// Looks until there is something to be seen.
#include "api/autoconfiguration.h"

#include <algorithm>

#include "host/host.h"

namespace acksu {
namespace {

constexpr Duration between_looks = 10ms, at_most_between = 1s;

std::optional<Ipv6Configuration> configuration_of(const Host& host, LinkId link) {
  const Ipv6Network::OfLink& known = host.ipv6().on(link);
  if (known.routers.routers().empty()) return std::nullopt;
  for (const Ipv6Address& each : known.addresses.all()) {
    if (!each.is_ready() || each.origin != Ipv6Address::Origin::advertised) continue;
    Ipv6Configuration found{.address = {each.address, each.prefix_length},
                            .router = known.routers.routers().front().what.address,
                            .name_servers = {}};
    for (const Ipv6Routers::Entry& resolver : known.routers.resolvers()) {
      found.name_servers.push_back(resolver.what.address);
    }
    return found;
  }
  return std::nullopt;
}

}  // namespace

void Autoconfiguration::start(Host& host, Instant now) {
  error_ = host.start_ipv6(link_);
  began_ = now;
  if (error_ == Error::none) on_time(host, now);
}

void Autoconfiguration::on_time(Host& host, Instant now) {
  configuration_ = configuration_of(host, link_);
  // Seldom, where nothing is to be seen for long.
  const Duration wait = std::clamp((now - began_) / 100, between_looks, at_most_between);
  next_look_ = configuration_ ? never : later_by(now, wait);
}

void Autoconfiguration::digest(Digest& digest) const {
  digest.add(next_look_);
  if (configuration_) digest.add(configuration_->address.address.low());
}

}  // namespace acksu
