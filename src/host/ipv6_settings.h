// What can be set about IPv6 on a link: how addresses are made and tried, whether routers are
// believed, and what a router advertises (RFC 4861 sections 6.2.1 and 10, RFC 4862, RFC 7217, RFC
// 8106).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace acksu {

struct AdvertisedPrefix {
  Prefix prefix;
  Duration valid = 30 * 24h;
  Duration preferred = 7 * 24h;
  bool is_on_link = true;
  bool is_for_addresses = true;  // of 64 bits only
};

struct AdvertisingSettings {
  bool is_on = false;  // on a host that forwards
  Duration min_interval = 200s;
  Duration max_interval = 600s;
  Duration lifetime = 1800s;  // as default router; 0: it is none
  bool is_managed = false;    // addresses by DHCPv6
  bool has_other = false;     // other things by DHCPv6
  std::uint8_t hop_limit = 64;
  std::optional<std::uint32_t> mtu{};        // bytes
  std::vector<AdvertisedPrefix> prefixes{};  // the first 16 are told
  std::vector<IpAddress> resolvers{};        // the first 3 are told
  Duration resolver_lifetime = 1800s;
};

struct Ipv6LinkSettings {
  // How the last 64 bits of an address are made.
  enum class Identifiers : std::uint8_t {
    stable,    // RFC 7217: by a secret, the same for a network each time, nothing about us
    from_mac,  // RFC 4291 appendix A
  };

  bool is_on = false;  // also when the link is given an IPv6 address
  Identifiers identifiers = Identifiers::stable;
  bool believes_routers = true;       // a host that forwards never does
  std::uint8_t duplicate_probes = 1;  // RFC 4862 DupAddrDetectTransmits; 0: no detection
  Duration probe_interval = 1s;       // RetransTimer
  Duration most_delay = 1s;           // before the first probe and solicitation, by chance
  std::uint8_t router_solicitations = 3;
  Duration solicitation_interval = 4s;
  AdvertisingSettings advertises{};
  // Of one link; what is beyond them is refused.
  std::uint32_t max_addresses = 16;
  std::uint32_t max_prefixes = 16;
  std::uint32_t max_routers = 8;
  std::uint32_t max_resolvers = 8;
};

}  // namespace acksu
