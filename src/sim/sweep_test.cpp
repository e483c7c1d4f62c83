// What the sweep leaves out is nothing that it would have found: it meets what the search without
// any reduction meets, and finds the same bugs.
#include "sim/sweep.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/explored_story.h"

namespace acksu::sim::sweep_test {
namespace {

ExploreSettings lossy() {
  ExploreSettings settings;
  settings.drops = ExploreSettings::any_number;
  settings.opening = ExploredOpening::passive;
  settings.may_abort = false;
  return settings;
}

// All that promises look at.
std::string text_of(const EndFacts& facts) {
  std::string text{tcp::name(facts.state)};
  for (const bool each : {facts.is_time_out, facts.is_long_timer, facts.is_open, facts.is_deaf,
                          facts.is_over, facts.is_broken, facts.is_harsh, facts.has_ended,
                          facts.is_shut, facts.is_left, facts.has_numbers}) {
    text += each ? " 1" : " 0";
  }
  for (const std::uint32_t each : {facts.deeds, facts.written, facts.read, facts.unread}) {
    text += " " + std::to_string(each);
  }
  if (facts.has_numbers) {
    for (const Seq each : {facts.iss, facts.irs, facts.una, facts.snd_nxt, facts.rcv_nxt}) {
      text += " " + std::to_string(each.value());
    }
  }
  return text + " " + std::to_string(nanoseconds(facts.until_timer));
}

using Met = std::set<std::string>;

std::string text_of(const TwoEnds& ends, std::uint32_t a, std::uint32_t b) {
  return text_of(ends.graph(0).facts(a)) + "; " + text_of(ends.graph(1).facts(b));
}

Met met_by_sweep(const ExploreSettings& settings) {
  Sweep sweep{settings};
  while (sweep.advance(1'000'000)) {
  }
  EXPECT_FALSE(sweep.found()) << tell(*sweep.found(), settings).ladder;
  Met met;
  for (const auto& [a, b] : sweep.pairs()) met.insert(text_of(sweep.ends(), a, b));
  return met;
}

// Every situation.
Met met_by_all(const ExploreSettings& settings) {
  Explorer explorer{settings};
  explorer.begin();
  while (explorer.advance(1'000'000)) {
  }
  EXPECT_FALSE(explorer.found()) << tell(*explorer.found(), settings).ladder;
  Met met;
  for (std::uint32_t i = 0; i < explorer.states().size(); ++i) {
    const Situation situation = decode(explorer.states()[i]);
    met.insert(text_of(explorer.ends(), situation.ends[0], situation.ends[1]));
  }
  return met;
}

TEST(Sweep, MeetsAllWithoutFaults) {
  ExploreSettings settings = lossy();
  settings.may_abort = true;
  settings.opening = ExploredOpening::any;
  EXPECT_EQ(met_by_sweep(settings), met_by_all(settings));
}

TEST(Sweep, MeetsAllWithADuplicate) {
  ExploreSettings settings = lossy();
  settings.duplicates = 1;
  const Met met = met_by_sweep(settings);
  EXPECT_GT(met.size(), 500u);
  EXPECT_EQ(met, met_by_all(settings));
}

TEST(Sweep, MeetsAllWithTwoDuplicates) {
  ExploreSettings settings = lossy();
  settings.duplicates = 2;
  EXPECT_EQ(met_by_sweep(settings), met_by_all(settings));
}

TEST(Sweep, MeetsAllWithATimeOut) {
  ExploreSettings settings = lossy();
  settings.time_outs = 1;
  EXPECT_EQ(met_by_sweep(settings), met_by_all(settings));
}

// The audit runs every state of an end that another history leads to once more.
TEST(Sweep, StatesThatCountAsEqualHaveTheSameFuture) {
  ExploreSettings settings = lossy();
  settings.duplicates = 1;
  settings.audited_one_of = 1;
  met_by_sweep(settings);
}

// ---- What it has to find

CounterExample find(const ExploreSettings& settings) {
  Sweep sweep{settings};
  while (sweep.advance(1'000'000)) {
  }
  EXPECT_TRUE(sweep.found());
  return sweep.found().value_or(CounterExample{});
}

// What an equal state leads to may be one that was never met, since its clock was forgotten.
TEST(Sweep, FindsThatADigestForgetsSomething) {
  ExploreSettings settings = lossy();
  settings.duplicates = 1;
  settings.may_abort = true;
  settings.audited_one_of = 1;
  settings.forgets_the_clock = true;
  const CounterExample example = find(settings);
  EXPECT_NE(example.promise.find("equal states of an end have different futures"),
            std::string::npos)
      << example.promise;
}

// An old duplicate of the SYN opens what nobody wants any more (RFC 9293 3.5, figure 9): only where
// something may come twice.
TEST(Sweep, RefutesWhatTakesADuplicate) {
  ExploreSettings settings = lossy();
  settings.never_first = tcp::State::time_wait;
  settings.never_second = tcp::State::syn_received;
  met_by_sweep(settings);
  settings.duplicates = 1;
  const CounterExample example = find(settings);
  EXPECT_EQ(example.promise, "the claim is refuted: TIME-WAIT meets SYN-RECEIVED");
  const Story story = tell(example, settings);
  EXPECT_TRUE(story.is_true) << story.ladder;
  EXPECT_NE(story.ladder.find("once more"), std::string::npos) << story.ladder;
  EXPECT_NE(story.scripts[1].find("+0 < S "), std::string::npos) << story.scripts[1];
}

constexpr std::size_t flags_at = 20 + 13;

// Never lets a FIN pass.
bool swallow_every_fin(std::uint8_t* packet, std::size_t) {
  return (packet[flags_at] & Flags::fin) == 0;
}

TEST(Sweep, FindsThatNobodyHearsOfTheEnd) {
  ExploreSettings settings = lossy();
  settings.time_outs = 1;
  settings.fault = swallow_every_fin;
  const CounterExample example = find(settings);
  EXPECT_LT(example.fair_from, example.steps.size()) << "all goes well, and still";
  EXPECT_TRUE(tell(example, settings).is_true);
}

}  // namespace
}  // namespace acksu::sim::sweep_test
