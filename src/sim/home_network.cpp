// Who has which address, and which way each router sends what.
#include "sim/home_network.h"

#include <string>
#include <utility>

#include "base/assert.h"

namespace acksu::sim {
namespace {

constexpr Prefix default_route{IpAddress::v4(0), 0};

constexpr IpAddress v6(std::uint64_t network, std::uint64_t host) {
  return {0x2001'0db8'0000'0000 | network, host};
}

// What a place in the network is called by the two families; each has it where it is wished.
struct Place {
  Prefix v4, v6;
};

constexpr Place of_lan{{HomeNetwork::lan_address, 24}, {HomeNetwork::lan_address_v6, 64}};
constexpr Place of_wan{{HomeNetwork::wan_address, 24}, {HomeNetwork::wan_address_v6, 64}};
constexpr Place of_isp1_near{{IpAddress::v4(203, 0, 113, 1), 24}, {v6(0x0007'00ff, 1), 64}};
constexpr Place of_isp1_far{{IpAddress::v4(192, 0, 2, 1), 30}, {v6(0x0002'0000, 1), 64}};
constexpr Place of_isp2_near{{IpAddress::v4(192, 0, 2, 2), 30}, {v6(0x0002'0000, 2), 64}};
constexpr Place of_isp2_far{{IpAddress::v4(192, 0, 2, 5), 30}, {v6(0x0003'0000, 1), 64}};
constexpr Place of_far_near{{IpAddress::v4(192, 0, 2, 6), 30}, {v6(0x0003'0000, 2), 64}};
constexpr Place of_far_lan{{IpAddress::v4(198, 51, 100, 1), 24}, {v6(0x0080'0000, 1), 64}};
constexpr Place of_web{{HomeNetwork::web_address, 24}, {HomeNetwork::web_address_v6, 64}};
constexpr Place of_dns{{HomeNetwork::dns_address, 24}, {HomeNetwork::dns_address_v6, 64}};

class Hosts {
 public:
  Hosts(World& world, const HomeNetworkSettings& settings) : world_(world), settings_(settings) {}

  void add() {
    add_laptop();
    add_home_router();
    add(router("ISP router 1", 3, of_isp1_near, of_isp1_far));
    add(router("ISP router 2", 4, of_isp2_near, of_isp2_far));
    add(router("far router", 5, of_far_near, of_far_lan));
    add(server("web server", 6, of_web));
    add(server("DNS server", 7, of_dns));
  }

 private:
  void add(HostSettings&& host) {
    host.tcp.congestion = settings_.congestion;
    host.tcp.msl = settings_.msl;
    world_.add_host(std::move(host));
  }

  LinkSettings link(std::string name, std::uint8_t host) const {
    LinkSettings settings;
    settings.name = std::move(name);
    settings.mac = {{2, 0, 0, 0, host, static_cast<std::uint8_t>(settings.name.back() - '0' + 1)}};
    return settings;
  }
  LinkSettings link_at(std::string name, std::uint8_t host, const Place& place) const {
    LinkSettings settings = link(std::move(name), host);
    if (settings_.has_ipv4) settings.addresses.push_back(place.v4);
    if (settings_.has_ipv6) settings.addresses.push_back(place.v6);
    settings.ipv6.identifiers = Ipv6LinkSettings::Identifiers::from_mac;
    settings.ipv6.believes_routers = false;
    return settings;
  }

  // Its links point back to the laptop (eth0) and on to the web server (eth1).
  HostSettings router(std::string name, std::uint8_t number, const Place& back,
                      const Place& on) const {
    HostSettings settings;
    settings.name = std::move(name);
    settings.links = {link_at("eth0", number, back), link_at("eth1", number, on)};
    settings.forwards = true;
    return settings;
  }

  HostSettings server(std::string name, std::uint8_t number, const Place& place) const {
    HostSettings settings;
    settings.name = std::move(name);
    settings.links = {link_at("eth0", number, place)};
    set_gateway(settings, of_far_lan);
    return settings;
  }

  void set_gateway(HostSettings& settings, const Place& gateway) const {
    if (settings_.has_ipv4) settings.gateway = gateway.v4.address;
    if (settings_.has_ipv6) settings.gateway_v6 = gateway.v6.address;
  }

  void set_home_link(HostSettings& host) const {
    host.links[0].kind = settings_.home_link;
    host.links[0].vlan = settings_.home_vlan;
  }

  // The router's end knows both addresses, the laptop's asks. Only the laptop's is a way out.
  // An echo now and then is enough on a line that does not change.
  void set_line(HostSettings& host, bool is_router) const {
    LinkSettings& link = host.links[0];
    if (link.kind != LinkKind::ppp) return;
    link.addresses.clear();
    link.ppp.echo_interval = 10min;
    link.ppp.is_way_out = !is_router;
    link.ppp.ipv4.asks_name_servers = !is_router;
    if (!is_router) return;
    link.ppp.ipv4.local = HomeNetwork::lan_address;
    link.ppp.ipv4.remote = HomeNetwork::laptop_address;
    link.ppp.ipv4.name_servers = {HomeNetwork::lan_address};
  }

  void add_laptop() {
    HostSettings laptop;
    laptop.name = "laptop";
    laptop.links = {link("eth0", 1)};
    if (settings_.laptop_has_address && settings_.has_ipv4) {
      laptop.links[0].addresses = {{HomeNetwork::laptop_address, 24}};
      laptop.gateway = HomeNetwork::lan_address;
    }
    set_home_link(laptop);
    set_line(laptop, false);
    laptop.links[0].ipv6.is_on = settings_.laptop_has_address && settings_.has_ipv6;
    add(std::move(laptop));
  }

  void add_home_router() {
    HostSettings home = router("home router", 2, of_lan, of_wan);
    set_home_link(home);
    set_line(home, true);
    set_gateway(home, of_isp1_near);
    if (settings_.has_ipv4) {
      home.translation = TranslationSettings{.outside = 1, .nat = {}, .forwards = {}};
      home.translation->nat.external = {HomeNetwork::wan_address};
      // So that the port changes too, as it must where two hosts at home use the same one.
      home.translation->nat.keeps_port = false;
    }
    AdvertisingSettings& advertises = home.links[0].ipv6.advertises;
    advertises.is_on = settings_.has_ipv6;
    advertises.prefixes = {{.prefix = HomeNetwork::home_prefix_v6}};
    advertises.resolvers = {HomeNetwork::lan_address_v6};
    add(std::move(home));
  }

  World& world_;
  const HomeNetworkSettings& settings_;
};

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
void add_routes_v4(World& world) {
  const Prefix far{IpAddress::v4(198, 51, 100, 0), 24};
  const Prefix customers{IpAddress::v4(203, 0, 113, 0), 24};
  add_route(world, HomeNetwork::isp1, {far, 1, of_isp2_near.v4.address});
  add_route(world, HomeNetwork::isp2, {far, 1, of_far_near.v4.address});
  add_route(world, HomeNetwork::isp2, {customers, 0, of_isp1_far.v4.address});
  add_route(world, HomeNetwork::far_router, {default_route, 0, of_isp2_far.v4.address});
}

// Nothing is translated, so the provider also knows the way into the home network.
void add_routes_v6(World& world) {
  const Prefix far{v6(0x0080'0000, 0), 64};
  const Prefix customer{v6(0x0007'0000, 0), 48};
  add_route(world, HomeNetwork::isp1, {far, 1, of_isp2_near.v6.address});
  add_route(world, HomeNetwork::isp1,
            {HomeNetwork::home_prefix_v6, 0, HomeNetwork::wan_address_v6});
  add_route(world, HomeNetwork::isp2, {far, 1, of_far_near.v6.address});
  add_route(world, HomeNetwork::isp2, {customer, 0, of_isp1_far.v6.address});
  add_route(world, HomeNetwork::far_router, {{}, 0, of_isp2_far.v6.address});
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
  DirectionSettings hop = settings.hops[0];
  if (settings.home_link == LinkKind::ppp) hop.mtu = 2 * hop.mtu + 16;  // escapes, at the worst
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
  Hosts{world, settings}.add();
  if (settings.has_ipv4) add_routes_v4(world);
  if (settings.has_ipv6) add_routes_v6(world);
  connect_all(world, settings);
  return world;
}

}  // namespace acksu::sim
