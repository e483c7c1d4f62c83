// For tests of containers: a type with a copy that is not trivial, which counts its live objects
// and knows whether it was moved from.
#pragma once

#include <memory>
#include <utility>

namespace acksu {

struct Counted {
  inline static int live = 0;

  explicit Counted(int number) : value(std::make_unique<int>(number)) { ++live; }
  Counted(const Counted& other) : value(std::make_unique<int>(*other.value)) { ++live; }
  Counted(Counted&& other) noexcept : value(std::move(other.value)) { ++live; }
  Counted& operator=(Counted other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~Counted() { --live; }

  int number() const { return *value; }

  std::unique_ptr<int> value;
};

}  // namespace acksu
