// What an application is told of a silent peer, and how long it waits: R1, R2, the user time-out
// and linger, through the calls of a host.
#include <gtest/gtest.h>

#include "host/host.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

using tcp::State;

// RFC 9293 SHLD-9, SHLD-10, MUST-47: R1 is told once a connection is silent, and goes on; who does
// not look at events misses nothing (SHLD-20).
TEST(Patience, AnApplicationIsToldThatNobodyAnswers) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  pair.news(pair.a, at_a);
  pair.passes = [](const Frame&, bool) { return false; };
  EXPECT_TRUE(pair.a.write(at_a, bytes_of("x"), pair.now));
  pair.pass(500ms);
  EXPECT_EQ(pair.news(pair.a, at_a) & Readiness::in_doubt, 0) << "not so soon";
  pair.pass(30s);
  const std::uint8_t news = pair.news(pair.a, at_a);
  EXPECT_NE(news & Readiness::in_doubt, 0);
  EXPECT_EQ(news & Readiness::failed, 0);
  pair.passes = [](const Frame&, bool) { return true; };
  pair.pass(2min);
  EXPECT_EQ(pair.read(pair.b, at_b), "x");
}

// RFC 9293 MUST-21: the time-out is the application's to set; it is told of the end, and why.
TEST(Patience, TheUserTimeOutEndsASilentConnection) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(pair.a.set_options(at_a, {.user_timeout = 5s}, pair.now), Error::none);
  pair.news(pair.a, at_a);
  pair.passes = [](const Frame&, bool) { return false; };
  EXPECT_TRUE(pair.a.write(at_a, bytes_of("x"), pair.now));
  pair.pass(4s);
  EXPECT_EQ(pair.state(pair.a, at_a), State::established);
  pair.pass(8s);
  EXPECT_NE(pair.news(pair.a, at_a) & Readiness::failed, 0);
  EXPECT_EQ(pair.a.error_of(at_a), Error::timed_out);
  EXPECT_EQ(pair.state(pair.a, at_a), State::closed);
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  EXPECT_EQ(pair.a.holdings().connections, 0u);
}

TEST(Patience, LingerOfZeroResetsThePeerAtClose) {
  Pair pair;
  const auto [at_a, at_b] = pair.establish();
  EXPECT_EQ(pair.a.set_options(at_a, {.linger = Duration{0}}, pair.now), Error::none);
  EXPECT_TRUE(pair.a.write(at_a, bytes_of("lost"), pair.now));
  EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
  pair.settle();
  EXPECT_EQ(pair.b.error_of(at_b), Error::connection_reset);
  EXPECT_EQ(pair.a.holdings().connections + pair.a.holdings().time_wait, 0u) << "no TIME-WAIT";
}

// close() does not wait: what lingers is the connection, and no longer than that.
TEST(Patience, LingerBoundsHowLongAnOrphanTries) {
  for (const Duration linger : {Duration{1s}, Duration{20s}}) {
    Pair pair;
    const auto [at_a, at_b] = pair.establish();
    EXPECT_EQ(pair.a.set_options(at_a, {.linger = linger}, pair.now), Error::none);
    pair.passes = [](const Frame&, bool) { return false; };
    EXPECT_TRUE(pair.a.write(at_a, bytes_of("x"), pair.now));
    EXPECT_EQ(pair.a.close(at_a, pair.now), Error::none);
    pair.pass(linger - 1ms);
    EXPECT_EQ(pair.a.holdings().connections, 1u);
    pair.pass(1ms);
    EXPECT_EQ(pair.a.holdings().connections, 0u);
  }
}

}  // namespace
}  // namespace acksu
