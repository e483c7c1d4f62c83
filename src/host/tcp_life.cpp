// What a connection's owner does after anything that may have changed it: tells its news, follows
// its state and its deadline, and lets it speak at the next emit.
#include "host/host.h"
#include "wire/tcp.h"

namespace acksu {
namespace {

constexpr std::uint32_t most_packet_bytes = 0xffff;  // of IPv4, and of IPv6 about as much

}  // namespace

std::optional<HostState::Path> HostPaths::path_for(const FourTuple& tuple) const {
  const std::optional<Route> route = routes_.find(tuple.remote.address);
  if (!route) return std::nullopt;
  const std::uint32_t ip_bytes =
      tuple.remote.address.is_v4() ? wire::Ipv4Header::size : wire::Ipv6Header::size;
  const std::uint32_t most_headers_bytes = ip_bytes + wire::largest_tcp_header;
  const LinkSettings& link = settings_.links[route->link];
  std::optional<Path> path{std::in_place};
  path->route = *route;
  path->opening.tuple = tuple;
  // RFC 9293 MUST-67, RFC 6691 2: without options
  const std::uint32_t mtu = tuple.remote.address.is_v4() ? link.mtu : ipv6_.mtu_of(route->link);
  path->opening.mss = mtu - ip_bytes - wire::tcp_header_size;
  if (link.max_split_bytes > most_headers_bytes) {
    path->opening.max_split_bytes =
        std::min(link.max_split_bytes, most_packet_bytes) - most_headers_bytes;
  }
  return path;
}

std::optional<HostState::Path> HostPaths::path_for_new(const FourTuple& tuple, Instant now) const {
  std::optional<Path> path = path_for(tuple);
  if (path) begin(path->opening, tuple, now);
  return path;
}

void HostPaths::begin(tcp::Opening& opening, const FourTuple& tuple, Instant now) const {
  const InitialNumbers numbers = initial_numbers_.numbers_for(tuple, now);
  opening.tuple = tuple;
  opening.iss = numbers.iss;
  opening.timestamp_offset = numbers.timestamp_offset;
}

void Host::settle(std::uint32_t index, ConnectionRecord& record, tcp::Context& context) {
  if (context.path_mss != 0) [[unlikely]]
    note_path_mss(index, context);
  record.is_recent = true;
  const std::uint8_t news = record.connection.take_news();
  if (news != 0) raise_news(index, record, news);
  const tcp::State state = record.connection.state();
  if (state == tcp::State::time_wait) {
    retire(index, record, context);
  } else if (record.connection.is_over()) {
    bury(index, record, context);
  } else {
    if (record.listener != ConnectionRecord::no_listener) {
      follow_opening(index, record, news, context.now);
    }
    if (record.connection.may_speak()) {
      make_ready(index, record);
    } else {
      record.connection.tell_silence(context);
    }
    // An idle connection has no timer: that of its SYN goes at once, not when it would have fired.
    const bool is_connected = (news & Readiness::connected) != 0;
    if (is_connected) disarm(record);
    if (is_connected || context.is_timer_armed) follow_deadline(index, record, context);
  }
}

// RFC 8201, RFC 1191: of a path, which may be narrower than our link. A segment's MSS option says
// what we take, so it is not told (RFC 9293 3.7.1).
void Host::follow_path_mtu(std::uint32_t index, tcp::Context& context) {
  if (path_mtu_.size() == 0) return;
  ConnectionRecord& record = table_.connections()[index];
  const IpAddress remote = record.connection.tuple().remote.address;
  const std::uint32_t ip_bytes = remote.is_v4() ? wire::Ipv4Header::size : wire::Ipv6Header::size;
  const std::uint32_t mtu = mtu_to(record.link, remote);
  record.connection.lower_mss(mtu - ip_bytes - wire::tcp_header_size, context);
}

// RFC 4821 5.2: other connections to the same destination begin with what this one has found.
void Host::note_path_mss(std::uint32_t index, tcp::Context& context) {
  const ConnectionRecord& record = table_.connections()[index];
  const IpAddress remote = record.connection.tuple().remote.address;
  const std::uint32_t ip_bytes = remote.is_v4() ? wire::Ipv4Header::size : wire::Ipv6Header::size;
  const std::uint32_t mss = std::exchange(context.path_mss, 0u);
  const std::uint32_t link_mtu =
      remote.is_v4() ? settings_.links[record.link].mtu : ipv6_.mtu_of(record.link);
  path_mtu_.on_found(remote, {mss + ip_bytes + wire::tcp_header_size, link_mtu}, context.now);
}

// ---- News ---------------------------------------------------------------------------------------

void Host::raise_news(std::uint32_t index, ConnectionRecord& record, std::uint8_t news) {
  if ((news & Readiness::in_doubt) != 0) links_[record.link].neighbours.on_silence(record.hop);
  if (record.is_held) {
    raise(SocketKind::connection, index, news);
  } else {
    record.news |= news;  // told when somebody accepts it
  }
}

void Host::offer(std::uint32_t index, std::uint32_t listener) {
  listeners_[listener].ready.push_back(index, waiting_links());
  raise(SocketKind::listener, listener, Readiness::acceptable);
}

// ---- The end ------------------------------------------------------------------------------------

// CLOSED, and nothing left to say. Who still holds it can read what has arrived, and why it ended.
void Host::bury(std::uint32_t index, ConnectionRecord& record, tcp::Context& context) {
  if (record.is_opened_fast) [[unlikely]] {
    const bool was_reset = record.connection.error() == Error::connection_reset;
    end_fast_open(record, was_reset, context.now);
  }
  leave_ready(index, record);
  disarm(record);
  table_.detach(index);
  const bool may_be_accepted = settings_.tcp.accepts_ended && record.waiting.is_linked();
  if (!record.is_held && !may_be_accepted) release(index, record, context);
}

void Host::release(std::uint32_t index, ConnectionRecord& record, tcp::Context& context) {
  if (record.listener != ConnectionRecord::no_listener && !record.is_accepted &&
      record.waiting.is_linked()) {
    listeners_[record.listener].ready.remove(index, waiting_links());
  }
  record.connection.release(context);
  constexpr auto bytes = static_cast<std::int64_t>(sizeof(ConnectionRecord));
  tell_memory(record.connection.tuple(), "connection", -bytes, context.now);
  table_.remove_connection(index);
}

void Host::tell_memory(const FourTuple& tuple, const char* what, std::int64_t bytes,
                       Instant now) const {
  if (observer_) observer_.get()->on_memory(now, tuple, what, bytes);
}

// ---- Ready --------------------------------------------------------------------------------------

void Host::make_ready(std::uint32_t index, ConnectionRecord& record) {
  if (!record.ready.is_linked()) links_[record.link].ready.push_back(index, ready_links());
}

void Host::leave_ready(std::uint32_t index, ConnectionRecord& record) {
  if (record.ready.is_linked()) links_[record.link].ready.remove(index, ready_links());
}

// ---- Time ---------------------------------------------------------------------------------------

// Asked only when a timer was armed: all else makes deadlines later. The wheel may hold an earlier
// deadline than the connection's: then it fires, and is armed again. So a deadline that only moves
// on, as that of a retransmission does with each ACK, costs nothing.
void Host::follow_deadline(std::uint32_t index, ConnectionRecord& record, tcp::Context& context) {
  context.is_timer_armed = false;
  const Instant deadline = record.connection.deadline();
  if (deadline == never) return;
  if (record.timer == TimingWheel::none) {
    record.timer = wheel_.arm(deadline, timer_name(TimerOwner::connection, index));
  } else if (deadline < wheel_.deadline(record.timer)) {
    wheel_.move(record.timer, deadline);
  }
}

void Host::disarm(ConnectionRecord& record) {
  if (record.timer != TimingWheel::none) wheel_.disarm(record.timer);
  record.timer = TimingWheel::none;
}

void Host::on_connection_time(std::uint32_t index, tcp::Context& context) {
  ConnectionRecord& record = table_.connections()[index];
  record.timer = TimingWheel::none;
  if (record.connection.deadline() > context.now) {
    record.connection.rest(settings_.tcp);
    table_.connections().on_silence(index);
    follow_deadline(index, record, context);
    return;
  }
  context.is_timer_armed = true;  // those that are not yet due have to be in the wheel again
  record.connection.on_time(context);
  settle(index, record, context);
}

}  // namespace acksu
