// Fast Open: cookies of a server, and what a client remembers.
#include "tcp/fast_open.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tcp/desk_test.h"

namespace acksu::tcp {
namespace {

constexpr IpAddress peer = IpAddress::v4(10, 0, 0, 7);

FastOpenOption option_of(std::vector<std::uint8_t> cookie) { return *FastOpenOption::of(cookie); }

FourTuple to(std::uint8_t server) {
  return {{IpAddress::v4(10, 0, 0, 1), 40000}, {IpAddress::v4(10, 0, 0, server), 80}};
}

// RFC 7413 4.1.2 (a), (b): bound to the address, and to a key that changes.
TEST(FastOpenKeys, ACookieIsGoodForItsAddressAndForTwoEpochs) {
  const FastOpenKeys keys(SipKey{1, 2});
  Settings settings;
  settings.fast_open_key_life = 1h;
  const Instant now = Instant{} + 90min;
  using enum FastOpenKeys::Verdict;
  const FastOpenOption cookie = keys.cookie_for(peer, now, settings);
  EXPECT_EQ(cookie.cookie().size(), 8u);
  EXPECT_EQ(keys.judge(cookie, peer, now + 29min, settings), good);
  EXPECT_EQ(keys.judge(cookie, peer, now + 30min, settings), old);
  EXPECT_EQ(keys.judge(cookie, peer, now + 89min, settings), old);
  EXPECT_EQ(keys.judge(cookie, peer, now + 90min, settings), bad);
  EXPECT_EQ(keys.judge(cookie, IpAddress::v4(10, 0, 0, 8), now, settings), bad);
  EXPECT_EQ(FastOpenKeys(SipKey{1, 3}).judge(cookie, peer, now, settings), bad);
}

// So that servers that share a key take each other's, Linux's among them.
TEST(FastOpenKeys, OfASharedKeyIsWhatLinuxMakesOfIt) {
  Settings settings;
  settings.fast_open_key = SipKey{0xb2b2'b2b2'a1a1'a1a1, 0xd4d4'd4d4'c3c3'c3c3};
  const FastOpenKeys keys(SipKey{1, 2});
  const FastOpenEnds ends{IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 168, 0, 1)};
  const FastOpenOption cookie = keys.cookie_for(ends, Instant{}, settings);
  EXPECT_EQ(cookie, option_of({0x30, 0x21, 0xb9, 0xd8, 0x89, 0x01, 0x7e, 0xeb}));
  EXPECT_EQ(keys.judge(cookie, ends, Instant{} + 24h, settings), FastOpenKeys::Verdict::good);
  const FastOpenEnds other{ends.peer, IpAddress::v4(192, 168, 0, 2)};
  EXPECT_EQ(keys.judge(cookie, other, Instant{}, settings), FastOpenKeys::Verdict::bad);
}

TEST(FastOpenKeys, AnythingElseIsNoCookie) {
  const FastOpenKeys keys(SipKey{1, 2});
  const Settings settings;
  const Instant now = Instant{} + 1h;
  const FastOpenOption cookie = keys.cookie_for(peer, now, settings);
  const std::vector<std::uint8_t> bytes(cookie.cookie().begin(), cookie.cookie().end());
  EXPECT_EQ(keys.judge(option_of({}), peer, now, settings), FastOpenKeys::Verdict::bad);
  for (std::size_t size = 4; size <= 16; size += 2) {
    std::vector<std::uint8_t> other = bytes;
    other.resize(size);
    if (size == bytes.size()) continue;
    EXPECT_EQ(keys.judge(option_of(other), peer, now, settings), FastOpenKeys::Verdict::bad);
  }
  for (std::size_t bit = 0; bit < 64; ++bit) {
    std::vector<std::uint8_t> other = bytes;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_EQ(keys.judge(option_of(other), peer, now, settings), FastOpenKeys::Verdict::bad);
  }
}

class FastOpenCacheTest : public testing::Test {
 protected:
  void answer(std::uint8_t server, const FastOpenCache::Answer& said) {
    Context context = desk.context();
    const FourTuple tuple = to(server);
    context.tuple = &tuple;
    cache.on_answer(said, context);
  }
  void learn(std::uint8_t server) {
    answer(server,
           {.option = cookie, .mss = 1400, .was_text_sent = false, .was_text_taken = false});
  }

  void lose(std::uint8_t server) {
    Context context = desk.context();
    const FourTuple tuple = to(server);
    context.tuple = &tuple;
    cache.on_lost(context);
  }

