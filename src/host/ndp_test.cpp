// Neighbour discovery between hosts, and attacks on it (RFC 3756, RFC 6583, RFC 4862, RFC 7527):
// the name of a test says the attack.
#include "wire/ndp.h"

#include <gtest/gtest.h>

#include "host/pair_v6_test.h"

namespace acksu::ndp_test {
namespace {

using State = Ipv6Address::State;

constexpr IpAddress all_nodes{0xff02'0000'0000'0000, 1};
constexpr IpAddress router_address{0xfe80'0000'0000'0000, 0x99};
constexpr MacAddress router_mac{{2, 0, 0, 0, 0, 0x99}};

HostSettings listening_host(std::uint8_t number) {
  HostSettings settings = PairV6::settings(number, 1);
  settings.links[0].addresses.clear();
  settings.links[0].ipv6.is_on = true;
  settings.links[0].ipv6.router_solicitations = 3;
  return settings;
}

HostSettings router() {
  HostSettings settings = PairV6::settings(2, 1);
  settings.forwards = true;
  AdvertisingSettings& advertises = settings.links[0].ipv6.advertises;
  advertises.is_on = true;
  advertises.prefixes = {{.prefix = {IpAddress{b_v6.high(), 0}, 64}}};
  advertises.resolvers = {b_v6};
  return settings;
}

PairV6::Carrier from_router() {
  return {.source = router_address,
          .destination = all_nodes,
          .from = router_mac,
          .to = wire::mac_of_group_v6(all_nodes)};
}

wire::RouterAdvertisement advertisement(std::uint64_t network, Duration valid = 24h,
                                        Duration preferred = 12h) {
  wire::RouterAdvertisement said;
  said.lifetime = 1800s;
  said.prefixes.add({.prefix = {IpAddress{network, 0}, 64},
                     .is_on_link = true,
                     .is_for_addresses = true,
                     .valid = valid,
                     .preferred = preferred});
  return said;
}

const Ipv6Addresses& addresses(const Host& host) { return host.ipv6().on(0).addresses; }
const Ipv6Routers& routers(const Host& host) { return host.ipv6().on(0).routers; }

// The one address that was made of an advertised prefix.
const Ipv6Address* advertised(const Host& host) {
  for (const Ipv6Address& each : addresses(host).all()) {
    if (each.origin == Ipv6Address::Origin::advertised) return &each;
  }
  return nullptr;
}

std::vector<SeenIcmpv6> seen_in(const std::vector<Frame>& frames, std::uint8_t type) {
  std::vector<SeenIcmpv6> all;
  for (const Frame& frame : frames) {
    auto seen = SeenIcmpv6::in(frame);
    if (seen && seen->message.type == type) all.push_back(std::move(*seen));
  }
  return all;
}

// ---- Duplicate addresses ------------------------------------------------------------------------

TEST(Ndp, TriesItsAddressesBeforeItUsesThem) {
  PairV6 pair(PairV6::settings(1, 1), PairV6::settings(2, 1));
  EXPECT_FALSE(PairV6::is_ready(pair.a, a_v6));
  EXPECT_EQ(pair.a.listen({a_v6, 80}, {}, pair.now).error(), Error::address_not_available);
  EXPECT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::network_unreachable);
  std::vector<IpAddress> tried;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto seen = SeenIcmpv6::in(frame);
    if (!seen || !from_a) return true;
    wire::NeighbourSolicitation ndp;
    EXPECT_EQ(wire::read(seen->message, seen->carrier(), ndp), Drop::none);
    EXPECT_TRUE(seen->ip.source.is_any());
    EXPECT_TRUE(ndp.nonce) << "RFC 7527";
    EXPECT_FALSE(ndp.source_mac) << "RFC 4861 4.3";
    tried.push_back(ndp.target);
    return true;
  };
  pair.pass(2100ms);
  EXPECT_EQ(tried.size(), 2u) << "the link-local and the given address, once each";
  EXPECT_TRUE(PairV6::is_ready(pair.a, a_v6));
  pair.passes = [](const Frame&, bool) { return true; };
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  EXPECT_TRUE(pair.a.next_echo_reply());
}

TEST(Ndp, TwoHostsWithOneAddressNeitherTakesItFromTheOther) {  // RFC 4862 5.4.4.
  HostSettings twin = PairV6::settings(2, 1);
  twin.links[0].addresses = PairV6::settings(1).links[0].addresses;
  // b has it already: it is the first.
  HostSettings first = twin;
  first.links[0].ipv6.duplicate_probes = 0;
  PairV6 pair(PairV6::settings(1, 1), first);
  pair.pass(3s);
  ASSERT_NE(addresses(pair.a).find(a_v6), nullptr);
  EXPECT_EQ(addresses(pair.a).find(a_v6)->state, State::duplicate);
  EXPECT_TRUE(PairV6::is_ready(pair.b, a_v6));
  EXPECT_GE(pair.a.counters().drops[Drop::ndp_conflict], 1u);
}

TEST(Ndp, TwoHostsThatTryOneAddressAtOnceBothLetItGo) {  // RFC 4862 5.4.3.
  HostSettings twin = PairV6::settings(2, 1);
  twin.links[0].addresses = PairV6::settings(1).links[0].addresses;
  HostSettings of_a = PairV6::settings(1, 1);
  of_a.links[0].ipv6.most_delay = twin.links[0].ipv6.most_delay = Duration{};
  PairV6 pair(of_a, twin);
  pair.pass(3s);
  EXPECT_EQ(addresses(pair.a).find(a_v6)->state, State::duplicate);
  EXPECT_EQ(addresses(pair.b).find(a_v6)->state, State::duplicate);
}

// RFC 7527: a loop on the wire is no rival.
// RFC 7527 4.1.
TEST(Ndp, ItsOwnProbesThatComeBackAreNoRival) {
  PairV6 pair(PairV6::settings(1, 1), PairV6::settings(2, 1));
  pair.passes = [&](const Frame& frame, bool from_a) {
    if (from_a) {
      Frame again = frame;
      pair.a.absorb(0, std::span(&again, 1), pair.now);
    }
    return true;
  };
  pair.pass(3s);
  EXPECT_TRUE(PairV6::is_ready(pair.a, a_v6));
  EXPECT_EQ(pair.a.counters().drops[Drop::ndp_own_message], 2u);
}

// SECURITY F5, RFC 3756 4.1.3: somebody answers every probe.
TEST(Ndp, AttackDuplicateAddressDenialIsGivenUpOnAfterThreeTries) {
  PairV6 pair(listening_host(1));
  std::vector<IpAddress> claimed;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto seen = SeenIcmpv6::in(frame);
    if (!from_a || !seen || !seen->ip.source.is_any()) return true;
    wire::NeighbourSolicitation ndp;
    if (wire::read(seen->message, seen->carrier(), ndp) != Drop::none) return true;
    claimed.push_back(ndp.target);
    const wire::NeighbourAdvertisement mine{
        .target = ndp.target, .overrides = true, .target_mac = mac_of_attacker};
    const PairV6::Carrier attacker{
        .source = ndp.target, .destination = all_nodes, .to = wire::mac_of_group_v6(all_nodes)};
    EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(attacker, mine)), Drop::ndp_conflict);
    return true;
  };
  pair.pass(60s);
  EXPECT_EQ(claimed.size(), 3u);
  std::sort(claimed.begin(), claimed.end());
  EXPECT_EQ(std::unique(claimed.begin(), claimed.end()), claimed.end()) << "a new one each time";
  EXPECT_EQ(addresses(pair.a).duplicates(), 3u);
  EXPECT_EQ(addresses(pair.a).all().front().state, State::duplicate);
}

