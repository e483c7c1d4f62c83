// How leases become addresses, and datagrams find their way while there are none.
#include "api/dhcp_service.h"

#include <array>
#include <utility>

#include "host/host.h"

namespace acksu {
namespace {

using wire::DhcpMessage;

constexpr std::size_t longest_message = 1500;

// A socket that hears a link by itself, with or without an address there.
Result<Handle> open(Host& host, LinkId link, std::uint16_t port, Instant now) {
  return host.open_udp({IpAddress::v4(0), port},
                       {.link = link, .hears_offers = true, .allows_broadcast = true}, now);
}

// Hands every datagram that waits to `take`; what ICMP says is heard and forgotten.
template <class Take>
void receive_all(Host& host, Handle socket, Take&& take) {
  std::array<std::uint8_t, longest_message> room;
  while (true) {
    const Result<Datagram> datagram = host.receive_from(socket, room);
    if (datagram) {
      take(*datagram, Bytes{room}.first(std::min<std::size_t>(datagram->length, room.size())));
    } else if (datagram.error() == Error::would_block || datagram.error() == Error::bad_handle) {
      return;
    }
  }
}

}  // namespace

// ---- Client -------------------------------------------------------------------------------------

void DhcpService::start(Host& host, Instant now) {
  DhcpClientSettings settings = settings_.client;
  ACKSU_ASSERT(settings_.link < host.settings().links.size());
  settings.hardware = host.settings().links[settings_.link].mac;
  client_.emplace(std::move(settings), host.next_key());
  const Result<Handle> socket = open(host, settings_.link, DhcpMessage::client_port, now);
  error_ = socket.error();
  if (!socket) {
    is_stopped_ = true;
    return;
  }
  socket_ = *socket;
  client_->start({}, now);
  settle(host, now);
}

void DhcpService::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (!socket_ || event.socket != socket_ || leaving_at_ != never) return;
  receive_all(host, socket_, [&](const Datagram& datagram, Bytes message) {
    client_->on_datagram(datagram.from, message, now);
  });
  settle(host, now);
}

Instant DhcpService::deadline() const {
  if (!client_ || is_stopped_) return never;
  return earliest(leaving_at_, earliest(client_->deadline(), probe_due_));
}

void DhcpService::on_time(Host& host, Instant now) {
  if (leaving_at_ <= now) return leave(host, now);
  if (leaving_at_ != never) return;
  if (probe_due_ <= now) probe(host, now);
  if (client_->deadline() <= now) client_->on_time(now);
  settle(host, now);
}

void DhcpService::stop(Host& host, Instant now) {
  if (is_stopped_ || !client_ || leaving_at_ != never) return;
  const bool has_lease = applied_.has_value();
  client_->release(now);
  while (const std::optional<DhcpDatagram> datagram = client_->next_datagram()) {
    send(host, *datagram, now);
  }
  if (!has_lease) return leave(host, now);
  // The server's MAC address may have to be asked for, which takes an address.
  leaving_at_ = later_by(now, settings_.farewell);
}

void DhcpService::leave(Host& host, Instant now) {
  leaving_at_ = never;
  settle(host, now);
  if (socket_) host.close(socket_, now);
  socket_ = {};
  is_stopped_ = true;
}

// Datagrams first: those that give a lease back still leave from its address.
void DhcpService::settle(Host& host, Instant now) {
  while (const std::optional<DhcpDatagram> datagram = client_->next_datagram()) {
    send(host, *datagram, now);
  }
  while (const std::optional<DhcpNews> news = client_->next_news()) take_news(host, *news, now);
}

void DhcpService::send(Host& host, const DhcpDatagram& datagram, Instant now) const {
  DatagramTarget target{
      .remote = datagram.to, .source = datagram.from.address, .mac = datagram.mac};
  // An address that is still being probed for is not ours to speak from.
  if (!host.routes().is_ours(datagram.from.address)) target.source = IpAddress::v4(0);
  // What cannot be sent is lost, and sent again like all that is lost.
  host.send_datagram(socket_, target, datagram.message, now);
}

