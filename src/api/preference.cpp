// Asks the host from where it would send.
#include "api/preference.h"

#include "host/address_order.h"

namespace acksu {
namespace {

Destination destination_of(const Host& host, IpAddress address) {
  Destination destination{.address = address};
  const std::optional<Route> route = host.routes().find(address);
  if (!route || route->source.is_any()) return destination;
  destination.source = route->source;
  for (const LocalAddress& ours : host.routes().addresses()) {
    if (ours.prefix.address != route->source) continue;
    destination.source_prefix_length = ours.prefix.length;
    destination.is_source_deprecated = ours.is_deprecated;
  }
  return destination;
}

}  // namespace

std::vector<IpAddress> in_order_of_preference(const Host& host,
                                              const std::vector<IpAddress>& addresses) {
  std::vector<Destination> destinations;
  for (const IpAddress address : addresses) destinations.push_back(destination_of(host, address));
  std::vector<IpAddress> ordered;
  for (const Destination& each : in_order(destinations)) ordered.push_back(each.address);
  return ordered;
}

}  // namespace acksu
