// Connections to which nothing happens are folded to less room; nobody can tell that from outside.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

HostSettings folding(std::uint8_t number, std::uint32_t never_folded) {
  HostSettings settings = Pair::settings(number);
  settings.never_folded_connections = never_folded;
  return settings;
}

// Two hosts with many connections, and all that is done to them by a seed.
class Crowd {
 public:
  static constexpr std::uint16_t port = 80;

  explicit Crowd(std::uint32_t never_folded)
      : pair(folding(1, never_folded), folding(2, never_folded)) {
    listener_ = *pair.b.listen({{}, port}, {.backlog = 4096}, pair.now);
  }

  void open(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const Handle at_a = *pair.a.connect({Pair::b_address, port}, {}, pair.now);
      pair.settle();
      ends.push_back({at_a, *pair.b.accept(listener_, pair.now)});
      forget_events();
    }
  }
  void exchange(std::size_t which) {
    (void)pair.a.write(ends[which].at_a, bytes_of("a question"), pair.now);
    pair.settle();
    EXPECT_EQ(pair.read(pair.b, ends[which].at_b), "a question");
    (void)pair.b.write(ends[which].at_b, bytes_of("an answer"), pair.now);
    pair.settle();
    EXPECT_EQ(pair.read(pair.a, ends[which].at_a), "an answer");
    forget_events();
  }
  void close_all() {
    for (const Pair::Ends& each : ends) {
      (void)pair.a.close(each.at_a, pair.now);
      (void)pair.b.close(each.at_b, pair.now);
      pair.settle();
    }
    EXPECT_EQ(pair.b.close(listener_, pair.now), Error::none);
    pair.pass(5min);
    forget_events();
  }
  void forget_events() {
    for (Host* host : {&pair.a, &pair.b}) {
      while (host->next_event()) {
      }
    }
  }
  // One of the things that may happen to one of them.
  void act(Rng& rng) {
    if (ends.empty() || rng.below(6) == 0) return open(1);
    const std::size_t which = rng.below(static_cast<std::uint32_t>(ends.size()));
    const bool is_at_a = rng.below(2) == 0;
    Host& host = is_at_a ? pair.a : pair.b;
    const Handle end = is_at_a ? ends[which].at_a : ends[which].at_b;
    const std::string text(1 + rng.below(4000), 'x');
    switch (rng.below(12)) {
      case 0: (void)host.close(end, pair.now); break;
      case 1: (void)host.abort(end, pair.now); break;
      case 2: (void)host.shutdown_write(end, pair.now); break;
      case 3: (void)host.set_options(end, {.nodelay = true, .keepalive = true}, pair.now); break;
      case 4: (void)pair.read(host, end, 500); break;
      case 5: pair.pass(Duration{1ms} * rng.below(3000)); break;
      case 6: (void)host.info(end); break;
      default: (void)host.write(end, bytes_of(text), pair.now);
    }
    if (rng.below(3) != 0) pair.settle();
    if (rng.below(3) != 0) forget_events();
  }

  Pair pair;
  std::vector<Pair::Ends> ends;

 private:
  Handle listener_;
};

// What a host is and has counted, and how all of its sockets look.
std::string looks_of(const Host& host) {
  std::string looks;
  for (const tcp::CounterName& counter : tcp::counter_names) {
    looks += std::to_string(host.counters().tcp.*counter.value) + ' ';
  }
  for (const tcp::Info& info : host.sockets()) {
    looks += std::to_string(info.tuple.local.port) + ':' + std::to_string(info.snd.nxt.value()) +
             ':' + std::to_string(info.rcv.nxt.value()) + ' ';
  }
  Digest digest;
  host.digest(digest);
  return looks + std::to_string(digest.value());
}

