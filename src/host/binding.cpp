// Local addresses and ports: what may be bound, which port a connection takes, and
// options of sockets that are.
#include "host/host.h"

namespace acksu {
namespace {

// Ports come round in the order of their last use. If the next ones are still in TIME-WAIT, so are
// nearly all: then the oldest of them is as good as any.
constexpr std::uint32_t most_waiting_ports = 4;

}  // namespace

// RFC 9293 3.10.1: where a listener or a UDP socket may stand.
Result<Endpoint> Host::bindable(Endpoint local, const Binding& binding) {
  const auto [kind, versions, link, is_free] = binding;
  if (local.address.is_any()) local.address = IpAddress{};
  const bool is_everywhere =
      is_free || (kind == SocketKind::listener && settings_.accepts_any_address);
  if (!local.address.is_any() && !routes_.is_ours(local.address) && !is_everywhere) {
    return Error::address_not_available;
  }
  const auto is_in_use = [&] {
    if (kind == SocketKind::listener) return listeners_.is_in_use({local, versions});
    // Two that hear different links do not get in each other's way.
    return udp_.find_if(local.port, [&](const UdpSocket& other) {
      const bool share_link = !link || !other.options.link || *link == *other.options.link;
      return share_link && BoundSockets<UdpSocket>::overlaps({other.local, other.options.versions},
                                                             {local, versions});
    }) != BoundSockets<UdpSocket>::none;
  };
  // A datagram to a port of another shard never comes here.
  const auto is_heard = [&] {
    return kind == SocketKind::listener || !settings_.shard ||
           settings_.shard->may_own_udp(local.port);
  };
  if (local.port != 0) {
    if (!is_heard()) return Error::address_not_available;
    if (is_in_use()) return Error::address_in_use;
    return local;
  }
  for (std::uint32_t i = 0; i < ports_.size(); ++i) {
    local.port = ports_.next(local.address, {});
    if (is_heard() && !is_in_use()) return local;
  }
  return Error::address_not_available;
}

bool Host::may_take_over(RecordName name, Instant now) const {
  if (name.kind != RecordKind::time_wait) return name.kind == RecordKind::none;
  const TimeWaitRecord& record = table_.time_wait()[name.index];
  // Our clock in time stamps must have moved since the last segment of the old connection.
  const Instant began = record.expiry - 2 * settings_.tcp.msl;
  return settings_.tcp.timestamps && record.time_wait.has_timestamps() && now - began > 1ms;
}

Result<Host::FreeName> Host::pick_name(const FourTuple& tuple, Instant now) {
  FourTuple candidate = tuple;
  const auto look = [&] {
    const ConnectionTable::Hash hash = table_.hash(candidate);
    return FreeName{candidate.local.port, hash, table_.find(hash, candidate)};
  };
  const auto is_heard = [&] { return !settings_.shard || settings_.shard->owns_tcp(candidate); };
  if (tuple.local.port != 0) {
    if (!is_heard()) return Error::address_not_available;
    const FreeName wanted = look();
    if (may_take_over(wanted.old, now)) return wanted;
    return Error::address_in_use;
  }
  std::optional<FreeName> waiting;  // to be taken over if nothing better is found
  std::uint32_t waiting_count = 0;
  for (std::uint32_t i = 0; i < ports_.size(); ++i) {
    candidate.local.port = ports_.next(tuple.local.address, tuple.remote);
    if (!is_heard()) continue;
    if (listeners_.find(candidate.local) != BoundSockets<Listener>::none) continue;
    const FreeName name = look();
    if (name.old.kind == RecordKind::none) return name;
    if (!may_take_over(name.old, now)) continue;
    if (!waiting) waiting = name;
    if (++waiting_count >= most_waiting_ports) break;
  }
  if (waiting) return *waiting;
  return Error::address_not_available;
}

Error Host::set_options(Handle socket, const ConnectionOptions& options, Instant now) {
  if (socket.kind == SocketKind::udp || socket.kind == SocketKind::raw) {
    return local_endpoint(socket) ? Error::not_supported : Error::bad_handle;
  }
  if (socket.kind == SocketKind::listener) {
    Listener* const listener = listening(socket);
    if (listener == nullptr) return Error::bad_handle;
    listener->options = options;
    listener->has_options = true;
    return Error::none;
  }
  ConnectionRecord* const record = held(socket);
  if (record == nullptr) return Error::bad_handle;
  if (record->is_detached) return Error::none;
  tcp::Context context = context_at(now);
  record->connection.set_options(options, context);
  settle(socket.index, *record, context);
  return Error::none;
}

}  // namespace acksu
