// TIME-WAIT records: from a connection that has ended in order to the end of 2 MSL, or to a newer
// connection of the same name (RFC 9293 3.10.7.4, RFC 6191).
#include "host/host.h"
#include "tcp/move.h"

namespace acksu {
namespace {

constexpr auto record_bytes = static_cast<std::int64_t>(sizeof(TimeWaitRecord));

}  // namespace

void Host::retire(std::uint32_t connection, ConnectionRecord& record, tcp::Context& context) {
  const FourTuple& tuple = record.connection.tuple();
  if (table_.time_wait().size() >= std::max(settings_.tcp.max_time_wait, 1u)) {
    ++counters_.tcp.time_wait_recycled;
    end_time_wait(table_.oldest_time_wait(), tcp::Event::recycled, context);
  }
  leave_ready(connection, record);
  disarm(record);
  const tcp::Remains remains = record.connection.remains();
  // RFC 9293 MUST-13.
  const std::uint32_t index = table_.replace_connection(
      connection, tcp::TimeWait(remains), later_by(context.now, 2 * settings_.tcp.msl));
  tell_memory(tuple, "TIME-WAIT record", record_bytes, context.now);
  tell_time_wait(index, tcp::TimerChange::armed, context);
  if (remains.is_ack_owed) {
    const TimeWaitRecord& waiting = table_.time_wait()[index];
    reply(tuple, waiting.time_wait.ack(tuple, remains.timestamp_offset, context.now), context.now);
  }
  if (!record.is_held) release(connection, record, context);
}

void Host::acknowledge_in_time_wait(std::uint32_t index, Instant now) {
  const TimeWaitRecord& record = table_.time_wait()[index];
  const FourTuple tuple = table_.tuple_of(record);
  const std::uint32_t offset = initial_numbers_.numbers_for(tuple, now).timestamp_offset;
  reply(tuple, record.time_wait.ack(tuple, offset, now), now);
}

void Host::tell_time_wait(std::uint32_t index, tcp::TimerChange change,
                          const tcp::Context& context) {
  if (!context.is_observed()) return;
  const TimeWaitRecord& record = table_.time_wait()[index];
  context.observer->on_timer(context.now, table_.tuple_of(record),
                             {tcp::Timer::time_wait, change, record.expiry});
}

Drop Host::take_for_time_wait(std::uint32_t index, Arrival& arrival, tcp::Context& context) {
  TimeWaitRecord& record = table_.time_wait()[index];
  const tcp::TimeWait::Verdict verdict =
      record.time_wait.on_segment(arrival.segment, context.now, settings_.tcp);
  if (verdict.is_reopened) return reopen(index, arrival, context);
  if (verdict.is_restarted) {
    table_.restart_time_wait(index, later_by(context.now, 2 * settings_.tcp.msl));
    tell_time_wait(index, tcp::TimerChange::armed, context);
  } else if (verdict.answer == tcp::Answer::ack) {
    ++counters_.tcp.challenge_acks;
  }
  if (verdict.answer == tcp::Answer::ack) acknowledge_in_time_wait(index, context.now);
  return verdict.drop;
}

// RFC 9293 MAY-2 and 3.6.1: a newer SYN takes the name over, with an ISN beyond all that was sent.
// It needs no place among the half-open: the one it takes was held already.
Drop Host::reopen(std::uint32_t index, Arrival& arrival, tcp::Context& context) {
  const std::uint32_t listener = listener_for(arrival);
  if (listener == BoundSockets<Listener>::none) {
    reply(arrival.tuple, tcp::reset_for(arrival.segment), context.now);
    return Drop::tcp_no_connection;
  }
  std::optional<Path> path = path_for_new(arrival.tuple, context.now);
  if (!path) return Drop::ip_no_route;
  limit_mss(path->opening, listeners_[listener].most_mss);
  Seq& iss = path->opening.iss;
  iss = table_.time_wait()[index].time_wait.iss_beyond(iss);
  ++counters_.tcp.time_wait_reopened;
  end_time_wait(index, tcp::Event::syn_reopens, context);
  open_half(listener, arrival, path->opening, context);
  return Drop::none;
}

// RFC 9293 3.10.8 (c), and where it ends before its time.
void Host::end_time_wait(std::uint32_t index, tcp::Event event, tcp::Context& context) {
  const FourTuple tuple = table_.tuple_of(table_.time_wait()[index]);
  const bool is_over = event == tcp::Event::time_wait_over;
  tell_time_wait(index, is_over ? tcp::TimerChange::fired : tcp::TimerChange::disarmed, context);
  tcp::move_record(tcp::State::time_wait, event, tuple, context);
  table_.remove_time_wait(index);
  tell_memory(tuple, "TIME-WAIT record", -record_bytes, context.now);
}

}  // namespace acksu
