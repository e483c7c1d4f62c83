// An open socket as Linux's "open file description": what a program has set about it, and how far
// it has come. What the network knows of it stands in the host, under `handle`.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "api/posix_epoll.h"
#include "api/posix_error_queue.h"
#include "api/posix_lending.h"
#include "api/posix_stamps.h"
#include "base/address.h"
#include "base/box.h"
#include "base/seq.h"
#include "base/time.h"
#include "host/socket.h"

namespace acksu::posix {

// What a program may set, where the host has no place for it, and as it is to be told again.
struct SocketOptions {
  ConnectionOptions connection;                                  // passed on to the host
  Duration receive_patience = forever, send_patience = forever;  // SO_RCVTIMEO, SO_SNDTIMEO
  int receive_low_water = 1;                                     // bytes, SO_RCVLOWAT
  int send_buffer = 0, receive_buffer = 0;  // bytes, as Linux tells it; 0: not set
  bool reuses_address = false, reuses_port = false;
  bool v6_only = false;
  bool allows_broadcast = false;                      // SO_BROADCAST
  bool keeps_errors = false;                          // IP_RECVERR
  bool tells_destination = false, tells_ttl = false;  // IP_PKTINFO, IP_RECVTTL
  bool tells_unread = false;                          // TCP_INQ
  bool reads_urgent_inline = false;                   // SO_OOBINLINE
  bool lends_memory = false;                          // SO_ZEROCOPY
  int ttl = 0, tos = 0;                               // 0: the host's
  int mark = 0;                                       // SO_MARK: no route asks for it
  int mtu_discovery = 1;                              // IP_PMTUDISC_WANT
  int most_mss = 0;                                   // TCP_MAXSEG
  int fast_open_limit = 0;                            // TCP_FASTOPEN
  std::optional<SipKey> fast_open_key;                // TCP_FASTOPEN_KEY
  std::uint8_t deferral = 0;                          // time-outs, TCP_DEFER_ACCEPT
  bool opens_fast = false;                            // TCP_FASTOPEN_CONNECT
  bool skips_fin_wait_2 = false;                      // TCP_LINGER2, negative
  bool acks_quickly = true;                           // TCP_QUICKACK, as it was set last
  bool lingers = false;                               // SO_LINGER
  int linger_s = 0;
  StampOptions stamps;                  // SO_TIMESTAMPING, SO_TIMESTAMP, SO_TIMESTAMPNS
  bool binds_freely = false;            // IP_FREEBIND
  int window_clamp = 0;                 // bytes, TCP_WINDOW_CLAMP; 0: none
  bool has_connection_options = false;  // any was set
};

// A datagram that has been taken from the host, and not yet by the program.
struct HeldDatagram {
  Datagram name;
  std::vector<std::uint8_t> bytes;
};

struct Description {
  // Linux's socket state and TCP_LISTEN in one. `connecting` ends when connect() was told how it
  // ended, whatever the connection has become since.
  enum class Phase : std::uint8_t { idle, listening, connecting, connected };

  int number = -1;           // the descriptor
  std::uint64_t serial = 0;  // no other has had it
  int family = 0;            // AF_INET, AF_INET6
  int type = 0;              // SOCK_STREAM, SOCK_DGRAM
  int protocol = 0;          // IPPROTO_TCP, IPPROTO_UDP
  bool is_nonblocking = false;
  bool closes_on_exec = false;
  Phase phase = Phase::idle;
  std::optional<Instant> lingers_until;  // it was closed, and close() waits (SO_LINGER)
  bool is_failure_told = false;          // `pending_error` was taken from the host once
  bool is_read_shut = false, is_write_shut = false;
  bool waits_for_text = false;    // connecting, and its SYN goes with the first write
  bool more_follows = false;      // the last write was made with MSG_MORE
  bool was_corked = false;        // the host was told to hold small segments back
  int pending_error = 0;          // errno; the next call that can tell it does, and SO_ERROR
  std::uint32_t backlog = 0;      // while listening
  Handle handle;                  // nothing while idle
  std::optional<Endpoint> bound;  // with a port
  bool is_name_lent = false;      // it is the listener's, by accept()
  Endpoint remote;                // while connecting or connected
  // The octet that is read aside (MSG_OOB), as long as nobody has read over it.
  std::optional<Seq> urgent_at;
  bool is_urgent_read = false;  // by MSG_OOB
  SocketOptions options;
  std::optional<HeldDatagram> held;  // of a datagram socket: the next to be read
  std::deque<DatagramError> errors;  // IP_RECVERR: what MSG_ERRQUEUE will tell
  Box<Lending> lending;              // of a stream: once memory was lent
  Box<Stamps> stamps;                // of a stream: once time stamps were asked for
  Box<ErrorQueue> reports;           // of a stream: what MSG_ERRQUEUE will tell
  Box<EventPoll> epoll;              // then it is no socket
  std::vector<int> watchers;         // epoll descriptors that have it

  bool is_socket() const { return !epoll; }
  bool is_stream() const;
  IpVersions versions() const;
  bool is_bound() const { return bound.has_value(); }
};

}  // namespace acksu::posix
