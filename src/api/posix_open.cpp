// Opening connections: passively (listen, accept) and actively (connect); and why they failed.
#include <algorithm>

#include <netinet/in.h>

#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr int most_backlog = 4096;  // Linux's somaxconn

// Where an unspecified address leads: to the host itself.
IpAddress as_destination(IpAddress address, int family) {
  if (!address.is_any()) return address;
  return family == AF_INET || address.is_v4() ? IpAddress::v4(127, 0, 0, 1) : IpAddress{0, 1};
}

int errno_of_connect(Error error) {
  // A port that another connection to the same peer has.
  return error == Error::address_in_use ? EADDRNOTAVAIL : errno_of(error);
}

}  // namespace

// ---- Passively ----------------------------------------------------------------------------------

Outcome Sockets::listen(int descriptor, int backlog, Instant now) {
  Description* const description = find(descriptor);
  if (description == nullptr) return Outcome::failed(EBADF);
  if (!description->is_stream()) return Outcome::failed(EOPNOTSUPP);
  // One more than asked for, as Linux; a negative one is a very large one.
  const int most = backlog < 0 ? most_backlog : std::min(backlog, most_backlog);
  const ListenOptions options{.backlog = static_cast<std::uint32_t>(most) + 1};
  if (description->phase == Phase::listening) {
    host_->set_listen_options(description->handle, options);
    return Outcome::of(0);
  }
  if (description->phase != Phase::idle) return Outcome::failed(EINVAL);
  if (!description->is_bound()) {
    if (const int error = bind_port(*description, {}); error != 0) return Outcome::failed(error);
  }
  const Result<Handle> listener = host_->listen(*description->bound, options, now);
  if (!listener) return Outcome::failed(errno_of(listener.error()));
  description->handle = *listener;
  description->phase = Phase::listening;
  pass_options(*description, now);
  return Outcome::of(0);
}

Outcome Sockets::accept(int descriptor, int flags, Instant now) {
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return Outcome::failed(EINVAL);
  Description* const listening = find(descriptor);
  if (listening == nullptr) return Outcome::failed(EBADF);
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
  description.handle = *host_->accept(listener, now);
  const FourTuple tuple = host_->info(description.handle)->tuple;
  description.bound = tuple.local;
  description.remote = tuple.remote;
  return placed;
}

// ---- Actively -----------------------------------------------------------------------------------

Outcome Sockets::connect(int descriptor, const sockaddr* name, socklen_t bytes, Instant now) {
  Description* const description = find(descriptor);
  if (description == nullptr) return Outcome::failed(EBADF);
  if (name == nullptr) return Outcome::failed(EFAULT);
  if (bytes < sizeof name->sa_family) return Outcome::failed(EINVAL);
  if (name->sa_family == AF_UNSPEC) {
    disconnect(*description, now);
    return Outcome::of(0);
  }
  if (description->phase == Phase::connecting) return follow_connect(*description, false, now);
  if (description->phase != Phase::idle) return Outcome::failed(EISCONN);
  const GivenName given = read_name(description->family, name, bytes);
  if (given.error != 0) return Outcome::failed(given.error);
  return begin_connect(*description, given.endpoint, now);
}

Outcome Sockets::begin_connect(Description& description, Endpoint remote, Instant now) {
  if (description.options.v6_only && remote.address.is_v4()) return Outcome::failed(ENETUNREACH);
  remote.address = as_destination(remote.address, description.family);
  if (host_->routes().is_bad_destination(remote.address)) return Outcome::failed(ENETUNREACH);
  if (remote.port == 0) return Outcome::failed(ECONNREFUSED);  // nobody can listen there
  ConnectOptions options;
  if (description.bound) options.local = description.bound;
  const Result<Handle> connection = host_->connect(remote, options, now);
  if (!connection) return Outcome::failed(errno_of_connect(connection.error()));
  description.handle = *connection;
  description.remote = remote;
  description.phase = Phase::connecting;
  description.is_failure_told = description.is_read_shut = description.is_write_shut = false;
  pass_options(description, now);
  return follow_connect(description, true, now);
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
  return Outcome::of(0);
}

// Back to where socket() was, with a port that was asked for.
void Sockets::disconnect(Description& description, Instant now) {
  if (description.phase == Phase::connecting || description.phase == Phase::connected) {
    host_->abort(description.handle, now);
    description.handle = {};
  }
  release(description, now);
  description.remote = {};
  description.is_failure_told = description.is_read_shut = description.is_write_shut = false;
}

// ---- Failing ------------------------------------------------------------------------------------

// A connection that is over leaves an error to be told once.
void Sockets::follow_failure(Description& description) const {
  const bool is_connection =
      description.phase == Phase::connecting || description.phase == Phase::connected;
  if (!is_connection || description.is_failure_told) return;
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
