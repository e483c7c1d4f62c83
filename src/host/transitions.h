// State machines as tables: rows of (from, event, to, where that is written), searched by the
// machine and judged by the compiler. "Remain in the state" is no row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace acksu {

template <class State, class Event>
struct Transition {
  State from;
  Event event;
  State to;
  const char* source;  // "RFC 2131 4.4.5"
};

// The state after `event`; `from` itself where no row says otherwise.
template <class State, class Event, std::size_t count>
constexpr State next_state(const Transition<State, Event> (&table)[count], State from,
                           Event event) {
  for (const auto& row : table) {
    if (row.from == from && row.event == event) return row.to;
  }
  return from;
}

// No two rows of one state and event, and none that stays.
template <class State, class Event, std::size_t count>
constexpr bool is_deterministic(const Transition<State, Event> (&table)[count]) {
  for (std::size_t i = 0; i < count; ++i) {
    if (table[i].from == table[i].to) return false;
    for (std::size_t j = i + 1; j < count; ++j) {
      if (table[i].from == table[j].from && table[i].event == table[j].event) return false;
    }
  }
  return true;
}

// Every one of the first `states` states but the one a machine begins in is entered by some row,
// and every one but the one it ends in is left by some row.
template <class State, class Event, std::size_t count>
constexpr bool is_connected(const Transition<State, Event> (&table)[count], std::size_t states,
                            State first, State last) {
  for (std::size_t i = 0; i < states; ++i) {
    const auto state = static_cast<State>(i);
    bool is_entered = state == first, is_left = state == last;
    for (const auto& row : table) {
      is_entered |= row.to == state;
      is_left |= row.from == state;
    }
    if (!is_entered || !is_left) return false;
  }
  return true;
}

}  // namespace acksu
