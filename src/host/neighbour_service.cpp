// ARP on the wire (RFC 826), and what becomes of packets that waited for it.
#include "host/host.h"
#include "wire/arp.h"
#include "wire/ethernet.h"

namespace acksu {

Drop Host::take_arp(const Arrival& arrival, Instant now) {
  using Operation = wire::ArpPacket::Operation;
  const wire::ArpPacket& arp = arrival.arp;
  if (arp.is_reverse()) return take_rarp(arrival);
  const LinkSettings& link = settings_.links[arrival.link];
  Neighbours& neighbours = links_[arrival.link].neighbours;
  if (arp.sender_mac.is_group()) return Drop::arp_malformed;
  note_contest(arrival.link, arp);
  // RFC 5227: somebody else uses our address, or it is our own frame that came back.
  if (arp.sender_mac == link.mac) return Drop::arp_conflict;
  if (routes_.is_ours(arp.sender_ip)) {
    if (routes_.is_ours_on(arrival.link, arp.sender_ip)) {
      defend_address(arrival.link, arp.sender_ip, now);
    }
    return Drop::arp_conflict;
  }
  const bool is_probe = arp.sender_ip.is_any();  // RFC 5227: asks without having an address
  if (!is_probe && !routes_.is_on_link(arrival.link, arp.sender_ip)) return Drop::arp_unsolicited;

  Drop drop = Drop::none;
  if (arp.sender_ip == arp.target_ip) {
    drop = neighbours.on_announcement(arp.sender_ip, arp.sender_mac);
  } else if (arp.operation == Operation::reply) {
    drop = is_probe ? Drop::arp_malformed : neighbours.on_reply(arp.sender_ip, arp.sender_mac, now);
  } else if (routes_.is_ours_on(arrival.link, arp.target_ip)) {
    if (!is_probe) drop = neighbours.on_request_for_us(arp.sender_ip, arp.sender_mac, now);
    if (speaks_for_all()) {
      send_arp(arrival.link, arp.sender_mac,
               {.operation = Operation::reply,
                .sender_mac = link.mac,
                .sender_ip = arp.target_ip,
                .target_mac = arp.sender_mac,
                .target_ip = arp.sender_ip});
    }
  }
  serve_neighbours(arrival.link, now);
  return drop;
}

// RFC 5227 2.1.1: whoever speaks from the address, or probes for it as we do.
void Host::note_contest(LinkId link, const wire::ArpPacket& arp) {
  Link& probing = links_[link];
  if (probing.probed.is_any() || arp.sender_mac == probing.mac) return;
  const bool is_rival = arp.sender_ip.is_any() && arp.target_ip == probing.probed;
  if (arp.sender_ip == probing.probed || is_rival) probing.is_contested = true;
}

Error Host::probe_address(LinkId link, IpAddress address, Instant) {
  if (link >= wires() || !address.is_v4() || address.is_any()) return Error::invalid_argument;
  Link& probing = links_[link];
  if (probing.probed != address) probing.is_contested = false;
  probing.probed = address;
  send_arp(link, MacAddress::broadcast(),
           {.operation = wire::ArpPacket::Operation::request,
            .sender_mac = probing.mac,
            .sender_ip = IpAddress::v4(0),
            .target_mac = {},
            .target_ip = address});
  return Error::none;
}

// RFC 5227 2.4 (c): everybody hears whose it is, but not again and again: two who are both sure
// would never stop.
void Host::defend_address(LinkId link, IpAddress address, Instant now) {
  constexpr Duration defend_interval = 10s;
  Link& ours = links_[link];
  const bool is_recent = ours.defended && now < *ours.defended + defend_interval;
  if (is_recent || ours.probed == address || !speaks_for_all()) return;
  ours.defended = now;
  announce_address(link, address);
}

void Host::announce_address(LinkId link, IpAddress address) {
  if (links_[link].probed == address) {
    links_[link].probed = {};
    links_[link].is_contested = false;
  }
  send_arp(link, MacAddress::broadcast(),
           {.operation = wire::ArpPacket::Operation::request,
            .sender_mac = links_[link].mac,
            .sender_ip = address,
            .target_mac = {},
            .target_ip = address});
}

void Host::send_arp(LinkId link, const MacAddress& destination, const wire::ArpPacket& packet) {
  if (!has_ethernet(links_[link].kind)) return;  // nobody there to ask
  constexpr std::uint32_t header = wire::EthernetHeader::size;
  Slice bytes = pool_->allocate(header + wire::ArpPacket::size);
  const MutableBytes room = bytes.writable();
  const std::uint16_t type = packet.is_reverse() ? wire::EtherType::rarp : wire::EtherType::arp;
  wire::write(wire::EthernetHeader{destination, links_[link].mac, type}, room);
  wire::write(packet, room.subspan(header));
  enqueue(link, Frame{.bytes = BufferChain(std::move(bytes))});
}

void Host::serve_neighbours(LinkId link, Instant now) {
  Neighbours& neighbours = links_[link].neighbours;
  while (neighbours.has_work()) {
    for (const Neighbours::Request& request : neighbours.take_requests()) {
      if (!request.target.is_v4()) {
        solicit(link, request);
        continue;
      }
      const std::optional<Route> route = routes_.find(request.target);
      if (!route) continue;
      send_arp(link, request.mac.value_or(MacAddress::broadcast()),
               {.operation = wire::ArpPacket::Operation::request,
                .sender_mac = links_[link].mac,
                .sender_ip = route->source,
                .target_mac = {},
                .target_ip = request.target});
    }
    for (Neighbours::Parked& parked : neighbours.take_deliverable()) {
      deliver(link, std::move(parked));
    }
    for (const Neighbours::Parked& parked : neighbours.take_undeliverable()) {
      counters_.drops.add(Drop::neighbour_unresolved);
      on_undeliverable(parked, now);
    }
  }
}

// The headers are copied behind an Ethernet header: others may look at the parked ones.
void Host::deliver(LinkId link, Neighbours::Parked parked) {
  const BufferChain& packet = parked.packet.bytes;
  const Bytes headers = packet.front();
  Slice bytes = pool_->allocate(wire::EthernetHeader::size + packet[0].size());
  const MutableBytes room = bytes.writable();
  const bool is_v6 = headers[0] >> 4 == 6;
  wire::write(wire::EthernetHeader{parked.mac, links_[link].mac,
                                   is_v6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4},
              room);
  std::copy(headers.begin(), headers.end(), room.begin() + wire::EthernetHeader::size);

  Frame frame{.bytes = BufferChain(std::move(bytes)), .segment_bytes = parked.packet.segment_bytes};
  for (std::uint32_t i = 1; i < packet.count(); ++i) frame.bytes.append(packet[i]);
  enqueue(link, std::move(frame));
}

// RFC 1122 2.4: the link layer tells that nobody answers.
void Host::on_undeliverable(const Neighbours::Parked& parked, Instant now) {
  const BufferChain& packet = parked.packet.bytes;
  if (packet.front()[0] >> 4 == 6) {
    tell_undeliverable_v6(packet, now);
  } else {
    tell_undeliverable(packet, now);
  }
  const auto [index, generation] = parked.sender;
  ConnectionRecord* const record = table_.connections().find(index, generation);
  if (record == nullptr || record->is_detached) return;
  tcp::Context context = context_at(now);
  record->connection.on_unreachable(Error::host_unreachable, context);
  settle(index, *record, context);
}

}  // namespace acksu
