// From exchanges to sockets, and back.
#include "api/resolver_sockets.h"

#include <array>

#include "host/host.h"

namespace acksu {

bool ResolverSockets::on_event(Host& host, Resolver& resolver, const SocketEvent& event,
                               Instant now) {
  const auto found = exchanges_.find(event.socket);
  if (found == exchanges_.end()) return false;
  if (found->second.is_stream) {
    hear_stream(host, resolver, event, now);
  } else {
    hear_datagrams(host, resolver, event.socket, now);
  }
  settle(host, resolver, now);
  return true;
}

// Ends: a resolver gives each question up after so many exchanges.
void ResolverSockets::settle(Host& host, Resolver& resolver, Instant now) {
  while (true) {
    while (const std::optional<std::uint32_t> closed = resolver.next_closed()) {
      const auto place = sockets_.find(*closed);
      if (place == sockets_.end()) continue;
      host.close(place->second, now);
      exchanges_.erase(place->second);
      sockets_.erase(place);
    }
    const std::optional<DnsExchange> exchange = resolver.next_exchange();
    if (!exchange) return;
    open(host, resolver, *exchange, now);
  }
}

void ResolverSockets::open(Host& host, Resolver& resolver, const DnsExchange& exchange,
                           Instant now) {
  Exchange made{.number = exchange.number, .is_stream = exchange.is_stream, .unsent = {}};
  Result<Handle> socket = exchange.is_stream ? host.connect(exchange.server, {}, now)
                                             : host.open_udp({}, {.refuses_fragments = true}, now);
  Error error = socket.error();
  if (socket && exchange.is_stream) {
    made.unsent = exchange.message;
  } else if (socket) {
    error = host.connect_udp(*socket, exchange.server);
    if (error == Error::none) error = host.send_to(*socket, exchange.server, exchange.message, now);
    if (error != Error::none) host.close(*socket, now);
  }
  if (error != Error::none) return resolver.on_failure(exchange.number, now);
  sockets_.emplace(exchange.number, *socket);
  exchanges_.emplace(*socket, std::move(made));
}

void ResolverSockets::hear_datagrams(Host& host, Resolver& resolver, Handle socket, Instant now) {
  const std::uint32_t number = exchanges_.at(socket).number;
  std::array<std::uint8_t, 4096> room;
  while (true) {
    const Result<Datagram> datagram = host.receive_from(socket, room);
    if (datagram) {
      const std::size_t length = std::min<std::size_t>(datagram->length, room.size());
      resolver.on_datagram(number, datagram->from, Bytes{room}.first(length), now);
      continue;
    }
    if (datagram.error() == Error::would_block || datagram.error() == Error::bad_handle) return;
    // Nobody is there, or the way is barred: no reason to wait for a timer.
    return resolver.on_failure(number, now);
  }
}

void ResolverSockets::hear_stream(Host& host, Resolver& resolver, const SocketEvent& event,
                                  Instant now) {
  Exchange& exchange = exchanges_.at(event.socket);
  const std::uint32_t number = exchange.number;
  bool is_over = event.readiness.has(Readiness::failed);
  if (!is_over) is_over = !write(host, event.socket, exchange, now);
  std::array<std::uint8_t, 4096> room;
  while (true) {
    const Result<std::uint32_t> count = host.read(event.socket, room, now);
    if (!count && count.error() == Error::would_block) break;
    if (!count && count.error() == Error::not_connected) break;
    if (!count || *count == 0) {
      is_over = true;
      break;
    }
    resolver.on_stream(number, Bytes{room}.first(*count), now);
  }
  // An answer that is there already has ended the exchange: then this says nothing new.
  if (is_over) resolver.on_failure(number, now);
}

bool ResolverSockets::write(Host& host, Handle socket, Exchange& exchange, Instant now) {
  while (exchange.sent < exchange.unsent.size()) {
    const Result<std::uint32_t> written =
        host.write(socket, Bytes{exchange.unsent}.subspan(exchange.sent), now);
    if (!written) {
      return written.error() == Error::would_block || written.error() == Error::out_of_memory ||
             written.error() == Error::not_connected;
    }
    exchange.sent += *written;
  }
  return true;
}

void ResolverSockets::close_all(Host& host, Instant now) {
  for (const auto& [socket, exchange] : exchanges_) host.close(socket, now);
  exchanges_.clear();
  sockets_.clear();
}

void ResolverSockets::digest(Digest& digest) const {
  for (const auto& [socket, exchange] : exchanges_) {
    digest.add(std::uint64_t{socket.index} << 32 | exchange.number);
    digest.add(exchange.sent);
  }
}

}  // namespace acksu
