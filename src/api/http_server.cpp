// Sessions of the web server: each step either moves bytes or waits for an event or a time.
#include "api/http_server.h"

#include <algorithm>
#include <array>

#include "api/http_words.h"
#include "host/host.h"

namespace acksu::http {
namespace {

constexpr std::uint64_t max_drained_bytes = 1 << 20;  // behind the last request
constexpr int most_looked_at = 64;                    // to find a session that gives way

// Methods of RFC 9110 section 9.3 that no page takes; others are not known at all.
bool is_known_method(std::string_view method) {
  constexpr std::string_view known[] = {"POST",    "PUT",   "DELETE", "CONNECT",
                                        "OPTIONS", "TRACE", "PATCH"};
  return std::find(std::begin(known), std::end(known), method) != std::end(known);
}

}  // namespace

Server::Server(ServerSettings settings, PageSource source)
    : settings_(std::move(settings)), source_(std::move(source)) {}

std::unique_ptr<Application> Server::clone() const { return std::make_unique<Server>(*this); }

void Server::start(Host& host, Instant now) {
  const Result<Handle> listener = host.listen(
      settings_.local, {.backlog = settings_.backlog, .fast_open_limit = settings_.fast_open_limit},
      now);
  error_ = listener.error();
  if (listener) {
    listener_ = *listener;
  } else {
    is_stopped_ = true;
  }
}

void Server::stop(Host& host, Instant now) {
  if (listener_) host.close(listener_, now);
  listener_ = {};
  is_stopped_ = true;
  std::vector<Handle> idle;
  for (const auto& [socket, session] : sessions_) {
    if (session.stage == Stage::head && session.input.empty()) idle.push_back(socket);
  }
  for (const Handle socket : idle) end(host, sessions_.at(socket), true, now);
}

void Server::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (listener_ && event.socket == listener_) may_accept_ = true;
  if (const auto found = sessions_.find(event.socket); found != sessions_.end()) {
    if (event.readiness.has(Readiness::failed)) {
      end(host, found->second, false, now);
    } else {
      advance(host, found->second, now);
    }
  }
  accept_all(host, now);
}

Instant Server::deadline() const { return dues_.empty() ? never : dues_.begin()->first; }

void Server::on_time(Host& host, Instant now) {
  while (!dues_.empty() && dues_.begin()->first <= now) {
    on_due(host, sessions_.at(dues_.begin()->second), now);
  }
  accept_all(host, now);
}

void Server::on_due(Host& host, Session& session, Instant now) {
  if (session.stage == Stage::answering) {
    answer_request(session, now);
    advance(host, session, now);
  } else if (session.stage == Stage::closing) {
    end(host, session, true, now);
  } else if (const Instant limit = limit_of(session); limit > now) {
    set_due(session, limit);
  } else {
    end(host, session, false, now);
  }
}

Instant Server::limit_of(const Session& session) const {
  return earliest(later_by(session.touched, settings_.idle_limit), session.must_end);
}

void Server::set_due(Session& session, Instant due) {
  dues_.erase({session.due, session.socket});
  session.due = due;
  if (due != never) dues_.insert({due, session.socket});
}

// The first to be due of those whose request is not whole; what is looked at is bounded.
Server::Session* Server::dawdler() {
  int looked_at = 0;
  for (const auto& [due, socket] : dues_) {
    if (++looked_at > most_looked_at) break;
    Session& session = sessions_.at(socket);
    if (session.stage == Stage::head) return &session;
  }
  return nullptr;
}

void Server::accept_all(Host& host, Instant now) {
  while (may_accept_ && listener_) {
    const bool is_full = sessions_.size() >= settings_.max_sessions;
    Session* const leaves = is_full ? dawdler() : nullptr;
    if (is_full && leaves == nullptr) return;
    const Result<Handle> accepted = host.accept(listener_, now);
    may_accept_ = static_cast<bool>(accepted);
    if (!accepted) return;
    if (leaves != nullptr) {
      ++counters_.gave_way;
      end(host, *leaves, false, now);
    }
    ++counters_.accepted;
    Session& session = sessions_[*accepted];
    session.socket = *accepted;
    session.touched = now;
    set_due(session, later_by(now, settings_.idle_limit));
    advance(host, session, now);
  }
}

