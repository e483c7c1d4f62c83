// Situations by what covers what. Where any number of segments may be lost, all that can happen in
// a situation can also happen in one with the same ends that has more under way and more left of
// the bounds: it is enough to visit that one. (Lossy channels, so to speak, are well ordered.)
#pragma once

#include <cstdint>
#include <optional>
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

  std::uint32_t pairs() const { return pairs_.size(); }
  std::uint64_t held_bytes() const;

 private:
  struct Known {
    std::uint32_t number = 0;
    std::uint32_t first_packet = 0;           // a place in `packets_`, of both bags
    std::array<std::uint8_t, 2> sizes{};      // of these
    std::uint8_t duplicates = 0;              // left
    std::array<std::uint8_t, 2> time_outs{};  // left
  };

  std::uint32_t pair_of(const Situation& situation);
  bool covers(const Known& known, const Situation& situation) const;
  bool is_covered(const Known& known, const Situation& situation) const;

  StateTable pairs_;                       // of states of ends
  std::vector<std::vector<Known>> known_;  // by pair
  std::vector<std::uint32_t> packets_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace acksu::sim
