// Blocks, slices and chains; counts of live blocks.
#include "base/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/rng.h"

namespace acksu {
namespace {

std::vector<std::uint8_t> numbers(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}
std::vector<std::uint8_t> vector_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(BufferPool, RoundsUpToItsClasses) {
  BufferPool pool;
  EXPECT_EQ(pool.allocate(0).pinned_bytes(), 224u);
  EXPECT_EQ(pool.allocate(224).pinned_bytes(), 224u);
  EXPECT_EQ(pool.allocate(225).pinned_bytes(), 2048u);
  EXPECT_EQ(pool.allocate(1, 2049).pinned_bytes(), 9216u);
  EXPECT_EQ(pool.allocate(66560).pinned_bytes(), 66560u);
  EXPECT_EQ(pool.allocate(66561).pinned_bytes(), 66561u);
}

TEST(BufferPool, CountsWhatIsLive) {
  BufferPool pool;
  {
    const Slice small = pool.allocate(10);
    const Slice large = pool.allocate(100'000);
    const Slice same = small;
    EXPECT_EQ(pool.live_blocks(), 2u);
    EXPECT_EQ(pool.live_bytes(), 224u + 100'000u);
  }
  EXPECT_EQ(pool.live_blocks(), 0u);
  EXPECT_EQ(pool.live_bytes(), 0u);
}

TEST(BufferPool, GivesTheLastFreedBlockFirst) {
  BufferPool pool;
  const std::uint8_t* first = pool.allocate(1500).bytes().data();
  EXPECT_EQ(pool.allocate(2000).bytes().data(), first);
  const Slice held = pool.allocate(1500);
  EXPECT_EQ(held.bytes().data(), first);
  EXPECT_NE(pool.allocate(1500).bytes().data(), first);
}

TEST(BufferPool, CopiesBytes) {
  BufferPool pool;
  const auto bytes = numbers(300);
  EXPECT_EQ(vector_of(pool.copy_of(bytes).bytes()), bytes);
  EXPECT_TRUE(pool.copy_of({}).is_empty());
}

TEST(BufferPoolDeathTest, OutlivesItsBlocks) {
  EXPECT_DEATH(
      {
        Slice survivor;
        BufferPool pool;
        survivor = pool.allocate(1);
      },
      "broken promise: live_blocks_ == 0");
}

TEST(Slice, SharesItsBlock) {
  BufferPool pool;
  Slice a = pool.copy_of(numbers(100));
  Slice b = a.part(10, 5);
  EXPECT_EQ(vector_of(b.bytes()), (std::vector<std::uint8_t>{11, 12, 13, 14, 15}));
  EXPECT_EQ(pool.live_blocks(), 1u);
  a = Slice{};
  EXPECT_EQ(pool.live_blocks(), 1u);
  EXPECT_EQ(b.bytes()[0], 11);
  const Slice moved = std::move(b);
  EXPECT_EQ(moved.size(), 5u);
  EXPECT_EQ(pool.live_blocks(), 1u);
}

TEST(Slice, AssignedToItselfStaysAsItIs) {
  BufferPool pool;
  Slice slice = pool.copy_of(numbers(4));
  const Slice& same = slice;
  slice = same;
  EXPECT_EQ(vector_of(slice.bytes()), numbers(4));
}

TEST(Slice, OnlyTheLastOneOfABlockMayGrow) {
  BufferPool pool;
  Slice whole = pool.allocate(4, 100);
  EXPECT_EQ(whole.room(), 220u);
  Slice front = whole.part(0, 2);
  EXPECT_EQ(front.room(), 0u);
  Slice back = whole.part(2, 2);
  EXPECT_EQ(back.room(), 220u);

  back.grow(10)[9] = 77;
  EXPECT_EQ(back.size(), 12u);
  EXPECT_EQ(back.bytes()[11], 77);
  EXPECT_EQ(whole.room(), 0u) << "somebody else has the bytes behind it now";
  EXPECT_EQ(whole.size(), 4u);

  back.drop_back(1);
  EXPECT_EQ(back.room(), 0u) << "somebody may have seen the byte that was dropped";
  EXPECT_EQ(Slice{}.room(), 0u);
}

TEST(Slice, GrowsUpToItsBlock) {
  BufferPool pool;
  Slice slice = pool.allocate(0);
  slice.grow(224);
  EXPECT_EQ(slice.room(), 0u);
  EXPECT_EQ(slice.size(), 224u);
}

TEST(Slice, GrowsTheSameWhoeverElseHasGrown) {
  BufferPool pool;
  Slice slice = pool.copy_of(Bytes{reinterpret_cast<const std::uint8_t*>("abcdef"), 6}).part(2, 4);
  Slice other = slice;
  other.grow(1)[0] = 'x';
  EXPECT_EQ(slice.room(), 0u);
  EXPECT_EQ(slice.spare(), 218u);

  slice = pool.growable(std::move(slice));
  EXPECT_EQ(slice.room(), 218u);
  EXPECT_EQ(slice.pinned_bytes(), 224u);
  slice.grow(1)[0] = 'y';
  EXPECT_EQ(slice.bytes()[3], 'f');
  EXPECT_EQ(slice.bytes()[4], 'y');
  EXPECT_EQ(other.bytes()[4], 'x');

  const std::uint8_t* const place = slice.bytes().data();
  slice = pool.growable(std::move(slice));
  EXPECT_EQ(slice.bytes().data(), place) << "nobody else has grown: the same block";
}

TEST(SliceDeathTest, KeepsItsLimits) {
  BufferPool pool;
  Slice slice = pool.allocate(4);
  EXPECT_DEATH(slice.drop_front(5), "broken promise");
  EXPECT_DEATH(slice.drop_back(5), "broken promise");
  EXPECT_DEATH(slice.part(2, 3), "broken promise");
  EXPECT_DEATH(slice.grow(221), "broken promise");
  const Slice other = slice;
  EXPECT_DEATH(slice.writable(), "broken promise") << "it was shown to somebody";
}

TEST(BufferChain, KeepsNoEmptySlices) {
  BufferPool pool;
  BufferChain chain{pool.allocate(0)};
  chain.append(Slice{});
  EXPECT_TRUE(chain.is_empty());
  EXPECT_EQ(chain.count(), 0u);
  EXPECT_EQ(chain.sum(), Sum{});
}

TEST(BufferChain, IsEmptyAfterItWasMoved) {
  BufferPool pool;
  BufferChain chain{pool.copy_of(numbers(5))};
  const BufferChain taken = std::move(chain);
  EXPECT_EQ(taken.size(), 5u);
  EXPECT_EQ(chain.size(), 0u);   // NOLINT: that is what is tested
  EXPECT_EQ(chain.count(), 0u);  // NOLINT
  chain.append(pool.copy_of(numbers(2)));
  EXPECT_EQ(chain.flatten(), numbers(2));
}

TEST(BufferChain, CopiesShareTheirBytes) {
  BufferPool pool;
  BufferChain chain;
  for (int i = 0; i < 5; ++i) chain.append(pool.copy_of(numbers(10)));
  BufferChain copy = chain;
  EXPECT_EQ(pool.live_blocks(), 5u);
  copy.drop_front(25);
  EXPECT_EQ(chain.size(), 50u);
  EXPECT_EQ(copy.size(), 25u);
  chain.clear();
  EXPECT_EQ(pool.live_blocks(), 3u);
  chain = copy;
  EXPECT_EQ(chain.flatten(), copy.flatten());
}

// Random cuts and appends against a plain vector.
TEST(BufferChain, AgreesWithAVector) {
  BufferPool pool;
  Rng rng{5};
  for (int round = 0; round < 300; ++round) {
    BufferChain chain;
    std::vector<std::uint8_t> model;
    for (int i = 0; i < 30; ++i) {
      const auto count = static_cast<std::uint32_t>(rng.below(model.size() + 1));
      switch (rng.below(5)) {
        case 0:
          chain.drop_front(count);
          model.erase(model.begin(), model.begin() + count);
          break;
        case 1:
          chain.drop_back(count / 2);
          model.erase(model.end() - count / 2, model.end());
          break;
        case 2: {
          BufferChain more = chain;
          chain.append(std::move(more));
          const auto twice = model;
          model.insert(model.end(), twice.begin(), twice.end());
          break;
        }
        default: {
          const auto bytes = numbers(rng.below(9));
          chain.append(pool.copy_of(bytes));
          model.insert(model.end(), bytes.begin(), bytes.end());
        }
      }
      if (model.size() > 5000) break;
      ASSERT_EQ(chain.size(), model.size());
      ASSERT_EQ(chain.flatten(), model);
      ASSERT_EQ(chain.sum(), sum_of(model));
      for (std::uint32_t k = 0; k < chain.count(); ++k) ASSERT_FALSE(chain[k].is_empty());
    }
  }
  EXPECT_EQ(pool.live_blocks(), 0u);
}

// What is frozen is written by nobody, until the block is used anew.
TEST(Slice, AFrozenBlockHasRoomForNobody) {
  BufferPool pool;
  {
    Slice slice = pool.allocate(10, 100);
    EXPECT_EQ(slice.room(), 214u);
    Slice part = slice.part(2, 8);
    slice.freeze();
    EXPECT_TRUE(part.is_frozen());
    EXPECT_EQ(slice.room(), 0u);
    EXPECT_EQ(part.room(), 0u);
    const Slice copy = pool.growable(part);
    EXPECT_FALSE(copy.is_of_same_block(part));
    EXPECT_EQ(copy.room(), part.spare());
  }
  EXPECT_FALSE(pool.allocate(10).is_frozen());
  EXPECT_FALSE(Slice{}.is_frozen());
}

TEST(BufferChain, JoinsPartsOfAFrozenBlockOnly) {
  BufferPool pool;
  const std::vector<std::uint8_t> bytes = numbers(100);
  Slice slice = pool.copy_of(bytes);
  const auto joined = [&](std::uint32_t from, std::uint32_t length) {
    BufferChain chain{slice.part(10, 20)};
    chain.append_joined(slice.part(from, length));
    EXPECT_EQ(chain.size(), 20 + length);
    const auto all = chain.flatten();
    EXPECT_TRUE(std::equal(all.begin() + 20, all.end(), bytes.begin() + from));
    return chain.count() == 1;
  };
  EXPECT_FALSE(joined(30, 5)) << "somebody may write on behind it";
  slice.freeze();
  EXPECT_TRUE(joined(30, 5));
  EXPECT_FALSE(joined(31, 5));
  EXPECT_FALSE(joined(29, 5));
  BufferChain chain;
  chain.append_joined(slice);
  chain.append_joined(pool.copy_of(bytes));
  EXPECT_EQ(chain.count(), 2u);
  EXPECT_EQ(BufferPool::block_bytes(224), 224u);
  EXPECT_EQ(BufferPool::block_bytes(225), 2048u);
  EXPECT_EQ(BufferPool::block_bytes(70'000), 70'000u);
}

TEST(BufferChainDeathTest, KeepsItsLimits) {
  BufferPool pool;
  BufferChain chain{pool.allocate(4)};
  EXPECT_DEATH(chain.drop_front(5), "broken promise");
  EXPECT_DEATH(chain.drop_back(5), "broken promise");
}

}  // namespace
}  // namespace acksu
