// Worlds of two hosts, and of hosts around a switch. Networks in a row: networks.cpp.
#include "sim/topology.h"

#include <algorithm>
#include <array>
#include <utility>

namespace acksu::sim {

HostSettings simple_host(std::string name, std::uint8_t number) {
  HostSettings host;
  host.name = std::move(name);
  LinkSettings link;
  link.mac = {{0x02, 0, 0, 0, 0, number}};
  link.addresses.push_back({simple_address(number), 24});
  host.links.push_back(std::move(link));
  return host;
}

World two_hosts(std::uint64_t seed, TwoHosts settings) {
  World world{seed};
  const HostId client = world.add_host(std::move(settings.client));
  const HostId server = world.add_host(std::move(settings.server));
  world.connect({client, 0}, {server, 0}, std::move(settings.cable));
  return world;
}

World hosts_around_switch(std::uint64_t seed, std::uint8_t hosts, const CableSettings& cable) {
  World world{seed};
  const SwitchId device = world.add_switch({.ports = hosts});
  for (std::uint8_t i = 0; i < hosts; ++i) {
    const auto number = static_cast<std::uint8_t>(i + 1);
    const HostId host = world.add_host(simple_host("host" + std::to_string(number), number));
    world.connect({host, 0}, Port::of_switch(device, i), cable);
  }
  return world;
}

}  // namespace acksu::sim
