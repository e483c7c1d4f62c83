// Raw sockets: what they hear and send in both families, what they may cost, and what is told to
// those whose protocol nobody speaks.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "host/packets_test.h"
#include "host/pair_v6_test.h"
#include "wire/icmp.h"

namespace acksu::raw_test {
namespace {

constexpr std::uint8_t ospf = 89;
constexpr IpAddress all_ospf_routers = IpAddress::v4(224, 0, 0, 5);
constexpr IpAddress all_ospf_routers_v6{0xff02'0000'0000'0000, 5};
constexpr RawName ospf_v4{.protocol = ospf};
constexpr RawName ospf_v6{.version = IpVersion::v6, .protocol = ospf};

struct Heard {
  RawPacket packet;
  std::string text;
};

// The oldest packet of a socket, or nothing.
std::optional<Heard> hear(Host& host, Handle socket) {
  std::vector<std::uint8_t> room(70'000);
  const Result<RawPacket> packet = host.receive_raw(socket, room);
  if (!packet) return std::nullopt;
  return Heard{*packet, {room.begin(), room.begin() + packet->length}};
}

test::Octets octets(std::initializer_list<int> bytes) {
  test::Octets result;
  for (const int byte : bytes) result.push_back(static_cast<std::uint8_t>(byte));
  return result;
}

// ---- Both ways ----------------------------------------------------------------------------------

TEST(Raw, CarriesAProtocolBothWays) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {.ttl = 7, .traffic_class = 0xc0}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v4, {}, pair.now);
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.news(pair.b, at_b), Readiness::readable);
  const auto heard = hear(pair.b, at_b);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->text, "hello");
  EXPECT_EQ(heard->packet.from, Pair::a_address);
  EXPECT_EQ(heard->packet.to, Pair::b_address);
  EXPECT_EQ(heard->packet.ttl, 7);
  EXPECT_EQ(heard->packet.traffic_class, 0xc0);
  EXPECT_EQ(pair.b.receive_raw(at_b, {}).error(), Error::would_block);
  ASSERT_EQ(pair.b.send_raw(at_b, {heard->packet.from}, bytes_of("ack"), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(hear(pair.a, at_a)->text, "ack");
  EXPECT_EQ(pair.b.counters().drops.total(), 0u);
  EXPECT_EQ(*pair.a.local_endpoint(at_a), Endpoint{});
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, {}, pair.now), Error::bad_handle);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.expect_nothing_held();
}

TEST(Raw, CarriesAProtocolBothWaysOverIpv6) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_raw(ospf_v6, {.ttl = 7, .traffic_class = 0xc0}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v6, {}, pair.now);
  ASSERT_EQ(pair.a.send_raw(at_a, {b_v6}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  const auto heard = hear(pair.b, at_b);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->text, "hello");
  EXPECT_EQ(heard->packet.from, a_v6);
  EXPECT_EQ(heard->packet.ttl, 7);
  EXPECT_EQ(heard->packet.traffic_class, 0xc0);
  EXPECT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, {}, pair.now), Error::invalid_argument);
}

// RFC 1112 7.2: only who has joined hears a group.
TEST(Raw, HearsGroupsThatItHasJoined) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle member = *pair.b.open_raw(ospf_v4, {}, pair.now);
  const Handle other = *pair.b.open_raw(ospf_v4, {}, pair.now);
  ASSERT_EQ(pair.b.join_group(member, {all_ospf_routers, 0}, pair.now), Error::none);
  EXPECT_EQ(pair.b.join_group(member, {all_ospf_routers, 0}, pair.now), Error::address_in_use);
  ASSERT_EQ(pair.a.send_raw(at_a, {all_ospf_routers}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  const auto heard = hear(pair.b, member);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->packet.to, all_ospf_routers);
  EXPECT_EQ(heard->packet.ttl, 1) << "RFC 1112 6.1";
  EXPECT_FALSE(hear(pair.b, other));
  EXPECT_EQ(pair.b.close(member, pair.now), Error::none);
  EXPECT_EQ(pair.b.membership_v4(0).groups(), 0u);
  ASSERT_EQ(pair.a.send_raw(at_a, {all_ospf_routers}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.counters().drops[Drop::ip_group_not_joined], 1u);
}

TEST(Raw, HearsGroupsOfIpv6ThatItHasJoined) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_raw(ospf_v6, {}, pair.now);
  const Handle member = *pair.b.open_raw(ospf_v6, {}, pair.now);
  ASSERT_EQ(pair.b.join_group(member, {all_ospf_routers_v6, 0}, pair.now), Error::none);
  ASSERT_EQ(pair.a.send_raw(at_a, {all_ospf_routers_v6}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  ASSERT_TRUE(hear(pair.b, member));
}

TEST(Raw, IsGivenWholePacketsThatCameInFragments) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v4, {}, pair.now);
  std::string text(5000, 'x');
  text += "end";
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of(text), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(hear(pair.b, at_b)->text, text);
  ASSERT_EQ(pair.a.set_raw_options(at_a, {.dont_fragment = true}), Error::none);
  EXPECT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of(text), pair.now),
            Error::message_too_long);
  const std::string huge(65516, 'x');
  ASSERT_EQ(pair.a.set_raw_options(at_a, {}), Error::none);
  EXPECT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of(huge), pair.now),
            Error::message_too_long);
}

