// What RFC 9293 asks of TCP where it meets applications, IP and ICMP: rules that show only at a
// whole host.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "host/packets_test.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

using tcp::State;
using test::Octets;

struct SeenPacket {
  wire::Ipv4Header ip;
  Segment segment;
};

// The packets of TCP that a says, in the order in which they pass.
struct Overheard {
  explicit Overheard(Pair& pair) {
    pair.passes = [this](const Frame& frame, bool from_a) {
      BufferChain packet = frame.bytes;
      packet.drop_front(wire::EthernetHeader::size);
      SeenPacket seen;
      const auto segment = Pair::segment_in(frame);
      if (!from_a || !segment) return true;
      EXPECT_EQ(wire::read(packet.front(), packet.size(), seen.ip), Drop::none);
      seen.segment = *segment;
      packets.push_back(seen);
      return true;
    };
  }
  std::vector<SeenPacket> packets;
};

// ---- Calls --------------------------------------------------------------------------------------

// RFC 9293 MUST-41, MUST-42, 3.10.1: a port is listened on while connections of it are opening and
// open; they go on, and others come in.
TEST(TcpCalls, APortOfAConnectionCanBeListenedOn) {
  Pair pair;
  const Handle far = *pair.b.listen({{}, 80}, {}, pair.now);
  const ConnectOptions named{.local = Endpoint{{}, 1234}};
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, named, pair.now);
  EXPECT_EQ(pair.state(pair.a, at_a), State::syn_sent);
  const auto listener = pair.a.listen({{}, 1234}, {}, pair.now);
  ASSERT_TRUE(listener);
  pair.settle();
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  EXPECT_EQ(pair.a.accept(*listener, pair.now).error(), Error::would_block);

  const Handle at_b = *pair.b.connect({Pair::a_address, 1234}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.state(pair.b, at_b), State::established);
  EXPECT_TRUE(pair.a.accept(*listener, pair.now));
  EXPECT_EQ(pair.a.listen({{}, 1234}, {}, pair.now).error(), Error::address_in_use);
  EXPECT_EQ(*pair.a.write(at_a, bytes_of("still there"), pair.now), 11u);
  pair.settle();
  EXPECT_EQ(pair.read(pair.b, *pair.b.accept(far, pair.now)), "still there");
}

