// The dice for what stands between the hosts: switches, routers, translators, families, guests.
#include <algorithm>
#include <array>

#include "sim/roll_parts.h"

namespace acksu::sim {
namespace {

constexpr std::uint32_t least_v4_mtu = 576, least_v6_mtu = 1280;
constexpr Duration time_to_try_addresses = 4s;

void roll_families(Dice& dice, Roll& roll) {
  const std::uint64_t number = dice.between(0, 99);
  roll.topology.has_v6 = number >= 65;
  roll.topology.has_v4 = number < 85;
  const bool has_both = roll.topology.has_v4 && roll.topology.has_v6;
  const bool is_v6 = has_both ? dice.percent(50) : roll.topology.has_v6;
  roll.family = is_v6 ? Family::v6 : Family::v4;
  roll.topology.tries_addresses = roll.topology.has_v6 && dice.percent(20);
}

// A translator lets nobody in who was not asked.
void roll_borders(Dice& dice, Roll& roll, Way way) {
  Topology& topology = roll.topology;
  const bool may_translate = roll.kind != WorldKind::simultaneous_open || roll.family == Family::v6;
  const std::uint64_t most = way == Way::router ? 1 : 3;
  topology.borders.resize(dice.between(way == Way::routers ? 2 : 1, most), Border::router);
  topology.networks.resize(topology.borders.size() + 1);
  for (Network& network : topology.networks) {
    if (dice.percent(30)) network.switches = 1;
  }
  if (way != Way::translators || !may_translate) return;
  topology.borders[dice.between(0, topology.borders.size() - 1)] = Border::translator;
  for (Border& border : topology.borders) {
    if (dice.percent(15)) border = Border::translator;
  }
}

void roll_shape(Dice& dice, Roll& roll) {
  if (dice.percent(55)) return;
  const auto way = static_cast<Way>(dice.between(1, ways - 1));
  if (way == Way::switches) {
    roll.topology.networks[0].switches = static_cast<std::uint8_t>(dice.between(1, 3));
  } else {
    roll_borders(dice, roll, way);
  }
}

void roll_networks(Dice& dice, Roll& roll) {
  Topology& topology = roll.topology;
  for (std::size_t i = 1; i < topology.networks.size(); ++i) {
    Network& network = topology.networks[i];
    network.mtu = dice.one_of({1500u, 1500u, 1400u, least_v6_mtu, least_v4_mtu});
    if (!dice.percent(40)) continue;
    for (DirectionSettings& direction : network.cable.directions) {
      direction = roll_direction(dice, roll.is_gentle);
      direction.corrupt = 0;  // two bits flipped in one frame may cancel out in its checksum
    }
  }
}

// There is no device that splits behind a router, and no link so narrow that it would not take the
// smallest segments a peer may be asked for (`smallest_mss`), nor IPv6 where that is spoken.
void widen(Roll& roll) {
  Topology& topology = roll.topology;
  std::uint32_t least = topology.is_routed() ? least_v4_mtu : 0;
  if (topology.has_v6) least = least_v6_mtu;
  for (Network& network : topology.networks) network.mtu = std::max(network.mtu, least);
  for (HostId id = 0; id < roll.hosts.size(); ++id) {
    LinkSettings& link = roll.hosts[id].links[0];
    link.mtu = std::max(link.mtu, least);
    if (topology.is_routed()) link.max_split_bytes = 0;
    if (id <= server_host) topology.networks[topology.network_of(id)].mtu = link.mtu;
  }
}

// What was rolled for one network of IPv4 gets the addresses that the hosts really have.
void give_addresses(Roll& roll) {
  const auto move = [&](Endpoint& endpoint) {
    for (const HostId id : {client_host, server_host}) {
      if (endpoint.address != simple_address(static_cast<std::uint8_t>(id + 1))) continue;
      endpoint.address = address_of(roll.topology, id, roll.family);
      return;
    }
  };
  for (TrafficSettings& traffic : roll.traffic) {
    for (Opening& opening : traffic.openings) {
      move(opening.remote);
      if (opening.local) move(*opening.local);
      if (roll.topology.tries_addresses) opening.at += time_to_try_addresses;
    }
  }
}

// Opens a connection or two to the server, which it shares with the client.
void roll_guest(Dice& dice, Roll& roll, std::uint8_t network) {
  Topology& topology = roll.topology;
  topology.guests.push_back(network);
  const auto id = static_cast<HostId>(roll.hosts.size());
  roll.hosts.push_back(roll_host(dice, "guest" + std::to_string(id - server_host),
                                 static_cast<std::uint8_t>(id + 1), roll.is_gentle));
  Family family = roll.family;
  if (topology.has_v4 && topology.has_v6 && dice.percent(50)) {
    family = family == Family::v4 ? Family::v6 : Family::v4;
  }
  TrafficSettings traffic;
  traffic.tag = dice.between(1, ~0ull);
  Instant at = Instant{} + dice.milliseconds(0, 2'000);
  if (topology.tries_addresses) at += time_to_try_addresses;
  for (std::uint64_t i = dice.between(1, 2); i > 0; --i) {
    const Endpoint remote{address_of(topology, server_host, family), server_port};
    traffic.openings.push_back({at, remote, std::nullopt, roll_plan(dice, roll)});
    roll.traffic[server_host].accepted.push_back(roll_plan(dice, roll));
    at += dice.milliseconds(0, 300);
  }
  roll.traffic.push_back(std::move(traffic));
}

void roll_guests(Dice& dice, Roll& roll) {
  std::vector<std::uint8_t> homes;
  for (std::uint8_t i = 0; i < roll.topology.networks.size(); ++i) {
    if (roll.topology.networks[i].switches > 0) homes.push_back(i);
  }
  if (homes.empty() || !roll.traffic[server_host].listen || !dice.percent(50)) return;
  for (std::uint64_t i = dice.between(1, 3); i > 0; --i) {
    roll_guest(dice, roll, homes[dice.between(0, homes.size() - 1)]);
  }
}

}  // namespace

// RFC 9293 3.4.1: no segment is older than the MSL. TCP rests on it.
void limit_old_duplicates(Roll& roll) {
  Duration shortest = roll.hosts[0].tcp.msl;
  for (const HostSettings& host : roll.hosts) shortest = std::min(shortest, host.tcp.msl);
  shortest /= static_cast<std::int64_t>(roll.topology.networks.size());
  for (Network& network : roll.topology.networks) {
    for (DirectionSettings& direction : network.cable.directions) {
      direction.duplicate_delay = std::min(direction.duplicate_delay, shortest);
    }
  }
}

void roll_topology(Dice& dice, Roll& roll) {
  roll_families(dice, roll);
  roll_shape(dice, roll);
  roll_networks(dice, roll);
  give_addresses(roll);
  roll_guests(dice, roll);
  widen(roll);
  limit_old_duplicates(roll);
}

}  // namespace acksu::sim