TEST(Raw, IsGivenWholePacketsOfIpv6ThatCameInFragments) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_raw(ospf_v6, {}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v6, {}, pair.now);
  const std::string text(5000, 'x');
  ASSERT_EQ(pair.a.send_raw(at_a, {b_v6}, bytes_of(text), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(hear(pair.b, at_b)->text, text);
}

TEST(Raw, SpeaksToItsOwnHost) {
  Pair pair;
  const Handle socket = *pair.a.open_raw(ospf_v4, {}, pair.now);
  ASSERT_EQ(pair.a.send_raw(socket, {Pair::a_address}, bytes_of("me"), pair.now), Error::none);
  pair.pass(1ms);
  EXPECT_EQ(hear(pair.a, socket)->text, "me");
}

// ---- Who hears what -----------------------------------------------------------------------------

TEST(Raw, EachSocketOfAProtocolHearsWhatIsForIt) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle all = *pair.b.open_raw(ospf_v4, {}, pair.now);
  const Handle bound = *pair.b.open_raw({.protocol = ospf, .local = Pair::b_address}, {}, pair.now);
  const Handle of_link = *pair.b.open_raw(ospf_v4, {.link = LinkId{0}}, pair.now);
  const Handle of_peer = *pair.b.open_raw(ospf_v4, {}, pair.now);
  const Handle of_another = *pair.b.open_raw(ospf_v4, {}, pair.now);
  const Handle of_protocol = *pair.b.open_raw({.protocol = ospf + 1}, {}, pair.now);
  ASSERT_EQ(pair.b.connect_raw(of_peer, Pair::a_address), Error::none);
  ASSERT_EQ(pair.b.connect_raw(of_another, IpAddress::v4(10, 0, 0, 77)), Error::none);
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  for (const Handle socket : {all, bound, of_link, of_peer}) EXPECT_TRUE(hear(pair.b, socket));
  for (const Handle socket : {of_another, of_protocol}) EXPECT_FALSE(hear(pair.b, socket));
}

TEST(Raw, AConnectedSocketSpeaksToItsPeerOnly) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v4, {}, pair.now);
  EXPECT_EQ(pair.a.send_raw(at_a, {}, bytes_of("x"), pair.now), Error::invalid_argument);
  EXPECT_EQ(pair.a.connect_raw(at_a, b_v6), Error::invalid_argument);
  EXPECT_EQ(pair.a.connect_raw(at_a, IpAddress::v4(99, 9, 9, 9)), Error::network_unreachable);
  ASSERT_EQ(pair.a.connect_raw(at_a, Pair::b_address), Error::none);
  ASSERT_EQ(pair.a.send_raw(at_a, {}, bytes_of("x"), pair.now), Error::none);
  pair.settle();
  EXPECT_TRUE(hear(pair.b, at_b));
  EXPECT_EQ(pair.a.send_raw(at_a, {IpAddress::v4(10, 0, 0, 9)}, bytes_of("x"), pair.now),
            Error::already_connected);
  ASSERT_EQ(pair.a.connect_raw(at_a, {}), Error::none);
  EXPECT_EQ(pair.a.send_raw(at_a, {IpAddress::v4(10, 0, 0, 9)}, bytes_of("x"), pair.now),
            Error::none);
}

