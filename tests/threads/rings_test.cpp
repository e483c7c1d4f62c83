// Rings between two threads, and the bell that says that something is there.
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "base/rng.h"
#include "os/bell.h"
#include "os/frame_ring.h"
#include "os/message_ring.h"

namespace acksu::os {
namespace {

bool is_ringing(const Bell& bell, int wait_ms = 0) {
  pollfd waited{.fd = bell.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&waited, 1, wait_ms) == 1;
}

TEST(Bell, RingsUntilItIsAnswered) {
  Bell bell;
  EXPECT_FALSE(is_ringing(bell));
  bell.ring();
  bell.ring();
  EXPECT_TRUE(is_ringing(bell));
  bell.answer();
  EXPECT_FALSE(is_ringing(bell));
  bell.ring();
  EXPECT_TRUE(is_ringing(bell));
}

TEST(MessageRing, KeepsTheOrderAndSaysWhenItIsFull) {
  MessageRing<int, 4> ring;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push(i));
    EXPECT_FALSE(ring.push(9));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ring.pop(), i);
    EXPECT_TRUE(ring.is_empty());
    EXPECT_EQ(ring.pop(), std::nullopt);
  }
}

// Nothing is lost, doubled or seen half, and a reader that sleeps is woken each time.
TEST(MessageRing, BringsAllFromOneThreadToAnother) {
  struct Value {
    std::uint64_t number, inverse;
  };
  MessageRing<Value, 16> ring;
  Bell bell;
  constexpr std::uint64_t most = 50'000;
  std::thread writer{[&] {
    for (std::uint64_t i = 0; i < most; ++i) {
      while (!ring.push({i, ~i})) std::this_thread::yield();
      bell.ring();
    }
  }};
  std::uint64_t expected = 0;
  while (expected < most) {
    ASSERT_TRUE(is_ringing(bell, 10'000)) << "asleep at " << expected;
    bell.answer();
    while (const auto value = ring.pop()) {
      ASSERT_EQ(value->number, expected);
      ASSERT_EQ(value->inverse, ~expected);
      ++expected;
    }
  }
  writer.join();
}

// A frame whose bytes follow from its number.
Frame frame_of(BufferPool& pool, std::uint32_t number) {
  Rng rng{number};
  const auto bytes = static_cast<std::uint32_t>(rng.below(number % 50 == 0 ? 65'000 : 1600));
  Frame frame;
  for (std::uint32_t at = 0; at < bytes;) {
    const auto part = static_cast<std::uint32_t>(1 + rng.below(bytes - at));
    Slice slice = pool.allocate(part);
    for (std::uint8_t& byte : slice.writable()) byte = static_cast<std::uint8_t>(number + at++);
    frame.bytes.append(std::move(slice));
  }
  frame.segment_bytes = number % 3 == 0 ? 1448 : 0;
  frame.is_checksum_verified = number % 2 == 0;
  return frame;
}

TEST(FrameRing, BringsFramesAsTheyWere) {
  BufferPool of_writer, of_reader;
  FrameRing ring;
  std::vector<Frame> frames;
  EXPECT_FALSE(ring.publish());
  std::uint32_t written = 0, read = 0;
  while (read < 20'000) {
    while (written < 20'000 && ring.push(frame_of(of_writer, written))) ++written;
    EXPECT_TRUE(ring.publish());
    EXPECT_FALSE(ring.is_empty());
    ring.pop(of_reader, frames, 100);
    for (const Frame& frame : frames) {
      const Frame sent = frame_of(of_writer, read++);
      ASSERT_EQ(frame.bytes.flatten(), sent.bytes.flatten());
      ASSERT_EQ(frame.segment_bytes, sent.segment_bytes);
      ASSERT_EQ(frame.is_checksum_verified, sent.is_checksum_verified);
    }
    frames.clear();
    while (written == 20'000 && read < 20'000 && ring.is_empty()) FAIL();
    if (written < 20'000) continue;
    for (; ring.pop(of_reader, frames, 1) == 1; frames.clear()) {
      ASSERT_EQ(frames[0].bytes.size(), frame_of(of_writer, read++).bytes.size());
    }
    break;
  }
  EXPECT_EQ(read, 20'000u);
  EXPECT_EQ(of_reader.live_blocks(), 0u);
}

TEST(FrameRing, ShowsNothingBeforeItIsPublished) {
  BufferPool pool;
  FrameRing ring;
  std::vector<Frame> frames;
  ASSERT_TRUE(ring.push(frame_of(pool, 1)));
  EXPECT_TRUE(ring.is_empty());
  EXPECT_EQ(ring.pop(pool, frames, 9), 0u);
  EXPECT_TRUE(ring.publish());
  EXPECT_EQ(ring.pop(pool, frames, 9), 1u);
}

TEST(FrameRing, CarriesFramesBetweenThreads) {
  FrameRing ring;
  constexpr std::uint32_t most = 5'000;
  std::thread writer{[&] {
    BufferPool pool;
    for (std::uint32_t i = 0; i < most; ++i) {
      while (!ring.push(frame_of(pool, i))) std::this_thread::yield();
      ring.publish();
    }
  }};
  BufferPool pool, pool_of_models;
  std::vector<Frame> frames;
  std::uint32_t read = 0;
  while (read < most) {
    if (ring.pop(pool, frames, 16) == 0) std::this_thread::yield();
    for (const Frame& frame : frames) {
      ASSERT_EQ(frame.bytes.flatten(), frame_of(pool_of_models, read++).bytes.flatten());
    }
    frames.clear();
  }
  writer.join();
}

}  // namespace
}  // namespace acksu::os
