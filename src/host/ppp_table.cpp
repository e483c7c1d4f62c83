// Proofs about PPP's automaton, and its names.
#include "host/ppp_table.h"

namespace acksu {
namespace {

template <class Condition>
constexpr bool holds_everywhere(Condition condition) {
  for (std::size_t i = 0; i < ppp_state_count; ++i) {
    for (std::size_t j = 0; j < ppp_event_count; ++j) {
      const auto state = static_cast<PppState>(i);
      const PppStep step = ppp_step(state, static_cast<PppEvent>(j));
      if (step.is_possible && !condition(state, step)) return false;
    }
  }
  return true;
}

constexpr bool has(PppStep step, std::uint16_t actions) { return (step.actions & actions) != 0; }

static_assert(holds_everywhere([](PppState state, PppStep step) {
                const bool enters = state != PppState::opened && step.next == PppState::opened;
                return has(step, PppDo::tlu) == enters;
              }),
              "the layer is up when it enters Opened, and only then");
static_assert(holds_everywhere([](PppState state, PppStep step) {
                const bool leaves = state == PppState::opened && step.next != PppState::opened;
                return has(step, PppDo::tld) == leaves;
              }),
              "and down when it leaves");
static_assert(holds_everywhere([](PppState state, PppStep step) {
                return has_restart_timer(state) || !has_restart_timer(step.next) ||
                       has(step, PppDo::scr | PppDo::str | PppDo::zrc);
              }),
              "who begins to wait starts the restart timer");
static_assert(holds_everywhere([](PppState, PppStep step) {
                return !has(step, PppDo::irc) || !has(step, PppDo::zrc);
              }),
              "the counter is set once");

constexpr bool waiting_states_time_out() {
  for (std::size_t i = 0; i < ppp_state_count; ++i) {
    const auto state = static_cast<PppState>(i);
    const PppStep again = ppp_step(state, PppEvent::time_out);
    const PppStep last = ppp_step(state, PppEvent::last_time_out);
    if (again.is_possible != has_restart_timer(state)) return false;
    if (last.is_possible != has_restart_timer(state)) return false;
    if (!last.is_possible) continue;
    if (!has(again, PppDo::scr | PppDo::str)) return false;
    if (has_restart_timer(last.next) || !has(last, PppDo::tlf)) return false;
  }
  return true;
}
static_assert(waiting_states_time_out(), "every state that waits can give up");

// States that can be reached from `state`, repeated until nothing new is.
constexpr std::array<bool, ppp_state_count> reached_from(PppState state) {
  std::array<bool, ppp_state_count> reached{};
  reached[static_cast<std::size_t>(state)] = true;
  for (std::size_t round = 0; round < ppp_state_count; ++round) {
    holds_everywhere([&](PppState from, PppStep step) {
      if (reached[static_cast<std::size_t>(from)])
        reached[static_cast<std::size_t>(step.next)] = true;
      return true;
    });
  }
  return reached;
}
constexpr bool every_state_leads_to_every_other() {
  for (std::size_t i = 0; i < ppp_state_count; ++i) {
    for (const bool is_reached : reached_from(static_cast<PppState>(i))) {
      if (!is_reached) return false;
    }
  }
  return true;
}
static_assert(every_state_leads_to_every_other());

constexpr std::array state_names{"Initial",  "Starting", "Closed",   "Stopped",  "Closing",
                                 "Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened"};
static_assert(state_names.size() == ppp_state_count);
constexpr std::array event_names{"Up",  "Down", "Open", "Close", "TO+", "TO-",  "RCR+", "RCR-",
                                 "RCA", "RCN",  "RTR",  "RTA",   "RUC", "RXJ+", "RXJ-", "RXR"};
static_assert(event_names.size() == ppp_event_count);

}  // namespace

const char* name(PppState state) { return state_names[static_cast<std::size_t>(state)]; }
const char* name(PppEvent event) { return event_names[static_cast<std::size_t>(event)]; }

}  // namespace acksu
