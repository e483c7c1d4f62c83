// What was decided by chance in a random world, as a numbered list, each of which can be switched
// off: what cables did to frames, cuts, meddlers, endings that are no shutting down, and
// connections at all. With all of them on the world is the one of its seed; with fewer it is
// another, in which everything else is the same.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sim/fault.h"
#include "sim/random_world.h"
#include "sim/roll.h"

namespace acksu::sim {

class Decisions {
 public:
  // Runs that world once, to see what chance does in it.
  Decisions(Roll roll, std::uint64_t most_events = RandomWorld::default_most_events);

  std::size_t size() const { return all_.size(); }
  std::string text(std::size_t index) const;  // "at 0.012000 towards the server: frame 7 is lost"
  // What the whole run broke; empty: nothing.
  const std::string& broken() const { return broken_; }
  // The world in which these only are on: rising indices below `size()`. It has not run yet.
  RandomWorld world(const std::vector<std::size_t>& kept) const;

 private:
  struct CableFault {
    CableId cable;
    Fault fault;
    std::string way;
  };
  struct CutOf {
    std::size_t network, direction, cut;
  };
  struct MeddlerOf {
    std::size_t meddler;
  };
  struct PlanOf {
    std::size_t host, plan;
    bool is_accepted;
  };
  struct OpeningOf {
    std::size_t host, opening;
  };
  using Decision = std::variant<CableFault, CutOf, MeddlerOf, PlanOf, OpeningOf>;

  void list_roll();
  void list_faults(const World& world);
  std::string text_of(const Decision& decision) const;
  Plan& plan_of(Roll& roll, const PlanOf& place) const;
  void switch_off(Roll& roll, const std::vector<bool>& is_on) const;

  Roll roll_;
  std::uint64_t most_events_;
  std::string broken_;
  std::vector<Decision> all_;
};

// Of a promise's words those that are no numbers, so that the same one is known again.
std::string without_numbers(const std::string& promise);

}  // namespace acksu::sim
