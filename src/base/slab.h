// Objects of one type in chunks that never move, named by a 32-bit index. A freed index is used
// again last in first out; its generation tells an old name from a new one. Copying a slab copies
// the objects, and every index keeps its meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace acksu {

template <class T, unsigned chunk_bits = 6>
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
    if (first_free_ == none) add_chunk();
    const std::uint32_t index = first_free_;
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
    return index < capacity() && const_cast<Slab*>(this)->slot_at(index).next_free == in_use;
  }
  std::uint32_t generation(std::uint32_t index) const {
    return const_cast<Slab*>(this)->slot_at(index).generation;
  }
  // The object of that name, or null if it was released since.
  T* find(std::uint32_t index, std::uint32_t generation) {
    if (!holds(index) || slot_at(index).generation != generation) return nullptr;
    return &(*this)[index];
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t capacity() const {
    return static_cast<std::uint32_t>(chunks_.size()) << chunk_bits;
  }
  void prefetch(std::uint32_t index) const {
    __builtin_prefetch(&const_cast<Slab*>(this)->slot_at(index));
  }

  // Calls f(index, object) for every object, by rising index.
  template <class F>
  void for_each(F&& f) {
    for (std::uint32_t index = 0; index < capacity(); ++index) {
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
  static constexpr std::uint32_t chunk_slots = 1u << chunk_bits;

  struct Slot {
    std::uint32_t next_free = none;
    std::uint32_t generation = 1;
    alignas(T) unsigned char storage[sizeof(T)];
  };
  using Chunk = std::unique_ptr<Slot[]>;

  Slot& slot_at(std::uint32_t index) {
    return chunks_[index >> chunk_bits][index & (chunk_slots - 1)];
  }
  static T& object_in(Slot& slot) { return *std::launder(reinterpret_cast<T*>(slot.storage)); }

  void add_chunk() {
    const std::uint32_t first = capacity();
    chunks_.emplace_back(new Slot[chunk_slots]);
    for (std::uint32_t i = first + chunk_slots; i > first; --i) {
      slot_at(i - 1).next_free = first_free_;
      first_free_ = i - 1;
    }
  }

  void copy_from(const Slab& other) {
    chunks_.reserve(other.chunks_.size());
    for (const Chunk& theirs : other.chunks_) {
      Chunk& mine = chunks_.emplace_back(new Slot[chunk_slots]);
      for (std::uint32_t i = 0; i < chunk_slots; ++i) copy_slot(mine[i], theirs[i]);
    }
    first_free_ = other.first_free_;
    size_ = other.size_;
  }
  static void copy_slot(Slot& mine, Slot& theirs) {
    mine.next_free = theirs.next_free;
    mine.generation = theirs.generation;
    if (theirs.next_free == in_use) new (mine.storage) T(object_in(theirs));
  }
  void swap(Slab& other) noexcept {
    std::swap(chunks_, other.chunks_);
    std::swap(first_free_, other.first_free_);
    std::swap(size_, other.size_);
  }

  std::vector<Chunk> chunks_;
  std::uint32_t first_free_ = none;
  std::uint32_t size_ = 0;
};

}  // namespace acksu
