// The DHCP client: what servers say, judged before anything is done with it.
#include <algorithm>

#include "host/dhcp_client.h"

namespace acksu {

using wire::DhcpMessage;
using wire::DhcpType;

namespace {

// The network of an address by its class, when no mask came (RFC 950).
std::uint8_t classful_length(IpAddress address) {
  const std::uint32_t value = address.as_v4();
  if (value >> 31 == 0) return 8;
  return value >> 30 == 2 ? 16 : 24;
}

// RFC 1122 section 3.2.1.3: neither this network, loopback, multicast nor broadcast.
bool may_be_leased(IpAddress address) {
  const std::uint32_t first = address.as_v4() >> 24;
  return first != 0 && first != 127 && first < 224;
}

// Of `of`, as the server said or by RFC 2131 section 4.4.5: half, and seven eighths.
struct Times {
  Instant renewal = never, rebinding = never, expiry = never;
};
Times times_of(const DhcpMessage& message, Instant from) {
  const std::uint32_t lease = *message.lease_seconds;
  if (lease == DhcpMessage::infinite) return {};
  const std::uint64_t half = lease / 2, most = std::uint64_t{lease} * 7 / 8;
  std::uint64_t renewal = message.renewal_seconds.value_or(static_cast<std::uint32_t>(half));
  std::uint64_t rebinding = message.rebinding_seconds.value_or(static_cast<std::uint32_t>(most));
  // T1 < T2 < lease, whatever was sent.
  if (renewal == 0 || renewal >= rebinding || rebinding >= lease) {
    renewal = half;
    rebinding = most;
  }
  const auto after = [from](std::uint64_t seconds) {
    return later_by(from, std::chrono::seconds{static_cast<std::int64_t>(seconds)});
  };
  return {after(renewal), after(rebinding), after(lease)};
}

std::vector<wire::DhcpRoute> routes_of(const DhcpMessage& message) {
  // RFC 3442: with classless routes, the routers are not looked at.
  if (!message.routes.empty()) return message.routes;
  std::vector<wire::DhcpRoute> routes;
  for (const IpAddress router : message.routers)
    routes.push_back({{DhcpMessage::no_address, 0}, router});
  return routes;
}

}  // namespace

Drop DhcpClient::on_datagram(Endpoint from, Bytes bytes, Instant now) {
  DhcpMessage message;
  Drop drop = wire::read(bytes, message);
  if (drop == Drop::none) drop = judge(from, message);
  refused_.add(drop);
  if (drop != Drop::none) return drop;
  if (message.type == DhcpType::nak) {
    begin_again(Event::refused, 0s, now);
  } else if (message.type == DhcpType::offer) {
    take_offer(message, now);
  } else {
    take_lease(message, now);
  }
  return Drop::none;
}

// RFC 2131 section 4.4.1: for this transaction, this client, this state, of this server.
Drop DhcpClient::judge(Endpoint from, const DhcpMessage& message) const {
  if (!message.is_reply) return Drop::dhcp_no_type;
  if (from.port != DhcpMessage::server_port) return Drop::dhcp_wrong_server;
  if (message.transaction != transaction_) return Drop::dhcp_wrong_transaction;
  const bool has_other_id = !message.client_id.empty() && message.client_id != settings_.client_id;
  // RFC 6842 section 3: servers send the identifier back.
  if (message.hardware != settings_.hardware || has_other_id) return Drop::dhcp_wrong_client;
  const bool wants_offer = state_ == State::selecting;
  const bool wants_ack = state_ == State::requesting || state_ == State::rebooting ||
                         state_ == State::renewing || state_ == State::rebinding;
  const bool is_expected = message.type == DhcpType::offer ? wants_offer : wants_ack;
  if (!is_expected) return Drop::dhcp_unexpected;
  if (const Drop drop = judge_server(message); drop != Drop::none) return drop;
  return message.type == DhcpType::nak ? Drop::none : judge_lease(message);
}

Drop DhcpClient::judge_server(const DhcpMessage& message) const {
  // RFC 2131 table 3: every answer but one to DHCPINFORM says whose it is.
  if (!message.server_id || !may_be_leased(*message.server_id)) return Drop::dhcp_wrong_server;
  if (state_ == State::requesting && *message.server_id != chosen_server_)
    return Drop::dhcp_wrong_server;
  if (state_ == State::renewing && *message.server_id != lease_->server)
    return Drop::dhcp_wrong_server;
  return Drop::none;
}

Drop DhcpClient::judge_lease(const DhcpMessage& message) const {
  if (!may_be_leased(message.yours) || !message.lease_seconds) return Drop::dhcp_bad_lease;
  if (std::chrono::seconds{*message.lease_seconds} < settings_.min_lease)
    return Drop::dhcp_bad_lease;
  const bool is_extension = state_ == State::renewing || state_ == State::rebinding;
  const IpAddress expected = is_extension ? lease_->address : wanted_;
  if (message.type == DhcpType::ack && message.yours != expected) return Drop::dhcp_bad_lease;
  return Drop::none;
}

void DhcpClient::take_offer(const DhcpMessage& offer, Instant now) {
  wanted_ = offer.yours;
  chosen_server_ = *offer.server_id;
  step(Event::offered);
  send_request(now);
}

void DhcpClient::take_lease(const DhcpMessage& ack, Instant now) {
  const bool is_new = !lease_ || lease_->address != ack.yours;
  DhcpLease lease;
  lease.address = ack.yours;
  lease.prefix_length = ack.prefix_length.value_or(classful_length(ack.yours));
  lease.server = *ack.server_id;
  lease.routes = routes_of(ack);
  lease.name_servers = ack.name_servers;
  lease.domain = ack.domain;
  lease.mtu = ack.mtu;
  // RFC 2131 section 4.4.1: from when the request was sent, so never later than the server counts.
  const Times times = times_of(ack, asked_);
  lease.renewal = times.renewal;
  lease.rebinding = times.rebinding;
  lease.expiry = times.expiry;
  step(Event::acknowledged);
  lease_ = lease;
  wanted_ = lease.address;
  // An answer that was under way for long: time has passed, but nothing is asked twice at once.
  due_ = lease.renewal == never ? never : std::max(lease.renewal, now);
  news_.push_back({is_new ? DhcpNews::Kind::bound : DhcpNews::Kind::renewed, lease});
}

}  // namespace acksu
