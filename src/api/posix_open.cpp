// Opening connections: passively (listen, accept) and actively (connect); and why they failed.
#include <algorithm>

#include <netinet/in.h>

#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr int most_backlog = 4096;  // Linux's somaxconn

}  // namespace

// Why nothing can go there. As Linux: what is bound to an address that is not ours has no way out.
int Sockets::errno_of_way(const Description& description, Error error) {
  const bool has_no_way = error == Error::address_not_available && description.options.binds_freely;
  if (has_no_way) return ENETUNREACH;
  // A port that another connection to the same peer has.
  const bool is_taken = error == Error::address_in_use && description.is_stream();
  return is_taken ? EADDRNOTAVAIL : errno_of(error);
}

// ---- Passively ----------------------------------------------------------------------------------

Outcome Sockets::listen(int descriptor, int backlog, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (!description->is_stream()) return Outcome::failed(EOPNOTSUPP);
  // One more than asked for, as Linux; a negative one is a very large one.
  const int most = backlog < 0 ? most_backlog : std::min(backlog, most_backlog);
  description->backlog = static_cast<std::uint32_t>(most) + 1;
  const ListenOptions options = listen_options(*description);
  if (description->phase == Phase::listening) {
    host_->set_listen_options(description->handle, options);
    return Outcome::of(0);
  }
  if (description->phase != Phase::idle) return Outcome::failed(EINVAL);
  if (!description->is_bound()) {
    if (const int error = bind_port(*description, {}); error != 0) return Outcome::failed(error);
  } else if (conflicts(*description, *description->bound)) {
    return Outcome::failed(EADDRINUSE);
  }
  const Result<Handle> listener = host_->listen(*description->bound, options, now);
  if (!listener) return Outcome::failed(errno_of(listener.error()));
  hold(*description, *listener);
  description->phase = Phase::listening;
  pass_options(*description, now);
  return Outcome::of(0);
}

ListenOptions Sockets::listen_options(const Description& description) {
  const SocketOptions& chosen = description.options;
  return {.backlog = description.backlog,
          .fast_open_limit = static_cast<std::uint32_t>(chosen.fast_open_limit),
          .fast_open_key = chosen.fast_open_key,
          .versions = description.versions(),
          .most_mss = static_cast<std::uint32_t>(chosen.most_mss),
          .deferral = chosen.deferral,
          .binds_freely = chosen.binds_freely,
          .shares_name = chosen.reuses_port};
}

Outcome Sockets::accept(int descriptor, int flags, Instant now) {
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return Outcome::failed(EINVAL);
  Description* const listening = find(descriptor);
  if (!is_socket(listening)) return no_socket(listening);
  if (!listening->is_stream()) return Outcome::failed(EOPNOTSUPP);
  if (listening->phase != Phase::listening) return Outcome::failed(EINVAL);
  const Result<std::uint32_t> waiting = host_->count_acceptable(listening->handle);
  if (!waiting || *waiting == 0) {
    if (listening->is_nonblocking) return Outcome::failed(EAGAIN);
    return {-1, EAGAIN, POLLIN, listening->options.receive_patience};
  }
  // The descriptor first: without one the connection stays where it is.
  Description accepted;
  accepted.family = listening->family;
  accepted.type = listening->type;
  accepted.protocol = listening->protocol;
  accepted.is_nonblocking = (flags & SOCK_NONBLOCK) != 0;
  accepted.closes_on_exec = (flags & SOCK_CLOEXEC) != 0;
  accepted.phase = Phase::connected;
  accepted.options = listening->options;
  const Handle listener = listening->handle;
  const Outcome placed = place(std::move(accepted));
  if (!placed) return placed;
  Description& description = *find(static_cast<int>(placed.value));
  hold(description, *host_->accept(listener, now));
  const FourTuple tuple = host_->info(description.handle)->tuple;
  description.bound = tuple.local;
  description.is_name_lent = true;
  description.remote = tuple.remote;
  if (description.options.send_buffer != 0) pass_options(description, now);
  return placed;
}

// ---- Actively -----------------------------------------------------------------------------------

Outcome Sockets::connect(int descriptor, const sockaddr* name, socklen_t bytes, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (name == nullptr) return Outcome::failed(EFAULT);
  if (bytes < sizeof name->sa_family) return Outcome::failed(EINVAL);
  if (name->sa_family == AF_UNSPEC) {
    disconnect_by_choice(*description, now);
    return Outcome::of(0);
  }
  if (description->waits_for_text) return Outcome::failed(EISCONN);
  if (description->phase == Phase::connecting) return follow_connect(*description, false, now);
  const bool is_stream = description->is_stream();
  if (is_stream && description->phase != Phase::idle) return Outcome::failed(EISCONN);
  const GivenName given = read_name(description->family, name, bytes);
  if (given.error != 0) return Outcome::failed(given.error);
  if (!is_stream) return connect_datagram(*description, given.endpoint, now);
  const int error = open_connection(*description, given.endpoint, false, now);
  if (error != 0) return Outcome::failed(error);
  if (waits_for_text(*description, now)) return Outcome::of(0);
  return follow_connect(*description, true, now);
}

