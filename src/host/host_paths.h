// What a host asks itself before it sends: by which link, from which address, how large, behind
// which headers; and what it may have sent before. Nothing here changes it.
#pragma once

#include <optional>

#include "host/departure.h"
#include "host/host_view.h"
#include "host/icmp_errors.h"

namespace acksu {

class HostPaths : public HostView {
 protected:
  using HostView::HostView;

  // ---- Routes
  std::optional<Route> route_to(IpAddress destination) const;
  std::optional<Route> route_to_v6(IpAddress destination, IpAddress source) const;
  // Where a packet of a socket goes, and from which address. Errors: as Host::send_datagram.
  Result<PacketPath> path_from(const Departure& from, const DatagramTarget& target) const;
  std::optional<Route> path_from_v6(const Departure& from, const DatagramTarget& target) const;
  // How a connection of that name would begin, without its numbers; and with them.
  std::optional<Path> path_for(const FourTuple& tuple) const;
  std::optional<Path> path_for_new(const FourTuple& tuple, Instant now) const;
  // Gives `opening` its name and the numbers that go with it.
  void begin(tcp::Opening& opening, const FourTuple& tuple, Instant now) const;
  bool is_neighbour_on(LinkId link, IpAddress address) const;
  std::optional<MacAddress> told_mac(LinkId link) const;
  // Whether an address of the loopback would leave the host.
  bool is_leak(const Route& route, IpAddress source) const;
  // Whether a translator stands between us and that link, or has to see that packet.
  bool is_outside(LinkId link) const {
    return translation_ && settings_.translation->outside == link;
  }
  bool is_to_be_translated(const Arrival& arrival) const;

  // ---- Sizes
  std::uint32_t mtu_to(LinkId link, IpAddress destination) const;
  std::uint8_t hop_limit_to(IpAddress destination) const;

  // ---- Headers
  // Room for Ethernet's header, then that of IP, then `transport_header_bytes` to be written.
  Slice start_packet(const wire::Ipv4Header& header, std::uint32_t transport_header_bytes) const;
  Slice start_packet_v6(const wire::Ipv6Header& header, std::uint32_t transport_header_bytes) const;
  Slice segment_headers(const FourTuple& tuple, const Segment& segment) const;
  [[gnu::noinline]] Slice segment_headers_v6(const FourTuple& tuple, const Segment& segment) const;
  std::uint32_t flow_label(const FourTuple& tuple) const;
  // A frame of a packet that passes.
  Frame with_link_header(const BufferChain& packet) const;

  // ---- What was sent
  // The connection that has just sent that; Handle::no_index: none.
  std::uint32_t connection_quoted(const Quoted& quoted) const;
  // Whether a socket of ours may have.
  bool may_have_sent(const Quoted& quoted) const;
};

}  // namespace acksu
