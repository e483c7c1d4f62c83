// Hosts on two networks and a router between them: forwarding, translation, filtering, and what is
// said when a packet goes no further.
#include <gtest/gtest.h>

#include "sim/topology.h"

namespace acksu::sim::router_test {
namespace {

constexpr IpAddress inside_address = IpAddress::v4(192, 168, 7, 2);
constexpr IpAddress lan_address = IpAddress::v4(192, 168, 7, 1);
constexpr IpAddress wan_address = IpAddress::v4(203, 0, 113, 2);
constexpr IpAddress outside_address = IpAddress::v4(203, 0, 113, 9);
constexpr std::uint16_t port = 80;

LinkSettings link(std::uint8_t number, IpAddress address, std::uint32_t mtu = 1500) {
  LinkSettings settings;
  settings.mac.octets = {2, 0, 0, 0, 1, number};
  settings.addresses = {{address, 24}};
  settings.mtu = mtu;
  return settings;
}

HostSettings host(std::string name, LinkSettings link, std::optional<IpAddress> gateway) {
  HostSettings settings;
  settings.name = std::move(name);
  settings.links = {std::move(link)};
  settings.gateway = gateway;
  return settings;
}

struct Network {
  explicit Network(HostSettings router_settings, std::uint8_t inside_ttl = 64) {
    HostSettings inside_settings = host("inside", link(1, inside_address), lan_address);
    inside_settings.ttl = inside_ttl;
    inside = world.add_host(inside_settings);
    router = world.add_host(std::move(router_settings));
    outside = world.add_host(host("outside", link(4, outside_address), wan_address));
    world.connect({inside, 0}, {router, 0}, CableSettings::both({.delay = 1ms}));
    world.connect({router, 1}, {outside, 0}, CableSettings::both({.delay = 1ms}));
  }
  static HostSettings plain_router(std::uint32_t wan_mtu = 1500) {
    HostSettings settings = host("router", link(2, lan_address), std::nullopt);
    settings.links.push_back(link(3, wan_address, wan_mtu));
    settings.forwards = true;
    return settings;
  }
  static HostSettings translator() {
    HostSettings settings = plain_router();
    settings.translation = TranslationSettings{.outside = 1, .nat = {}, .forwards = {}};
    settings.translation->nat.external = {wan_address};
    return settings;
  }

  // Text from inside to outside and back. The endpoint that the outside saw.
  Endpoint exchange(std::uint32_t bytes) {
    Host& client = world.host(inside);
    Host& server = world.host(outside);
    const Handle listener = *server.listen({{}, port}, {}, world.now());
    const Handle at_client = *client.connect({outside_address, port}, {}, world.now());
    const std::vector<std::uint8_t> text(bytes, 't');
    EXPECT_EQ(*client.write(at_client, text, world.now()), bytes);
    world.run_until(world.now() + 1s);
    const Result<Handle> at_server = server.accept(listener, world.now());
    if (!at_server) {
      ADD_FAILURE() << "nobody came";
      return {};
    }
    const Endpoint seen = server.info(*at_server)->tuple.remote;
    std::vector<std::uint8_t> buffer(bytes + 1);
    EXPECT_EQ(*server.read(*at_server, buffer, world.now()), bytes);
    EXPECT_EQ(*server.write(*at_server, text, world.now()), bytes);
    world.run_until(world.now() + 1s);
    EXPECT_EQ(*client.read(at_client, buffer, world.now()), bytes);
    client.close(at_client, world.now());
    server.close(*at_server, world.now());
    server.close(listener, world.now());
    return seen;
  }
  std::uint64_t dropped(HostId id, Drop drop) { return world.host(id).counters().drops[drop]; }

