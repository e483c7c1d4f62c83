// Text without copies: pooled blocks of bytes, counted references to parts of them, and chains of
// such parts. Bytes that somebody may still refer to are never written again, so blocks may be
// shared by frames, queues and copies of a world. Counts are not atomic: a pool and all that came
// from it belong to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/checksum.h"

namespace acksu {

class BufferPool;

struct alignas(32) Block {
  BufferPool* pool;
  Block* next_free;
  std::uint32_t references;
  std::uint32_t capacity;
  std::uint32_t
      used;  // bytes [0, used) belong to some slice; only the slice that ends here may grow
  std::uint16_t size_class;
  bool is_frozen;

  std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(this + 1); }
};

// A counted reference to part of a block. Cheap to copy; empty by default.
class Slice {
 public:
  Slice() = default;
  Slice(const Slice& other) : block_(other.block_), offset_(other.offset_), length_(other.length_) {
    if (block_ != nullptr) ++block_->references;
  }
  Slice(Slice&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        offset_(other.offset_),
        length_(std::exchange(other.length_, 0)) {}
  Slice& operator=(const Slice& other) { return *this = Slice{other}; }
  Slice& operator=(Slice&& other) noexcept {
    Block* const old = std::exchange(block_, std::exchange(other.block_, nullptr));
    offset_ = other.offset_;
    length_ = std::exchange(other.length_, 0);
    if (old != nullptr && --old->references == 0) release(old);
    return *this;
  }
  [[gnu::always_inline]] ~Slice() {
    if (block_ != nullptr && --block_->references == 0) release(block_);
  }

  std::uint32_t size() const { return length_; }
  bool is_empty() const { return length_ == 0; }
  Bytes bytes() const { return {block_ == nullptr ? nullptr : block_->data() + offset_, length_}; }
  // Bytes that this slice keeps from being used for anything else.
  std::uint32_t pinned_bytes() const { return block_ == nullptr ? 0 : block_->capacity; }

  // For the sole owner of a block that it uses as storage.
  std::uint8_t* owned_data() { return block_->data(); }
  BufferPool* pool() const { return block_ == nullptr ? nullptr : block_->pool; }

  void drop_front(std::uint32_t count) {
    ACKSU_ASSERT(count <= length_);
    offset_ += count;
    length_ -= count;
  }
  void drop_back(std::uint32_t count) {
    ACKSU_ASSERT(count <= length_);
    length_ -= count;
  }
  Slice part(std::uint32_t offset, std::uint32_t length) const {
    Slice result = *this;
    result.drop_front(offset);
    result.drop_back(result.length_ - length);
    return result;
  }

  bool is_of_same_block(const Slice& other) const {
    return block_ != nullptr && block_ == other.block_;
  }
  // Ends all writing to the block, also behind what any slice of it holds: it has room for nobody.
  void freeze() {
    block_->used = block_->capacity;
    block_->is_frozen = true;
  }
  bool is_frozen() const { return block_ != nullptr && block_->is_frozen; }
  // Takes in `next`, if its bytes lie right behind these in a frozen block; false: they do not.
  // (Where a block may grow, a copy of its owner goes on in another: it would have other slices.)
  bool join(const Slice& next) {
    if (!is_frozen() || !is_of_same_block(next) || next.offset_ != offset_ + length_) return false;
    length_ += next.length_;
    return true;
  }

  // Bytes that may be appended in place: nobody else has been given the bytes behind this slice.
  std::uint32_t room() const {
    return block_ != nullptr && block_->used == offset_ + length_ ? block_->capacity - block_->used
                                                                  : 0;
  }
  // Bytes of the block behind this slice, whoever may have been given them.
  std::uint32_t spare() const {
    return block_ == nullptr ? 0 : block_->capacity - offset_ - length_;
  }
  // Appends `count` <= room() bytes for the caller to fill at once.
  MutableBytes grow(std::uint32_t count) {
    ACKSU_ASSERT(count <= room());
    block_->used += count;
    length_ += count;
    return {block_->data() + offset_ + length_ - count, count};
  }
  // For the one who just allocated the block and has not yet shown it to anybody.
  MutableBytes writable() {
    ACKSU_ASSERT(block_ != nullptr && block_->references == 1);
    return {block_->data() + offset_, length_};
  }

 private:
  friend class BufferPool;
  explicit Slice(Block* block, std::uint32_t length) : block_(block), length_(length) {}
  static void release(Block* block);

  Block* block_ = nullptr;
  std::uint32_t offset_ = 0;
  std::uint32_t length_ = 0;
};

// Gives out blocks and takes them back, last in first out. Holds no meaning of its own: what a host
// holds is accounted by the host. The pool outlives its blocks: keep it by shared_ptr in every
// owner of slices.
class BufferPool {
 public:
  static constexpr std::array<std::uint32_t, 4> class_bytes{224, 2048, 9216, 66560};

  BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  // A slice of `length` bytes, not initialised, in a block with room for at least max(length,
  // room_bytes).
  Slice allocate(std::uint32_t length, std::uint32_t room_bytes = 0);
  // A slice holding a copy of `bytes`.
  Slice copy_of(Bytes bytes);
  // The same bytes with all of spare() as room(): `slice` itself, or a copy at the same place of
  // another block when somebody has been given the bytes behind it (a copy of its owner, which must
  // not change what the owner does).
  Slice growable(Slice slice);

  // What a block for so many bytes pins.
  static std::uint32_t block_bytes(std::uint32_t length) {
    for (const std::uint32_t bytes : class_bytes) {
      if (length <= bytes) return bytes;
    }
    return length;
  }