// SECURITY F5.
TEST(Ndp, AttackClaimOfAnAddressInUseDoesNotTakeIt) {
  PairV6 pair;
  const wire::NeighbourAdvertisement mine{
      .target = a_v6, .overrides = true, .target_mac = mac_of_attacker};
  const PairV6::Carrier attacker{
      .source = a_v6, .destination = all_nodes, .to = wire::mac_of_group_v6(all_nodes)};
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(attacker, mine)), Drop::ip_bad_source);
  PairV6::Carrier other = attacker;
  other.source = IpAddress{0xfe80'0000'0000'0000, 0x66};
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(other, mine)), Drop::ndp_conflict);
  EXPECT_TRUE(PairV6::is_ready(pair.a, a_v6));
}

// ---- Neighbours ---------------------------------------------------------------------------------

// Pings from a to b and returns where the request went.
MacAddress where_pings_go(PairV6& pair) {
  static std::uint16_t sequence = 100;
  MacAddress to{};
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto seen = SeenIcmpv6::in(frame);
    if (from_a && seen && seen->message.type == wire::Icmpv6Type::echo_request) {
      to = seen->ethernet.destination;
    }
    return true;
  };
  EXPECT_EQ(pair.a.ping(b_v6, {1, ++sequence}, {}, pair.now), Error::none);
  pair.settle();
  return to;
}

