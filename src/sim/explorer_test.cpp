// The explorer finds nothing where nothing is wrong, and whatever is, by the shortest way.
#include "sim/explorer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/explored_story.h"

namespace acksu::sim {
namespace {

ExploreSettings without_faults() {
  ExploreSettings settings;
  settings.opening = ExploredOpening::passive;
  settings.may_abort = false;
  return settings;
}

ExploreCounts explore_all(const ExploreSettings& settings) {
  Explorer explorer{settings};
  explorer.begin();
  while (explorer.advance(1'000'000)) {
  }
  EXPECT_FALSE(explorer.found()) << tell(*explorer.found(), settings).ladder;
  EXPECT_TRUE(explorer.is_done());
  return explorer.counts();
}

// ---- What is well

TEST(Explorer, FindsNothingWhereNothingIsLost) {
  const ExploreCounts counts = explore_all(without_faults());
  EXPECT_GT(counts.states, 500u);
  EXPECT_GT(counts.transitions, counts.states);
  EXPECT_GT(counts.executions, static_cast<double>(counts.transitions));
  EXPECT_GT(counts.ended, 0u);
}

// RFC 9293 MUST-10: simultaneous open
TEST(Explorer, FindsNothingWhereSynsCross) {
  ExploreSettings settings = without_faults();
  settings.opening = ExploredOpening::crossing;
  explore_all(settings);
}

TEST(Explorer, FindsNothingWhereASegmentIsLostAndATimerComesEarly) {
  ExploreSettings settings = without_faults();
  settings.drops = 1;
  settings.time_outs = 1;
  const ExploreCounts counts = explore_all(settings);
  EXPECT_GT(counts.states, 50'000u);
}

TEST(Explorer, FindsNothingWhereWindowsCloseAndTextIsSelectivelyAcknowledged) {
  ExploreSettings settings = without_faults();
  settings.data = 1;
  settings.window_bytes = settings.text_bytes;
  settings.is_sack_on = true;
  explore_all(settings);
}

TEST(Explorer, CountsTheSameAgain) {
  ExploreSettings settings = without_faults();
  settings.drops = 2;
  const ExploreCounts first = explore_all(settings), second = explore_all(settings);
  EXPECT_EQ(first.states, second.states);
  EXPECT_EQ(first.transitions, second.transitions);
  EXPECT_EQ(first.executions, second.executions);
}

TEST(Explorer, PartsHaveAllExecutionsOfTheWhole) {
  ExploreSettings settings = without_faults();
  settings.drops = 1;
  const double whole = explore_all(settings).executions;
  Explorer explorer{settings};
  EXPECT_EQ(explorer.counts().executions, 0) << "it has not begun";
  const Parts parts = explorer.split(12);
  EXPECT_GE(parts.parts.size(), 12u);
  double sum = parts.executions_before;
  for (const Part& part : parts.parts) {
    Explorer alone{settings};
    const Parts same = alone.split(12);
    alone.begin(same.parts[static_cast<std::size_t>(&part - parts.parts.data())]);
    while (alone.advance(1'000'000)) {
    }
    sum += part.ways * alone.counts().executions;
  }
  EXPECT_EQ(sum, whole);
}

// ---- What is not

CounterExample find(const ExploreSettings& settings) {
  Explorer explorer{settings};
  explorer.begin();
  while (explorer.advance(1'000'000)) {
  }
  EXPECT_TRUE(explorer.found());
  const auto shortest = find_shortest(settings, 1'000'000);
  EXPECT_TRUE(shortest);
  return shortest.value_or(CounterExample{});
}

// RFC 9293 3.6 figure 13: simultaneous close
TEST(Explorer, RefutesAClaimByTheShortestWay) {
  ExploreSettings settings = without_faults();
  settings.never_first = settings.never_second = tcp::State::closing;
  const CounterExample example = find(settings);
  EXPECT_EQ(example.promise, "the claim is refuted: CLOSING meets CLOSING");
  // Open, listen, three segments, two closes, two FINs.
  EXPECT_EQ(example.steps.size(), 9u);
  EXPECT_TRUE(example.is_shortest);
  const Story story = tell(example, settings);
  EXPECT_TRUE(story.is_true) << story.ladder;
  EXPECT_NE(story.ladder.find("FIN-WAIT-1 → CLOSING"), std::string::npos) << story.ladder;
  EXPECT_NE(story.scripts[0].find("+0 > F. 1:1(0) ack 1"), std::string::npos) << story.scripts[0];
  EXPECT_NE(story.scripts[1].find("+0 < F. 1:1(0) ack 1"), std::string::npos) << story.scripts[1];
}

constexpr std::size_t ip_bytes = 20, ack_at = ip_bytes + 8, flags_at = ip_bytes + 13,
                      sum_at = ip_bytes + 16;

std::uint32_t word_of(const std::uint8_t* packet, std::size_t place) {
  return static_cast<std::uint32_t>(packet[place] << 8 | packet[place + 1]);
}

// RFC 1624: the sum when a word becomes another.
void change_word(std::uint8_t* packet, std::size_t place, std::uint32_t word) {
  std::uint32_t sum =
      (~word_of(packet, sum_at) & 0xffffu) + (~word_of(packet, place) & 0xffffu) + word;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  packet[place] = static_cast<std::uint8_t>(word >> 8);
  packet[place + 1] = static_cast<std::uint8_t>(word);
  packet[sum_at] = static_cast<std::uint8_t>(~sum >> 8);
  packet[sum_at + 1] = static_cast<std::uint8_t>(~sum);
}

// Never lets a FIN pass: more losses than any bound.
bool swallow_fins(std::uint8_t* packet, std::size_t) {
  return (packet[flags_at] & Flags::fin) == 0;
}

TEST(Explorer, FindsThatNobodyHearsOfTheEnd) {
  ExploreSettings settings = without_faults();
  settings.fault = swallow_fins;
  const CounterExample example = find(settings);
  EXPECT_LT(example.fair_from, example.steps.size()) << "all goes well, and still";
  EXPECT_TRUE(tell(example, settings).is_true);
}

// Acknowledges the FIN that was not yet sent, or did not arrive.
bool acknowledge_too_much(std::uint8_t* packet, std::size_t) {
  const bool is_pure_ack = packet[flags_at] == Flags::ack;
  if (is_pure_ack) change_word(packet, ack_at + 2, (word_of(packet, ack_at + 2) + 1) & 0xffff);
  return true;
}

TEST(Explorer, FindsThatWhatWasNeverHeardCountsAsAcknowledged) {
  ExploreSettings settings = without_faults();
  settings.fault = acknowledge_too_much;
  const CounterExample example = find(settings);
  EXPECT_FALSE(example.promise.empty());
  const Story story = tell(example, settings);
  EXPECT_TRUE(story.is_true) << story.ladder;
}

// Reads a byte where another was written.
bool change_text(std::uint8_t* packet, std::size_t bytes) {
  if (bytes > ip_bytes + 20 && (packet[flags_at] & Flags::syn) == 0) {
    change_word(packet, bytes - 2, word_of(packet, bytes - 2) ^ 0x0101);
  }
  return true;
}

TEST(Explorer, FindsThatTextIsNotWhatWasWritten) {
  ExploreSettings settings = without_faults();
  settings.data = 1;
  settings.fault = change_text;
  const CounterExample example = find(settings);
  EXPECT_NE(example.promise.find("is not the byte written"), std::string::npos) << example.promise;
  EXPECT_TRUE(tell(example, settings).is_true);
}

}  // namespace
}  // namespace acksu::sim
