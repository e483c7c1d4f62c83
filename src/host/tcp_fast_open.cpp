// Passive opens by a Fast Open cookie (RFC 7413 4.2.2): the text of a SYN is the application's at
// once. Whoever has no good cookie has an ordinary handshake, and may be given one.
#include "host/host.h"
#include "tcp/move.h"

namespace acksu {

std::uint32_t HostView::fast_open_limit(const Listener& listener) const {
  return std::max(listener.fast_open.limit, settings_.tcp.fast_open_limit);
}

// False: the SYN is answered as any other.
bool Host::open_fast(std::uint32_t index, Arrival& arrival, const tcp::Opening& opening,
                     tcp::Context& context) {
  Listener& listener = listeners_[index];
  Segment& syn = arrival.segment;
  const FastOpenOption& option = syn.options.fast_open;
  // RFC 7413 4.2 (a).
  const bool needs_cookie = settings_.tcp.fast_open_needs_cookie;
  const std::uint32_t limit = fast_open_limit(listener);
  const bool is_asked = needs_cookie ? option.has_cookie() : !syn.text.is_empty();
  if (limit == 0 || !is_asked) return false;
  const FourTuple& tuple = arrival.tuple;
  const tcp::FastOpenEnds ends{tuple.remote.address, tuple.local.address, listener.fast_open.key};
  const tcp::FastOpenKeys::Verdict verdict =
      needs_cookie ? fast_open_.keys.judge(option, ends, context.now, settings_.tcp)
                   : tcp::FastOpenKeys::Verdict::good;
  // RFC 7413 4.2.2 (a).
  if (verdict == tcp::FastOpenKeys::Verdict::bad) {
    ++counters_.tcp.fast_open_bad;
    return false;
  }
  // RFC 7413 4.2 (b).
  if (!listener.fast_open.has_room(limit, context.now)) {
    ++counters_.tcp.fast_open_full;
    return false;
  }
  if (table_.connections().size() >= settings_.tcp.max_connections || is_backlog_full(index)) {
    return false;
  }
  tcp::move_record(tcp::State::listen, tcp::Event::syn_received, arrival.tuple, context);
  const std::uint32_t connection = begin_fast(index, arrival, opening, context);
  const bool is_old = verdict == tcp::FastOpenKeys::Verdict::old;
  ConnectionRecord& record = table_.connections()[connection];
  record.connection.take_fast_open(syn, is_old, context);
  offer(connection, index);
  settle(connection, record, context);
  return true;
}

std::uint32_t Host::begin_fast(std::uint32_t index, const Arrival& arrival,
                               const tcp::Opening& opening, tcp::Context& context) {
  Listener& listener = listeners_[index];
  const tcp::Accepted accepted =
      tcp::HalfOpen(arrival.segment, opening, receive_buffer_of(listener), settings_.tcp)
          .accepted(context.now);
  const std::uint32_t connection = table_.add_connection(arrival.hash, opening, accepted, context);
  ConnectionRecord& record = table_.connections()[connection];
  tell_memory(arrival.tuple, "connection", sizeof(ConnectionRecord), context.now);
  if (const std::optional<Route> route = routes_.find(arrival.tuple.remote.address)) {
    record.link = route->link;
  }
  record.listener = index;
  record.is_opened_fast = true;
  ++listener.fast_open.pending;
  if (listener.has_options) record.connection.set_options(listener.options, context);
  follow_path_mtu(connection, context);
  return connection;
}

// RFC 7413 4.2.1, 4.2.2: to who asks for a cookie, or brought one that is no good.
void Host::give_fast_open_cookie(const HalfOpenRecord& record, Segment& syn_ack, Instant now) {
  const Listener& listener = listeners_[record.listener];
  if (fast_open_limit(listener) == 0) return;
  const FourTuple tuple = table_.tuple_of(record);
  const tcp::FastOpenEnds ends{tuple.remote.address, tuple.local.address, listener.fast_open.key};
  const FastOpenOption option = fast_open_.keys.cookie_for(ends, now, settings_.tcp);
  const bool is_experimental = record.half_open.is_wish_experimental();
  syn_ack.options.fast_open = is_experimental ? option.as_experimental() : option;
  ++counters_.tcp.fast_open_given;
}

// Of a connection that was not accepted yet, or that was opened fast.
void Host::follow_opening(std::uint32_t index, ConnectionRecord& record, std::uint8_t news,
                          Instant now) {
  if (record.is_opened_fast) {
    if ((news & Readiness::connected) != 0) end_fast_open(record, false, now);
  } else if (!record.waiting.is_linked() && record.connection.state() != tcp::State::syn_received) {
    offer(index, record.listener);
  }
}

// The handshake is over, or will never be. RFC 7413 5.1: whoever makes others reset what he has
// opened in their names is not let in for more by that.
void Host::end_fast_open(ConnectionRecord& record, bool was_reset, Instant now) {
  record.is_opened_fast = false;
  if (record.listener == ConnectionRecord::no_listener) return;
  PendingFastOpens& pending = listeners_[record.listener].fast_open;
  --pending.pending;
  if (was_reset) {
    pending.resets.push_back(later_by(now, settings_.tcp.fast_open_reset_memory));
  }
  if (record.is_accepted) record.listener = ConnectionRecord::no_listener;
}

}  // namespace acksu