TEST(Raw, RefusesWhatCanNeverWork) {
  HostSettings few = Pair::settings(1);
  few.max_raw_sockets = 1;
  Pair pair(few);
  const auto error = [&](const RawName& name, const RawOptions& options = {}) {
    return pair.a.open_raw(name, options, pair.now).error();
  };
  EXPECT_EQ(error({.protocol = wire::IpProtocol::tcp}), Error::not_supported);
  EXPECT_EQ(error({.version = IpVersion::v6, .protocol = wire::IpProtocol::udp}),
            Error::not_supported);
  EXPECT_EQ(error({.protocol = 0}), Error::invalid_argument);
  for (const std::uint8_t header : octets({0, 43, 44, 59, 60})) {
    EXPECT_EQ(error({.version = IpVersion::v6, .protocol = header}), Error::invalid_argument);
  }
  EXPECT_EQ(error({.protocol = ospf, .local = a_v6}), Error::invalid_argument);
  EXPECT_EQ(error({.protocol = ospf, .local = Pair::b_address}), Error::address_not_available);
  EXPECT_EQ(error(ospf_v4, {.link = LinkId{1}}), Error::invalid_argument) << "the loopback";
  EXPECT_EQ(error(ospf_v4, {.checksum_offset = 3}), Error::invalid_argument);
  const Handle socket = *pair.a.open_raw(ospf_v4, {}, pair.now);
  EXPECT_EQ(error(ospf_v4), Error::out_of_memory);
  EXPECT_EQ(pair.a.set_raw_options(socket, {.link = LinkId{0}}), Error::invalid_argument);
  EXPECT_EQ(pair.a.send_raw(socket, {IpAddress::v4(10, 0, 0, 255)}, bytes_of("x"), pair.now),
            Error::permission_denied);
  EXPECT_EQ(pair.a.send_raw(socket, {Pair::b_address, IpAddress::v4(10, 0, 0, 9)}, bytes_of("x"),
                            pair.now),
            Error::address_not_available)
      << "not an address of ours";
}

// ---- ICMP ---------------------------------------------------------------------------------------

TEST(Raw, PingsWithAChecksumThatTheHostHasSet) {
  Pair pair;
  const RawOptions replies_only{.icmp_types = IcmpTypes::only({wire::IcmpType::echo_reply})};
  const Handle at_a = *pair.a.open_raw({.protocol = 1}, replies_only, pair.now);
  const Handle at_b = *pair.b.open_raw({.protocol = 1}, {}, pair.now);
  const Handle deaf = *pair.b.open_raw({.protocol = 1}, replies_only, pair.now);
  const test::Octets echo = octets({8, 0, 0, 0, 0, 7, 0, 1, 'h', 'i'});
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, echo, pair.now), Error::none);
  EXPECT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, octets({8, 0, 0}), pair.now),
            Error::invalid_argument)
      << "no room for a checksum";
  pair.settle();
  const auto request = hear(pair.b, at_b);
  ASSERT_TRUE(request) << "a copy of what the host answers by itself";
  EXPECT_EQ(request->text[0], 8);
  EXPECT_FALSE(hear(pair.b, deaf));
  const auto reply = hear(pair.a, at_a);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text[0], 0);
  EXPECT_EQ(reply->text.substr(4), std::string("\0\7\0\1hi", 6));
  EXPECT_EQ(pair.a.counters().drops[Drop::icmp_unmatched], 0u) << "somebody wanted it";
}

// RFC 3542 3.1: the host always sets the checksum of ICMPv6.
TEST(Raw, PingsOverIpv6WithAChecksumThatTheHostHasSet) {
  PairV6 pair;
  const Handle at_a =
      *pair.a.open_raw({.version = IpVersion::v6, .protocol = 58},
                       {.icmp_types = IcmpTypes::only({wire::Icmpv6Type::echo_reply})}, pair.now);
  const test::Octets echo = octets({128, 0, 9, 9, 0, 7, 0, 1, 'h', 'i'});
  ASSERT_EQ(pair.a.send_raw(at_a, {b_v6}, echo, pair.now), Error::none);
  pair.settle();
  const auto reply = hear(pair.a, at_a);
  ASSERT_TRUE(reply);
  EXPECT_EQ(static_cast<std::uint8_t>(reply->text[0]), 129);
  EXPECT_EQ(reply->text.substr(4), std::string("\0\7\0\1hi", 6));
}