// SECURITY F1, RFC 3756 4.1.1.
// RFC 4861 7.2.5.
TEST(Ndp, AttackSpoofedAdvertisementsDoNotMoveAKnownNeighbour) {
  PairV6 pair;
  ASSERT_EQ(where_pings_go(pair), mac_of_b);
  for (const bool is_solicited : {false, true}) {
    const PairV6::Carrier attacker{.source = b_v6, .destination = is_solicited ? a_v6 : all_nodes};
    const wire::NeighbourAdvertisement mine{.target = b_v6,
                                            .is_solicited = is_solicited,
                                            .overrides = true,
                                            .target_mac = mac_of_attacker};
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(attacker, mine)), Drop::ndp_conflict);
    }
    EXPECT_EQ(where_pings_go(pair), mac_of_b);
    EXPECT_EQ(where_pings_go(pair), mac_of_b);
  }
}

// SECURITY F1.
TEST(Ndp, AttackSpoofedSolicitationsDoNotMoveAKnownNeighbour) {
  PairV6 pair;
  ASSERT_EQ(where_pings_go(pair), mac_of_b);
  const PairV6::Carrier attacker{.source = b_v6, .destination = a_v6};
  const wire::NeighbourSolicitation asked{
      .target = a_v6, .source_mac = mac_of_attacker, .nonce = {}};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(attacker, asked)), Drop::ndp_conflict);
  }
  EXPECT_EQ(where_pings_go(pair), mac_of_b);
}

// SECURITY F1.
TEST(Ndp, AttackUnsolicitedAdvertisementsMakeNoNeighbours) {
  PairV6 pair;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const IpAddress somebody{b_v6.high(), 0x1000 + i};
    const PairV6::Carrier attacker{.source = somebody, .destination = all_nodes};
    const wire::NeighbourAdvertisement mine{
        .target = somebody, .overrides = true, .target_mac = mac_of_attacker};
    EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(attacker, mine)), Drop::ndp_unsolicited);
  }
  EXPECT_EQ(pair.a.holdings().neighbours, 0u);
}

