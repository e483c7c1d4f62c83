// A queue with access by position, in one pooled block that also holds its numbers: while it is
// empty it costs a pointer, and in steady state no allocator. Elements must be movable. Position 0
// is the front. What an owner knows about all elements together can lie with them (`Shared`): it is
// made new with the first of them and gone with the last.
#pragma once

#include <bit>
#include <cstdint>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/buffer.h"

namespace acksu {

struct NothingShared {};

template <class T, class Shared = NothingShared>
class Ring {
 public:
  Ring() = default;
  Ring(const Ring& other) { copy_from(other); }
  Ring(Ring&& other) noexcept { swap(other); }
  Ring& operator=(Ring other) noexcept {
    swap(other);
    return *this;
  }
  ~Ring() { clear(); }

  bool is_empty() const { return storage_.is_empty(); }
  std::uint32_t size() const { return is_empty() ? 0 : numbers().size; }
  T& operator[](std::uint32_t position) { return *at(position); }
  const T& operator[](std::uint32_t position) const {
    return *const_cast<Ring*>(this)->at(position);
  }
  T& front() { return (*this)[0]; }
  T& back() { return (*this)[size() - 1]; }
  const T& front() const { return (*this)[0]; }
  const T& back() const { return (*this)[size() - 1]; }
  Shared& shared() { return numbers().shared; }  // while it is not empty
  const Shared& shared() const { return numbers().shared; }

  void push_back(BufferPool& pool, T value) { new (place_behind(pool)) T(std::move(value)); }
  // A new element, made in its place.
  T& append(BufferPool& pool) { return *new (place_behind(pool)) T(); }
  void push_front(BufferPool& pool, T value) {
    make_room(pool);
    numbers().first = (numbers().first - 1) & (numbers().capacity - 1);
    ++numbers().size;
    new (place(0)) T(std::move(value));
  }
  void pop_front() {
    at(0)->~T();
    numbers().first = (numbers().first + 1) & (numbers().capacity - 1);
    if (--numbers().size == 0) storage_ = Slice{};
  }
  void pop_back() {
    at(size() - 1)->~T();
    if (--numbers().size == 0) storage_ = Slice{};
  }
  // Inserts before `position` (<= size()); moves the elements of the shorter side.
  void insert(BufferPool& pool, std::uint32_t position, T value) {
    if (position > size() / 2) {
      push_back(pool, std::move(value));
      for (std::uint32_t i = size() - 1; i > position; --i) std::swap((*this)[i], (*this)[i - 1]);
    } else {
      push_front(pool, std::move(value));
      for (std::uint32_t i = 0; i < position; ++i) std::swap((*this)[i], (*this)[i + 1]);
    }
  }
  // Removes `count` elements from `position` on; moves the elements behind them.
  void erase(std::uint32_t position, std::uint32_t count = 1) {
    ACKSU_ASSERT(position + count <= size());
    for (std::uint32_t i = position; i + count < size(); ++i) {
      (*this)[i] = std::move((*this)[i + count]);
    }
    while (count-- > 0) pop_back();
  }
  void clear() {
    while (!is_empty()) pop_back();
  }

 private:
  struct alignas(16) Numbers {
    std::uint32_t first = 0;
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;  // a power of two
    [[no_unique_address]] Shared shared{};
  };
  static constexpr std::uint32_t first_capacity = 2;
  static_assert(alignof(T) <= alignof(Numbers));

  Numbers& numbers() { return *reinterpret_cast<Numbers*>(storage_.owned_data()); }
  const Numbers& numbers() const { return const_cast<Ring*>(this)->numbers(); }
  T* place(std::uint32_t position) {
    return reinterpret_cast<T*>(storage_.owned_data() + sizeof(Numbers)) +
           ((numbers().first + position) & (numbers().capacity - 1));
  }
  T* at(std::uint32_t position) {
    ACKSU_ASSERT(position < size());
    return std::launder(place(position));
  }

  // Where the next element begins to live.
  T* place_behind(BufferPool& pool) {
    make_room(pool);
    return place(numbers().size++);
  }
  void make_room(BufferPool& pool) {
    if (is_empty()) {
      reserve(pool, first_capacity);
    } else if (numbers().size == numbers().capacity) {
      enlarge(pool);
    }
  }
  void enlarge(BufferPool& pool) {
    Ring larger;
    larger.reserve(pool, numbers().capacity * 2);
    larger.numbers().shared = numbers().shared;
    for (std::uint32_t i = 0; i < size(); ++i) {
      new (larger.place(i)) T(std::move((*this)[i]));
      ++larger.numbers().size;
    }
    swap(larger);
  }
  // Takes a block for `capacity` elements at least, and uses all of it.
  void reserve(BufferPool& pool, std::uint32_t capacity) {
    constexpr auto element = static_cast<std::uint32_t>(sizeof(T));
    storage_ = pool.allocate(static_cast<std::uint32_t>(sizeof(Numbers)) + capacity * element);
    const auto room = storage_.pinned_bytes() - static_cast<std::uint32_t>(sizeof(Numbers));
    new (storage_.owned_data()) Numbers{.capacity = std::bit_floor(room / element)};
  }
  void copy_from(const Ring& other) {
    if (other.is_empty()) return;
    reserve(*other.storage_.pool(), other.numbers().capacity);
    numbers().shared = other.numbers().shared;
    for (std::uint32_t i = 0; i < other.size(); ++i) {
      T* copy = new (place(i)) T(other[i]);
      ++numbers().size;
      if constexpr (requires { copy->separate(); }) copy->separate();
    }
  }
  void swap(Ring& other) noexcept { std::swap(storage_, other.storage_); }

  Slice storage_;  // empty while there are no elements
};

}  // namespace acksu
