// An optional object on the heap that is copied with its owner: for what only a busy owner needs.
#pragma once

#include <memory>
#include <utility>

#include "base/rarely.h"

namespace acksu {

template <class T>
class Box {
 public:
  Box() = default;
  Box(const Box& other) : object_(other.object_ ? new T(*other.object_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Box() = default;

  explicit operator bool() const { return rarely(object_ != nullptr); }
  T& operator*() { return *object_; }
  const T& operator*() const { return *object_; }
  T* operator->() { return object_.get(); }
  const T* operator->() const { return object_.get(); }

  // The object; makes it, of these, when there is none.
  template <class... Parts>
  T& make(Parts&&... parts) {
    if (!object_) object_.reset(new T(std::forward<Parts>(parts)...));
    return *object_;
  }
  void reset() { object_.reset(); }

 private:
  std::unique_ptr<T> object_;
};

}  // namespace acksu
