// What an application may set about one connection, at any time. What is not set follows the host's
// settings.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "tcp/congestion_name.h"

namespace acksu::tcp {

struct ConnectionOptions {
  bool nodelay = false;  // RFC 9293 MUST-17: Nagle off
  // RFC 9293 MAY-15: instead of a push.
  bool cork = false;  // send full segments only, for at most `Settings::cork_limit`
  // What was written last is not all of a message: as `cork`, and where Settings are like Linux's
  // it is not pushed.
  bool more_follows = false;
  bool keepalive = false;
  std::optional<Duration> keepalive_idle{}, keepalive_interval{};
  std::optional<std::uint32_t> keepalive_probes{};
  std::optional<Duration> user_timeout{};  // R2 of this connection (RFC 9293 MUST-21)
  // How often a SYN that nobody answers goes again; with a user timeout that decides.
  std::optional<std::uint32_t> syn_retries{};
  // How long after close() the peer's FIN is waited for, once it has acknowledged ours.
  std::optional<Duration> fin_wait_2{};
  // After close(): with 0 abort at once (a reset, no TIME-WAIT); with a time, abort when it passes
  // before all was acknowledged. Unlike a sockets API's SO_LINGER, close() never waits: who wants
  // to know that all arrived shuts down and waits for `Readiness::all_acked`.
  std::optional<Duration> linger{};
  // A size that stays, instead of one that follows the path.
  std::optional<std::uint32_t> send_buffer_bytes{}, receive_buffer_bytes{};
  // `write` takes no more while so many bytes are unsent; `Readiness::writable` is told when half
  // of them have left.
  std::optional<std::uint32_t> notsent_lowat_bytes{};
  // Of the packets that carry its segments, those of a listener's SYN+ACKs included, but for those
  // that are nobody's (resets, ACKs in TIME-WAIT); RFC 9293 MUST-48, MUST-49.
  std::optional<std::uint8_t> dscp{};  // 6 bits
  std::optional<std::uint8_t> ttl{};
  // Changed while text is under way it keeps the window, and learns the path anew.
  std::optional<CongestionAlgorithm> congestion{};
};

}  // namespace acksu::tcp
