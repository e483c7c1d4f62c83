// Situations by what covers what. Where any number of segments may be lost, all that can happen in
// a situation can also happen in one with the same ends that has more under way and more left of
// the bounds: it is enough to visit that one. (Lossy channels, so to speak, are well ordered.)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/situation.h"
#include "sim/state_table.h"

namespace acksu::sim {

class Covering {
 public:
  // The number of a situation that covers that one; nothing: none that is known does.
  std::optional<std::uint32_t> find(const Situation& situation);
  // Makes a situation known which nothing covers; who is covered by it need not be known any more.
  void add(const Situation& situation, std::uint32_t number);

  // All pairs of states of ends that were met.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> all() const;
  std::uint64_t held_bytes() const;

 private:
  // Enough to tell most that do not cover each other. Of the packets there is a bit for some each.
  struct Outline {
    std::uint64_t packets = 0, fresh = 0;     // fresh: have not arrived
    std::array<std::uint8_t, 2> time_outs{};  // left
    std::uint8_t duplicates = 0;              // left

    bool may_cover(const Outline& smaller) const;
  };
  // There are millions: what follows fills the outline's last word.
  struct Known : Outline {
    std::array<std::uint8_t, 2> sizes{};  // of both bags
    std::uint32_t number = 0;
    std::uint32_t first_packet = 0;  // a place in `packets_`, of both bags
  };
  // What of a situation decides who covers it.
  struct Shape {
    std::array<std::span<const std::uint32_t>, 2> bags;
    Outline outline;
  };

  std::uint32_t pair_of(const Situation& situation);
  static Shape shape_of(const Situation& situation);
  Shape shape_of(const Known& known) const;
  static bool covers(const Shape& larger, const Shape& smaller);

  StateTable pairs_;                       // of states of ends
  std::vector<std::vector<Known>> known_;  // by pair
  std::vector<std::uint32_t> packets_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace acksu::sim
