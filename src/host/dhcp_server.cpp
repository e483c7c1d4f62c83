// The DHCP server: who has which address for how long.
#include "host/dhcp_server.h"

#include <algorithm>

#include "base/assert.h"

namespace acksu {

using wire::DhcpMessage;

DhcpServer::DhcpServer(DhcpServerSettings settings)
    : settings_(std::move(settings)), next_unused_(settings_.first.as_v4()) {
  ACKSU_ASSERT(settings_.address.contains(settings_.first));
  ACKSU_ASSERT(settings_.address.contains(settings_.last));
  ACKSU_ASSERT(settings_.first <= settings_.last && settings_.lease >= 10s);
  ACKSU_ASSERT(settings_.last.as_v4() < 0xffff'ffff);
}

bool DhcpServer::is_in_pool(IpAddress address) const {
  return address >= settings_.first && address <= settings_.last;
}

std::optional<IpAddress> DhcpServer::fixed_for(const DhcpMessage& message) const {
  for (const auto& fixed : settings_.fixed) {
    if (fixed.hardware == message.hardware) return fixed.address;
  }
  return std::nullopt;
}

// Of the pool, nobody else's, and not one that was declined.
bool DhcpServer::is_free_for(IpAddress address, const Client& client) const {
  if (!is_in_pool(address) || address == settings_.address.address) return false;
  const bool is_fixed =
      std::any_of(settings_.fixed.begin(), settings_.fixed.end(),
                  [address](const auto& fixed) { return fixed.address == address; });
  if (is_fixed) return false;
  const auto place = bindings_.find(address);
  if (place == bindings_.end() || place->second.use == Use::expired) return true;
  return place->second.use != Use::quarantined && place->second.client == client;
}

namespace {

std::string client_of(const DhcpMessage& message) {
  if (!message.client_id.empty()) return {message.client_id.begin(), message.client_id.end()};
  const auto& octets = message.hardware.octets;
  return "\1" + std::string{octets.begin(), octets.end()};
}

}  // namespace

// RFC 2131 section 4.3.1: the client's own of now or before, what it asks for, a fresh one.
std::optional<IpAddress> DhcpServer::address_for(const DhcpMessage& message) {
  if (const auto fixed = fixed_for(message)) return fixed;
  const Client client = client_of(message);
  if (const auto own = by_client_.find(client); own != by_client_.end()) return own->second;
  if (message.requested && is_free_for(*message.requested, client)) return message.requested;
  return unused_address();
}

// One that nobody ever had, or else the one whose lease ended the longest ago.
std::optional<IpAddress> DhcpServer::unused_address() {
  for (; next_unused_ <= settings_.last.as_v4(); ++next_unused_) {
    const IpAddress address = IpAddress::v4(next_unused_);
    if (!bindings_.contains(address) && is_free_for(address, {})) return address;
  }
  for (const auto& [since, address] : expired_) {
    if (is_free_for(address, {})) return address;
  }
  return std::nullopt;
}

void DhcpServer::bind(IpAddress address, const Binding& binding) {
  unbind(address);
  if (const auto old = by_client_.find(binding.client); old != by_client_.end())
    unbind(old->second);
  if (binding.use != Use::quarantined) by_client_[binding.client] = address;
  (binding.use == Use::expired ? expired_ : dues_).emplace(binding.until, address);
  ++counts_[static_cast<std::size_t>(binding.use)];
  bindings_[address] = binding;
}

void DhcpServer::unbind(IpAddress address) {
  const auto place = bindings_.find(address);
  if (place == bindings_.end()) return;
  const Binding& binding = place->second;
  (binding.use == Use::expired ? expired_ : dues_).erase({binding.until, address});
  --counts_[static_cast<std::size_t>(binding.use)];
  if (binding.use != Use::quarantined) by_client_.erase(binding.client);
  // What goes back to the pool must be found again.
  if (is_in_pool(address)) next_unused_ = std::min(next_unused_, address.as_v4());
  bindings_.erase(place);
}

DhcpServer::Binding* DhcpServer::binding_of(const Client& client, IpAddress address) {
  const auto place = bindings_.find(address);
  if (place == bindings_.end() || place->second.client != client) return nullptr;
  const Use use = place->second.use;
  return use == Use::offered || use == Use::leased ? &place->second : nullptr;
}

void DhcpServer::on_time(Instant now) {
  while (!dues_.empty() && dues_.begin()->first <= now) {
    const IpAddress address = dues_.begin()->second;
    Binding binding = bindings_.at(address);
    if (binding.use == Use::leased) {
      binding.use = Use::expired;
      bind(address, binding);
    } else {
      unbind(address);
    }
  }
}

Drop DhcpServer::on_datagram(Bytes bytes, Instant now) {
  on_time(now);
  DhcpMessage message;
  Drop drop = wire::read(bytes, message);
  // A group address is nobody's. Relays ask for networks that are not ours.
  if (drop == Drop::none && message.hardware.is_group()) drop = Drop::dhcp_bad_header;
  if (drop == Drop::none && message.relay != DhcpMessage::no_address)
    drop = Drop::dhcp_wrong_network;
  if (drop == Drop::none && to_send_.size() >= settings_.max_offers) drop = Drop::dhcp_queue_full;
  if (drop == Drop::none) {
    switch (message.type) {
      case wire::DhcpType::discover: drop = on_discover(message, now); break;
      case wire::DhcpType::request: drop = on_request(message, now); break;
      case wire::DhcpType::decline: drop = on_decline(message, now); break;
      case wire::DhcpType::release: drop = on_release(message, now); break;
      case wire::DhcpType::inform: drop = on_inform(message); break;
      default: drop = Drop::dhcp_no_type;
    }
  }
  counters_.refused.add(drop);
  return drop;
}

Drop DhcpServer::on_discover(const DhcpMessage& message, Instant now) {
  const Client client = client_of(message);
  const std::optional<IpAddress> address = address_for(message);
  const auto place = address ? bindings_.find(*address) : bindings_.end();
  const bool is_quarantined = place != bindings_.end() && place->second.use == Use::quarantined;
  if (!address || is_quarantined) return Drop::dhcp_no_address;
  const Binding* own = binding_of(client, *address);
  if (own == nullptr) {
    if (count(Use::offered) >= settings_.max_offers) return Drop::dhcp_no_address;
    bind(*address,
         {Use::offered, client, message.hardware, later_by(now, settings_.offer_lifetime)});
  }
  ++counters_.offers;
  DhcpMessage offer = reply_to(message, wire::DhcpType::offer);
  offer.yours = *address;
  configure(offer);
  answer(message, std::move(offer));
  return Drop::none;
}

// RFC 2131 section 4.3.2: what a request means shows in which fields are filled.
Drop DhcpServer::on_request(const DhcpMessage& message, Instant now) {
  if (message.server_id) return on_selection(message, now);
  if (message.client != DhcpMessage::no_address) return on_claim(message, message.client, now);
  if (message.requested) return on_claim(message, *message.requested, now);
  return Drop::dhcp_bad_lease;
}

// The client has chosen among offers.
Drop DhcpServer::on_selection(const DhcpMessage& message, Instant now) {
  const Client client = client_of(message);
  if (*message.server_id != settings_.address.address) {
    const auto own = by_client_.find(client);
    if (own != by_client_.end() && bindings_.at(own->second).use == Use::offered)
      unbind(own->second);
    return Drop::dhcp_wrong_server;
  }
  if (!message.requested) return Drop::dhcp_bad_lease;
  if (binding_of(client, *message.requested) == nullptr) {
    ++counters_.naks;
    answer(message, reply_to(message, wire::DhcpType::nak));
    return Drop::none;
  }
  grant(message, *message.requested, now);
  return Drop::none;
}

// The client says that it has an address, and wants to keep it.
Drop DhcpServer::on_claim(const DhcpMessage& message, IpAddress claimed, Instant now) {
  const Client client = client_of(message);
  const auto own = by_client_.find(client);
  const auto fixed = fixed_for(message);
  const bool is_known = fixed || own != by_client_.end();
  const bool is_its_own =
      fixed ? *fixed == claimed : own != by_client_.end() && own->second == claimed;
  const bool is_rebooting = message.client == DhcpMessage::no_address;
  const bool is_ours = settings_.address.contains(claimed);
  // A server that has lost its leases lets clients go on with what is free. But of a stranger who
  // asks whether an address of before is still good nothing is said, since another server may know
  // him (RFC 2131 section 4.3.2).
  const bool may_have = is_its_own || (!fixed && !is_rebooting && is_free_for(claimed, client));
  if (is_ours && may_have) {
    grant(message, claimed, now);
    return Drop::none;
  }
  if (is_ours && !is_known && is_rebooting) return Drop::dhcp_unexpected;
  ++counters_.naks;
  answer(message, reply_to(message, wire::DhcpType::nak));
  return is_ours ? Drop::none : Drop::dhcp_wrong_network;
}

void DhcpServer::grant(const DhcpMessage& message, IpAddress address, Instant now) {
  bind(address,
       {Use::leased, client_of(message), message.hardware, later_by(now, settings_.lease)});
  ++counters_.acks;
  DhcpMessage ack = reply_to(message, wire::DhcpType::ack);
  ack.yours = address;
  ack.client = message.client;
  configure(ack);
  answer(message, std::move(ack));
}

Drop DhcpServer::on_decline(const DhcpMessage& message, Instant now) {
  if (message.server_id != settings_.address.address) return Drop::dhcp_wrong_server;
  if (!message.requested) return Drop::dhcp_bad_lease;
  const Client client = client_of(message);
  Binding* binding = binding_of(client, *message.requested);
  if (binding == nullptr) return Drop::dhcp_wrong_client;
  ++counters_.declined;
  // One who declines all that he gets must not empty the pool.
  if (count(Use::quarantined) >= settings_.max_quarantined) {
    unbind(*message.requested);
    return Drop::dhcp_queue_full;
  }
  const IpAddress address = *message.requested;
  const MacAddress hardware = binding->hardware;
  unbind(address);
  bind(address, {Use::quarantined, {}, hardware, later_by(now, settings_.quarantine)});
  return Drop::none;
}

Drop DhcpServer::on_release(const DhcpMessage& message, Instant now) {
  if (message.server_id != settings_.address.address) return Drop::dhcp_wrong_server;
  const Binding* own = binding_of(client_of(message), message.client);
  if (own == nullptr) return Drop::dhcp_wrong_client;
  ++counters_.released;
  Binding binding = *own;
  // RFC 2131 section 4.3.4: what it had is remembered, should it come back.
  binding.use = Use::expired;
  binding.until = now;
  bind(message.client, binding);
  return Drop::none;
}

void DhcpServer::digest(Digest& digest) const {
  digest.add(next_unused_);
  for (const auto& [address, binding] : bindings_) {
    digest.add(std::uint64_t{address.as_v4()} << 8 | static_cast<std::uint8_t>(binding.use));
    const auto* octets = reinterpret_cast<const std::uint8_t*>(binding.client.data());
    digest.add(Bytes{octets, binding.client.size()});
    digest.add(binding.until);
  }
  for (const DhcpDatagram& datagram : to_send_) digest.add(datagram.message);
}

}  // namespace acksu
