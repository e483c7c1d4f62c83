// Cookies: what they keep, how long, and what it takes to forge one.
#include "tcp/cookie.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace acksu::tcp {
namespace {

constexpr std::uint32_t buffer_bytes = 512 * 1024;

struct CookieTest : testing::Test {
  Settings settings;
  Counters counters;
  BufferPool pool;
  Budget memory{1 << 20};
  Instant now{1000s};
  Cookies cookies{SipKey{1, 2}};
  Opening opening = make_opening();
  Segment syn = make_syn();

  static Opening make_opening() {
    Opening opening;
    opening.tuple = {{IpAddress::v4(10, 0, 0, 2), 80}, {IpAddress::v4(10, 0, 0, 1), 4000}};
    opening.timestamp_offset = 0xdead'0000;
    opening.mss = 1460;
    return opening;
  }
  static Segment make_syn() {
    Segment segment;
    segment.seq = Seq{123};
    segment.flags.set(Flags::syn);
    segment.options.mss = 1440;
    segment.options.window_scale = 7;
    segment.options.sack_permitted = true;
    segment.options.has_timestamps = true;
    segment.options.timestamps.value = 5000;
    return segment;
  }
  Context context() { return {now, pool, memory, settings, counters}; }
  Segment syn_ack() { return cookies.syn_ack(syn, opening, buffer_bytes, context()); }
  static Segment ack_of(const Segment& syn_ack, const Segment& syn) {
    Segment segment;
    segment.seq = syn.seq + 1;
    segment.ack = syn_ack.seq + 1;
    segment.flags.set(Flags::ack);
    segment.options.has_timestamps = syn_ack.options.has_timestamps;
    segment.options.timestamps = {5100, syn_ack.options.timestamps.value};
    return segment;
  }
  std::optional<Accepted> accept(const Segment& segment) {
    return cookies.accept(segment, opening, buffer_bytes, context());
  }
};

TEST_F(CookieTest, KeepsAllOptionsInTheTimeStamp) {
  const Segment answer = syn_ack();
  EXPECT_EQ(answer.flags.bits, Flags::syn | Flags::ack);
  EXPECT_EQ(answer.options.window_scale, 4);
  EXPECT_TRUE(answer.options.sack_permitted);
  now += 50ms;
  const auto accepted = accept(ack_of(answer, syn));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(opening.iss, answer.seq);
  EXPECT_EQ(accepted->irs, syn.seq);
  EXPECT_EQ(accepted->ts_recent, 5100u);
  EXPECT_EQ(accepted->agreement.peer_mss, 1440u);
  EXPECT_TRUE(accepted->agreement.window_scaling);
  EXPECT_EQ(accepted->agreement.send_shift, 7);
  EXPECT_EQ(accepted->agreement.receive_shift, 4);
  EXPECT_TRUE(accepted->agreement.sack);
  EXPECT_EQ(counters.cookies_accepted, 1u);
}

TEST_F(CookieTest, EveryMixOfOptionsComesBack) {
  for (std::uint8_t scale = 0; scale <= 15; ++scale) {
    for (const bool sack : {false, true}) {
      const bool has_scale = scale < 15;
      syn.options.window_scale = has_scale ? scale : SegmentOptions::no_window_scale;
      syn.options.sack_permitted = sack;
      const auto accepted = accept(ack_of(syn_ack(), syn));
      ASSERT_TRUE(accepted);
      EXPECT_EQ(accepted->agreement.sack, sack);
      EXPECT_EQ(accepted->agreement.window_scaling, has_scale);
      if (has_scale) {
        EXPECT_EQ(accepted->agreement.send_shift, std::min<int>(scale, 14));
      }
    }
  }
}

TEST_F(CookieTest, WithoutTimeStampsOnlyTheMssIsKept) {
  syn.options.has_timestamps = false;
  const Segment answer = syn_ack();
  EXPECT_EQ(answer.options.window_scale, SegmentOptions::no_window_scale);
  EXPECT_FALSE(answer.options.sack_permitted);
  const auto accepted = accept(ack_of(answer, syn));
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(accepted->agreement.window_scaling);
  EXPECT_FALSE(accepted->agreement.sack);
  EXPECT_FALSE(accepted->agreement.timestamps);
}

TEST_F(CookieTest, TheMssIsRoundedDown) {
  const std::pair<std::uint16_t, std::uint32_t> cases[] = {{300, 224},   {536, 536},   {1459, 1440},
                                                           {1460, 1460}, {9000, 8960}, {0, 536}};
  for (const auto& [offered, kept] : cases) {
    syn.options.mss = offered;
    const auto accepted = accept(ack_of(syn_ack(), syn));
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->agreement.peer_mss, kept) << offered;
  }
}