TEST(Raw, IsGivenNoIcmpWithABadChecksum) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw({.protocol = 1}, {.has_header = true}, pair.now);
  const Handle at_b = *pair.b.open_raw({.protocol = 1}, {}, pair.now);
  test::Packets packets;
  test::Octets packet = packets.bytes_of(test::echo("10.0.0.1", "10.0.0.2", 13, 1));
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, packet, pair.now), Error::none);
  pair.settle();
  EXPECT_TRUE(hear(pair.b, at_b)) << "of a type that the host does not know";
  EXPECT_EQ(pair.b.counters().drops.total(), 0u);
  packet.back() ^= 1;
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, packet, pair.now), Error::none);
  pair.settle();
  EXPECT_FALSE(hear(pair.b, at_b));
  EXPECT_EQ(pair.b.counters().drops[Drop::icmp_bad_checksum], 1u);
}

// RFC 3542 3.1: IPV6_CHECKSUM, of any protocol.
TEST(Raw, SetsAndChecksAChecksumWhereItIsToldTo) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_raw(ospf_v6, {.checksum_offset = 4}, pair.now);
  const Handle careful = *pair.b.open_raw(ospf_v6, {.checksum_offset = 4}, pair.now);
  const Handle careless = *pair.b.open_raw(ospf_v6, {}, pair.now);
  ASSERT_EQ(pair.a.send_raw(at_a, {b_v6}, bytes_of("01234567x"), pair.now), Error::none);
  EXPECT_EQ(pair.a.send_raw(at_a, {b_v6}, bytes_of("01234"), pair.now), Error::invalid_argument);
  pair.settle();
  EXPECT_TRUE(hear(pair.b, careful));
  EXPECT_TRUE(hear(pair.b, careless));
  ASSERT_EQ(pair.a.set_raw_options(at_a, {}), Error::none);
  for (const char* text : {"01234567x", "short"}) {
    ASSERT_EQ(pair.a.send_raw(at_a, {b_v6}, bytes_of(text), pair.now), Error::none);
    pair.settle();
    EXPECT_FALSE(hear(pair.b, careful)) << text;
    EXPECT_TRUE(hear(pair.b, careless)) << text;
  }
  EXPECT_EQ(pair.b.counters().drops[Drop::raw_bad_checksum], 2u);
}

// ---- Headers ------------------------------------------------------------------------------------

TEST(Raw, GivesAndTakesPacketsWithTheirHeader) {  // RFC 1122 3.2.1.8 (a), (b), 3.4.
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {.has_header = true}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v4, {.has_header = true}, pair.now);
  const auto packet = [](IpAddress source, std::uint16_t length = 24) {
    test::Octets bytes(24);
    wire::write({.total_length = length,
                 .ttl = 33,
                 .protocol = ospf,
                 .source = source,
                 .destination = Pair::b_address},
                bytes);
    bytes[10] = bytes[11] = 0;  // the host sets the checksum
    bytes[23] = 'x';
    return bytes;
  };
  const auto send = [&](const test::Octets& bytes, IpAddress remote = {}) {
    return pair.a.send_raw(at_a, {remote}, bytes, pair.now);
  };
  ASSERT_EQ(send(packet(Pair::a_address)), Error::none);
  ASSERT_EQ(send(packet(IpAddress::v4(0)), Pair::b_address), Error::none);
  pair.settle();
  for (int i = 0; i < 2; ++i) {
    const auto heard = hear(pair.b, at_b);
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->packet.length, 24u);
    EXPECT_EQ(heard->packet.from, Pair::a_address) << "the source that was left out is ours";
    EXPECT_EQ(heard->text.substr(0, 1), "\x45");
    EXPECT_EQ(heard->text[8], 33);
    EXPECT_EQ(heard->text.substr(20), std::string("\0\0\0x", 4));
  }
  EXPECT_EQ(send(packet(IpAddress::v4(10, 0, 0, 9))), Error::address_not_available);
  EXPECT_EQ(send(packet(Pair::a_address), IpAddress::v4(10, 0, 0, 9)), Error::invalid_argument);
  EXPECT_EQ(send(packet(Pair::a_address, 25)), Error::invalid_argument) << "a length that lies";
  test::Octets bytes = packet(Pair::a_address);
  bytes[0] = 0x46;  // six words with an option that is none
  bytes[20] = 7;
  bytes[21] = 0;
  EXPECT_EQ(send(bytes), Error::invalid_argument);
  bytes[0] = 0x4f;
  EXPECT_EQ(send(bytes), Error::invalid_argument);
  bytes[0] = 0x65;
  EXPECT_EQ(send(bytes), Error::invalid_argument);
  bytes.resize(19);
  EXPECT_EQ(send(bytes), Error::invalid_argument);
  test::Octets large = packet(Pair::a_address, 1501);
  large.resize(1501);
  EXPECT_EQ(send(large), Error::message_too_long) << "it is not cut";
  EXPECT_EQ(pair.settle(), 0u);
}

