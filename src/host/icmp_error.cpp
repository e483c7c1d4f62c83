// ICMP errors that we send (RFC 792, RFC 1122 3.2.2, RFC 1812 4.3.2): never about what could make
// two hosts answer each other for ever, and few to each destination.
#include "host/host.h"
#include "wire/icmp.h"

namespace acksu {
namespace {

// RFC 1812 4.3.2.3: as much of the packet as fits without making an error longer than 576 bytes.
constexpr std::uint32_t longest_quote =
    576 - wire::Ipv4Header::size - wire::IcmpMessage::header_size;

// RFC 1122 3.2.2 (e), (f), (g): not about an error, a later fragment, or what was sent to many.
bool may_tell(const wire::Ipv4Header& ip, const BufferChain& packet, bool is_group) {
  if (is_group || ip.fragment_offset_bytes != 0) return false;
  if (ip.protocol != wire::IpProtocol::icmp) return true;
  if (packet.size() <= ip.header_bytes) return false;
  BufferChain text = packet;  // which lies behind the header, or apart where it came in fragments
  text.drop_front(ip.header_bytes);
  wire::IcmpMessage message;
  message.type = text.front()[0];
  return !message.is_error();
}

}  // namespace

void Host::send_icmp_error(const Arrival& arrival, const BufferChain& packet, IcmpError error,
                           Instant now) {
  const IpAddress offender = arrival.ip.source;
  if (!may_tell(arrival.ip, packet, arrival.is_group)) return;
  // RFC 1122 3.2.2 (h).
  if (arrival.link != loopback() && routes_.is_bad_source(offender)) return;
  if (!icmp_limit_.may_send(offender, now)) {
    counters_.drops.add(Drop::icmp_rate_limited);
    return;
  }
  wire::IcmpMessage message;
  message.type = error.type;
  message.code = error.code;
  message.id = static_cast<std::uint16_t>(error.rest >> 16);
  message.sequence = static_cast<std::uint16_t>(error.rest);
  // RFC 1122 3.2.2 (b).
  message.payload = packet;
  message.payload.drop_back(packet.size() - std::min(packet.size(), longest_quote));
  // RFC 1812 4.3.2.4, RFC 1122 3.3.4.2 (a): from the address it was sent to if that is ours, else
  // from the link it came by.
  const bool is_to_us = routes_.is_ours(arrival.ip.destination);
  const IpAddress source =
      is_to_us ? arrival.ip.destination : routes_.source_on(arrival.link, offender);
  // RFC 1122 3.2.2 (d): of type of service zero.
  send_icmp({.protocol = wire::IpProtocol::icmp, .source = source, .destination = offender},
            message, now);
}

// RFC 1812 4.3.3.1, 5.2.7.1: a router tells whose packet it was. What is our own is told to the
// sockets; of TCP whoever sends it looks for himself. Behind a translator only we know.
void Host::tell_undeliverable(const BufferChain& packet, Instant now) {
  Arrival arrival;
  if (wire::read(packet.front(), packet.size(), arrival.ip) != Drop::none) return;
  forget_redirect(arrival.ip.destination);  // RFC 1122 3.3.1.5
  if (routes_.is_ours(arrival.ip.source)) {
    wire::QuotedPacket quoted;
    if (wire::read(packet.flatten(), quoted) != Drop::none) return;
    return tell_own_undeliverable(
        {.protocol = quoted.ip.protocol,
         .source = {quoted.ip.source, quoted.source_port},
         .destination = {quoted.ip.destination, quoted.destination_port}});
  }
  const std::optional<Route> route = routes_.find(arrival.ip.source);
  if (!route) return;
  arrival.link = route->link;
  send_icmp_error(arrival, packet, {.code = wire::UnreachableCode::host}, now);
}

void Host::tell_own_undeliverable(const Quoted& quoted) {
  const DatagramError told{.error = Error::host_unreachable,
                           .remote = quoted.destination,
                           .reporter = quoted.source.address};
  if (quoted.protocol == wire::IpProtocol::udp) tell_udp_error(quoted.source, told);
  if (quoted.protocol != wire::IpProtocol::tcp) tell_raw_error(quoted, told);
}

// RFC 792 and RFC 1122 3.3.2 (b): only if the first fragment was there.
void Host::tell_expired_fragments(Instant now) {
  for (const ExpiredDatagram& expired : reassembly_.take_expired()) {
    counters_.drops.add(Drop::fragment_timeout);
    if (!expired.has_first_fragment()) continue;
    if (!expired.source.is_v4()) {
      tell_expired_v6(expired, now);
      continue;
    }
    Arrival arrival;
    if (wire::read(expired.first_fragment.front(), expired.first_fragment.size(), arrival.ip) !=
        Drop::none) {
      continue;  // nothing of it is there
    }
    const std::optional<Route> route = routes_.find(expired.source);
    if (!route) continue;
    arrival.link = route->link;
    send_icmp_error(
        arrival, expired.first_fragment,
        {.type = wire::IcmpType::time_exceeded, .code = wire::TimeExceededCode::reassembly}, now);
  }
}

}  // namespace acksu
