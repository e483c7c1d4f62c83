// The web client's way: connect, ask, read, close.
#include "api/http_client.h"

#include <array>

#include "api/http_words.h"
#include "host/host.h"

namespace acksu::http {
namespace {

std::string request_text(const ClientSettings& settings) {
  Request request;
  request.method = settings.method;
  request.target = settings.target;
  const std::string host = settings.host.empty() ? to_string(settings.server) : settings.host;
  request.headers = {{"Host", host}, {"User-Agent", "acksu"}, {"Accept", "*/*"}};
  if (!settings.keeps_alive) request.headers.push_back({"Connection", "close"});
  return to_text(request);
}

}  // namespace

Client::Client(ClientSettings settings, BodySink sink)
    : settings_(std::move(settings)),
      sink_(std::move(sink)),
      request_(request_text(settings_)),
      reader_(settings_.limits, settings_.method == "HEAD") {}

std::unique_ptr<Application> Client::clone() const { return std::make_unique<Client>(*this); }

void Client::start(Host& host, Instant now) {
  const Result<Handle> socket = host.connect(settings_.server, settings_.connect, now);
  if (!socket) return fail(host, socket.error(), now);
  socket_ = *socket;
  stage_ = Stage::connecting;  // how long that may take, TCP's own settings say
  if (settings_.connect.fast_open) write_request(host, now);
}

void Client::start_on(Host& host, Handle connection, Instant now) {
  socket_ = connection;
  stage_ = Stage::connected;
  due_ = later_by(now, settings_.ask_after);
  if (settings_.ask_after != 0ms) return;
  write_request(host, now);
  if (!is_done()) read_all(host, now);
}

void Client::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (!socket_ || event.socket != socket_) return;
  if (event.readiness.has(Readiness::failed)) {
    read_all(host, now);  // what came before the failure counts
    if (!is_done()) fail(host, host.error_of(socket_), now);
    return;
  }
  if (stage_ == Stage::connecting && event.readiness.has(Readiness::connected)) {
    stage_ = Stage::connected;
    due_ = later_by(now, settings_.ask_after);
    if (settings_.ask_after == 0ms) write_request(host, now);
  } else if (stage_ == Stage::reading) {
    write_request(host, now);
  }
  if (!is_done()) read_all(host, now);
}

void Client::on_time(Host& host, Instant now) {
  if (now < due_) return;
  if (stage_ == Stage::connected) {
    write_request(host, now);
  } else if (stage_ == Stage::read) {
    begin_close(host, now);
  } else {
    fail(host, Error::timed_out, now);
  }
}

void Client::stop(Host& host, Instant now) {
  if (!is_done()) finish(host, now);
}

void Client::write_request(Host& host, Instant now) {
  stage_ = Stage::reading;
  if (request_written_ == request_.size()) return;
  due_ = later_by(now, settings_.idle_limit);
  const Result<std::uint32_t> written =
      host.write(socket_, bytes_of(request_).subspan(request_written_), now);
  if (written) {
    request_written_ += *written;
  } else if (written.error() != Error::would_block && written.error() != Error::out_of_memory) {
    fail(host, written.error(), now);
  }
}

void Client::read_all(Host& host, Instant now) {
  std::array<std::uint8_t, 65536> buffer;
  while (!is_done() && !is_ended_) {
    const Result<std::uint32_t> count = host.read(socket_, buffer, now);
    if (!count) {
      const bool may_wait = count.error() == Error::would_block;
      if (!may_wait) fail(host, count.error(), now);
      return;
    }
    if (*count == 0) return take_end(host, now);
    if (stage_ == Stage::reading) due_ = later_by(now, settings_.idle_limit);
    const bool was_done = reader_.is_done();
    reader_.take(Bytes{buffer}.first(*count), sink_);
    if (fault() != Fault::none) return fail(host, Error::none, now);
    if (!was_done && reader_.is_done()) on_response(host, now);
  }
}

void Client::take_end(Host& host, Instant now) {
  is_ended_ = true;
  const bool was_done = reader_.is_done();
  reader_.take_end();
  if (fault() != Fault::none) return fail(host, Error::none, now);
  if (stage_ == Stage::closing) return finish(host, now);
  if (!was_done || !settings_.closes_first) {
    stage_ = Stage::read;
    due_ = later_by(now, settings_.close_after);
    if (settings_.close_after == 0ms) begin_close(host, now);
  }
}

void Client::on_response(Host& host, Instant now) {
  if (!settings_.closes_first) return;
  stage_ = Stage::read;
  due_ = later_by(now, settings_.close_after);
  if (settings_.close_after == 0ms) begin_close(host, now);
}

void Client::begin_close(Host& host, Instant now) {
  if (is_ended_) return finish(host, now);
  stage_ = Stage::closing;
  due_ = later_by(now, settings_.idle_limit);
  host.shutdown_write(socket_, now);
}

void Client::finish(Host& host, Instant now) {
  if (socket_) host.close(socket_, now);
  stage_ = Stage::done;
  due_ = never;
}

void Client::fail(Host& host, Error error, Instant now) {
  error_ = error;
  if (socket_) host.abort(socket_, now);
  stage_ = Stage::done;
  due_ = never;
}

void Client::digest(Digest& digest) const {
  digest.add(static_cast<std::uint64_t>(stage_));
  digest.add(due_);
  digest.add(request_written_);
  digest.add(reader_.body_bytes());
}

}  // namespace acksu::http
