// What applications ask of TCP (RFC 9293 3.10.1 to 3.10.6).
#include "host/host.h"
#include "tcp/move.h"

namespace acksu {

Listener* Host::listening(Handle listener) {
  return listener.kind == SocketKind::listener ? listeners_.find(listener) : nullptr;
}

// After a call. A connection that is over for the network has only its reader left.
void Host::settle_call(std::uint32_t index, ConnectionRecord& record, tcp::Context& context) {
  if (!record.is_detached) settle(index, record, context);
}

// ---- Passive open -------------------------------------------------------------------------------

Result<Handle> Host::listen(Endpoint local, ListenOptions options, Instant now) {
  // RFC 9293 MUST-41, MUST-42: connections of that port, open or opening, neither hinder nor notice
  // it.
  if (local.address.is_any()) local.address = IpAddress{};
  const bool joins_others = options.shares_name && may_join_listeners(local, options.versions);
  const Result<Endpoint> bound =
      joins_others
          ? local
          : bindable(local, {SocketKind::listener, options.versions, {}, options.binds_freely});
  if (!bound) return bound.error();
  Listener listener;
  listener.local = *bound;
  listener.backlog = options.backlog == 0 ? settings_.tcp.default_backlog : options.backlog;
  listener.fast_open.limit = options.fast_open_limit;
  listener.fast_open.key = options.fast_open_key;
  listener.versions = options.versions;
  listener.most_mss = options.most_mss;
  listener.deferral = options.deferral;
  listener.shares_name = options.shares_name;
  const std::uint32_t index = listeners_.open(std::move(listener));
  tcp::move_record(tcp::State::closed, tcp::Event::passive_open, {*bound, {}}, context_at(now));
  return Handle{index, listeners_.generation(index), SocketKind::listener};
}

Result<Handle> Host::accept(Handle listener, Instant) {
  Listener* const listening_on = listening(listener);
  if (listening_on == nullptr) return Error::bad_handle;
  const std::uint32_t index = listening_on->ready.pop_front(waiting_links());
  if (index == IndexList::none) return Error::would_block;
  ConnectionRecord& record = table_.connections()[index];
  if (!record.is_opened_fast) record.listener = ConnectionRecord::no_listener;
  record.is_held = record.is_accepted = true;
  // That it is connected, its new owner knows.
  const auto news = static_cast<std::uint8_t>(record.news & ~Readiness::connected);
  record.news = 0;
  raise(SocketKind::connection, index, news);
  return handle_of(index);
}

// ---- Active open --------------------------------------------------------------------------------

Result<Handle> Host::connect(Endpoint remote, ConnectOptions options, Instant now) {
  if (remote.port == 0 || routes_.is_bad_destination(remote.address)) {
    return Error::invalid_argument;  // RFC 9293 MUST-46
  }
  // RFC 9293 MUST-43, RFC 1122 3.3.4.2 (b).
  FourTuple tuple{options.local.value_or(Endpoint{}), remote};
  std::optional<Path> path = path_for(tuple);
  if (!path) return Error::network_unreachable;
  // RFC 9293 MUST-44: the IP layer selects it.
  if (tuple.local.address.is_any()) tuple.local.address = path->route.source;
  if (!routes_.is_ours(tuple.local.address)) return Error::address_not_available;
  if (tuple.local.address.is_v4() != remote.address.is_v4()) return Error::invalid_argument;
  if (tuple.local == remote) return Error::invalid_argument;
  if (is_leak(path->route, tuple.local.address)) return Error::network_unreachable;

  if (table_.connections().size() >= settings_.tcp.max_connections) {
    ++counters_.tcp.connections_refused;
    return Error::out_of_memory;
  }

  tcp::Context context = context_at(now);
  const Result<FreeName> name = pick_name(tuple, now);
  if (!name) return name.error();
  tuple.local.port = name->port;
  limit_mss(path->opening, options.most_mss);
  begin(path->opening, tuple, now);
  if (name->old.kind == RecordKind::time_wait) {
    // RFC 6191, seen from the other side: our time stamps and ISN show that we are newer.
    Seq& iss = path->opening.iss;
    iss = table_.time_wait()[name->old.index].time_wait.iss_beyond(iss);
    ++counters_.tcp.time_wait_recycled;
    end_time_wait(name->old.index, tcp::Event::recycled, context);
  }
  const std::uint32_t index = table_.add_connection(name->hash, path->opening, context);
  ConnectionRecord& record = table_.connections()[index];
  record.link = path->route.link;
  record.is_held = true;
  if (options.fast_open) record.connection.want_fast_open();
  constexpr auto bytes = static_cast<std::int64_t>(sizeof(ConnectionRecord));
  tell_memory(tuple, "connection", bytes, now);
  follow_path_mtu(index, context);
  settle(index, record, context);
  return handle_of(index);
}

// ---- Text ---------------------------------------------------------------------------------------

template <class Call>
Result<std::uint32_t> Host::write_by(Handle connection, Instant now, Call call) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  Result<std::uint32_t> result = call(record->connection, context);
  if (!result && result.error() == Error::out_of_memory && relieve_memory(now)) {
    result = call(record->connection, context);
  }
  settle_call(connection.index, *record, context);
  return result;
}

