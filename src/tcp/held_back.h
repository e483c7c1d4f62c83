// A trap for receivers that acknowledge what they do not have (Savage et al. 1999; Sherwood et al.
// 2005): now and then, at a moment that nobody can guess, one new segment is not sent though its
// numbers are spent. A receiver that is honest misses it, as if it was lost, and it is sent then;
// that is no congestion, and changes no window. Who acknowledges it before has shown that it lies.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "base/segment.h"
#include "base/seq.h"

namespace acksu::tcp {

class HeldBack {
 public:
  bool is_one() const { return bytes_ != 0; }
  Seq start() const { return start_; }
  std::uint32_t bytes() const { return bytes_; }
  void hold(Seq start, std::uint32_t bytes) {
    start_ = start;
    bytes_ = bytes;
  }
  // Some of it is sent: from now on it may be acknowledged.
  void on_sent(Seq from, Seq to) {
    if (is_one() && is_before(from, start_ + bytes_) && is_after(to, start_)) bytes_ = 0;
  }
  // Acknowledged, cumulatively or by SACK (RFC 2018), though it was never sent.
  bool is_claimed_by(const Segment& segment) const {
    if (!is_one()) return false;
    if (is_after(segment.ack, start_)) return true;
    const auto claims = [&](const SackBlock& block) {
      return is_before(block.start, start_ + bytes_) && is_after(block.end, start_);
    };
    const SackBlocks& blocks = segment.options.sack;
    return std::any_of(blocks.begin(), blocks.end(), claims);
  }

  // How many new segments go before the next is held back.
  bool is_counting() const { return left_ != 0; }
  void count_from(std::uint32_t segments) { left_ = segments; }
  // So many are about to go. True: the first of them is the one.
  bool count_down(std::uint32_t segments) {
    left_ -= std::min(left_, segments);
    return left_ == 0;
  }

  void digest(Digest& digest) const {
    digest.add_together(start_, bytes_);
    digest.add_together(left_);
  }

 private:
  Seq start_;
  std::uint32_t bytes_ = 0;  // 0: nothing is held back
  std::uint32_t left_ = 0;   // 0: not yet counted
};

}  // namespace acksu::tcp
