// The DHCP client: calls, times, and what it sends.
#include "host/dhcp_client.h"

#include <algorithm>

#include "base/assert.h"

namespace acksu {

using wire::DhcpMessage;
using wire::DhcpOption;
using wire::DhcpType;

namespace {

constexpr IpAddress everybody = IpAddress::v4(255, 255, 255, 255);
constexpr Duration min_retry = 60s;  // RFC 2131 section 4.4.5, of a request to extend
constexpr unsigned max_doublings = 4;

std::vector<std::uint8_t> parameter_list() {
  // RFC 3442: the classless routes before the routers.
  std::vector<std::uint8_t> list;
  for (const DhcpOption code :
       {DhcpOption::subnet_mask, DhcpOption::routes, DhcpOption::routers, DhcpOption::name_servers,
        DhcpOption::domain, DhcpOption::mtu, DhcpOption::lease_time, DhcpOption::renewal_time,
        DhcpOption::rebinding_time})
    list.push_back(static_cast<std::uint8_t>(code));
  return list;
}

}  // namespace

const char* name(DhcpClient::State state) {
  using State = DhcpClient::State;
  switch (state) {
    case State::stopped: return "stopped";
    case State::init: return "INIT";
    case State::selecting: return "SELECTING";
    case State::requesting: return "REQUESTING";
    case State::init_reboot: return "INIT-REBOOT";
    case State::rebooting: return "REBOOTING";
    case State::bound: return "BOUND";
    case State::renewing: return "RENEWING";
    case State::rebinding: return "REBINDING";
  }
  return "unknown";
}

DhcpClient::DhcpClient(DhcpClientSettings settings, SipKey key)
    : settings_(std::move(settings)), numbers_(key) {
  if (settings_.client_id.empty()) {
    const auto& octets = settings_.hardware.octets;
    settings_.client_id = {1};
    settings_.client_id.insert(settings_.client_id.end(), octets.begin(), octets.end());
  }
}

// False when no row says what the event does here.
bool DhcpClient::step(Event event) {
  const State before = state_;
  state_ = next_state(rows, before, event);
  if (state_ == before) return false;
  tries_ = 0;
  return true;
}

void DhcpClient::start(std::optional<IpAddress> remembered, Instant now) {
  if (!step(remembered ? Event::remembered : Event::started)) return;
  began_ = now;
  wanted_ = remembered.value_or(DhcpMessage::no_address);
  // RFC 2131 section 4.4.1: not all at the same time after a power failure.
  due_ = later_by(now, numbers_.between(0s, settings_.max_start_delay));
}

void DhcpClient::release(Instant now) {
  if (lease_) {
    DhcpMessage message = message_of(DhcpType::release, now);
    message.client = lease_->address;
    message.server_id = lease_->server;
    message.wants_broadcast = false;
    message.parameter_list.clear();
    to_send_.push_back({{lease_->address, DhcpMessage::client_port},
                        {lease_->server, DhcpMessage::server_port},
                        {},
                        to_bytes(message)});
  }
  step(Event::stopped);
  lose_lease();
  due_ = never;
}

void DhcpClient::on_conflict(Instant now) {
  if (!lease_ || next_state(rows, state_, Event::conflict) == state_) return;
  transaction_ = static_cast<std::uint32_t>(numbers_.next());
  // RFC 2131 3.1 (b).
  DhcpMessage message = message_of(DhcpType::decline, now);
  message.requested = lease_->address;
  message.server_id = lease_->server;
  message.parameter_list.clear();
  broadcast(message);
  begin_again(Event::conflict, settings_.decline_delay, now);
}

void DhcpClient::on_link_up(Instant now) {
  if (!lease_ || !step(Event::moved)) return;
  began_ = now;
  wanted_ = lease_->address;
  due_ = now;
}

// To INIT, without the lease.
void DhcpClient::begin_again(Event event, Duration delay, Instant now) {
  step(event);
  lose_lease();
  wanted_ = DhcpMessage::no_address;
  began_ = now;
  due_ = later_by(now, delay + numbers_.between(0s, settings_.max_start_delay));
}

void DhcpClient::lose_lease() {
  if (lease_) news_.push_back({DhcpNews::Kind::lost, *lease_});
  lease_.reset();
}

void DhcpClient::on_time(Instant now) {
  while (due_ <= now) fire(now);
}

// Each call either sends something and sets a later time, or moves to another state.
void DhcpClient::fire(Instant now) {
  switch (state_) {
    case State::stopped: due_ = never; return;
    case State::init:
      transaction_ = static_cast<std::uint32_t>(numbers_.next());
      step(Event::asked);
      return send_discover(now);
    case State::selecting: return send_discover(now);
    case State::init_reboot:
      transaction_ = static_cast<std::uint32_t>(numbers_.next());
      step(Event::asked);
      return send_request(now);
    case State::requesting:
    case State::rebooting:
      if (tries_ < settings_.max_requests) return send_request(now);
      return begin_again(Event::unanswered, 0s, now);
    case State::bound:
      transaction_ = static_cast<std::uint32_t>(numbers_.next());
      step(Event::renewal_due);
      began_ = now;
      return extend(lease_->rebinding, now);
    case State::renewing:
      if (now < lease_->rebinding) return extend(lease_->rebinding, now);
      step(Event::rebinding_due);
      return extend(lease_->expiry, now);
    case State::rebinding:
      if (now < lease_->expiry) return extend(lease_->expiry, now);
      return begin_again(Event::expired, 0s, now);
  }
}

// RFC 2131 section 4.1: 4, 8, 16, 32 and 64 seconds, give or take one.
Duration DhcpClient::back_off() {
  const Duration delay = 4s * (1 << std::min(tries_, max_doublings));
  ++tries_;
  return delay + numbers_.between(-1s, 1s);
}

DhcpMessage DhcpClient::message_of(DhcpType type, Instant now) const {
  DhcpMessage message;
  message.type = type;
  message.transaction = transaction_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - began_).count();
  message.seconds = static_cast<std::uint16_t>(std::clamp<std::int64_t>(seconds, 0, 0xffff));
  message.wants_broadcast = settings_.wants_broadcast;
  message.hardware = settings_.hardware;
  message.client_id = settings_.client_id;
  if (type == DhcpType::discover || type == DhcpType::request) {
    message.host_name = settings_.host_name;
    message.max_message_bytes = 1500;
  }
  message.parameter_list = parameter_list();
  return message;
}

