// Situations and their tables as values.
#include "sim/situation.h"

#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"
#include "sim/covering.h"
#include "sim/state_table.h"

namespace acksu::sim::situation_test {
namespace {

std::vector<std::uint8_t> bytes_of(const Situation& situation) {
  std::vector<std::uint8_t> bytes;
  encode(situation, true, bytes);
  return bytes;
}

Situation random_situation(Rng& rng) {
  Situation situation;
  for (std::uint32_t& each : situation.ends) each = static_cast<std::uint32_t>(rng.below(100'000));
  for (PacketBag& bag : situation.under_way) {
    for (std::uint64_t left = rng.below(10); left > 0; --left) {
      bag.add({static_cast<std::uint32_t>(rng.below(300)), rng.below(4) == 0});
    }
  }
  situation.drops = static_cast<std::uint8_t>(rng.below(3));
  situation.duplicates = static_cast<std::uint8_t>(rng.below(3));
  situation.time_outs[1] = static_cast<std::uint8_t>(rng.below(3));
  return situation;
}

TEST(Situation, IsReadAsItWasWritten) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const auto bytes = bytes_of(random_situation(rng));
    EXPECT_EQ(bytes_of(decode(bytes)), bytes);
  }
}

TEST(PacketBag, KeepsNoOrderButItsOwn) {
  PacketBag one, other;
  for (const std::uint32_t each : {7u, 3u, 7u}) one.add({each, false});
  for (const std::uint32_t each : {3u, 7u, 7u}) other.add({each, false});
  EXPECT_TRUE(std::equal(one.entries().begin(), one.entries().end(), other.entries().begin()));
  EXPECT_TRUE(one.is_repeated(2));
  EXPECT_EQ(one.fresh(), 3u);
  one.take(0, true);  // has arrived, and may come once more
  EXPECT_EQ(one.fresh(), 2u);
  EXPECT_EQ(one.size(), 3u);
  one.take(1, true);
  one.take(1, true);  // the second of the same: once more is once more
  EXPECT_EQ(one.size(), 2u);
  one.forget_arrived();
  EXPECT_EQ(one.size(), 0u);
}

TEST(StateTable, IsASet) {
  Rng rng(2);
  StateTable table;
  std::map<std::vector<std::uint8_t>, std::uint32_t> model;
  for (int i = 0; i < 50'000; ++i) {
    std::vector<std::uint8_t> state(rng.below(4));
    for (std::uint8_t& each : state) each = static_cast<std::uint8_t>(rng.below(30));
    const auto [place, is_new] = model.emplace(state, table.size());
    const StateTable::Place found = table.insert(state);
    ASSERT_EQ(found.is_new, is_new);
    ASSERT_EQ(found.number, place->second);
  }
  for (const auto& [state, number] : model) {
    ASSERT_TRUE(table.has(state));
    const Bytes kept = table[number];
    ASSERT_TRUE(std::equal(kept.begin(), kept.end(), state.begin(), state.end()));
  }
}

TEST(Covering, IsByMoreUnderWayAndMoreLeft) {
  Covering covering;
  Situation situation;
  situation.duplicates = 1;
  situation.under_way[0].add({4, false});
  EXPECT_FALSE(covering.find(situation));
  covering.add(situation, 0);
  EXPECT_EQ(covering.find(situation), 0u);

  Situation smaller = situation;
  smaller.under_way[0].clear();
  EXPECT_EQ(covering.find(smaller), 0u);
  smaller.duplicates = 2;
  EXPECT_FALSE(covering.find(smaller)) << "may do what the other may not";
  Situation other = situation;
  other.under_way[1].add({5, false});
  EXPECT_FALSE(covering.find(other));
  covering.add(other, 1);
  EXPECT_EQ(covering.find(situation), 1u) << "the larger one has taken its place";
  Situation elsewhere = situation;
  elsewhere.ends[0] = 1;
  EXPECT_FALSE(covering.find(elsewhere));
}

TEST(Covering, ASpareDuplicateIsAsGoodAsAnotherCopy) {
  Covering covering;
  Situation situation;
  situation.duplicates = 2;
  situation.under_way[0].add({4, false});
  situation.under_way[1].add({6, true});
  covering.add(situation, 0);
  Situation other = situation;
  other.duplicates = 1;
  other.under_way[0].add({4, false});
  EXPECT_EQ(covering.find(other), 0u) << "#4 twice, which may come twice";
  other.duplicates = 2;
  EXPECT_FALSE(covering.find(other)) << "and a second duplicate";
  other.duplicates = 1;
  other.under_way[1].add({6, false});
  EXPECT_FALSE(covering.find(other)) << "one spare for two";
  other.duplicates = 0;
  EXPECT_EQ(covering.find(other), 0u);
  other.under_way[0].clear();
  other.under_way[0].add({5, false});
  EXPECT_FALSE(covering.find(other)) << "never seen";
  other.under_way[0].clear();
  other.under_way[0].add({4, true});
  EXPECT_EQ(covering.find(other), 0u) << "what has arrived is under way no better than before";
}

}  // namespace
}  // namespace acksu::sim::situation_test
