// The DHCPv6 client without leases: asking, asking again, and what an answer must have.
#include "host/dhcpv6_client.h"

#include <algorithm>
#include <utility>

namespace acksu {

using wire::Dhcpv6Message;

Dhcpv6Client::Dhcpv6Client(Dhcpv6Settings settings, SipKey key)
    : settings_(settings), client_id_{0, 3, 0, 1}, numbers_(key) {  // DUID-LL of Ethernet
  const auto& octets = settings_.hardware.octets;
  client_id_.insert(client_id_.end(), octets.begin(), octets.end());
}

bool Dhcpv6Client::step(Event event) {
  const State before = std::exchange(state_, next_state(rows, state_, event));
  return state_ != before;
}

void Dhcpv6Client::start(Instant now) {
  if (step(Event::started)) wait(now);
}

void Dhcpv6Client::stop() {
  step(Event::stopped);
  due_ = never;
}

void Dhcpv6Client::on_link_up(Instant now) {
  if (step(Event::link_up)) wait(now);
}

// RFC 8415 section 18.2.6: not all hosts of a link at once.
void Dhcpv6Client::wait(Instant now) {
  due_ = later_by(now, numbers_.between(0s, settings_.max_start_delay));
}

void Dhcpv6Client::on_time(Instant now) {
  while (due_ <= now) {
    if (state_ == State::informed) {
      step(Event::refresh_due);
      wait(now);
    } else {
      if (step(Event::waited)) {
        began_ = now;
        timeout_ = 0s;
        transaction_ = static_cast<std::uint32_t>(numbers_.below(1 << 24));
      }
      send(now);
    }
  }
}

void Dhcpv6Client::send(Instant now) {
  Dhcpv6Message message;
  message.transaction = transaction_;
  message.client_id = client_id_;
  message.requested = {23, 24, 32};  // name servers, domains, refresh time
  const auto elapsed = (now - began_) / 10ms;
  message.elapsed = static_cast<std::uint16_t>(std::min<std::int64_t>(elapsed, 0xffff));
  to_send_.push_back({{Dhcpv6Message::servers, Dhcpv6Message::server_port}, to_bytes(message)});
  // RFC 8415 section 15: doubled each time, give or take a tenth.
  const Duration next = timeout_ == 0s ? settings_.first_timeout : 2 * timeout_;
  const Duration most = std::min(next, settings_.max_timeout);
  timeout_ = most + numbers_.between(-most / 10, most / 10);
  due_ = later_by(now, timeout_);
}

Drop Dhcpv6Client::judge(Endpoint from, const Dhcpv6Message& message) const {
  if (message.type != Dhcpv6Message::Type::reply) return Drop::dhcp_no_type;
  if (state_ != State::requesting) return Drop::dhcp_unexpected;
  // RFC 8415 section 16.10.
  if (from.port != Dhcpv6Message::server_port || message.server_id.empty())
    return Drop::dhcp_wrong_server;
  if (message.transaction != transaction_) return Drop::dhcp_wrong_transaction;
  if (message.client_id != client_id_) return Drop::dhcp_wrong_client;
  return message.status.value_or(0) == 0 ? Drop::none : Drop::dhcp_bad_lease;
}

Drop Dhcpv6Client::on_datagram(Endpoint from, Bytes bytes, Instant now) {
  Dhcpv6Message message;
  Drop drop = wire::read(bytes, message);
  if (drop == Drop::none) drop = judge(from, message);
  refused_.add(drop);
  if (drop != Drop::none) return drop;
  step(Event::answered);
  news_ = Dhcpv6Information{message.name_servers, message.domains};
  // RFC 8415 section 21.23: all ones is for ever, and nothing is sooner than the minimum.
  const std::uint32_t seconds = message.refresh_seconds.value_or(0);
  Duration refresh = std::max<Duration>(settings_.min_refresh, std::chrono::seconds{seconds});
  if (!message.refresh_seconds) refresh = settings_.default_refresh;
  due_ = seconds == 0xffff'ffff ? never : later_by(now, refresh);
  return Drop::none;
}

std::optional<Dhcpv6Datagram> Dhcpv6Client::next_datagram() {
  if (to_send_.empty()) return std::nullopt;
  std::optional<Dhcpv6Datagram> datagram = std::move(to_send_.front());
  to_send_.pop_front();
  return datagram;
}

std::optional<Dhcpv6Information> Dhcpv6Client::next_information() {
  return std::exchange(news_, std::nullopt);
}

void Dhcpv6Client::digest(Digest& digest) const {
  numbers_.digest(digest);
  digest.add(static_cast<std::uint64_t>(state_) << 32 | transaction_);
  digest.add(due_);
  digest.add(timeout_);
  digest.add(std::uint64_t{to_send_.size()} << 1 | (news_ ? 1u : 0u));
}

}  // namespace acksu
