// What has arrived for a socket and was not yet taken. All that an entry pins is charged, to the
// socket's own limit and to the host's budget.
#pragma once

#include <cstdint>
#include <utility>

#include "base/budget.h"
#include "base/buffer.h"
#include "base/digest.h"
#include "base/ring.h"

namespace acksu {

// `Name` says what an entry is: from where it came, and how long it was.
template <class Name>
class ReceiveQueue {
 public:
  // What it is charged to, and where its room comes from.
  struct Memory {
    BufferPool& pool;
    Budget& budget;
    std::uint32_t most_bytes = 0;  // of this queue
  };

  // False: it would be too much, and nothing was queued.
  [[nodiscard]] bool push(const Name& name, BufferChain text, const Memory& memory) {
    const std::uint32_t length = text.size();
    if (pins_too_much(length, text.pinned_bytes())) {
      text = BufferChain(memory.pool.copy_of(text.flatten()));
    }
    // Without text it has a place in the queue all the same.
    const std::uint32_t charged = text.pinned_bytes() + std::uint32_t{sizeof(Entry)};
    if (held_bytes_ + charged > memory.most_bytes || !memory.budget.charge(charged)) return false;
    held_bytes_ += charged;
    entries_.push_back(memory.pool, {name, std::move(text), charged});
    return true;
  }
  // The oldest, its text cut to `room`. There is one.
  Name take(MutableBytes room, Budget& budget) {
    Entry oldest = std::move(entries_.front());
    entries_.pop_front();
    held_bytes_ -= oldest.charged_bytes;
    budget.give_back(oldest.charged_bytes);
    const std::uint32_t length = oldest.text.size();
    if (length > room.size()) {
      oldest.text.drop_back(length - static_cast<std::uint32_t>(room.size()));
    }
    oldest.text.copy_to(room.first(oldest.text.size()));
    return oldest.name;
  }
  void clear(Budget& budget) {
    while (!entries_.is_empty()) entries_.pop_front();
    budget.give_back(held_bytes_);
    held_bytes_ = 0;
  }

  bool is_empty() const { return entries_.is_empty(); }
  std::uint32_t held_bytes() const { return held_bytes_; }
  // Calls f(name) for each, the oldest first, and digests its text.
  template <class F>
  void digest(Digest& digest, F&& f) const {
    digest.add(std::uint64_t{held_bytes_});
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      f(entries_[i].name);
      digest.add(Bytes(entries_[i].text.flatten()));
    }
  }

 private:
  // Small text is copied when it pins more than four times as much; large text of which several
  // pieces lie in one block (counted with each of them), as the loopback cuts it, or that came in
  // many small ones, when it pins more than twice its size.
  static bool pins_too_much(std::uint32_t length, std::uint32_t pinned) {
    constexpr std::uint32_t small_bytes = 192, large_bytes = 4096;
    if (length <= small_bytes) return length > 0 && pinned > 4 * small_bytes;
    return length >= large_bytes && pinned / 2 > length;
  }

  struct Entry {
    Name name;
    BufferChain text;
    std::uint32_t charged_bytes = 0;  // of the host's memory, all that the text pins
  };

  Ring<Entry> entries_;
  std::uint32_t held_bytes_ = 0;
};

}  // namespace acksu