// SECURITY F3, RFC 6583: a scan of the network through us.
TEST(Ndp, AttackNeighbourExhaustionLeavesKnownOnesReachable) {
  HostSettings small = PairV6::settings(1);
  small.neighbours.max_entries = 64;
  small.neighbours.max_unresolved = 16;
  PairV6 pair(small);
  ASSERT_EQ(where_pings_go(pair), mac_of_b);
  pair.passes = [](const Frame&, bool) { return true; };
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    EXPECT_EQ(pair.a.ping(IpAddress{b_v6.high(), 0x1'0000 + i}, {1, 1}, {}, pair.now), Error::none);
    if (i % 100 == 0) pair.settle();
  }
  pair.settle();
  EXPECT_LE(pair.a.holdings().neighbours, 17u);
  EXPECT_EQ(where_pings_go(pair), mac_of_b);
}

// SECURITY F3.
TEST(Ndp, AttackSolicitationFloodFillsNoMoreThanItsPlace) {
  HostSettings small = PairV6::settings(1);
  small.neighbours.max_entries = 64;
  PairV6 pair(small);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const PairV6::Carrier attacker{.source = IpAddress{b_v6.high(), 0x1'0000 + i},
                                   .destination = a_v6};
    const wire::NeighbourSolicitation asked{
        .target = a_v6, .source_mac = mac_of_attacker, .nonce = {}};
    pair.give(pair.a, pair.ndp_frame(attacker, asked));
    if (i % 100 == 0) pair.said_by(pair.a);
  }
  EXPECT_LE(pair.a.holdings().neighbours, 64u);
}

// RFC 4861: what came through a router can be no message of a neighbour.
TEST(Ndp, AttackMessagesFromBeyondTheLinkAreDropped) {
  PairV6 pair(listening_host(1));
  pair.pass(3s);
  PairV6::Carrier far = from_router();
  far.hop_limit = 254;
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(far, advertisement(b_v6.high()))),
            Drop::ndp_bad_hop_limit);
  PairV6::Carrier global = from_router();
  global.source = IpAddress{b_v6.high(), 0x99};
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(global, advertisement(b_v6.high()))),
            Drop::ndp_bad_source);
  EXPECT_TRUE(routers(pair.a).routers().empty());
}

// SECURITY F3, RFC 6980: in fragments nobody who guards the link sees what is said.
// RFC 6980 section 5.
TEST(Ndp, AttackFragmentedAdvertisementsAreDropped) {
  PairV6 pair(listening_host(1));
  pair.pass(3s);
  std::vector<std::uint8_t> message(wire::largest_ndp_message);
  const PairV6::Carrier carrier = from_router();
  message.resize(
      wire::write(advertisement(b_v6.high()), {carrier.source, carrier.destination}, message));
  const std::size_t half = message.size() / 16 * 8;
  Drop drop = Drop::none;
  for (const bool is_first : {true, false}) {
    std::vector<std::uint8_t> fragment(8);
    wire::write(
        wire::FragmentHeader{.next_header = wire::NextHeader::icmpv6,
                             .offset_bytes = static_cast<std::uint16_t>(is_first ? 0 : half),
                             .more_fragments = is_first,
                             .identification = 7},
        fragment);
    for (std::size_t i = is_first ? 0 : half; i < (is_first ? half : message.size()); ++i) {
      fragment.push_back(message[i]);
    }
    drop = pair.give(pair.a, pair.frame_of(carrier, wire::NextHeader::fragment, fragment));
  }
  EXPECT_EQ(drop, Drop::ndp_fragmented);
  EXPECT_TRUE(routers(pair.a).routers().empty());
}

// SECURITY B11.
TEST(Ndp, AttackRedirectsAreNotFollowed) {
  PairV6 pair;
  const wire::Redirect redirect{.target = IpAddress{0xfe80'0000'0000'0000, 0x66},
                                .destination = b_v6,
                                .target_mac = mac_of_attacker,
                                .quote = {}};
  PairV6::Carrier carrier = from_router();
  carrier.destination = a_v6;
  carrier.to = mac_of_a;
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(carrier, redirect)), Drop::ndp_not_believed);
  EXPECT_EQ(where_pings_go(pair), mac_of_b);
}

// ---- Routers ------------------------------------------------------------------------------------

