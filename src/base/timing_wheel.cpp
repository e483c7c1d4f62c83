// The wheel's slots, and the heap of timers whose tick has come.
#include "base/timing_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace acksu {
namespace {

constexpr unsigned tick_bits = 16;
constexpr unsigned most_looked_at = 32;  // timers that `next_deadline` compares

}  // namespace

TimingWheel::TimingWheel() { first_.fill(none); }

TimingWheel::Tick TimingWheel::tick_of(Instant deadline) {
  return static_cast<Tick>(std::max<std::int64_t>(nanoseconds(deadline), 0)) >> tick_bits;
}

Instant TimingWheel::start_of(Tick tick) {
  const Tick last = tick_of(never);
  return tick > last ? never : Instant{Duration{static_cast<std::int64_t>(tick << tick_bits)}};
}

bool TimingWheel::fires_before(Id a, Id b) const {
  const Timer& first = timers_[a];
  const Timer& second = timers_[b];
  if (first.deadline != second.deadline) return first.deadline < second.deadline;
  return first.turn < second.turn;
}

// A slot that holds timers differs from the current tick in no level above its own.
TimingWheel::Tick TimingWheel::first_tick(Place place) const {
  const unsigned shift = slot_bits * (place / slots);
  const Tick above = current_ >> (shift + slot_bits) << slot_bits;
  return (above | (place % slots)) << shift;
}

TimingWheel::Place TimingWheel::next_slot() const {
  if (occupied_levels_ == 0) return place_due;
  const auto level = static_cast<unsigned>(std::countr_zero(occupied_levels_));
  const auto slot = static_cast<unsigned>(std::countr_zero(occupied_[level]));
  return static_cast<Place>(level * slots + slot);
}

TimingWheel::Id TimingWheel::arm(Instant deadline, std::uint32_t owner) {
  Id id = first_free_;
  if (id != none) {
    first_free_ = timers_[id].next;
  } else {
    // Ten million timers should not hold the memory of twenty.
    if (timers_.size() == timers_.capacity()) {
      timers_.reserve(timers_.size() + timers_.size() / 4 + 16);
    }
    id = static_cast<Id>(timers_.size());
    timers_.emplace_back();
  }
  timers_[id].deadline = deadline;
  timers_[id].owner = owner;
  timers_[id].turn = next_turn_++;
  enter(id);
  ++size_;
  return id;
}

void TimingWheel::move(Id id, Instant deadline) {
  ACKSU_ASSERT(is_armed(id));
  Timer& timer = timers_[id];
  timer.turn = next_turn_++;
  // A timer may wait in too early a slot: it goes on from there when the slot is opened. Most
  // timers are moved to later many times, so this saves most of the work.
  if (timer.place != place_due && tick_of(deadline) >= first_tick(timer.place)) {
    timer.deadline = deadline;
    return;
  }
  leave(id);
  timer.deadline = deadline;
  enter(id);
}

void TimingWheel::disarm(Id id) {
  ACKSU_ASSERT(is_armed(id));
  leave(id);
  free(id);
}

void TimingWheel::free(Id id) {
  timers_[id].place = place_free;
  timers_[id].next = first_free_;
  first_free_ = id;
  --size_;
}

std::optional<std::uint32_t> TimingWheel::take_due(Instant now) {
  const Tick now_tick = tick_of(now);
  while (due_.empty()) {
    const Place slot = next_slot();
    if (slot == place_due || first_tick(slot) > now_tick) {
      current_ = std::max(current_, now_tick);
      return std::nullopt;
    }
    open(slot);
  }
  const Id id = due_.front();
  if (timers_[id].deadline > now) return std::nullopt;
  leave(id);
  free(id);
  return timers_[id].owner;
}