// TCP_FASTOPEN_CONNECT: where a cookie of that server is known the SYN goes with the first write.
bool Sockets::waits_for_text(Description& description, Instant now) {
  if (!description.options.opens_fast) return false;
  const Result<std::uint32_t> room = host_->fast_open_room(description.handle, now);
  if (!room || *room == 0) return false;
  host_->hold_syn(description.handle, now);
  description.waits_for_text = true;
  return true;
}

// Errno, or 0: the SYN is on its way.
int Sockets::open_connection(Description& description, Endpoint remote, bool is_fast, Instant now) {
  if (description.options.v6_only && remote.address.is_v4()) return ENETUNREACH;
  remote.address = as_destination(remote.address, description.family);
  if (host_->routes().is_bad_destination(remote.address)) return ENETUNREACH;
  if (remote.port == 0) return ECONNREFUSED;  // nobody can listen there
  ConnectOptions options;
  options.local = description.bound;
  options.fast_open = is_fast || description.options.opens_fast;
  options.most_mss = static_cast<std::uint32_t>(description.options.most_mss);
  const Result<Handle> connection = host_->connect(remote, options, now);
  if (!connection) return errno_of_way(description, connection.error());
  hold(description, *connection);
  description.remote = remote;
  description.phase = Phase::connecting;
  description.pending_error = 0;
  description.is_failure_told = description.is_read_shut = description.is_write_shut = false;
  pass_options(description, now);
  return 0;
}

Outcome Sockets::follow_connect(Description& description, bool is_first, Instant now) {
  follow_failure(description);
  if (const int error = take_error(description); error != 0) {
    disconnect(description, now);
    return Outcome::failed(error);
  }
  const Standing stands = standing(description);
  if (stands.state == tcp::State::syn_sent || stands.state == tcp::State::syn_received) {
    const int error = is_first ? EINPROGRESS : EALREADY;
    if (description.is_nonblocking) return Outcome::failed(error);
    return {-1, error, POLLOUT, description.options.send_patience};
  }
  if (description.is_failure_told) {  // and told by SO_ERROR, or to a reader
    disconnect(description, now);
    return Outcome::failed(ECONNABORTED);
  }
  description.phase = Phase::connected;
  if (description.options.send_buffer != 0) pass_options(description, now);
  return Outcome::of(0);
}

// As Linux: who ends a connection that is not over yet by himself is told so as if the peer had.
void Sockets::disconnect_by_choice(Description& description, Instant now) {
  follow_failure(description);
  const tcp::State state = standing(description).state;
  const bool ends_one =
      state != tcp::State::closed && state != tcp::State::closing && state != tcp::State::last_ack;
  disconnect(description, now);
  if (ends_one) description.pending_error = ECONNRESET;
}

// Back to where socket() was, with a port that was asked for.
void Sockets::disconnect(Description& description, Instant now) {
  if (!description.is_stream()) {
    if (description.handle) host_->connect_udp(description.handle, {});
    description.phase = Phase::idle;
    description.remote = {};
    return;
  }
  if (description.phase == Phase::connecting || description.phase == Phase::connected) {
    host_->abort(description.handle, now);
    let_go(description);
  }
  release(description, now);
  if (std::exchange(description.is_name_lent, false)) description.bound.reset();
  description.waits_for_text = false;
  description.remote = {};
  description.is_failure_told = description.is_read_shut = description.is_write_shut = false;
}

// ---- Failing ------------------------------------------------------------------------------------

// A connection that is over leaves an error to be told once.
void Sockets::follow_failure(Description& description) const {
  const bool is_connection =
      description.phase == Phase::connecting || description.phase == Phase::connected;
  if (!is_connection || !description.is_stream() || description.is_failure_told) return;
  const Error error = host_->error_of(description.handle);
  if (error == Error::none) return;
  description.is_failure_told = true;
  description.pending_error = errno_of(error);
  if (error != Error::connection_reset || description.is_write_shut) return;
  // As Linux: who has had the end of the stream already was not going to read any more.
  const std::optional<tcp::Info> info = host_->info(description.handle);
  if (info && info->rcv.is_ended) description.pending_error = EPIPE;
}

int Sockets::take_error(Description& description) {
  return std::exchange(description.pending_error, 0);
}

}  // namespace acksu::posix