  std::uint64_t live_blocks() const { return live_blocks_; }
  std::uint64_t live_bytes() const { return live_bytes_; }

 private:
  friend class Slice;
  static constexpr std::uint16_t large = 4;  // the size class of blocks that are not pooled

  Block* take(std::uint32_t capacity) {
    std::uint16_t size_class = 0;
    while (size_class < large && class_bytes[size_class] < capacity) ++size_class;
    Block* block = size_class < large ? free_[size_class] : nullptr;
    if (block == nullptr) {
      block = make(size_class, size_class < large ? class_bytes[size_class] : capacity);
    } else {
      free_[size_class] = block->next_free;
    }
    block->references = 1;
    block->is_frozen = false;
    ++live_blocks_;
    live_bytes_ += block->capacity;
    return block;
  }
  [[gnu::noinline]] Block* make(std::uint16_t size_class, std::uint32_t capacity);
  void give_back(Block* block) {
    --live_blocks_;
    live_bytes_ -= block->capacity;
    if (block->size_class == large) return destroy(block);
    block->next_free = free_[block->size_class];
    free_[block->size_class] = block;
  }
  static void destroy(Block* block);

  std::array<Block*, class_bytes.size()> free_{};
  std::uint64_t live_blocks_ = 0;
  std::uint64_t live_bytes_ = 0;
};

inline void Slice::release(Block* block) { block->pool->give_back(block); }

inline Slice BufferPool::allocate(std::uint32_t length, std::uint32_t room_bytes) {
  Block* block = take(length > room_bytes ? length : room_bytes);
  block->used = length;
  return Slice{block, length};
}

// Slices one behind another. In a frame the first slice holds all headers. Made, moved and
// destroyed with every segment: what an empty chain does not need is not even cleared.
class BufferChain {
 public:
  BufferChain() {}
  explicit BufferChain(Slice slice) { append(std::move(slice)); }
  BufferChain(const BufferChain& other);
  BufferChain(BufferChain&& other) noexcept { take(other); }  // the other is empty after
  BufferChain& operator=(const BufferChain& other) { return *this = BufferChain{other}; }
  BufferChain& operator=(BufferChain&& other) noexcept {
    if (this == &other) return *this;
    clear();
    take(other);
    return *this;
  }
  [[gnu::always_inline]] ~BufferChain() { clear(); }

  std::uint32_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  std::uint32_t count() const { return count_; }
  // index < count()
  const Slice& operator[](std::uint32_t index) const {
    return index < inline_slices ? near_[index] : (*far_)[index - inline_slices];
  }
  Slice& operator[](std::uint32_t index) {
    return index < inline_slices ? near_[index] : (*far_)[index - inline_slices];
  }
  // What the blocks that it shares take, each counted as often as it is shared.
  std::uint32_t pinned_bytes() const {
    std::uint32_t bytes = 0;
    for (std::uint32_t i = 0; i < count_; ++i) bytes += (*this)[i].pinned_bytes();
    return bytes;
  }
  // The bytes of the first slice; none when empty.
  Bytes front() const { return count_ == 0 ? Bytes{} : near_[0].bytes(); }

  void append(Slice slice) {  // empty slices are not kept
    if (slice.is_empty()) return;
    size_ += slice.size();
    if (count_ < inline_slices) [[likely]] {
      new (&near_[count_++]) Slice(std::move(slice));
    } else {
      append_far(std::move(slice));
    }
  }
  void append(BufferChain chain);  // all of its slices
  // The same in fewer slices, where it goes on where the last one ends.
  void append_joined(const Slice& slice) {
    if (count_ > 0 && (*this)[count_ - 1].join(slice)) {
      size_ += slice.size();
    } else {
      append(slice);
    }
  }
  void drop_front(std::uint32_t count) {  // count <= size()
    if (count_ > 0 && count < near_[0].size()) {
      near_[0].drop_front(count);
      size_ -= count;
    } else if (count_ == 2 && count == near_[0].size()) {  // headers leave, text stays
      near_[0] = std::move(near_[1]);
      near_[1].~Slice();
      size_ -= count;
      count_ = 1;
    } else {
      drop_slices_in_front(count);
    }
  }
  void drop_back(std::uint32_t count) {  // count <= size()
    if (count > 0) drop_slices_at_back(count);
  }
  [[gnu::always_inline]] void clear() {
    if (count_ == 1) {  // as nearly all that live
      near_[0].~Slice();
      count_ = 0;
    } else if (count_ > 0) {
      cut_to(0);
    }
    size_ = 0;
  }
  void copy_to(MutableBytes to) const;        // to.size() == size()
  std::vector<std::uint8_t> flatten() const;  // for tests, traces and devices that want one piece
  Sum sum() const;                            // RFC 1071 sum of all bytes

 private:
  static constexpr std::uint32_t inline_slices = 2;

  // A slice may be moved by its bytes: nothing points to it.
  void take(BufferChain& other) {
    std::memcpy(static_cast<void*>(this), static_cast<const void*>(&other), sizeof *this);
    other.count_ = other.size_ = 0;
  }
  // Rare, and out of the way of what is not.
  [[gnu::noinline]] void append_far(Slice slice);
  [[gnu::noinline]] void drop_slices_in_front(std::uint32_t count);
  [[gnu::noinline]] void drop_slices_at_back(std::uint32_t count);
  [[gnu::noinline]] void cut_to(std::uint32_t count);  // lets go of all slices from `count` on

  std::uint32_t count_ = 0;
  std::uint32_t size_ = 0;
  union {
    Slice near_[inline_slices];  // of these min(count_, inline_slices) live
  };
  std::vector<Slice>* far_;  // the others; it lives while there are any
};

}  // namespace acksu
