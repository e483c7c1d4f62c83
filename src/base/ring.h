// A queue with access by position, in one pooled block: it costs nothing while it is empty, and no
// allocator in steady state. Elements must be movable. Position 0 is the front.
#pragma once

#include <cstdint>
#include <new>
#include <utility>

#include "base/assert.h"
#include "base/buffer.h"

namespace acksu {

template <class T>
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

  bool is_empty() const { return size_ == 0; }
  std::uint32_t size() const { return size_; }
  T& operator[](std::uint32_t position) { return *at(position); }
  const T& operator[](std::uint32_t position) const {
    return *const_cast<Ring*>(this)->at(position);
  }
  T& front() { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& front() const { return (*this)[0]; }
  const T& back() const { return (*this)[size_ - 1]; }

  void push_back(BufferPool& pool, T value) {
    if (size_ == capacity_) enlarge(pool);
    new (place(size_)) T(std::move(value));
    ++size_;
  }
  void push_front(BufferPool& pool, T value) {
    if (size_ == capacity_) enlarge(pool);
    first_ = (first_ - 1) & (capacity_ - 1);
    new (place(0)) T(std::move(value));
    ++size_;
  }
  void pop_front() {
    at(0)->~T();
    first_ = (first_ + 1) & (capacity_ - 1);
    if (--size_ == 0) give_back();
  }
  void pop_back() {
    at(size_ - 1)->~T();
    if (--size_ == 0) give_back();
  }
  // Inserts before `position` (<= size()); moves the elements of the shorter side.
  void insert(BufferPool& pool, std::uint32_t position, T value) {
    if (position > size_ / 2) {
      push_back(pool, std::move(value));
      for (std::uint32_t i = size_ - 1; i > position; --i) std::swap((*this)[i], (*this)[i - 1]);
    } else {
      push_front(pool, std::move(value));
      for (std::uint32_t i = 0; i < position; ++i) std::swap((*this)[i], (*this)[i + 1]);
    }
  }
  // Removes `count` elements from `position` on; moves the elements behind them.
  void erase(std::uint32_t position, std::uint32_t count = 1) {
    ACKSU_ASSERT(position + count <= size_);
    for (std::uint32_t i = position; i + count < size_; ++i) {
      (*this)[i] = std::move((*this)[i + count]);
    }
    while (count-- > 0) pop_back();
  }
  void clear() {
    while (size_ > 0) pop_back();
  }

 private:
  T* place(std::uint32_t position) {
    return reinterpret_cast<T*>(storage_.owned_data()) + ((first_ + position) & (capacity_ - 1));
  }
  T* at(std::uint32_t position) {
    ACKSU_ASSERT(position < size_);
    return std::launder(place(position));
  }

  void enlarge(BufferPool& pool) {
    Ring larger;
    larger.reserve(pool, capacity_ == 0 ? first_capacity : capacity_ * 2);
    for (std::uint32_t i = 0; i < size_; ++i) {
      new (larger.place(i)) T(std::move((*this)[i]));
      ++larger.size_;
    }
    swap(larger);
  }
  void reserve(BufferPool& pool, std::uint32_t capacity) {
    storage_ = pool.allocate(capacity * static_cast<std::uint32_t>(sizeof(T)));
    capacity_ = capacity;
    first_ = 0;
  }
  void copy_from(const Ring& other) {
    if (other.size_ == 0) return;
    reserve(*other.storage_.pool(), other.capacity_);
    for (std::uint32_t i = 0; i < other.size_; ++i) {
      new (place(i)) T(other[i]);
      ++size_;
    }
  }
  void give_back() {
    storage_ = Slice{};
    capacity_ = 0;
    first_ = 0;
  }
  void swap(Ring& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  static constexpr std::uint32_t first_capacity = 4;
  static_assert(alignof(T) <= 32);

  Slice storage_;
  std::uint32_t first_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;  // a power of two, or 0
};

}  // namespace acksu
