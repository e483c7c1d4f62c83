// The queue of a link: frames in their order, in bursts of any size.
#include "host/frame_queue.h"

#include <gtest/gtest.h>

#include <array>

#include "base/rng.h"

namespace acksu {
namespace {

Frame numbered(BufferPool& pool, std::uint8_t number) {
  Frame frame;
  frame.bytes.append(pool.copy_of(std::array{number}));
  return frame;
}

TEST(FrameQueue, GivesFramesInTheirOrder) {
  BufferPool pool;
  Rng rng{7};
  {
    FrameQueue queue;
    std::vector<Frame> burst;
    std::uint8_t next_in = 0, next_out = 0;
    std::uint32_t waiting = 0;
    for (int turn = 0; turn < 2000; ++turn) {
      for (std::uint64_t i = rng.below(8); i > 0; --i, ++waiting) {
        queue.push_back(numbered(pool, next_in++));
      }
      ASSERT_EQ(queue.size(), waiting);
      ASSERT_EQ(queue.is_empty(), waiting == 0);
      if (waiting > 0) {
        ASSERT_EQ(queue[waiting - 1].bytes.front()[0], static_cast<std::uint8_t>(next_in - 1));
      }
      queue.move_to(burst, rng.below(8));
      waiting -= static_cast<std::uint32_t>(burst.size());
      for (const Frame& frame : burst) ASSERT_EQ(frame.bytes.front()[0], next_out++);
      burst.clear();
      ASSERT_EQ(pool.live_blocks(), waiting) << "what was given is not held";
    }
  }
  EXPECT_EQ(pool.live_blocks(), 0u);
}

TEST(FrameQueue, GivesNothingToABurstThatIsFull) {
  BufferPool pool;
  FrameQueue queue;
  queue.push_back(numbered(pool, 1));
  std::vector<Frame> burst(2);
  queue.move_to(burst, 2);
  EXPECT_EQ(burst.size(), 2u);
  EXPECT_EQ(queue.size(), 1u);
}

}  // namespace
}  // namespace acksu
