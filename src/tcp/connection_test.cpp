// Two connections back to back, with segments carried by hand: what can be seen without a host.
#include "tcp/connection.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace acksu::tcp {
namespace {

// Two ends and a wire between them that can lose, and that shares the ends' memory budget.
class Pair {
 public:
  explicit Pair(Settings settings = {}) : settings_(settings) {
    Context context = context_at();
    client = Connection{client_opening(), context};
  }

  Context context_at() {
    return {
        .now = now, .pool = pool, .memory = memory, .settings = settings_, .counters = counters};
  }

  // Carries segments until both are silent.
  void talk() {
    for (int round = 0; round < 10000; ++round) {
      const bool spoke_client = speak(client, to_server);
      const bool spoke_server = server && speak(*server, to_client);
      hear(to_server, true);
      hear(to_client, false);
      if (!spoke_client && !spoke_server) return;
    }
    FAIL() << "they never fall silent";
  }
  // Lets time pass, timers included.
  void pass(Duration duration) {
    const Instant end = now + duration;
    while (true) {
      const Instant next = earliest(client->deadline(), server ? server->deadline() : never);
      if (next > end) break;
      now = std::max(now, next);
      Context context = context_at();
      if (client->deadline() <= now) client->on_time(context);
      if (server && server->deadline() <= now) server->on_time(context);
      talk();
    }
    now = end;
  }

  std::uint32_t write(Connection& connection, const std::string& text) {
    Context context = context_at();
    const auto* data = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto result = connection.write({data, text.size()}, context);
    return result ? *result : 0;
  }
  std::string read(Connection& connection) {
    std::string all;
    std::vector<std::uint8_t> some(4096);
    while (true) {
      Context context = context_at();
      const auto result = connection.read(some, context);
      if (!result || *result == 0) return all;
      all.append(some.begin(), some.begin() + *result);
    }
  }
  void shutdown(Connection& connection) {
    Context context = context_at();
    EXPECT_EQ(connection.shutdown_write(context), Error::none);
  }

  BufferPool pool;
  Instant now = Instant{} + 1h;
  Budget memory{1 << 26};
  Counters counters;
  std::optional<Connection> client, server;
  std::vector<int> lost;  // numbers of the segments (of all) that the wire loses
  int carried = 0;

