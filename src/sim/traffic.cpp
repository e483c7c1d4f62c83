// Writing, reading and ending by plan.
#include "sim/traffic.h"

#include <algorithm>

#include "base/assert.h"
#include "sim/words.h"

namespace acksu::sim {
namespace {

bool has_more_to_write(const Exchange& exchange) {
  if (exchange.is_shut_down || exchange.written >= exchange.plan.bytes) return false;
  if (exchange.plan.ending == Ending::after_peer && !exchange.has_peer_ended) return false;
  return exchange.is_connected || exchange.plan.writes_early;
}

bool has_written_all(const Exchange& exchange) {
  return exchange.is_shut_down || exchange.written >= exchange.plan.bytes;
}

bool is_to_be_aborted(const Exchange& exchange) {
  const Plan& plan = exchange.plan;
  if (plan.ending == Ending::abort_at_byte) {
    return exchange.written + exchange.read >= plan.abort_at;
  }
  // Who has read to the peer's end is told no error by reading.
  if (plan.ending == Ending::close_when_acked && exchange.has_peer_ended)
    return exchange.has_failed;
  return plan.ending == Ending::abort_when_done && has_written_all(exchange);
}

bool is_to_be_closed(const Exchange& exchange) {
  if (!has_written_all(exchange)) return false;
  switch (exchange.plan.ending) {
    case Ending::close_at_once: return true;
    case Ending::close_when_acked: return exchange.is_all_acked || exchange.plan.bytes == 0;
    case Ending::after_peer: return exchange.has_peer_ended;
    case Ending::shut_down:
    case Ending::abort_at_byte: return exchange.is_shut_down && exchange.has_peer_ended;
    case Ending::abort_when_done: return false;
  }
  return false;
}

bool is_to_be_shut_down(const Exchange& exchange) {
  const Ending ending = exchange.plan.ending;
  return (ending == Ending::shut_down || ending == Ending::abort_at_byte) &&
         !exchange.is_shut_down && exchange.written >= exchange.plan.bytes;
}

}  // namespace

const char* name(Ending ending) {
  switch (ending) {
    case Ending::shut_down: return "shuts down";
    case Ending::after_peer: return "answers after the peer's end";
    case Ending::close_at_once: return "closes at once";
    case Ending::close_when_acked: return "closes when acknowledged";
    case Ending::abort_when_done: return "aborts when done";
    case Ending::abort_at_byte: return "aborts at a byte";
  }
  return "";
}

std::string to_string(const Plan& plan) {
  std::string text = std::to_string(plan.bytes) + " bytes, " + name(plan.ending);
  if (plan.ending == Ending::abort_at_byte) text += " (" + std::to_string(plan.abort_at) + ")";
  text += ", writes " + std::to_string(plan.write_chunk);
  if (plan.write_pause > Duration::zero()) text += " every " + to_text(plan.write_pause);
  text += ", reads " + std::to_string(plan.read_chunk);
  if (plan.read_pause > Duration::zero()) text += " every " + to_text(plan.read_pause);
  if (plan.ends_after > Duration::zero()) text += ", ends after " + to_text(plan.ends_after);
  if (plan.close_pause > Duration::zero()) text += ", closes late by " + to_text(plan.close_pause);
  if (plan.reads_after > Duration::zero()) text += ", reads after " + to_text(plan.reads_after);
  if (plan.resize_at != Plan::never_resized) {
    text += ", receive buffer " + std::to_string(plan.new_receive_buffer) + " after " +
            std::to_string(plan.resize_at);
  }
  if (plan.writes_early) text += ", writes early";
  if (plan.opens_fast) text += ", opens fast";
  if (plan.shares_text) text += ", shares its text";
  if (plan.options.nodelay) text += ", nodelay";
  if (plan.options.cork) text += ", cork";
  if (plan.options.keepalive) text += ", keepalive";
  if (plan.options.linger) text += ", linger " + to_text(*plan.options.linger);
  if (plan.options.user_timeout) text += ", user timeout " + to_text(*plan.options.user_timeout);
  return text;
}

// ---- Opening and accepting

void Traffic::start(Host& host, Instant now) {
  if (settings_.listen) {
    const Result<Handle> listener =
        host.listen(*settings_.listen, {settings_.backlog, settings_.fast_open_limit}, now);
    ACKSU_ASSERT(listener);
    listener_ = *listener;
  }
  open_due(host, now);
}

void Traffic::open_due(Host& host, Instant now) {
  while (next_opening_ < settings_.openings.size() && settings_.openings[next_opening_].at <= now) {
    open(host, settings_.openings[next_opening_++], now);
  }
}

void Traffic::open(Host& host, const Opening& opening, Instant now) {
  const Result<Handle> handle =
      host.connect(opening.remote, {opening.local, opening.plan.opens_fast}, now);
  if (!handle) {
    ++failed_openings_;
    return;
  }
  Exchange exchange;
  exchange.plan = opening.plan;
  exchange.handle = *handle;
  exchange.is_active = true;
  begin(host, std::move(exchange), now);
}

void Traffic::accept_all(Host& host, Instant now) {
  accept_at_ = never;
  while (listener_) {
    const Result<Handle> handle = host.accept(listener_, now);
    if (!handle) return;
    Exchange exchange;
    if (!settings_.accepted.empty()) {
      exchange.plan = settings_.accepted[accepted_++ % settings_.accepted.size()];
    }
    exchange.handle = *handle;
    exchange.is_connected = true;
    begin(host, std::move(exchange), now);
  }
}

void Traffic::begin(Host& host, Exchange exchange, Instant now) {
  exchange.began = now;
  exchange.tag = stream_word(settings_.tag, exchanges_.size() + 1);
  exchange.write_at = now;
  exchange.end_at = now + exchange.plan.ends_after;
  exchange.last_write = now;
  exchange.last_read = now + exchange.plan.reads_after - exchange.plan.read_pause;
  exchange.read_at = exchange.is_connected ? now + exchange.plan.reads_after : never;
  if (const std::optional<tcp::Info> info = host.info(exchange.handle)) {
    exchange.tuple = info->tuple;
  }
  host.set_options(exchange.handle, exchange.plan.options, now);
  exchanges_.push_back(std::move(exchange));
  go_on(host, exchanges_.back(), now);
}

Exchange* Traffic::find(const FourTuple& tuple) {
  const auto found = std::find_if(exchanges_.begin(), exchanges_.end(), [&](const Exchange& one) {
    return !one.is_over && one.tuple == tuple;
  });
  return found == exchanges_.end() ? nullptr : &*found;
}

// ---- What happens to it

void Traffic::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (listener_ && event.socket == listener_) {
    if (!event.readiness.has(Readiness::acceptable)) return;
    accept_at_ = std::min(accept_at_, now + settings_.accept_pause);
    if (accept_at_ <= now) accept_all(host, now);
    return;
  }
  for (Exchange& exchange : exchanges_) {
    if (exchange.is_over || exchange.handle != event.socket) continue;
    on_readiness(exchange, event.readiness, now);
    go_on(host, exchange, now);
    return;
  }
}

