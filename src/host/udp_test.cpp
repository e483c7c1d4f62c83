// UDP sockets between two hosts: names, peers, broadcasts, sizes, checksums, errors.
#include "host/udp.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "host/pair_test.h"
#include "wire/icmp.h"
#include "wire/udp.h"

namespace acksu {
namespace {

constexpr IpAddress everybody = IpAddress::v4(0xffff'ffff);

wire::Ipv4Header header_in(const Frame& frame) {
  wire::Ipv4Header ip;
  BufferChain packet = frame.bytes;
  packet.drop_front(wire::EthernetHeader::size);
  EXPECT_EQ(wire::read(packet.front(), packet.size(), ip), Drop::none);
  return ip;
}

struct Sockets {
  Pair pair;
  Handle at_a, at_b;
  std::array<std::uint8_t, 2048> room{};

  explicit Sockets(const UdpOptions& of_a = {}, HostSettings a = Pair::settings(1),
                   HostSettings b = Pair::settings(2))
      : pair(std::move(a), std::move(b)),
        at_a(*pair.a.open_udp({}, of_a, pair.now)),
        at_b(*pair.b.open_udp({{}, 53}, pair.now)) {}

  Error say(std::string_view text, IpAddress to = Pair::b_address) {
    const Error error = pair.a.send_to(at_a, {to, 53}, bytes_of(text), pair.now);
    pair.settle();
    return error;
  }
  std::string heard() {
    const Result<Datagram> datagram = pair.b.receive_from(at_b, room);
    return datagram ? std::string(room.begin(), room.begin() + datagram->length) : "";
  }
  Endpoint endpoint_of_a() { return {Pair::a_address, pair.a.local_endpoint(at_a)->port}; }
};

TEST(Udp, AConnectedSocketHearsItsPeerOnly) {
  Sockets sockets;
  Pair& pair = sockets.pair;
  EXPECT_EQ(pair.a.connect_udp(sockets.at_a, {Pair::b_address, 53}), Error::none);
  EXPECT_EQ(pair.a.send_to(sockets.at_a, {Pair::b_address, 54}, {}, pair.now),
            Error::already_connected);
  const Handle other = *pair.b.open_udp({{}, 54}, pair.now);
  EXPECT_EQ(sockets.say("question"), Error::none);
  EXPECT_EQ(pair.b.send_to(other, sockets.endpoint_of_a(), bytes_of("forged"), pair.now),
            Error::none);
  pair.settle();
  EXPECT_EQ(pair.a.receive_from(sockets.at_a, sockets.room).error(), Error::would_block);
  EXPECT_EQ(pair.a.counters().drops[Drop::udp_no_socket], 1u);
  EXPECT_EQ(pair.b.take_udp_error(other)->error, Error::port_unreachable)
      << "as if nobody were there";
  EXPECT_EQ(pair.b.send_to(sockets.at_b, sockets.endpoint_of_a(), bytes_of("answer"), pair.now),
            Error::none);
  pair.settle();
  EXPECT_EQ(pair.a.receive_from(sockets.at_a, sockets.room)->length, 6u);

  EXPECT_EQ(pair.a.connect_udp(sockets.at_a, {}), Error::none);
  EXPECT_EQ(pair.b.send_to(other, sockets.endpoint_of_a(), bytes_of("now heard"), pair.now),
            Error::none);
  pair.settle();
  EXPECT_EQ(pair.a.receive_from(sockets.at_a, sockets.room)->length, 9u);
}

TEST(Udp, ConnectingForgetsWhatOthersHaveSent) {
  Sockets sockets;
  Pair& pair = sockets.pair;
  EXPECT_EQ(sockets.say("from somebody"), Error::none);
  EXPECT_EQ(pair.b.connect_udp(sockets.at_b, {Pair::a_address, 9}), Error::none);
  EXPECT_EQ(sockets.heard(), "");
  EXPECT_EQ(pair.b.holdings().text_bytes, 0u);
  EXPECT_EQ(pair.b.connect_udp(sockets.at_b, {IpAddress::v4(192, 0, 2, 1), 9}),
            Error::network_unreachable);
}

TEST(Udp, TellsWhatIcmpSaidAndByWhom) {  // RFC 1122 3.2.2.1 (b), 4.1.3.3
  Sockets sockets;
  Pair& pair = sockets.pair;
  EXPECT_EQ(pair.a.connect_udp(sockets.at_a, {Pair::b_address, 77}), Error::none);
  EXPECT_EQ(pair.a.send_to(sockets.at_a, {Pair::b_address, 77}, bytes_of("x"), pair.now),
            Error::none);
  pair.settle();
  EXPECT_EQ(pair.news(pair.a, sockets.at_a), Readiness::readable);
  const auto told = pair.a.take_udp_error(sockets.at_a);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->error, Error::port_unreachable);
  EXPECT_EQ(told->remote, (Endpoint{Pair::b_address, 77}));
  EXPECT_EQ(told->reporter, Pair::b_address);
  EXPECT_FALSE(pair.a.take_udp_error(sockets.at_a)) << "told once";
}

// An ICMP error about a datagram from `source` to 10.0.0.2:53, as it would reach a.
Frame error_about(Pair& pair, Endpoint source, std::uint8_t type, std::uint8_t code) {
  constexpr IpAddress router = IpAddress::v4(10, 0, 0, 9);
  Slice bytes = pair.pool->allocate(14 + 20 + 8 + 28);
  const MutableBytes room = bytes.writable();
  wire::write(
      wire::EthernetHeader{{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 9}}, wire::EtherType::ipv4},
      room);
  wire::write(wire::Ipv4Header{.total_length = 56,
                               .ttl = 64,
                               .protocol = wire::IpProtocol::icmp,
                               .source = router,
                               .destination = Pair::a_address},
              room.subspan(14));
  Slice quote = pair.pool->allocate(28);
  wire::write(wire::Ipv4Header{.total_length = 1500,  // of which the quote holds the beginning
                               .ttl = 1,
                               .protocol = wire::IpProtocol::udp,
                               .source = source.address,
                               .destination = Pair::b_address},
              quote.writable());
  wire::write_udp({.source_port = source.port, .destination_port = 53, .text = {}, .text_sum = {}},
                  {source.address, Pair::b_address}, quote.writable().subspan(20));
  wire::IcmpMessage message;
  message.type = type;
  message.code = code;
  message.sequence = 1400;
  message.payload.append(quote);
  wire::write_icmp(message, room.subspan(34));
  Frame frame{.bytes = BufferChain(std::move(bytes))};
  message.payload.copy_to(room.subspan(42));
  return frame;
}

TEST(Udp, KeepsErrorsOfRoutersInABoundedQueue) {  // RFC 1122 3.2.2 (c), 3.2.2.4.
  Sockets sockets;
  Pair& pair = sockets.pair;
  const Endpoint source = sockets.endpoint_of_a();
  const auto give = [&](Frame frame) { pair.a.absorb(0, std::span(&frame, 1), pair.now); };
  give(error_about(pair, source, wire::IcmpType::time_exceeded, 0));
  give(error_about(pair, source, wire::IcmpType::destination_unreachable,
                   wire::UnreachableCode::fragmentation_needed));
  give(error_about(pair, source, wire::IcmpType::destination_unreachable,
                   10));  // host administratively prohibited
  give(error_about(pair, {source.address, 9}, wire::IcmpType::time_exceeded, 0));
  EXPECT_EQ(pair.a.counters().drops[Drop::icmp_unmatched], 1u) << "nobody sent from port 9";
  const auto first = pair.a.take_udp_error(sockets.at_a);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->error, Error::ttl_exceeded);
  EXPECT_EQ(to_string(first->reporter), "10.0.0.9");
  const auto second = pair.a.take_udp_error(sockets.at_a);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->error, Error::message_too_long);
  EXPECT_EQ(second->mtu_bytes, 1400u);
  EXPECT_EQ(pair.a.receive_from(sockets.at_a, sockets.room).error(), Error::host_unreachable);
  for (int i = 0; i < 50; ++i) give(error_about(pair, source, wire::IcmpType::time_exceeded, 0));
  std::size_t count = 0;
  while (pair.a.take_udp_error(sockets.at_a)) ++count;
  EXPECT_EQ(count, UdpSocket::most_errors);
}

