// Objects of one type that never move, named by a 32-bit index. A freed index is used again last in
// first out; its generation tells an old name from a new one. Copying a slab copies the objects,
// and every index keeps its meaning.
//
// Memory comes in chunks that grow with what is there, so that many objects lie in few large blocks
// (which a system can map by large pages), and is not touched before it is used.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace acksu {

template <class T, unsigned page_bits = 6>
class Slab {
 public:
  static constexpr std::uint32_t none = 0xffff'ffff;

  Slab() = default;
  Slab(const Slab& other) { copy_from(other); }
  Slab(Slab&& other) noexcept { swap(other); }
  Slab& operator=(Slab other) noexcept {
    swap(other);
    return *this;
  }
  ~Slab() {
    for_each([](std::uint32_t, T& object) { object.~T(); });
  }

  // The index of a new object made of `arguments`.
  template <class... Arguments>
  std::uint32_t allocate(Arguments&&... arguments) {
    const std::uint32_t index = first_free_ == none ? take_fresh() : first_free_;
    Slot& slot = slot_at(index);
    first_free_ = slot.next_free;
    new (slot.storage) T(std::forward<Arguments>(arguments)...);
    slot.next_free = in_use;
    ++size_;
    return index;
  }

  void release(std::uint32_t index) {
    ACKSU_ASSERT(holds(index));
    Slot& slot = slot_at(index);
    object_in(slot).~T();
    ++slot.generation;
    slot.next_free = first_free_;
    first_free_ = index;
    --size_;
  }

  T& operator[](std::uint32_t index) { return object_in(slot_at(index)); }
  const T& operator[](std::uint32_t index) const {
    return const_cast<Slab*>(this)->operator[](index);
  }

  bool holds(std::uint32_t index) const {
    return index < fresh_ && const_cast<Slab*>(this)->slot_at(index).next_free == in_use;
  }
  // Of an index that was given out at some time.
  std::uint32_t generation(std::uint32_t index) const {
    ACKSU_ASSERT(index < fresh_);
    return const_cast<Slab*>(this)->slot_at(index).generation;
  }
  // The object of that name, or null if it was released since.
  T* find(std::uint32_t index, std::uint32_t generation) {
    if (!holds(index) || slot_at(index).generation != generation) return nullptr;
    return &(*this)[index];
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t capacity() const { return static_cast<std::uint32_t>(pages_.size()) << page_bits; }
  void prefetch(std::uint32_t index) const {
    __builtin_prefetch(&const_cast<Slab*>(this)->slot_at(index));
  }

  // Calls f(index, object) for every object, by rising index.
  template <class F>
  void for_each(F&& f) {
    for (std::uint32_t index = 0; index < fresh_; ++index) {
      if (slot_at(index).next_free == in_use) f(index, (*this)[index]);
    }
  }
  template <class F>
  void for_each(F&& f) const {
    const_cast<Slab*>(this)->for_each(
        [&f](std::uint32_t index, T& object) { f(index, static_cast<const T&>(object)); });
  }

 private:
  static constexpr std::uint32_t in_use = 0xffff'fffe;
  static constexpr std::uint32_t page_slots = 1u << page_bits;
  static constexpr std::uint32_t most_chunk_slots = 1u << 16;

  struct Slot {
    std::uint32_t next_free;
    std::uint32_t generation;
    alignas(T) unsigned char storage[sizeof(T)];
  };
  using Chunk = std::unique_ptr<Slot[]>;

  Slot& slot_at(std::uint32_t index) {
    return pages_[index >> page_bits][index & (page_slots - 1)];
  }
  static T& object_in(Slot& slot) { return *std::launder(reinterpret_cast<T*>(slot.storage)); }

  // An index that was never used.
  std::uint32_t take_fresh() {
    if (fresh_ == capacity()) {
      const std::uint32_t slots = std::clamp(capacity() / 16, page_slots, most_chunk_slots);
      add_pages(slots >> page_bits);
    }
    Slot& slot = slot_at(fresh_);
    slot.next_free = none;
    slot.generation = 1;
    return fresh_++;
  }

  void add_pages(std::uint32_t count) {
    const Chunk& chunk = chunks_.emplace_back(new Slot[std::size_t{count} << page_bits]);
    for (std::uint32_t i = 0; i < count; ++i) {
      pages_.push_back(chunk.get() + (std::size_t{i} << page_bits));
    }
  }

  void copy_from(const Slab& other) {
    const std::uint32_t pages = (other.fresh_ + page_slots - 1) >> page_bits;
    if (pages > 0) add_pages(pages);
    for (std::uint32_t i = 0; i < other.fresh_; ++i) {
      copy_slot(slot_at(i), const_cast<Slab&>(other).slot_at(i));
    }
    first_free_ = other.first_free_;
    fresh_ = other.fresh_;
    size_ = other.size_;
  }
  static void copy_slot(Slot& mine, Slot& theirs) {
    mine.next_free = theirs.next_free;
    mine.generation = theirs.generation;
    if (theirs.next_free == in_use) new (mine.storage) T(object_in(theirs));
  }
  void swap(Slab& other) noexcept {
    std::swap(chunks_, other.chunks_);
    std::swap(pages_, other.pages_);
    std::swap(first_free_, other.first_free_);
    std::swap(fresh_, other.fresh_);
    std::swap(size_, other.size_);
  }

  std::vector<Chunk> chunks_;
  std::vector<Slot*> pages_;  // of the chunks, one behind another
  std::uint32_t first_free_ = none;
  std::uint32_t fresh_ = 0;  // all below were used at some time
  std::uint32_t size_ = 0;
};

}  // namespace acksu
