// ICMPv6 errors that we send (RFC 4443 section 2.4): never about what could make two hosts answer
// each other for ever, and few to each destination.
#include "host/host.h"
#include "wire/address.h"
#include "wire/icmpv6.h"

namespace acksu {
namespace {

// As far as it can be seen without trust in anything behind the IPv6 header.
wire::Offence offence_of(const Arrival& arrival) {
  const wire::Ipv6Header& ip = arrival.ip_v6;
  wire::Offence offence{.source = ip.source,
                        .destination = ip.destination,
                        .protocol = ip.next_header,
                        .icmpv6_type = {},
                        .was_for_link_group = arrival.is_group};
  const Bytes front = arrival.packet.front();
  wire::ExtensionHeaders extensions;
  // Of a header chain that is broken nobody can tell whether it holds an error: then it is told.
  if (wire::read(front, ip, extensions) != Drop::none) return offence;
  offence.protocol = extensions.protocol;
  const bool is_later = extensions.fragment && extensions.fragment->offset_bytes != 0;
  if (!is_later && extensions.upper_offset < front.size()) {
    offence.icmpv6_type = front[extensions.upper_offset];
  } else if (arrival.packet.count() > 1 && extensions.upper_offset == front.size()) {
    offence.icmpv6_type = arrival.packet[1].bytes()[0];
  }
  return offence;
}

}  // namespace

void Host::send_icmpv6_error(const Arrival& arrival, Icmpv6Error error, Instant now) {
  const IpAddress offender = arrival.ip_v6.source;
  if (!wire::may_tell_error(error.type, error.is_for_groups_too, offence_of(arrival))) return;
  if (arrival.link != loopback() && routes_.is_bad_source(offender)) return;
  std::optional<Route> route = routes_.find(offender);
  if (wire::is_link_local_v6(offender)) {
    route = Route{arrival.link, offender, routes_.source_on(arrival.link, offender)};
  }
  if (!route) return;
  // RFC 4443 2.4 (f).
  if (!icmp_limit_.may_send(offender, now)) {
    counters_.drops.add(Drop::icmp_rate_limited);
    return;
  }
  // RFC 4443 2.2: from the address it was sent to if that is ours.
  const bool is_to_us = routes_.is_ours(arrival.ip_v6.destination);
  const IpAddress source = is_to_us ? arrival.ip_v6.destination : route->source;
  if (source.is_any()) return;
  wire::Icmpv6Message message;
  message.type = error.type;
  message.code = error.code;
  message.rest = error.rest;
  message.payload = arrival.packet;
  const std::uint32_t quoted = std::min(message.payload.size(), wire::longest_icmpv6_quote);
  message.payload.drop_back(message.payload.size() - quoted);
  send_icmpv6(*route, {.source = source, .destination = offender}, message, now);
}

// RFC 4861 7.2.2, RFC 4443 3.1: a router tells whose packet it was. What is our own is told to the
// sockets; of TCP whoever sends it looks for himself.
void Host::tell_undeliverable_v6(const BufferChain& packet, Instant now) {
  Arrival arrival;
  arrival.packet = packet;
  const Drop drop = wire::read(packet.front(), packet.size(), arrival.ip_v6);
  if (drop != Drop::none) return;
  forget_redirect(arrival.ip_v6.destination);  // RFC 4861 7.3.3
  if (routes_.is_ours(arrival.ip_v6.source)) {
    wire::QuotedPacket6 quoted;
    if (wire::read(packet.flatten(), quoted) != Drop::none) return;
    return tell_own_undeliverable(
        {.protocol = quoted.protocol,
         .source = {quoted.ip.source, quoted.source_port},
         .destination = {quoted.ip.destination, quoted.destination_port}});
  }
  const std::optional<Route> route = routes_.find(arrival.ip_v6.source);
  if (!route) return;
  arrival.link = route->link;
  send_icmpv6_error(arrival, {.code = wire::Unreachable6Code::address}, now);
}

// RFC 8200 4.5: only if the first fragment was there.
void Host::tell_expired_v6(const ExpiredDatagram& expired, Instant now) {
  Arrival arrival;
  arrival.packet = expired.first_fragment;
  const Drop drop = wire::read(arrival.packet.front(), arrival.packet.size(), arrival.ip_v6);
  const std::optional<Route> route = routes_.find(expired.source);
  if (drop != Drop::none || !route) return;
  arrival.link = route->link;
  send_icmpv6_error(
      arrival,
      {.type = wire::Icmpv6Type::time_exceeded, .code = wire::TimeExceeded6Code::reassembly}, now);
}

}  // namespace acksu
