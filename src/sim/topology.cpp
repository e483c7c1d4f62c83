// Worlds that are built often.
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

namespace {

LinkSettings router_link(std::uint8_t number, IpAddress address, std::uint32_t mtu) {
  LinkSettings link;
  link.mac = {{0x02, 0, 0, 0, 1, number}};
  link.addresses.push_back({address, 24});
  link.mtu = mtu;
  return link;
}

HostSettings router_between(std::string name, LinkSettings inner, LinkSettings outer) {
  HostSettings router;
  router.name = std::move(name);
  router.links = {std::move(inner), std::move(outer)};
  router.forwards = true;
  return router;
}

World hosts_on_a_switch(std::uint64_t seed, TwoHosts settings) {
  World world{seed};
  const HostId client = world.add_host(std::move(settings.client));
  const HostId server = world.add_host(std::move(settings.server));
  const SwitchId device = world.add_switch({.ports = 2});
  world.connect({client, 0}, Port::of_switch(device, 0), std::move(settings.cable));
  world.connect(Port::of_switch(device, 1), {server, 0}, {});
  return world;
}

}  // namespace

const char* name(Way way) {
  constexpr std::array<const char*, ways> names{"a cable", "a switch", "a router", "two routers",
                                                "a translator"};
  return names[static_cast<std::size_t>(way)];
}

World far_hosts(std::uint64_t seed, TwoHosts settings, Way way) {
  if (way == Way::cable) return two_hosts(seed, std::move(settings));
  if (way == Way::network_switch) return hosts_on_a_switch(seed, std::move(settings));

  constexpr IpAddress inner = IpAddress::v4(10, 0, 0, 254), outer = IpAddress::v4(10, 0, 1, 1);
  constexpr IpAddress near = IpAddress::v4(10, 0, 9, 1), far = IpAddress::v4(10, 0, 9, 2);
  const std::uint32_t client_mtu = settings.client.links[0].mtu;
  const std::uint32_t server_mtu = settings.server.links[0].mtu;
  const std::uint32_t middle_mtu = std::max(client_mtu, server_mtu);
  const bool is_long = way == Way::two_routers;
  HostSettings first = router_between(
      "router", router_link(1, inner, client_mtu),
      is_long ? router_link(2, near, middle_mtu) : router_link(2, outer, server_mtu));
  if (is_long) first.gateway = far;
  if (way == Way::translator) {
    first.translation = TranslationSettings{.outside = 1, .nat = {}, .forwards = {}};
    first.translation->nat.external = {outer};
  }
  settings.client.gateway = inner;
  settings.server.gateway = outer;
  settings.server.links[0].addresses = {{server_address(way), 24}};

  World world{seed};
  const HostId client = world.add_host(std::move(settings.client));
  const HostId server = world.add_host(std::move(settings.server));
  HostId last = world.add_host(std::move(first));
  world.connect({client, 0}, {last, 0}, std::move(settings.cable));
  if (is_long) {
    HostSettings second = router_between("far router", router_link(3, far, middle_mtu),
                                         router_link(4, outer, server_mtu));
    second.gateway = near;
    const HostId next = world.add_host(std::move(second));
    world.connect({last, 1}, {next, 0}, {});
    last = next;
  }
  world.connect({last, 1}, {server, 0}, {});
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
