// The index against a list of pairs, with hashes that agree in all stored bits or in their homes.
#include "base/hash_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

auto is(std::uint32_t wanted) {
  return [wanted](std::uint32_t reference) { return reference == wanted; };
}

TEST(HashIndex, HoldsNothingAndNoMemoryAtFirst) {
  const HashIndex index;
  EXPECT_EQ(index.bytes(), 0u);
  EXPECT_EQ(index.size(), 0u);
  index.prefetch(5);
  EXPECT_EQ(index.find(5, is(1)), HashIndex::none);
}

TEST(HashIndex, AsksTheOwnerWhenHashesAgree) {
  HashIndex index;
  index.insert(42, 1);
  index.insert(42, 2);
  EXPECT_EQ(index.find(42, is(1)), 1u);
  EXPECT_EQ(index.find(42, is(2)), 2u);
  EXPECT_EQ(index.find(42, is(3)), HashIndex::none);
  index.erase(42, 1);
  EXPECT_EQ(index.find(42, is(1)), HashIndex::none);
  EXPECT_EQ(index.find(42, is(2)), 2u);
}

TEST(HashIndex, DoesNotAskWhenHashesDiffer) {
  HashIndex index;
  index.insert(42, 1);
  int asked = 0;
  index.find(43, [&](std::uint32_t) { return ++asked > 0; });
  EXPECT_EQ(asked, 0);
}

TEST(HashIndex, ACopyIsIndependent) {
  HashIndex index;
  for (std::uint32_t i = 0; i < 100; ++i) index.insert(i * 0x9e3779b97f4a7c15ull, i);
  HashIndex copy = index;
  copy.erase(0, 0);
  EXPECT_EQ(index.find(0, is(0)), 0u);
  EXPECT_EQ(copy.find(0, is(0)), HashIndex::none);
  EXPECT_EQ(copy.find(7 * 0x9e3779b97f4a7c15ull, is(7)), 7u);
}

TEST(HashIndex, HoldsAtMost22BytesAnEntryAndGivesBack) {
  HashIndex index;
  for (std::uint32_t i = 0; i < 100'000; ++i) index.insert(i * 0x9e3779b97f4a7c15ull, i);
  EXPECT_LE(index.bytes(), 100'000u * 22);
  for (std::uint32_t i = 0; i < 100'000; ++i) index.erase(i * 0x9e3779b97f4a7c15ull, i);
  EXPECT_EQ(index.size(), 0u);
  EXPECT_LE(index.bytes(), 1024u);
}

TEST(HashIndexDeathTest, WhatIsNotThereIsNotErased) {
  HashIndex index;
  EXPECT_DEATH(index.erase(1, 1), "broken promise");
  index.insert(1, 1);
  EXPECT_DEATH(index.erase(1, 2), "broken promise");
  EXPECT_DEATH(index.insert(1, HashIndex::none), "broken promise");
}

// `make` gives a hash for a random number: all different, or nearly all alike.
void compare_with_model(std::uint64_t seed, std::uint32_t most,
                        std::uint64_t (*make)(std::uint64_t)) {
  Rng rng{seed};
  HashIndex index;
  std::map<std::uint32_t, std::uint64_t> model;
  std::vector<std::uint32_t> present;
  std::uint32_t next = 0;
  for (int i = 0; i < 30'000; ++i) {
    // Grows and shrinks in waves.
    const bool grows = (i / 5000) % 2 == 0 ? rng.below(3) != 0 : rng.below(3) == 0;
    if (present.empty() || (grows && present.size() < most)) {
      const std::uint64_t hash = make(rng.next());
      index.insert(hash, next);
      model[next] = hash;
      present.push_back(next++);
    } else {
      std::uint32_t& gone = present[rng.below(present.size())];
      index.erase(model[gone], gone);
      ASSERT_EQ(index.find(model[gone], is(gone)), HashIndex::none);
      model.erase(gone);
      gone = present.back();
      present.pop_back();
    }
    ASSERT_EQ(index.size(), model.size());
    if (i % 500 != 0) continue;
    for (const auto& [reference, hash] : model)
      ASSERT_EQ(index.find(hash, is(reference)), reference);
  }
}

TEST(HashIndex, AgreesWithAModel) {
  compare_with_model(1, 100'000, [](std::uint64_t number) { return number; });
}
TEST(HashIndex, AgreesWithAModelWhenHomesCollideAtTheEndOfTheTable) {
  compare_with_model(2, 200, [](std::uint64_t number) { return 0xffff'ff00 | (number & 0xff); });
}
TEST(HashIndex, AgreesWithAModelWhenFewHashesExist) {
  compare_with_model(3, 200, [](std::uint64_t number) { return (number % 5) << 30; });
}

}  // namespace
}  // namespace acksu
