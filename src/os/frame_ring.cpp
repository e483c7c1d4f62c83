// Writing and reading the ring.
#include "os/frame_ring.h"

#include <cstring>
#include <utility>

namespace acksu::os {

bool FrameRing::push(const Frame& frame) {
  const std::uint32_t bytes = frame.bytes.size();
  const std::uint64_t length = entry_bytes(bytes);
  const std::uint64_t to_end = capacity - place_of(tail_at_);
  const std::uint64_t skipped = length > to_end ? to_end : 0;
  if (tail_at_ + skipped + length - known_head_ > capacity) {
    known_head_ = head_.load(std::memory_order_acquire);
    if (tail_at_ + skipped + length - known_head_ > capacity) return false;
  }
  if (skipped > 0) {
    write({skip, 0, 0, 0});
    tail_at_ += skipped;
  }
  write({bytes, frame.segment_bytes, frame.is_checksum_verified, 0});
  frame.bytes.copy_to({bytes_.get() + place_of(tail_at_) + sizeof(Entry), bytes});
  tail_at_ += length;
  return true;
}

bool FrameRing::publish() {
  if (tail_.load(std::memory_order_relaxed) == tail_at_) return false;
  tail_.store(tail_at_, std::memory_order_release);
  return true;
}

std::size_t FrameRing::pop(BufferPool& pool, std::vector<Frame>& frames, std::size_t most) {
  const std::uint64_t tail = tail_.load(std::memory_order_acquire);
  std::size_t count = 0;
  while (head_at_ != tail && count < most) {
    const Entry entry = read();
    if (entry.bytes == skip) {
      head_at_ += capacity - place_of(head_at_);
      continue;
    }
    Slice slice = pool.allocate(entry.bytes);
    const std::uint8_t* const from = bytes_.get() + place_of(head_at_) + sizeof(Entry);
    if (entry.bytes > 0) std::memcpy(slice.writable().data(), from, entry.bytes);
    Frame& frame = frames.emplace_back();
    frame.bytes.append(std::move(slice));
    frame.segment_bytes = entry.segment_bytes;
    frame.is_checksum_verified = entry.is_checksum_verified != 0;
    head_at_ += entry_bytes(entry.bytes);
    ++count;
  }
  head_.store(head_at_, std::memory_order_release);
  return count;
}

void FrameRing::write(const Entry& entry) {
  std::memcpy(bytes_.get() + place_of(tail_at_), &entry, sizeof entry);
}

FrameRing::Entry FrameRing::read() const {
  Entry entry;
  std::memcpy(&entry, bytes_.get() + place_of(head_at_), sizeof entry);
  return entry;
}

}  // namespace acksu::os