void Traffic::on_readiness(Exchange& exchange, Readiness readiness, Instant now) {
  if (readiness.has(Readiness::connected)) exchange.is_connected = true;
  if (readiness.has(Readiness::all_acked)) {
    exchange.is_all_acked = exchange.written >= exchange.plan.bytes;
  }
  if (readiness.has(Readiness::connected) || readiness.has(Readiness::writable)) {
    exchange.write_at = std::max(now, exchange.last_write + exchange.plan.write_pause);
  }
  constexpr std::uint8_t any_text =
      Readiness::readable | Readiness::ended | Readiness::failed | Readiness::connected;
  if ((readiness.bits & any_text) != 0 && !exchange.has_peer_ended) {
    exchange.read_at = std::max(now, exchange.last_read + exchange.plan.read_pause);
  }
  // What a failed connection still holds is read without a pause.
  exchange.has_failed = exchange.has_failed || readiness.has(Readiness::failed);
  if (exchange.has_failed) exchange.read_at = now;
}

Instant Traffic::deadline() const {
  Instant next = accept_at_;
  if (next_opening_ < settings_.openings.size()) {
    next = earliest(next, settings_.openings[next_opening_].at);
  }
  for (const Exchange& exchange : exchanges_) {
    if (exchange.is_over) continue;
    next = earliest(next, exchange.read_at);
    next = earliest(next, earliest(exchange.end_at, exchange.close_at));
    if (has_more_to_write(exchange)) next = earliest(next, exchange.write_at);
    next = earliest(next, later_by(exchange.began, exchange.plan.patience));
  }
  return next;
}

void Traffic::on_time(Host& host, Instant now) {
  open_due(host, now);
  if (accept_at_ <= now) accept_all(host, now);
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    Exchange& exchange = exchanges_[i];
    if (exchange.is_over) continue;
    go_on(host, exchange, now);
    if (exchange.is_over || now < later_by(exchange.began, exchange.plan.patience)) continue;
    exchange.was_impatient = true;
    give_up(host, exchange, now);
  }
}

void Traffic::stop(Host& host, Instant now) {
  next_opening_ = settings_.openings.size();
  accept_at_ = never;
  if (listener_) host.close(listener_, now);
  listener_ = Handle{};
}

