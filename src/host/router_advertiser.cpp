// What a router says.
#include "host/router_advertiser.h"

namespace acksu {

wire::RouterAdvertisement RouterAdvertiser::advertisement() const {
  wire::RouterAdvertisement said;
  said.hop_limit = settings_.hop_limit;
  said.is_managed = settings_.is_managed;
  said.has_other = settings_.has_other;
  said.lifetime = settings_.lifetime;
  said.mtu = settings_.mtu;
  for (const AdvertisedPrefix& each : settings_.prefixes) {
    said.prefixes.add({.prefix = each.prefix,
                       .is_on_link = each.is_on_link,
                       .is_for_addresses = each.is_for_addresses,
                       .valid = each.valid,
                       .preferred = each.preferred});
  }
  if (!settings_.resolvers.empty()) {
    wire::Resolvers resolvers{.addresses = {}, .lifetime = settings_.resolver_lifetime};
    for (const IpAddress each : settings_.resolvers) resolvers.addresses.add(each);
    said.resolvers.add(resolvers);
  }
  return said;
}

}  // namespace acksu
