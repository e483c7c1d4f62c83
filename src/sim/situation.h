// A state of an exploration: in which state each end is, what is under way, and what the network
// and the clocks may still do. All in numbers, small and exact.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"

namespace acksu::sim {

// What is under way to one end, in order of these numbers: the network has no other order. A packet
// that has arrived may come once more while duplicates are left.
struct UnderWay {
  std::uint32_t packet = 0;
  bool has_arrived = false;
};

class PacketBag {
 public:
  static constexpr std::size_t most = 48;

  std::size_t size() const { return size_; }
  bool is_full() const { return size_ == most; }
  UnderWay operator[](std::size_t place) const {
    return {entries_[place] >> 1, (entries_[place] & 1) != 0};
  }
  // Whether the entry before that is the same.
  bool is_repeated(std::size_t place) const {
    return place > 0 && entries_[place] == entries_[place - 1];
  }
  std::size_t fresh() const;  // that have not arrived
  std::span<const std::uint32_t> entries() const { return {entries_.data(), size_}; }

  void add(UnderWay added);  // not full
  void remove(std::size_t place) {
    for (--size_; place < size_; ++place) entries_[place] = entries_[place + 1];
  }
  // Has arrived: gone, but for duplicates.
  void take(std::size_t place, bool may_come_again);
  void forget_arrived();
  void clear() { size_ = 0; }

 private:
  std::uint8_t size_ = 0;
  std::array<std::uint32_t, most> entries_;
};

struct Situation {
  std::array<std::uint32_t, 2> ends{};  // numbers of states, each in its graph
  std::array<PacketBag, 2> under_way;   // to that end
  std::uint8_t drops = 0, duplicates = 0;
  std::array<std::uint8_t, 2> time_outs{};  // left

  // Of what has not arrived.
  std::size_t fresh() const { return under_way[0].fresh() + under_way[1].fresh(); }
};

// Writes what a situation is; without what is left of the bounds what its future can be without
// them.
void encode(const Situation& situation, bool has_bounds, std::vector<std::uint8_t>& bytes);
Situation decode(Bytes bytes);  // with bounds

}  // namespace acksu::sim
