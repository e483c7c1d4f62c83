// A home router of IPv6 (RFC 6092): of what comes from outside only answers get in, and what was
// opened.
#include <gtest/gtest.h>

#include "sim/world.h"

namespace acksu::sim::router_v6_test {
namespace {

constexpr std::uint64_t lan = 0x2001'0db8'0007'0000, wan = 0x2001'0db8'0001'0000;
constexpr IpAddress inside_address{lan, 2}, outside_address{wan, 9};
constexpr std::uint16_t open_port = 8080;

LinkSettings link(std::uint8_t number, IpAddress address, std::uint32_t mtu = 1500) {
  LinkSettings settings;
  settings.mac.octets = {2, 0, 0, 0, 7, number};
  settings.addresses = {{address, 64}};
  settings.mtu = mtu;
  settings.ipv6.duplicate_probes = 0;
  settings.ipv6.believes_routers = false;
  return settings;
}

struct Home {
  explicit Home(FilterVerdict otherwise = FilterVerdict::drop, std::uint32_t lan_mtu = 1500) {
    inside = add(host("inside", {link(1, inside_address)}, IpAddress{lan, 1}));
    HostSettings settings =
        host("router", {link(2, IpAddress{lan, 1}, lan_mtu), link(3, IpAddress{wan, 1})}, {});
    settings.forwards = true;
    settings.filter = FilterSettings{.rules = {}, .otherwise = otherwise};
    settings.filter->rules = {{.in_link = LinkId{0}},
                              {.destination = Prefix{inside_address, 128},
                               .protocol = std::uint8_t{6},
                               .destination_ports = {open_port, open_port}}};
    router = add(settings);
    outside = add(host("outside", {link(4, outside_address)}, IpAddress{wan, 1}));
    world.connect({inside, 0}, {router, 0}, CableSettings::both({.delay = 1ms}));
    world.connect({router, 1}, {outside, 0}, CableSettings::both({.delay = 1ms}));
  }
  static HostSettings host(const char* name, std::vector<LinkSettings> links,
                           std::optional<IpAddress> gateway) {
    HostSettings settings;
    settings.name = name;
    settings.links = std::move(links);
    settings.gateway_v6 = gateway;
    return settings;
  }
  HostId add(HostSettings settings) { return world.add_host(std::move(settings)); }

  // Whether an echo comes back.
  bool pings(HostId from, IpAddress to, std::size_t bytes = 0) {
    const std::vector<std::uint8_t> text(bytes, 'p');
    EXPECT_EQ(world.host(from).ping(to, {1, ++sequence}, text, world.now()), Error::none);
    world.run_until(world.now() + 1s);
    return world.host(from).next_echo_reply().has_value();
  }
  tcp::State connects(HostId from, HostId to, Endpoint remote) {
    const Handle listener = *world.host(to).listen({{}, remote.port}, {}, world.now());
    last = *world.host(from).connect(remote, {}, world.now());
    world.run_until(world.now() + 500ms);
    world.host(to).close(listener, world.now());
    const auto info = world.host(from).info(last);
    return info ? info->state : tcp::State::closed;
  }
  std::uint64_t denied() const { return world.host(router).counters().drops[Drop::filter_denied]; }

  World world{4711};
  HostId inside = 0, router = 0, outside = 0;
  std::uint16_t sequence = 0;
  Handle last;
};

TEST(RouterV6, LetsInOnlyWhatAnswers) {
  Home home;
  EXPECT_EQ(home.connects(home.inside, home.outside, {outside_address, 80}),
            tcp::State::established);
  EXPECT_TRUE(home.pings(home.inside, outside_address));
  EXPECT_EQ(home.denied(), 0u);
  EXPECT_FALSE(home.pings(home.outside, inside_address));
  EXPECT_EQ(home.connects(home.outside, home.inside, {inside_address, 80}), tcp::State::syn_sent);
  EXPECT_GE(home.denied(), 2u);
}

TEST(RouterV6, LetsInWhatWasOpened) {
  Home home;
  EXPECT_EQ(home.connects(home.outside, home.inside, {inside_address, open_port}),
            tcp::State::established);
}

TEST(RouterV6, TellsWhomItRejects) {
  Home home(FilterVerdict::reject);
  EXPECT_EQ(home.connects(home.outside, home.inside, {inside_address, 80}), tcp::State::closed);
  EXPECT_EQ(home.world.host(home.outside).error_of(home.last), Error::host_unreachable);
}

// Fragments behind the first have no ports, and pass with it: both ways, and only then.
TEST(RouterV6, LetsFragmentsOfAnswersIn) {
  Home home;
  EXPECT_TRUE(home.pings(home.inside, outside_address, 6000));
  Home other;
  EXPECT_FALSE(other.pings(other.outside, inside_address, 6000));
  EXPECT_GE(other.denied(), 5u);
}

// An error from outside about a packet of a known flow (RFC 4890 4.3.1).
TEST(RouterV6, LetsErrorsAboutKnownFlowsIn) {
  Home home;
  Host& inside = home.world.host(home.inside);
  const Handle socket = *inside.open_udp({{}, 0}, home.world.now());
  const std::vector<std::uint8_t> text(10, 'x');
  EXPECT_EQ(inside.send_to(socket, {outside_address, 9}, text, home.world.now()), Error::none);
  home.world.run_until(home.world.now() + 1s);
  const auto told = inside.take_udp_error(socket);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error, Error::port_unreachable);
  EXPECT_EQ(told->reporter, outside_address);
}

}  // namespace
}  // namespace acksu::sim::router_v6_test
