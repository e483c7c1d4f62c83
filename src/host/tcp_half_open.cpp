// Passive opens: from a SYN for a listener to a connection that can be accepted, by a half-open
// record or, when there are too many, by a cookie (RFC 4987).
#include "host/host.h"
#include "tcp/move.h"

namespace acksu {
namespace {

constexpr auto half_open_bytes = static_cast<std::int64_t>(sizeof(HalfOpenRecord));
constexpr auto connection_bytes = static_cast<std::int64_t>(sizeof(ConnectionRecord));

}  // namespace

// Whether there is a place for one more that the listener's application has to accept.
Drop Host::check_room(std::uint32_t listener) {
  if (table_.connections().size() >= settings_.tcp.max_connections)
    return Drop::tcp_connections_full;
  if (!is_backlog_full(listener)) return Drop::none;
  ++counters_.tcp.backlog_refused;
  return Drop::tcp_backlog_full;
}

// ---- LISTEN -------------------------------------------------------------------------------------

Drop Host::take_for_listener(std::uint32_t listener, Arrival& arrival, tcp::Context& context) {
  const tcp::ListenVerdict verdict = tcp::judge_in_listen(arrival.segment);
  if (verdict.drop == Drop::none) return take_syn(listener, arrival, context);
  if (verdict.answer == tcp::Answer::reset) {
    const std::optional<Drop> cookie = take_cookie(listener, arrival, context);
    if (cookie) return *cookie;
    reply(arrival.tuple, tcp::reset_for(arrival.segment), context.now);
  }
  return verdict.drop;
}

Drop Host::take_syn(std::uint32_t listener, Arrival& arrival, tcp::Context& context) {
  std::optional<Path> path = path_for_new(arrival.tuple, context.now);
  if (!path) return Drop::ip_no_route;
  limit_mss(path->opening, listeners_[listener].most_mss);
  if (table_.half_open().size() < settings_.tcp.max_half_open) {
    const bool may_be_fast =
        arrival.segment.options.fast_open.is_given() || !settings_.tcp.fast_open_needs_cookie;
    if (may_be_fast) [[unlikely]]
      if (open_fast(listener, arrival, path->opening, context)) return Drop::none;
    tcp::move_record(tcp::State::listen, tcp::Event::syn_received, arrival.tuple, context);
    open_half(listener, arrival, path->opening, context);
    return Drop::none;
  }
  if (!settings_.tcp.syn_cookies) {
    ++counters_.tcp.half_open_refused;
    return Drop::tcp_half_open_full;
  }
  const Listener& asked = listeners_[listener];
  const Segment syn_ack =
      cookies_.syn_ack(arrival.segment, path->opening, receive_buffer_of(asked), context);
  reply(arrival.tuple, syn_ack, context.now, asked.has_options ? &asked.options : nullptr);
  return Drop::none;
}

void Host::open_half(std::uint32_t listener, const Arrival& arrival, const tcp::Opening& opening,
                     tcp::Context& context) {
  const tcp::BufferSize receive_buffer = receive_buffer_of(listeners_[listener]);
  const std::uint32_t index =
      table_.add_half_open(arrival.hash, arrival.tuple, listener,
                           tcp::HalfOpen(arrival.segment, opening, receive_buffer, settings_.tcp));
  tell_memory(arrival.tuple, "half-open record", half_open_bytes, context.now);
  say_syn_ack(table_.half_open()[index], arrival.tuple, opening.mss, context.now);
  arm_half_open(index, context);
}

void Host::say_syn_ack(HalfOpenRecord& record, const FourTuple& tuple, std::uint32_t mss,
                       Instant now) {
  Segment syn_ack = record.half_open.syn_ack(tuple, mss, now);
  if (record.half_open.is_cookie_wanted()) [[unlikely]]
    give_fast_open_cookie(record, syn_ack, now);
  // RFC 9293 MUST-48, MUST-49: as all that the connection will send.
  const Listener& asked = listeners_[record.listener];
  reply(tuple, syn_ack, now, asked.has_options ? &asked.options : nullptr);
}

// ---- SYN-RECEIVED -------------------------------------------------------------------------------

Drop Host::take_for_half_open(std::uint32_t index, Arrival& arrival, tcp::Context& context) {
  tcp::HalfOpen& half_open = table_.half_open()[index].half_open;
  const tcp::HalfOpen::Verdict verdict =
      half_open.on_segment(arrival.segment, context.now, settings_.tcp);
  if (verdict.is_accepted) [[likely]]
    return accept_half_open(index, arrival, context);
  answer_for_half_open(index, verdict.answer, arrival.segment, context);
  if (verdict.end) end_half_open(index, *verdict.end, context);
  return verdict.drop;
}

void Host::answer_for_half_open(std::uint32_t index, tcp::Answer answer, const Segment& segment,
                                tcp::Context& context) {
  HalfOpenRecord& record = table_.half_open()[index];
  const FourTuple tuple = table_.tuple_of(record);
  switch (answer) {
    case tcp::Answer::nothing: break;
    case tcp::Answer::syn_ack:
      if (std::optional<Path> path = path_for(tuple)) {
        limit_mss(path->opening, listeners_[record.listener].most_mss);
        say_syn_ack(record, tuple, path->opening.mss, context.now);
      }
      break;
    case tcp::Answer::ack:
      ++counters_.tcp.challenge_acks;
      reply(tuple, record.half_open.ack(tuple, context.now), context.now);
      break;
    case tcp::Answer::reset: reply(tuple, tcp::reset_for(segment), context.now); break;
  }
}

void Host::arm_half_open(std::uint32_t index, const tcp::Context& context) {
  HalfOpenRecord& record = table_.half_open()[index];
  const Instant deadline = later_by(context.now, record.half_open.time_out(settings_.tcp));
  record.timer = wheel_.arm(deadline, timer_name(TimerOwner::half_open, index));
  if (!context.is_observed()) return;
  context.observer->on_timer(context.now, table_.tuple_of(record),
                             {tcp::Timer::retransmission, tcp::TimerChange::armed, deadline});
}

void Host::on_half_open_time(std::uint32_t index, tcp::Context& context) {
  HalfOpenRecord& record = table_.half_open()[index];
  record.timer = TimingWheel::none;
  const Listener& listener = listeners_[record.listener];
  std::uint32_t retries = listener.options.syn_retries.value_or(settings_.tcp.syn_ack_retries);
  if (record.half_open.is_deferred(listener.deferral))
    retries = std::max(retries, std::uint32_t{listener.deferral});
  if (!record.half_open.on_time(retries)) {
    if (record.half_open.is_answer_awaited(context.now, settings_.tcp)) {
      arm_half_open(index, context);
      return;
    }
    ++counters_.tcp.failed_opens;
    end_half_open(index, tcp::Event::time_out, context);
    return;
  }
  // Who has answered is asked again when he has been waited for: for text, or for his ACK.
  if (!record.half_open.is_deferred(listener.deferral)) {
    ++counters_.tcp.retransmitted_segments;
    answer_for_half_open(index, tcp::Answer::syn_ack, {}, context);
  }
  arm_half_open(index, context);
}

void Host::end_half_open(std::uint32_t index, tcp::Event event, tcp::Context& context) {
  const HalfOpenRecord& record = table_.half_open()[index];
  const FourTuple tuple = table_.tuple_of(record);
  if (event == tcp::Event::reset_half_open) ++counters_.tcp.resets_in;
  tcp::move_record(tcp::State::syn_received, event, tuple, context);
  if (record.timer != TimingWheel::none) wheel_.disarm(record.timer);
  table_.remove_half_open(index);
  tell_memory(tuple, "half-open record", -half_open_bytes, context.now);
}

// ---- ESTABLISHED --------------------------------------------------------------------------------

Drop Host::accept_half_open(std::uint32_t index, Arrival& arrival, tcp::Context& context) {
  HalfOpenRecord& record = table_.half_open()[index];
  const std::uint32_t listener = record.listener;
  if (record.half_open.defer(arrival.segment, listeners_[listener].deferral)) return Drop::none;
  // The SYN+ACK is sent again by its timer, and the peer's ACK comes again.
  if (const Drop full = check_room(listener); full != Drop::none) return full;
  std::optional<Path> path = path_for(arrival.tuple);
  if (!path) return Drop::ip_no_route;
  limit_mss(path->opening, listeners_[listener].most_mss);
  path->opening.iss = record.half_open.iss();
  path->opening.timestamp_offset = record.half_open.timestamp_offset();
  const tcp::Accepted accepted = record.half_open.accepted(context.now);
  if (record.timer != TimingWheel::none) wheel_.disarm(record.timer);
  const std::uint32_t connection =
      table_.replace_half_open(index, arrival.hash, path->opening, accepted, context);
  table_.connections()[connection].link = path->route.link;
  tell_memory(arrival.tuple, "half-open record", -half_open_bytes, context.now);
  return begin_accepted(connection, listener, arrival, context);
}

std::optional<Drop> Host::take_cookie(std::uint32_t listener, Arrival& arrival,
                                      tcp::Context& context) {
  if (!cookies_.is_pressed(context.now)) return std::nullopt;
  std::optional<Path> path = path_for_new(arrival.tuple, context.now);
  if (!path) return Drop::ip_no_route;
  limit_mss(path->opening, listeners_[listener].most_mss);
  const tcp::BufferSize receive_buffer = receive_buffer_of(listeners_[listener]);
  const std::optional<tcp::Accepted> accepted =
      cookies_.accept(arrival.segment, path->opening, receive_buffer, context);
  if (!accepted) {
    // Text that overtook the ACK of a cookie looks the same: it comes again, unless it is reset.
    if (!arrival.segment.text.is_empty()) return Drop::tcp_bad_cookie;
    reply(arrival.tuple, tcp::reset_for(arrival.segment), context.now);
    return Drop::tcp_bad_cookie;
  }
  if (const Drop full = check_room(listener); full != Drop::none) return full;
  // The move that the SYN made, now that somebody remembers it.
  tcp::move_record(tcp::State::listen, tcp::Event::syn_received, arrival.tuple, context);
  const std::uint32_t connection =
      table_.add_connection(arrival.hash, path->opening, *accepted, context);
  table_.connections()[connection].link = path->route.link;
  return begin_accepted(connection, listener, arrival, context);
}

// The segment that made the connection is its first.
Drop Host::begin_accepted(std::uint32_t index, std::uint32_t listener, Arrival& arrival,
                          tcp::Context& context) {
  ConnectionRecord& record = table_.connections()[index];
  tell_memory(arrival.tuple, "connection", connection_bytes, context.now);
  record.listener = listener;
  if (listeners_[listener].has_options) {
    record.connection.set_options(listeners_[listener].options, context);
  }
  follow_path_mtu(index, context);
  return take_for_connection(index, arrival, context);
}

}  // namespace acksu
