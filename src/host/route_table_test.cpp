// The route table against a list that is searched from end to end, in random sequences of changes.
#include "host/route_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/rng.h"

namespace acksu::route_table_test {
namespace {

Prefix prefix(const char* text) { return *parse_prefix(text); }
IpAddress ip(const char* text) { return *parse_ip(text); }
RouteTarget via(LinkId link, std::uint32_t metric = 0) { return {.link = link, .metric = metric}; }

// As simple as can be.
class LinearTable {
 public:
  bool put(const TableRoute& route, bool may_replace) {
    for (TableRoute& each : routes_) {
      if (each.prefix != route.prefix || each.target.metric != route.target.metric) continue;
      if (may_replace) each = route;
      return may_replace;
    }
    routes_.push_back(route);
    return true;
  }
  bool remove(Prefix prefix, std::uint32_t metric) {
    return std::erase_if(routes_, [&](const TableRoute& each) {
             return each.prefix == prefix && each.target.metric == metric;
           }) > 0;
  }
  std::optional<RouteTarget> find(IpAddress address) const {
    const TableRoute* best = nullptr;
    for (const TableRoute& each : routes_) {
      if (!each.prefix.contains(address)) continue;
      if (best == nullptr || each.prefix.length > best->prefix.length ||
          (each.prefix.length == best->prefix.length && each.target.metric < best->target.metric)) {
        best = &each;
      }
    }
    return best == nullptr ? std::nullopt : std::optional(best->target);
  }
  std::vector<TableRoute> sorted() const {
    std::vector<TableRoute> result = routes_;
    std::sort(result.begin(), result.end(), [](const TableRoute& a, const TableRoute& b) {
      if (a.prefix.address.is_v4() != b.prefix.address.is_v4()) return a.prefix.address.is_v4();
      if (a.prefix != b.prefix) return a.prefix < b.prefix;
      return a.target.metric < b.target.metric;
    });
    return result;
  }

