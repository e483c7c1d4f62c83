// IGMP and MLD on the wire (RFC 3376, RFC 3810), and the groups that sockets join (RFC 1122 3.3.7).
#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/igmp.h"
#include "wire/mld.h"

namespace acksu {

Membership& Host::membership(LinkId link, IpAddress group) {
  return group.is_v4() ? links_[link].igmp : links_[link].mld;
}

// ---- IN -----------------------------------------------------------------------------------------

// RFC 3376 9.1: whoever is not on the link must not make its hosts speak.
Drop Host::take_igmp(const Arrival& arrival, Instant now) {
  offer_raw(RawOffer::of(arrival, arrival.packet));
  const wire::Ipv4Header& ip = arrival.ip;
  const std::vector<std::uint8_t> packet = arrival.packet.flatten();
  const Bytes bytes(packet);
  const wire::MembershipCarrier carrier{
      .source = ip.source,
      .hop_limit = ip.ttl,
      .has_router_alert = wire::has_router_alert(bytes.first(ip.header_bytes))};
  wire::MembershipMessage message;
  const Drop drop = wire::read_igmp(bytes.subspan(ip.header_bytes), carrier, message);
  if (drop != Drop::none) return drop;
  // A switch that asks has no address (RFC 4541 2.1.1).
  const bool is_near = ip.source == IpAddress::v4(0) || routes_.is_on_link(arrival.link, ip.source);
  if (!is_near) return Drop::membership_bad_source;
  if (message.kind == wire::MembershipMessage::Kind::query) {
    if (message.version > 1 && !carrier.has_router_alert) return Drop::membership_no_router_alert;
    const bool is_to_all = ip.destination == wire::all_systems_v4 || !arrival.is_group;
    if (message.group.is_any() && !is_to_all) return Drop::membership_bad_group;
  }
  links_[arrival.link].igmp.on_message(message, now);
  serve_memberships(arrival.link, now);
  return Drop::none;
}

Drop Host::take_mld(const Arrival& arrival, const wire::Icmpv6Message& message, Instant now) {
  const wire::MembershipCarrier carrier{
      .source = arrival.ip_v6.source,
      .hop_limit = arrival.ip_v6.hop_limit,
      .has_router_alert = arrival.extensions.router_alert == 0};  // RFC 2711 2.1: 0 is of MLD
  wire::MembershipMessage said;
  const Drop drop = wire::read_mld(message, carrier, said);
  if (drop != Drop::none) return drop;
  links_[arrival.link].mld.on_message(said, now);
  serve_memberships(arrival.link, now);
  return Drop::none;
}

// ---- OUT ----------------------------------------------------------------------------------------

void Host::serve_memberships(LinkId link, Instant now) {
  std::optional<std::vector<IpAddress>> groups;
  if (ipv6_.is_on(link)) groups = ipv6_.take_groups(link);
  if (links_[link].kind == LinkKind::loopback) return;  // nobody else is there
  if (groups) links_[link].mld.need(std::move(*groups), now);
  for (Membership* const each : {&links_[link].igmp, &links_[link].mld}) {
    each->on_time(now);
    for (const Membership::Outgoing& said : each->take_messages()) say_membership(link, said);
  }
}

void Host::say_membership(LinkId link, const Membership::Outgoing& said) {
  constexpr std::uint32_t ethernet = wire::EthernetHeader::size;
  const bool is_v4 = said.to.is_v4();
  const std::uint32_t length =
      is_v4 ? wire::igmp_bytes(said.message) : wire::mld_bytes(said.message);
  const std::uint32_t before = is_v4 ? wire::ipv4_with_router_alert_size
                                     : wire::Ipv6Header::size + wire::router_alert_header_size;
  Slice packet = pool_->allocate(ethernet + before + length);
  const MutableBytes room = packet.writable();
  const MutableBytes text = room.subspan(ethernet + before);
  wire::write(
      wire::EthernetHeader{is_v4 ? wire::mac_of_group_v4(said.to) : wire::mac_of_group_v6(said.to),
                           links_[link].mac, is_v4 ? wire::EtherType::ipv4 : wire::EtherType::ipv6},
      room);
  if (is_v4) {
    // RFC 3376 4: TTL 1, internetwork control; from 0.0.0.0 while we have no address (4.2.13).
    wire::write_igmp(said.message, text);
    wire::write_with_router_alert({.dscp_ecn = 0xc0,
                                   .total_length = static_cast<std::uint16_t>(before + length),
                                   .dont_fragment = true,
                                   .ttl = 1,
                                   .protocol = wire::IpProtocol::igmp,
                                   .source = routes_.source_on(link, said.to),
                                   .destination = said.to},
                                  room.subspan(ethernet));
  } else {
    // RFC 3810 5: hop limit 1, from our link-local address, from :: before there is one (5.2.13).
    const IpAddress source = ipv6_.on(link).addresses.link_local().value_or(IpAddress{});
    wire::write_mld(said.message, {source, said.to}, text);
    wire::write_router_alert(wire::NextHeader::icmpv6,
                             room.subspan(ethernet + wire::Ipv6Header::size));
    wire::write(wire::Ipv6Header{.payload_length = static_cast<std::uint16_t>(
                                     wire::router_alert_header_size + length),
                                 .next_header = wire::NextHeader::hop_by_hop,
                                 .hop_limit = 1,
                                 .source = source,
                                 .destination = said.to},
                room.subspan(ethernet));
  }
  enqueue(link, Frame{.bytes = BufferChain(std::move(packet))});
}

// ---- CALL ---------------------------------------------------------------------------------------

namespace {

// What groups need to know of a socket of either kind.
struct Joining {
  std::vector<GroupName>* groups = nullptr;  // null: it is closed
  std::optional<LinkId> link;                // the only one that it uses
};

Joining joining(UdpSocket* udp, RawSocket* raw) {
  if (udp != nullptr) return {&udp->groups, udp->options.link};
  if (raw != nullptr) return {&raw->groups, raw->options.link};
  return {};
}

}  // namespace

Error Host::join_group(Handle handle, const GroupName& name, Instant now) {
  const Joining socket = joining(udp_socket(handle), raw_.find(handle));
  if (socket.groups == nullptr) return Error::bad_handle;
  const bool is_on_socket = !socket.link || *socket.link == name.link;
  if (!wire::is_multicast(name.group) || name.link >= links_.size() || !is_on_socket ||
      links_[name.link].kind == LinkKind::loopback ||
      (!name.group.is_v4() && !ipv6_.is_on(name.link))) {
    return Error::invalid_argument;
  }
  if (std::ranges::find(*socket.groups, name) != socket.groups->end()) return Error::address_in_use;
  if (socket.groups->size() >= settings_.membership.max_groups_per_socket ||
      !membership(name.link, name.group).join(name.group, now)) {
    return Error::out_of_memory;
  }
  socket.groups->push_back(name);
  serve_memberships(name.link, now);
  return Error::none;
}

Error Host::leave_group(Handle handle, const GroupName& name, Instant now) {
  const Joining socket = joining(udp_socket(handle), raw_.find(handle));
  if (socket.groups == nullptr) return Error::bad_handle;
  if (std::erase(*socket.groups, name) == 0) return Error::address_not_available;
  membership(name.link, name.group).leave(name.group, now);
  serve_memberships(name.link, now);
  return Error::none;
}

}  // namespace acksu
