// Who has which address, and which way each router sends what.
#include "sim/home_network.h"

#include <string>
#include <utility>

#include "base/assert.h"

namespace acksu::sim {
namespace {

constexpr Prefix default_route{IpAddress::v4(0), 0};

LinkSettings ethernet(std::string name, std::uint8_t host, Prefix address) {
  LinkSettings settings;
  settings.name = std::move(name);
  settings.mac = {{2, 0, 0, 0, host, static_cast<std::uint8_t>(settings.name.back() - '0' + 1)}};
  settings.addresses = {address};
  return settings;
}

HostSettings end_host(std::string name, std::uint8_t number, Prefix address, IpAddress gateway) {
  HostSettings settings;
  settings.name = std::move(name);
  settings.links = {ethernet("eth0", number, address)};
  settings.gateway = gateway;
  return settings;
}

// Its links point back to the laptop (eth0) and on to the web server (eth1).
HostSettings router(std::string name, std::uint8_t number, Prefix back, Prefix on) {
  HostSettings settings;
  settings.name = std::move(name);
  settings.links = {ethernet("eth0", number, back), ethernet("eth1", number, on)};
  settings.forwards = true;
  return settings;
}

void set_home_link(HostSettings& host, const HomeNetworkSettings& settings) {
  host.links[0].kind = settings.home_link;
  host.links[0].vlan = settings.home_vlan;
}

void add_hosts(World& world, const HomeNetworkSettings& settings) {
  HostSettings laptop =
      end_host("laptop", 1, {HomeNetwork::laptop_address, 24}, HomeNetwork::lan_address);
  set_home_link(laptop, settings);
  if (!settings.laptop_has_address) {
    laptop.links[0].addresses.clear();
    laptop.gateway = std::nullopt;
  }
  world.add_host(std::move(laptop));
  HostSettings home =
      router("home router", 2, {HomeNetwork::lan_address, 24}, {HomeNetwork::wan_address, 24});
  set_home_link(home, settings);
  home.gateway = IpAddress::v4(203, 0, 113, 1);
  home.translation = TranslationSettings{.outside = 1, .nat = {}, .forwards = {}};
  home.translation->nat.external = {HomeNetwork::wan_address};
  // So that the port changes too, as it must where two hosts at home use the same one.
  home.translation->nat.keeps_port = false;
  world.add_host(std::move(home));
  world.add_host(router("ISP router 1", 3, {IpAddress::v4(203, 0, 113, 1), 24},
                        {IpAddress::v4(192, 0, 2, 1), 30}));
  world.add_host(router("ISP router 2", 4, {IpAddress::v4(192, 0, 2, 2), 30},
                        {IpAddress::v4(192, 0, 2, 5), 30}));
  world.add_host(router("far router", 5, {IpAddress::v4(192, 0, 2, 6), 30},
                        {IpAddress::v4(198, 51, 100, 1), 24}));
  const IpAddress far_gateway = IpAddress::v4(198, 51, 100, 1);
  world.add_host(end_host("web server", 6, {HomeNetwork::web_address, 24}, far_gateway));
  world.add_host(end_host("DNS server", 7, {HomeNetwork::dns_address, 24}, far_gateway));
}

struct StaticRoute {
  Prefix to;
  LinkId by = 0;
  IpAddress next_hop;
};

void add_route(World& world, HostId host, const StaticRoute& way) {
  const RouteTarget target{.link = way.by, .next_hop = way.next_hop};
  ACKSU_ASSERT(world.host(host).add_route(way.to, target, world.now()) == Error::none);
}

// The routers know the far network and that of the provider; the home network is nobody's business
// but the home router's.
void add_routes(World& world) {
  const Prefix far{IpAddress::v4(198, 51, 100, 0), 24};
  const Prefix customers{IpAddress::v4(203, 0, 113, 0), 24};
  add_route(world, HomeNetwork::isp1, {far, 1, IpAddress::v4(192, 0, 2, 2)});
  add_route(world, HomeNetwork::isp2, {far, 1, IpAddress::v4(192, 0, 2, 6)});
  add_route(world, HomeNetwork::isp2, {customers, 0, IpAddress::v4(192, 0, 2, 1)});
  add_route(world, HomeNetwork::far_router, {default_route, 0, IpAddress::v4(192, 0, 2, 5)});
}

// The cable between an end host and its switch: half of the delay, none of the trouble.
CableSettings good_half(const DirectionSettings& hop) {
  return CableSettings::both({.delay = hop.delay / 2, .mtu = hop.mtu});
}

CableSettings bad_half(DirectionSettings hop) {
  hop.delay -= hop.delay / 2;
  return CableSettings::both(hop);
}

void connect_home(World& world, const HomeNetworkSettings& settings) {
  const DirectionSettings& hop = settings.hops[0];
  if (!has_ethernet(settings.home_link)) {
    world.connect({HomeNetwork::laptop, 0}, {HomeNetwork::home_router, 0},
                  CableSettings::both(hop));
    return;
  }
  const SwitchId home = world.add_switch({.name = "home switch", .ports = settings.switch_ports});
  world.connect({HomeNetwork::laptop, 0}, Port::of_switch(home, 0), good_half(hop));
  world.connect(Port::of_switch(home, 1), {HomeNetwork::home_router, 0}, bad_half(hop));
}

void connect_all(World& world, const HomeNetworkSettings& settings) {
  connect_home(world, settings);
  const SwitchId far = world.add_switch({.name = "far switch", .ports = settings.switch_ports});
  const auto& hops = settings.hops;
  for (HostId left = HomeNetwork::home_router; left < HomeNetwork::far_router; ++left) {
    world.connect({left, 1}, {left + 1, 0}, CableSettings::both(hops[left]));
  }
  world.connect({HomeNetwork::far_router, 1}, Port::of_switch(far, 0), bad_half(hops[4]));
  world.connect(Port::of_switch(far, 1), {HomeNetwork::web_server, 0}, good_half(hops[4]));
  world.connect(Port::of_switch(far, 2), {HomeNetwork::dns_server, 0}, good_half(hops[4]));
}

}  // namespace

std::array<Port, 2> HomeNetwork::ends_of(std::uint32_t hop) {
  ACKSU_ASSERT(hop >= 1 && hop <= hops);
  return {Port{hop - 1, static_cast<LinkId>(hop == 1 ? 0 : 1)}, Port{hop, 0}};
}

World home_network(std::uint64_t seed, const HomeNetworkSettings& settings) {
  World world{seed};
  add_hosts(world, settings);
  add_routes(world);
  connect_all(world, settings);
  return world;
}

}  // namespace acksu::sim
