// What TCP tells those who look. The only way out for traces: typed calls, made when something
// happened and never to ask anything. With no observer they cost one comparison.
#pragma once

#include <cstdint>

#include "base/address.h"
#include "base/time.h"
#include "tcp/state.h"

namespace acksu::tcp {

enum class Timer : std::uint8_t {
  retransmission,  // RFC 6298, and SYN retransmission
  tail_probe,      // RFC 8985 7: a probe of the end of what is under way; instead of that one
  reordering,      // RFC 8985 6.2: what is overdue then is lost; instead of both
  persist,         // RFC 9293 3.8.6.1: probes of a closed window
  pacing,          // the next burst is due
  delayed_ack,     // RFC 9293 3.8.6.3
  keepalive,       // RFC 9293 3.8.4
  user_timeout,    // R2, orphan limits, FIN-WAIT-2, linger
  cork,            // corked text
  time_wait,       // 2 MSL
};
inline constexpr std::size_t timer_count = 10;
const char* name(Timer timer);  // "retransmission"

// Why a connection that was asked for its next segment had none.
enum class LimitedBy : std::uint8_t {
  nothing_to_send,
  peer_window,  // the peer's window is full, closed, or too small to be worth a segment
  congestion_window,
  nagle,  // a small piece waits for the ACK of the one before
  cork,
  pacing,
  handshake,  // not yet allowed to send text
  link,       // the link took no more
};
const char* name(LimitedBy reason);      // "peer_window"
const char* sentence(LimitedBy reason);  // for people: "the peer's window is full"

enum class TimerChange : std::uint8_t { armed, disarmed, fired };

struct TimerSample {
  Timer timer;
  TimerChange change;
  Instant deadline;  // of the timer that was armed, disarmed or fired
};

struct CongestionSample {
  std::uint32_t cwnd_bytes;
  std::uint32_t ssthresh_bytes;
  std::uint32_t in_flight_bytes;
  const char* phase;  // "slow start", "congestion avoidance", "fast recovery", "loss recovery"
};

struct RttSample {
  Duration sample;
  Duration srtt;
  Duration rttvar;
  Duration rto;
};

struct WindowSample {
  std::uint32_t send_window_bytes;     // SND.WND, as the peer offers it
  std::uint32_t receive_window_bytes;  // RCV.WND, as we offer it
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_move(Instant, const FourTuple&, const Row&) {}
  virtual void on_timer(Instant, const FourTuple&, const TimerSample&) {}
  virtual void on_congestion(Instant, const FourTuple&, const CongestionSample&) {}
  virtual void on_rtt(Instant, const FourTuple&, const RttSample&) {}
  virtual void on_window(Instant, const FourTuple&, const WindowSample&) {}
  virtual void on_silence(Instant, const FourTuple&, LimitedBy) {}
  virtual void on_retransmission(Instant, const FourTuple&, const char* /*cause*/) {}
  // What a connection holds: called when a record or a connection is made or given back.
  virtual void on_memory(Instant, const FourTuple&, const char* /*what*/, std::int64_t /*bytes*/) {}
};

}  // namespace acksu::tcp
