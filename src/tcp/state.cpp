// Proofs about the state table, and its three prints.
#include "tcp/state.h"

namespace acksu::tcp {
namespace {

constexpr std::array state_names{"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                 "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                 "CLOSING",     "LAST-ACK",   "TIME-WAIT"};
static_assert(state_names.size() == state_count);

constexpr std::array event_names{
    "passive_open", "active_open",    "syn_received",    "syn_ack_received",
    "syn_acked",    "syn_in_window",  "close",           "fin_received",
    "fin_acked",    "reset_received", "reset_half_open", "abort",
    "time_out",     "time_wait_over", "recycled",        "syn_reopens"};
static_assert(event_names.size() == event_count);

consteval bool is_deterministic() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (find_row(rows[i].from, rows[i].event) != i) return false;
  }
  return true;
}
static_assert(is_deterministic(), "one event moves one state to one place");

consteval bool can_be_entered(State state) {
  for (const Row& row : rows) {
    if (row.to == state) return true;
  }
  return false;
}
consteval bool can_be_left(State state) {
  for (const Row& row : rows) {
    if (row.from == state) return true;
  }
  return false;
}
consteval bool every_state_can_be_entered_and_left() {
  for (std::size_t i = 0; i < state_count; ++i) {
    const auto state = static_cast<State>(i);
    if (!can_be_entered(state) || !can_be_left(state)) return false;
  }
  return true;
}
static_assert(every_state_can_be_entered_and_left());

consteval bool every_row_moves() {
  for (const Row& row : rows) {
    if (row.from == row.to) return false;
  }
  return true;
}
static_assert(every_row_moves(), "to remain in a state is no row");

// Rows that can be walked from `state`, repeated until nothing new is reached.
consteval bool leads_to_closed(State state) {
  std::array<bool, state_count> reached{};
  reached[static_cast<std::size_t>(state)] = true;
  for (std::size_t round = 0; round < state_count; ++round) {
    for (const Row& row : rows) {
      if (reached[static_cast<std::size_t>(row.from)]) {
        reached[static_cast<std::size_t>(row.to)] = true;
      }
    }
  }
  return reached[static_cast<std::size_t>(State::closed)];
}
consteval bool every_state_leads_to_closed() {
  for (std::size_t i = 0; i < state_count; ++i) {
    if (!leads_to_closed(static_cast<State>(i))) return false;
  }
  return true;
}
static_assert(every_state_leads_to_closed());

// Whoever waits for a peer can give up: no such state without a way out by time.
consteval bool every_waiting_state_times_out() {
  for (std::size_t i = 0; i < state_count; ++i) {
    const auto state = static_cast<State>(i);
    if (state == State::closed || state == State::listen) continue;
    const Event event = state == State::time_wait ? Event::time_wait_over : Event::time_out;
    if (!find_row(state, event)) return false;
  }
  return true;
}
static_assert(every_waiting_state_times_out());

// A name that Mermaid and Graphviz take as an identifier: without hyphens.
std::string identifier(State state) {
  std::string text = name(state);
  for (char& letter : text) {
    if (letter == '-') letter = '_';
  }
  return text;
}

std::string label(const Row& row) {
  return std::string(name(row.event)) + " [" + row.section + "]";
}

std::string print_mermaid() {
  std::string text = "stateDiagram-v2\n";
  for (std::size_t i = 0; i < state_count; ++i) {
    const auto state = static_cast<State>(i);
    text += "  state \"" + std::string(name(state)) + "\" as " + identifier(state) + "\n";
  }
  for (const Row& row : rows) {
    text += "  " + identifier(row.from) + " --> " + identifier(row.to) + " : " + label(row) + "\n";
  }
  return text;
}

std::string print_dot() {
  std::string text = "digraph tcp {\n  node [shape=box, style=rounded];\n";
  for (const Row& row : rows) {
    text += "  \"" + std::string(name(row.from)) + "\" -> \"" + name(row.to) + "\" [label=\"" +
            label(row) + "\"];\n";
  }
  return text + "}\n";
}

}  // namespace

const char* name(State state) { return state_names[static_cast<std::size_t>(state)]; }
const char* name(Event event) { return event_names[static_cast<std::size_t>(event)]; }

std::string to_string(const Row& row) {
  return std::string(name(row.from)) + " --" + name(row.event) + "--> " + name(row.to) + " [" +
         row.section + "]";
}

std::string print_table(TableFormat format) {
  if (format == TableFormat::mermaid) return print_mermaid();
  if (format == TableFormat::dot) return print_dot();
  std::string text;
  for (const Row& row : rows) text += to_string(row) + "\n";
  return text;
}

}  // namespace acksu::tcp
