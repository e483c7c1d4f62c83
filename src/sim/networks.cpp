// Networks in a row: addresses, gateways, routes and cables of a topology.
#include <array>
#include <utility>

#include "base/assert.h"
#include "sim/topology.h"

namespace acksu::sim {
namespace {

// In its network: the router on its right end, and the one on its left.
constexpr std::uint8_t right_end = 254, left_end = 253;
constexpr std::size_t most_networks = 8;

IpAddress address_in(std::uint8_t network, std::uint8_t number, Family family) {
  if (family == Family::v4) return IpAddress::v4(10, 0, network, number);
  return {0x2001'0db8'0000'0000ull | network, number};
}

Prefix network_prefix(std::uint8_t network, Family family) {
  return {address_in(network, 0, family),
          static_cast<std::uint8_t>(family == Family::v4 ? 24 : 64)};
}

class Builder {
 public:
  Builder(std::uint64_t seed, const Topology& topology) : topology_(topology), world_(seed) {
    ACKSU_ASSERT(topology.networks.size() <= most_networks);
    ACKSU_ASSERT(topology.borders.size() + 1 == topology.networks.size());
  }

  World build(std::vector<HostSettings> talkers) {
    for (HostSettings& talker : talkers) add_talker(std::move(talker));
    const HostId first_router = world_.host_count();
    for (std::uint8_t i = 0; i < topology_.borders.size(); ++i) add_router(i);
    for (std::uint8_t i = 0; i < topology_.networks.size(); ++i) {
      const Port left = i == 0 ? Port{client_host, 0} : Port{first_router + i - 1, 1};
      const Port right = i == topology_.last() ? Port{server_host, 0} : Port{first_router + i, 0};
      connect(i, left, right);
    }
    return std::move(world_);
  }

 private:
  void give_addresses(LinkSettings& link, std::uint8_t network, std::uint8_t number) const {
    link.addresses.clear();
    if (topology_.has_v4) link.addresses.push_back({address_in(network, number, Family::v4), 24});
    if (topology_.has_v6) link.addresses.push_back({address_in(network, number, Family::v6), 64});
    link.ipv6.believes_routers = false;
    if (!topology_.tries_addresses) link.ipv6.duplicate_probes = 0;
  }

  void lead(HostSettings& host, std::uint8_t network, std::uint8_t number) const {
    if (topology_.has_v4) host.gateway = address_in(network, number, Family::v4);
    if (topology_.has_v6) host.gateway_v6 = address_in(network, number, Family::v6);
  }

  void add_talker(HostSettings settings) {
    const HostId id = world_.host_count();
    const std::uint8_t network = topology_.network_of(id);
    give_addresses(settings.links[0], network, static_cast<std::uint8_t>(id + 1));
    const bool is_at_the_end = network == topology_.last();
    if (topology_.is_routed()) lead(settings, network, is_at_the_end ? left_end : right_end);
    world_.add_host(std::move(settings));
  }

  // Border i joins networks i and i + 1.
  void add_router(std::uint8_t i) {
    const bool is_translator = topology_.borders[i] == Border::translator;
    const auto next = static_cast<std::uint8_t>(i + 1);
    HostSettings router;
    router.name = (is_translator ? "translator" : "router") + std::to_string(next);
    router.forwards = true;
    router.links.resize(2);
    for (std::uint8_t side = 0; side < 2; ++side) {
      LinkSettings& link = router.links[side];
      const auto network = static_cast<std::uint8_t>(i + side);
      link.name = "eth" + std::to_string(side);
      link.mac = {{0x02, 0, 0, 0, 1, static_cast<std::uint8_t>(2 * i + side + 1)}};
      link.mtu = topology_.networks[network].mtu;
      give_addresses(link, network, side == 0 ? right_end : left_end);
    }
    if (next < topology_.last()) lead(router, next, right_end);
    if (is_translator && topology_.has_v4) {
      router.translation = TranslationSettings{.outside = 1, .nat = {}, .forwards = {}};
      router.translation->nat.external = {address_in(next, left_end, Family::v4)};
    }
    add_routes_to_the_left(world_.add_host(std::move(router)), i);
  }

  // Nobody on the right of a translator knows the IPv4 networks on its left.
  void add_routes_to_the_left(HostId router, std::uint8_t i) {
    bool is_v4_known = topology_.has_v4;
    for (std::uint8_t network = i; network-- > 0;) {
      is_v4_known = is_v4_known && topology_.borders[network] == Border::router;
      if (is_v4_known) add_route(router, network, address_in(i, left_end, Family::v4));
      if (topology_.has_v6) add_route(router, network, address_in(i, left_end, Family::v6));
    }
  }
  void add_route(HostId router, std::uint8_t network, IpAddress next_hop) {
    const Family family = next_hop.is_v4() ? Family::v4 : Family::v6;
    const Error error = world_.host(router).add_route(
        network_prefix(network, family), {.link = 0, .next_hop = next_hop}, world_.now());
    ACKSU_ASSERT(error == Error::none);
  }

  // Guests have the last ports of the network's first switch.
  void connect(std::uint8_t network, Port left, Port right) {
    const Network& settings = topology_.networks[network];
    Port from = left;
    CableSettings cable = settings.cable;
    for (std::uint8_t i = 0; i < settings.switches; ++i) {
      constexpr std::uint8_t ends = 2;
      const std::size_t guests = i == 0 ? topology_.guests.size() : 0;
      const SwitchId device =
          world_.add_switch({.ports = static_cast<std::uint8_t>(ends + guests)});
      world_.connect(from, Port::of_switch(device, 0), std::exchange(cable, {}));
      for (std::uint32_t guest = 0; guest < guests; ++guest) {
        if (topology_.guests[guest] != network) continue;
        world_.connect({guest + ends, 0},
                       Port::of_switch(device, static_cast<LinkId>(ends + guest)), {});
      }
      from = Port::of_switch(device, 1);
    }
    world_.connect(from, right, std::move(cable));
  }

  const Topology& topology_;
  World world_;
};

}  // namespace

const char* name(Family family) { return family == Family::v4 ? "IPv4" : "IPv6"; }

const char* name(Way way) {
  constexpr std::array<const char*, ways> names{"a cable", "switches", "a router", "routers",
                                                "translators"};
  return names[static_cast<std::size_t>(way)];
}

std::uint8_t Topology::network_of(HostId talker) const {
  if (talker == client_host) return 0;
  return talker == server_host ? last() : guests[talker - 2];
}

Way way_of(const Topology& topology) {
  for (const Border border : topology.borders) {
    if (border == Border::translator) return Way::translators;
  }
  if (topology.is_routed()) return topology.borders.size() > 1 ? Way::routers : Way::router;
  return topology.networks[0].switches > 0 ? Way::switches : Way::cable;
}

std::string describe(const Topology& topology) {
  std::string text = "client";
  for (std::size_t i = 0; i < topology.networks.size(); ++i) {
    for (std::uint8_t k = 0; k < topology.networks[i].switches; ++k) text += " - switch";
    if (i == topology.borders.size()) break;
    text += topology.borders[i] == Border::router ? " - router" : " - translator";
  }
  text += " - server";
  for (std::size_t i = 0; i < topology.guests.size(); ++i) {
    text += ", a guest in network " + std::to_string(topology.guests[i]);
  }
  return text;
}

IpAddress address_of(const Topology& topology, HostId talker, Family family) {
  return address_in(topology.network_of(talker), static_cast<std::uint8_t>(talker + 1), family);
}

World build(std::uint64_t seed, const Topology& topology, std::vector<HostSettings> talkers) {
  return Builder(seed, topology).build(std::move(talkers));
}

}  // namespace acksu::sim
