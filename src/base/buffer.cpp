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

void Slice::release(Block* block) { block->pool->give_back(block); }

void Slice::take_own_block() {
  Slice own{block_->pool->take(block_->capacity), length_};
  own.offset_ = offset_;
  own.block_->used = block_->used;
  std::memcpy(own.block_->data() + offset_, block_->data() + offset_, length_);
  *this = std::move(own);
}

BufferPool::~BufferPool() {
  ACKSU_ASSERT(live_blocks_ == 0);
  for (Block* block : free_) {
    while (block != nullptr) std::free(std::exchange(block, block->next_free));
  }
}

Slice BufferPool::allocate(std::uint32_t length, std::uint32_t room_bytes) {
  Block* block = take(std::max(length, room_bytes));
  block->used = length;
  return Slice{block, length};
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

Block* BufferPool::take(std::uint32_t capacity) {
  std::uint32_t size_class = 0;
  while (size_class < large && class_bytes[size_class] < capacity) ++size_class;
  const std::uint32_t rounded = size_class < large ? class_bytes[size_class] : capacity;

  Block* block = nullptr;
  if (size_class < large && free_[size_class] != nullptr) {
    block = free_[size_class];
    free_[size_class] = block->next_free;
  } else {
    block = new_block(rounded);
    block->pool = this;
    block->capacity = rounded;
    block->size_class = size_class;
  }
  block->references = 1;
  ++live_blocks_;
  live_bytes_ += rounded;
  return block;
}

void BufferPool::give_back(Block* block) {
  --live_blocks_;
  live_bytes_ -= block->capacity;
  if (block->size_class == large) {
    std::free(block);
    return;
  }
  block->next_free = free_[block->size_class];
  free_[block->size_class] = block;
}

void BufferChain::append(Slice slice) {
  if (slice.is_empty()) return;
  size_ += slice.size();
  if (count_ < inline_slices) {
    near_[count_] = std::move(slice);
  } else {
    far_.push_back(std::move(slice));
  }
  ++count_;
}

void BufferChain::append(BufferChain chain) {
  for (std::uint32_t i = 0; i < chain.count(); ++i) append(std::move(chain[i]));
}

void BufferChain::drop_front(std::uint32_t count) {
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

void BufferChain::drop_back(std::uint32_t count) {
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

void BufferChain::clear() {
  size_ = 0;
  cut_to(0);
}

void BufferChain::cut_to(std::uint32_t count) {
  for (std::uint32_t i = count; i < std::min(count_, inline_slices); ++i) near_[i] = Slice{};
  if (!far_.empty()) far_.resize(count > inline_slices ? count - inline_slices : 0);
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
