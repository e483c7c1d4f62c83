// RFC 6864, RFC 7739: no identification twice, and none that tells anything.
#include "host/identification.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <vector>

namespace acksu {
namespace {

const IpAddress us = IpAddress::v4(10, 0, 0, 1);
const IpAddress them = IpAddress::v4(10, 0, 0, 2);
const IpAddress us6{0x2001'0db8'0000'0000, 1};
const IpAddress them6{0x2001'0db8'0000'0000, 2};

TEST(Identification, AllComeOnceBeforeOneComesAgain) {  // RFC 6864 4.3
  IdentificationSource source(SipKey{1, 2});
  std::vector<bool> seen(65536);
  for (int i = 0; i < 65536; ++i) {
    const std::uint16_t id = source.next_v4(us, them, 17);
    ASSERT_FALSE(seen[id]);
    seen[id] = true;
  }
  std::set<std::uint32_t> seen6;
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(seen6.insert(source.next_v6(us6, them6)).second);
}

// SECURITY B8: how the numbers go on cannot be guessed from those seen.
TEST(Identification, SecurityB8NoStepIsLikelierThanOthers) {
  IdentificationSource source(SipKey{3, 4});
  std::vector<int> steps(256), values(256);
  std::uint16_t last = source.next_v4(us, them, 17);
  const int draws = 60'000;
  for (int i = 0; i < draws; ++i) {
    const std::uint16_t id = source.next_v4(us, them, 17);
    ++steps[static_cast<std::uint16_t>(id - last) >> 8];
    ++values[id >> 8];
    last = id;
  }
  double chi_squared = 0;
  const double expected = draws / 256.0;
  for (const int count : steps) chi_squared += (count - expected) * (count - expected) / expected;
  EXPECT_LT(chi_squared, 360) << "255 degrees of freedom: once in 100,000";
}

// SECURITY B8: what others send changes which numbers are seen, but nothing that can be told.
TEST(Identification, SecurityB8OthersDoNotShow) {
  // The steps between two numbers of ours, with k packets of others between: as random as before.
  double sum = 0;
  const int draws = 20'000;
  IdentificationSource source(SipKey{5, 6});
  for (int i = 0; i < draws; ++i) {
    const auto before = source.next_v6(us6, them6);
    for (int k = 0; k < i % 5; ++k) source.next_v6(us6, {0x2001'0db8'0000'0000, 99u + k});
    const auto after = source.next_v6(us6, them6);
    sum += static_cast<double>(static_cast<std::int32_t>(after - before)) / 2147483648.0;
  }
  EXPECT_LT(std::abs(sum / draws), 0.03);
}

TEST(Identification, DependOnEachPartAndOnTheKey) {
  const auto first = [](SipKey key, IpAddress source, IpAddress destination,
                        std::uint8_t protocol) {
    IdentificationSource ids(key);
    std::vector<std::uint16_t> numbers;
    for (int i = 0; i < 4; ++i) numbers.push_back(ids.next_v4(source, destination, protocol));
    return numbers;
  };
  const auto reference = first({1, 2}, us, them, 17);
  EXPECT_EQ(first({1, 2}, us, them, 17), reference);
  EXPECT_NE(first({1, 3}, us, them, 17), reference);
  EXPECT_NE(first({1, 2}, them, us, 17), reference);
  EXPECT_NE(first({1, 2}, us, them, 1), reference);
}

TEST(Identification, CopiesGoOnAlike) {
  auto source = std::make_unique<IdentificationSource>(SipKey{7, 8});
  source->next_v4(us, them, 17);
  IdentificationSource copy = *source;
  EXPECT_EQ(copy.next_v4(us, them, 17), source->next_v4(us, them, 17));
  Digest a, b;
  copy.digest(a);
  source->digest(b);
  EXPECT_EQ(a.value(), b.value());
  copy.next_v4(us, them, 17);
  Digest c;
  copy.digest(c);
  EXPECT_NE(a.value(), c.value());
}

}  // namespace
}  // namespace acksu