TEST(Udp, BroadcastsOnlyWhenAllowed) {  // RFC 1122 3.3.6 (b)
  Sockets sockets;
  EXPECT_EQ(sockets.say("hello", everybody), Error::permission_denied);
  EXPECT_EQ(sockets.say("hello", IpAddress::v4(10, 0, 0, 255)), Error::permission_denied);
  EXPECT_EQ(sockets.pair.a.set_udp_options(sockets.at_a, {.allows_broadcast = true}), Error::none);
  EXPECT_EQ(sockets.say("to all", everybody), Error::none);
  EXPECT_EQ(sockets.heard(), "to all");
  EXPECT_EQ(sockets.say("to this net", IpAddress::v4(10, 0, 0, 255)), Error::none);
  EXPECT_EQ(sockets.heard(), "to this net");
  EXPECT_EQ(sockets.pair.a.set_udp_options(sockets.at_a, {.link = LinkId{0}}),
            Error::invalid_argument)
      << "a socket stays with its link";
}

// What DHCP needs: from 0.0.0.0 to all, and an answer to somebody who has no address.
// RFC 1122 3.2.1.3 (a).
TEST(Udp, SpeaksWithoutAnAddress) {
  HostSettings nobody = Pair::settings(1);
  nobody.links[0].addresses.clear();
  Pair pair(nobody);
  const UdpOptions on_link{.link = LinkId{0}, .allows_broadcast = true};
  const Handle client = *pair.a.open_udp({{}, 68}, on_link, pair.now);
  const Handle server = *pair.b.open_udp({{}, 67}, on_link, pair.now);
  ASSERT_EQ(pair.a.send_to(client, {everybody, 67}, bytes_of("discover"), pair.now), Error::none);
  pair.settle();
  std::array<std::uint8_t, 64> room{};
  auto heard = pair.b.receive_from(server, room);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->from, (Endpoint{IpAddress::v4(0), 68}));
  EXPECT_EQ(heard->to.address, everybody);
  EXPECT_EQ(heard->link, 0);
  ASSERT_EQ(pair.b.send_to(server, {everybody, 68}, bytes_of("offer"), pair.now), Error::none);
  pair.settle();
  heard = pair.a.receive_from(client, room);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->from, (Endpoint{Pair::b_address, 67}));

  // To an address that nobody answers ARP for, by the MAC address.
  const DatagramTarget leased{.remote = {IpAddress::v4(10, 0, 0, 50), 68},
                              .mac = MacAddress{{2, 0, 0, 0, 0, 1}}};
  std::vector<Frame> frames;
  ASSERT_EQ(pair.b.send_datagram(server, leased, bytes_of("ack"), pair.now), Error::none);
  ASSERT_EQ(pair.b.emit(0, frames, 8, pair.now), 1u) << "no ARP request";
  EXPECT_EQ(header_in(frames[0]).destination, IpAddress::v4(10, 0, 0, 50));

  const Handle anywhere = *pair.a.open_udp({{}, 69}, pair.now);
  EXPECT_EQ(pair.a.send_to(anywhere, {Pair::b_address, 67}, {}, pair.now),
            Error::network_unreachable);
}

