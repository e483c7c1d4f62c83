// Sockets in groups, and IGMP and MLD as they stand on the wire.
#include <gtest/gtest.h>

#include <array>

#include "host/pair_v6_test.h"
#include "wire/igmp.h"
#include "wire/mld.h"
#include "wire/udp.h"

namespace acksu {
namespace {

using wire::MembershipMessage;
using wire::MembershipRecord;
using Type = MembershipRecord::Type;

constexpr IpAddress group = IpAddress::v4(239, 1, 2, 3);
constexpr IpAddress all_systems = IpAddress::v4(224, 0, 0, 1);
constexpr IpAddress group_v6{0xff02'0000'0000'0000, 0xfb};
constexpr IpAddress all_nodes{0xff02'0000'0000'0000, 1};
constexpr IpAddress router_v6{0xfe80'0000'0000'0000, 9};

// A packet of IGMP to a, with or without a router alert.
struct IgmpFrame {
  IpAddress source = IpAddress::v4(10, 0, 0, 9);
  IpAddress destination = all_systems;
  std::uint8_t ttl = 1;
  bool has_router_alert = true;

  Frame of(BufferPool& pool, const MembershipMessage& message) const {
    const std::uint32_t header_bytes = has_router_alert ? 24 : 20;
    const std::uint32_t length = header_bytes + wire::igmp_bytes(message);
    Slice bytes = pool.allocate(14 + length);
    const MutableBytes room = bytes.writable();
    wire::write(wire::EthernetHeader{wire::mac_of_group_v4(destination), mac_of_attacker,
                                     wire::EtherType::ipv4},
                room);
    const wire::Ipv4Header ip{.total_length = static_cast<std::uint16_t>(length),
                              .ttl = ttl,
                              .protocol = wire::IpProtocol::igmp,
                              .source = source,
                              .destination = destination};
    if (has_router_alert) {
      wire::write_with_router_alert(ip, room.subspan(14));
    } else {
      wire::write(ip, room.subspan(14));
    }
    wire::write_igmp(message, room.subspan(14 + header_bytes));
    return Frame{.bytes = BufferChain(std::move(bytes))};
  }
};

MembershipMessage general_query(std::uint8_t version, IpAddress asked = IpAddress::v4(0)) {
  MembershipMessage query;
  query.version = version;
  query.group = asked;
  query.max_response = 1s;
  return query;
}

struct Members : PairV6 {
  Handle at_a, at_b;
  std::array<std::uint8_t, 256> room{};

  static HostSettings both_families(std::uint8_t number) {
    HostSettings settings = PairV6::settings(number);
    settings.links.front().addresses.push_back({IpAddress::v4(10, 0, 0, number), 24});
    return settings;
  }
  Members() : PairV6(both_families(1), both_families(2)) {
    pass(5s);
    at_a = *a.open_udp({{}, 5353}, now);
    at_b = *b.open_udp({}, now);
  }
  // Whether a hears what b says to that group.
  bool is_heard(IpAddress to) {
    EXPECT_EQ(b.send_to(at_b, {to, 5353}, bytes_of("all"), now), Error::none);
    settle();
    return static_cast<bool>(a.receive_from(at_a, room));
  }
  // The frames that a sends in that time.
  std::vector<Frame> said_by_a(Duration duration) {
    std::vector<Frame> said;
    passes = [&](const Frame& frame, bool from_a) {
      if (from_a) said.push_back(frame);
      return true;
    };
    pass(duration);
    passes = [](const Frame&, bool) { return true; };
    return said;
  }
};

TEST(Multicast, IsHeardByWhoHasJoined) {  // RFC 1122 3.3.7.
  for (const IpAddress to : {group, group_v6}) {
    Members hosts;
    const DropCounters& drops = hosts.a.counters().drops;
    const std::uint64_t before = drops[Drop::ip_group_not_joined];
    EXPECT_FALSE(hosts.is_heard(to));
    EXPECT_EQ(drops[Drop::ip_group_not_joined], before + 1);
    EXPECT_EQ(hosts.a.join_group(hosts.at_a, {to, 0}, hosts.now), Error::none);
    EXPECT_TRUE(hosts.is_heard(to));
    // Another socket of the host has joined nothing (RFC 1112 6.2 is about the host).
    const Handle other = *hosts.a.open_udp({{}, 5354}, hosts.now);
    EXPECT_EQ(hosts.b.send_to(hosts.at_b, {to, 5354}, bytes_of("x"), hosts.now), Error::none);
    hosts.settle();
    EXPECT_EQ(hosts.a.receive_from(other, hosts.room).error(), Error::would_block);
    EXPECT_EQ(drops[Drop::udp_no_socket], 1u);
    EXPECT_EQ(hosts.a.leave_group(hosts.at_a, {to, 0}, hosts.now), Error::none);
    EXPECT_FALSE(hosts.is_heard(to));
    EXPECT_EQ(drops[Drop::ip_group_not_joined], before + 2);
  }
}

TEST(Multicast, ANarrowedSocketHearsItsLinkAndItsPeerOnly) {
  Members hosts;
  EXPECT_EQ(hosts.a.join_group(hosts.at_a, {group, 0}, hosts.now), Error::none);
  EXPECT_EQ(hosts.a.connect_udp(hosts.at_a, {IpAddress::v4(10, 0, 0, 7), 1}), Error::none);
  EXPECT_FALSE(hosts.is_heard(group));
}

TEST(Multicast, EndsWithItsSocket) {
  Members hosts;
  const std::uint32_t own = hosts.a.holdings().groups;
  EXPECT_EQ(own, 2u) << "the solicited-node groups of two addresses (RFC 4291 2.7.1)";
  EXPECT_EQ(hosts.a.join_group(hosts.at_a, {group, 0}, hosts.now), Error::none);
  EXPECT_EQ(hosts.a.join_group(hosts.at_a, {group_v6, 0}, hosts.now), Error::none);
  EXPECT_EQ(hosts.a.holdings().groups, own + 2);
  EXPECT_EQ(hosts.a.close(hosts.at_a, hosts.now), Error::none);
  EXPECT_EQ(hosts.a.holdings().groups, own);
}

TEST(Multicast, RefusesWhatCannotBeJoined) {
  Members hosts;
  Host& a = hosts.a;
  const Instant now = hosts.now;
  EXPECT_EQ(a.join_group(hosts.at_a, {Pair::b_address, 0}, now), Error::invalid_argument);
  EXPECT_EQ(a.join_group(hosts.at_a, {group, 1}, now), Error::invalid_argument);
  EXPECT_EQ(a.join_group({}, {group, 0}, now), Error::bad_handle);
  EXPECT_EQ(a.join_group(hosts.at_a, {group, 0}, now), Error::none);
  EXPECT_EQ(a.join_group(hosts.at_a, {group, 0}, now), Error::address_in_use);
  EXPECT_EQ(a.leave_group(hosts.at_a, {group_v6, 0}, now), Error::address_not_available);
  for (std::uint8_t i = 1; i < 20; ++i) {
    EXPECT_EQ(a.join_group(hosts.at_a, {IpAddress::v4(239, 9, 9, i), 0}, now), Error::none);
  }
  EXPECT_EQ(a.join_group(hosts.at_a, {IpAddress::v4(239, 9, 9, 99), 0}, now), Error::out_of_memory);
}

// RFC 3376 4: TTL 1, internetwork control, a router alert; to 224.0.0.22 for version 3.
TEST(Igmp, StandsOnTheWireAsTheRfcSays) {
  Members hosts;
  EXPECT_EQ(hosts.a.join_group(hosts.at_a, {group, 0}, hosts.now), Error::none);
  const std::vector<Frame> said = hosts.said_by(hosts.a);
  ASSERT_EQ(said.size(), 1u);
  const std::vector<std::uint8_t> bytes = said[0].bytes.flatten();
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.begin() + 6,
                         wire::mac_of_group_v4(IpAddress::v4(224, 0, 0, 22)).octets.begin()));
  const Bytes packet = Bytes(bytes).subspan(14);
  wire::Ipv4Header ip;
  ASSERT_EQ(wire::read(packet, ip), Drop::none);
  EXPECT_EQ(ip.ttl, 1);
  EXPECT_EQ(ip.dscp_ecn, 0xc0);
  EXPECT_EQ(ip.header_bytes, 24);
  EXPECT_EQ(ip.source, Pair::a_address);
  EXPECT_TRUE(wire::has_router_alert(packet.first(24)));
  MembershipMessage message;
  ASSERT_EQ(wire::read_igmp(packet.subspan(24), {ip.source, ip.ttl, true}, message), Drop::none);
  EXPECT_EQ(message.records, (std::vector<MembershipRecord>{{Type::change_to_exclude, group, {}}}));
}

// RFC 3810 5: from a link-local address, hop limit 1, a router alert in hop-by-hop options.
TEST(Mld, StandsOnTheWireAsTheRfcSays) {
  Members hosts;
  EXPECT_EQ(hosts.a.join_group(hosts.at_a, {group_v6, 0}, hosts.now), Error::none);
  const std::vector<Frame> said = hosts.said_by(hosts.a);
  ASSERT_EQ(said.size(), 1u);
  const std::vector<std::uint8_t> bytes = said[0].bytes.flatten();
  const Bytes packet = Bytes(bytes).subspan(14);
  wire::Ipv6Header ip;
  wire::ExtensionHeaders extensions;
  ASSERT_EQ(wire::read(packet, ip), Drop::none);
  ASSERT_EQ(wire::read(packet, ip, extensions), Drop::none);
  EXPECT_EQ(ip.hop_limit, 1);
  EXPECT_EQ(ip.source, PairV6::link_local_of(hosts.a));
  EXPECT_EQ(ip.destination, (IpAddress{0xff02'0000'0000'0000, 0x16}));
  EXPECT_EQ(extensions.router_alert, 0);
  wire::Icmpv6Message carried;
  MembershipMessage message;
  BufferChain text = said[0].bytes;
  text.drop_front(14 + extensions.upper_offset);
  ASSERT_EQ(wire::read_icmpv6(std::move(text), {ip.source, ip.destination}, false, carried),
            Drop::none);
  ASSERT_EQ(wire::read_mld(carried, {ip.source, ip.hop_limit, true}, message), Drop::none);
  EXPECT_EQ(message.records,
            (std::vector<MembershipRecord>{{Type::change_to_exclude, group_v6, {}}}));
}

// SECURITY E9: TTL, router alert, destination and source (RFC 3376 9.1).
TEST(Igmp, AnswersAQueryAndNoneThatIsForged) {
  Members hosts;
  EXPECT_EQ(hosts.a.join_group(hosts.at_a, {group, 0}, hosts.now), Error::none);
  hosts.pass(5s);
  BufferPool& pool = *hosts.pool;
  Host& a = hosts.a;
  EXPECT_EQ(hosts.give(a, IgmpFrame{}.of(pool, general_query(3))), Drop::none);
  EXPECT_EQ(hosts.said_by_a(2s).size(), 1u);
  EXPECT_EQ(hosts.give(a, IgmpFrame{.source = IpAddress::v4(0)}.of(pool, general_query(3))),
            Drop::none);
  EXPECT_EQ(hosts.said_by_a(2s).size(), 1u) << "a switch that asks (RFC 4541)";
  EXPECT_EQ(hosts.give(a, IgmpFrame{.destination = group}.of(pool, general_query(3, group))),
            Drop::none);
  EXPECT_EQ(hosts.said_by_a(2s).size(), 1u);

  EXPECT_EQ(hosts.give(a, IgmpFrame{.ttl = 2}.of(pool, general_query(3))),
            Drop::membership_bad_hop_limit);
  EXPECT_EQ(hosts.give(a, IgmpFrame{.has_router_alert = false}.of(pool, general_query(3))),
            Drop::membership_no_router_alert);
  EXPECT_EQ(hosts.give(a, IgmpFrame{.destination = group}.of(pool, general_query(3))),
            Drop::membership_bad_group);
  const IgmpFrame from_afar{.source = IpAddress::v4(192, 0, 2, 1)};
  EXPECT_EQ(hosts.give(a, from_afar.of(pool, general_query(3))), Drop::membership_bad_source);
  EXPECT_TRUE(hosts.said_by_a(20s).empty());
}

// SECURITY E9: hop limit, router alert and source (RFC 3810 6.2).
// RFC 3810 5.2.12.
TEST(Mld, AnswersAQueryAndNoneThatIsForged) {
  Members hosts;
  hosts.pass(5s);
  const auto query = [&](PairV6::Carrier carrier, bool has_alert) {
    const MembershipMessage asked = general_query(2, IpAddress{});
    std::vector<std::uint8_t> bytes(wire::router_alert_header_size + wire::mld_bytes(asked));
    wire::write_router_alert(wire::NextHeader::icmpv6, bytes);
    wire::write_mld(asked, {carrier.source, carrier.destination},
                    MutableBytes(bytes).subspan(wire::router_alert_header_size));
    if (has_alert) {
      return hosts.give(hosts.a, hosts.frame_of(carrier, wire::NextHeader::hop_by_hop, bytes));
    }
    const Bytes bare = Bytes(bytes).subspan(wire::router_alert_header_size);
    return hosts.give(hosts.a, hosts.frame_of(carrier, wire::NextHeader::icmpv6, bare));
  };
  PairV6::Carrier carrier{.source = router_v6, .destination = all_nodes, .hop_limit = 1};
  EXPECT_EQ(query(carrier, true), Drop::none);
  EXPECT_EQ(hosts.said_by_a(2s).size(), 1u);
  EXPECT_EQ(query(carrier, false), Drop::membership_no_router_alert);
  carrier.hop_limit = 2;
  EXPECT_EQ(query(carrier, true), Drop::membership_bad_hop_limit);
  carrier.hop_limit = 1;
  carrier.source = b_v6;
  EXPECT_EQ(query(carrier, true), Drop::membership_bad_source);
  EXPECT_TRUE(hosts.said_by_a(20s).empty());
}

// RFC 4862 5.4.2: before an address is tried, its group is joined; from :: as long as it is tried.
TEST(Mld, JoinsTheGroupOfAnAddressThatIsTried) {
  PairV6 hosts{PairV6::settings(1, 1), PairV6::settings(2)};
  std::size_t reports = 0, from_nobody = 0;
  hosts.passes = [&](const Frame& frame, bool from_a) {
    const std::vector<std::uint8_t> bytes = frame.bytes.flatten();
    wire::Ipv6Header ip;
    if (!from_a || wire::read(Bytes(bytes).subspan(14), ip) != Drop::none) return true;
    const bool is_report = ip.next_header == wire::NextHeader::hop_by_hop;
    reports += is_report ? 1u : 0u;
    from_nobody += is_report && ip.source.is_any() ? 1u : 0u;
    return true;
  };
  hosts.pass(10s);
  EXPECT_GE(reports, 2u);
  EXPECT_GE(from_nobody, 1u);
  EXPECT_EQ(hosts.a.holdings().groups, 2u);
  EXPECT_EQ(hosts.a.remove_address(0, a_v6, hosts.now), Error::none);
  hosts.pass(5s);
  EXPECT_EQ(hosts.a.holdings().groups, 1u);
}

}  // namespace
}  // namespace acksu
