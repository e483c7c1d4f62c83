// Runs of segments are judged once; nobody can tell that from outside.
#include "host/runs.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "host/pair_test.h"

namespace acksu {
namespace {

std::uint64_t taken_along(const Host& host) { return host.counters().tcp.segments_continued; }

std::vector<Frame> said_by(Host& host, Instant now) {
  std::vector<Frame> frames;
  host.emit(0, frames, 256, now);
  return frames;
}

// What a host is, but for how often segments were taken along, and what it says next.
std::string story_of(Host host, Instant now) {
  std::string story;
  for (const Frame& frame : said_by(host, now)) {
    for (const std::uint8_t octet : frame.bytes.flatten()) story += static_cast<char>(octet);
    story += '\n';
  }
  tcp::Counters counters = host.counters().tcp;
  for (const tcp::CounterName& counter : tcp::counter_names) {
    if (counter.value == &tcp::Counters::segments_continued) continue;
    story += std::string{counter.name} + ' ' + std::to_string(counters.*counter.value) + '\n';
  }
  Digest digest;
  host.digest(digest);
  return story + std::to_string(digest.value());
}

// Loses, repeats and exchanges some of what is under way, by the seed.
void disturb(std::vector<Frame>& frames, Rng& rng) {
  std::vector<Frame> arriving;
  for (Frame& frame : frames) {
    if (rng.below(12) == 0) continue;
    if (rng.below(12) == 0) arriving.push_back(frame);
    arriving.push_back(std::move(frame));
    const std::size_t count = arriving.size();
    if (count > 1 && rng.below(12) == 0) std::swap(arriving[count - 1], arriving[count - 2]);
  }
  frames = std::move(arriving);
}

// To one copy of the host all of it comes at once, to another one after another.
void expect_the_same_of_both(Host& host, const std::vector<Frame>& frames, Instant now) {
  Host apart = host;
  std::vector<Frame> burst = frames;
  host.absorb(0, burst, now);
  for (const Frame& frame : frames) {
    std::vector<Frame> one{frame};
    apart.absorb(0, one, now);
  }
  EXPECT_EQ(story_of(host, now), story_of(apart, now));
}

std::string text_of_run(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

TEST(Runs, AreTakenAlong) {
  Pair pair;
  const Pair::Ends ends = pair.establish();
  const std::string text = text_of_run(10 * 1448);  // the initial window
  ASSERT_EQ(*pair.a.write(ends.at_a, bytes_of(text), pair.now), text.size());
  std::vector<Frame> burst = said_by(pair.a, pair.now);
  ASSERT_EQ(burst.size(), 10u);
  const std::uint64_t in_before = pair.b.counters().tcp.segments_in;
  expect_the_same_of_both(pair.b, burst, pair.now);
  EXPECT_EQ(taken_along(pair.b), 9u);
  EXPECT_EQ(pair.b.counters().tcp.segments_in, in_before + 10);
  EXPECT_EQ(pair.read(pair.b, ends.at_b), text);
  EXPECT_EQ(pair.b.info(ends.at_b)->segments_in, 11u) << "and the ACK of the handshake";
}

// What is no run: another connection's segments between, a FIN, an ACK of more, another window.
TEST(Runs, EndWhereAnythingElseIsSaid) {
  Pair pair;
  const Pair::Ends one = pair.establish(80), other = pair.establish(81);
  const std::string text = text_of_run(1448);
  ASSERT_EQ(*pair.a.write(one.at_a, bytes_of(text), pair.now), text.size());
  std::vector<Frame> burst = said_by(pair.a, pair.now);
  ASSERT_EQ(*pair.a.write(other.at_a, bytes_of(text), pair.now), text.size());
  for (Frame& frame : said_by(pair.a, pair.now)) burst.push_back(std::move(frame));
  ASSERT_EQ(*pair.a.write(one.at_a, bytes_of(text), pair.now), text.size());
  ASSERT_EQ(pair.a.shutdown_write(one.at_a, pair.now), Error::none);
  for (Frame& frame : said_by(pair.a, pair.now)) burst.push_back(std::move(frame));
  ASSERT_GE(burst.size(), 3u);
  expect_the_same_of_both(pair.b, burst, pair.now);
  EXPECT_EQ(taken_along(pair.b), 0u);
  EXPECT_EQ(pair.read(pair.b, one.at_b), text + text);
}

// Text both ways over a wire that loses, repeats and overtakes; small buffers, that are full at
// times.
TEST(Runs, TellNobodyThatTheyWere) {
  std::uint64_t along = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng{seed};
    HostSettings of_b = Pair::settings(2);
    if (seed % 3 == 1) of_b.tcp.receive_buffer = 20'000;
    if (seed % 3 == 2) of_b.max_memory_bytes = 40'000;
    if (seed % 5 == 0) of_b.tcp.sack = false;
    if (seed % 7 == 0) of_b.tcp.timestamps = false;
    Pair pair{Pair::settings(1), of_b};
    const Pair::Ends ends = pair.establish();
    const std::string text = text_of_run(50'000);
    for (int turn = 0; turn < 40 && !::testing::Test::HasFailure(); ++turn) {
      (void)pair.a.write(ends.at_a, bytes_of(text), pair.now);
      if (rng.below(4) == 0) (void)pair.b.write(ends.at_b, bytes_of(text).first(3000), pair.now);
      if (rng.below(3) == 0) (void)pair.read(pair.b, ends.at_b, 5000);
      if (rng.below(3) == 0) (void)pair.read(pair.a, ends.at_a);
      for (Host* host : {&pair.a, &pair.b}) {
        Host& peer = host == &pair.a ? pair.b : pair.a;
        std::vector<Frame> frames = said_by(*host, pair.now);
        disturb(frames, rng);
        if (!frames.empty()) expect_the_same_of_both(peer, frames, pair.now);
      }
      pair.now += std::chrono::milliseconds(rng.below(5));
      const Instant next = earliest(pair.a.deadline(), pair.b.deadline());
      if (rng.below(3) == 0 && next != never) pair.now = std::max(pair.now, next);
      for (Host* host : {&pair.a, &pair.b}) {
        if (host->deadline() <= pair.now) host->on_time(pair.now);
      }
    }
    along += taken_along(pair.b);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(along, 300u);
}

}  // namespace
}  // namespace acksu