  Desk desk;
  FastOpenCache cache{SipKey{5, 6}};
  Settings& settings = desk.settings;
  Counters& counters = desk.counters;
  Instant& now = desk.now;
  std::optional<FastOpenCache::Attempt> attempt(const FourTuple& tuple, Instant at) const {
    return cache.attempt(tuple, at, settings);
  }
  const FastOpenOption cookie = option_of({1, 2, 3, 4, 5, 6, 7, 8});
};

TEST_F(FastOpenCacheTest, AsksWhoIsNotKnownAndRemembersCookieAndMss) {
  EXPECT_TRUE(attempt(to(2), now)->option.is_request());
  learn(2);
  EXPECT_EQ(attempt(to(2), now)->option, cookie);
  EXPECT_EQ(attempt(to(2), now)->mss, 1400);
  EXPECT_TRUE(attempt(to(3), now)->option.is_request());
  FourTuple from_elsewhere = to(2);  // RFC 7413 4.1.3: by both addresses
  from_elsewhere.local.address = IpAddress::v4(10, 0, 0, 9);
  EXPECT_TRUE(attempt(from_elsewhere, now)->option.is_request());
}

TEST_F(FastOpenCacheTest, WhoGivesNoCookieTakesNoPlace) {
  answer(2, {.option = {}, .mss = 1400, .was_text_sent = false, .was_text_taken = false});
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(FastOpenCacheTest, TheOneHeardOfLongestAgoGivesWay) {
  settings.max_fast_open_cookies = 3;
  for (std::uint8_t server = 2; server <= 4; ++server) learn(server);
  learn(2);
  learn(5);
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(counters.fast_open_evicted, 1u);
  EXPECT_TRUE(attempt(to(3), now)->option.is_request());
  EXPECT_EQ(attempt(to(2), now)->option, cookie);
  settings.max_fast_open_cookies = 0;
  learn(6);
  EXPECT_TRUE(attempt(to(6), now)->option.is_request());
}

// RFC 7413 4.1.3.1
TEST_F(FastOpenCacheTest, ALossIsAPauseThatGrows) {
  settings.fast_open_pause = 10min;
  settings.max_fast_open_pause = 30min;
  learn(2);
  for (const Duration pause : {10min, 20min, 30min, 30min}) {
    lose(2);
    EXPECT_FALSE(attempt(to(2), now + pause - 1ms));
    EXPECT_EQ(attempt(to(2), now + pause)->option, cookie);
    now += pause;
  }
  EXPECT_EQ(counters.fast_open_lost, 4u);
  // Only the answer was lost: the text had arrived.
  lose(2);
  answer(2, {.option = {}, .mss = 1400, .was_text_sent = true, .was_text_taken = true});
  EXPECT_EQ(attempt(to(2), now)->option, cookie);
  lose(2);
  EXPECT_TRUE(attempt(to(2), now + 10min));  // it begins anew
}

TEST_F(FastOpenCacheTest, TextThatWasNotTakenIsAPauseUnlessThereIsABetterCookie) {
  learn(2);
  answer(2, {.option = {}, .mss = 1400, .was_text_sent = true, .was_text_taken = false});
  EXPECT_FALSE(attempt(to(2), now));
  const FastOpenOption better = option_of({8, 7, 6, 5});
  answer(2, {.option = better, .mss = 1200, .was_text_sent = true, .was_text_taken = false});
  EXPECT_EQ(attempt(to(2), now)->option, better);
  EXPECT_EQ(attempt(to(2), now)->mss, 1200);
  EXPECT_EQ(counters.fast_open_refused, 2u);
}

// RFC 7413 appendix A, once, where that is wanted.
TEST_F(FastOpenCacheTest, WhoIgnoresTheWishIsAskedOnceByTheExperimentalKind) {
  settings.fast_open_tries_experiment = true;
  const FastOpenOption wish = *FastOpenOption::of({});
  const auto ignore = [&](const FastOpenOption& said) {
    answer(2, {.said = said, .option = {}, .mss = 1400});
  };
  EXPECT_FALSE(attempt(to(2), now)->option.is_experimental());
  ignore(wish);
  EXPECT_TRUE(attempt(to(2), now)->option.is_experimental());
  EXPECT_TRUE(attempt(to(2), now)->option.is_request());
  ignore(wish.as_experimental());
  EXPECT_FALSE(attempt(to(2), now)->option.is_experimental());
  ignore(wish);
  EXPECT_FALSE(attempt(to(2), now)->option.is_experimental());
  learn(2);
  EXPECT_EQ(attempt(to(2), now)->option, cookie);
}

TEST_F(FastOpenCacheTest, WhoAsksForNoCookieSaysNothingAndKeepsNone) {
  settings.fast_open_asks_no_cookie = true;
  EXPECT_FALSE(attempt(to(2), now)->option.is_given());
  answer(2,
         {.said = {}, .option = cookie, .mss = 900, .was_text_sent = true, .was_text_taken = true});
  EXPECT_EQ(attempt(to(2), now)->mss, 900);
  settings.fast_open_asks_no_cookie = false;
  EXPECT_TRUE(attempt(to(2), now)->option.is_request());
}

TEST_F(FastOpenCacheTest, ForgetsAllAtOnce) {
  learn(2);
  learn(3);
  cache.forget_all();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_TRUE(attempt(to(2), now)->option.is_request());
  learn(2);
  EXPECT_EQ(attempt(to(2), now)->option, cookie);
}

// Of IPv6 all of both addresses, in the order of the wire, make the cookie.
TEST(FastOpenKeys, OfASharedKeyTheWholeAddressesCount) {
  Settings settings;
  settings.fast_open_key = SipKey{1, 2};
  const FastOpenKeys keys(SipKey{3, 4});
  const IpAddress client{0x2001'0db8'0000'0001, 7}, server{0x2001'0db8'0000'0002, 9};
  const FastOpenOption cookie = keys.cookie_for({client, server}, Instant{}, settings);
  std::array<std::uint8_t, 32> addresses{};
  store_be64(&addresses[0], client.high());
  store_be64(&addresses[8], client.low());
  store_be64(&addresses[16], server.high());
  store_be64(&addresses[24], server.low());
  std::array<std::uint8_t, 8> expected{};
  for (std::size_t i = 0; i < 8; ++i)
    expected[i] = static_cast<std::uint8_t>(siphash_2_4(SipKey{1, 2}, Bytes{addresses}) >> 8 * i);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), cookie.cookie().begin()));
  const FastOpenEnds others[] = {{IpAddress{client.high() + 1, client.low()}, server},
                                 {IpAddress{client.high(), client.low() + 1}, server},
                                 {client, IpAddress{server.high() + 1, server.low()}},
                                 {client, IpAddress{server.high(), server.low() + 1}}};
  for (const FastOpenEnds& ends : others) {
    EXPECT_EQ(keys.judge(cookie, ends, Instant{}, settings), FastOpenKeys::Verdict::bad);
  }
}

}  // namespace
}  // namespace acksu::tcp