// RFC 4862 5.5.3 (a), RFC 4861 6.3.4, RFC 8106 5.1.
TEST(Ndp, MakesAnAddressOfWhatARouterAdvertises) {
  PairV6 pair(listening_host(1), router());
  pair.pass(10s);
  const Ipv6Address* const made = advertised(pair.a);
  ASSERT_NE(made, nullptr);
  EXPECT_TRUE(made->is_ready());
  EXPECT_EQ(made->address.high(), b_v6.high());
  EXPECT_NE(made->address.low() >> 24 & 0xffff, 0xfffeu) << "RFC 7217: not from the MAC address";
  ASSERT_EQ(routers(pair.a).routers().size(), 1u);
  EXPECT_EQ(routers(pair.a).routers()[0].what.address, PairV6::link_local_of(pair.b));
  EXPECT_EQ(pair.a.ipv6().resolvers(), std::vector{b_v6});
  // Neighbours of the prefix, and the rest of the world by the router.
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  EXPECT_TRUE(pair.a.next_echo_reply());
  const auto route = pair.a.routes().find(IpAddress{0x2001'0db8'0077'0000, 5});
  ASSERT_TRUE(route);
  EXPECT_EQ(route->next_hop, PairV6::link_local_of(pair.b));
  EXPECT_EQ(route->source, made->address);
}

TEST(Ndp, MakesTheSameAddressEachTimeAndAnotherElsewhere) {  // RFC 7217 section 5
  const auto address_of = [](std::uint64_t network) {
    PairV6 pair(listening_host(1));
    pair.pass(3s);
    EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), advertisement(network))), Drop::none);
    return advertised(pair.a)->address;
  };
  EXPECT_EQ(address_of(b_v6.high()), address_of(b_v6.high()));
  EXPECT_NE(address_of(b_v6.high()).low(), address_of(b_v6.high() + 1).low());
}

TEST(Ndp, MakesAddressesFromTheMacAddressIfItIsToldTo) {
  HostSettings settings = listening_host(1);
  settings.links[0].ipv6.identifiers = Ipv6LinkSettings::Identifiers::from_mac;
  PairV6 pair(settings);
  pair.pass(3s);
  EXPECT_EQ(PairV6::link_local_of(pair.a),
            (IpAddress{0xfe80'0000'0000'0000, 0x0000'00ff'fe00'0001}));
}

// RFC 4861 6.3.7.
TEST(Ndp, AsksForRoutersThreeTimesAndNoMore) {
  PairV6 pair(listening_host(1));
  std::size_t asked = 0;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto seen = SeenIcmpv6::in(frame);
    if (from_a && seen && seen->message.type == wire::Icmpv6Type::router_solicitation) ++asked;
    return true;
  };
  pair.pass(60s);
  EXPECT_EQ(asked, 3u);
  EXPECT_EQ(pair.a.deadline(), never) << "quiet";
}

// RFC 4862 5.5.3 and 5.5.4.
TEST(Ndp, AddressesAreDeprecatedAndForgotten) {
  PairV6 pair(listening_host(1));
  pair.pass(3s);
  const auto said = advertisement(b_v6.high(), 100s, 50s);
  ASSERT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), said)), Drop::none);
  pair.pass(40s);
  const IpAddress address = advertised(pair.a)->address;
  EXPECT_FALSE(advertised(pair.a)->is_deprecated);
  EXPECT_TRUE(pair.a.routes().is_ours(address));
  pair.pass(20s);
  EXPECT_TRUE(advertised(pair.a)->is_deprecated);
  EXPECT_TRUE(pair.a.routes().is_ours(address)) << "it still receives";
  pair.pass(50s);
  EXPECT_EQ(advertised(pair.a), nullptr);
  EXPECT_FALSE(pair.a.routes().is_ours(address));
  const auto route = pair.a.routes().find(b_v6);
  ASSERT_TRUE(route);
  EXPECT_EQ(route->next_hop, router_address) << "the prefix is over, too";
}

// RFC 4862 5.5.3 (e): two hours.
// SECURITY F4.
TEST(Ndp, AttackAdvertisedEndOfAnAddressTakesTwoHours) {
  PairV6 pair(listening_host(1));
  pair.pass(3s);
  ASSERT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), advertisement(b_v6.high()))),
            Drop::none);
  pair.pass(3s);
  const IpAddress address = advertised(pair.a)->address;
  const auto killing = advertisement(b_v6.high(), 0s, 0s);
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), killing)), Drop::none);
  EXPECT_TRUE(pair.a.routes().is_ours(address));
  EXPECT_TRUE(advertised(pair.a)->is_deprecated);
  pair.pass(1h + 59min);
  EXPECT_TRUE(pair.a.routes().is_ours(address));
  pair.pass(2min);
  EXPECT_FALSE(pair.a.routes().is_ours(address));
}

