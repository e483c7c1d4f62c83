// How long "fragmentation needed" is believed, and by whom (RFC 1191, RFC 4821); more of it stands
// in icmp_path_mtu_test.cpp.
#include <gtest/gtest.h>

#include "host/pair_test.h"
#include "wire/icmp.h"

namespace acksu {
namespace {

struct TooBigTest : testing::Test {
  Pair pair{Pair::settings(1), patient()};
  Pair::Ends ends = pair.establish();
  std::vector<std::uint8_t> packet;  // a full segment of a's under way

  static HostSettings patient() {
    HostSettings settings = Pair::settings(2);
    settings.tcp.receive_buffer = 400'000;  // reads only in the end
    return settings;
  }
  void SetUp() override {
    ASSERT_EQ(mss(), 1448u);
    ASSERT_TRUE(pair.a.write(ends.at_a, std::vector<std::uint8_t>(5000), pair.now));
    std::vector<Frame> frames;
    pair.a.emit(0, frames, 100, pair.now);
    packet = frames.front().bytes.flatten();
    packet.erase(packet.begin(), packet.begin() + 14);
    ASSERT_EQ(packet.size(), 1500u);
  }
  std::uint32_t mss() const { return pair.a.info(ends.at_a)->snd.mss; }
  Drop tell(std::uint16_t mtu) {
    wire::IcmpMessage message;
    message.type = wire::IcmpType::destination_unreachable;
    message.code = wire::UnreachableCode::fragmentation_needed;
    message.sequence = mtu;
    message.payload.append(pair.pool->copy_of(Bytes(packet).first(28)));
    Slice bytes = pair.pool->allocate(14 + 20 + 8);
    const MutableBytes room = bytes.writable();
    wire::write(
        wire::EthernetHeader{{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 9}}, wire::EtherType::ipv4},
        room);
    wire::write(wire::Ipv4Header{.total_length = 56,
                                 .ttl = 64,
                                 .protocol = wire::IpProtocol::icmp,
                                 .source = IpAddress::v4(10, 0, 0, 9),
                                 .destination = Pair::a_address},
                room.subspan(14));
    wire::write_icmp(message, room.subspan(34));
    Frame frame{.bytes = BufferChain(std::move(bytes))};
    frame.bytes.append(message.payload);
    const DropCounters before = pair.a.counters().drops;
    pair.a.absorb(0, std::span(&frame, 1), pair.now);
    return pair.a.counters().drops == before ? Drop::none : Drop::icmp_unmatched;
  }
};

TEST_F(TooBigTest, NewConnectionsKnow) {
  EXPECT_EQ(tell(1300), Drop::none);
  EXPECT_EQ(mss(), 1300u - 40 - 12);
  pair.settle();
  EXPECT_EQ(pair.read(pair.b, ends.at_b).size(), 5000u);
  EXPECT_EQ(pair.a.info(pair.establish(81).at_a)->snd.mss, 1300u - 40 - 12);
}

// RFC 1191 6.3: forgotten after ten minutes; the connection then tries what it could not (RFC
// 4821).
TEST_F(TooBigTest, IsTriedAgainWhenItIsOld) {
  EXPECT_EQ(tell(1300), Drop::none);
  pair.settle();
  pair.pass(9min);
  ASSERT_TRUE(pair.a.write(ends.at_a, std::vector<std::uint8_t>(100'000), pair.now));
  pair.pass(10s);
  EXPECT_EQ(mss(), 1248u);
  pair.pass(1min);
  ASSERT_TRUE(pair.a.write(ends.at_a, std::vector<std::uint8_t>(100'000), pair.now));
  pair.pass(10s);
  EXPECT_EQ(mss(), 1448u);
  EXPECT_EQ(pair.read(pair.b, ends.at_b).size(), 205'000u);
}

// SECURITY B10: an error about a packet that would have passed.
TEST_F(TooBigTest, AttackNoLessThanWasSent) {
  EXPECT_EQ(tell(1500), Drop::icmp_unmatched);
  EXPECT_EQ(mss(), 1448u);
}

}  // namespace
}  // namespace acksu
