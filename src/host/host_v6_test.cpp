// Two hosts back to back over IPv6: what host_test.cpp shows of IPv4.
#include <gtest/gtest.h>

#include "host/host.h"
#include "host/pair_v6_test.h"

namespace acksu {
namespace {

using tcp::State;

// ---- NDP, ICMPv6, UDP ---------------------------------------------------------------------------

TEST(HostV6, AsksForItsNeighbourAndPings) {  // RFC 4443 4.2
  PairV6 pair;
  ASSERT_EQ(pair.a.ping(b_v6, {7, 1}, bytes_of("hello"), pair.now), Error::none);
  pair.settle();
  const auto reply = pair.a.next_echo_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->from, b_v6);
  EXPECT_EQ(reply->identifier, 7);
  EXPECT_EQ(reply->payload_bytes, 5u);
  EXPECT_EQ(reply->ttl, 64);
  EXPECT_EQ(pair.a.counters().frames_out, 2u) << "solicitation, request";
  EXPECT_EQ(pair.b.counters().frames_out, 2u) << "advertisement, reply: b believes a for a while";
  pair.pass(10s);
  pair.expect_nothing_held();
}

TEST(HostV6, PingsTheLinkLocalAddress) {
  PairV6 pair;
  const IpAddress of_b = PairV6::link_local_of(pair.b);
  ASSERT_EQ(of_b.high(), 0xfe80'0000'0000'0000u);
  ASSERT_EQ(pair.a.ping(of_b, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  const auto reply = pair.a.next_echo_reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->from, of_b);
}

TEST(HostV6, ProbesANeighbourThatItOnlyHeardOf) {
  PairV6 pair;
  ASSERT_EQ(pair.a.ping(b_v6, {7, 1}, {}, pair.now), Error::none);
  pair.settle();
  pair.pass(6s);  // RFC 4861 DELAY_FIRST_PROBE_TIME is over
  std::vector<IpAddress> solicited;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const auto seen = SeenIcmpv6::in(frame);
    if (seen && !from_a && seen->message.type == wire::Icmpv6Type::neighbour_solicitation) {
      solicited.push_back(seen->ip.destination);
      EXPECT_EQ(seen->ethernet.destination, mac_of_a);
    }
    return true;
  };
  ASSERT_EQ(pair.b.ping(a_v6, {7, 2}, {}, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(solicited, std::vector{a_v6}) << "by unicast";
  EXPECT_TRUE(pair.b.next_echo_reply());
  // Now it is reachable, for half a minute.
  pair.pass(20s);
  ASSERT_EQ(pair.b.ping(a_v6, {7, 3}, {}, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(solicited.size(), 1u);
}

TEST(HostV6, TellsWhenNoNeighbourAnswers) {
  PairV6 pair;
  const Handle handle = *pair.a.connect({IpAddress{b_v6.high(), 9}, 80}, {}, pair.now);
  pair.pass(2900ms);
  EXPECT_EQ(pair.a.error_of(handle), Error::none);
  pair.pass(200ms);
  EXPECT_EQ(pair.a.error_of(handle), Error::host_unreachable);
  EXPECT_EQ(pair.a.close(handle, pair.now), Error::none);
  pair.pass(10s);
  pair.expect_nothing_held();
}

TEST(HostV6, CarriesDatagrams) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  const Handle at_b = *pair.b.open_udp({b_v6, 53}, pair.now);
  ASSERT_EQ(pair.a.send_to(at_a, {b_v6, 53}, bytes_of("question"), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.news(pair.b, at_b), Readiness::readable);
  std::array<std::uint8_t, 16> room{};
  const auto datagram = pair.b.receive_from(at_b, room);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->length, 8u);
  EXPECT_EQ(datagram->from.address, a_v6);
  // Back to who asked.
  ASSERT_EQ(pair.b.send_to(at_b, datagram->from, bytes_of("answer"), pair.now), Error::none);
  pair.settle();
  ASSERT_TRUE(pair.a.receive_from(at_a, room));
  EXPECT_EQ(pair.a.send_to(at_a, {IpAddress{0x2001'0db8'0001'0000, 1}, 53}, {}, pair.now),
            Error::network_unreachable);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.expect_nothing_held();
}

TEST(HostV6, CutsLargeDatagramsAndPutsThemTogether) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  const Handle at_b = *pair.b.open_udp({{}, 53}, pair.now);
  std::vector<std::uint8_t> large(4000);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i * 7);
  std::size_t longest = 0;
  pair.passes = [&](const Frame& frame, bool) {
    longest = std::max<std::size_t>(longest, frame.bytes.size());
    return true;
  };
  ASSERT_EQ(pair.a.send_to(at_a, {b_v6, 53}, large, pair.now), Error::none);
  pair.settle();
  EXPECT_LE(longest, 1514u);
  std::vector<std::uint8_t> room(5000);
  const auto datagram = pair.b.receive_from(at_b, room);
  ASSERT_TRUE(datagram);
  ASSERT_EQ(datagram->length, 4000u);
  room.resize(4000);
  EXPECT_TRUE(std::equal(room.begin(), room.end(), large.begin()));
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
  pair.expect_nothing_held();
}

// RFC 8200 4.5: told only with the first fragment there.
TEST(HostV6, TellsThatTheRestOfADatagramDidNotCome) {
  PairV6 pair;
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  const Handle at_b = *pair.b.open_udp({{}, 53}, pair.now);
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  int fragments = 0, errors = 0;
  pair.passes = [&](const Frame& frame, bool from_a) {
    if (from_a) return frame.bytes.size() < 200 || ++fragments == 1;
    const auto seen = SeenIcmpv6::in(frame);
    if (seen && seen->message.type == wire::Icmpv6Type::time_exceeded) {
      ++errors;
      EXPECT_EQ(seen->message.code, wire::TimeExceeded6Code::reassembly);
      EXPECT_LE(seen->ip.total_length(), 1280u);
    }
    return true;
  };
  ASSERT_EQ(pair.a.send_to(at_a, {b_v6, 53}, std::vector<std::uint8_t>(3000), pair.now),
            Error::none);
  pair.pass(59s);
  EXPECT_EQ(errors, 0);
  pair.pass(2s);
  EXPECT_EQ(errors, 1);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
}

TEST(HostV6, AnswersClosedUdpPortsAndLimitsThat) {  // RFC 4443 2.2, 2.4 (f), 3.1.
  HostSettings limited = PairV6::settings(2);
  limited.icmp_errors_per_second = 3;
  PairV6 pair(PairV6::settings(1), limited);
  const Handle at_a = *pair.a.open_udp({}, pair.now);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pair.a.send_to(at_a, {b_v6, 53}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  std::array<std::uint8_t, 4> room{};
  EXPECT_EQ(pair.a.receive_from(at_a, room).error(), Error::port_unreachable);
  const auto told = pair.a.take_udp_error(at_a);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->reporter, b_v6);
  EXPECT_EQ(told->remote, (Endpoint{b_v6, 53}));
  EXPECT_EQ(pair.b.counters().drops[Drop::udp_no_socket], 5u);
  EXPECT_EQ(pair.b.counters().drops[Drop::icmp_rate_limited], 2u);
}

// ---- TCP ----------------------------------------------------------------------------------------

TEST(HostV6, ConnectsTalksAndCloses) {
  PairV6 pair;
  const auto ends = pair.establish_v6();
  EXPECT_EQ(pair.state(pair.a, ends.at_a), State::established);
  EXPECT_EQ(pair.a.info(ends.at_a)->tuple.remote.address, b_v6);
  EXPECT_EQ(*pair.a.write(ends.at_a, bytes_of("hello"), pair.now), 5u);
  pair.settle();
  EXPECT_EQ(pair.read(pair.b, ends.at_b), "hello");
  EXPECT_EQ(*pair.b.write(ends.at_b, bytes_of("world"), pair.now), 5u);
  pair.settle();
  EXPECT_EQ(pair.read(pair.a, ends.at_a), "world");
  EXPECT_EQ(pair.a.close(ends.at_a, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.close(ends.at_b, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  pair.pass(120s);
  pair.expect_nothing_held();
}

// RFC 9293 MUST-67, RFC 6691 2: MTU - 60.
TEST(HostV6, NamesTheMssOfItsLink) {
  PairV6 pair;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint16_t> named;
  pair.passes = [&](const Frame& frame, bool from_a) {
    const Bytes bytes = frame.bytes.front();
    if (bytes.size() < 74 || bytes[20] != 6) return true;
    if (from_a) labels.push_back(load_be32(&bytes[14]) & 0xf'ffff);
    if ((bytes[54 + 13] & 2) != 0) named.push_back(load_be16(&bytes[54 + 22]));
    return true;
  };
  const auto ends = pair.establish_v6();
  EXPECT_EQ(named, (std::vector<std::uint16_t>{1440, 1440}));
  EXPECT_EQ(*pair.a.write(ends.at_a, std::vector<std::uint8_t>(10'000), pair.now), 10'000u);
  pair.settle();
  // RFC 6437 section 3: one label for all packets of a flow, and one that says something.
  ASSERT_GT(labels.size(), 5u);
  for (const std::uint32_t label : labels) EXPECT_EQ(label, labels.front());
  EXPECT_NE(labels.front(), 0u);
}

TEST(HostV6, RefusesAClosedPort) {
  PairV6 pair;
  const Handle handle = *pair.a.connect({b_v6, 81}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.a.error_of(handle), Error::connection_refused);
}

TEST(HostV6, DoesNotMixFamilies) {
  HostSettings both = PairV6::settings(1);
  both.links[0].addresses.push_back({Pair::a_address, 24});
  PairV6 pair(both);
  EXPECT_EQ(pair.a.connect({b_v6, 80}, {.local = Endpoint{Pair::a_address, 0}}, pair.now).error(),
            Error::invalid_argument);
  EXPECT_EQ(pair.a.connect({Pair::b_address, 80}, {.local = Endpoint{a_v6, 0}}, pair.now).error(),
            Error::invalid_argument);
  const Handle udp = *pair.a.open_udp({Pair::a_address, 5000}, pair.now);
  EXPECT_EQ(pair.a.send_to(udp, {b_v6, 53}, {}, pair.now), Error::network_unreachable);
}

TEST(HostV6, OneListenerServesBothFamilies) {
  HostSettings of_a = PairV6::settings(1), of_b = PairV6::settings(2);
  of_a.links[0].addresses.push_back({Pair::a_address, 24});
  of_b.links[0].addresses.push_back({Pair::b_address, 24});
  PairV6 pair(of_a, of_b);
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle over_v4 = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  const Handle over_v6 = *pair.a.connect({b_v6, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, over_v4), State::established);
  EXPECT_EQ(pair.state(pair.a, over_v6), State::established);
  EXPECT_TRUE(pair.b.accept(listener, pair.now));
  EXPECT_TRUE(pair.b.accept(listener, pair.now));
}

TEST(HostV6, CookiesWorkWhenTheHalfOpenAreTooMany) {
  HostSettings pressed = PairV6::settings(2);
  pressed.tcp.max_half_open = 0;
  PairV6 pair(PairV6::settings(1), pressed);
  const auto ends = pair.establish_v6();
  EXPECT_EQ(pair.state(pair.b, ends.at_b), State::established);
}

// ---- What ICMPv6 errors do to a connection ------------------------------------------------------

// The first bytes of the next segment of a, as an error would quote it.
std::vector<std::uint8_t> next_packet_of_a(PairV6& pair) {
  std::vector<Frame> frames = pair.said_by(pair.a);
  EXPECT_FALSE(frames.empty());
  std::vector<std::uint8_t> packet = frames.front().bytes.flatten();
  packet.erase(packet.begin(), packet.begin() + 14);
  return packet;
}

// RFC 8201, RFC 5927.
TEST(HostV6, SendsSmallerSegmentsWhenTheyAreTooBig) {
  PairV6 pair;
  const auto ends = pair.establish_v6();
  ASSERT_EQ(pair.a.info(ends.at_a)->snd.mss, 1428u);
  ASSERT_TRUE(pair.a.write(ends.at_a, std::vector<std::uint8_t>(5000), pair.now));
  const auto packet = next_packet_of_a(pair);
  ASSERT_EQ(packet.size(), 1500u);
  const PairV6::Carrier router{.source = IpAddress{b_v6.high(), 0x99}, .destination = a_v6};
  EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(router, {2, 0, 1280}, packet)), Drop::none);
  EXPECT_EQ(pair.a.info(ends.at_a)->snd.mss, 1280u - 60 - 12);
  std::size_t longest = 0;
  pair.passes = [&](const Frame& frame, bool) {
    longest = std::max<std::size_t>(longest, frame.bytes.size());
    return true;
  };
  pair.settle();
  EXPECT_EQ(pair.read(pair.b, ends.at_b).size(), 5000u);
  EXPECT_EQ(longest, 1294u);
  // New connections know it.
  const Handle listener = *pair.b.listen({{}, 81}, {}, pair.now);
  const Handle second = *pair.a.connect({b_v6, 81}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.a.info(second)->snd.mss, 1280u - 60 - 12);
  EXPECT_EQ(pair.b.close(listener, pair.now), Error::none);
}

// SECURITY B10.
TEST(HostV6, ForgedPacketTooBigOutOfFlightChangesNothing) {
  PairV6 pair;
  const auto ends = pair.establish_v6();
  ASSERT_TRUE(pair.a.write(ends.at_a, std::vector<std::uint8_t>(5000), pair.now));
  auto packet = next_packet_of_a(pair);
  const PairV6::Carrier attacker{.source = IpAddress{b_v6.high(), 0x99}, .destination = a_v6};
  // Sequence numbers that are not in flight.
  const std::uint32_t seq = load_be32(&packet[44]);
  for (const std::uint32_t offset : {0xffff'ffffu, 0x8000'0000u, 100'000u}) {
    store_be32(&packet[44], seq + offset);
    EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(attacker, {2, 0, 1280}, packet)),
              Drop::icmp_unmatched);
  }
  store_be32(&packet[44], seq);
  // RFC 8021: an MTU below 1280 would make atomic fragments.
  EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(attacker, {2, 0, 1279}, packet)),
            Drop::icmp_unmatched);
  EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(attacker, {2, 0, 68}, packet)), Drop::icmp_unmatched);
  EXPECT_EQ(pair.a.info(ends.at_a)->snd.mss, 1428u);
}

// SECURITY B10.
TEST(HostV6, UnreachableEndsAnAttemptButNoConnection) {
  PairV6 pair;
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  const PairV6::Carrier router{.source = IpAddress{b_v6.high(), 0x99}, .destination = a_v6};
  const Handle attempt = *pair.a.connect({b_v6, 80}, {}, pair.now);
  auto packet = next_packet_of_a(pair);
  EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(router, {1, 0, 0}, packet)), Drop::none);
  EXPECT_EQ(pair.a.error_of(attempt), Error::network_unreachable);

  const auto ends = pair.establish_v6();
  ASSERT_TRUE(pair.a.write(ends.at_a, bytes_of("x"), pair.now));
  packet = next_packet_of_a(pair);
  EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(router, {1, 4, 0}, packet)), Drop::none);
  EXPECT_EQ(pair.state(pair.a, ends.at_a), State::established);
}

// ---- Headers ------------------------------------------------------------------------------------

// RFC 8200 4 (b), RFC 4443 3.4: an unknown next header is told, with a pointer to where it stands.
TEST(HostV6, TellsOfWhatItDoesNotKnow) {
  PairV6 pair;
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  const PairV6::Carrier b{.source = b_v6, .destination = a_v6, .from = mac_of_b};
  EXPECT_EQ(pair.give(pair.a, pair.frame_of(b, 253, bytes_of("something"))),
            Drop::ip_unknown_protocol);
  auto said = pair.said_by(pair.a);
  ASSERT_EQ(said.size(), 1u);
  auto seen = SeenIcmpv6::in(said[0]);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->message.type, wire::Icmpv6Type::parameter_problem);
  EXPECT_EQ(seen->message.code, wire::ParameterProblem::unknown_next_header);
  EXPECT_EQ(seen->message.rest, 6u);
  EXPECT_EQ(seen->ip.source, a_v6);
  // "No next header" is no error, nor is one about an error told.
  EXPECT_EQ(pair.give(pair.a, pair.frame_of(b, wire::NextHeader::none, {})),
            Drop::ip_unknown_protocol);
  EXPECT_TRUE(pair.said_by(pair.a).empty());
}