// RFC 2131 4.1: an offer comes to the address offered, which nobody has yet.
TEST(Udp, HearsOffersWhileThereIsNoAddress) {
  constexpr IpAddress offered = IpAddress::v4(10, 0, 0, 50);
  HostSettings nobody = Pair::settings(1);
  nobody.links[0].addresses.clear();
  Pair pair(nobody);
  const Handle server = *pair.b.open_udp({{}, 67}, pair.now);
  const Handle client = *pair.a.open_udp({{}, 68}, {.link = LinkId{0}}, pair.now);
  std::array<std::uint8_t, 64> room{};
  const auto is_heard = [&](Endpoint to) {
    const DatagramTarget target{.remote = to, .mac = MacAddress{{2, 0, 0, 0, 0, 1}}};
    EXPECT_EQ(pair.b.send_datagram(server, target, bytes_of("offer"), pair.now), Error::none);
    pair.settle();
    return static_cast<bool>(pair.a.receive_from(client, room));
  };
  EXPECT_FALSE(is_heard({offered, 68})) << "not asked for";
  EXPECT_EQ(pair.a.counters().drops[Drop::ip_not_for_us], 1u);
  ASSERT_EQ(pair.a.set_udp_options(client, {.link = LinkId{0}, .hears_offers = true}), Error::none);
  EXPECT_TRUE(is_heard({offered, 68}));
  EXPECT_FALSE(is_heard({offered, 69})) << "another port";
  EXPECT_FALSE(is_heard({IpAddress::v4(127, 0, 0, 1), 68})) << "nobody's address";
  ASSERT_EQ(pair.a.add_address(0, {IpAddress::v4(10, 0, 0, 51), 24}, pair.now), Error::none);
  EXPECT_FALSE(is_heard({offered, 68})) << "it has another one by now";
  EXPECT_TRUE(is_heard({IpAddress::v4(10, 0, 0, 51), 68}));
  EXPECT_FALSE(pair.b.take_udp_error(server)) << "told of what was not for him";
}

