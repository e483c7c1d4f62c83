// A budget in bytes: what is held is charged, and what would go beyond the limit is refused and
// counted.
#pragma once

#include <cstdint>

#include "base/assert.h"

namespace acksu {

class Budget {
 public:
  explicit Budget(std::uint64_t limit_bytes) : limit_(limit_bytes) {}

  // False when the budget would be exceeded: nothing is charged then.
  [[nodiscard]] bool charge(std::uint64_t bytes) {
    if (bytes > limit_ - held_) {
      ++refused_;
      return false;
    }
    held_ += bytes;
    if (held_ > peak_) peak_ = held_;
    return true;
  }
  void give_back(std::uint64_t bytes) {
    ACKSU_ASSERT(bytes <= held_);
    held_ -= bytes;
  }

  std::uint64_t held() const { return held_; }
  std::uint64_t free() const { return limit_ - held_; }
  std::uint64_t peak() const { return peak_; }
  std::uint64_t refused() const { return refused_; }

 private:
  std::uint64_t limit_;
  std::uint64_t held_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace acksu
