// Addresses and routes that come and go while a host runs.
#include "host/host.h"

namespace acksu {

Error Host::add_address(LinkId link, const Prefix& prefix, Instant) {
  const bool is_v4 = prefix.address.is_v4();
  const unsigned longest = is_v4 ? 32 : 128;
  const bool is_usable = !prefix.address.is_any() && !routes_.is_bad_destination(prefix.address);
  if (link >= wires() || prefix.length > longest || !is_usable) {
    return Error::invalid_argument;
  }
  if (!is_v4) {
    if (!ipv6_.is_on(link)) return Error::invalid_argument;
    Ipv6Addresses& addresses = ipv6_.on(link).addresses;
    if (routes_.is_ours(prefix.address) || addresses.find(prefix.address) != nullptr) {
      return Error::address_in_use;
    }
    if (!addresses.add(prefix)) return Error::out_of_memory;
    follow_ipv6();
    return Error::none;
  }
  if (!routes_.add_address(link, prefix)) return Error::address_in_use;
  forget_judgements();
  return Error::none;
}

Error Host::start_ipv6(LinkId link) {
  if (link >= wires() || !ipv6_.start(link)) return Error::invalid_argument;
  follow_ipv6();
  return Error::none;
}

Error Host::remove_address(LinkId link, IpAddress address, Instant) {
  if (link >= wires()) return Error::address_not_available;
  if (!address.is_v4()) {
    if (!ipv6_.on(link).addresses.remove(address)) return Error::address_not_available;
    follow_ipv6();
    return Error::none;
  }
  if (!routes_.remove_address(link, address)) return Error::address_not_available;
  forget_judgements();
  return Error::none;
}

Error Host::add_route(const Prefix& prefix, const RouteTarget& target, Instant) {
  const unsigned longest = prefix.address.is_v4() ? 32 : 128;
  if (target.link >= wires() || prefix.length > longest) return Error::invalid_argument;
  const bool is_mixed =
      !target.next_hop.is_any() && target.next_hop.is_v4() != prefix.address.is_v4();
  if (is_mixed) return Error::invalid_argument;
  return routes_.add_route(prefix, target) ? Error::none : Error::address_in_use;
}

Error Host::remove_route(const Prefix& prefix, std::uint32_t metric, Instant) {
  return routes_.remove_route(prefix, metric) ? Error::none : Error::invalid_argument;
}

// What was found good of packets may be so no longer.
void Host::forget_judgements() {
  for (Link& link : links_) link.forget_good();
}

}  // namespace acksu