// SECURITY E6.
TEST(HostV6, MartiansAndSpoofedOwnAddressesAreDropped) {
  PairV6 pair;
  const auto verdict = [&](IpAddress source, IpAddress destination) {
    const PairV6::Carrier carrier{.source = source, .destination = destination};
    return pair.give(pair.a, pair.icmp_frame(carrier, {128, 0, 1}, {}));
  };
  EXPECT_EQ(verdict(IpAddress{0, 1}, a_v6), Drop::ip_bad_source) << "loopback";
  EXPECT_EQ(verdict(a_v6, a_v6), Drop::ip_bad_source) << "our own";
  EXPECT_EQ(verdict(IpAddress{0xff02'0000'0000'0000, 1}, a_v6), Drop::ip_bad_source);
  EXPECT_EQ(verdict(IpAddress{}, a_v6), Drop::ip_bad_source) << "unspecified, and not to a group";
  EXPECT_EQ(verdict(b_v6, IpAddress{0, 1}), Drop::ip_not_for_us);
  EXPECT_EQ(verdict(b_v6, IpAddress{b_v6.high(), 7}), Drop::ip_not_for_us);
  EXPECT_EQ(verdict(b_v6, IpAddress{0xff02'0000'0000'0000, 0xfb}), Drop::ip_group_not_joined);
  EXPECT_TRUE(pair.said_by(pair.a).empty());
}

// SECURITY E7: nobody answers a group.
TEST(HostV6, EchoToAllNodesMakesNoStorm) {
  PairV6 pair;
  const IpAddress all_nodes{0xff02'0000'0000'0000, 1};
  const PairV6::Carrier to_all{
      .source = b_v6, .destination = all_nodes, .to = wire::mac_of_group_v6(all_nodes)};
  EXPECT_EQ(pair.give(pair.a, pair.icmp_frame(to_all, {128, 0, 1}, {})), Drop::icmp_rate_limited);
  EXPECT_TRUE(pair.said_by(pair.a).empty());
}

// ---- A host is a value --------------------------------------------------------------------------

TEST(HostV6, ACopyGoesTheSameWay) {
  PairV6 pair(PairV6::settings(1, 1), PairV6::settings(2, 1));
  pair.pass(300ms);
  Host copy = pair.a;
  const auto digest_of = [](const Host& host) {
    Digest digest;
    host.digest(digest);
    return digest.value();
  };
  ASSERT_EQ(digest_of(copy), digest_of(pair.a));
  pair.pass(2s);
  EXPECT_NE(digest_of(copy), digest_of(pair.a));
  while (copy.deadline() <= pair.now) {
    copy.on_time(std::max(copy.deadline(), Instant{1300ms}));
    std::vector<Frame> frames;
    copy.emit(0, frames, 100, pair.now);
  }
  EXPECT_TRUE(PairV6::is_ready(copy, a_v6));
  EXPECT_EQ(PairV6::link_local_of(copy), PairV6::link_local_of(pair.a));
}

}  // namespace
}  // namespace acksu
