// A home network, its provider's, and a far one, as a world: the way that a web request takes.
//
//   laptop -- switch -- home router -- ISP router 1 -- ISP router 2 -- far router -- switch -- web
//                       translates                                                     | server
//                                                                                 DNS server
//
// The home network is 192.168.7.0/24 behind one public address, 203.0.113.2; the far one is
// 198.51.100.0/24. With IPv6 the home network is 2001:db8:7::/64, advertised by its router, and the
// far one 2001:db8:80::/64; nothing is translated. Each router has a table of routes. Hosts have
// their addresses from the beginning, but for the laptop where that is wished: then somebody has to
// give it one, or tell it to ask routers.
#pragma once

#include <array>
#include <cstdint>

#include "sim/world.h"

namespace acksu::sim {

struct HomeNetwork {
  // Hosts, in the order of their numbers.
  static constexpr HostId laptop = 0, home_router = 1, isp1 = 2, isp2 = 3, far_router = 4,
                          web_server = 5, dns_server = 6;
  // Links between two hosts on the way from the laptop to the web server.
  static constexpr std::uint32_t hops = 5;

  static constexpr IpAddress laptop_address = IpAddress::v4(192, 168, 7, 100);
  static constexpr IpAddress lan_address = IpAddress::v4(192, 168, 7, 1);  // of the home router
  static constexpr IpAddress wan_address = IpAddress::v4(203, 0, 113, 2);  // of the home router
  static constexpr IpAddress web_address = IpAddress::v4(198, 51, 100, 80);
  static constexpr IpAddress dns_address = IpAddress::v4(198, 51, 100, 53);

  static constexpr IpAddress lan_address_v6{0x2001'0db8'0007'0000, 1};
  static constexpr IpAddress wan_address_v6{0x2001'0db8'0007'00ff, 2};
  static constexpr IpAddress web_address_v6{0x2001'0db8'0080'0000, 0x80};
  static constexpr IpAddress dns_address_v6{0x2001'0db8'0080'0000, 0x53};
  static constexpr Prefix home_prefix_v6{{0x2001'0db8'0007'0000, 0}, 64};

  // The two ends of a hop, 1 .. hops: the laptop's side first.
  static std::array<Port, 2> ends_of(std::uint32_t hop);
};

// Settings of each hop's cables, both ways. Where a hop has a switch its two cables share the
// delay, and only the one at the router's side is bad.
struct HomeNetworkSettings {
  std::array<DirectionSettings, HomeNetwork::hops> hops = {
      {{.delay = 1ms}, {.delay = 4ms}, {.delay = 6ms}, {.delay = 4ms}, {.delay = 1ms}}};
  bool has_ipv4 = true;
  bool has_ipv6 = false;
  // And its gateway; else it has none until it is given one. Of IPv6 it makes one (RFC 4862), from
  // the beginning or when `Host::start_ipv6` is called.
  bool laptop_has_address = true;
  std::uint8_t switch_ports = 4;
  // Of the home network. On a link of bare packets the laptop has a cable to the home router of its
  // own, without a switch between them; over PPP (IPv4 only) the router gives it its address.
  LinkKind home_link = LinkKind::ethernet;
  VlanSettings home_vlan{.id = 7};
  Duration msl = 30s;  // TCP's, of all hosts
  tcp::CongestionAlgorithm congestion = tcp::Settings{}.congestion;
};

World home_network(std::uint64_t seed, const HomeNetworkSettings& settings = {});

}  // namespace acksu::sim