  World world{4711};
  HostId inside = 0, router = 0, outside = 0;
};

TEST(Router, PassesPacketsOnWithOneHopLess) {
  Network network(Network::plain_router());
  const Endpoint seen = network.exchange(50'000);
  EXPECT_EQ(seen.address, inside_address);
  EXPECT_GT(network.world.host(network.router).counters().packets_forwarded, 70u);
  EXPECT_TRUE(network.world.run_until_quiet(10min));
}

TEST(Router, TranslatesWhatLeavesToTheOutside) {
  Network network(Network::translator());
  const Endpoint seen = network.exchange(50'000);
  EXPECT_EQ(seen.address, wan_address);
  EXPECT_NE(seen.port, 0);
  const Nat& nat = *network.world.host(network.router).translation();
  EXPECT_EQ(nat.counters().drops.total(), 0u);
  EXPECT_TRUE(network.world.run_until_quiet(3h));
  EXPECT_GE(nat.counters().expired, 1u) << "and forgets it";
}

TEST(Router, TranslatesPingsBothWays) {
  Network network(Network::translator());
  Host& client = network.world.host(network.inside);
  EXPECT_EQ(client.ping(outside_address, {7, 1}, {}, network.world.now()), Error::none);
  network.world.run_until(network.world.now() + 1s);
  const std::optional<EchoReply> reply = client.next_echo_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->ttl, 63);
  // The router itself answers on its outer address.
  Host& outer = network.world.host(network.outside);
  EXPECT_EQ(outer.ping(wan_address, {8, 1}, {}, network.world.now()), Error::none);
  network.world.run_until(network.world.now() + 1s);
  EXPECT_TRUE(outer.next_echo_reply());
}

TEST(Router, LetsNobodyInUnasked) {  // RFC 5382 REQ-4
  Network network(Network::translator());
  Host& outer = network.world.host(network.outside);
  const Handle attempt = *outer.connect({wan_address, 8080}, {}, network.world.now());
  network.world.run_until(network.world.now() + 1s);
  EXPECT_EQ(outer.info(attempt)->state, tcp::State::syn_sent);
}

TEST(Router, TellsWhenAPacketHasNoHopLeft) {  // RFC 1812 5.3.1, RFC 1122 3.2.1.7 (a)
  Network network(Network::plain_router(), 1);
  Host& client = network.world.host(network.inside);
  EXPECT_EQ(client.ping(outside_address, {7, 1}, {}, network.world.now()), Error::none);
  network.world.run_until(network.world.now() + 1s);
  EXPECT_EQ(network.dropped(network.router, Drop::ip_ttl_expired), 1u);
  EXPECT_FALSE(client.next_echo_reply());
  EXPECT_EQ(client.counters().frames_in, 2u) << "ARP's answer, and the error";
}

// RFC 1812 4.3.3.1, 4.3.2.4.
TEST(Router, TellsWhatItHasNoRouteTo) {
  Network network(Network::plain_router());
  Host& client = network.world.host(network.inside);
  const Handle lost = *client.connect({IpAddress::v4(198, 51, 99, 1), port}, {}, {});
  network.world.run_until(network.world.now() + 1s);
  EXPECT_EQ(client.error_of(lost), Error::network_unreachable);
}

TEST(Router, TellsTheSizeOfANarrowLink) {  // RFC 1191
  Network network(Network::plain_router(1000));
  Host& client = network.world.host(network.inside);
  const std::vector<std::uint8_t> large(1400, 'x');
  EXPECT_EQ(client.ping(outside_address, {7, 1}, large, network.world.now()), Error::none);
  network.world.run_until(network.world.now() + 1s);
  EXPECT_EQ(network.dropped(network.router, Drop::ip_too_big), 1u);
}

// Ends whose own links take more than a link of the router's learn it from the router's errors, of
// which each quotes a packet as its sender knows it: also where it was translated on its way in.
// SECURITY H4: RFC 1191, RFC 5508 REQ-5.
TEST(Router, ANarrowLinkOnTheWayIsLearned) {
  for (const bool is_translating : {false, true}) {
    for (const std::size_t narrow : {std::size_t{0}, std::size_t{1}}) {
      HostSettings settings = is_translating ? Network::translator() : Network::plain_router();
      settings.links[narrow].mtu = 800;
      Network network(settings);
      network.exchange(50'000);
      EXPECT_GE(network.dropped(network.router, Drop::ip_too_big), 1u);
      EXPECT_EQ(network.dropped(network.inside, Drop::icmp_unmatched), 0u);
      EXPECT_EQ(network.dropped(network.outside, Drop::icmp_unmatched), 0u);
    }
  }
}

// SECURITY H6: RFC 4787 REQ-8.
TEST(Router, NobodyBehindATranslatorIsReachedByAnAddressOfItsOwn) {
  Network network(Network::translator());
  Host& outer = network.world.host(network.outside);  // whose gateway is the translator
  EXPECT_EQ(outer.ping(inside_address, {8, 1}, {}, network.world.now()), Error::none);
  const Handle attempt = *outer.connect({inside_address, port}, {}, network.world.now());
  network.world.run_until(network.world.now() + 1s);
  EXPECT_FALSE(outer.next_echo_reply());
  EXPECT_EQ(outer.info(attempt)->state, tcp::State::syn_sent);
  EXPECT_EQ(network.dropped(network.router, Drop::nat_filtered), 2u);
  EXPECT_EQ(network.world.host(network.inside).counters().frames_in, 0u);
}

TEST(Router, FiltersByRules) {
  HostSettings settings = Network::plain_router();
  settings.filter = FilterSettings{};
  settings.filter->rules = {{.destination_ports = {port, port}, .verdict = FilterVerdict::accept},
                            {.verdict = FilterVerdict::reject}};
  Network network(settings);
  EXPECT_EQ(network.exchange(3'000).address, inside_address);
  Host& client = network.world.host(network.inside);
  const Handle refused = *client.connect({outside_address, 81}, {}, network.world.now());
  network.world.run_until(network.world.now() + 1s);
  EXPECT_EQ(client.error_of(refused), Error::host_unreachable);
}

TEST(Router, ACopyOfAWorldGoesOnAlike) {
  Network network(Network::translator());
  network.exchange(3'000);
  World copy = network.world;
  network.world.run_until_quiet(3h);
  copy.run_until_quiet(3h);
  EXPECT_EQ(copy.digest(), network.world.digest());
}

}  // namespace
}  // namespace acksu::sim::router_test