bool Traffic::is_done() const {
  return next_opening_ == settings_.openings.size() &&
         std::all_of(exchanges_.begin(), exchanges_.end(),
                     [](const Exchange& exchange) { return exchange.is_over; });
}

// ---- By plan

void Traffic::go_on(Host& host, Exchange& exchange, Instant now) {
  read_some(host, exchange, now);
  if (!exchange.is_over) write_some(host, exchange, now);
  if (!exchange.is_over) end_if_done(host, exchange, now);
}

void Traffic::read_some(Host& host, Exchange& exchange, Instant now) {
  while (!exchange.is_over && exchange.read_at <= now) {
    const Result<std::uint32_t> count = read_part(host, exchange, now);
    exchange.last_read = now;
    exchange.read_at = never;
    if (!count && count.error() == Error::would_block) return;
    if (!count) {
      exchange.error = count.error();
      give_up(host, exchange, now);
    } else if (*count == 0) {
      exchange.has_peer_ended = true;
      exchange.write_at = std::min(exchange.write_at, now);
    } else {
      resize_if_due(host, exchange, now);
      exchange.read_at = now + exchange.plan.read_pause;
    }
  }
}

void Traffic::resize_if_due(Host& host, Exchange& exchange, Instant now) {
  Plan& plan = exchange.plan;
  if (exchange.read < plan.resize_at) return;
  plan.resize_at = Plan::never_resized;
  plan.options.receive_buffer_bytes = plan.new_receive_buffer;
  host.set_options(exchange.handle, plan.options, now);
}

void Traffic::write_some(Host& host, Exchange& exchange, Instant now) {
  while (!exchange.is_over && has_more_to_write(exchange) && exchange.write_at <= now) {
    const Result<std::uint32_t> count = write_part(host, exchange, now);
    exchange.last_write = now;
    if (count) {
      exchange.written += *count;
      exchange.write_at = now + exchange.plan.write_pause;
    } else if (count.error() == Error::would_block) {
      exchange.write_at = never;
    } else if (count.error() == Error::out_of_memory) {
      exchange.write_at = now + 100ms;  // others must give memory back first
    } else {
      exchange.error = count.error();
      exchange.read_at = now;  // what has arrived is still good
      read_some(host, exchange, now);
      if (!exchange.is_over) give_up(host, exchange, now);
    }
  }
}

void Traffic::end_if_done(Host& host, Exchange& exchange, Instant now) {
  if (exchange.end_at != never && exchange.end_at > now) return;
  exchange.end_at = never;
  if (is_to_be_aborted(exchange)) return give_up(host, exchange, now);
  if (!exchange.is_connected) return;
  if (is_to_be_shut_down(exchange)) {
    host.shutdown_write(exchange.handle, now);
    exchange.is_shut_down = true;
  }
  if (!is_to_be_closed(exchange)) return;
  exchange.close_at = earliest(exchange.close_at, now + exchange.plan.close_pause);
  if (exchange.close_at > now) return;
  host.close(exchange.handle, now);
  exchange.is_over = true;
}

// Ends without ceremony. On a connection that has failed already it only gives the handle back.
void Traffic::give_up(Host& host, Exchange& exchange, Instant now) {
  if (exchange.error == Error::none) exchange.has_aborted = true;
  host.abort(exchange.handle, now);
  exchange.is_over = true;
}

bool Traffic::abort(Host& host, const FourTuple& tuple, Instant now) {
  Exchange* exchange = find(tuple);
  if (exchange == nullptr) return false;
  give_up(host, *exchange, now);
  return true;
}

bool Traffic::close(Host& host, const FourTuple& tuple, Instant now) {
  Exchange* exchange = find(tuple);
  if (exchange == nullptr) return false;
  host.close(exchange->handle, now);
  exchange->is_over = true;
  return true;
}

bool Traffic::shut_down(Host& host, const FourTuple& tuple, Instant now) {
  Exchange* exchange = find(tuple);
  if (exchange == nullptr || exchange->is_shut_down) return false;
  exchange->is_shut_down = host.shutdown_write(exchange->handle, now) == Error::none;
  return exchange->is_shut_down;
}

void Traffic::digest(Digest& digest) const {
  digest.add(accept_at_);
  digest.add(next_opening_);
  for (const Exchange& exchange : exchanges_) {
    digest.add(exchange.tag);
    digest.add(exchange.written);
    digest.add(exchange.read);
    digest.add(exchange.write_at);
    digest.add(exchange.read_at);
    digest.add((exchange.is_over ? 1u : 0u) | (exchange.has_peer_ended ? 2u : 0u));
  }
}

}  // namespace acksu::sim
