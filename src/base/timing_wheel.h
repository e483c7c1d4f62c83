// All timers of a host: a hierarchical timing wheel (Varghese, Lauck 1987). Arming, moving and
// removing cost the same for one timer as for ten million. Timers fire exactly, in the order of
// their deadlines, and in the order of arming (or of the last move) when deadlines are equal.
//
// Time is cut into ticks of 2^16 ns. Level 0 has a slot for each of 64 ticks, every further level
// 64 slots of 64 times the length, and eight levels reach to the end of time. A timer lies in the
// lowest level that tells its tick from the current one, so all slots of a level come before those
// of the next, and a slot is opened when the current tick reaches its start: its timers move to
// lower levels, and in the end to the heap of those whose tick has come.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.h"
#include "base/digest.h"
#include "base/time.h"

namespace acksu {

class TimingWheel {
 public:
  using Id = std::uint32_t;
  static constexpr Id none = 0xffff'ffff;

  TimingWheel();

  // Arms a timer; `owner` is what `take_due` gives back. A deadline in the past is due at once.
  Id arm(Instant deadline, std::uint32_t owner);
  // The timer then stands behind all that were armed or moved before.
  void move(Id id, Instant deadline);
  void disarm(Id id);
  Instant deadline(Id id) const {
    ACKSU_ASSERT(is_armed(id));
    return timers_[id].deadline;
  }

  // The owner of the earliest timer that is due at or before `now`; that timer is disarmed and its
  // id free again.
  std::optional<std::uint32_t> take_due(Instant now);

  // No timer is due before this instant: exact when it lies in the near future, else a lower bound
  // at which looking again (with `take_due`) brings a better one; `never` when nothing is armed.
  Instant next_deadline() const;
  std::uint32_t size() const { return size_; }
  std::uint64_t bytes() const;  // memory held
  // Work: how often a timer was moved to a lower level because its time came nearer.
  std::uint64_t descents() const { return descents_; }

  void digest(Digest& digest) const;  // of (deadline, owner) in firing order

 private:
  static constexpr unsigned levels = 8;
  static constexpr unsigned slot_bits = 6;
  static constexpr unsigned slots = 1u << slot_bits;

  using Tick = std::uint64_t;
  using Place = std::uint16_t;  // level * slots + slot, or one of these:
  static constexpr Place place_due = levels * slots;
  static constexpr Place place_free = place_due + 1;

  // Half a cache line, so that no timer lies across two.
  struct alignas(32) Timer {
    Instant deadline{};
    std::uint64_t turn = 0;  // tells who was armed first
    std::uint32_t owner = 0;
    Id next = none;      // in the slot, or among the free
    Id previous = none;  // in the slot; in the heap, the position there
    Place place = place_free;
  };

  static Tick tick_of(Instant deadline);
  static Instant start_of(Tick tick);
  bool is_armed(Id id) const { return id < timers_.size() && timers_[id].place < place_free; }
  bool fires_before(Id a, Id b) const;
  Tick first_tick(Place place) const;
  Place next_slot() const;  // the earliest that holds a timer, or place_due when none does

  [[gnu::always_inline]] void enter(Id id);
  [[gnu::always_inline]] void leave(Id id);
  void open(Place slot);
  void free(Id id);

  void put_in_heap(std::size_t position, Id id);
  void rise(std::size_t position);
  void sink(std::size_t position);

  std::vector<Timer> timers_;
  std::vector<Id> due_;  // a binary heap of the timers whose tick is not after the current one
  std::array<Id, levels * slots> first_;          // of each slot's list
  std::array<std::uint64_t, levels> occupied_{};  // a bit a slot
  std::uint32_t occupied_levels_ = 0;             // a bit a level
  Tick current_ = 0;
  std::uint64_t next_turn_ = 0;
  std::uint64_t descents_ = 0;
  Id first_free_ = none;
  std::uint32_t size_ = 0;
};

}  // namespace acksu