TEST(Raw, GivesAndTakesPacketsOfIpv6WithTheirHeader) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_raw(ospf_v6, {.has_header = true}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v6, {.has_header = true}, pair.now);
  test::Octets bytes(44);
  wire::Ipv6Header ip{
      .payload_length = 4, .next_header = ospf, .hop_limit = 33, .source = {}, .destination = b_v6};
  wire::write(ip, bytes);
  ASSERT_EQ(pair.a.send_raw(at_a, {}, bytes, pair.now), Error::none);
  pair.settle();
  const auto heard = hear(pair.b, at_b);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->packet.length, 44u);
  EXPECT_EQ(heard->packet.from, a_v6);
  EXPECT_EQ(heard->packet.ttl, 33);
  ip.source = b_v6;
  wire::write(ip, bytes);
  EXPECT_EQ(pair.a.send_raw(at_a, {}, bytes, pair.now), Error::network_unreachable) << "not ours";
  bytes.push_back(0);
  EXPECT_EQ(pair.a.send_raw(at_a, {}, bytes, pair.now), Error::invalid_argument);
  ip.source = a_v6;
  ip.payload_length = 1461;
  bytes.resize(1501);
  wire::write(ip, bytes);
  EXPECT_EQ(pair.a.send_raw(at_a, {}, bytes, pair.now), Error::message_too_long);
}

// ---- What it may cost ---------------------------------------------------------------------------

// SECURITY C13: what nobody reads takes no more than its limit, and what does not fit is counted.
TEST(Raw, BoundsTheQueueOfEachSocket) {
  HostSettings small = Pair::settings(2);
  small.max_raw_queue_bytes = 2000;
  Pair pair(Pair::settings(1), small);
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle slow = *pair.b.open_raw(ospf_v4, {}, pair.now);
  const Handle fast = *pair.b.open_raw(ospf_v4, {.max_queue_bytes = 100'000}, pair.now);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
    EXPECT_TRUE(hear(pair.b, fast));
  }
  const std::uint64_t dropped = pair.b.counters().drops[Drop::raw_queue_full];
  EXPECT_GT(dropped, 30u);
  EXPECT_LT(dropped, 50u);
  EXPECT_LE(pair.b.holdings().text_bytes, 2000u);
  std::uint64_t heard = 0;
  while (hear(pair.b, slow)) ++heard;
  EXPECT_EQ(heard + dropped, 50u);
  EXPECT_EQ(pair.b.holdings().text_bytes, 0u);
}

// SECURITY C13: the budget of the host goes before that of its sockets.
TEST(Raw, KeepsToTheMemoryOfTheHost) {
  HostSettings small = Pair::settings(2);
  small.max_memory_bytes = 1000;
  Pair pair(Pair::settings(1), small);
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v4, {}, pair.now);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  EXPECT_LE(pair.b.holdings().text_bytes, 1000u);
  EXPECT_GT(pair.b.counters().drops[Drop::raw_queue_full], 0u);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.expect_nothing_held();
}

// ---- What nobody speaks -------------------------------------------------------------------------

