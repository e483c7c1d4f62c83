// Echo, discard and source: each session either moves bytes or waits for an event.
#include "api/services.h"

#include <algorithm>
#include <array>

#include "host/host.h"

namespace acksu {
namespace {

constexpr std::uint16_t first_unprivileged_port = 1024;
constexpr std::size_t line_bytes = 64;
constexpr std::size_t source_lines = 4096;

// Line 7 is "00007 ABCDEF...": its number, then letters, 64 characters with the line feed.
std::vector<std::uint8_t> make_source_text() {
  std::vector<std::uint8_t> text;
  text.reserve(source_lines * line_bytes);
  for (std::size_t line = 0; line < source_lines; ++line) {
    for (std::size_t divisor = 10'000; divisor > 0; divisor /= 10) {
      text.push_back(static_cast<std::uint8_t>('0' + line / divisor % 10));
    }
    text.push_back(' ');
    for (std::size_t i = 0; text.size() % line_bytes < line_bytes - 1; ++i) {
      text.push_back(static_cast<std::uint8_t>('A' + i % 26));
    }
    text.push_back('\n');
  }
  return text;
}

}  // namespace

Service::Service(ServiceSettings settings) : settings_(settings) {
  if (settings_.kind == ServiceKind::source) {
    source_text_ = std::make_shared<const std::vector<std::uint8_t>>(make_source_text());
  }
}

void Service::start(Host& host, Instant now) {
  const Result<Handle> listener = host.listen(
      settings_.local, {.backlog = settings_.backlog, .fast_open_limit = settings_.fast_open_limit},
      now);
  error_ = listener.error();
  if (listener) listener_ = *listener;
  if (listener && settings_.kind == ServiceKind::echo) {
    const Result<Handle> datagrams = host.open_udp(settings_.local, now);
    error_ = datagrams.error();
    if (datagrams) datagrams_ = *datagrams;
  }
  if (error_ != Error::none) stop(host, now);
}

void Service::stop(Host& host, Instant now) {
  if (listener_) host.close(listener_, now);
  if (datagrams_) host.close(datagrams_, now);
  listener_ = datagrams_ = {};
  is_stopped_ = true;
  for (auto& [socket, session] : sessions_) {
    ++counters_.finished;
    host.close(socket, now);
  }
  sessions_.clear();
}

void Service::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (listener_ && event.socket == listener_) {
    accept_all(host, now);
  } else if (datagrams_ && event.socket == datagrams_) {
    echo_datagrams(host, now);
  } else if (sessions_.contains(event.socket)) {
    serve(host, event.socket, now);
  }
}

void Service::accept_all(Host& host, Instant now) {
  while (const Result<Handle> accepted = host.accept(listener_, now)) {
    ++counters_.accepted;
    sessions_[*accepted];
    serve(host, *accepted, now);
  }
}

// A sender on a port of services may be one that answers, too: the two would never come to an end.
// And what was sent to a group or to all would be answered by many at once.
void Service::echo_datagrams(Host& host, Instant now) {
  std::array<std::uint8_t, 65536> text;
  for (;;) {
    const Result<Datagram> datagram = host.receive_from(datagrams_, text);
    if (!datagram && datagram.error() == Error::would_block) return;
    if (!datagram) continue;  // an ICMP error about an answer
    ++counters_.datagrams_in;
    counters_.bytes_in += datagram->length;
    if (datagram->from.port < first_unprivileged_port ||
        !host.routes().is_ours(datagram->to.address)) {
      ++counters_.datagrams_refused;
      continue;
    }
    const Bytes answer = Bytes{text}.first(datagram->length);
    if (host.send_to(datagrams_, datagram->from, answer, now) != Error::none) {
      ++counters_.datagrams_refused;
      continue;
    }
    counters_.bytes_out += answer.size();
  }
}

void Service::serve(Host& host, Handle socket, Instant now) {
  Session& session = sessions_.at(socket);
  Progress progress = Progress::moved;
  while (progress == Progress::moved) progress = step(host, socket, session, now);
  if (progress == Progress::waits) return;
  if (progress == Progress::finished) {
    ++counters_.finished;
    host.close(socket, now);
  } else {
    ++counters_.failed;
    host.abort(socket, now);
  }
  sessions_.erase(socket);
}

Service::Progress Service::step(Host& host, Handle socket, Session& session, Instant now) {
  if (session.owed_from < session.owed.size()) return write_owed(host, socket, session, now);
  // What the peer says to a source is read and forgotten: closing with it unread would reset.
  const Progress read = read_some(host, socket, session, now);
  if (settings_.kind != ServiceKind::source || read != Progress::waits) return read;
  return write_source(host, socket, session, now);
}

Service::Progress Service::read_some(Host& host, Handle socket, Session& session, Instant now) {
  if (session.is_ended) return Progress::waits;
  std::array<std::uint8_t, 65536> buffer;
  const Result<std::uint32_t> count = host.read(socket, buffer, now);
  if (!count) return count.error() == Error::would_block ? Progress::waits : Progress::failed;
  if (*count == 0) {
    session.is_ended = true;
    const bool has_more = settings_.kind == ServiceKind::source && !session.is_shut_down;
    return has_more ? Progress::waits : Progress::finished;
  }
  counters_.bytes_in += *count;
  if (settings_.kind == ServiceKind::echo) {
    session.owed.assign(buffer.begin(), buffer.begin() + *count);
    session.owed_from = 0;
  }
  return Progress::moved;
}

Service::Progress Service::write_owed(Host& host, Handle socket, Session& session, Instant now) {
  const Result<std::uint32_t> written =
      host.write(socket, Bytes{session.owed}.subspan(session.owed_from), now);
  if (written) session.owed_from += *written;
  return after_write(written);
}

Service::Progress Service::write_source(Host& host, Handle socket, Session& session, Instant now) {
  const std::uint64_t left = settings_.source_bytes.value_or(~0ull) - session.sent;
  if (left == 0) {
    if (session.is_ended) return Progress::finished;
    if (!session.is_shut_down) host.shutdown_write(socket, now);
    session.is_shut_down = true;
    return Progress::waits;
  }
  const Bytes rest = Bytes{*source_text_}.subspan(session.sent % source_text_->size());
  const Bytes text = rest.first(std::min<std::uint64_t>(left, rest.size()));
  const Result<std::uint32_t> written = host.write(socket, text, now);
  if (written) session.sent += *written;
  return after_write(written);
}

Service::Progress Service::after_write(const Result<std::uint32_t>& written) {
  if (written) {
    counters_.bytes_out += *written;
    return Progress::moved;
  }
  const bool may_wait =
      written.error() == Error::would_block || written.error() == Error::out_of_memory;
  return may_wait ? Progress::waits : Progress::failed;
}

void Service::digest(Digest& digest) const {
  digest.add(counters_.accepted);
  digest.add(counters_.datagrams_in);
  digest.add(counters_.bytes_in);
  digest.add(counters_.bytes_out);
  for (const auto& [socket, session] : sessions_) {
    digest.add(socket.index);
    digest.add(session.owed.size() - session.owed_from);
    digest.add(session.sent);
  }
}

}  // namespace acksu
