// Acts, and what an actor does by itself: accept, read, write on.
#include "tools/actor.h"

#include <algorithm>
#include <array>

namespace acksu::tools {

Actor& Actor::at(Instant time, Act act) {
  plan_.emplace(time, std::move(act));
  return *this;
}

Actor& Actor::when(std::uint8_t readiness, Duration later, Act act) {
  waits_.push_back({readiness, later, std::move(act)});
  return *this;
}

void Actor::listen(Host& host, std::uint16_t port, Instant now) {
  const Result<Handle> listener = host.listen({{}, port}, {}, now);
  error_ = listener.error();
  if (listener) listener_ = *listener;
}

void Actor::connect(Host& host, Endpoint remote, Instant now, std::uint16_t local_port) {
  ConnectOptions options;
  const IpAddress mine = host.settings().links.front().addresses.front().address;
  if (local_port != 0) options.local = Endpoint{mine, local_port};
  const Result<Handle> socket = host.connect(remote, options, now);
  error_ = socket.error();
  if (socket) socket_ = *socket;
}

void Actor::connect_fast(Host& host, Endpoint remote, Instant now) {
  const Result<Handle> socket = host.connect(remote, {.local = {}, .fast_open = true}, now);
  error_ = socket.error();
  if (socket) socket_ = *socket;
}

void Actor::write(Host& host, const std::string& text, Instant now) {
  const auto bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const Result<std::uint32_t> written = host.write(socket_, {bytes, text.size()}, now);
  if (written) bytes_written_ += *written;
}

void Actor::write(Host& host, std::uint64_t bytes, Instant now) {
  bytes_to_write_ += bytes;
  write_some(host, now);
}

void Actor::write_some(Host& host, Instant now) {
  std::array<std::uint8_t, 4096> text;
  text.fill('.');
  while (bytes_to_write_ > 0) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes_to_write_, text.size()));
    const Result<std::uint32_t> written = host.write(socket_, Bytes{text}.first(count), now);
    if (!written) return;
    bytes_to_write_ -= *written;
    bytes_written_ += *written;
  }
}

void Actor::close(Host& host, Instant now) {
  if (socket_) host.close(socket_, now);
  socket_ = {};
}

void Actor::abort(Host& host, Instant now) {
  if (socket_) host.abort(socket_, now);
  socket_ = {};
}

void Actor::stop_listening(Host& host, Instant now) {
  if (listener_) host.close(listener_, now);
  listener_ = {};
}

void Actor::read_on(Host& host, Instant now) {
  reads_ = true;
  read_all(host, now);
}

void Actor::read_all(Host& host, Instant now) {
  std::array<std::uint8_t, 4096> text;
  while (socket_ && reads_ && ended_at_ == never) {
    const Result<std::uint32_t> count = host.read(socket_, text, now);
    if (!count) return;
    bytes_read_ += *count;
    if (*count > 0) {
      trigger(Readiness::readable, now);
      continue;
    }
    ended_at_ = now;
    trigger(Readiness::ended, now);
  }
}

void Actor::accept(Host& host, Instant now) {
  while (const Result<Handle> accepted = host.accept(listener_, now)) {
    if (socket_) {
      host.abort(*accepted, now);  // one connection is its part
      continue;
    }
    socket_ = *accepted;
    connected_at_ = now;
    ended_at_ = never;
    trigger(Readiness::acceptable, now);
    read_all(host, now);
  }
}

void Actor::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (listener_ && event.socket == listener_) accept(host, now);
  if (socket_ && event.socket == socket_) note(host, event.readiness, now);
}

void Actor::note(Host& host, Readiness readiness, Instant now) {
  if (readiness.has(Readiness::failed)) {
    error_ = host.error_of(socket_);
    failed_at_ = now;
    close(host, now);
    trigger(Readiness::failed, now);
    return;
  }
  if (readiness.has(Readiness::connected)) {
    connected_at_ = now;
    trigger(Readiness::connected, now);
  }
  if (readiness.has(Readiness::all_acked)) trigger(Readiness::all_acked, now);
  read_all(host, now);
  if (bytes_to_write_ > 0) write_some(host, now);
}

void Actor::trigger(std::uint8_t readiness, Instant now) {
  for (Wait& wait : waits_) {
    if (wait.act && wait.readiness == readiness) {
      plan_.emplace(now + wait.later, std::exchange(wait.act, nullptr));
    }
  }
}

Instant Actor::deadline() const { return plan_.empty() ? never : plan_.begin()->first; }

void Actor::on_time(Host& host, Instant now) {
  while (!plan_.empty() && plan_.begin()->first <= now) {
    const Act act = std::move(plan_.begin()->second);
    plan_.erase(plan_.begin());
    act(*this, host, now);
  }
}

}  // namespace acksu::tools
