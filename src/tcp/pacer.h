// Pacing: text leaves in small bursts at a rate instead of all that the window allows at once; or
// only what would be a large burst does.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/digest.h"
#include "base/time.h"

namespace acksu::tcp {

class Pacer {
 public:
  static constexpr std::uint64_t most_bytes_per_second = 1'000'000'000'000;

  bool is_on() const { return bytes_per_second_ > 0; }
  // Text is spread over the round trip at all times; else only large bursts are cut, if it is on.
  bool is_spreading() const { return is_on() && !is_limit_; }
  std::uint64_t bytes_per_second() const { return bytes_per_second_; }
  // The most that leaves at once: a millisecond's worth, but two segments at least.
  std::uint32_t quantum() const { return quantum_; }

  // 0: not paced any more.
  void set_rate(std::uint64_t bytes_per_second, std::uint32_t mss) {
    bytes_per_second_ = std::min(bytes_per_second, most_bytes_per_second);
    quantum_ = quantum_at(bytes_per_second_, mss);
    is_limit_ = false;
  }
  // What leaves at once is no more than `burst` or a millisecond's worth; what the rate, which is
  // to be well above that of the path, allows is not held up.
  void limit_bursts(std::uint64_t bytes_per_second, std::uint32_t burst) {
    bytes_per_second_ = std::min(bytes_per_second, most_bytes_per_second);
    const std::uint64_t of_a_millisecond = std::min(bytes_per_second_ / 1000, largest_limit);
    quantum_ = std::max(static_cast<std::uint32_t>(of_a_millisecond), burst);
    is_limit_ = true;
  }
  static std::uint32_t quantum_at(std::uint64_t bytes_per_second, std::uint32_t mss) {
    const std::uint64_t of_a_millisecond = std::min(bytes_per_second / 1000, largest_quantum);
    return std::max(static_cast<std::uint32_t>(of_a_millisecond), 2 * mss);
  }
  // Whether text may leave now; else not before `next_at`.
  bool may_send(Instant now) {
    if (!is_on()) return true;
    if (now < next_at_ || now == begun_at_) return left_ > 0;
    // Timers are late: what that cost is made good up to half a burst. What is left of an earlier
    // burst is not added to this one.
    next_at_ = std::max(next_at_, now - time_of(quantum_) / 2);
    begun_at_ = now;
    left_ = quantum_;
    return true;
  }
  // Later than now, however fast it goes: a burst that has left is over when time has passed.
  Instant next_at() const { return std::max(next_at_, begun_at_ + 1ns); }
  void on_sent(std::uint32_t bytes) {
    if (!is_on()) return;
    left_ -= std::min(left_, bytes);
    next_at_ += time_of(bytes);
  }

  void digest(Digest& digest) const {
    digest.add(bytes_per_second_);
    digest.add(next_at_);
    digest.add(begun_at_);
    digest.add_together(left_, quantum_);
    digest.add_together(is_limit_);
  }

 private:
  static constexpr std::uint64_t largest_quantum = 64 * 1024;
  static constexpr std::uint64_t largest_limit = 1u << 30;

  Duration time_of(std::uint32_t bytes) const {
    const std::uint64_t time = std::uint64_t{bytes} * 1'000'000'000 / bytes_per_second_;
    return Duration{static_cast<Duration::rep>(std::min<std::uint64_t>(time, longest_wait))};
  }
  static constexpr std::uint64_t longest_wait = 1'000'000'000;  // a second; of any rate

  std::uint64_t bytes_per_second_ = 0;
  Instant next_at_{};
  Instant begun_at_ = Instant::min();  // the last burst
  std::uint32_t left_ = 0;             // of the burst that may leave at once
  std::uint32_t quantum_ = 0;
  bool is_limit_ = false;
};

}  // namespace acksu::tcp