 private:
  static FourTuple tuple(bool is_client) {
    const Endpoint a{IpAddress::v4(10, 0, 0, 1), 40000}, b{IpAddress::v4(10, 0, 0, 2), 80};
    return is_client ? FourTuple{a, b} : FourTuple{b, a};
  }
  static Opening client_opening() {
    return {.tuple = tuple(true), .iss = Seq{0xffff'fff0}, .timestamp_offset = 7, .mss = 1460};
  }

  bool speak(std::optional<Connection>& connection, std::deque<Segment>& wire) {
    return speak(*connection, wire);
  }
  bool speak(Connection& connection, std::deque<Segment>& wire) {
    bool spoke = false;
    while (true) {
      Segment segment;
      Context context = context_at();
      if (!connection.next_segment(segment, context)) return spoke;
      spoke = true;
      const bool is_lost = std::find(lost.begin(), lost.end(), carried) != lost.end();
      ++carried;
      if (!is_lost) wire.push_back(std::move(segment));
    }
  }
  void hear(std::deque<Segment>& wire, bool is_server) {
    while (!wire.empty()) {
      Segment segment = std::move(wire.front());
      wire.pop_front();
      if (is_server && !server && !accept(segment)) continue;
      Context context = context_at();
      (is_server ? *server : *client).on_segment(segment, context);
    }
  }
  // Plays the half-open record: answers the SYN, and makes the connection from the ACK.
  bool accept(const Segment& segment) {
    if (segment.has(Flags::syn)) {
      accepted_.agreement = agree(segment.options, settings_);
      accepted_.irs = segment.seq;
      accepted_.ts_recent = segment.options.timestamps.value;
      accepted_.offered_window = 65535;
      Segment answer;
      answer.seq = Seq{5000};
      answer.ack = segment.seq + 1;
      answer.flags.bits = Flags::syn | Flags::ack;
      answer.window = 65535;
      answer.options = segment.options;
      to_client.push_back(answer);
      return false;
    }
    Context context = context_at();
    server.emplace(
        Opening{.tuple = tuple(false), .iss = Seq{5000}, .timestamp_offset = 7, .mss = 1460},
        accepted_, context);
    return true;
  }

  Settings settings_;
  Accepted accepted_;
  std::deque<Segment> to_server, to_client;
};

TEST(Connection, OpensAndCarriesTextBothWays) {
  Pair pair;
  pair.talk();
  ASSERT_TRUE(pair.server);
  EXPECT_EQ(pair.client->state(), State::established);
  EXPECT_EQ(pair.server->state(), State::established);
  EXPECT_EQ(pair.write(*pair.client, "hello"), 5u);
  EXPECT_EQ(pair.write(*pair.server, "world!"), 6u);
  pair.talk();
  EXPECT_EQ(pair.read(*pair.server), "hello");
  EXPECT_EQ(pair.read(*pair.client), "world!");
}

TEST(Connection, ClosesFromTheClientAndGivesAllBack) {
  Pair pair;
  pair.talk();
  pair.write(*pair.client, "x");
  pair.shutdown(*pair.client);
  pair.talk();
  EXPECT_EQ(pair.client->state(), State::fin_wait_2);
  EXPECT_EQ(pair.server->state(), State::close_wait);
  EXPECT_EQ(pair.read(*pair.server), "x");
  pair.write(*pair.server, "more, after the FIN");
  pair.shutdown(*pair.server);
  pair.talk();
  EXPECT_EQ(pair.client->state(), State::time_wait);
  EXPECT_EQ(pair.read(*pair.client), "more, after the FIN");
}

TEST(Connection, CarriesAMegabyteThroughTheWrap) {
  Pair pair;
  pair.talk();
  std::string sent, received;
  while (sent.size() < 1'000'000) {
    std::string part;
    for (int i = 0; i < 7001; ++i)
      part += static_cast<char>('a' + (sent.size() + part.size()) % 26);
    part.resize(pair.write(*pair.client, part));
    sent += part;
    pair.talk();
    received += pair.read(*pair.server);
    if (part.empty()) pair.pass(50ms);
  }
  pair.pass(1s);
  received += pair.read(*pair.server);
  EXPECT_TRUE(received == sent);
}

TEST(Connection, RecoversEachLostSegment) {
  for (int lost = 0; lost < 60; ++lost) {
    SCOPED_TRACE(lost);
    Pair pair;
    pair.talk();
    pair.lost = {pair.carried + lost, pair.carried + lost + 3, pair.carried + lost + 4};
    std::string sent(60'000, ' '), received;
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i % 25);
    ASSERT_EQ(pair.write(*pair.client, sent), sent.size());
    pair.shutdown(*pair.client);
    pair.talk();
    pair.pass(20s);
    received = pair.read(*pair.server);
    ASSERT_TRUE(received == sent);
    EXPECT_EQ(pair.server->state(), State::close_wait);
    EXPECT_EQ(pair.client->state(), State::fin_wait_2);
  }
}

TEST(Connection, GivesBackItsMemory) {
  Pair pair;
  pair.talk();
  pair.write(*pair.client, std::string(100'000, 'x'));
  pair.talk();
  EXPECT_GT(pair.memory.held(), 0u);
  Context context = pair.context_at();
  pair.client->release(context);
  pair.server->release(context);
  EXPECT_EQ(pair.memory.held(), 0u);
}

TEST(Connection, IsSmall) { EXPECT_LE(sizeof(Connection), 512u); }

}  // namespace
}  // namespace acksu::tcp
