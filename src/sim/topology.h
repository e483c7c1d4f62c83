// Worlds that are built often: two hosts and a cable, hosts around a switch, and networks in a row
// with routers and translators between them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/settings.h"
#include "sim/cable.h"
#include "sim/world.h"

namespace acksu::sim {

// 10.0.0.`number`/24 with MAC 02:00:00:00:00:`number` on one link, eth0.
HostSettings simple_host(std::string name, std::uint8_t number);
constexpr IpAddress simple_address(std::uint8_t number) { return IpAddress::v4(10, 0, 0, number); }

// A client (host 0, 10.0.0.1) and a server (host 1, 10.0.0.2) with a cable between them (cable 0).
inline constexpr HostId client_host = 0;
inline constexpr HostId server_host = 1;

struct TwoHosts {
  HostSettings client = simple_host("client", 1);
  HostSettings server = simple_host("server", 2);
  CableSettings cable{};
};
World two_hosts(std::uint64_t seed, TwoHosts settings = {});

// Hosts 0 .. `hosts` - 1, 10.0.0.1 and so on, each with a cable to one switch (switch 0).
World hosts_around_switch(std::uint64_t seed, std::uint8_t hosts, const CableSettings& cable = {});

// ---- Networks in a row
// -----------------------------------------------------------------------------------
//
//   client ── network 0 ── border 0 ── network 1 ── border 1 ── ... ── last network ── server
//
// Guests live in any network that has a switch. A translator lets those on its left speak IPv4 to
// its right with its own address, and passes IPv6 on as it is.

enum class Family : std::uint8_t { v4, v6 };
inline constexpr std::size_t families = 2;
const char* name(Family family);  // "IPv4"

enum class Border : std::uint8_t { router, translator };

struct Network {
  std::uint8_t switches = 0;  // in a row between its two ends
  std::uint32_t mtu = 1500;   // of its routers' links
  CableSettings cable{};      // between its left end and what comes next; others are fast and clean
};

struct Topology {
  std::vector<Network> networks{Network{}};  // from the client's to the server's: at most 8
  std::vector<Border> borders;               // between them: one less
  std::vector<std::uint8_t> guests;          // the network of each
  bool has_v4 = true;
  bool has_v6 = false;
  bool tries_addresses = false;  // of IPv6, before they are used (RFC 4862 5.4)

  bool is_routed() const { return !borders.empty(); }
  std::uint8_t last() const { return static_cast<std::uint8_t>(networks.size() - 1); }
  std::uint8_t network_of(HostId talker) const;
};

// What a world is like, for counting.
enum class Way : std::uint8_t { cable, switches, router, routers, translators };
inline constexpr std::size_t ways = 5;
const char* name(Way way);             // "routers"
Way way_of(const Topology& topology);  // translators: one or more, and whatever else
std::string describe(const Topology& topology);

// Of a talker: 0 is the client, 1 the server, guests follow.
IpAddress address_of(const Topology& topology, HostId talker, Family family);

// Talkers are hosts 0 and so on, routers follow. Each talker has one link; it is given its
// addresses and gateways. Cable 0 is the client's.
World build(std::uint64_t seed, const Topology& topology, std::vector<HostSettings> talkers);

}  // namespace acksu::sim