// SECURITY F4.
TEST(Ndp, AttackAdvertisementFloodIsBounded) {
  PairV6 pair(listening_host(1));
  pair.pass(3s);
  ASSERT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), advertisement(b_v6.high()))),
            Drop::none);
  pair.pass(3s);
  const IpAddress address = advertised(pair.a)->address;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    PairV6::Carrier attacker = from_router();
    attacker.source = IpAddress{0xfe80'0000'0000'0000, 0x1000 + i};
    wire::RouterAdvertisement said = advertisement(0x2001'0db9'0000'0000 + i);
    wire::Resolvers resolvers{.addresses = {}, .lifetime = 1h};
    resolvers.addresses.add(attacker.source);
    said.resolvers.add(resolvers);
    const Drop drop = pair.give(pair.a, pair.ndp_frame(attacker, said));
    EXPECT_TRUE(drop == Drop::none || drop == Drop::ndp_limit);
  }
  EXPECT_GT(pair.a.counters().drops[Drop::ndp_limit], 9'900u);
  EXPECT_LE(addresses(pair.a).all().size(), 16u);
  EXPECT_LE(routers(pair.a).routers().size(), 8u);
  EXPECT_LE(routers(pair.a).prefixes().size(), 16u);
  EXPECT_LE(routers(pair.a).resolvers().size(), 8u);
  pair.pass(3s);
  EXPECT_TRUE(pair.a.routes().is_ours(address)) << "what was there first stays";
  EXPECT_EQ(routers(pair.a).routers()[0].what.address, router_address);
}

// CVE-2015-2922, and an MTU that nothing fits.
// SECURITY F4.
// RFC 8200 section 5, RFC 4861 6.3.4.
TEST(Ndp, AttackAdvertisedHopLimitAndMtuAreNotBelieved) {
  PairV6 pair(listening_host(1));
  pair.pass(3s);
  wire::RouterAdvertisement said = advertisement(b_v6.high());
  said.hop_limit = 1;
  for (const std::uint32_t mtu : {0u, 68u, 1279u, 1501u, 0xffff'ffffu}) {
    said.mtu = mtu;
    EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), said)), Drop::none);
    EXPECT_EQ(pair.a.ipv6().mtu_of(0), 1500u);
    EXPECT_EQ(pair.a.ipv6().hop_limit_of(0), 64);
  }
  said.mtu = 1400;
  said.hop_limit = 128;
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), said)), Drop::none);
  EXPECT_EQ(pair.a.ipv6().mtu_of(0), 1400u);
  EXPECT_EQ(pair.a.ipv6().hop_limit_of(0), 128);
}

TEST(Ndp, ARouterBelievesNoOther) {
  PairV6 pair(router());
  pair.pass(3s);
  EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(from_router(), advertisement(0x2001'0db9'0000'0000))),
            Drop::ndp_not_believed);
}

// RFC 4861 6.2.4 and 6.2.6.
TEST(Ndp, ARouterAdvertisesItselfAndAnswersAFloodOfQuestionsSlowly) {
  PairV6 pair(router(), PairV6::settings(1));
  pair.pass(3s);
  pair.said_by(pair.a);
  std::size_t said = 0;
  const IpAddress all_routers{0xff02'0000'0000'0000, 2};
  const PairV6::Carrier attacker{.source = IpAddress{0xfe80'0000'0000'0000, 0x66},
                                 .destination = all_routers,
                                 .to = wire::mac_of_group_v6(all_routers)};
  const Instant end = pair.now + 60s;
  while (pair.now < end) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(pair.give(pair.a, pair.ndp_frame(attacker, wire::RouterSolicitation{})),
                Drop::none);
    }
    pair.now += 100ms;
    pair.a.on_time(pair.now);
    said += seen_in(pair.said_by(pair.a), wire::Icmpv6Type::router_advertisement).size();
  }
  EXPECT_LE(said, 20u) << "not more than one in three seconds";
  EXPECT_GE(said, 10u);
}

}  // namespace
}  // namespace acksu::ndp_test
