// Tests of "fragmentation needed" (RFC 1191): believed of what is in flight, never too little.
#include "host/packets_test.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

struct Flight {
  Flight() {
    ends = pair.establish();
    const std::vector<std::uint8_t> text(5000, 'x');
    EXPECT_TRUE(pair.a.write(ends.at_a, text, pair.now));
    std::vector<Frame> frames;
    pair.a.emit(0, frames, 1, pair.now);
    packet = frames.at(0).bytes.flatten();
    packet.erase(packet.begin(), packet.begin() + wire::EthernetHeader::size);
  }

  // A router says that its next link takes no more than `mtu` of what `packet` is.
  void say(std::uint16_t mtu) {
    test::Packets packets;
    test::Said said{.protocol = wire::IpProtocol::icmp,
                    .from = test::at("10.0.0.9:0"),
                    .to = {Pair::a_address, 0},
                    .text = {packet.begin(), packet.begin() + 28},
                    .type = wire::IcmpType::destination_unreachable,
                    .code = wire::UnreachableCode::fragmentation_needed,
                    .rest = mtu};
    std::vector<std::uint8_t> bytes(wire::EthernetHeader::size);
    wire::write(
        wire::EthernetHeader{{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 9}}, wire::EtherType::ipv4},
        bytes);
    const test::Octets ip = packets.bytes_of(said);
    bytes.insert(bytes.end(), ip.begin(), ip.end());
    Frame frame{.bytes = BufferChain(pair.pool->copy_of(bytes))};
    pair.a.absorb(0, std::span(&frame, 1), pair.now);
  }
  std::uint32_t mss() const { return pair.a.info(ends.at_a)->snd.mss; }

  Pair pair;
  Pair::Ends ends;
  std::vector<std::uint8_t> packet;
};

constexpr std::uint32_t headers = 20 + 20 + 12, sequence_place = 24;

// RFC 7323 5.7, RFC 1191 3 (a).
TEST(IcmpPathMtu, LowersTheSegmentsOfAConnection) {
  Flight flight;
  ASSERT_EQ(flight.mss(), 1500 - headers);
  flight.say(1006);
  EXPECT_EQ(flight.mss(), 1006 - headers);
  flight.pair.pass(5s);
  EXPECT_EQ(flight.pair.read(flight.pair.b, flight.ends.at_b).size(), 5000u) << "all of it came";
}

// RFC 1191 6.4: each segment of a window is answered with an error; the first is enough.
TEST(IcmpPathMtu, OneErrorOfAWindowIsEnough) {
  Flight flight;
  flight.say(1006);
  std::vector<Frame> again, more;
  flight.pair.a.emit(0, again, 99, flight.pair.now);
  EXPECT_GE(again.size(), 5u);
  for (int i = 0; i < 5; ++i) flight.say(1006);
  flight.pair.a.emit(0, more, 99, flight.pair.now);
  EXPECT_TRUE(more.empty());
}

TEST(IcmpPathMtu, ARouterThatSaysNothingMeansTheNextPlateau) {  // RFC 1191 5
  Flight flight;
  flight.say(0);
  EXPECT_EQ(flight.mss(), 1492 - headers);
}

// SECURITY B10, E8: RFC 5927 4.1.
TEST(IcmpPathMtu, WhatIsNotInFlightSaysNothing) {
  Flight flight;
  const std::uint32_t seq = load_be32(&flight.packet[sequence_place]);
  for (const std::uint32_t offset : {0xffff'ffffu, 0x8000'0000u, 100'000u}) {
    store_be32(&flight.packet[sequence_place], seq + offset);
    flight.say(1006);
  }
  EXPECT_EQ(flight.mss(), 1500 - headers);
  EXPECT_EQ(flight.pair.a.counters().drops[Drop::icmp_unmatched], 3u);
}

TEST(IcmpPathMtu, TooLittleIsNotBelieved) {  // RFC 5927 7.2
  Flight flight;
  for (const int mtu : {1, 67, 68, 551}) flight.say(static_cast<std::uint16_t>(mtu));
  EXPECT_EQ(flight.mss(), 1500 - headers);
  flight.say(552);
  EXPECT_EQ(flight.mss(), 552 - headers);
}

}  // namespace
}  // namespace acksu
