// Worlds that are built often.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

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

// What stands between the two.
enum class Way : std::uint8_t {
  cable,
  network_switch,  // a learning one
  router,          // the server's network is another: 10.0.1.0/24
  two_routers,     // with a network between them
  translator,      // the server sees the client as 10.0.1.1 (NAT44)
};
inline constexpr std::size_t ways = 5;
const char* name(Way way);  // "two routers"
constexpr bool is_routed(Way way) { return way >= Way::router; }
constexpr IpAddress server_address(Way way) {
  return is_routed(way) ? IpAddress::v4(10, 0, 1, 2) : simple_address(2);
}
// The client's cable is that of the settings; the others are fast and clean. Gives the hosts their
// addresses and gateways.
World far_hosts(std::uint64_t seed, TwoHosts settings, Way way);

// Hosts 0 .. `hosts` - 1, 10.0.0.1 and so on, each with a cable to one switch (switch 0).
World hosts_around_switch(std::uint64_t seed, std::uint8_t hosts, const CableSettings& cable = {});

}  // namespace acksu::sim
