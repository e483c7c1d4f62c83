// Happy Eyeballs (RFC 8305): which address to try when, so that a family that does not work costs a
// fraction of a second. A value without sockets: the owner reports addresses and the fate of
// attempts, and starts and ends those that this names. Left out on purpose: NAT64 synthesis, what
// was learnt from earlier connections.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/time.h"
#include "host/transitions.h"

namespace acksu {

struct HappyEyeballsSettings {
  Duration resolution_delay = 50ms;  // section 3: for AAAA, once A is there
  Duration attempt_delay = 250ms;    // section 5: between starts
  std::size_t max_addresses = 64;    // the rest is left alone
};

class HappyEyeballs {
 public:
  enum class State : std::uint8_t {
    resolving,  // nothing worth trying is known
    delaying,   // IPv4 is; IPv6 gets a little time
    trying,     // attempts are under way or to be started
    waiting,    // all that is known was tried; more names may come
    connected,
    failed,
  };
  enum class Event : std::uint8_t {
    found_v6,
    found_v4,
    delay_over,
    names_over,
    tried_all,
    connected,
    no_hope
  };
  static constexpr Transition<State, Event> rows[] = {
      {State::resolving, Event::found_v6, State::trying, "RFC 8305 3"},
      {State::resolving, Event::found_v4, State::delaying, "RFC 8305 3"},
      {State::resolving, Event::no_hope, State::failed, "RFC 8305 3"},
      {State::delaying, Event::found_v6, State::trying, "RFC 8305 3"},
      {State::delaying, Event::delay_over, State::trying, "RFC 8305 3"},
      {State::delaying, Event::names_over, State::trying, "RFC 8305 3"},
      {State::trying, Event::connected, State::connected, "RFC 8305 5"},
      {State::trying, Event::tried_all, State::waiting, "RFC 8305 5"},
      {State::trying, Event::no_hope, State::failed, "RFC 8305 5"},
      {State::waiting, Event::found_v6, State::trying, "RFC 8305 3"},
      {State::waiting, Event::found_v4, State::trying, "RFC 8305 3"},
      {State::waiting, Event::connected, State::connected, "RFC 8305 5"},
      {State::waiting, Event::no_hope, State::failed, "RFC 8305 5"},
  };

  explicit HappyEyeballs(HappyEyeballsSettings settings = {}) : settings_(settings) {}

  // Addresses of the name, each family in the order of RFC 6724; at any time, also while attempts
  // are under way. `is_last`: no more will come.
  void on_addresses(const std::vector<IpAddress>& addresses, bool is_last, Instant now);
  // The fate of an attempt.
  void on_connected(IpAddress address);
  void on_failed(IpAddress address, Instant now);

  // Start a connection there.
  std::optional<IpAddress> next_attempt();
  // Abort the attempt there: another one has won.
  std::optional<IpAddress> next_cancelled();

  Instant deadline() const { return due_; }
  void on_time(Instant now);

  State state() const { return state_; }
  // Set when connected.
  std::optional<IpAddress> winner() const { return winner_; }
  void digest(Digest& digest) const;

 private:
  void step(Event event) { state_ = next_state(rows, state_, event); }
  void try_next(Instant now);

  HappyEyeballsSettings settings_;
  State state_ = State::resolving;
  Instant due_ = never;
  bool are_names_over_ = false;
  bool is_next_v6_ = true;        // section 4: the families take turns
  std::vector<IpAddress> known_;  // all that were told, to tell each once
  std::deque<IpAddress> untried_v6_, untried_v4_;
  std::vector<IpAddress> under_way_;
  std::deque<IpAddress> to_start_, to_cancel_;
  std::optional<IpAddress> winner_;
};

static_assert(is_deterministic(HappyEyeballs::rows));
static_assert(is_connected(HappyEyeballs::rows, 5, HappyEyeballs::State::resolving,
                           HappyEyeballs::State::connected));

}  // namespace acksu