Result<std::uint32_t> Host::write(Handle connection, Bytes bytes, Instant now) {
  return write_by(connection, now, [&](tcp::Connection& to, tcp::Context& context) {
    return to.write(bytes, context);
  });
}

// What another pool counts may belong to another thread.
Result<std::uint32_t> Host::write_shared(Handle connection, Slice text, Instant now) {
  if (!text.is_empty() && text.pool() != pool_.get()) return Error::invalid_argument;
  return write_by(connection, now, [&](tcp::Connection& to, tcp::Context& context) {
    return to.write_shared(text, context);
  });
}

Result<std::uint32_t> Host::read(Handle connection, MutableBytes bytes, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  const Result<std::uint32_t> result = record->connection.read(bytes, context);
  settle_call(connection.index, *record, context);
  return result;
}

Result<BufferChain> Host::read_shared(Handle connection, std::uint32_t most, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  Result<BufferChain> result = record->connection.read_shared(most, context);
  settle_call(connection.index, *record, context);
  return result;
}

Error Host::shutdown_write(Handle connection, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  const Error error = record->connection.shutdown_write(context);
  settle_call(connection.index, *record, context);
  return error;
}

// ---- The end ------------------------------------------------------------------------------------

Error Host::close(Handle socket, Instant now) {
  tcp::Context context = context_at(now);
  if (socket.kind == SocketKind::udp) return close_udp(socket, now);
  if (socket.kind == SocketKind::raw) return close_raw(socket, now);
  if (socket.kind == SocketKind::listener) return close_listener(socket, context);
  ConnectionRecord* const record = held(socket);
  if (record == nullptr) return Error::bad_handle;
  let_go(socket.index);
  record->connection.close(context);
  if (record->is_detached) {
    release(socket.index, *record, context);
  } else {
    settle(socket.index, *record, context);
  }
  return Error::none;
}

Error Host::abort(Handle connection, Instant now) {
  ConnectionRecord* const record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  tcp::Context context = context_at(now);
  let_go(connection.index);
  record->connection.abort(context);
  if (record->is_detached) {
    release(connection.index, *record, context);
  } else {
    settle(connection.index, *record, context);
  }
  return Error::none;
}

void Host::let_go(std::uint32_t connection) {
  forget_events(SocketKind::connection, connection);
  ConnectionRecord& record = table_.connections()[connection];
  record.is_held = false;
  record.news = 0;
}

Error Host::close_listener(Handle handle, tcp::Context& context) {
  Listener* const listener = listening(handle);
  if (listener == nullptr) return Error::bad_handle;
  forget_events(SocketKind::listener, handle.index);
  while (!listener->ready.is_empty()) {
    const std::uint32_t index = listener->ready.pop_front(waiting_links());
    ConnectionRecord& record = table_.connections()[index];
    record.listener = ConnectionRecord::no_listener;
    record.connection.abort(context);
    if (record.is_detached) {
      release(index, record, context);
    } else {
      settle(index, record, context);
    }
  }
  abandon_openings(handle.index, context);
  tcp::move_record(tcp::State::listen, tcp::Event::close, {listener->local, {}}, context);
  listeners_.close(handle.index);
  return Error::none;
}

// Those that are not yet in the queue of a listener that closes.
void Host::abandon_openings(std::uint32_t listener, tcp::Context& context) {
  std::vector<std::uint32_t> half_open;
  table_.half_open().for_each([&](std::uint32_t index, const HalfOpenRecord& record) {
    if (record.listener == listener) half_open.push_back(index);
  });
  for (const std::uint32_t index : half_open) {
    const HalfOpenRecord& record = table_.half_open()[index];
    const FourTuple tuple = table_.tuple_of(record);
    Segment reset = record.half_open.ack(tuple, context.now);
    reset.flags = Flags{Flags::rst | Flags::ack};
    reset.options = {};
    reply(tuple, reset, context.now);
    end_half_open(index, tcp::Event::abort, context);
  }
  std::vector<std::uint32_t> opening;
  table_.connections().for_each([&](std::uint32_t index, const ConnectionRecord& record) {
    if (record.listener == listener) opening.push_back(index);
  });
  for (const std::uint32_t index : opening) {
    ConnectionRecord& record = table_.connections()[index];
    record.listener = ConnectionRecord::no_listener;
    if (record.is_accepted) continue;
    record.connection.abort(context);
    settle(index, record, context);
  }
}

}  // namespace acksu
