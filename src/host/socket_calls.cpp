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

Error SocketCalls::end_record(Handle connection, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  return record->connection.end_record(context);
}

Error SocketCalls::set_listen_options(Handle listener, ListenOptions options) {
  Listener* const listening_on =
      listener.kind == SocketKind::listener ? listeners_.find(listener) : nullptr;
  if (listening_on == nullptr) return Error::bad_handle;
  listening_on->backlog = options.backlog == 0 ? settings_.tcp.default_backlog : options.backlog;
  listening_on->fast_open.limit = options.fast_open_limit;
  listening_on->fast_open.key = options.fast_open_key;
  listening_on->most_mss = options.most_mss;
  listening_on->deferral = options.deferral;
  listening_on->shares_name = options.shares_name;
  return Error::none;
}

bool SocketCalls::may_join_listeners(const Endpoint& local, IpVersions versions) const {
  return listeners_.find_if(local.port, [&](const Listener& other) {
    return other.shares_name && other.local == local && other.versions == versions;
  }) != BoundSockets<Listener>::none;
}

// Of several the one whose number and the connection's name give the highest hash: when one comes
// or goes, no more connections than its own go elsewhere.
std::uint32_t SocketCalls::listener_for(const Arrival& arrival) const {
  std::uint32_t chosen = listeners_.find(arrival.tuple.local);
  const bool is_one_of_many =
      chosen != BoundSockets<Listener>::none && listeners_[chosen].shares_name;
  if (!is_one_of_many) [[likely]]
    return chosen;
  const Endpoint name = listeners_[chosen].local;
  const IpVersions versions = listeners_[chosen].versions;
  std::uint64_t highest = 0;
  listeners_.for_each_at(name.port, [&](std::uint32_t index, const Listener& each) {
    if (each.local != name || each.versions != versions) return;
    SipHash<2, 4> hash{SipKey{}};  // of what is secret already
    hash.add((std::uint64_t{arrival.hash} << 32) | index);
    const std::uint64_t height = hash.finish();
    if (height < highest) return;
    highest = height;
    chosen = index;
  });
  return chosen;
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

Error SocketCalls::hold_syn(Handle connection, Instant) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  record->connection.hold_syn();
  return Error::none;
}

Error SocketCalls::send_syn(Handle connection, Instant) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  record->connection.send_syn();
  ask(connection.index, *record);
  return Error::none;
}

Error SocketCalls::use_quick_acks(Handle connection, bool is_quick) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  record->connection.use_quick_acks(is_quick);
  ask(connection.index, *record);
  return Error::none;
}

// What it has to say leaves with the next emit.
void SocketCalls::ask(std::uint32_t index, ConnectionRecord& record) {
  if (!record.connection.may_speak() || record.ready.is_linked()) return;
  links_[record.link].ready.push_back(index, ready_links());
}

}  // namespace acksu
