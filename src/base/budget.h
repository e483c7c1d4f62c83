// A budget in bytes: what is held is charged, and what would go beyond the limit is refused and
// counted.
#pragma once

#include <cstdint>

#include "base/assert.h"

namespace acksu {

class Budget {
 public:
  // The `refused_charge`th charge that fits is refused all the same, once; 0: none is.
  explicit Budget(std::uint64_t limit_bytes, std::uint64_t refused_charge = 0)
      : limit_(limit_bytes), until_refusal_(refused_charge) {}

  // False when the budget would be exceeded: nothing is charged then.
  [[nodiscard]] bool charge(std::uint64_t bytes) {
    if (bytes > limit_ - held_ || --until_refusal_ == 0) {
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
  std::uint64_t until_refusal_;
  std::uint64_t held_ = 0;
  std::uint64_t peak_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace acksu