// RFC 1122 3.2.2.1: protocol unreachable, and RFC 1122 3.2.2: not to groups.
// SECURITY E10: a tunnel that nobody has set up is none.
TEST(Raw, TellsOfProtocolsThatNobodySpeaks) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw({.protocol = 47}, {}, pair.now);
  for (const std::uint8_t protocol : octets({4, 41, 47, 50, 89, 132, 255})) {
    const Handle socket = *pair.a.open_raw({.protocol = protocol}, {}, pair.now);
    ASSERT_EQ(pair.a.send_raw(socket, {Pair::b_address}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
    const auto told = pair.a.take_raw_error(socket);
    ASSERT_TRUE(told) << unsigned{protocol};
    EXPECT_EQ(told->error, Error::protocol_unreachable);
    EXPECT_EQ(told->reporter, Pair::b_address);
    EXPECT_EQ(told->remote, (Endpoint{Pair::b_address, 0}));
    EXPECT_EQ(pair.a.receive_raw(socket, {}).error(), Error::would_block) << "told once";
    EXPECT_EQ(pair.a.close(socket, pair.now), Error::none);
  }
  EXPECT_EQ(pair.b.counters().drops[Drop::ip_unknown_protocol], 7u);
  EXPECT_TRUE(pair.a.take_raw_error(at_a)) << "the other socket of that protocol";
  EXPECT_FALSE(pair.a.take_raw_error(at_a));
  ASSERT_EQ(pair.a.set_raw_options(at_a, {.allows_broadcast = true}), Error::none);
  ASSERT_EQ(pair.a.send_raw(at_a, {IpAddress::v4(10, 0, 0, 255)}, bytes_of("x"), pair.now),
            Error::none);
  pair.settle();
  EXPECT_FALSE(pair.a.take_raw_error(at_a));
  EXPECT_EQ(pair.b.counters().drops[Drop::ip_unknown_protocol], 8u);
}

// RFC 4443 3.4: code 1 with the place of the octet that names the protocol.
TEST(Raw, TellsOfProtocolsOfIpv6ThatNobodySpeaks) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_raw(ospf_v6, {}, pair.now);
  ASSERT_EQ(pair.a.send_raw(at_a, {b_v6}, bytes_of("01234567"), pair.now), Error::none);
  pair.settle();
  const auto told = pair.a.take_raw_error(at_a);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error, Error::protocol_unreachable);
  EXPECT_EQ(told->reporter, b_v6);
  EXPECT_EQ(pair.b.counters().drops[Drop::ip_unknown_protocol], 1u);
}

TEST(Raw, ErrorsAreToldToWhomTheyConcern) {
  Pair pair;
  const Handle of_peer = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle of_another = *pair.a.open_raw(ospf_v4, {}, pair.now);
  ASSERT_EQ(pair.a.connect_raw(of_peer, Pair::b_address), Error::none);
  ASSERT_EQ(pair.a.connect_raw(of_another, IpAddress::v4(10, 0, 0, 9)), Error::none);
  for (std::size_t i = 0; i < RawSocket::most_errors + 3; ++i) {
    ASSERT_EQ(pair.a.send_raw(of_peer, {}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  EXPECT_FALSE(pair.a.take_raw_error(of_another));
  std::size_t told = 0;
  while (pair.a.take_raw_error(of_peer)) ++told;
  EXPECT_EQ(told, RawSocket::most_errors);
}

// A copy of a host goes on by itself, and its state says whether two are equal.
TEST(Raw, SocketsAreCopiedAndDigestedWithTheirHost) {
  Pair pair;
  const Handle at_a = *pair.a.open_raw(ospf_v4, {}, pair.now);
  const Handle at_b = *pair.b.open_raw(ospf_v4, {}, pair.now);
  ASSERT_EQ(pair.a.send_raw(at_a, {Pair::b_address}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  const auto digest_of = [](const Host& host) {
    Digest digest;
    host.digest(digest);
    return digest.value();
  };
  Host copy = pair.b;
  EXPECT_EQ(digest_of(copy), digest_of(pair.b));
  EXPECT_EQ(hear(copy, at_b)->text, "hello");
  EXPECT_NE(digest_of(copy), digest_of(pair.b));
  EXPECT_EQ(hear(pair.b, at_b)->text, "hello");
}

}  // namespace
}  // namespace acksu::raw_test
