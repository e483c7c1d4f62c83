// The pool's free lists and the cutting of chains.
#include "base/buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace acksu {
namespace {

constexpr std::size_t block_alignment = 64;  // a cache line

// Memory of the system running out is no case a host can go on from: its own budgets come first.
Block* new_block(std::uint32_t capacity) {
  const std::size_t wanted = sizeof(Block) + capacity;
  const std::size_t rounded = (wanted + block_alignment - 1) & ~(block_alignment - 1);
  void* memory = std::aligned_alloc(block_alignment, rounded);
  ACKSU_ASSERT(memory != nullptr);
  return new (memory) Block{};
}

}  // namespace

BufferPool::~BufferPool() {
  ACKSU_ASSERT(live_blocks_ == 0);
  for (Block* block : free_) {
    while (block != nullptr) std::free(std::exchange(block, block->next_free));
  }
}

Slice BufferPool::copy_of(Bytes bytes) {
  Slice slice = allocate(static_cast<std::uint32_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(slice.writable().data(), bytes.data(), bytes.size());
  return slice;
}

Slice BufferPool::growable(Slice slice) {
  if (slice.room() == slice.spare()) return slice;
  Slice copy{take(slice.pinned_bytes()), slice.length_};
  copy.offset_ = slice.offset_;
  copy.block_->used = slice.offset_ + slice.length_;
  if (!slice.is_empty()) std::memcpy(copy.writable().data(), slice.bytes().data(), slice.size());
  return copy;
}

Block* BufferPool::make(std::uint16_t size_class, std::uint32_t capacity) {
  Block* block = new_block(capacity);
  block->pool = this;
  block->capacity = capacity;
  block->size_class = size_class;
  return block;
}

void BufferPool::destroy(Block* block) { std::free(block); }

// ---- Chains -------------------------------------------------------------------------------------

BufferChain::BufferChain(const BufferChain& other) {
  for (std::uint32_t i = 0; i < other.count_; ++i) append(other[i]);
}

void BufferChain::append_far(Slice slice) {
  if (count_ == inline_slices) far_ = new std::vector<Slice>;
  far_->push_back(std::move(slice));
  ++count_;
}

void BufferChain::append(BufferChain chain) {
  for (std::uint32_t i = 0; i < chain.count(); ++i) append(std::move(chain[i]));
}

void BufferChain::drop_slices_in_front(std::uint32_t count) {
  ACKSU_ASSERT(count <= size_);
  size_ -= count;
  std::uint32_t gone = 0;
  while (gone < count_ && count >= (*this)[gone].size()) {
    count -= (*this)[gone].size();
    ++gone;
  }
  if (count > 0) (*this)[gone].drop_front(count);
  if (gone == 0) return;
  for (std::uint32_t i = gone; i < count_; ++i) (*this)[i - gone] = std::move((*this)[i]);
  cut_to(count_ - gone);
}

void BufferChain::drop_slices_at_back(std::uint32_t count) {
  ACKSU_ASSERT(count <= size_);
  size_ -= count;
  std::uint32_t kept = count_;
  while (kept > 0 && count >= (*this)[kept - 1].size()) {
    count -= (*this)[kept - 1].size();
    --kept;
  }
  if (count > 0) (*this)[kept - 1].drop_back(count);
  cut_to(kept);
}

void BufferChain::cut_to(std::uint32_t count) {
  if (count_ > inline_slices) {
    far_->resize(std::max(count, inline_slices) - inline_slices);
    if (far_->empty()) delete far_;
  }
  for (std::uint32_t i = count; i < std::min(count_, inline_slices); ++i) near_[i].~Slice();
  count_ = count;
}

void BufferChain::copy_to(MutableBytes to) const {
  ACKSU_ASSERT(to.size() == size_);
  std::size_t offset = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Bytes bytes = (*this)[i].bytes();
    std::memcpy(to.data() + offset, bytes.data(), bytes.size());
    offset += bytes.size();
  }
}

std::vector<std::uint8_t> BufferChain::flatten() const {
  std::vector<std::uint8_t> result(size_);
  copy_to(result);
  return result;
}

Sum BufferChain::sum() const {
  if (count_ == 1) return sum_of(near_[0].bytes());
  Sum sum;
  std::uint32_t offset = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Slice& slice = (*this)[i];
    sum = sum.then(sum_of(slice.bytes()), offset);
    offset += slice.size();
  }
  return sum;
}

}  // namespace acksu
