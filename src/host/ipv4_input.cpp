// From a frame to what it carries: Ethernet, IPv4 and, for TCP, the segment; and whether it may
// have come from where it says it does (RFC 1122 3.2.1, RFC 1812 5.3.7).
#include "host/address_kinds.h"
#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/tcp.h"

namespace acksu {
namespace {

constexpr std::uint32_t plain_headers_bytes = wire::EthernetHeader::size + wire::Ipv4Header::size;

// What nearly every frame is: to us, and a plain IPv4 packet with TCP from and to whom the last one
// came, who were judged then. For all else there are the steps of read_frame and read_ipv4.
bool is_as_before(const BufferChain& frame, const Link& link) {
  const Bytes beginning = frame.front();
  if (beginning.size() < plain_headers_bytes || link.kind != LinkKind::ethernet) return false;
  if (link.good_v4 == 0) return false;
  const wire::Fixed<plain_headers_bytes> headers(beginning.first<plain_headers_bytes>());
  const auto ip = headers.part<wire::EthernetHeader::size, wire::Ipv4Header::size>();
  return wire::mac_at<0>(headers) == link.mac && headers.be16<12>() == wire::EtherType::ipv4 &&
         ip.u8<9>() == wire::IpProtocol::tcp && ip.be64<12>() == link.good_v4 &&
         wire::is_plain(ip, frame.size() - wire::EthernetHeader::size);
}

// RFC 1122 3.2.1.3 (a): who has no address yet says 0.0.0.0, and that to all (DHCP), or speaks of
// groups (RFC 3376 4.2.13).
bool is_without_address(const Arrival& arrival) {
  if (arrival.ip.source != IpAddress::v4(0)) return false;
  return arrival.ip.protocol == wire::IpProtocol::igmp ||
         (arrival.ip.protocol == wire::IpProtocol::udp &&
          arrival.ip.destination == IpAddress::v4(0xffff'ffff));
}

// A segment has been read: of which connection it is.
void name_segment(const ConnectionTable& table, IpAddress source, IpAddress destination,
                  Arrival& arrival) {
  arrival.kind = Arrival::Kind::tcp;
  arrival.segment.ecn = arrival.ecn;
  arrival.tuple = {{destination, arrival.segment.destination_port},
                   {source, arrival.segment.source_port}};
  arrival.hash = table.hash(arrival.tuple);
  table.prefetch_entry(arrival.hash);
}

}  // namespace

// With all that it calls in one piece, for nearly every frame passes here and goes no other way.
[[gnu::flatten]] Drop Host::read_frame(Frame& frame, Arrival& arrival) {
  const Link& link = links_[arrival.link];
  if (!is_as_before(frame.bytes, link)) [[unlikely]]
    return read_any_frame(frame, arrival);
  arrival.is_group = false;
  arrival.is_checksum_trusted = is_trusted(frame, arrival.link);
  arrival.ecn = static_cast<Ecn>(frame.bytes.front()[wire::EthernetHeader::size + 1] & 3);
  frame.bytes.drop_front(plain_headers_bytes);
  const auto pseudo = wire::PseudoHeader::between_v4(link.good_source, link.good_destination);
  const Drop drop =
      wire::read_tcp(std::move(frame.bytes), pseudo, arrival.is_checksum_trusted, arrival.segment);
  if (drop == Drop::none) [[likely]]
    name_segment(table_, link.good_source, link.good_destination, arrival);
  return drop;
}

Drop Host::read_any_frame(Frame& frame, Arrival& arrival) {
  arrival.kind = Arrival::Kind::nothing;
  const LinkKind kind = links_[arrival.link].kind;
  if (!has_ethernet(kind)) [[unlikely]]
    return read_bare_packet(frame, arrival);
  if (frame.bytes.is_empty()) return Drop::ethernet_truncated;
  wire::EthernetHeader ethernet;
  const Drop drop = wire::read(frame.bytes.front(), ethernet);
  if (drop != Drop::none) return drop;
  // RFC 1122 2.4 (a).
  arrival.is_group = ethernet.destination.is_group();
  if (!arrival.is_group && ethernet.destination != links_[arrival.link].mac)
    return Drop::ethernet_not_for_us;
  arrival.is_checksum_trusted = is_trusted(frame, arrival.link);

  frame.bytes.drop_front(wire::EthernetHeader::size);
  if (kind == LinkKind::vlan) [[unlikely]] {
    const Drop tag_drop = take_tag(arrival.link, frame.bytes, ethernet.type);
    if (tag_drop != Drop::none) return tag_drop;
  }
  // RFC 1122 2.3.3 (a).
  if (ethernet.type == wire::EtherType::ipv4) return read_ipv4(frame.bytes, arrival);
  if (ethernet.type == wire::EtherType::ipv6) return read_ipv6(frame.bytes, arrival);
  const bool is_reverse = ethernet.type == wire::EtherType::rarp;
  if (ethernet.type != wire::EtherType::arp && !is_reverse) return Drop::ethernet_unknown_type;
  const Bytes packet = frame.bytes.is_empty() ? Bytes{} : frame.bytes.front();
  arrival.kind = Arrival::Kind::arp;
  return is_reverse ? wire::read_reverse(packet, arrival.arp) : wire::read(packet, arrival.arp);
}

Drop Host::read_ipv4(BufferChain& packet, Arrival& arrival) {
  // The header lies in the first slice, the rest of the packet may lie behind.
  const Drop drop = wire::read(packet.front(), packet.size(), arrival.ip);
  if (drop != Drop::none && drop != Drop::ip_bad_option) return drop;
  packet.drop_back(packet.size() - arrival.ip.total_length);  // padding
  arrival.was_fragmented = false;
  const Drop address_drop = check_addresses(arrival);
  const bool is_others = arrival.is_transit || address_drop == Drop::ip_not_for_us;
  if (is_others && drop == Drop::none && is_for_newcomer(packet, arrival)) {
    arrival.is_transit = false;
    return read_upper(packet, arrival);
  }
  if (address_drop != Drop::none) return address_drop;
  if (drop != Drop::none) [[unlikely]] {
    arrival.kind = Arrival::Kind::faulty;
    arrival.fault = drop;
    arrival.packet = std::move(packet);
    return Drop::none;
  }
  // RFC 1122 3.2.1.7 (b): only what goes on is asked how long it may live.
  if (arrival.is_transit || arrival.ip.is_fragment()) {
    arrival.kind = arrival.is_transit ? Arrival::Kind::transit : Arrival::Kind::fragment;
    arrival.packet = std::move(packet);
    return Drop::none;
  }
  return read_upper(packet, arrival);
}

Drop Host::read_upper(BufferChain& packet, Arrival& arrival) {
  switch (arrival.ip.protocol) {
    case wire::IpProtocol::tcp:
      arrival.ecn = static_cast<Ecn>(arrival.ip.dscp_ecn & 3);
      packet.drop_front(arrival.ip.header_bytes);
      return read_segment(packet, arrival.ip.source, arrival.ip.destination, arrival);
    case wire::IpProtocol::udp: arrival.kind = Arrival::Kind::udp; break;
    case wire::IpProtocol::icmp: arrival.kind = Arrival::Kind::icmp; break;
    case wire::IpProtocol::igmp: arrival.kind = Arrival::Kind::igmp; break;
    default: arrival.kind = Arrival::Kind::other;
  }
  arrival.packet = std::move(packet);
  return Drop::none;
}

// A packet that was put together again, or translated, and is for us.
Drop Host::take_packet(BufferChain packet, Arrival& arrival, tcp::Context& context) {
  Drop drop = wire::read(packet.front(), packet.size(), arrival.ip);
  if (drop == Drop::none) drop = read_upper(packet, arrival);
  return drop == Drop::none ? take(arrival, context) : drop;
}

// RFC 1122 3.2.2.5 (a), RFC 1812 4.3.3.5. Source routes are dropped in silence (RFC 7126 4.3).
Drop Host::take_faulty(const Arrival& arrival, Instant now) {
  if (is_outside(arrival.link)) return arrival.fault;
  const Bytes header = arrival.packet.front().first(arrival.ip.header_bytes);
  const std::uint32_t pointer = wire::place_of_bad_option(header);
  send_icmp_error(arrival, arrival.packet,
                  {.type = wire::IcmpType::parameter_problem, .rest = pointer << 24}, now);
  return arrival.fault;
}

// What gives way to it is counted, too.
Reassembly::Result Host::put_together(Fragment fragment, Instant now) {
  const std::uint64_t before = reassembly_.evicted();
  Reassembly::Result result = reassembly_.on_fragment(std::move(fragment), now);
  for (std::uint64_t i = before; i < reassembly_.evicted(); ++i) {
    counters_.drops.add(Drop::fragment_memory_full);
  }
  return result;
}

// RFC 1122 3.2.1.4.
Drop Host::take_fragment(Arrival& arrival, tcp::Context& context) {
  Reassembly::Result result =
      put_together(Fragment::of(arrival.ip, std::move(arrival.packet)), context.now);
  if (result.drop != Drop::none || result.packet.is_empty()) return result.drop;
  arrival.is_checksum_trusted = false;  // a device saw fragments only
  arrival.was_fragmented = true;
  return take_packet(std::move(result.packet), arrival, context);
}

Drop Host::check_addresses(Arrival& arrival) {
  const IpAddress source = arrival.ip.source;
  const IpAddress destination = arrival.ip.destination;
  arrival.is_transit = false;
  Link& link = links_[arrival.link];
  if (link.good_source == source && link.good_destination == destination) return Drop::none;
  if (link.kind == LinkKind::loopback) return Drop::none;  // from ourselves, who looked before
  // RFC 1122 3.2.1.3 (4).
  if (routes_.is_bad_source(source) && !is_without_address(arrival)) {
    return Drop::ip_bad_source;
  }
  // RFC 1122 3.2.1.3 (g): some of these never appear outside of a host.
  if (is_martian_destination(destination, settings_.martians)) return Drop::ip_not_for_us;
  if (is_to_be_translated(arrival)) {
    arrival.is_transit = true;
    return Drop::none;
  }
  // RFC 1122 3.3.4.2 (c), the strong model: an address is ours on its own link only. A router has
  // its addresses on all links (RFC 1812 4.2.3.1).
  if (routes_.is_ours_on(arrival.link, destination) ||
      (settings_.forwards && routes_.is_ours(destination))) {
    link.remember_good(source, destination);
    return Drop::none;
  }
  // RFC 1122 3.3.6 (a).
  if (routes_.is_broadcast(destination)) {
    arrival.is_group = true;
    return Drop::none;
  }
  if (wire::is_multicast(destination)) {
    arrival.is_group = true;
    return link.igmp.listens_to(destination) ? Drop::none : Drop::ip_group_not_joined;
  }
  const bool is_any_accepted = settings_.accepts_any_address &&
                               arrival.ip.protocol == wire::IpProtocol::tcp &&
                               !routes_.is_bad_destination(destination) && source != destination;
  if (is_any_accepted) return Drop::none;
  // RFC 1122 3.1 (a), 3.2.1.3 (3).
  arrival.is_transit = settings_.forwards;
  return arrival.is_transit ? Drop::none : Drop::ip_not_for_us;
}

// TCP, for both families.
Drop Host::read_segment(BufferChain& packet, IpAddress source, IpAddress destination,
                        Arrival& arrival) const {
  // RFC 9293 MUST-57, RFC 1122 3.3.6 (c): never with more than one host.
  if (arrival.is_group) return Drop::tcp_bad_address;
  const Drop drop = wire::read_tcp(std::move(packet), {source, destination},
                                   arrival.is_checksum_trusted, arrival.segment);
  if (drop == Drop::none) name_segment(table_, source, destination, arrival);
  return drop;
}

// RFC 2131 4.1: a server may send to the address that it offers before anybody has it.
bool Host::is_for_newcomer(const BufferChain& packet, const Arrival& arrival) const {
  if (arrival.ip.protocol != wire::IpProtocol::udp || arrival.is_group ||
      arrival.ip.is_fragment() || routes_.is_bad_destination(arrival.ip.destination)) {
    return false;
  }
  for (const LocalAddress& ours : routes_.addresses()) {
    if (ours.link == arrival.link && ours.prefix.address.is_v4()) return false;
  }
  const Bytes ports = packet.front().subspan(arrival.ip.header_bytes);
  if (ports.size() < 4) return false;
  const auto port = static_cast<std::uint16_t>(ports[2] << 8 | ports[3]);
  const std::uint32_t index = udp_.find_if(port, [&](const UdpSocket& socket) {
    return socket.options.hears_offers && socket.options.link == arrival.link;
  });
  return index != BoundSockets<UdpSocket>::none;
}

}  // namespace acksu
