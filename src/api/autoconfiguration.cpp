// Looks until there is something to be seen.
#include "api/autoconfiguration.h"

#include <algorithm>
#include <array>

#include "host/host.h"

namespace acksu {
namespace {

constexpr Duration between_looks = 10ms, at_most_between = 1s;
constexpr std::size_t longest_reply = 1500;

// An address of that origin that was tried.
std::optional<Prefix> ready_address(const Ipv6Addresses& addresses, Ipv6Address::Origin origin) {
  for (const Ipv6Address& each : addresses.all()) {
    if (each.is_ready() && each.origin == origin) return Prefix{each.address, each.prefix_length};
  }
  return std::nullopt;
}

}  // namespace

void Autoconfiguration::start(Host& host, Instant now) {
  error_ = host.start_ipv6(settings_.link);
  began_ = now;
  if (error_ == Error::none) look(host, now);
}

void Autoconfiguration::look(Host& host, Instant now) {
  const Ipv6Network::OfLink& known = host.ipv6().on(settings_.link);
  const bool asks = settings_.asks_routers;
  const auto origin = asks ? Ipv6Address::Origin::advertised : Ipv6Address::Origin::given;
  const std::optional<Prefix> address = ready_address(known.addresses, origin);
  // Seldom, where nothing is to be seen for long.
  next_look_ = later_by(now, std::clamp((now - began_) / 100, between_looks, at_most_between));
  if (!address || (asks && known.routers.routers().empty())) return;
  const auto& routers = known.routers.routers();
  Ipv6Configuration found{.address = *address,
                          .router = routers.empty() ? IpAddress{} : routers.front().what.address};
  for (const Ipv6Routers::Entry& resolver : known.routers.resolvers()) {
    found.name_servers.push_back(resolver.what.address);
  }
  // RFC 4861 4.2: other things are to be had by DHCPv6.
  const bool has_more = known.routers.has_other() || known.routers.is_managed();
  if (asks && found.name_servers.empty() && has_more) {
    if (!client_) begin_dhcp(host, now);
    found.name_servers = told_.name_servers;
    if (!told_.domains.empty()) found.domain = to_string(told_.domains.front());
    if (found.name_servers.empty() && now < dhcp_until_) return;
  }
  configuration_ = std::move(found);
  next_look_ = never;
}

void Autoconfiguration::begin_dhcp(Host& host, Instant now) {
  dhcp_until_ = later_by(now, settings_.dhcp_patience);
  client_.emplace(Dhcpv6Settings{.hardware = host.settings().links[settings_.link].mac},
                  host.next_key());
  const Result<Handle> socket =
      host.open_udp({{}, wire::Dhcpv6Message::client_port}, {.link = settings_.link}, now);
  if (!socket) return;
  socket_ = *socket;
  client_->start(now);
  settle(host, now);
}

void Autoconfiguration::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (!socket_ || event.socket != socket_) return;
  std::array<std::uint8_t, longest_reply> room;
  while (true) {
    const Result<Datagram> datagram = host.receive_from(socket_, room);
    if (datagram) {
      const std::size_t length = std::min<std::size_t>(datagram->length, room.size());
      client_->on_datagram(datagram->from, Bytes{room}.first(length), now);
    } else if (datagram.error() == Error::would_block || datagram.error() == Error::bad_handle) {
      break;
    }
  }
  settle(host, now);
}

void Autoconfiguration::settle(Host& host, Instant now) {
  while (const std::optional<Dhcpv6Datagram> datagram = client_->next_datagram()) {
    // What cannot be sent is lost, and sent again like all that is lost.
    host.send_to(socket_, datagram->to, datagram->message, now);
  }
  while (std::optional<Dhcpv6Information> news = client_->next_information()) {
    told_ = std::move(*news);
    if (!configuration_) look(host, now);
  }
}

void Autoconfiguration::on_time(Host& host, Instant now) {
  if (client_ && client_->deadline() <= now) {
    client_->on_time(now);
    settle(host, now);
  }
  if (next_look_ <= now) look(host, now);
}

void Autoconfiguration::stop(Host& host, Instant now) {
  if (client_) client_->stop();
  if (socket_) host.close(socket_, now);
  socket_ = {};
  client_.reset();
  next_look_ = never;
  is_stopped_ = true;
}

void Autoconfiguration::digest(Digest& digest) const {
  digest.add(next_look_);
  if (client_) client_->digest(digest);
  if (configuration_) digest.add(configuration_->address.address.low());
}

}  // namespace acksu