void DhcpClient::broadcast(const DhcpMessage& message) {
  to_send_.push_back({{DhcpMessage::no_address, DhcpMessage::client_port},
                      {everybody, DhcpMessage::server_port},
                      {},
                      to_bytes(message)});
}

// RFC 2131 3.1 (a).
void DhcpClient::send_discover(Instant now) {
  broadcast(message_of(DhcpType::discover, now));
  due_ = later_by(now, back_off());
}

// RFC 2131 section 4.3.2: with the server's identifier it takes an offer, without it asks whether
// an address of before is still good.
void DhcpClient::send_request(Instant now) {
  DhcpMessage message = message_of(DhcpType::request, now);
  message.requested = wanted_;
  if (state_ == State::requesting) message.server_id = chosen_server_;
  broadcast(message);
  asked_ = now;
  due_ = later_by(now, back_off());
}

// Asks for more time: the server of the lease, and later any (RFC 2131 section 4.4.5).
void DhcpClient::extend(Instant limit, Instant now) {
  DhcpMessage message = message_of(DhcpType::request, now);
  message.client = lease_->address;
  message.wants_broadcast = false;
  const IpAddress to = state_ == State::renewing ? lease_->server : everybody;
  to_send_.push_back({{lease_->address, DhcpMessage::client_port},
                      {to, DhcpMessage::server_port},
                      {},
                      to_bytes(message)});
  asked_ = now;
  // Half of what is left, but no more often than once a minute.
  const Duration left = limit == never ? forever : limit - now;
  due_ = std::min(limit, later_by(now, std::max<Duration>(left / 2, min_retry)));
}

std::optional<DhcpDatagram> DhcpClient::next_datagram() {
  if (to_send_.empty()) return std::nullopt;
  std::optional<DhcpDatagram> datagram = std::move(to_send_.front());
  to_send_.pop_front();
  return datagram;
}

std::optional<DhcpNews> DhcpClient::next_news() {
  if (news_.empty()) return std::nullopt;
  std::optional<DhcpNews> news = std::move(news_.front());
  news_.pop_front();
  return news;
}

void DhcpClient::digest(Digest& digest) const {
  numbers_.digest(digest);
  digest.add(static_cast<std::uint64_t>(state_) << 32 | tries_);
  digest.add(due_);
  digest.add(began_);
  digest.add(std::uint64_t{transaction_} << 32 | wanted_.as_v4());
  if (lease_) {
    digest.add(std::uint64_t{lease_->address.as_v4()} << 32 | lease_->server.as_v4());
    digest.add(lease_->expiry);
  }
  digest.add(std::uint64_t{to_send_.size()} << 32 | news_.size());
}

}  // namespace acksu
