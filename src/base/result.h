// The answer of a call that may fail: a value, or an `Error`. No exceptions needed.
#pragma once

#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/error.h"

namespace acksu {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, error) {}

  explicit operator bool() const { return held_.index() == 0; }

  // The value; asserts that there is one.
  T& operator*() { return *value_or_abort(); }
  const T& operator*() const { return *const_cast<Result*>(this)->value_or_abort(); }
  T* operator->() { return value_or_abort(); }
  const T* operator->() const { return const_cast<Result*>(this)->value_or_abort(); }

  // `Error::none` when there is a value.
  Error error() const {
    const Error* error = std::get_if<1>(&held_);
    return error ? *error : Error::none;
  }

 private:
  T* value_or_abort() {
    T* value = std::get_if<0>(&held_);
    ACKSU_ASSERT(value != nullptr);
    return value;
  }

  std::variant<T, Error> held_;
};

}  // namespace acksu