void DhcpService::take_news(Host& host, const DhcpNews& news, Instant now) {
  const DhcpLease& lease = news.lease;
  if (news.kind == DhcpNews::Kind::lost) {
    probed_.reset();
    probe_due_ = never;
    return withdraw(host, now);
  }
  const bool is_ours = applied_ && applied_->address == lease.address;
  if (is_ours || settings_.probes == 0) return apply(host, lease, now);
  withdraw(host, now);
  probed_ = lease;
  probes_sent_ = 0;
  probe(host, now);
}

// RFC 5227 section 2.1.1: asks some times, then waits once more for an answer.
void DhcpService::probe(Host& host, Instant now) {
  if (probes_sent_ > 0 && host.is_probe_contested(settings_.link)) {
    ++conflicts_;
    probed_.reset();
    probe_due_ = never;
    return client_->on_conflict(now);
  }
  if (probes_sent_ == settings_.probes) {
    probe_due_ = never;
    const DhcpLease lease = *std::exchange(probed_, std::nullopt);
    return apply(host, lease, now);
  }
  ++probes_sent_;
  host.probe_address(settings_.link, probed_->address, now);
  probe_due_ = later_by(now, settings_.probe_interval);
}

void DhcpService::apply(Host& host, const DhcpLease& lease, Instant now) {
  const bool is_same = applied_ && applied_->address == lease.address &&
                       applied_->prefix_length == lease.prefix_length &&
                       applied_->routes == lease.routes;
  if (!is_same) {
    withdraw(host, now);
    host.add_address(settings_.link, {lease.address, lease.prefix_length}, now);
    for (const wire::DhcpRoute& route : lease.routes) {
      const RouteTarget target{
          .link = settings_.link, .next_hop = route.gateway, .metric = settings_.metric};
      // One that the host has by other means stays as it is.
      if (host.add_route(route.destination, target, now) != Error::none) continue;
      routes_.push_back(route.destination);
    }
    host.announce_address(settings_.link, lease.address);
  }
  applied_ = lease;
}

void DhcpService::withdraw(Host& host, Instant now) {
  if (!applied_) return;
  for (const Prefix& route : routes_) host.remove_route(route, settings_.metric, now);
  routes_.clear();
  host.remove_address(settings_.link, applied_->address, now);
  applied_.reset();
}

void DhcpService::digest(Digest& digest) const {
  if (client_) client_->digest(digest);
  digest.add(std::uint64_t{probes_sent_} << 8 | (applied_ ? 2u : 0u) | (is_stopped_ ? 1u : 0u));
  digest.add(earliest(probe_due_, leaving_at_));
}

// ---- Server -------------------------------------------------------------------------------------

void DhcpServerService::start(Host& host, Instant now) {
  const Result<Handle> socket = open(host, settings_.link, DhcpMessage::server_port, now);
  error_ = socket.error();
  if (socket) {
    socket_ = *socket;
  } else {
    is_stopped_ = true;
  }
}

void DhcpServerService::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (!socket_ || event.socket != socket_) return;
  receive_all(host, socket_,
              [&](const Datagram&, Bytes message) { server_.on_datagram(message, now); });
  settle(host, now);
}

void DhcpServerService::on_time(Host& host, Instant now) {
  server_.on_time(now);
  settle(host, now);
}

void DhcpServerService::stop(Host& host, Instant now) {
  if (socket_) host.close(socket_, now);
  socket_ = {};
  is_stopped_ = true;
}

void DhcpServerService::settle(Host& host, Instant now) {
  while (const std::optional<DhcpDatagram> datagram = server_.next_datagram()) {
    const DatagramTarget target{
        .remote = datagram->to, .source = datagram->from.address, .mac = datagram->mac};
    host.send_datagram(socket_, target, datagram->message, now);
  }
}

}  // namespace acksu
