// The option negotiation automaton of PPP (RFC 1661 section 4.1) as a table: what each event does
// in each state. LCP, IPCP and IPV6CP all follow it. Left out on purpose: the restart option; the
// passive option is taken (a peer that comes later finds us in Stopped). house: table
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace acksu {

enum class PppState : std::uint8_t {
  initial,
  starting,
  closed,
  stopped,
  closing,
  stopping,
  request_sent,
  ack_received,
  ack_sent,
  opened,
};
inline constexpr std::size_t ppp_state_count = 10;

// The RFC's short names stand behind.
enum class PppEvent : std::uint8_t {
  up,                 // Up: the line below carries frames
  down,               // Down
  open,               // Open: the administrator wants it
  close,              // Close
  time_out,           // TO+: and there is another try
  last_time_out,      // TO-: that was the last one
  good_request,       // RCR+: all options are fine
  bad_request,        // RCR-: some are not
  ack,                // RCA: of our last request
  nak,                // RCN: Configure-Nak or Configure-Reject
  terminate_request,  // RTR
  terminate_ack,      // RTA
  unknown_code,       // RUC
  bearable_reject,    // RXJ+: Code- or Protocol-Reject of what we can do without
  fatal_reject,       // RXJ-: of what we need
  echo,               // RXR: Echo-Request, Echo-Reply, Discard-Request
};
inline constexpr std::size_t ppp_event_count = 16;

// What is to be done, as bits, in no order; named as in the RFC.
struct PppDo {
  static constexpr std::uint16_t tlu = 1,  // this layer is up
      tld = 2,                             // is down
      tls = 4,                             // needs the layer below
      tlf = 8,                             // needs it no more
      irc = 16,                            // initialise the restart counter
      zrc = 32,                            // or make it zero
      scr = 64,                            // send Configure-Request
      sca = 128,                           // Configure-Ack
      scn = 256,                           // Configure-Nak or Configure-Reject
      str = 512,                           // Terminate-Request
      sta = 1024,                          // Terminate-Ack
      scj = 2048,                          // Code-Reject
      ser = 4096;                          // Echo-Reply
};

struct PppStep {
  std::uint16_t actions = 0;
  PppState next = PppState::initial;
  bool is_possible = true;  // else the event cannot come in that state
};

namespace ppp_rows {

constexpr PppStep go(PppState next, std::uint16_t actions = 0) { return {actions, next, true}; }

using D = PppDo;
using S = PppState;
inline constexpr PppStep none{0, S::initial, false};

using Row = std::array<PppStep, ppp_state_count>;
// By event; in each row by state: Initial, Starting, Closed, Stopped, Closing, Stopping, Req-Sent,
// Ack-Rcvd, Ack-Sent, Opened.
inline constexpr std::array<Row, ppp_event_count> steps{
    Row{go(S::closed), go(S::request_sent, D::irc | D::scr), none, none, none, none, none, none,
        none, none},
    Row{none, none, go(S::initial), go(S::starting, D::tls), go(S::initial), go(S::starting),
        go(S::starting), go(S::starting), go(S::starting), go(S::starting, D::tld)},
    Row{go(S::starting, D::tls), go(S::starting), go(S::request_sent, D::irc | D::scr),
        go(S::stopped), go(S::stopping), go(S::stopping), go(S::request_sent), go(S::ack_received),
        go(S::ack_sent), go(S::opened)},
    Row{go(S::initial), go(S::initial, D::tlf), go(S::closed), go(S::closed), go(S::closing),
        go(S::closing), go(S::closing, D::irc | D::str), go(S::closing, D::irc | D::str),
        go(S::closing, D::irc | D::str), go(S::closing, D::tld | D::irc | D::str)},

    Row{none, none, none, none, go(S::closing, D::str), go(S::stopping, D::str),
        go(S::request_sent, D::scr), go(S::request_sent, D::scr), go(S::ack_sent, D::scr), none},
    Row{none, none, none, none, go(S::closed, D::tlf), go(S::stopped, D::tlf),
        go(S::stopped, D::tlf), go(S::stopped, D::tlf), go(S::stopped, D::tlf), none},

    Row{none, none, go(S::closed, D::sta), go(S::ack_sent, D::irc | D::scr | D::sca),
        go(S::closing), go(S::stopping), go(S::ack_sent, D::sca), go(S::opened, D::sca | D::tlu),
        go(S::ack_sent, D::sca), go(S::ack_sent, D::tld | D::scr | D::sca)},
    Row{none, none, go(S::closed, D::sta), go(S::request_sent, D::irc | D::scr | D::scn),
        go(S::closing), go(S::stopping), go(S::request_sent, D::scn), go(S::ack_received, D::scn),
        go(S::request_sent, D::scn), go(S::request_sent, D::tld | D::scr | D::scn)},
    Row{none, none, go(S::closed, D::sta), go(S::stopped, D::sta), go(S::closing), go(S::stopping),
        go(S::ack_received, D::irc), go(S::request_sent, D::scr), go(S::opened, D::irc | D::tlu),
        go(S::request_sent, D::tld | D::scr)},
    Row{none, none, go(S::closed, D::sta), go(S::stopped, D::sta), go(S::closing), go(S::stopping),
        go(S::request_sent, D::irc | D::scr), go(S::request_sent, D::scr),
        go(S::ack_sent, D::irc | D::scr), go(S::request_sent, D::tld | D::scr)},

    Row{none, none, go(S::closed, D::sta), go(S::stopped, D::sta), go(S::closing, D::sta),
        go(S::stopping, D::sta), go(S::request_sent, D::sta), go(S::request_sent, D::sta),
        go(S::request_sent, D::sta), go(S::stopping, D::tld | D::zrc | D::sta)},
    Row{none, none, go(S::closed), go(S::stopped), go(S::closed, D::tlf), go(S::stopped, D::tlf),
        go(S::request_sent), go(S::request_sent), go(S::ack_sent),
        go(S::request_sent, D::tld | D::scr)},

    Row{none, none, go(S::closed, D::scj), go(S::stopped, D::scj), go(S::closing, D::scj),
        go(S::stopping, D::scj), go(S::request_sent, D::scj), go(S::ack_received, D::scj),
        go(S::ack_sent, D::scj), go(S::opened, D::scj)},
    Row{none, none, go(S::closed), go(S::stopped), go(S::closing), go(S::stopping),
        go(S::request_sent), go(S::request_sent), go(S::ack_sent), go(S::opened)},
    Row{none, none, go(S::closed, D::tlf), go(S::stopped, D::tlf), go(S::closed, D::tlf),
        go(S::stopped, D::tlf), go(S::stopped, D::tlf), go(S::stopped, D::tlf),
        go(S::stopped, D::tlf), go(S::stopping, D::tld | D::irc | D::str)},

    Row{none, none, go(S::closed), go(S::stopped), go(S::closing), go(S::stopping),
        go(S::request_sent), go(S::ack_received), go(S::ack_sent), go(S::opened, D::ser)},
};

}  // namespace ppp_rows

constexpr PppStep ppp_step(PppState state, PppEvent event) {
  return ppp_rows::steps[static_cast<std::size_t>(event)][static_cast<std::size_t>(state)];
}

// RFC 1661 section 4.2: the restart timer runs in Closing, Stopping, Req-Sent, Ack-Rcvd, Ack-Sent.
constexpr bool has_restart_timer(PppState state) {
  return state >= PppState::closing && state <= PppState::ack_sent;
}

const char* name(PppState state);  // as the RFC spells it: "Req-Sent"
const char* name(PppEvent event);  // as the RFC spells it: "RCR+"

}  // namespace acksu
