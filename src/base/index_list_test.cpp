// Joining and leaving at both ends and in the middle.
#include "base/index_list.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace acksu {
namespace {

struct IndexListTest : testing::Test {
  std::array<IndexLinks, 8> links;
  IndexList list;

  auto links_of() {
    return [this](std::uint32_t index) -> IndexLinks& { return links[index]; };
  }
  std::vector<std::uint32_t> order() {
    std::vector<std::uint32_t> result;
    list.for_each(links_of(), [&](std::uint32_t index) { result.push_back(index); });
    EXPECT_EQ(result.size(), list.size());
    return result;
  }
};

TEST_F(IndexListTest, KeepsTheOrderOfJoining) {
  for (const std::uint32_t index : {3u, 1u, 7u}) list.push_back(index, links_of());
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{3, 1, 7}));
  EXPECT_EQ(list.pop_front(links_of()), 3u);
  EXPECT_FALSE(links[3].is_linked());
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{1, 7}));
}

TEST_F(IndexListTest, LeavesFromEveryPlace) {
  for (const std::uint32_t leaving : {0u, 1u, 2u}) {
    for (const std::uint32_t index : {0u, 1u, 2u}) list.push_back(index, links_of());
    list.remove(leaving, links_of());
    std::vector<std::uint32_t> expected{0, 1, 2};
    std::erase(expected, leaving);
    EXPECT_EQ(order(), expected);
    while (list.pop_front(links_of()) != IndexList::none) {
    }
    EXPECT_TRUE(list.is_empty());
  }
}

TEST_F(IndexListTest, OneAloneIsLinked) {
  list.push_back(5, links_of());
  EXPECT_TRUE(links[5].is_linked());
  EXPECT_DEATH(list.push_back(5, links_of()), "broken promise");
  list.remove(5, links_of());
  EXPECT_TRUE(list.is_empty());
  EXPECT_EQ(list.pop_front(links_of()), IndexList::none);
}

}  // namespace
}  // namespace acksu
