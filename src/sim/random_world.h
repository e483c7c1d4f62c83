// A random world and its run: built from a roll, every promise checked at every step, until nothing
// is held any more. One seed is one run, always the same.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sim/checker.h"
#include "sim/roll.h"
#include "sim/world.h"
#include "tcp/state.h"

namespace acksu::sim {

class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : RandomWorld(roll(seed)) {}
  explicit RandomWorld(Roll roll);

  // After so many events a world that has not come to rest has broken its promise.
  static constexpr std::uint64_t default_most_events = 4'000'000;
  void set_most_events(std::uint64_t events) { most_events_ = events; }

  // From beginning to end. False: a promise was broken, see violation().
  bool run();

  const Roll& rolled() const { return roll_; }
  // How many hosts have an application: the client, the server, then guests.
  HostId talkers() const { return static_cast<HostId>(roll_.hosts.size()); }
  World& world() { return world_; }
  const World& world() const { return world_; }
  const Traffic& traffic(HostId host) const {
    return static_cast<const Traffic&>(*world_.application(host));
  }
  const std::optional<Violation>& violation() const { return checker_.violation(); }
  // What the world is, and how it went: many lines.
  std::string report() const;

 private:
  void run_until_quiet();
  void after_step();
  void check_end();
  void check_streams();
  void check_gentle(const Exchange& exchange);
  void check_gentle_moves();
  void check_copy();

  Roll roll_;
  World world_;
  Checker checker_;
  std::uint64_t most_events_ = default_most_events;
  bool is_stopped_ = false;
  std::shared_ptr<RandomWorld> copy_;  // of a moment halfway, only ever run by this world
};

// How often each row of the state table was visited by all hosts.
std::array<std::uint64_t, tcp::rows.size()> visited_rows(const World& world);

}  // namespace acksu::sim