TEST(Folding, IsForThoseToWhichNothingHappens) {
  Crowd crowd(100);
  crowd.open(1000);
  for (const Host* host : {&crowd.pair.a, &crowd.pair.b}) {
    EXPECT_EQ(host->holdings().connections, 1000u);
    EXPECT_GE(host->holdings().folded_connections, 850u);
    EXPECT_LE(host->holdings().folded_connections, 900u);
  }
  for (std::size_t i = 0; i < 1000; ++i) crowd.exchange(i);
  crowd.pair.pass(2s);
  EXPECT_GE(crowd.pair.a.holdings().folded_connections, 850u);
  crowd.close_all();
  crowd.pair.expect_nothing_held();
}

TEST(Folding, IsNotForThoseWithNews) {
  Crowd crowd(0);
  const Handle listener = *crowd.pair.b.listen({{}, 81}, {.backlog = 4096}, crowd.pair.now);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(crowd.pair.a.connect({Pair::b_address, 81}, {}, crowd.pair.now));
  }
  crowd.pair.pass(1s);
  EXPECT_EQ(crowd.pair.a.holdings().folded_connections, 0u) << "each is to be told: connected";
  EXPECT_EQ(crowd.pair.b.holdings().folded_connections, 0u) << "each is to be accepted";
  EXPECT_EQ(crowd.pair.b.close(listener, crowd.pair.now), Error::none);
}

TEST(Folding, EndsWithTheFirstQuestion) {
  Crowd crowd(0);
  crowd.open(50);
  const Host& a = crowd.pair.a;
  const std::uint32_t folded = a.holdings().folded_connections;
  ASSERT_GE(folded, 40u);
  EXPECT_EQ(a.info(crowd.ends[0].at_a)->state, tcp::State::established);
  EXPECT_EQ(a.holdings().folded_connections, folded - 1);
  EXPECT_EQ(a.sockets().size(), 50u);
  EXPECT_EQ(a.holdings().folded_connections, folded - 1) << "who looks at all unfolds none";
}

// Everything that may happen, to hosts that fold all they can and to hosts that fold nothing.
TEST(Folding, TellsNobody) {
  std::uint32_t folded = 0;
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    Crowd folds(static_cast<std::uint32_t>(seed % 4)), does_not(0xffff'ffff);
    Rng rng{seed}, same{seed};
    for (int turn = 0; turn < 400 && !::testing::Test::HasFailure(); ++turn) {
      folds.act(rng);
      does_not.act(same);
      folded += folds.pair.a.holdings().folded_connections;
      if (turn % 8 != 0) continue;
      ASSERT_EQ(looks_of(folds.pair.a), looks_of(does_not.pair.a)) << seed << ' ' << turn;
      ASSERT_EQ(looks_of(folds.pair.b), looks_of(does_not.pair.b)) << seed << ' ' << turn;
    }
    EXPECT_EQ(does_not.pair.a.holdings().folded_connections, 0u);
  }
  EXPECT_GT(folded, 1000u);
}

// A copy owns what it has; with options and text under way there is something to own.
TEST(Folding, IsCopied) {
  Crowd crowd(0);
  crowd.open(20);
  for (const Pair::Ends& each : crowd.ends) {
    ASSERT_EQ(crowd.pair.a.set_options(each.at_a, {.nodelay = true}, crowd.pair.now), Error::none);
  }
  for (std::size_t i = 0; i < 20; ++i) crowd.exchange(i);
  EXPECT_LE(crowd.pair.a.holdings().folded_connections, 10u) << "their timers are soon over";
  crowd.pair.pass(2s);
  crowd.open(20);
  ASSERT_GE(crowd.pair.a.holdings().folded_connections, 20u);
  Host copy = crowd.pair.a;
  EXPECT_EQ(looks_of(copy), looks_of(crowd.pair.a));
  EXPECT_GE(copy.holdings().folded_connections, 20u);
  Host assigned = crowd.pair.b;
  assigned = copy;
  EXPECT_EQ(looks_of(assigned), looks_of(copy));
  for (const Pair::Ends& each : crowd.ends) {
    (void)copy.write(each.at_a, bytes_of("only here"), crowd.pair.now);
  }
  EXPECT_NE(looks_of(assigned), looks_of(copy));
  EXPECT_EQ(looks_of(assigned), looks_of(crowd.pair.a));
}

}  // namespace
}  // namespace acksu
