// Strangers who do not see the connection and guess its numbers: every place
// that matters of the whole sequence space, and many in between.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "host/isn.h"
#include "host/ports.h"
#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

// Offsets from a number: all near it and near `edges`, and the rest of the
// space in steps.
std::vector<std::uint32_t> offsets(const std::vector<std::uint32_t>& edges) {
  std::vector<std::uint32_t> all;
  for (const std::uint32_t edge : edges) {
    for (std::uint32_t i = 0; i < 41; ++i) all.push_back(edge + i - 20);
  }
  constexpr std::uint32_t step = 0x1'0001;  // 65,535 places
  for (std::uint64_t place = 0; place < 0x1'0000'0000; place += step)
    all.push_back(static_cast<std::uint32_t>(place));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Settings large_window() {
  Settings settings;
  settings.receive_buffer = 4 << 20;
  return settings;
}

// SECURITY B3: of all numbers one resets.
TEST(Guesses, OneNumberOfAllResets) {
  Lone end({}, large_window());
  end.establish();
  const Connection before = *end.connection;
  const std::uint32_t window = end.info().rcv.wnd;
  std::vector<std::uint32_t> hits;
  for (const std::uint32_t offset : offsets({0, window, 0x8000'0000})) {
    end.hear("RST", static_cast<std::int32_t>(offset), 0);
    if (end.state() == State::established) continue;
    hits.push_back(offset);
    end.connection = before;
  }
  EXPECT_EQ(hits, std::vector<std::uint32_t>{0});
  EXPECT_LE(end.hear_said().size(), 1u) << "one challenge, however many guesses";
}

// SECURITY B4: no SYN does anything, and few are answered.
TEST(Guesses, NoSynEndsAConnection) {
  Lone end({}, large_window());
  end.establish();
  const std::uint32_t window = end.info().rcv.wnd;
  std::size_t said = 0;
  for (const char* flags : {"SYN", "SYN+ACK"}) {
    for (const std::uint32_t offset : offsets({0, window, 0x8000'0000})) {
      end.hear(flags, static_cast<std::int32_t>(offset), 0);
      ASSERT_EQ(end.state(), State::established) << offset;
      said += end.hear_said().size();
    }
  }
  EXPECT_EQ(said, 1u);
  EXPECT_EQ(end.hear("ACK", 0, 0, 10).drop, Drop::none);
  EXPECT_EQ(end.read(), text_from(0, 10));
}

// SECURITY B5: text comes only with an ACK of what was sent in this connection,
// a window ago at most.
TEST(Guesses, TextNeedsAnAckInItsRange) {
  for (const std::uint32_t sent : {1u, 5000u}) {
    Lone end({.window = 2000});
    end.establish();
    end.write(sent);
    for (std::int64_t acked = 0; acked < sent; acked += 1000) {
      end.hear_said();
      end.hear("ACK", 0, sent == 1 ? 0 : std::min<std::int64_t>(acked + 1000, sent));
    }
    end.desk.now += 1s;
    const Info info = end.info();
    const auto una = static_cast<std::int64_t>(info.snd.una - Seq{Lone::ours});
    const auto first = std::max<std::int64_t>(0, una - 2000);
    const Connection before = *end.connection;
    std::vector<std::int64_t> taken;
    for (const std::uint32_t offset :
         offsets({0, sent, static_cast<std::uint32_t>(first), 0x8000'0000})) {
      const auto ack = static_cast<std::int32_t>(offset);
      end.hear("ACK", 0, ack, 1);
      if (end.read().empty()) continue;
      taken.push_back(ack);
      end.connection = before;
    }
    for (const std::int64_t ack : taken) EXPECT_TRUE(ack >= first && ack <= sent) << ack;
    for (const std::int64_t edge : {first, static_cast<std::int64_t>(sent)})
      EXPECT_TRUE(std::find(taken.begin(), taken.end(), edge) != taken.end()) << edge;
  }
}

// SECURITY B13: whatever time stamps a stranger sends, the peer's own are not
// too old after it.
TEST(Guesses, ForgedTimeStampsDoNotShutThePeerOut) {
  for (const std::uint32_t ahead : {1000u, 0x4000'0000u, 0x7fff'ff00u, 0x7fff'ffffu}) {
    for (const std::int64_t seq : {-5000, -2, 1, 100, 4000, 1 << 20}) {
      for (const char* flags : {"ACK", "RST", "RST+ACK", "SYN", "FIN+ACK", "FIN", ""}) {
        for (const std::int64_t ack : {-1, 0, 1}) {
          Lone end({.timestamps = true});
          end.establish();
          Segment forged = end.segment(flags, seq, ack, 1);
          forged.options.timestamps.value += ahead;
          end.hear(forged);
          end.hear_said();
          const std::string what = flags + (' ' + std::to_string(seq));
          ASSERT_EQ(end.state(), State::established) << what;
          EXPECT_NE(end.hear("ACK", 0, 0, 1).drop, Drop::tcp_paws) << what << ' ' << ahead;
        }
      }
    }
  }
}

// SECURITY B7: challenges that are not sent cost nothing.
TEST(Guesses, ChallengesThatAreNotSentKeepNothing) {
  Lone end;
  end.establish();
  const auto blocks = end.desk.pool.live_blocks();
  const auto held = end.desk.memory.held();
  for (int i = 0; i < 100'000; ++i) end.hear("RST", 1 + i % 1000, 0);
  end.hear_said();
  EXPECT_EQ(end.desk.pool.live_blocks(), blocks);
  EXPECT_EQ(end.desk.memory.held(), held);
  EXPECT_EQ(end.desk.counters.challenge_acks, 1u);
}

// SECURITY B1: whoever sees the numbers of its own connections knows nothing
// about those of others.
TEST(Guesses, InitialNumbersOfOthersAreAsGoodAsRandom) {
  const InitialNumberSource source(SipKey{0x0123, 0x4567});
  const int draws = 200'000;  // of 10^6
  int near = 0;
  std::vector<std::uint16_t> buckets(1 << 16);
  for (int i = 0; i < draws; ++i) {
    const auto address = static_cast<std::uint32_t>(0x0a00'0000 + i / 50'000);
    const FourTuple own{{IpAddress::v4(10, 9, 9, 9), static_cast<std::uint16_t>(1024 + i % 50'000)},
                        {IpAddress::v4(192, 0, 2, 1), 80}};
    FourTuple victim = own;
    victim.local.address = IpAddress::v4(address);
    const Instant now{4us * i};
    const Seq seen = source.numbers_for(own, now).iss, hidden = source.numbers_for(victim, now).iss;
    near += std::abs(static_cast<std::int64_t>(hidden - seen)) <= 0x1'0000 ? 1 : 0;
    ++buckets[(hidden - static_cast<std::uint32_t>(i)).value() >> 16];
  }
  EXPECT_LT(near, 24) << "6.1 by chance";
  double chi_squared = 0;
  const double expected = draws / 65536.0;
  for (const std::uint16_t count : buckets)
    chi_squared += (count - expected) * (count - expected) / expected;
  EXPECT_LT(std::abs(chi_squared - 65'535), 6 * std::sqrt(2 * 65'535.0)) << "of 65,535 degrees";
}

// SECURITY B1: of one name they rise, so that a connection reborn is told from
// the one before.
TEST(Guesses, InitialNumbersOfOneNameRise) {
  const InitialNumberSource source(SipKey{0x0123, 0x4567});
  const FourTuple tuple{{IpAddress::v4(10, 0, 0, 1), 4000}, {IpAddress::v4(10, 0, 0, 2), 80}};
  Seq last = source.numbers_for(tuple, Instant{}).iss;
  for (int i = 1; i < 200'000; ++i) {
    const Seq next = source.numbers_for(tuple, Instant{1ms * i}).iss;
    ASSERT_EQ(next - last, 250);
    last = next;
  }
}

// SECURITY B2: a guess of the next port hits no more often than any other.
TEST(Guesses, ThePortThatIsGuessedBestIsNoBetter) {
  EphemeralPorts ports(SipKey{3, 4}, 32768, 60999);
  const Endpoint remote{IpAddress::v4(10, 0, 0, 2), 80};
  // Guesses: the last one and a few more, the same again, and what once came
  // after it.
  std::vector<std::uint16_t> next_of(65536);
  int hits = 0, guesses = 0;
  std::uint16_t last = ports.next(IpAddress::v4(10, 0, 0, 1), remote);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint16_t port = ports.next(IpAddress::v4(10, 0, 0, 1), remote);
    for (std::uint16_t step = 0; step < 4; ++step, ++guesses) hits += last + step == port ? 1 : 0;
    if (next_of[last] != 0) ++guesses, hits += next_of[last] == port ? 1 : 0;
    next_of[last] = port;
    last = port;
  }
  const double by_chance = guesses / static_cast<double>(ports.size());
  EXPECT_LT(hits, by_chance + 6 * std::sqrt(by_chance));
}

// SECURITY B19, C6: a peer that names one octet gets segments of a sensible
// size.
TEST(Guesses, APeerOfOneOctetASegmentCostsFewPackets) {
  Desk desk;
  Agreement agreement;
  for (const std::uint16_t mss : {std::uint16_t{1}, std::uint16_t{8}, std::uint16_t{48}}) {
    SegmentOptions options;
    options.mss = mss;
    agreement = agree(options, desk.settings);
    EXPECT_LE((1u << 20) / (agreement.peer_mss - timestamp_option_bytes), 5'000u) << mss;
  }
}

// SECURITY C15: every pair of a space of 256 numbers, as a plain count along
// the circle says.
TEST(Guesses, EveryPairOfASmallSpaceComparesAlongTheShorterWay) {
  constexpr std::uint32_t unit = 1u << 24;
  for (std::uint32_t x = 0; x < 256; ++x) {
    for (std::uint32_t y = 0; y < 256; ++y) {
      const Seq one{x * unit}, two{y * unit};
      const std::uint32_t way = (y - x) & 0xff;  // from one on to two
      if (way == 128) continue;                  // as far the other way
      EXPECT_EQ(is_after(two, one), way > 0 && way < 128) << x << ' ' << y;
      EXPECT_EQ(is_at_or_before(one, two), way < 128) << x << ' ' << y;
      EXPECT_EQ(later(one, two), way < 128 ? two : one);
      EXPECT_EQ(one + (y - x) * unit, two);
      for (const std::uint32_t size : {0u, 1u, 127u, 255u})
        EXPECT_EQ(is_within(two, one, size * unit), way < size) << x << ' ' << y << ' ' << size;
    }
  }
}

}  // namespace
}  // namespace acksu::tcp