void Server::advance(Host& host, Session& session, Instant now) {
  while (step(host, session, now)) {
  }
}

// False when it must wait, and when the session is over (and gone).
bool Server::step(Host& host, Session& session, Instant now) {
  switch (session.stage) {
    case Stage::head: return take_head(host, session, now);
    case Stage::body: return skip_body(host, session, now);
    case Stage::writing: return write_some(host, session, now);
    case Stage::draining: return drain(host, session, now);
    case Stage::answering:
    case Stage::closing: return false;
  }
  return false;
}

// True when the session's input or its end moved on; ends the session on failure.
bool Server::read_some(Host& host, Session& session, Instant now) {
  if (session.is_ended) {
    end(host, session, true, now);
    return false;
  }
  std::array<std::uint8_t, 4096> buffer;
  const Result<std::uint32_t> count = host.read(session.socket, buffer, now);
  if (!count) {
    if (count.error() != Error::would_block) end(host, session, false, now);
    return false;
  }
  if (*count == 0) session.is_ended = true;
  session.input.append(reinterpret_cast<const char*>(buffer.data()), *count);
  return true;
}

bool Server::take_head(Host& host, Session& session, Instant now) {
  // RFC 9112 section 2.2: an empty line before a request is forgiven.
  if (session.input.starts_with("\r\n")) session.input.erase(0, 2);
  std::size_t length = 0;
  Fault fault = find_head(session.input, settings_.limits, length);
  if (fault == Fault::incomplete) {
    if (!session.input.empty() && session.must_end == never) {
      session.must_end = later_by(now, settings_.head_limit);
      set_due(session, limit_of(session));
    }
    return read_some(host, session, now);
  }
  session.must_end = never;
  session.touched = now;  // a body has as long again
  const std::string_view head = std::string_view{session.input}.substr(0, length);
  if (fault == Fault::none) fault = parse_request(head, settings_.limits, session.request);
  if (fault != Fault::none) {
    ++counters_.refused_requests;
    refuse(session, status_for(fault), std::string{"This is refused: "} + sentence(fault) + ".",
           now);
    return true;
  }
  session.input.erase(0, length);
  session.is_last = !settings_.keeps_alive || !session.request.keeps_alive || is_stopped_;
  session.request_body = body_after(session.request, settings_.limits);
  session.stage = Stage::body;
  if (const std::string* expectation = session.request.find("expect")) {
    // RFC 9110 section 10.1.1: an answer without waiting for the body will do.
    const bool is_known = is_same_name(*expectation, "100-continue");
    if (!is_known) refuse(session, 417, "Only 100-continue can be expected.", now);
    session.is_last |= !session.request_body.is_done();
    if (is_known) begin_answer(session, now);
  }
  return true;
}

bool Server::skip_body(Host& host, Session& session, Instant now) {
  session.input.erase(0, session.request_body.take(session.input, nullptr));
  if (const Fault fault = session.request_body.fault(); fault != Fault::none) {
    ++counters_.refused_requests;
    refuse(session, status_for(fault), std::string{"This is refused: "} + sentence(fault) + ".",
           now);
    return true;
  }
  if (!session.request_body.is_done()) return read_some(host, session, now);
  begin_answer(session, now);
  return true;
}

// Answers what cannot be served; whatever follows on this connection is not read any more.
void Server::refuse(Session& session, std::uint16_t status, std::string why, Instant now) {
  session.is_last = true;
  answer(session, status_page(status, std::move(why)), now);
}

void Server::begin_answer(Session& session, Instant now) {
  ++counters_.requests;
  const std::string& method = session.request.method;
  if (method != "GET" && method != "HEAD") {
    const bool is_known = is_known_method(method);
    Page page = status_page(is_known ? 405 : 501, "Pages can be read by GET and HEAD, no more.");
    if (is_known) page.headers.push_back({"Allow", "GET, HEAD"});
    answer(session, page, now);
  } else if (settings_.answer_after > 0ms) {
    session.stage = Stage::answering;
    set_due(session, later_by(now, settings_.answer_after));
  } else {
    answer_request(session, now);
  }
}

void Server::answer_request(Session& session, Instant now) {
  answer(session, answer_for(session.request, source_(session.request)), now);
}

