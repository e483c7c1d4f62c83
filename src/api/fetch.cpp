// From a name to a page: each step hands on what it has as soon as it has it.
#include "api/fetch.h"

#include <vector>

#include "api/preference.h"
#include "host/host.h"

namespace acksu {
void Fetch::start(Host& host, Instant now) {
  names_.start(host, now);
  const Result<std::uint32_t> lookup = names_.look_up(settings_.name, host, now);
  was_looked_up_ = static_cast<bool>(lookup);
  if (!lookup) {
    error_ = lookup.error();
    return finish();
  }
  advance(host, now);
}

void Fetch::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (stage_ == Stage::done) return;
  names_.on_event(host, event, now);
  if (attempts_.contains(event.socket)) {
    take_fate(host, event, now);
  } else if (stage_ == Stage::fetching) {
    client_.on_event(host, event, now);
  }
  advance(host, now);
}

Instant Fetch::deadline() const {
  if (stage_ == Stage::done) return never;
  const Instant asking = earliest(names_.deadline(), eyeballs_.deadline());
  return stage_ == Stage::fetching ? earliest(asking, client_.deadline()) : asking;
}

void Fetch::on_time(Host& host, Instant now) {
  if (names_.deadline() <= now) names_.on_time(host, now);
  if (eyeballs_.deadline() <= now) eyeballs_.on_time(now);
  if (stage_ == Stage::fetching && client_.deadline() <= now) client_.on_time(host, now);
  advance(host, now);
}

void Fetch::stop(Host& host, Instant now) {
  if (stage_ == Stage::done) return;
  for (const auto& [socket, address] : attempts_) host.abort(socket, now);
  attempts_.clear();
  names_.stop(host, now);
  if (stage_ == Stage::fetching) client_.stop(host, now);
  finish();
}

void Fetch::finish() { stage_ = Stage::done; }

// Does all that can be done now.
void Fetch::advance(Host& host, Instant now) {
  if (stage_ == Stage::done) return;
  take_news(host, now);
  while (const std::optional<IpAddress> address = eyeballs_.next_attempt()) {
    begin_attempt(host, *address, now);
  }
  while (const std::optional<IpAddress> address = eyeballs_.next_cancelled()) {
    const auto is_cancelled = [&](const auto& each) {
      if (each.second == *address) host.abort(each.first, now);
      return each.second == *address;
    };
    std::erase_if(attempts_, is_cancelled);
  }
  const bool is_hopeless = eyeballs_.state() == HappyEyeballs::State::failed;
  if (is_hopeless || (stage_ == Stage::fetching && client_.is_done())) {
    names_.stop(host, now);
    finish();
  }
}

void Fetch::take_news(Host& host, Instant now) {
  while (const std::optional<LookupNews> news = names_.next_news()) {
    if (news->is_last) verdict_ = news->verdict;
    const auto ordered = in_order_of_preference(host, news->addresses);
    eyeballs_.on_addresses(ordered, news->is_last, now);
  }
}

void Fetch::begin_attempt(Host& host, IpAddress address, Instant now) {
  stage_ = Stage::connecting;
  const Endpoint server{address, settings_.client.server.port};
  const Result<Handle> socket = host.connect(server, settings_.client.connect, now);
  if (socket) {
    attempts_.emplace(*socket, address);
  } else {
    error_ = socket.error();
    eyeballs_.on_failed(address, now);
  }
}

void Fetch::take_fate(Host& host, const SocketEvent& event, Instant now) {
  const IpAddress address = attempts_.at(event.socket);
  if (event.readiness.has(Readiness::failed)) {
    error_ = host.error_of(event.socket);
    host.close(event.socket, now);
    attempts_.erase(event.socket);
    eyeballs_.on_failed(address, now);
  } else if (event.readiness.has(Readiness::connected)) {
    error_ = Error::none;
    attempts_.erase(event.socket);
    eyeballs_.on_connected(address);
    stage_ = Stage::fetching;
    client_.start_on(host, event.socket, now);
  }
}

void Fetch::digest(Digest& digest) const {
  digest.add(static_cast<std::uint64_t>(stage_));
  names_.digest(digest);
  eyeballs_.digest(digest);
  client_.digest(digest);
  for (const auto& [socket, address] : attempts_) digest.add(address.low());
}

}  // namespace acksu