 private:
  std::vector<TableRoute> routes_;
};

std::vector<TableRoute> routes_of(const RouteTable& table) {
  std::vector<TableRoute> routes;
  table.for_each([&](const TableRoute& route) { routes.push_back(route); });
  return routes;
}

std::uint64_t digest_of(const RouteTable& table) {
  Digest digest;
  table.digest(digest);
  return digest.value();
}

// Addresses that share their beginnings often.
IpAddress clustered(Rng& rng, bool is_v4) {
  const std::uint64_t bits = rng.next() & rng.next() & rng.next();
  if (is_v4) return IpAddress::v4(static_cast<std::uint32_t>(bits >> (rng.below(33))));
  return {0x2001'0db8'0000'0000ull ^ (bits >> rng.below(64)),
          rng.chance(500'000) ? rng.next() & rng.next() : 0};
}

Prefix random_prefix(Rng& rng) {
  const bool is_v4 = rng.chance(500'000);
  const auto length = static_cast<std::uint8_t>(rng.below(is_v4 ? 33 : 129));
  Prefix result{clustered(rng, is_v4), length};
  // Without the bits behind the length, as the table gives it back.
  const unsigned bits = is_v4 ? 96u + length : length;
  std::uint64_t high = result.address.high();
  std::uint64_t low = result.address.low();
  for (unsigned bit = bits; bit < 128; ++bit) {
    (bit < 64 ? high : low) &= ~(std::uint64_t{1} << (63 - bit % 64));
  }
  result.address = {high, low};
  return result;
}

// An address within or near some prefix of the list.
IpAddress probe(Rng& rng, const std::vector<Prefix>& known) {
  if (known.empty() || rng.chance(200'000)) return clustered(rng, rng.chance(500'000));
  const Prefix& near = known[rng.below(known.size())];
  const bool is_v4 = near.address.is_v4();
  const std::uint64_t flip = rng.next() & rng.next() & rng.next();
  if (is_v4) {
    return IpAddress::v4(near.address.as_v4() ^ static_cast<std::uint32_t>(flip >> rng.below(64)));
  }
  const auto shift = rng.below(64);
  return {near.address.high() ^ (rng.chance(500'000) ? flip >> shift : 0),
          near.address.low() ^ flip};
}

void play(std::uint64_t seed, unsigned steps) {
  Rng rng{seed};
  RouteTable table;
  LinearTable model;
  std::vector<Prefix> known;
  for (unsigned i = 0; i < steps; ++i) {
    const bool reuses = !known.empty() && rng.chance(600'000);
    const Prefix at = reuses ? known[rng.below(known.size())] : random_prefix(rng);
    const auto metric = static_cast<std::uint32_t>(rng.below(3));
    const RouteTarget target{.link = static_cast<LinkId>(rng.below(5)), .metric = metric};
    if (rng.chance(450'000)) {
      RC_ASSERT(table.remove(at, metric) == model.remove(at, metric));
    } else if (rng.chance(500'000)) {
      RC_ASSERT(table.insert(at, target) == model.put({at, target}, false));
    } else {
      RC_ASSERT(table.replace(at, target) == model.put({at, target}, true));
    }
    known.push_back(at);
    for (int j = 0; j < 4; ++j) {
      const IpAddress address = probe(rng, known);
      const RouteTarget* found = table.find(address);
      const auto expected = model.find(address);
      RC_ASSERT((found != nullptr) == expected.has_value());
      if (found != nullptr) RC_ASSERT(*found == *expected);
    }
  }
  const auto expected = model.sorted();
  RC_ASSERT(table.size() == expected.size());
  RC_ASSERT(routes_of(table) == expected);
}

TEST(RouteTable, IsTheLinearTableInAllSequences) {
  rc::check("random insertions, replacements, removals",
            [] { play(*rc::gen::arbitrary<std::uint64_t>(), 200); });
}

TEST(RouteTable, AnEmptyTableHasNoRoute) {
  const RouteTable table;
  EXPECT_EQ(table.find(ip("10.0.0.1")), nullptr);
  EXPECT_EQ(table.find(ip("2001:db8::1")), nullptr);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.bytes(), 0u) << "nothing is held before the first route";
}

TEST(RouteTable, TheLongestPrefixWins) {
  RouteTable table;
  ASSERT_TRUE(table.insert(prefix("0.0.0.0/0"), via(0)));
  ASSERT_TRUE(table.insert(prefix("10.0.0.0/8"), via(1)));
  ASSERT_TRUE(table.insert(prefix("10.1.0.0/16"), via(2)));
  ASSERT_TRUE(table.insert(prefix("10.1.2.3/32"), via(3)));
  EXPECT_EQ(table.find(ip("9.0.0.1"))->link, 0);
  EXPECT_EQ(table.find(ip("10.2.0.1"))->link, 1);
  EXPECT_EQ(table.find(ip("10.1.2.4"))->link, 2);
  EXPECT_EQ(table.find(ip("10.1.2.3"))->link, 3);
  EXPECT_EQ(table.find(ip("::1")), nullptr) << "0.0.0.0/0 is no route for IPv6";
}

TEST(RouteTable, EveryLengthOfBothFamilies) {
  RouteTable table;
  const IpAddress v4 = ip("203.0.113.77");
  const IpAddress v6 = ip("2001:db8:1234:5678:9abc:def0:1357:9bdf");
  for (unsigned length = 0; length <= 32; ++length) {
    ASSERT_TRUE(table.insert({v4, static_cast<std::uint8_t>(length)}, via(0, length)));
    EXPECT_EQ(table.find(v4)->metric, length);
  }
  for (unsigned length = 0; length <= 128; ++length) {
    ASSERT_TRUE(table.insert({v6, static_cast<std::uint8_t>(length)}, via(0, length)));
    EXPECT_EQ(table.find(v6)->metric, length);
  }
  for (unsigned length = 128; length > 0; --length) {
    ASSERT_TRUE(table.remove({v6, static_cast<std::uint8_t>(length)}, length));
    EXPECT_EQ(table.find(v6)->metric, length - 1);
  }
  EXPECT_FALSE(table.insert({v4, 33}, via(0)));
  EXPECT_FALSE(table.replace({v6, 129}, via(0)));
  EXPECT_FALSE(table.remove({v4, 33}, 0));
}

TEST(RouteTable, TheSmallestMetricIsFollowedAndTheNextStandsBy) {
  RouteTable table;
  const Prefix at = prefix("10.0.0.0/8");
  EXPECT_TRUE(table.insert(at, via(1, 10)));
  EXPECT_TRUE(table.insert(at, via(2, 5)));
  EXPECT_FALSE(table.insert(at, via(3, 10)));
  EXPECT_TRUE(table.replace(at, via(3, 10)));
  EXPECT_EQ(table.find(ip("10.0.0.1"))->link, 2);
  EXPECT_EQ(table.find_exact(at)->link, 2);
  EXPECT_EQ(table.find_exact(prefix("10.0.0.0/9")), nullptr);
  EXPECT_TRUE(table.remove(at, 5));
  EXPECT_EQ(table.find(ip("10.0.0.1"))->link, 3);
  EXPECT_TRUE(table.remove(at, 10));
  EXPECT_FALSE(table.remove(at, 10));
  EXPECT_EQ(table.find(ip("10.0.0.1")), nullptr);
}

TEST(RouteTable, BitsBehindTheLengthSayNothing) {
  RouteTable table;
  ASSERT_TRUE(table.insert(prefix("10.1.2.3/8"), via(1)));
  EXPECT_FALSE(table.insert(prefix("10.9.9.9/8"), via(2)));
  EXPECT_EQ(routes_of(table)[0].prefix, prefix("10.0.0.0/8"));
  EXPECT_TRUE(table.remove(prefix("10.4.4.4/8"), 0));
}

TEST(RouteTable, ACopyGoesOnByItselfAndTheDigestTellsContentsOnly) {
  RouteTable table;
  ASSERT_TRUE(table.insert(prefix("10.0.0.0/8"), via(1)));
  ASSERT_TRUE(table.insert(prefix("2001:db8::/32"), via(2)));
  RouteTable copy = table;
  EXPECT_EQ(digest_of(copy), digest_of(table));
  ASSERT_TRUE(copy.insert(prefix("10.0.0.0/24"), via(3)));
  EXPECT_NE(digest_of(copy), digest_of(table));
  EXPECT_EQ(table.find(ip("10.0.0.1"))->link, 1);
  EXPECT_EQ(copy.find(ip("10.0.0.1"))->link, 3);

  RouteTable other;  // in another order
  ASSERT_TRUE(other.insert(prefix("10.0.0.0/24"), via(3)));
  ASSERT_TRUE(other.insert(prefix("2001:db8::/32"), via(2)));
  ASSERT_TRUE(other.insert(prefix("10.0.0.0/8"), via(1)));
  EXPECT_EQ(digest_of(copy), digest_of(other));
}

TEST(PrefixTrie, BothWaysToCountBitsFindTheSame) {
  PrefixTrie trie;
  Rng rng{7};
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const auto length = static_cast<unsigned>(rng.below(33));
    const std::uint64_t bits = length == 0 ? 0 : (rng.next() >> (64 - length)) << (64 - length);
    trie.assign({bits, 0}, length, i);
  }
  if (!trie.has_popcount()) GTEST_SKIP() << "this processor has one way only";
  for (int i = 0; i < 10'000; ++i) {
    const PrefixBits bits{rng.next(), rng.next()};
    EXPECT_EQ(trie.find_by_arithmetic(bits), trie.find_by_instruction(bits));
  }
}

// What was inserted and removed in any order leaves nothing behind.
TEST(PrefixTrie, GivesAllMemoryBackWithTheLastPrefix) {
  PrefixTrie trie;
  Rng rng{8};
  std::vector<std::pair<PrefixBits, unsigned>> held;
  for (int i = 0; i < 20'000; ++i) {
    const auto length = static_cast<unsigned>(rng.between(1, 64));
    const PrefixBits bits{(rng.next() >> (64 - length)) << (64 - length), 0};
    if (trie.assign(bits, length, 1) == PrefixTrie::none) held.emplace_back(bits, length);
  }
  EXPECT_EQ(trie.size(), held.size());
  for (const auto& [bits, length] : held) EXPECT_EQ(trie.erase(bits, length), 1u);
  EXPECT_EQ(trie.size(), 0u);
  EXPECT_EQ(trie.bytes(), 0u);
}

}  // namespace
}  // namespace acksu::route_table_test
