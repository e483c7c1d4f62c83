// Words for what observers are told.
#include "tcp/observer.h"

#include <array>

namespace acksu::tcp {
namespace {

constexpr std::array timer_names{"retransmission", "tail_probe",  "reordering", "persist",
                                 "pacing",         "delayed_ack", "keepalive",  "user_timeout",
                                 "cork",           "time_wait"};
static_assert(timer_names.size() == timer_count);

struct Reason {
  const char* name;
  const char* sentence;
};
constexpr std::array reasons{
    Reason{"nothing_to_send", "all that was written has been sent"},
    Reason{"peer_window", "the peer's window has no room worth a segment"},
    Reason{"congestion_window", "the congestion window is full"},
    Reason{"nagle", "a small piece waits for the ACK of the one before (Nagle)"},
    Reason{"cork", "the application holds small pieces back (cork)"},
    Reason{"pacing", "the next segment is not due yet (pacing)"},
    Reason{"handshake", "the handshake has to be finished first"},
    Reason{"link", "the link takes no more now"},
};

}  // namespace

const char* name(Timer timer) { return timer_names[static_cast<std::size_t>(timer)]; }
const char* name(LimitedBy reason) { return reasons[static_cast<std::size_t>(reason)].name; }
const char* sentence(LimitedBy reason) {
  return reasons[static_cast<std::size_t>(reason)].sentence;
}

}  // namespace acksu::tcp
