// Objects as the words in which they differ from a model.
#include "base/folded.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace acksu {
namespace {

constexpr std::uint32_t most_words = 12;
using Small = Folded<400, most_words>;

Small::Image unfolded(const Small& folded, const Small::Image& model) {
  Small::Image object;
  folded.unfold(model, object.data());
  return object;
}

std::uint32_t words_that_differ(const Small::Image& object, const Small::Image& model) {
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < object.size(); at += 4) {
    count += std::memcmp(&object[at], &model[at], 4) != 0 ? 1u : 0u;
  }
  return count;
}

RC_GTEST_PROP(Folded, GivesBackWhatItWasGiven, ()) {
  Small::Image model;
  for (unsigned char& octet : model) octet = *rc::gen::arbitrary<unsigned char>();
  Small::Image object = model;
  const auto changes = *rc::gen::inRange(0, 20);
  for (int i = 0; i < changes; ++i) {
    object[*rc::gen::inRange<std::size_t>(0, object.size())] = *rc::gen::arbitrary<unsigned char>();
  }
  const std::uint32_t differing = words_that_differ(object, model);
  Small folded;
  RC_ASSERT(folded.fold(object.data(), model) == (differing <= most_words));
  if (differing <= most_words) RC_ASSERT(unfolded(folded, model) == object);
}

TEST(Folded, KnowsEachWord) {
  const Small::Image model{};
  for (std::size_t at = 0; at < model.size(); ++at) {
    Small::Image object = model;
    object[at] = 1;
    Small folded;
    ASSERT_TRUE(folded.fold(object.data(), model));
    EXPECT_EQ(unfolded(folded, model), object) << at;
  }
}

TEST(Folded, CanBeUsedAgain) {
  Small::Image model{}, object{};
  for (std::size_t word = 0; word < most_words; ++word) object[word * 4] = 7;
  Small folded;
  ASSERT_TRUE(folded.fold(object.data(), model));
  object[most_words * 4] = 7;
  EXPECT_FALSE(folded.fold(object.data(), model)) << "one word too many";
  ASSERT_TRUE(folded.fold(model.data(), model));
  EXPECT_EQ(unfolded(folded, model), model);
  EXPECT_LE(sizeof(folded), 16 + 4 * most_words);
}

}  // namespace
}  // namespace acksu