void Server::answer(Session& session, const Page& page, Instant now) {
  Response response;
  response.status = page.status;
  response.reason = reason_for(page.status);
  const std::uint64_t size = page.body ? page.body->size() : 0;
  // RFC 9110 section 15.4.5: what the client has is told about by its validators only.
  if (page.status != 304) {
    response.headers = {{"Content-Type", page.content_type},
                        {"Content-Length", std::to_string(size)}};
  }
  response.headers.insert(response.headers.end(), page.headers.begin(), page.headers.end());
  if (session.is_last) {
    response.headers.push_back({"Connection", "close"});
  } else if (session.request.minor_version == 0) {
    // RFC 9112 section 9.3: who speaks HTTP/1.0 takes silence for the end of the connection.
    response.headers.push_back({"Connection", "keep-alive"});
  }
  session.head = to_text(response);
  session.head_written = 0;
  session.body = session.request.method == "HEAD" ? nullptr : page.body;
  session.body_written = 0;
  session.stage = Stage::writing;
  session.touched = now;
  // One who reads a byte a minute may not hold a page for ever.
  const std::uint64_t seconds = size / settings_.min_bytes_per_second;
  session.must_end = later_by(
      now, settings_.idle_limit + std::chrono::seconds{std::min<std::uint64_t>(seconds, 1u << 30)});
  set_due(session, limit_of(session));
}

Result<std::uint32_t> Server::write_body(Host& host, Session& session, Instant now) {
  std::array<std::uint8_t, 65536> buffer;
  const std::size_t count = session.body->read_at(session.body_written, buffer);
  // The page has become shorter than its head said: only a reset tells the client.
  if (count == 0) return Error::connection_aborted;
  const Result<std::uint32_t> written = host.write(session.socket, Bytes{buffer}.first(count), now);
  if (written) {
    session.body_written += *written;
    counters_.body_bytes += *written;
  }
  return written;
}

bool Server::write_some(Host& host, Session& session, Instant now) {
  const bool has_head = session.head_written < session.head.size();
  if (!has_head && (!session.body || session.body_written == session.body->size())) {
    return finish_response(host, session, now);
  }
  Result<std::uint32_t> written = Error::none;
  if (has_head) {
    written = host.write(session.socket, bytes_of(session.head).subspan(session.head_written), now);
    if (written) session.head_written += *written;
  } else {
    written = write_body(host, session, now);
  }
  if (written) {
    session.touched = now;
  } else if (written.error() != Error::would_block && written.error() != Error::out_of_memory) {
    end(host, session, false, now);
  }
  return static_cast<bool>(written);
}

bool Server::finish_response(Host& host, Session& session, Instant now) {
  ++counters_.finished;
  session.touched = now;
  session.must_end = never;
  session.head.clear();
  session.body = nullptr;
  session.request = {};
  session.stage = session.is_last ? Stage::draining : Stage::head;
  if (!session.is_last) return true;
  session.input.clear();
  session.skip_bytes = max_drained_bytes;
  if (settings_.closes_first) host.shutdown_write(session.socket, now);
  return true;
}

bool Server::drain(Host& host, Session& session, Instant now) {
  if (!session.is_ended) {
    if (!read_some(host, session, now)) return false;
    const std::size_t count = session.input.size();
    session.input.clear();
    if (count > session.skip_bytes) end(host, session, false, now);
    if (count > session.skip_bytes) return false;
    session.skip_bytes -= count;
    return true;
  }
  if (settings_.close_after > 0ms && !settings_.closes_first) {
    session.stage = Stage::closing;
    set_due(session, later_by(now, settings_.close_after));
  } else {
    end(host, session, true, now);
  }
  return false;
}

void Server::end(Host& host, Session& session, bool is_clean, Instant now) {
  if (is_clean) {
    host.close(session.socket, now);
  } else {
    ++counters_.failed;
    host.abort(session.socket, now);
  }
  set_due(session, never);
  sessions_.erase(session.socket);
}

void Server::digest(Digest& digest) const {
  digest.add(counters_.accepted);
  digest.add(counters_.body_bytes);
  for (const auto& [handle, session] : sessions_) {
    digest.add(handle.index);
    digest.add(static_cast<std::uint64_t>(session.stage));
    digest.add(session.due);
    digest.add(session.body_written);
    digest.add(bytes_of(session.input));
  }
}

}  // namespace acksu::http
