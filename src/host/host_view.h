// What a host shows of itself: its numbers, its routes and what it holds. Nothing here changes it.
#pragma once

#include <optional>
#include <vector>

#include "host/host_state.h"
#include "tcp/info.h"

namespace acksu {

class HostView : protected HostState {
 public:
  // ---- Links
  // Links that lead out of the host, from 0 on. The one behind them is its loopback, which it
  // serves by itself, as if that were a timer.
  std::size_t wires() const { return loopback(); }
  // Whether emit() may have something for that link.
  bool has_output(LinkId link) const {
    return !links_[link].queue.is_empty() || !links_[link].ready.is_empty() ||
           (links_[link].ppp && links_[link].ppp->session.has_frame());
  }
  // Whether next_event() has something to tell.
  bool has_event() const { return !events_.is_empty(); }
  // What a link tells of the groups of each family.
  const Membership& membership_v4(LinkId link) const { return links_[link].igmp; }
  const Membership& membership_v6(LinkId link) const { return links_[link].mld; }
  // What PPP has agreed on for that link; null: it is of another kind.
  const PppLine* line(LinkId link) const { return links_[link].ppp ? &*links_[link].ppp : nullptr; }
  // Whether somebody else was heard to use, or to ask for, what was last probed on that link.
  bool is_probe_contested(LinkId link) const { return links_[link].is_contested; }

  // What `Host::ask_address` was answered last on that link.
  const std::optional<ReverseAnswer>& told_address(LinkId link) const {
    return links_[link].told_address;
  }

  // ---- Addresses and routes
  const Routes& routes() const { return routes_; }
  // Addresses, routers and prefixes of IPv6, also those that are still tried.
  const Ipv6Network& ipv6() const { return ipv6_; }
  // What translates between our links; null: nothing does.
  const Nat* translation() const { return translation_ ? &*translation_ : nullptr; }

  // ---- Sockets
  // Where text for `Host::write_shared` comes from. Whoever keeps slices of it keeps it, too.
  const std::shared_ptr<BufferPool>& pool() const { return pool_; }
  // All connections, half-open and TIME-WAIT records, and listeners; by rising index.
  std::vector<tcp::Info> sockets() const;
  // Its numbers; nothing for a dead handle.
  std::optional<tcp::Info> info(Handle connection) const;
  // Why a connection failed; `none` while it has not.
  Error error_of(Handle connection) const;
  // What ICMP has said about a connection that goes on (RFC 9293 SHLD-25), since it fell silent.
  Error soft_error_of(Handle connection) const;
  // Local address of a listener, connection, UDP or raw socket.
  Result<Endpoint> local_endpoint(Handle socket) const;
  // Of a connection.
  Result<Endpoint> remote_endpoint(Handle connection) const;

  // ---- Numbers
  const HostCounters& counters() const { return counters_; }
  const HostSettings& settings() const { return settings_; }
  // What each of its limits has refused so far, or made give way: limits.cpp.
  std::vector<LimitCount> limits() const;
  // Memory and objects held now; all zero after quiet.
  HostHoldings holdings() const;
  void digest(Digest& digest) const;

 protected:
  using HostState::HostState;

  ConnectionRecord* held(Handle connection);
  const ConnectionRecord* held(Handle connection) const {
    return const_cast<HostView*>(this)->held(connection);
  }
  Handle handle_of(std::uint32_t connection) const;
  bool is_backlog_full(std::uint32_t listener) const;
  tcp::BufferSize receive_buffer_of(const Listener& listener) const;
  std::uint32_t fast_open_limit(const Listener& listener) const;  // tcp_fast_open.cpp

 private:
  void digest_sockets(Digest& digest) const;
};

}  // namespace acksu
