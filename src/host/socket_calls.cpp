// Calls for a sockets API as POSIX describes it.
#include "host/socket_calls.h"

#include <algorithm>

namespace acksu {

Result<std::uint32_t> SocketCalls::peek(Handle connection, std::uint32_t skipped,
                                        MutableBytes bytes) const {
  const ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  return record->connection.peek(skipped, bytes);
}

Result<bool> SocketCalls::await_room(Handle connection, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  return record->connection.await_room(context);
}

Error SocketCalls::mark_urgent(Handle connection, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  return record->connection.mark_urgent(context);
}

Error SocketCalls::set_listen_options(Handle listener, ListenOptions options) {
  Listener* const listening_on =
      listener.kind == SocketKind::listener ? listeners_.find(listener) : nullptr;
  if (listening_on == nullptr) return Error::bad_handle;
  listening_on->backlog = options.backlog == 0 ? settings_.tcp.default_backlog : options.backlog;
  listening_on->fast_open.limit = options.fast_open_limit;
  listening_on->most_mss = options.most_mss;
  return Error::none;
}

Result<std::uint32_t> SocketCalls::count_acceptable(Handle listener) const {
  const Listener* const listening_on =
      listener.kind == SocketKind::listener ? listeners_.find(listener) : nullptr;
  if (listening_on == nullptr) return Error::bad_handle;
  return static_cast<std::uint32_t>(listening_on->ready.size());
}

bool SocketCalls::is_tcp_port_used(const Endpoint& local, IpVersions versions) const {
  using Listeners = BoundSockets<Listener>;
  const Listeners::Claim claim{local, versions};
  const auto is_there = [&](const Endpoint& other) { return Listeners::overlaps({other}, claim); };
  bool is_used = listeners_.is_in_use(claim);
  table_.half_open().for_each([&](std::uint32_t, const HalfOpenRecord& record) {
    is_used = is_used || is_there(table_.tuple_of(record).local);
  });
  table_.connections().for_each([&](std::uint32_t, const ConnectionRecord& record) {
    is_used = is_used || (!record.is_detached && is_there(record.connection.tuple().local));
  });
  table_.time_wait().for_each([&](std::uint32_t, const TimeWaitRecord& record) {
    is_used = is_used || is_there(table_.tuple_of(record).local);
  });
  return is_used;
}

Result<std::uint32_t> SocketCalls::fast_open_room(Handle connection, Instant now) const {
  const ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  const FourTuple& tuple = record->connection.tuple();
  const auto attempt = fast_open_.cache.attempt(tuple, now, settings_.tcp);
  return attempt ? record->connection.fast_open_room(*attempt) : 0;
}

}  // namespace acksu
