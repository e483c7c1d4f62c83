// The TCP state machine (RFC 9293 section 3.3.2) as a table: every move a connection can make, with
// its cause and its section. "Remain in the state" is no row. Judging (RFC 5961, 1337, 5927) never
// touches this table. house: table
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace acksu::tcp {

enum class State : std::uint8_t {
  closed,
  listen,
  syn_sent,
  syn_received,
  established,
  fin_wait_1,
  fin_wait_2,
  close_wait,
  closing,
  last_ack,
  time_wait,
};
inline constexpr std::size_t state_count = 11;

enum class Event : std::uint8_t {
  passive_open,      // the application listens
  active_open,       // the application connects
  syn_received,      // a SYN without an ACK of ours
  syn_ack_received,  // a SYN that acknowledges our SYN
  syn_acked,         // our SYN was acknowledged
  syn_in_window,     // a second SYN reached a half-open connection of a listener
  close,             // the application has no more to send
  fin_received,      // the peer has no more to send, and all it sent has arrived
  fin_acked,         // our FIN was acknowledged
  reset_received,    // an acceptable RST
  reset_half_open,   // an acceptable RST for a half-open connection of a listener
  abort,             // the application aborts, or lets go of text that it has not read (3.6.1)
  time_out,          // nothing was heard for too long: R2, user time-out, orphan limits, ICMP
  time_wait_over,    // 2 MSL have passed
  recycled,          // TIME-WAIT gave way: the oldest of too many, or to an open of ours (6191)
  syn_reopens,       // a newer SYN for a connection in TIME-WAIT (RFC 6191)
};
inline constexpr std::size_t event_count = 16;

struct Row {
  State from;
  Event event;
  State to;
  const char* section;  // of RFC 9293; "our limit" where no RFC asks for the move
};

inline constexpr std::array rows{
    Row{State::closed, Event::passive_open, State::listen, "3.10.1"},
    Row{State::closed, Event::active_open, State::syn_sent, "3.10.1"},

    Row{State::listen, Event::syn_received, State::syn_received, "3.10.7.2"},
    Row{State::listen, Event::close, State::closed, "3.10.4"},

    Row{State::syn_sent, Event::syn_ack_received, State::established, "3.10.7.3"},
    Row{State::syn_sent, Event::syn_received, State::syn_received, "3.10.7.3"},
    Row{State::syn_sent, Event::reset_received, State::closed, "3.10.7.3"},
    Row{State::syn_sent, Event::close, State::closed, "3.10.4"},
    Row{State::syn_sent, Event::abort, State::closed, "3.10.5"},
    Row{State::syn_sent, Event::time_out, State::closed, "3.10.8"},

    Row{State::syn_received, Event::syn_acked, State::established, "3.10.7.4"},
    Row{State::syn_received, Event::syn_in_window, State::listen, "3.10.7.4"},
    Row{State::syn_received, Event::reset_half_open, State::listen, "3.10.7.4"},
    Row{State::syn_received, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::syn_received, Event::close, State::fin_wait_1, "3.10.4"},
    Row{State::syn_received, Event::abort, State::closed, "3.10.5"},
    Row{State::syn_received, Event::time_out, State::closed, "3.10.8"},

    Row{State::established, Event::close, State::fin_wait_1, "3.10.4"},
    Row{State::established, Event::fin_received, State::close_wait, "3.10.7.4"},
    Row{State::established, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::established, Event::abort, State::closed, "3.10.5"},
    Row{State::established, Event::time_out, State::closed, "3.10.8"},

    Row{State::fin_wait_1, Event::fin_acked, State::fin_wait_2, "3.10.7.4"},
    Row{State::fin_wait_1, Event::fin_received, State::closing, "3.10.7.4"},
    Row{State::fin_wait_1, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::fin_wait_1, Event::abort, State::closed, "3.10.5"},
    Row{State::fin_wait_1, Event::time_out, State::closed, "3.10.8"},

    Row{State::fin_wait_2, Event::fin_received, State::time_wait, "3.10.7.4"},
    Row{State::fin_wait_2, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::fin_wait_2, Event::abort, State::closed, "3.10.5"},
    Row{State::fin_wait_2, Event::time_out, State::closed, "3.10.8"},

    Row{State::close_wait, Event::close, State::last_ack, "3.10.4"},
    Row{State::close_wait, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::close_wait, Event::abort, State::closed, "3.10.5"},
    Row{State::close_wait, Event::time_out, State::closed, "3.10.8"},

    Row{State::closing, Event::fin_acked, State::time_wait, "3.10.7.4"},
    Row{State::closing, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::closing, Event::abort, State::closed, "3.10.5"},
    Row{State::closing, Event::time_out, State::closed, "3.10.8"},

    Row{State::last_ack, Event::fin_acked, State::closed, "3.10.7.4"},
    Row{State::last_ack, Event::reset_received, State::closed, "3.10.7.4"},
    Row{State::last_ack, Event::abort, State::closed, "3.10.5"},
    Row{State::last_ack, Event::time_out, State::closed, "3.10.8"},

    Row{State::time_wait, Event::time_wait_over, State::closed, "3.10.8"},
    Row{State::time_wait, Event::recycled, State::closed, "our limit"},
    Row{State::time_wait, Event::syn_reopens, State::syn_received, "3.6.1"},
};

// `rows` by state and event, for a move in constant time.
inline constexpr std::uint8_t no_row = 0xff;
inline constexpr auto row_positions = [] {
  std::array<std::array<std::uint8_t, event_count>, state_count> positions{};
  for (auto& of_state : positions) of_state.fill(no_row);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    positions[static_cast<std::size_t>(rows[i].from)][static_cast<std::size_t>(rows[i].event)] =
        static_cast<std::uint8_t>(i);
  }
  return positions;
}();

// Position in `rows`, or `no_row` when that event does not move that state.
constexpr std::uint8_t row_position(State from, Event event) {
  return row_positions[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
}
constexpr std::optional<std::size_t> find_row(State from, Event event) {
  const std::uint8_t position = row_position(from, event);
  if (position == no_row) return std::nullopt;
  return position;
}

const char* name(State state);  // as the RFC spells it: "FIN-WAIT-1"
const char* name(Event event);  // as in the enum: "fin_acked"
// "FIN-WAIT-1 --fin_acked--> FIN-WAIT-2 [3.10.7.4]"
std::string to_string(const Row& row);

enum class TableFormat : std::uint8_t { text, mermaid, dot };
std::string print_table(TableFormat format);

}  // namespace acksu::tcp