// RFC 9293 3.10.2, 3.10.6: what is written early waits; nothing can be written after the end.
TEST(TcpCalls, TextWaitsForTheHandshake) {
  Pair pair;
  const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  EXPECT_EQ(pair.a.info(at_a)->state, State::syn_sent);
  EXPECT_EQ(*pair.a.write(at_a, bytes_of("early"), pair.now), 5u);
  pair.settle();
  EXPECT_EQ(pair.a.info(at_a)->state, State::established);
  const Handle at_b = *pair.b.accept(listener, pair.now);
  EXPECT_EQ(pair.read(pair.b, at_b), "early");
  EXPECT_EQ(pair.a.shutdown_write(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.write(at_a, bytes_of("late"), pair.now).error(), Error::is_shut_down);
  EXPECT_EQ(pair.a.shutdown_write(at_a, pair.now), Error::none) << "3.10.4: no second FIN";
  pair.settle();
  EXPECT_EQ(pair.a.info(at_a)->state, State::fin_wait_2);
}

// ---- Addresses ----------------------------------------------------------------------------------

// RFC 9293 MUST-43, MUST-44, MUST-45, RFC 1122 3.3.4.2 (a), (b): IP selects the address of the
// first SYN, unless the application does; all segments of the connection have it.
TEST(TcpAddresses, AreThoseOfTheFirstSyn) {
  HostSettings settings = Pair::settings(1);
  const IpAddress second = IpAddress::v4(10, 0, 0, 77);
  settings.links[0].addresses.push_back({second, 24});
  for (const bool is_named : {false, true}) {
    Pair pair(settings);
    Overheard overheard(pair);
    const Handle listener = *pair.b.listen({{}, 80}, {}, pair.now);
    ConnectOptions options;
    if (is_named) options.local = Endpoint{second, 0};
    const Handle at_a = *pair.a.connect({Pair::b_address, 80}, options, pair.now);
    pair.settle();
    const Handle at_b = *pair.b.accept(listener, pair.now);
    EXPECT_TRUE(pair.a.write(at_a, bytes_of("text"), pair.now));
    pair.settle();
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    pair.settle();
    ASSERT_GE(overheard.packets.size(), 4u);
    for (const SeenPacket& packet : overheard.packets) {
      EXPECT_EQ(packet.ip.source, is_named ? second : Pair::a_address);
    }
  }
}

// RFC 9293 MUST-57, RFC 1122 2.4 (a), 3.3.6 (c): a SYN for many is dropped without a word.
TEST(TcpAddresses, OfManyAreNotAnswered) {
  Pair pair;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  test::Packets packets;
  const std::pair<IpAddress, MacAddress> groups[] = {
      {IpAddress::v4(10, 0, 0, 255), MacAddress::broadcast()},
      {IpAddress::v4(255, 255, 255, 255), MacAddress::broadcast()},
      {IpAddress::v4(224, 0, 0, 1), {{1, 0, 0x5e, 0, 0, 1}}},
      {Pair::b_address, MacAddress::broadcast()}};
  for (const auto& [address, mac] : groups) {
    const Octets packet = packets.bytes_of({.protocol = wire::IpProtocol::tcp,
                                            .from = {Pair::a_address, 4000},
                                            .to = {address, 80},
                                            .flags = Flags::syn,
                                            .seq = 1000});
    Octets bytes(wire::EthernetHeader::size);
    wire::write(wire::EthernetHeader{mac, {{2, 0, 0, 0, 0, 1}}, wire::EtherType::ipv4}, bytes);
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    Frame frame{.bytes = BufferChain(pair.pool->copy_of(bytes))};
    EXPECT_EQ(drop_of(pair.b, std::move(frame), pair.now), Drop::tcp_bad_address);
  }
  EXPECT_FALSE(pair.b.has_output(0));
  EXPECT_EQ(pair.b.holdings().half_open, 0u);
}

// ---- IP -----------------------------------------------------------------------------------------

// RFC 9293 MUST-49: and on every segment, those for nobody among them.
TEST(TcpOverIp, TheTimeToLiveIsThatOfTheSettings) {
  HostSettings settings = Pair::settings(1);
  settings.ttl = 37;
  Pair pair(settings);
  Overheard overheard(pair);
  const auto [at_a, at_b] = pair.establish();
  EXPECT_TRUE(pair.a.write(at_a, bytes_of("text"), pair.now));
  ASSERT_TRUE(pair.b.connect({Pair::a_address, 9}, {}, pair.now));
  pair.settle();
  std::set<std::uint16_t> flags;
  for (const SeenPacket& packet : overheard.packets) {
    EXPECT_EQ(packet.ip.ttl, 37);
    flags.insert(packet.segment.flags.bits);
  }
  EXPECT_TRUE(flags.contains(Flags::rst | Flags::ack)) << "of the closed port";
  EXPECT_EQ(flags.size(), 4u) << "SYN, ACK, text, reset";
}

// RFC 9293 MUST-50: an IP option that nobody knows is skipped.
TEST(TcpOverIp, UnknownOptionsOfIpAreIgnored) {
  Pair pair;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  Segment syn;
  syn.source_port = 4000;
  syn.destination_port = 80;
  syn.flags.set(Flags::syn);
  Octets bytes = pair.frame_to_b(Pair::a_address, syn).bytes.flatten();
  const Octets option{25, 6, 1, 2, 3, 4, 1, 0};  // kind 25 of 6 octets, a NOP, the end
  bytes.insert(bytes.begin() + 34, option.begin(), option.end());
  bytes[14] = 0x47;
  store_be16(&bytes[16], static_cast<std::uint16_t>(bytes.size() - 14));
  store_be16(&bytes[24], 0);
  store_be16(&bytes[24], sum_of(Bytes(bytes).subspan(14, 28)).checksum());
  EXPECT_EQ(drop_of(pair.b, Frame{.bytes = BufferChain(pair.pool->copy_of(bytes))}, pair.now),
            Drop::none);
  EXPECT_EQ(pair.b.holdings().half_open, 1u);
}

// ---- ICMP ---------------------------------------------------------------------------------------

// a with text of a connection under way, or with a SYN; and a router that has something to say
// about it.
struct Complained {
  explicit Complained(bool is_open) {
    if (is_open) {
      at_a = pair.establish().at_a;
      EXPECT_TRUE(pair.a.write(at_a, bytes_of("text"), pair.now));
    } else {
      EXPECT_EQ(pair.a.ping(Pair::b_address, {1, 1}, {}, pair.now), Error::none);
      pair.settle();  // so that the SYN need not wait for ARP
      at_a = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
    }
    std::vector<Frame> frames;
    pair.a.emit(0, frames, 1, pair.now);
    quote = frames.at(0).bytes.flatten();
    quote.erase(quote.begin(), quote.begin() + wire::EthernetHeader::size);
  }

  Drop hear(std::uint8_t type, int code) {
    test::Packets packets;
    const Octets packet = packets.bytes_of({.protocol = wire::IpProtocol::icmp,
                                            .from = {IpAddress::v4(10, 0, 0, 9), 0},
                                            .to = {Pair::a_address, 0},
                                            .text = {quote.begin(), quote.begin() + 28},
                                            .type = type,
                                            .code = static_cast<std::uint8_t>(code)});
    Octets bytes(wire::EthernetHeader::size);
    wire::write(
        wire::EthernetHeader{{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 9}}, wire::EtherType::ipv4},
        bytes);
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    return drop_of(pair.a, Frame{.bytes = BufferChain(pair.pool->copy_of(bytes))}, pair.now);
  }

  Pair pair;
  Handle at_a;
  Octets quote;
};

