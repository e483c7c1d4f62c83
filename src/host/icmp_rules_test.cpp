// The rest of ICMP, rule by rule: parameter problems of both families, redirects heard and sent,
// and who is told that nobody answers.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "host/packets_test.h"
#include "host/pair_v6_test.h"

namespace acksu {
namespace {

using test::Octets;

constexpr IpAddress far = IpAddress::v4(99, 0, 0, 1);
constexpr IpAddress other_gateway = IpAddress::v4(10, 0, 0, 3);
constexpr IpAddress far_v6{0x2001'0db8'0099'0000, 1};

Octets octets(std::initializer_list<int> bytes) {
  Octets result;
  for (const int byte : bytes) result.push_back(static_cast<std::uint8_t>(byte));
  return result;
}

// ---- Frames of IPv4 -----------------------------------------------------------------------------

// A packet to b from a, with options, as a's frame.
struct Crafted {
  Octets options{};
  std::uint8_t protocol = wire::IpProtocol::udp;
  IpAddress source = Pair::a_address;
  IpAddress destination = Pair::b_address;
  Octets payload = Octets(16);
  std::uint16_t fragment_offset = 0;
};

Frame frame_of(Pair& pair, const Crafted& crafted, std::uint8_t to = 2) {
  const std::size_t header_bytes = 20 + crafted.options.size();
  Octets bytes(14 + header_bytes + crafted.payload.size());
  const MutableBytes room(bytes);
  wire::write(
      wire::EthernetHeader{{{2, 0, 0, 0, 0, to}}, {{2, 0, 0, 0, 0, 9}}, wire::EtherType::ipv4},
      room);
  wire::write(wire::Ipv4Header{.total_length = static_cast<std::uint16_t>(bytes.size() - 14),
                               .fragment_offset_bytes = crafted.fragment_offset,
                               .ttl = 9,
                               .protocol = crafted.protocol,
                               .source = crafted.source,
                               .destination = crafted.destination},
              room.subspan(14));
  bytes[14] = static_cast<std::uint8_t>(0x40 | header_bytes / 4);
  std::copy(crafted.options.begin(), crafted.options.end(), bytes.begin() + 34);
  store_be16(&bytes[24], 0);
  store_be16(&bytes[24], sum_of(Bytes(bytes).subspan(14, header_bytes)).checksum());
  std::copy(crafted.payload.begin(), crafted.payload.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(14 + header_bytes));
  return Frame{.bytes = BufferChain(pair.pool->copy_of(bytes))};
}

struct SeenIcmp {
  wire::Ipv4Header ip;
  wire::IcmpMessage message;
  std::uint32_t rest() const { return std::uint32_t{message.id} << 16 | message.sequence; }
};

// ICMP messages that a host has to say, whoever they are for; ARP is answered by everybody.
std::vector<SeenIcmp> icmp_said_by(Host& host, Instant now) {
  std::vector<Frame> frames;
  host.emit(0, frames, 1000, now);
  std::vector<SeenIcmp> result;
  for (const Frame& frame : frames) {
    BufferChain packet = frame.bytes;
    packet.drop_front(14);
    SeenIcmp seen;
    if (packet.front()[0] >> 4 != 4) continue;
    if (wire::read(packet.front(), packet.size(), seen.ip) != Drop::none) continue;
    if (seen.ip.protocol != wire::IpProtocol::icmp) continue;
    packet.drop_front(seen.ip.header_bytes);
    EXPECT_EQ(wire::read_icmp(std::move(packet), false, seen.message), Drop::none);
    result.push_back(std::move(seen));
  }
  return result;
}

// a and b know each other's MAC address.
void introduce(Pair& pair) {
  const Handle socket = *pair.a.open_udp({}, pair.now);
  pair.a.send_to(socket, {Pair::b_address, 9}, {}, pair.now);
  pair.settle();
  while (pair.a.take_udp_error(socket)) continue;
  pair.a.close(socket, pair.now);
}

// ---- Parameter problems: sent -------------------------------------------------------------------

// RFC 1122 3.2.2.5, RFC 792: the pointer names the octet of the header that is wrong.
// RFC 1122 3.2.2 (b), (d), 3.2.2.5 (a).
TEST(IcmpRules, ParameterProblemPointsAtTheOption) {
  Pair pair;
  introduce(pair);
  const struct {
    Octets options;
    std::uint32_t place;
  } rows[] = {
      {octets({7, 0, 0, 0}), 21},                 // a length of 0
      {octets({68, 1, 0, 0}), 21},                // and of 1
      {octets({1, 1, 68, 1}), 23},                // behind two that are good
      {octets({68, 5, 0, 0}), 21},                // past the end
      {octets({148, 4, 0, 0, 1, 1, 1, 68}), 27},  // no room for a length
  };
  for (const auto& row : rows) {
    EXPECT_EQ(drop_of(pair.b, frame_of(pair, {.options = row.options}), pair.now),
              Drop::ip_bad_option);
    const auto said = icmp_said_by(pair.b, pair.now);
    ASSERT_EQ(said.size(), 1u) << row.place;
    EXPECT_EQ(said[0].message.type, wire::IcmpType::parameter_problem);
    EXPECT_EQ(said[0].message.code, 0);
    EXPECT_EQ(said[0].rest(), row.place << 24);
    EXPECT_EQ(said[0].ip.destination, Pair::a_address);
    EXPECT_EQ(said[0].message.payload.size(), 20 + row.options.size() + 16) << "quoted as it came";
  }
}

// RFC 1122 3.2.2: not about errors, later fragments, groups, or from nobody; RFC 7126 4.3: not
// about source routes. SECURITY E7: none of these makes us speak.
// RFC 1122 3.2.2 (e), (f), (g), (h).
TEST(IcmpRules, ParameterProblemIsNotToldAbout) {
  Pair pair;
  introduce(pair);
  const Octets bad = octets({68, 1, 0, 0});
  const auto silent = [&](const Crafted& crafted, Drop drop) {
    EXPECT_EQ(drop_of(pair.b, frame_of(pair, crafted), pair.now), drop);
    EXPECT_TRUE(icmp_said_by(pair.b, pair.now).empty());
  };
  silent({.options = bad,
          .protocol = wire::IpProtocol::icmp,
          .payload = octets({3, 1, 0, 0, 0, 0, 0, 0})},
         Drop::ip_bad_option);
  silent({.options = bad, .fragment_offset = 8}, Drop::ip_bad_option);
  silent({.options = bad, .destination = IpAddress::v4(10, 0, 0, 255)}, Drop::ip_bad_option);
  silent({.options = bad, .destination = IpAddress::v4(224, 0, 0, 1)}, Drop::ip_bad_option);
  silent({.options = bad, .source = Pair::b_address}, Drop::ip_bad_source);
  silent({.options = bad, .destination = IpAddress::v4(10, 0, 0, 9)}, Drop::ip_not_for_us);
  silent({.options = octets({131, 7, 4, 10, 0, 0, 3, 0})}, Drop::ip_source_route);
}

// RFC 4443 3.4: each code, with its pointer; and of options that ask for it, also about groups.
TEST(IcmpRules, ParameterProblemsOfIpv6) {
  PairV6 pair;
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  const IpAddress all_nodes{0xff02'0000'0000'0000, 1};
  const struct {
    std::uint8_t next_header;
    Octets payload;
    IpAddress destination;
    Drop drop;
    std::optional<wire::ParameterProblem> told;
  } rows[] = {
      {253, Octets(8), a_v6, Drop::ip_unknown_protocol, wire::ParameterProblem{1, 6, false}},
      {253, Octets(8), all_nodes, Drop::ip_unknown_protocol, {}},
      // Destination options, and behind them nothing that anybody speaks.
      {60, octets({253, 0, 1, 4, 0, 0, 0, 0}), a_v6, Drop::ip_unknown_protocol,
       wire::ParameterProblem{1, 40, false}},
      // RFC 8200 4.4: a routing header of a type that nobody knows, with segments left.
      {43, octets({17, 0, 77, 1, 0, 0, 0, 0}), a_v6, Drop::ip_routing_header,
       wire::ParameterProblem{0, 42, false}},
      // RFC 8200 4.2: options by their two highest bits; 01 is dropped in silence.
      {60, octets({17, 0, 0x40, 0, 1, 2, 0, 0}), a_v6, Drop::ip_unknown_option, {}},
      {60, octets({17, 0, 0x80, 0, 1, 2, 0, 0}), a_v6, Drop::ip_unknown_option,
       wire::ParameterProblem{2, 42, true}},
      {60, octets({17, 0, 0xc0, 0, 1, 2, 0, 0}), a_v6, Drop::ip_unknown_option,
       wire::ParameterProblem{2, 42, false}},
      {60, octets({17, 0, 0x80, 0, 1, 2, 0, 0}), all_nodes, Drop::ip_unknown_option,
       wire::ParameterProblem{2, 42, true}},
      {60, octets({17, 0, 0xc0, 0, 1, 2, 0, 0}), all_nodes, Drop::ip_unknown_option, {}},
      // RFC 7112: a first fragment without all its headers.
      {44, octets({60, 0, 0, 1, 0, 0, 0, 9, 17, 1, 1, 0, 0, 0, 0, 0}), a_v6, Drop::ip_header_chain,
       wire::ParameterProblem{3, 0, false}},
      // RFC 4443 2.4 (e): not about an error.
      {60, octets({58, 0, 0xc0, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}), a_v6,
       Drop::ip_unknown_option, wire::ParameterProblem{2, 42, false}},
  };
  for (const auto& row : rows) {
    const bool is_group = row.destination != a_v6;
    const PairV6::Carrier carrier{.source = b_v6,
                                  .destination = row.destination,
                                  .from = mac_of_b,
                                  .to = is_group ? MacAddress{{0x33, 0x33, 0, 0, 0, 1}} : mac_of_a};
    const auto at = static_cast<std::size_t>(&row - rows);
    EXPECT_EQ(pair.give(pair.a, pair.frame_of(carrier, row.next_header, row.payload)), row.drop)
        << at;
    const auto said = pair.said_by(pair.a);
    ASSERT_EQ(said.size(), row.told ? 1u : 0u) << at;
    if (!row.told) continue;
    const auto seen = SeenIcmpv6::in(said[0]);
    ASSERT_TRUE(seen) << at;
    EXPECT_EQ(seen->message.type, wire::Icmpv6Type::parameter_problem) << at;
    EXPECT_EQ(seen->message.code, row.told->code) << at;
    EXPECT_EQ(seen->message.rest, row.told->pointer) << at;
    EXPECT_EQ(seen->ip.source, a_v6) << at;
  }
}

// ---- Echoes -------------------------------------------------------------------------------------

// RFC 1122 3.2.2.6 (c): whoever asks all makes no storm of answers.
TEST(IcmpRules, EchoesToAllAreNotAnswered) {
  Pair pair;
  introduce(pair);
  test::Packets packets;
  const Octets echo =
      packets.bytes_of(test::echo("10.0.0.1", "10.0.0.2", wire::IcmpType::echo_request, 7));
  const Octets message(echo.begin() + 20, echo.end());
  for (const IpAddress to :
       {IpAddress::v4(10, 0, 0, 255), IpAddress::v4(0xffff'ffff), Pair::b_address}) {
    const Crafted crafted{
        .protocol = wire::IpProtocol::icmp, .destination = to, .payload = message};
    const bool is_one = to == Pair::b_address;
    EXPECT_EQ(drop_of(pair.b, frame_of(pair, crafted), pair.now),
              is_one ? Drop::none : Drop::icmp_rate_limited);
    EXPECT_EQ(icmp_said_by(pair.b, pair.now).size(), is_one ? 1u : 0u);
  }
}

// ---- Parameter problems: heard ------------------------------------------------------------------

// RFC 1122 3.2.2.5: passed to the transport layer; 4.2.3.9: no end of a connection.
// RFC 1122 3.2.2.5 (b).
TEST(IcmpRules, ParameterProblemIsToldToWhomItConcerns) {
  Pair pair;
  const Handle udp = *pair.a.open_udp({}, pair.now);
  const Handle raw = *pair.a.open_raw({.protocol = 89}, {}, pair.now);
  const std::uint16_t port = pair.a.local_endpoint(udp)->port;
  test::Packets packets;
  for (const std::uint8_t protocol : {wire::IpProtocol::udp, std::uint8_t{89}}) {
    test::Said said{
        .protocol = protocol, .from = {Pair::a_address, port}, .to = {Pair::b_address, 7}};
    const Octets quote = packets.bytes_of(said);
    const Octets error = packets.bytes_of(
        test::error("10.0.0.2", "10.0.0.1", wire::IcmpType::parameter_problem, quote));
    const Octets message(error.begin() + 20, error.end());
    EXPECT_EQ(drop_of(pair.a,
                      frame_of(pair,
                               {.protocol = wire::IpProtocol::icmp,
                                .source = Pair::b_address,
                                .destination = Pair::a_address,
                                .payload = message},
                               1),
                      pair.now),
              Drop::none);
  }
  EXPECT_EQ(pair.a.take_udp_error(udp)->error, Error::parameter_problem);
  EXPECT_EQ(pair.a.take_raw_error(raw)->error, Error::parameter_problem);
}

// ---- Addresses ----------------------------------------------------------------------------------

TEST(IcmpRules, AnAddressIsAnnounced) {  // RFC 5227 2.3
  Pair pair;
  pair.a.announce_address(0, Pair::a_address);
  std::vector<Frame> frames;
  ASSERT_EQ(pair.a.emit(0, frames, 9, pair.now), 1u);
  const Octets bytes = frames[0].bytes.flatten();
  wire::ArpPacket arp;
  ASSERT_EQ(wire::read(Bytes(bytes).subspan(14), arp), Drop::none);
  EXPECT_EQ(bytes[0], 0xff) << "to all";
  EXPECT_EQ(arp.operation, wire::ArpPacket::Operation::request);
  EXPECT_EQ(arp.sender_ip, Pair::a_address);
  EXPECT_EQ(arp.target_ip, Pair::a_address);
}

// A rival says that a's address is its own.
Drop claim_address_of_a(Pair& pair, const MacAddress& rival) {
  Slice bytes = pair.pool->allocate(wire::EthernetHeader::size + wire::ArpPacket::size);
  wire::write(wire::EthernetHeader{MacAddress::broadcast(), rival, wire::EtherType::arp},
              bytes.writable());
  wire::write(
      wire::ArpPacket{
          wire::ArpPacket::Operation::request, rival, Pair::a_address, {}, Pair::b_address},
      bytes.writable().subspan(wire::EthernetHeader::size));
  return drop_of(pair.a, Frame{.bytes = BufferChain(std::move(bytes))}, pair.now);
}

TEST(IcmpRules, AContestedAddressIsDefended) {  // RFC 5227 2.4
  Pair pair;
  const MacAddress ours = Pair::settings(1).links[0].mac, rival{{2, 0, 0, 0, 0, 9}};
  EXPECT_EQ(claim_address_of_a(pair, ours), Drop::arp_conflict);
  EXPECT_EQ(pair.settle(), 0u) << "our own frame, that came back";
  EXPECT_EQ(claim_address_of_a(pair, rival), Drop::arp_conflict);
  std::vector<Frame> frames;
  ASSERT_EQ(pair.a.emit(0, frames, 9, pair.now), 1u);
  const Octets bytes = frames[0].bytes.flatten();
  wire::ArpPacket arp;
  ASSERT_EQ(wire::read(Bytes(bytes).subspan(14), arp), Drop::none);
  EXPECT_EQ(bytes[0], 0xff) << "to all";
  EXPECT_EQ(arp.sender_mac, ours);
  EXPECT_EQ(arp.sender_ip, Pair::a_address);
  EXPECT_EQ(arp.target_ip, Pair::a_address);
  // Two who are both sure do not shout at each other.
  pair.now += 9s;
  EXPECT_EQ(claim_address_of_a(pair, rival), Drop::arp_conflict);
  EXPECT_EQ(pair.settle(), 0u);
  pair.now += 1s;
  EXPECT_EQ(claim_address_of_a(pair, rival), Drop::arp_conflict);
  EXPECT_EQ(pair.settle(), 1u);
}

// ---- Redirects: heard ---------------------------------------------------------------------------

// a behind the gateway b.
HostSettings behind_gateway(bool accepts = true) {
  HostSettings settings = Pair::settings(1);
  settings.gateway = Pair::b_address;
  settings.redirects.accepts = accepts;
  settings.redirects.max_entries = 2;
  return settings;
}

struct Redirected {
  explicit Redirected(HostSettings settings = behind_gateway()) : pair(std::move(settings)) {
    udp = *pair.a.open_udp({}, pair.now);
  }
  // A redirect about what our socket sends there, from `reporter` to `gateway`.
  Drop tell(IpAddress destination, IpAddress gateway, IpAddress reporter = Pair::b_address,
            std::uint8_t code = 1) {
    const std::uint16_t port = port_told ? *port_told : pair.a.local_endpoint(udp)->port;
    const Octets quote = packets.bytes_of({.protocol = wire::IpProtocol::udp,
                                           .from = {Pair::a_address, port},
                                           .to = {destination, 7}});
    test::Said said = test::error("10.0.0.2", "10.0.0.1", wire::IcmpType::redirect, quote);
    said.code = code;
    said.id = static_cast<std::uint16_t>(gateway.as_v4() >> 16);
    said.rest = static_cast<std::uint16_t>(gateway.as_v4());
    const Octets bytes = packets.bytes_of(said);
    return drop_of(pair.a,
                   frame_of(pair,
                            {.protocol = wire::IpProtocol::icmp,
                             .source = reporter,
                             .destination = Pair::a_address,
                             .payload = Octets(bytes.begin() + 20, bytes.end())},
                            1),
                   pair.now);
  }
  IpAddress hop(IpAddress destination) { return pair.a.routes().find(destination)->next_hop; }

  Pair pair;
  test::Packets packets;
  Handle udp;
  std::optional<std::uint16_t> port_told;
};

TEST(IcmpRules, RedirectsAreOffUnlessSettingsSayOtherwise) {  // RFC 1122 3.2.2.2 (a), (b).
  Redirected net(behind_gateway(false));
  EXPECT_EQ(net.tell(far, other_gateway), Drop::icmp_not_believed);
  EXPECT_EQ(net.hop(far), Pair::b_address);
  HostSettings router = behind_gateway();
  router.forwards = true;
  Redirected of_router(router);
  EXPECT_EQ(of_router.tell(far, other_gateway), Drop::icmp_not_believed);
}

// RFC 1122 3.2.2.2: only from the first hop of now, to a gateway of that network. All codes are
// taken as for a host.
// SECURITY B11: what a stranger says, or names, is not followed.
// RFC 1122 3.2.2.2 (b), (c), 3.3.1.2 (b), RFC 4861 8.3.
TEST(IcmpRules, RedirectsAreBelievedOfTheFirstHopOnly) {
  Redirected net;
  EXPECT_EQ(net.tell(far, other_gateway, IpAddress::v4(10, 0, 0, 66)), Drop::icmp_not_believed);
  EXPECT_EQ(net.tell(far, IpAddress::v4(172, 16, 0, 1)), Drop::icmp_not_believed) << "not here";
  EXPECT_EQ(net.tell(far, Pair::a_address), Drop::icmp_not_believed) << "ourselves";
  EXPECT_EQ(net.tell(far, Pair::b_address), Drop::icmp_not_believed) << "no change";
  EXPECT_EQ(net.tell(far, IpAddress::v4(10, 0, 0, 255)), Drop::icmp_not_believed);
  EXPECT_EQ(net.tell(far, other_gateway, Pair::b_address, 4), Drop::icmp_not_believed);
  EXPECT_EQ(net.tell(Pair::b_address, other_gateway), Drop::icmp_not_believed) << "it is near";
  net.port_told = std::uint16_t{1};
  EXPECT_EQ(net.tell(far, other_gateway), Drop::icmp_unmatched) << "nobody has sent that";
  net.port_told.reset();
  EXPECT_EQ(net.hop(far), Pair::b_address);
  for (std::uint8_t code = 0; code < 4; ++code) {
    Redirected each;
    EXPECT_EQ(each.tell(far, other_gateway, Pair::b_address, code), Drop::none);
    EXPECT_EQ(each.hop(far), other_gateway);
    EXPECT_EQ(each.hop(IpAddress::v4(99, 0, 0, 2)), Pair::b_address) << "for one host";
    EXPECT_EQ(each.tell(far, IpAddress::v4(10, 0, 0, 4)), Drop::icmp_not_believed)
        << "b is not the first hop any more";
  }
}

TEST(IcmpRules, RedirectsAreFewAndGrowOld) {
  Redirected net;
  for (const std::uint8_t last : octets({1, 2, 3})) {
    EXPECT_EQ(net.tell(IpAddress::v4(99, 0, 0, last), other_gateway), Drop::none);
  }
  EXPECT_EQ(net.hop(IpAddress::v4(99, 0, 0, 1)), Pair::b_address) << "the oldest gave way";
  EXPECT_EQ(net.hop(IpAddress::v4(99, 0, 0, 3)), other_gateway);
  net.pair.pass(599s);
  EXPECT_EQ(net.hop(IpAddress::v4(99, 0, 0, 3)), other_gateway);
  net.pair.pass(2s);
  EXPECT_EQ(net.hop(IpAddress::v4(99, 0, 0, 3)), Pair::b_address);
  EXPECT_EQ(net.pair.a.close(net.udp, net.pair.now), Error::none);
  net.pair.expect_nothing_held();
}

// RFC 1122 3.3.1.5: a gateway that does not answer is not kept; and who has sent is told.
TEST(IcmpRules, RedirectsToADeadGatewayAreForgotten) {
  Redirected net;
  ASSERT_EQ(net.tell(far, other_gateway), Drop::none);
  ASSERT_EQ(net.pair.a.send_to(net.udp, {far, 7}, bytes_of("x"), net.pair.now), Error::none);
  net.pair.pass(10s);
  EXPECT_EQ(net.hop(far), Pair::b_address);
  const auto told = net.pair.a.take_udp_error(net.udp);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error, Error::host_unreachable);
}

// A connection that is open goes by the better hop too, and a route set by hand stays.
TEST(IcmpRules, RedirectsMoveConnectionsButNotRoutesSetByHand) {
  Redirected net;
  Pair& pair = net.pair;
  const Handle connection = *pair.a.connect({far, 80}, {}, pair.now);
  std::vector<Frame> frames;
  pair.settle();
  EXPECT_EQ(net.tell(far, other_gateway), Drop::none);
  pair.now += 1500ms;
  pair.a.on_time(pair.now);
  pair.a.emit(0, frames, 10, pair.now);
  ASSERT_EQ(frames.size(), 1u) << "a question who has the address of the other gateway";
  EXPECT_EQ(load_be16(&frames[0].bytes.front()[12]), wire::EtherType::arp);
  EXPECT_EQ(pair.a.abort(connection, pair.now), Error::none);
  const IpAddress by_hand = IpAddress::v4(99, 0, 0, 9);
  ASSERT_EQ(pair.a.add_route({by_hand, 32}, {.link = 0, .next_hop = Pair::b_address}, pair.now),
            Error::none);
  EXPECT_EQ(net.tell(by_hand, other_gateway), Drop::icmp_not_believed);
  EXPECT_EQ(net.hop(by_hand), Pair::b_address);
}

// RFC 4861 8.1, 8.3: from the first hop, to a router of the link or to the destination itself.
TEST(IcmpRules, RedirectsOfIpv6) {
  HostSettings settings = PairV6::settings(1);
  settings.redirects.accepts = true;
  PairV6 pair(settings);
  const IpAddress router{0xfe80'0000'0000'0000, 0x77}, better{0xfe80'0000'0000'0000, 0x78};
  ASSERT_EQ(pair.a.add_route({{}, 0}, {.link = 0, .next_hop = router}, pair.now), Error::none);
  const auto tell = [&](IpAddress reporter, IpAddress target, IpAddress destination) {
    const wire::Redirect redirect{
        .target = target, .destination = destination, .target_mac = {}, .quote = {}};
    return pair.give(pair.a, pair.ndp_frame({.source = reporter, .destination = a_v6}, redirect));
  };
  EXPECT_EQ(tell(better, better, far_v6), Drop::ndp_not_believed) << "not the first hop";
  EXPECT_EQ(tell(router, PairV6::link_local_of(pair.a), far_v6), Drop::ndp_not_believed);
  EXPECT_EQ(tell(router, IpAddress{0x2001'0db8'0000'0000, 9}, far_v6), Drop::ndp_bad_target);
  EXPECT_EQ(tell(b_v6, better, far_v6), Drop::ndp_bad_source);
  EXPECT_EQ(tell(router, better, IpAddress{0xff02'0000'0000'0000, 1}), Drop::ndp_bad_destination);
  EXPECT_EQ(pair.a.routes().find(far_v6)->next_hop, router);
  EXPECT_EQ(tell(router, better, far_v6), Drop::none);
  EXPECT_EQ(pair.a.routes().find(far_v6)->next_hop, better);
  EXPECT_EQ(tell(better, far_v6, far_v6), Drop::none) << "it is on the link, says the new hop";
  EXPECT_EQ(pair.a.routes().find(far_v6)->next_hop, far_v6);
  pair.pass(601s);
  EXPECT_EQ(pair.a.routes().find(far_v6)->next_hop, router);
}

// ---- Redirects: sent ----------------------------------------------------------------------------

HostSettings router_on_one_link(bool sends) {
  HostSettings settings = Pair::settings(2);
  settings.forwards = true;
  settings.gateway = other_gateway;
  settings.redirects.sends = sends;
  return settings;
}

// RFC 1812 5.2.7.2: for the host, of the better gateway; the packet goes on all the same.
TEST(IcmpRules, ARouterTellsOfABetterGateway) {
  for (const bool sends : {false, true}) {
    Pair pair(Pair::settings(1), router_on_one_link(sends));
    introduce(pair);
    EXPECT_EQ(drop_of(pair.b, frame_of(pair, {.destination = far}), pair.now), Drop::none);
    const auto said = icmp_said_by(pair.b, pair.now);
    EXPECT_EQ(pair.b.counters().packets_forwarded, 1u);
    ASSERT_EQ(said.size(), sends ? 1u : 0u);
    if (!sends) continue;
    EXPECT_EQ(said[0].message.type, wire::IcmpType::redirect);
    EXPECT_EQ(said[0].message.code, 1);
    EXPECT_EQ(said[0].rest(), other_gateway.as_v4());
    EXPECT_EQ(said[0].ip.destination, Pair::a_address);
    // Not to who is not of this network, and not about an error.
    EXPECT_EQ(drop_of(pair.b,
                      frame_of(pair, {.source = IpAddress::v4(172, 16, 0, 9), .destination = far}),
                      pair.now),
              Drop::none);
    EXPECT_EQ(drop_of(pair.b,
                      frame_of(pair, {.protocol = wire::IpProtocol::icmp,
                                      .destination = far,
                                      .payload = octets({3, 1, 0, 0, 0, 0, 0, 0})}),
                      pair.now),
              Drop::none);
    EXPECT_TRUE(icmp_said_by(pair.b, pair.now).empty());
  }
}

// What one router says another host believes: RFC 4861 8.2.
TEST(IcmpRules, ARouterOfIpv6TellsOfABetterRouter) {
  const IpAddress better{0xfe80'0000'0000'0000, 0x78};
  HostSettings of_a = PairV6::settings(1), of_b = PairV6::settings(2);
  of_a.redirects.accepts = true;
  of_b.forwards = of_b.redirects.sends = true;
  PairV6 pair(of_a, of_b);
  ASSERT_EQ(pair.b.add_route({{}, 0}, {.link = 0, .next_hop = better}, pair.now), Error::none);
  ASSERT_EQ(
      pair.a.add_route({{}, 0}, {.link = 0, .next_hop = PairV6::link_local_of(pair.b)}, pair.now),
      Error::none);
  const Handle socket = *pair.a.open_udp({}, pair.now);
  // The router has to know who asks before it can tell him alone.
  ASSERT_EQ(pair.a.ping(b_v6, {1, 1}, {}, pair.now), Error::none);
  pair.settle();
  ASSERT_EQ(pair.a.send_to(socket, {far_v6, 7}, bytes_of("x"), pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.counters().packets_forwarded, 1u);
  EXPECT_EQ(pair.a.routes().find(far_v6)->next_hop, better);
}

// ---- Nobody answers -----------------------------------------------------------------------------

// RFC 1812 4.3.3.1: host unreachable, of a packet that passes.
TEST(IcmpRules, ARouterTellsThatNobodyAnswers) {
  HostSettings router = Pair::settings(2);
  router.forwards = true;
  router.links.push_back({.name = "eth1",
                          .mac = {{2, 0, 0, 0, 1, 2}},
                          .addresses = {{IpAddress::v4(172, 16, 0, 1), 24}}});
  Pair pair(Pair::settings(1), router);
  introduce(pair);
  EXPECT_EQ(
      drop_of(pair.b, frame_of(pair, {.destination = IpAddress::v4(172, 16, 0, 9)}), pair.now),
      Drop::none);
  EXPECT_TRUE(icmp_said_by(pair.b, pair.now).empty());
  std::vector<SeenIcmp> said;
  for (int i = 0; i < 10 && said.empty(); ++i) {
    pair.now += 1s;
    pair.b.on_time(pair.now);
    said = icmp_said_by(pair.b, pair.now);
  }
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].message.type, wire::IcmpType::destination_unreachable);
  EXPECT_EQ(said[0].message.code, wire::UnreachableCode::host);
  EXPECT_EQ(said[0].ip.source, Pair::b_address);
  EXPECT_EQ(said[0].ip.destination, Pair::a_address);
  EXPECT_EQ(pair.b.counters().drops[Drop::neighbour_unresolved], 1u);
}

// RFC 1122 2.4: the sockets of the host itself hear it too, of both families.
TEST(IcmpRules, SocketsAreToldThatNobodyAnswers) {
  Pair pair;
  PairV6 pair_v6;
  const auto expect_told = [](Pair& of, IpAddress nobody, RawName name) {
    const Handle udp = *of.a.open_udp({}, of.now);
    const Handle raw = *of.a.open_raw(name, {}, of.now);
    ASSERT_EQ(of.a.send_to(udp, {nobody, 7}, bytes_of("x"), of.now), Error::none);
    ASSERT_EQ(of.a.send_raw(raw, {nobody}, bytes_of("01234567"), of.now), Error::none);
    of.pass(10s);
    for (const auto& told : {of.a.take_udp_error(udp), of.a.take_raw_error(raw)}) {
      ASSERT_TRUE(told) << to_string(nobody);
      EXPECT_EQ(told->error, Error::host_unreachable);
      EXPECT_EQ(told->remote.address, nobody);
    }
    EXPECT_FALSE(of.a.take_udp_error(udp));
    EXPECT_FALSE(of.a.take_raw_error(raw));
  };
  expect_told(pair, IpAddress::v4(10, 0, 0, 99), {.protocol = 89});
  expect_told(pair_v6, {0x2001'0db8'0000'0000, 99}, {.version = IpVersion::v6, .protocol = 89});
}

}  // namespace
}  // namespace acksu
