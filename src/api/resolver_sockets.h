// The sockets of a resolver on a host: for each of its exchanges one of its own, a datagram socket
// with a new random port that hears its server only (RFC 5452 section 4), or a connection.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/digest.h"
#include "host/resolver.h"
#include "host/socket.h"

namespace acksu {

class Host;

class ResolverSockets {
 public:
  // Whether the event was for one of these sockets; then the resolver was told.
  bool on_event(Host& host, Resolver& resolver, const SocketEvent& event, Instant now);
  // Does what the resolver asks for after any call on it.
  void settle(Host& host, Resolver& resolver, Instant now);
  void close_all(Host& host, Instant now);

  std::size_t size() const { return exchanges_.size(); }
  void digest(Digest& digest) const;

 private:
  struct Exchange {
    std::uint32_t number = 0;
    bool is_stream = false;
    std::vector<std::uint8_t> unsent;  // of a stream: from `sent` on
    std::size_t sent = 0;
  };

  void open(Host& host, Resolver& resolver, const DnsExchange& exchange, Instant now);
  void hear_datagrams(Host& host, Resolver& resolver, Handle socket, Instant now);
  void hear_stream(Host& host, Resolver& resolver, const SocketEvent& event, Instant now);
  // False: the stream has failed.
  bool write(Host& host, Handle socket, Exchange& exchange, Instant now);

  std::map<Handle, Exchange> exchanges_;
  std::map<std::uint32_t, Handle> sockets_;  // by the resolver's number
};

}  // namespace acksu
