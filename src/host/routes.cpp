// Connected networks and the gateway.
#include "host/routes.h"

namespace acksu {
namespace {

bool is_in(IpAddress address, std::uint32_t network, unsigned length) {
  return address.is_v4() && (address.as_v4() >> (32 - length)) == (network >> (32 - length));
}

bool is_multicast(IpAddress address) {
  return address.is_v4() ? is_in(address, 0xe000'0000, 4) : (address.high() >> 56) == 0xff;
}

// 0/8 is "this network", 240/4 is reserved and holds the limited broadcast address.
bool is_unusable(IpAddress address) {
  if (!address.is_v4()) return address.is_any() || is_multicast(address);
  return (address.as_v4() >> 24) == 0 || address.as_v4() >= 0xe000'0000;
}

bool is_loopback(IpAddress address) {
  return is_in(address, 0x7f00'0000, 8) || address == IpAddress{0, 1};
}

// The directed broadcast address of a network, which none of 31 or 32 bits has (RFC 3021).
std::optional<IpAddress> broadcast_of(const Prefix& prefix) {
  if (!prefix.address.is_v4() || prefix.length >= 31) return std::nullopt;
  return IpAddress::v4(prefix.address.as_v4() | (0xffff'ffffu >> prefix.length));
}

}  // namespace

Routes::Routes(const HostSettings& settings) : gateway_(settings.gateway) {
  for (std::size_t i = 0; i < settings.links.size(); ++i) {
    for (const Prefix& prefix : settings.links[i].addresses) {
      connected_.push_back({prefix, static_cast<LinkId>(i), broadcast_of(prefix)});
    }
  }
}

const Routes::Connected* Routes::connected_to(IpAddress address) const {
  const Connected* longest = nullptr;
  for (const Connected& each : connected_) {
    if (!each.prefix.contains(address)) continue;
    if (longest == nullptr || each.prefix.length > longest->prefix.length) longest = &each;
  }
  return longest;
}

std::optional<Route> Routes::look_up(IpAddress destination) const {
  last_destination_ = destination;
  last_route_.reset();
  const Connected* network = connected_to(destination);
  const bool is_connected = network != nullptr;
  if (!is_connected && gateway_) network = connected_to(*gateway_);
  if (network != nullptr) {
    last_route_ =
        Route{network->link, is_connected ? destination : *gateway_, network->prefix.address};
  }
  return last_route_;
}

std::optional<LinkId> Routes::link_of(IpAddress ours) const {
  for (const Connected& each : connected_) {
    if (each.prefix.address == ours) return each.link;
  }
  return std::nullopt;
}

bool Routes::is_on_link(LinkId link, IpAddress address) const {
  for (const Connected& each : connected_) {
    if (each.link == link && each.prefix.contains(address)) return true;
  }
  return false;
}

bool Routes::is_broadcast(IpAddress address) const {
  if (address == IpAddress::v4(0xffff'ffff)) return true;
  for (const Connected& each : connected_) {
    if (each.broadcast == address) return true;
  }
  return false;
}

bool Routes::is_bad_source(IpAddress address) const {
  return is_unusable(address) || is_loopback(address) || is_ours(address) || is_broadcast(address);
}

bool Routes::is_bad_destination(IpAddress address) const {
  return is_unusable(address) || is_broadcast(address);
}

}  // namespace acksu
