// Frames from one thread to another, through a ring of bytes with one writer and one reader: copied
// in and copied out, because the blocks of a pool belong to one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/buffer.h"
#include "host/frame.h"

namespace acksu::os {

class FrameRing {
 public:
  // Holds a good number of frames of 64 KiB. Memory that was never used is never touched.
  static constexpr std::uint64_t capacity = 1 << 20;  // bytes

  FrameRing() : bytes_(new std::uint8_t[capacity]) {}

  // ---- By the writer
  // False: there is no room for it now. The reader sees it once it is published.
  bool push(const Frame& frame);
  // Shows the reader what was pushed; false: nothing was.
  bool publish();

  // ---- By the reader
  // Appends up to `most` frames, in blocks of that pool; returns how many.
  std::size_t pop(BufferPool& pool, std::vector<Frame>& frames, std::size_t most);
  bool is_empty() const { return head_at_ == tail_.load(std::memory_order_acquire); }

 private:
  // What stands before the bytes of a frame, and where there are no more before the ring's end.
  struct alignas(16) Entry {
    std::uint32_t bytes;  // `skip`: go on at the beginning
    std::uint32_t segment_bytes;
    std::uint32_t is_checksum_verified;
    std::uint32_t unused;
  };
  static constexpr std::uint32_t skip = 0xffff'ffff;

  static std::uint64_t place_of(std::uint64_t position) { return position & (capacity - 1); }
  static std::uint64_t entry_bytes(std::uint32_t bytes) {
    return sizeof(Entry) + ((bytes + sizeof(Entry) - 1) & ~(sizeof(Entry) - 1));
  }
  void write(const Entry& entry);
  Entry read() const;

  // Positions only rise, by multiples of an entry.
  std::unique_ptr<std::uint8_t[]> bytes_;
  // The writer's: up to where it has written, and the reader has read as far as it knows.
  alignas(64) std::uint64_t tail_at_ = 0;
  std::uint64_t known_head_ = 0;
  // The reader's.
  alignas(64) std::uint64_t head_at_ = 0;
  // What they tell each other.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace acksu::os
