// A segment's way to whom it is for: a connection, a half-open or TIME-WAIT record, a listener, or
// nobody (RFC 9293 3.10.7.1).
#include "host/host.h"

namespace acksu {
namespace {

// What belongs to the arrival's run, as far as it is taken along: nothing is left of that to take.
// Why some of it was dropped, or none.
[[gnu::noinline]] Drop take_run(tcp::Connection& connection, Arrival& arrival,
                                tcp::Context& context) {
  for (Arrival& next : std::span(&arrival + 1, arrival.followers)) {
    const std::uint32_t bytes = next.segment.text.size();
    const std::optional<Drop> drop = connection.take_along(next.segment, context);
    if (!drop) break;
    ++context.counters.segments_in;
    context.counters.text_bytes_in += bytes;
    next.kind = Arrival::Kind::nothing;
    next.drop = *drop;
    if (*drop != Drop::none) return *drop;
  }
  return Drop::none;
}

}  // namespace

Drop Host::take_tcp(Arrival& arrival, tcp::Context& context) {
  ++counters_.tcp.segments_in;
  counters_.tcp.text_bytes_in += arrival.segment.text.size();
  const RecordName name = table_.find(arrival.hash, arrival.tuple);
  if (name.kind == RecordKind::connection) [[likely]]
    return take_for_connection(name.index, arrival, context);
  return take_for_record(name, arrival, context);
}

Drop Host::take_for_record(RecordName name, Arrival& arrival, tcp::Context& context) {
  switch (name.kind) {
    case RecordKind::half_open: return take_for_half_open(name.index, arrival, context);
    case RecordKind::time_wait: return take_for_time_wait(name.index, arrival, context);
    case RecordKind::connection:
    case RecordKind::none: break;
  }
  return take_for_nobody(arrival, context);
}

Drop Host::take_for_connection(std::uint32_t index, Arrival& arrival, tcp::Context& context) {
  ConnectionRecord& record = table_.connections()[index];
  tcp::Connection& connection = record.connection;
  // CLOSED, and its reset not yet sent: that will answer this segment too.
  if (connection.state() == tcp::State::closed) return Drop::tcp_no_connection;
  const tcp::Verdict verdict = connection.on_segment(arrival.segment, context);
  Drop drop = verdict.drop;
  if (arrival.followers > 0 && drop == Drop::none) [[unlikely]]
    drop = take_run(connection, arrival, context);
  if (verdict.is_reset_owed) reply(arrival.tuple, tcp::reset_for(arrival.segment), context.now);
  settle(index, record, context);
  if (drop == Drop::tcp_memory_full) [[unlikely]]
    relieve_memory(context.now);  // what was dropped comes again
  return verdict.drop;
}

Drop Host::take_for_nobody(Arrival& arrival, tcp::Context& context) {
  const std::uint32_t listener = listener_for(arrival);
  if (listener != BoundSockets<Listener>::none)
    return take_for_listener(listener, arrival, context);
  // RFC 5382 REQ-4: a translator is silent to who was not asked.
  if (!arrival.segment.has(Flags::rst) && !is_outside(arrival.link)) {
    reply(arrival.tuple, tcp::reset_for(arrival.segment), context.now);
  }
  return Drop::tcp_no_connection;
}

}  // namespace acksu