// RFC 9293 MUST-54, MUST-56, SHLD-25, MUST-47, RFC 5927 5.2: nothing that ICMP says ends a
// connection, but its application is told.
TEST(TcpAndIcmp, NoErrorEndsAConnection) {
  using Type = wire::IcmpType;
  const struct {
    std::uint8_t type;
    int code;
    Error told;
  } rows[] = {{Type::destination_unreachable, 0, Error::network_unreachable},
              {Type::destination_unreachable, 1, Error::host_unreachable},
              {Type::destination_unreachable, 2, Error::protocol_unreachable},
              {Type::destination_unreachable, 3, Error::connection_refused},
              {Type::destination_unreachable, 5, Error::network_unreachable},
              {Type::destination_unreachable, 13, Error::host_unreachable},
              {Type::time_exceeded, 0, Error::ttl_exceeded},
              {Type::time_exceeded, 1, Error::ttl_exceeded},
              {Type::parameter_problem, 0, Error::parameter_problem}};
  Complained complained(true);
  Pair& pair = complained.pair;
  pair.news(pair.a, complained.at_a);
  for (const auto& row : rows) {
    EXPECT_EQ(complained.hear(row.type, row.code), Drop::none) << row.code;
    EXPECT_EQ(pair.state(pair.a, complained.at_a), State::established);
    EXPECT_EQ(pair.news(pair.a, complained.at_a), Readiness::in_doubt);
    EXPECT_EQ(pair.a.soft_error_of(complained.at_a), row.told);
    EXPECT_EQ(pair.a.error_of(complained.at_a), Error::none) << "it has not failed";
  }
  ++complained.quote[21];  // another port: nobody is meant
  EXPECT_EQ(complained.hear(Type::destination_unreachable, 1), Drop::icmp_unmatched);
  pair.pass(5s);
  EXPECT_EQ(pair.a.soft_error_of(complained.at_a), Error::none) << "the text was sent again";
  EXPECT_EQ(pair.a.close(complained.at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.soft_error_of(complained.at_a), Error::bad_handle);
}

// RFC 9293 MUST-54, SHLD-26, RFC 5461 4.1: an attempt to open ends at once where nobody
// can be reached, but not by time exceeded or a parameter problem (MUST-56). RFC 1122 3.2.2.1 has
// codes for why that is; firewalls answer with some of them.
TEST(TcpAndIcmp, UnreachableEndsAnAttempt) {
  for (const int code : {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) {
    Complained complained(false);
    EXPECT_EQ(complained.hear(wire::IcmpType::time_exceeded, 0), Drop::none);
    EXPECT_EQ(complained.hear(wire::IcmpType::parameter_problem, 0), Drop::none);
    EXPECT_EQ(complained.pair.state(complained.pair.a, complained.at_a), State::syn_sent);
    EXPECT_EQ(complained.hear(wire::IcmpType::destination_unreachable, code), Drop::none);
    const bool is_network = code == 0 || code == 5 || code == 6 || code == 9 || code == 11;
    const Error expected = is_network  ? Error::network_unreachable
                           : code == 2 ? Error::protocol_unreachable
                           : code == 3 ? Error::connection_refused
                                       : Error::host_unreachable;
    EXPECT_EQ(complained.pair.a.error_of(complained.at_a), expected) << code;
  }
}

// RFC 9293 MUST-55, RFC 1122 3.2.2 (a), RFC 5927 6.2, RFC 6633: source quench changes nothing.
TEST(TcpAndIcmp, SourceQuenchIsDropped) {
  Complained complained(true);
  const auto before = *complained.pair.a.info(complained.at_a);
  EXPECT_EQ(complained.hear(wire::IcmpType::source_quench, 0), Drop::icmp_unknown_type);
  const auto after = *complained.pair.a.info(complained.at_a);
  EXPECT_EQ(after.snd.cwnd, before.snd.cwnd);
  EXPECT_EQ(after.snd.ssthresh, before.snd.ssthresh);
  EXPECT_EQ(after.state, State::established);
}

// ---- Bursts -------------------------------------------------------------------------------------

// RFC 9293 MUST-58, MUST-59: what comes in one burst is processed before anything is said, and one
// ACK is for all of it.
TEST(TcpBursts, AreAcknowledgedOnce) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(*pair.a.write(at_a, std::vector<std::uint8_t>(7'000), pair.now), 7'000u);
  std::vector<Frame> burst, answers;
  pair.a.emit(0, burst, 64, pair.now);
  ASSERT_EQ(burst.size(), 5u);
  pair.b.absorb(0, burst, pair.now);
  pair.b.emit(0, answers, 64, pair.now);
  ASSERT_EQ(answers.size(), 1u);
  const auto ack = Pair::segment_in(answers[0]);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->ack, pair.a.info(at_a)->snd.nxt);
}

// RFC 9293 MAY-8, MUST-37: a reader may take as long as it likes, and its peer waits.
TEST(TcpBursts, AReaderThatDoesNotReadIsWaitedFor) {
  HostSettings small = Pair::settings(2);
  small.tcp.receive_buffer = 4'000;
  Pair pair(Pair::settings(1), small);
  const auto [at_a, at_b] = pair.establish();
  const std::vector<std::uint8_t> text(20'000, 'x');
  EXPECT_EQ(*pair.a.write(at_a, text, pair.now), 20'000u);
  pair.pass(3h);
  EXPECT_EQ(pair.a.info(at_a)->snd.wnd, 0u);
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  std::size_t read = 0;
  for (int i = 0; i < 100 && read < text.size(); ++i) {
    read += pair.read(pair.b, at_b).size();
    pair.pass(1s);
  }
  EXPECT_EQ(read, text.size());
}

}  // namespace
}  // namespace acksu
