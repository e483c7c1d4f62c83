// What a sockets API as POSIX describes it asks of TCP besides the calls of host.h: to look without
// taking, to wait for room without having written, to change what a listener does.
#pragma once

#include "host/host_paths.h"

namespace acksu {

class SocketCalls : public HostPaths {
 public:
  // Copies what `read` would give, `skipped` bytes behind that, and leaves it there; 0: nothing is
  // there (yet). Errors: bad_handle.
  Result<std::uint32_t> peek(Handle connection, std::uint32_t skipped, MutableBytes bytes) const;
  // As if a write had found too little room: `Readiness::writable` is told as soon as there is some
  // again. True: there is some now. Errors: bad_handle.
  Result<bool> await_room(Handle connection, Instant now);
  // What was written to it so far is urgent, to its last octet (RFC 9293 3.8.5): nothing of it
  // waits for more, and the peer is told. Errors: bad_handle, and as `write`.
  Error mark_urgent(Handle connection, Instant now);
  // What was written to it so far ends with a segment, also when that goes again: no later text
  // shares one with it (MSG_EOR). Errors: bad_handle, and as `write`.
  Error end_record(Handle connection, Instant now);
  // What comes next is acknowledged at once, and what waits is now; or as usual. Errors:
  // bad_handle.
  Error use_quick_acks(Handle connection, bool is_quick);
  // All options of a socket that listens but its versions; who waits to be accepted stays. Errors:
  // bad_handle.
  Error set_listen_options(Handle listener, ListenOptions options);
  // How many connections wait to be accepted. Errors: bad_handle.
  Result<std::uint32_t> count_acceptable(Handle listener) const;
  // Whether a listener, a connection or what is left of one has that port at that address, or at
  // any if it is any: by looking at all of them.
  bool is_tcp_port_used(const Endpoint& local, IpVersions versions) const;
  // How many bytes of text a SYN with Fast Open that leaves now would take along (RFC 7413 4.1.3);
  // 0: no cookie of that server is known. Errors: bad_handle.
  Result<std::uint32_t> fast_open_room(Handle connection, Instant now) const;
  // Right after `connect`: its SYN waits until `send_syn`, as if nobody had opened it yet. Errors:
  // bad_handle.
  Error hold_syn(Handle connection, Instant now);
  Error send_syn(Handle connection, Instant now);
  // Cookies of servers (RFC 7413), and what they take.
  void forget_fast_open() { fast_open_.cache.forget_all(); }

 protected:
  using HostPaths::HostPaths;

  tcp::Context context_at(Instant now) {
    tcp::Context context{now, *pool_, memory_, settings_.tcp, counters_.tcp, observer_.get()};
    context.fast_open = &fast_open_;
    return context;
  }

  // Whether those that listen there share their name with one that hears the same.
  bool may_join_listeners(const Endpoint& local, IpVersions versions) const;
  // Who listens for that; BoundSockets::none: nobody.
  std::uint32_t listener_for(const Arrival& arrival) const;

 private:
  void ask(std::uint32_t index, ConnectionRecord& record);
};

}  // namespace acksu
