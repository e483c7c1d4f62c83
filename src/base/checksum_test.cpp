// RFC 1071 against the plainest reference, with every kind of vectors this processor has.
#include "base/checksum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

// RFC 1071 section 1, word by word.
Sum plain_sum(Bytes bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += (i & 1) == 0 ? std::uint64_t{bytes[i]} << 8 : bytes[i];
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return Sum{static_cast<std::uint16_t>(sum)};
}

std::vector<std::uint8_t> random_bytes(Rng& rng, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.next());
  return bytes;
}

TEST(Sum, OfTheExampleInRfc1071) {
  const std::array<std::uint8_t, 8> bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(sum_of(bytes).folded(), 0xddf2);
  EXPECT_EQ(sum_of(bytes).checksum(), 0x220d);
}

TEST(Sum, OfNothingIsZero) {
  EXPECT_EQ(sum_of({}).folded(), 0);
  EXPECT_EQ(copy_and_sum(nullptr, {}).folded(), 0);
  EXPECT_EQ(Sum{}.checksum(), 0xffff);
}

class EveryVectors : public testing::TestWithParam<Vectors> {
 protected:
  void SetUp() override {
    if (GetParam() > widest_vectors()) GTEST_SKIP() << "not on this processor";
  }
};

TEST_P(EveryVectors, SumsAndCopiesEveryLength) {
  Rng rng{1};
  for (std::size_t length = 0; length < 1600; ++length) {
    const std::size_t from_offset = rng.below(65);
    const std::size_t to_offset = rng.below(65);
    const auto source = random_bytes(rng, from_offset + length);
    const Bytes from = Bytes{source}.subspan(from_offset);
    std::vector<std::uint8_t> target(to_offset + length + 1, 0xaa);

    const Sum expected = plain_sum(from);
    ASSERT_EQ(sum_of(from, GetParam()), expected) << length;
    ASSERT_EQ(copy_and_sum(target.data() + to_offset, from, GetParam()), expected) << length;
    ASSERT_TRUE(
        std::equal(from.begin(), from.end(), target.begin() + static_cast<long>(to_offset)));
    ASSERT_EQ(target.back(), 0xaa) << "wrote behind the end";
    ASSERT_TRUE(to_offset == 0 || target[to_offset - 1] == 0xaa) << "wrote before the start";
  }
}

TEST_P(EveryVectors, SumsEveryAlignment) {
  Rng rng{2};
  const auto source = random_bytes(rng, 2000);
  for (std::size_t offset = 0; offset < 130; ++offset) {
    for (const std::size_t length : {63u, 64u, 65u, 127u, 128u, 129u, 200u, 1460u}) {
      const Bytes from = Bytes{source}.subspan(offset, length);
      ASSERT_EQ(sum_of(from, GetParam()), plain_sum(from)) << offset << ' ' << length;
    }
  }
}

TEST_P(EveryVectors, CarriesAllTheWay) {
  for (const std::size_t length : {1u, 2u, 63u, 64u, 1460u, 65536u, 1'000'001u}) {
    const std::vector<std::uint8_t> ones(length, 0xff);
    EXPECT_EQ(sum_of(ones, GetParam()), plain_sum(ones)) << length;
    const std::vector<std::uint8_t> zeros(length, 0);
    EXPECT_EQ(sum_of(zeros, GetParam()).folded(), 0) << length;
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, EveryVectors,
                         testing::Values(Vectors::none, Vectors::avx2, Vectors::avx512));

// RFC 1071 section 2 (A): parts may be summed in any order, and at odd places with bytes swapped.
TEST(Sum, OfPartsIsTheSumOfTheWhole) {
  Rng rng{3};
  for (std::size_t length = 0; length < 40; ++length) {
    const auto bytes = random_bytes(rng, length);
    for (std::size_t first = 0; first <= length; ++first) {
      for (std::size_t second = first; second <= length; ++second) {
        const Bytes all{bytes};
        const Sum sum = sum_of(all.first(first))
                            .then(sum_of(all.subspan(first, second - first)), first)
                            .then(sum_of(all.subspan(second)), second);
        ASSERT_EQ(sum, sum_of(all)) << first << ' ' << second << ' ' << length;
      }
    }
  }
}

TEST(Sum, OfAPacketWithItsChecksumIsAllOnes) {
  Rng rng{4};
  for (int i = 0; i < 1000; ++i) {
    auto packet = random_bytes(rng, 20 + rng.below(100));
    store_be16(packet.data() + 10, 0);
    store_be16(packet.data() + 10, sum_of(packet).checksum());
    ASSERT_EQ(sum_of(packet).folded(), 0xffff);
    packet[rng.below(packet.size())] ^= static_cast<std::uint8_t>(1u << rng.below(8));
    ASSERT_NE(sum_of(packet).folded(), 0xffff);
  }
}

TEST(Sum, AddsWithCarryAround) {
  EXPECT_EQ((Sum{0xffff} + Sum{1}).folded(), 1);
  EXPECT_EQ((Sum{0xffff} + Sum{0xffff}).folded(), 0xffff);
  EXPECT_EQ((Sum{0x8000} + Sum{0x8000}).folded(), 1);
  EXPECT_EQ((Sum{} + Sum{}).folded(), 0);
}

}  // namespace
}  // namespace acksu