TEST(Udp, SharesAPortAmongLinks) {
  HostSettings settings = Pair::settings(1);
  settings.links.push_back({.name = "eth1",
                            .mac = {{2, 0, 0, 0, 1, 1}},
                            .addresses = {{IpAddress::v4(10, 0, 1, 1), 24}}});
  Host host(settings, {{1, 2}, 3}, std::make_shared<BufferPool>());
  const Instant now{1s};
  EXPECT_TRUE(host.open_udp({{}, 67}, {.link = LinkId{0}}, now));
  EXPECT_TRUE(host.open_udp({{}, 67}, {.link = LinkId{1}}, now));
  EXPECT_EQ(host.open_udp({{}, 67}, {.link = LinkId{1}}, now).error(), Error::address_in_use);
  EXPECT_EQ(host.open_udp({{}, 67}, now).error(), Error::address_in_use);
  EXPECT_EQ(host.open_udp({{}, 68}, {.link = LinkId{2}}, now).error(), Error::invalid_argument);
}

// RFC 1122 3.3.3.
// RFC 6864 4.1
TEST(Udp, CutsWhatIsLargerThanTheLink) {
  Sockets sockets;
  Pair& pair = sockets.pair;
  EXPECT_EQ(sockets.say("so that the neighbour is known"), Error::none);
  std::vector<std::uint8_t> large(4000);
  std::iota(large.begin(), large.end(), std::uint8_t{0});
  ASSERT_EQ(pair.a.send_to(sockets.at_a, {Pair::b_address, 53}, large, pair.now), Error::none);
  std::vector<Frame> frames;
  ASSERT_EQ(pair.a.emit(0, frames, 8, pair.now), 3u);
  std::uint32_t bytes = 0;
  for (const Frame& frame : frames) {
    const wire::Ipv4Header ip = header_in(frame);
    EXPECT_EQ(ip.fragment_offset_bytes, bytes);
    EXPECT_EQ(ip.identification, header_in(frames[0]).identification);
    EXPECT_FALSE(ip.dont_fragment);
    EXPECT_LE(ip.total_length, 1500);
    bytes += ip.payload_bytes();
  }
  EXPECT_EQ(bytes, 4008u);
  EXPECT_EQ(pair.a.send_to(sockets.at_a, {Pair::b_address, 53}, std::vector<std::uint8_t>(65508),
                           pair.now),
            Error::message_too_long);

  EXPECT_EQ(pair.a.set_udp_options(sockets.at_a, {.dont_fragment = true}), Error::none);
  EXPECT_EQ(pair.a.send_to(sockets.at_a, {Pair::b_address, 53}, large, pair.now),
            Error::message_too_long);
  large.resize(1472);
  EXPECT_EQ(pair.a.send_to(sockets.at_a, {Pair::b_address, 53}, large, pair.now), Error::none);
  frames.clear();
  ASSERT_EQ(pair.a.emit(0, frames, 8, pair.now), 1u);
  EXPECT_TRUE(header_in(frames[0]).dont_fragment);
  EXPECT_EQ(header_in(frames[0]).identification, 0) << "RFC 6864 4.1: an atomic packet";
}

