// Local and remote names of sockets: which may be bound, and which they have.
#include <netinet/in.h>

#include "api/posix_sockets.h"
#include "base/siphash.h"

namespace acksu::posix {
namespace {

// Which versions of IP a socket bound to that address hears.
bool hears_v4(const Description& socket, IpAddress address) {
  return socket.family == AF_INET || address.is_v4() ||
         (address.is_any() && !socket.options.v6_only);
}

bool hears_v6(const Description& socket, IpAddress address) {
  return socket.family == AF_INET6 && !address.is_v4();
}

bool share(const Description& one, IpAddress at, const Description& other, IpAddress other_at) {
  if (!at.is_any() && !other_at.is_any()) return at == other_at;
  return (hears_v4(one, at) && hears_v4(other, other_at)) ||
         (hears_v6(one, at) && hears_v6(other, other_at));
}

}  // namespace

// As Linux: two that may be reused share a name unless one of them listens.
bool Sockets::conflicts(const Description& description, const Endpoint& local) const {
  const SocketOptions& options = description.options;
  for (const std::optional<Description>& place : descriptions_) {
    if (!place || &*place == &description || place->type != description.type) continue;
    const Description& other = *place;
    if (!other.bound || other.bound->port != local.port) continue;
    if (!share(description, local.address, other, other.bound->address)) continue;
    if (options.reuses_port && other.options.reuses_port) continue;
    const bool both = options.reuses_address && other.options.reuses_address;
    if (!both || other.phase == Phase::listening) return true;
  }
  // What others have, and what was left of connections that nobody holds.
  const bool asks = !options.reuses_address && !options.reuses_port && description.is_stream();
  return asks && host_->is_tcp_port_used(local, description.versions());
}

std::optional<Endpoint> Sockets::free_port(const Description& description, IpAddress address) {
  const HostSettings& host = host_->settings();
  const std::uint32_t count = host.last_ephemeral_port - host.first_ephemeral_port + 1u;
  SipHash<2, 4> hash{port_key_};
  hash.add(ports_tried_++);
  const std::uint64_t first = hash.finish();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto offset = static_cast<std::uint32_t>((first + i) % count);
    const auto port = static_cast<std::uint16_t>(host.first_ephemeral_port + offset);
    if (!conflicts(description, {address, port})) return Endpoint{address, port};
  }
  return std::nullopt;
}

// Errno, or 0.
int Sockets::bind_port(Description& description, Endpoint local) {
  if (local.port == 0) {
    const std::optional<Endpoint> free = free_port(description, local.address);
    if (!free) return EADDRINUSE;
    local = *free;
  } else if (conflicts(description, local)) {
    return EADDRINUSE;
  }
  description.bound = local;
  return 0;
}

Outcome Sockets::bind(int descriptor, const sockaddr* name, socklen_t bytes, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  const GivenName given = read_name(description->family, name, bytes);
  if (given.error != 0) return Outcome::failed(given.error);
  Endpoint local = given.endpoint;
  if (description->options.v6_only && local.address.is_v4()) return Outcome::failed(EINVAL);
  const bool is_free = description->options.binds_freely;
  if (!is_free && !local.address.is_any() && !host_->routes().is_ours(local.address)) {
    return Outcome::failed(EADDRNOTAVAIL);
  }
  if (description->is_bound() || description->phase != Phase::idle) return Outcome::failed(EINVAL);
  const int error = description->is_stream() ? bind_port(*description, local)
                                             : open_datagram(*description, local, now);
  return error == 0 ? Outcome::of(0) : Outcome::failed(error);
}

Endpoint Sockets::local_of(const Description& description) const {
  if (!description.is_stream() && description.phase == Phase::connected) {
    // Linux fixes the source of who is connected.
    const std::optional<Route> route = host_->routes().find(description.remote.address);
    const bool is_any = description.bound->address.is_any();
    if (route && is_any) return {route->source, description.bound->port};
  }
  if (description.handle) {
    if (const Result<Endpoint> local = host_->local_endpoint(description.handle)) return *local;
  }
  return description.bound.value_or(Endpoint{});
}

Outcome Sockets::getsockname(int descriptor, WrittenName& name) {
  const Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  name = write_name(description->family, local_of(*description));
  return Outcome::of(0);
}

Outcome Sockets::getpeername(int descriptor, WrittenName& name) {
  const Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (description->phase == Phase::idle || description->phase == Phase::listening) {
    return Outcome::failed(ENOTCONN);
  }
  if (description->remote.port == 0) return Outcome::failed(ENOTCONN);
  const tcp::State state =
      description->is_stream() ? standing(*description).state : tcp::State::established;
  if (state == tcp::State::closed || state == tcp::State::syn_sent) {
    return Outcome::failed(ENOTCONN);
  }
  name = write_name(description->family, description->remote);
  return Outcome::of(0);
}

}  // namespace acksu::posix
