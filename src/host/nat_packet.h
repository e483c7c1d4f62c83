// An IPv4 packet as a translator sees it: whose flow it is of, and both ends to be replaced, in its
// headers and in the packet that an ICMP error quotes, with all checksums kept (RFC 1624; RFC 5508
// section 4).
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/drop.h"
#include "host/tcp_tracker.h"
#include "wire/ipv4.h"

namespace acksu {

// One end of a flow: an address and a port, or the identifier of an ICMP query.
struct V4Endpoint {
  std::uint32_t address = 0;
  std::uint16_t port = 0;
  constexpr auto operator<=>(const V4Endpoint&) const = default;
};

constexpr V4Endpoint v4_endpoint(const Endpoint& endpoint) {  // whose address is an IPv4 one
  return {endpoint.address.as_v4(), endpoint.port};
}
constexpr Endpoint endpoint_of(const V4Endpoint& endpoint) {
  return {IpAddress::v4(endpoint.address), endpoint.port};
}

// A flow, seen from one of its ends.
struct V4Flow {
  std::uint8_t protocol = 0;
  V4Endpoint near;
  V4Endpoint far;
  constexpr bool operator==(const V4Flow&) const = default;
};

class NatPacket {
 public:
  enum class Kind : std::uint8_t { tcp, udp, query, reply, error };

  // Reads the packet. Drops: those of wire::read for IPv4, nat_fragment, nat_protocol,
  // nat_truncated, those of read(TrackedSegment), icmp_bad_checksum and icmp_malformed (of errors).
  // A packet with padding behind it is trimmed.
  Drop open(BufferChain& packet);

  Kind kind() const { return kind_; }
  const wire::Ipv4Header& ip() const { return ip_; }
  // The packet's own ends. An ICMP query has its identifier at its source, an answer at its
  // destination, and the other port is 0. Errors have no ports.
  const V4Endpoint& source() const { return source_; }
  const V4Endpoint& destination() const { return destination_; }
  std::uint8_t protocol() const { return ip_.protocol; }
  const TrackedSegment& segment() const { return segment_; }  // of TCP
  std::uint8_t icmp_type() const { return icmp_type_; }       // of ICMP
  // Of an error: the flow of the packet that it quotes, seen from who sent that.
  const V4Flow& quoted() const { return quoted_; }

  void set_source(const V4Endpoint& source) { new_source_ = source; }
  void set_destination(const V4Endpoint& destination) { new_destination_ = destination; }
  void set_quoted_near(const V4Endpoint& near) { new_quoted_.near = near; }
  void set_quoted_far(const V4Endpoint& far) { new_quoted_.far = far; }
  // Puts all that was set into the packet that was opened. Its headers are copied to a block of
  // their own first, because others may read the old one.
  void write(BufferChain& packet) const;

 private:
  // Where in the packet the header of an IP packet and of its transport are.
  struct Place {
    std::uint32_t ip = 0;  // offset in bytes
    std::uint32_t transport = 0;
    std::uint8_t protocol = 0;
    bool is_answer = false;  // an ICMP identifier belongs to the destination
  };

  Drop open_icmp(const BufferChain& packet, Bytes transport);
  Drop open_quote(const BufferChain& packet);
  std::uint32_t header_bytes(const BufferChain& packet) const;
  static void replace(MutableBytes head, const Place& place, const V4Flow& flow);

  Kind kind_ = Kind::udp;
  std::uint8_t icmp_type_ = 0;
  wire::Ipv4Header ip_;
  V4Endpoint source_, destination_;
  V4Endpoint new_source_, new_destination_;
  TrackedSegment segment_;
  V4Flow quoted_, new_quoted_;
  Place quote_;
};

}  // namespace acksu