TEST(Udp, SetsTheTtl) {  // RFC 1122 3.2.1.7 (b), (c), 4.1.4
  Sockets sockets({.ttl = 3});
  EXPECT_EQ(sockets.say("x"), Error::none);
  EXPECT_EQ(sockets.pair.b.receive_from(sockets.at_b, sockets.room)->ttl, 3);
}

// RFC 1122 4.1.3.4.
// RFC 1122 4.1.3.4 (b).
TEST(Udp, ChecksumsCanBeOmittedAndDemanded) {
  Sockets sockets({.omits_checksum = true});
  EXPECT_EQ(sockets.say("unsummed"), Error::none);
  EXPECT_EQ(sockets.heard(), "unsummed") << "accepted by default";
  EXPECT_EQ(sockets.pair.b.set_udp_options(sockets.at_b, {.needs_checksum = true}), Error::none);
  EXPECT_EQ(sockets.say("unsummed"), Error::none);
  EXPECT_EQ(sockets.heard(), "");
  EXPECT_EQ(sockets.pair.b.counters().drops[Drop::udp_bad_checksum], 1u);
  EXPECT_EQ(sockets.pair.a.set_udp_options(sockets.at_a, {}), Error::none);
  EXPECT_EQ(sockets.say("summed"), Error::none);
  EXPECT_EQ(sockets.heard(), "summed");
}

// SECURITY G3: of a datagram in fragments a stranger may have sent the second, so who cannot tell
// takes whole ones only.
TEST(Udp, RefusesWhatCameInFragments) {
  Sockets sockets;
  const std::string large(1900, 'x');
  EXPECT_EQ(sockets.say(large), Error::none);
  EXPECT_EQ(sockets.heard(), large);
  EXPECT_EQ(sockets.pair.b.set_udp_options(sockets.at_b, {.refuses_fragments = true}), Error::none);
  EXPECT_EQ(sockets.say(large), Error::none);
  EXPECT_EQ(sockets.heard(), "");
  EXPECT_EQ(sockets.pair.b.counters().drops[Drop::udp_fragmented], 1u);
  EXPECT_EQ(sockets.say("whole"), Error::none);
  EXPECT_EQ(sockets.heard(), "whole");
}

TEST(Udp, HasAQueueOfItsOwnSize) {
  Sockets sockets;
  EXPECT_EQ(sockets.pair.b.set_udp_options(sockets.at_b, {.max_queue_bytes = 500}), Error::none);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sockets.say("x"), Error::none);
  EXPECT_LE(sockets.pair.b.holdings().text_bytes, 500u);
  EXPECT_GT(sockets.pair.b.counters().drops[Drop::udp_queue_full], 10u);
}

}  // namespace
}  // namespace acksu
