// What can be set about a host: its links, addresses, limits, and TCP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/siphash.h"
#include "base/time.h"
#include "host/address_kinds.h"
#include "host/filter.h"
#include "host/ipv6_settings.h"
#include "host/link_kind.h"
#include "host/membership.h"
#include "host/nat.h"
#include "host/path_mtu.h"
#include "host/ppp_settings.h"
#include "host/reassembly.h"
#include "host/steering.h"
#include "tcp/settings.h"

namespace acksu {

// RFC 903: whoever asks is told which address has a card.
struct ReverseEntry {
  MacAddress mac;
  IpAddress address;
};

struct LinkSettings {
  std::string name = "eth0";
  MacAddress mac;
  std::vector<Prefix> addresses;  // of this host on this link: RFC 1122 3.2.2.9
  std::uint32_t mtu = 1500;       // bytes of an IP packet
  std::uint32_t max_split_bytes =
      0;  // largest IP packet the device splits itself (at most 65535); 0: it cannot
  bool is_checksum_trusted = false;  // an in-memory link between hosts that need no checksums
  std::vector<ReverseEntry> reverse_entries{};  // what this host knows as a RARP server
  Ipv6LinkSettings ipv6{};
  LinkKind kind = LinkKind::ethernet;
  VlanSettings vlan{};  // of that kind
  PppSettings ppp{};    // gives such a link its addresses, and no more than its MTU
};

struct NeighbourSettings {
  std::uint32_t max_entries = 1024;
  std::uint32_t max_unresolved = 256;
  // Per unresolved entry; the oldest gives way. A datagram of 64 KiB is 45 fragments of 1500 bytes.
  std::uint32_t max_pending_packets = 48;
  Duration request_interval = 1s;  // RFC 1122 2.3.2.1 (b): at most one a second
  std::uint32_t max_requests = 3;
  Duration lifetime = 60s;      // without confirmation; RFC 1122 2.3.2.1 (a), (c)
  Duration reachable_v6 = 30s;  // the same for IPv6: RFC 4861 REACHABLE_TIME
  Duration delay_v6 = 5s;       // DELAY_FIRST_PROBE_TIME: of an entry that was only heard of
};

// Addresses behind one (NAT44): what leaves by the link `outside` is translated.
struct TranslationSettings {
  LinkId outside = 0;
  NatSettings nat;
  std::vector<PortForward> forwards;
};

// Better first hops: what routers tell, and hosts may believe (RFC 1122 3.2.2.2, RFC 4861 8). Off:
// whoever is on the link can forge them.
struct RedirectSettings {
  bool accepts = false;  // of hosts; a router never does. RFC 1122 3.2.2.2 (b)
  bool sends = false;    // of routers: RFC 1122 3.2.2.2 (a)
  std::uint32_t max_entries = 64;
  Duration lifetime = 600s;
};

struct HostSettings {
  std::string name = "host";
  std::vector<LinkSettings> links;      // a host adds its loopback behind them
  std::optional<IpAddress> gateway;     // next hop for all that is on no link
  std::optional<IpAddress> gateway_v6;  // the same for IPv6; routers that advertise come after it
  tcp::Settings tcp;
  NeighbourSettings neighbours;
  std::uint16_t first_ephemeral_port = 32768;  // RFC 6056
  std::uint16_t last_ephemeral_port = 60999;
  // RFC 1122 3.2.1.7 (c).
  std::uint8_t ttl = 64;
  bool forwards = false;  // a router: packets for others are passed on
  std::optional<TranslationSettings> translation;
  std::optional<FilterSettings> filter;  // of what is passed on
  std::optional<ShardSettings> shard;    // nothing: this host alone has its addresses
  RedirectSettings redirects;
  // Which special addresses are dropped as source or destination, and not passed on.
  Martians martians = Martians::reserved;
  ReassemblySettings reassembly;
  PathMtuSettings path_mtu;
  MembershipSettings membership;
  bool accepts_any_address = false;  // TCP listeners take SYNs to every address: for tunnels
  std::uint64_t max_memory_bytes = 1ull << 30;  // all text held by all sockets
  std::uint64_t refused_charge = 0;  // the so-manieth charge to it is refused once: to try shortage
  // So many stay as they are; others to which nothing happens are kept in less room.
  std::uint32_t never_folded_connections = 256;
  std::uint32_t max_replies = 4096;  // resets, SYN+ACKs, ACKs of TIME-WAIT waiting to be sent
  std::uint32_t max_udp_queue_bytes = 256 * 1024;  // received and not yet read, per socket
  std::uint32_t max_raw_sockets = 64;              // each packet of its protocol is offered to all
  std::uint32_t max_raw_queue_bytes = 256 * 1024;  // received and not yet read, per socket
  std::uint32_t icmp_errors_per_second = 100;      // per destination
};

// Everything a host needs that nobody may guess. Real hosts take it from the operating system,
// simulated ones from their seed.
struct HostSecrets {
  SipKey key;
  std::uint64_t seed = 0;
};

}  // namespace acksu
