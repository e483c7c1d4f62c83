// Small arrays of 1 to 64 objects in one piece of memory, named by the index of their first object.
// Growing and shrinking by one object moves the array only when its size class changes, and freed
// arrays are used again last in first out. What is freed stays with its class: who sees that much
// is wasted copies what is left into a new pool. Copying a pool copies the arrays, and every index
// keeps its meaning.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"

namespace acksu {

template <class T>
class ArrayPool {
 public:
  T& operator[](std::uint32_t index) { return objects_[index]; }
  const T& operator[](std::uint32_t index) const { return objects_[index]; }

  // Puts `object` at place `at` of the array of `count` < 64 objects that begins at `first` (which
  // says nothing when there are none). Returns where the array begins now.
  std::uint32_t insert(std::uint32_t first, unsigned count, unsigned at, const T& object) {
    const T copy = object;  // it may lie in here
    const std::uint32_t to = moved(first, count, count + 1);
    for (unsigned i = count; i > at; --i) objects_[to + i] = objects_[to + i - 1];
    objects_[to + at] = copy;
    return to;
  }
  // The contrary: takes the object at place `at` out of an array of `count` objects.
  std::uint32_t erase(std::uint32_t first, unsigned count, unsigned at) {
    for (unsigned i = at; i + 1 < count; ++i) objects_[first + i] = objects_[first + i + 1];
    return moved(first, count, count - 1);
  }
  // A whole array of `count` <= 64 objects, and its end.
  std::uint32_t make(unsigned count) { return moved(0, 0, count); }
  void release(std::uint32_t first, unsigned count) { moved(first, count, 0); }
  void clear() { *this = ArrayPool{}; }
  std::size_t in_use() const { return in_use_; }                    // objects in arrays
  std::size_t wasted() const { return objects_.size() - in_use_; }  // objects in freed ones
  std::uint64_t bytes() const {                                     // memory held
    std::uint64_t held = objects_.capacity() * sizeof(T);
    for (const auto& list : free_) held += list.capacity() * sizeof(std::uint32_t);
    return held;
  }

 private:
  static constexpr std::array<std::uint32_t, 15> class_objects{1,  2,  3,  4,  6,  8,  10, 12,
                                                               16, 20, 24, 32, 40, 48, 64};

  // Fewer and larger steps than the vector's own when it grows: what is not used is waste.
  static constexpr std::size_t least_growth = 16;

  static unsigned class_of(unsigned count) {
    unsigned size_class = 0;
    while (class_objects[size_class] < count) ++size_class;
    return size_class;
  }

  std::uint32_t moved(std::uint32_t first, unsigned from_count, unsigned to_count) {
    ACKSU_ASSERT(to_count <= class_objects.back());
    if (from_count != 0 && to_count != 0 && class_of(from_count) == class_of(to_count))
      return first;
    const std::uint32_t to = to_count == 0 ? 0 : allocate(class_of(to_count));
    for (unsigned i = 0; i < std::min(from_count, to_count); ++i) {
      objects_[to + i] = objects_[first + i];
    }
    if (from_count != 0) {
      free_[class_of(from_count)].push_back(first);
      in_use_ -= class_objects[class_of(from_count)];
    }
    return to;
  }

  std::uint32_t allocate(unsigned size_class) {
    auto& free = free_[size_class];
    in_use_ += class_objects[size_class];
    if (!free.empty()) {
      const std::uint32_t index = free.back();
      free.pop_back();
      return index;
    }
    const std::size_t index = objects_.size();
    const std::size_t needed = index + class_objects[size_class];
    ACKSU_ASSERT(needed < 0xffff'ffff);
    if (needed > objects_.capacity()) objects_.reserve(needed + needed / 8 + least_growth);
    objects_.resize(needed);
    return static_cast<std::uint32_t>(index);
  }

  std::vector<T> objects_;
  std::size_t in_use_ = 0;
  std::array<std::vector<std::uint32_t>, class_objects.size()> free_;  // by size class
};

}  // namespace acksu
