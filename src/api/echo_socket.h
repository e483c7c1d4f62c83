// Echo requests and what comes back for them, on a raw socket of ICMP or ICMPv6: what ping and
// traceroute are made of (RFC 792, RFC 4443 section 4).
#pragma once

#include <cstdint>
#include <optional>

#include "host/host.h"

namespace acksu {

struct EchoRequest {
  std::uint16_t sequence = 0;
  std::uint8_t ttl = 0;  // 0: the host's
  std::uint32_t payload_bytes = 0;
};

struct EchoAnswer {
  enum class Kind : std::uint8_t { reply, ttl_exceeded, network_unreachable, host_unreachable };

  Kind kind = Kind::reply;
  IpAddress from;
  std::uint16_t sequence = 0;  // of the request that it is about
  std::uint32_t bytes = 0;     // of the message
  std::uint8_t ttl = 0;        // that was left of it
};

class EchoSocket {
 public:
  // `identifier` tells the requests of one program from those of others.
  explicit EchoSocket(std::uint16_t identifier) : identifier_(identifier) {}

  // Errors: as open_raw.
  Error open(Host& host, IpAddress target, Instant now);
  bool is_open() const { return static_cast<bool>(socket_); }
  // Errors: as send_raw.
  Error send(Host& host, const EchoRequest& request, Instant now);
  // The oldest answer from the target, or about a request to it from a router on the way.
  std::optional<EchoAnswer> next(Host& host);
  void close(Host& host, Instant now);

  Handle handle() const { return socket_; }
  IpAddress target() const { return target_; }

 private:
  std::optional<EchoAnswer> answer_in(const RawPacket& packet, Bytes message) const;
  std::optional<EchoAnswer> answer_in_v6(const RawPacket& packet, Bytes message) const;
  // The sequence number of a request of ours.
  std::optional<std::uint16_t> sequence_of(Bytes request, std::uint8_t type) const;

  std::uint16_t identifier_;
  IpAddress target_;
  RawOptions options_;
  Handle socket_;
};

}  // namespace acksu
