// Each limit of a host: it holds, and what it refused is counted by its name.
#include <gtest/gtest.h>

#include <string_view>

#include "host/host.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

std::uint64_t refused(const Host& host, std::string_view limit) {
  for (const LimitCount& each : host.limits()) {
    if (each.name == limit) return each.count;
  }
  ADD_FAILURE() << "there is no limit " << limit;
  return 0;
}

HostSettings with_tcp(std::uint8_t number, void (*set)(tcp::Settings&)) {
  HostSettings settings = Pair::settings(number);
  set(settings.tcp);
  return settings;
}

TEST(HostLimits, OfConnectionsHoldForBothKindsOfOpens) {
  const HostSettings two = with_tcp(2, [](tcp::Settings& tcp) { tcp.max_connections = 2; });
  Pair pair(Pair::settings(1), two);
  const Handle at_b = *pair.b.listen({{}, 80}, {}, pair.now);
  const Handle at_a = *pair.a.listen({{}, 80}, {}, pair.now);
  const Handle first = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  const Handle own = *pair.b.connect({Pair::a_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.b.connect({Pair::a_address, 80}, {}, pair.now).error(), Error::out_of_memory);
  EXPECT_EQ(refused(pair.b, "active opens, connections full"), 1u);

  const Handle second = *pair.a.connect({Pair::b_address, 80}, {}, pair.now);
  pair.settle();
  EXPECT_EQ(pair.b.holdings().connections, 2u);
  EXPECT_EQ(pair.b.holdings().half_open, 1u) << "its ACK comes again";
  EXPECT_EQ(refused(pair.b, "tcp connections full"), 1u);
  // There is room again.
  EXPECT_EQ(pair.b.abort(own, pair.now), Error::none);
  pair.pass(4s);
  EXPECT_EQ(pair.b.holdings().half_open, 0u);
  EXPECT_EQ(pair.b.holdings().connections, 2u);

  for (const Handle each : {first, second, at_a})
    EXPECT_EQ(pair.a.close(each, pair.now), Error::none);
  EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
}

TEST(HostLimits, OfHalfOpenConnectionsWithoutCookies) {
  const HostSettings three = with_tcp(2, [](tcp::Settings& tcp) {
    tcp.max_half_open = 3;
    tcp.syn_cookies = false;
  });
  Pair pair(Pair::settings(1), three);
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  pair.passes = [](const Frame& frame, bool from_a) {
    return from_a || !Pair::segment_in(frame);  // SYN+ACKs are lost
  };
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
  pair.settle();
  EXPECT_EQ(pair.b.holdings().half_open, 3u);
  EXPECT_EQ(refused(pair.b, "tcp half open full"), 7u);
  EXPECT_EQ(pair.b.counters().tcp.half_open_refused, 7u);
}

TEST(HostLimits, OfHalfOpenConnectionsWithCookies) {
  Pair pair(Pair::settings(1), with_tcp(2, [](tcp::Settings& tcp) { tcp.max_half_open = 0; }));
  ASSERT_TRUE(pair.b.listen({{}, 80}, {}, pair.now));
  ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
  pair.settle();
  EXPECT_EQ(refused(pair.b, "SYNs answered by cookies, half-open full"), 1u);
}

TEST(HostLimits, OfTheBacklog) {
  Pair pair;
  ASSERT_TRUE(pair.b.listen({{}, 80}, {.backlog = 1}, pair.now));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pair.a.connect({Pair::b_address, 80}, {}, pair.now));
  pair.settle();
  EXPECT_EQ(pair.b.holdings().connections, 1u);
  EXPECT_EQ(refused(pair.b, "tcp backlog full"), 2u);
  EXPECT_EQ(pair.b.counters().tcp.backlog_refused, 2u);
}

TEST(HostLimits, OfTimeWait) {
  Pair pair(with_tcp(1, [](tcp::Settings& tcp) { tcp.max_time_wait = 1; }));
  for (std::uint16_t port = 80; port < 83; ++port) {
    const auto [at_a, at_b] = pair.establish(port);
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    pair.settle();
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    pair.settle();
  }
  EXPECT_EQ(pair.a.holdings().time_wait, 1u);
  EXPECT_EQ(refused(pair.a, "TIME-WAIT records that gave way"), 2u);
}

