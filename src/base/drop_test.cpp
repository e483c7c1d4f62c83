// The names and counts of drops.
#include "base/drop.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace acksu {
namespace {

TEST(Drop, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < drop_reasons; ++i) {
    const std::string text = name(static_cast<Drop>(i));
    EXPECT_FALSE(text.empty());
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789 "), text.npos) << text;
    names.insert(text);
  }
  EXPECT_EQ(names.size(), drop_reasons);
  EXPECT_STREQ(name(Drop::tcp_bad_checksum), "tcp bad checksum");
  EXPECT_STREQ(name(Drop::reply_queue_full), "reply queue full");
  EXPECT_STREQ(name(Drop::count_), "unknown");
}

TEST(DropCounters, CountByReason) {
  DropCounters counters;
  counters.add(Drop::ip_fragment);
  counters.add(Drop::ip_fragment);
  counters.add(Drop::tcp_paws);
  counters.add(Drop::none);
  EXPECT_EQ(counters[Drop::ip_fragment], 2u);
  EXPECT_EQ(counters[Drop::tcp_paws], 1u);
  EXPECT_EQ(counters[Drop::arp_conflict], 0u);
  EXPECT_EQ(counters.total(), 3u);
  EXPECT_NE(counters, DropCounters{});
}

}  // namespace
}  // namespace acksu
