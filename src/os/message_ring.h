// Small values from one thread to another, in order: a ring with one writer and one reader, who
// share nothing but two counters.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace acksu::os {

template <class T, std::size_t places>
class MessageRing {
  static_assert(std::is_trivially_copyable_v<T> && (places & (places - 1)) == 0);

 public:
  // By the writer. False: there is no room.
  bool push(const T& value) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == places) return false;
    values_[tail % places] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  // By the reader. Nothing: there is none.
  std::optional<T> pop() {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    const T value = values_[head % places];
    head_.store(head + 1, std::memory_order_release);
    return value;
  }
  bool is_empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  std::array<T, places> values_{};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) std::atomic<std::uint64_t> head_{0};
};

}  // namespace acksu::os
