// One machine: links, neighbours, IPv4, ICMP, UDP and TCP, driven by four verbs (absorb, emit,
// on_time, and the calls of its applications). A host never asks for the time, never blocks, never
// calls back, and belongs to one thread.
//
//   IN    absorb(link, burst, now)     frames change state; nothing is sent
//   OUT   emit(link, frames, max, now) the only door out
//   TIME  deadline(), on_time(now)     sleep until the deadline, then tell the time
//   CALL  connect, write, read, ...    change queues and state; the next emit speaks
//
// `now` never goes back from one verb to the next. A host is a value: its copy goes on by itself
// (sharing only buffers that nobody writes), and equal states have equal digests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/result.h"
#include "base/time.h"
#include "host/counters.h"
#include "host/frame.h"
#include "host/observer.h"
#include "host/settings.h"
#include "host/socket.h"
#include "tcp/info.h"

namespace acksu {

class Host {
 public:
  Host(HostSettings settings, HostSecrets secrets, std::shared_ptr<BufferPool> pool);

  // ---- The verbs
  // --------------------------------------------------------------------------------------------
  // Takes a burst of frames that arrived by `link`. The frames' slices are kept where text is kept.
  void absorb(LinkId link, std::span<Frame> burst, Instant now);
  // Appends up to `max_frames` frames that want to leave by `link`, connections in turn. Returns
  // how many; when it returns `max_frames` there may be more.
  std::size_t emit(LinkId link, std::vector<Frame>& frames, std::size_t max_frames, Instant now);
  // Whether emit() may have something for that link.
  bool has_output(LinkId link) const;
  // Nothing happens by itself before this instant; `never` when no timer runs. May be early, is
  // never late.
  Instant deadline() const;
  void on_time(Instant now);

  // ---- TCP calls
  // --------------------------------------------------------------------------------------------
  // Listens on an address of this host or, when `local.address` is any, on all of them. Port 0
  // takes an ephemeral port. Errors: address_in_use, address_not_available.
  Result<Handle> listen(Endpoint local, ListenOptions options, Instant now);
  // The oldest ready connection. Errors: would_block, bad_handle.
  Result<Handle> accept(Handle listener, Instant now);
  // Starts an active open; `Readiness::connected` or `failed` tells the outcome. Errors:
  // address_not_available, address_in_use, network_unreachable, invalid_argument (port 0; broadcast
  // or multicast, RFC 9293 MUST-46), out_of_memory.
  Result<Handle> connect(Endpoint remote, ConnectOptions options, Instant now);
  // Queues a copy of as many bytes as there is room for; returns how many (> 0). Errors:
  // would_block (no room), is_shut_down, not_connected (before the handshake writes are queued
  // too), out_of_memory, or why the connection failed.
  Result<std::uint32_t> write(Handle connection, Bytes bytes, Instant now);
  // Copies what has arrived in order; 0 means the peer has closed its side and all was read.
  // Errors: would_block, or why the connection failed (once unread text is gone).
  Result<std::uint32_t> read(Handle connection, MutableBytes bytes, Instant now);
  // Sends a FIN after all that was written; reading goes on (half-close). Errors: bad_handle,
  // not_connected.
  Error shutdown_write(Handle connection, Instant now);
  // Gives the socket up: a connection sends what was written, then FIN; with unread text it resets
  // (RFC 9293 3.10.4 and RFC 2525 2.17). The handle is dead at once, the connection ends by itself.
  // A listener closes with all that nobody has accepted.
  Error close(Handle socket, Instant now);
  // Ends a connection with a reset at once. The handle is dead.
  Error abort(Handle connection, Instant now);
  Error set_options(Handle socket, const ConnectionOptions& options, Instant now);
  // Why a connection failed; `none` while it has not.
  Error error_of(Handle connection) const;
  // Its numbers; nothing for a dead handle.
  std::optional<tcp::Info> info(Handle connection) const;
  // Local address of a listener, connection or UDP socket.
  Result<Endpoint> local_endpoint(Handle socket) const;

  // ---- UDP and ICMP calls
  // ----------------------------------------------------------------------------------- Errors:
  // address_in_use, address_not_available.
  Result<Handle> open_udp(Endpoint local, Instant now);
  // Errors: message_too_long, network_unreachable, bad_handle, out_of_memory.
  Error send_to(Handle udp, Endpoint remote, Bytes payload, Instant now);
  // The oldest datagram, cut to `bytes` (length tells its true size). Errors: would_block,
  // bad_handle, and once port_unreachable when an ICMP error arrived.
  Result<Datagram> receive_from(Handle udp, MutableBytes bytes);
  // Sends an ICMP echo request. Errors: network_unreachable.
  Error ping(IpAddress remote, std::uint16_t identifier, std::uint16_t sequence, Bytes payload,
             Instant now);
  // The oldest answer not yet taken (at most 64 are kept).
  std::optional<EchoReply> next_echo_reply();

  // ---- Looking
  // ----------------------------------------------------------------------------------------------
  // What happened to sockets, one socket at a time, in order; nothing when all is told. Never lost,
  // merged per socket.
  std::optional<SocketEvent> next_event();
  // Every connection, half-open record and TIME-WAIT record, and listeners, as `ss` would list
  // them; by rising index.
  std::vector<tcp::Info> sockets() const;
  const HostCounters& counters() const;
  const HostSettings& settings() const;
  // Memory and objects held now; all zero after quiet.
  HostHoldings holdings() const;
  // Where events go; null: nowhere. Not owned, not copied with the host.
  void observe(HostObserver* observer);
  void digest(Digest& digest) const;
};

}  // namespace acksu
