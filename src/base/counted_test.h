// For tests of containers: a type with a copy that is not trivial, which counts its live objects.
#pragma once

#include <memory>
#include <utility>

namespace acksu {

class Counted {
 public:
  // `live` outlives all copies.
  Counted(int number, int& live) : number_(std::make_unique<int>(number)), live_(&live) {
    ++*live_;
  }
  Counted(const Counted& other)
      : number_(std::make_unique<int>(*other.number_)), live_(other.live_) {
    ++*live_;
  }
  Counted(Counted&& other) noexcept : number_(std::move(other.number_)), live_(other.live_) {
    ++*live_;
  }
  Counted& operator=(Counted other) noexcept {
    std::swap(number_, other.number_);
    std::swap(live_, other.live_);
    return *this;
  }
  ~Counted() { --*live_; }

  int number() const { return *number_; }
  void set_number(int number) { *number_ = number; }

 private:
  std::unique_ptr<int> number_;
  int* live_;
};

}  // namespace acksu
