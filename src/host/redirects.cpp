// The table of better first hops.
#include "host/redirects.h"

#include <algorithm>

namespace acksu {

bool Redirects::add(Routes& routes, const BetterHop& better, Instant now) {
  forget(routes, better.destination);
  const Prefix prefix = prefix_of(better.destination);
  if (routes.table().find_exact(prefix) != nullptr || settings_.max_entries == 0) return false;
  if (entries_.size() >= settings_.max_entries) forget(routes, entries_.front().destination);
  const bool is_on_link = better.gateway == better.destination;
  const RouteTarget target{
      .link = better.link, .next_hop = is_on_link ? IpAddress{} : better.gateway, .metric = metric};
  if (!routes.add_route(prefix, target)) return false;
  entries_.push_back({better.destination, later_by(now, settings_.lifetime)});
  return true;
}

bool Redirects::forget(Routes& routes, IpAddress destination) {
  const auto found = std::ranges::find(entries_, destination, &Entry::destination);
  if (found == entries_.end()) return false;
  entries_.erase(found);
  routes.remove_route(prefix_of(destination), metric);
  return true;
}

void Redirects::digest(Digest& digest) const {
  for (const Entry& entry : entries_) {
    digest.add(entry.destination.high());
    digest.add(entry.destination.low());
    digest.add(entry.until);
  }
}

}  // namespace acksu