// Puts the timer where its deadline belongs.
inline void TimingWheel::enter(Id id) {
  Timer& timer = timers_[id];
  const Tick tick = tick_of(timer.deadline);
  if (tick <= current_) {
    timer.place = place_due;
    due_.push_back(id);
    rise(due_.size() - 1);
    return;
  }
  const auto differing_bits = static_cast<unsigned>(std::bit_width(tick ^ current_));
  const unsigned level = (differing_bits - 1) / slot_bits;
  const auto slot = static_cast<unsigned>(tick >> (slot_bits * level)) % slots;
  const auto place = static_cast<Place>(level * slots + slot);
  timer.place = place;
  timer.previous = none;
  timer.next = first_[place];
  if (timer.next != none) timers_[timer.next].previous = id;
  first_[place] = id;
  occupied_[level] |= std::uint64_t{1} << slot;
  occupied_levels_ |= 1u << level;
}

inline void TimingWheel::leave(Id id) {
  const Timer& timer = timers_[id];
  if (timer.place == place_due) {
    const std::size_t position = timer.previous;
    const Id last = due_.back();
    due_.pop_back();
    if (last == id) return;
    put_in_heap(position, last);
    rise(position);
    sink(timers_[last].previous);
    return;
  }
  if (timer.next != none) timers_[timer.next].previous = timer.previous;
  if (timer.previous != none) {
    timers_[timer.previous].next = timer.next;
    return;
  }
  first_[timer.place] = timer.next;
  if (timer.next != none) return;
  const unsigned level = timer.place / slots;
  occupied_[level] &= ~(std::uint64_t{1} << (timer.place % slots));
  if (occupied_[level] == 0) occupied_levels_ &= ~(1u << level);
}

// Moves on to the slot's start and spreads its timers over lower levels.
void TimingWheel::open(Place slot) {
  current_ = first_tick(slot);
  const unsigned level = slot / slots;
  occupied_[level] &= ~(std::uint64_t{1} << (slot % slots));
  if (occupied_[level] == 0) occupied_levels_ &= ~(1u << level);
  Id id = std::exchange(first_[slot], none);
  while (id != none) {
    const Id next = timers_[id].next;
    enter(id);
    ++descents_;
    id = next;
  }
}

void TimingWheel::put_in_heap(std::size_t position, Id id) {
  due_[position] = id;
  timers_[id].previous = static_cast<Id>(position);
}

void TimingWheel::rise(std::size_t position) {
  const Id id = due_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!fires_before(id, due_[parent])) break;
    put_in_heap(position, due_[parent]);
    position = parent;
  }
  put_in_heap(position, id);
}

void TimingWheel::sink(std::size_t position) {
  const Id id = due_[position];
  while (true) {
    std::size_t child = 2 * position + 1;
    if (child >= due_.size()) break;
    if (child + 1 < due_.size() && fires_before(due_[child + 1], due_[child])) ++child;
    if (!fires_before(due_[child], id)) break;
    put_in_heap(position, due_[child]);
    position = child;
  }
  put_in_heap(position, id);
}

Instant TimingWheel::next_deadline() const {
  if (!due_.empty()) return timers_[due_.front()].deadline;
  const Place slot = next_slot();
  if (slot == place_due) return never;
  const Instant start = start_of(first_tick(slot));
  if (slot >= slots) return start;
  // Timers that were moved to after this slot do not count; others may stand before them then.
  Instant earliest_deadline = start_of(first_tick(slot) + 1);
  Id id = first_[slot];
  for (unsigned looked_at = 0; id != none; ++looked_at, id = timers_[id].next) {
    if (looked_at == most_looked_at) return start;
    earliest_deadline = earliest(earliest_deadline, timers_[id].deadline);
  }
  return earliest_deadline;
}

std::uint64_t TimingWheel::bytes() const {
  return timers_.capacity() * sizeof(Timer) + due_.capacity() * sizeof(Id) + sizeof *this;
}

void TimingWheel::digest(Digest& digest) const {
  std::vector<Id> armed;
  armed.reserve(size_);
  for (Id id = 0; id < timers_.size(); ++id) {
    if (is_armed(id)) armed.push_back(id);
  }
  std::sort(armed.begin(), armed.end(), [this](Id a, Id b) { return fires_before(a, b); });
  digest.add(std::uint64_t{size_});
  for (const Id id : armed) {
    digest.add(timers_[id].deadline);
    digest.add(std::uint64_t{timers_[id].owner});
  }
}

}  // namespace acksu