// Text of which the first segment is lost, so that all else is early.
struct EarlyText {
  explicit EarlyText(HostSettings of_b, std::uint32_t mtu = 1500)
      : pair(with_mtu(mtu), std::move(of_b)) {
    pair.passes = [this](const Frame& frame, bool from_a) {
      const auto segment = Pair::segment_in(frame);
      const bool is_text = from_a && segment && segment->text.size() > 0;
      return !is_text || number_of_text++ != 0;
    };
    ends = pair.establish();
    EXPECT_TRUE(pair.a.write(ends.at_a, bytes_of(std::string(14'000, 'x')), pair.now));
    pair.settle();
  }
  static HostSettings with_mtu(std::uint32_t mtu) {
    HostSettings settings = Pair::settings(1);
    settings.links[0].mtu = mtu;
    return settings;
  }
  Pair pair;
  Pair::Ends ends;
  int number_of_text = 0;
};

TEST(HostLimits, OfPiecesToReassemble) {
  EarlyText early{with_tcp(2, [](tcp::Settings& tcp) { tcp.max_out_of_order_pieces = 2; }), 300};
  EXPECT_GT(refused(early.pair.b, "tcp reassembly full"), 0u);
  early.pair.pass(10s);
  EXPECT_EQ(early.pair.read(early.pair.b, early.ends.at_b).size(), 14'000u);
}

// RFC 2018 section 8: what was not acknowledged may be forgotten, and is sent again.
TEST(HostLimits, OfMemoryLetTextInOrderTakeTheMemoryOfEarlyText) {
  HostSettings poor = Pair::settings(2);
  poor.max_memory_bytes = 8 * 1024;
  EarlyText early{poor};
  EXPECT_GT(refused(early.pair.b, "times that text found no memory"), 0u);
  std::size_t read = 0;
  for (int i = 0; i < 100 && read < 14'000; ++i) {
    early.pair.pass(1s);
    read += early.pair.read(early.pair.b, early.ends.at_b).size();
  }
  EXPECT_EQ(read, 14'000u);
  EXPECT_GT(refused(early.pair.b, "times that early text gave way"), 0u);
}

TEST(HostLimits, OfPacketsThatWaitForANeighbour) {
  HostSettings few = Pair::settings(1);
  few.neighbours.max_pending_packets = 2;
  Pair pair(few);
  const Handle socket = *pair.a.open_udp({}, pair.now);
  const Endpoint nobody{IpAddress::v4(10, 0, 0, 9), 53};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pair.a.send_to(socket, nobody, bytes_of("x"), pair.now), Error::none);
  }
  pair.settle();
  EXPECT_EQ(refused(pair.a, "neighbour queue full"), 3u);
}

TEST(HostLimits, OfNeighbours) {
  HostSettings few = Pair::settings(1);
  few.neighbours.max_entries = 2;
  Pair pair(few);
  const Handle socket = *pair.a.open_udp({}, pair.now);
  for (std::uint8_t i = 10; i < 15; ++i) {
    const Endpoint nobody{IpAddress::v4(10, 0, 0, i), 53};
    EXPECT_EQ(pair.a.send_to(socket, nobody, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  EXPECT_EQ(pair.a.holdings().neighbours, 2u);
  EXPECT_EQ(refused(pair.a, "neighbours that gave way"), 3u);
}

TEST(HostLimits, OfEchoesThatNobodyAnswersOrTakes) {
  Pair pair;
  for (std::uint16_t i = 0; i < EchoBook::most + 3; ++i) {
    EXPECT_EQ(pair.a.ping(Pair::b_address, {1, i}, {}, pair.now), Error::none);
    pair.settle();
  }
  EXPECT_EQ(refused(pair.a, "echoes that gave way"), 3u) << "answers";
  pair.passes = [](const Frame&, bool from_a) { return from_a; };
  for (std::uint16_t i = 0; i < EchoBook::most + 2; ++i) {
    EXPECT_EQ(pair.a.ping(Pair::b_address, {2, i}, {}, pair.now), Error::none);
    pair.settle();
  }
  EXPECT_EQ(refused(pair.a, "echoes that gave way"), 5u) << "questions";
}

TEST(HostLimits, OfUdpErrorsThatNobodyTakes) {
  Pair pair;
  const Handle socket = *pair.a.open_udp({}, pair.now);
  for (std::size_t i = 0; i < UdpSocket::most_errors + 2; ++i) {
    EXPECT_EQ(pair.a.send_to(socket, {Pair::b_address, 9}, bytes_of("x"), pair.now), Error::none);
    pair.settle();
  }
  EXPECT_EQ(refused(pair.a, "UDP errors that gave way"), 2u);
}

// ---- TIME-WAIT lasts as long as it is set ------------------------------------------------------

// RFC 9293 MUST-13, 3.10.8 (c): 2 MSL.
TEST(HostLimits, TimeWaitLastsAsLongAsEachPresetSays) {
  ASSERT_EQ(tcp::time_wait_presets.size(), 4u);
  EXPECT_EQ(2 * tcp::Settings{}.msl, 60s) << "the default";
  for (const tcp::TimeWaitPreset& preset : tcp::time_wait_presets) {
    HostSettings settings = Pair::settings(1);
    settings.tcp.msl = preset.total / 2;
    Pair pair(settings);
    const auto [at_a, at_b] = pair.establish();
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    pair.settle();
    EXPECT_EQ(pair.b.close(at_b, pair.now), Error::none);
    pair.settle();
    pair.pass(preset.total - 1ms);
    EXPECT_EQ(pair.a.holdings().time_wait, 1u) << preset.name;
    pair.pass(1ms);
    EXPECT_EQ(pair.a.holdings().time_wait, 0u) << preset.name;
  }
}

}  // namespace
}  // namespace acksu
