// From a 64-bit keyed hash to a 32-bit reference, for tables of up to ten million: open addressing
// in entries of 8 bytes, eight to a cache line, without tombstones. The objects themselves are
// elsewhere and are asked only when 32 bits of the hash agree.
//
// There is no iteration on purpose: its order would depend on the host's secret.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"

namespace acksu {

class HashIndex {
 public:
  static constexpr std::uint32_t none = 0xffff'ffff;  // no reference

  // The reference under `hash` for which `equals(reference)` is true, or `none`.
  template <class Equals>
  std::uint32_t find(std::uint64_t hash, Equals&& equals) const {
    if (entries_.empty()) return none;
    const std::uint32_t wanted = stored(hash);
    for (std::size_t at = home(wanted); entries_[at].reference != none; at = after(at)) {
      const Entry& entry = entries_[at];
      if (entry.hash == wanted && equals(entry.reference)) return entry.reference;
    }
    return none;
  }

  // Adds `reference`, which is not `none` and not there yet.
  void insert(std::uint64_t hash, std::uint32_t reference) {
    ACKSU_ASSERT(reference != none);
    if ((std::size_t{size_} + 1) * 4 > entries_.size() * 3) resize(larger());
    place({stored(hash), reference});
    ++size_;
  }

  // Removes `reference`, which was inserted under `hash`.
  void erase(std::uint64_t hash, std::uint32_t reference) {
    close_gap(place_of(hash, reference));
    --size_;
    if (entries_.size() > least_slots && std::size_t{size_} * 8 < entries_.size()) {
      resize(entries_.size() / 2);
    }
  }

  // Puts `next` in the place of `reference`, which was inserted under `hash`.
  void replace(std::uint64_t hash, std::uint32_t reference, std::uint32_t next) {
    ACKSU_ASSERT(next != none);
    entries_[place_of(hash, reference)].reference = next;
  }

  void prefetch(std::uint64_t hash) const {
    if (!entries_.empty()) __builtin_prefetch(&entries_[home(stored(hash))]);
  }
  // How many entries a search passes that finds nothing under `hash`.
  std::uint32_t passed(std::uint64_t hash) const {
    if (entries_.empty()) return 0;
    std::uint32_t count = 0;
    std::size_t at = home(stored(hash));
    for (; entries_[at].reference != none; at = after(at)) ++count;
    return count;
  }
  std::uint32_t size() const { return size_; }
  std::uint64_t bytes() const { return entries_.capacity() * sizeof(Entry); }  // memory held

 private:
  static constexpr std::size_t least_slots = 16;
  static constexpr std::size_t most_slots = std::size_t{1} << 28;

  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t reference = none;
  };

  static std::uint32_t stored(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  // The upper bits of what is stored: a table of another size needs no other hash, and has the
  // entries in the same order, so that resizing goes through memory from front to back.
  std::size_t home(std::uint32_t hash) const { return hash >> shift_; }
  std::size_t after(std::size_t at) const { return (at + 1) & (entries_.size() - 1); }
  std::size_t larger() const { return entries_.empty() ? least_slots : entries_.size() * 2; }

  void place(Entry entry) {
    std::size_t at = home(entry.hash);
    while (entries_[at].reference != none) at = after(at);
    entries_[at] = entry;
  }

  std::size_t place_of(std::uint64_t hash, std::uint32_t reference) const {
    ACKSU_ASSERT(!entries_.empty());
    std::size_t at = home(stored(hash));
    while (entries_[at].reference != reference) {
      ACKSU_ASSERT(entries_[at].reference != none);
      at = after(at);
    }
    return at;
  }

  // Moves entries back that could not stand where they belong, so that none is cut off from its
  // home by the empty place.
  void close_gap(std::size_t gap) {
    for (std::size_t at = after(gap); entries_[at].reference != none; at = after(at)) {
      const std::size_t mask = entries_.size() - 1;
      const std::size_t from_home = (at - home(entries_[at].hash)) & mask;
      const std::size_t from_gap = (at - gap) & mask;
      if (from_home < from_gap) continue;
      entries_[gap] = entries_[at];
      gap = at;
    }
    entries_[gap] = Entry{};
  }

  void resize(std::size_t slots) {
    ACKSU_ASSERT(slots <= most_slots);
    std::vector<Entry> old(slots);
    old.swap(entries_);
    shift_ = 32u - static_cast<unsigned>(std::countr_zero(slots));
    for (const Entry& entry : old) {
      if (entry.reference != none) place(entry);
    }
  }

  std::vector<Entry> entries_;
  unsigned shift_ = 32;
  std::uint32_t size_ = 0;
};

}  // namespace acksu