TEST_F(CookieTest, IsGoodForItsEpochAndTheNext) {
  now = Instant{640s + 63s};  // the end of an epoch
  const Segment answer = syn_ack();
  syn_ack();
  for (const auto& [wait, is_good] :
       {std::pair{Duration{0s}, true}, {Duration{2s}, true}, {Duration{64s}, true}}) {
    CookieTest* const self = this;
    const Instant then = now;
    now += wait;
    EXPECT_EQ(self->accept(ack_of(answer, syn)).has_value(), is_good) << wait.count();
    now = then;
  }
  now += 66s;  // two epochs on, but others still get cookies
  Segment other = syn;
  other.seq = Seq{9};
  cookies.syn_ack(other, opening, buffer_bytes, context());
  EXPECT_FALSE(accept(ack_of(answer, syn)));
}

TEST_F(CookieTest, TimeStampsNeverGoBackNorAhead) {
  for (std::uint32_t i = 0; i < 200; ++i) {
    now += 1ms;
    const std::uint32_t clock = timestamp_at(now, opening.timestamp_offset);
    const std::uint32_t stamp = syn_ack().options.timestamps.value;
    EXPECT_LE(static_cast<std::int32_t>(stamp - clock), 0);
    EXPECT_GT(static_cast<std::int32_t>(stamp - clock), -64);
  }
}

// SECURITY B16.
TEST_F(CookieTest, IsRefusedUnlessCookiesWereSentLately) {
  const Segment answer = syn_ack();
  Cookies other{SipKey{1, 2}};
  EXPECT_FALSE(other.accept(ack_of(answer, syn), opening, buffer_bytes, context()))
      << "the key is right, but nobody is under pressure";
  EXPECT_TRUE(cookies.is_pressed(now + 127s));
  EXPECT_FALSE(cookies.is_pressed(now + 128s));
}

// SECURITY B16.
TEST_F(CookieTest, NothingOfItCanBeChanged) {
  const Segment answer = syn_ack();
  const Segment good = ack_of(answer, syn);
  ASSERT_TRUE(accept(good));
  for (unsigned bit = 0; bit < 32; ++bit) {
    Segment forged = good;
    forged.ack = Seq{(good.ack.value() - 1) ^ (1u << bit)} + 1;
    EXPECT_FALSE(accept(forged)) << "ISS bit " << bit;
    forged = good;
    forged.seq = Seq{good.seq.value() ^ (1u << bit)};
    EXPECT_FALSE(accept(forged)) << "IRS bit " << bit;
  }
  for (unsigned bit = 0; bit < 6; ++bit) {
    Segment forged = good;
    forged.options.timestamps.echo_reply ^= 1u << bit;
    EXPECT_FALSE(accept(forged)) << "option bit " << bit;
  }
  Segment forged = good;
  forged.options.has_timestamps = false;
  EXPECT_FALSE(accept(forged));
  opening.tuple.remote.port ^= 1;
  EXPECT_FALSE(accept(good)) << "another port";
  opening.tuple.remote.port ^= 1;
  opening.tuple.remote.address = IpAddress::v4(10, 0, 0, 3);
  EXPECT_FALSE(accept(good)) << "another host";
}

// SECURITY B16.
TEST_F(CookieTest, RandomGuessesFailAndAreLimited) {
  syn_ack();
  Rng rng{42};
  Segment guess = ack_of(syn_ack(), syn);
  guess.options.has_timestamps = false;
  const std::uint32_t most = Cookies::max_failures_per_second;
  for (std::uint32_t i = 0; i < most + 100; ++i) {
    guess.ack = Seq{static_cast<std::uint32_t>(rng.next())};
    EXPECT_FALSE(accept(guess));
  }
  EXPECT_EQ(counters.cookies_refused, most + 100);
  const Segment good = ack_of(syn_ack(), syn);
  EXPECT_FALSE(accept(good)) << "unseen, until the second is over";
  now += 1s;
  EXPECT_TRUE(accept(good));
}

TEST_F(CookieTest, OtherSegmentsAreNoCookies) {
  const Segment good = ack_of(syn_ack(), syn);
  for (const std::uint16_t flag : {Flags::syn, Flags::rst}) {
    Segment other = good;
    other.flags.set(flag);
    EXPECT_FALSE(accept(other));
  }
  EXPECT_EQ(counters.cookies_refused, 0u);
}

}  // namespace
}  // namespace acksu::tcp
