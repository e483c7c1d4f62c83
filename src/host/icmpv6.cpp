// ICMPv6 (RFC 4443): echo both ways, what errors mean for connections and sockets (RFC 5461, and
// RFC 5927 against forged ones), path MTUs (RFC 8201).
//
// Left out on purpose: node information.
#include "wire/icmpv6.h"

#include "host/host.h"
#include "wire/address.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace acksu {
namespace {

// What a code of "destination unreachable" tells the transport; none: nothing.
Error error_for_v6(std::uint8_t code) {
  using Code = wire::Unreachable6Code;
  switch (code) {
    case Code::no_route:
    case Code::beyond_scope: return Error::network_unreachable;
    case Code::address:
    case Code::administratively_prohibited:
    case Code::policy:
    case Code::rejected_route: return Error::host_unreachable;
    case Code::port: return Error::connection_refused;
    default: return Error::none;
  }
}

}  // namespace

// ---- IN -----------------------------------------------------------------------------------------

Drop Host::take_icmpv6(Arrival& arrival, Instant now) {
  BufferChain text = arrival.packet;
  text.drop_front(arrival.extensions.upper_offset);
  wire::Icmpv6Message message;
  const wire::PseudoHeader pseudo{arrival.ip_v6.source, arrival.ip_v6.destination};
  const Drop drop =
      wire::read_icmpv6(std::move(text), pseudo, arrival.is_checksum_trusted, message);
  if (drop != Drop::none) return drop;
  RawOffer offer = RawOffer::of_v6(arrival, arrival.packet);
  offer.icmp_type = message.type;
  const bool is_heard = offer_raw(offer);
  const Drop verdict = take_icmpv6_message(arrival, message, now);
  const bool is_for_others = verdict == Drop::icmp_unknown_type || verdict == Drop::icmp_unmatched;
  return is_heard && is_for_others ? Drop::none : verdict;
}

Drop Host::take_icmpv6_message(const Arrival& arrival, wire::Icmpv6Message& message, Instant now) {
  using Type = wire::Icmpv6Type;
  if (message.type == Type::echo_request || message.type == Type::echo_reply) {
    return take_echo_v6(arrival, message, now);
  }
  if (message.is_error()) return take_icmpv6_error(arrival, message, now);
  if (message.type == Type::mld_query || message.type == Type::mld_report ||
      message.type == Type::mld_done || message.type == Type::mld2_report) {
    return take_mld(arrival, message, now);
  }
  return take_ndp(arrival, message, now);
}

Drop Host::take_echo_v6(const Arrival& arrival, wire::Icmpv6Message& message, Instant now) {
  const wire::Ipv6Header& ip = arrival.ip_v6;
  if (message.type == wire::Icmpv6Type::echo_reply) {
    const EchoReply reply{.from = ip.source,
                          .identifier = message.id(),
                          .sequence = message.sequence(),
                          .payload_bytes = message.payload.size(),
                          .ttl = ip.hop_limit,
                          .received = now};
    return echoes_.on_reply(reply) ? Drop::none : Drop::icmp_unmatched;
  }
  // RFC 4443 4.2 lets us be silent to groups: else one packet makes a storm.
  if (arrival.is_group || ip.source.is_any()) return Drop::icmp_rate_limited;
  message.type = wire::Icmpv6Type::echo_reply;
  message.code = 0;
  std::optional<Route> route = routes_.find(ip.source);
  // A neighbour of this link is answered on this link.
  if (wire::is_link_local_v6(ip.source)) route = Route{arrival.link, ip.source, ip.destination};
  if (!route) return Drop::ip_no_route;
  send_icmpv6(*route, {.source = ip.destination, .destination = ip.source}, message, now);
  return Drop::none;
}

Drop Host::take_icmpv6_error(const Arrival& arrival, const wire::Icmpv6Message& message,
                             Instant now) {
  using Type = wire::Icmpv6Type;
  if (arrival.is_group) return Drop::icmp_unmatched;
  const std::vector<std::uint8_t> quote = message.payload.flatten();
  wire::QuotedPacket6 quoted;
  const Drop drop = wire::read(quote, quoted);
  if (drop != Drop::none) return drop;
  const bool names_sender = quoted.has_transport || raw_.want(IpVersion::v6, quoted.protocol);
  if (!names_sender || quoted.ip.source != arrival.ip_v6.destination) return Drop::icmp_unmatched;
  const Quoted packet{.protocol = quoted.protocol,
                      .packet_bytes = quoted.ip.total_length(),
                      .source = {quoted.ip.source, quoted.source_port},
                      .destination = {quoted.ip.destination, quoted.destination_port},
                      .tcp_seq = quoted.tcp_seq};
  DatagramError told;
  told.remote = packet.destination;
  told.reporter = arrival.ip_v6.source;
  switch (message.type) {
    case Type::packet_too_big:
      told.error = Error::message_too_long;
      told.mtu_bytes = message.rest;
      return take_too_big(packet, told, now);
    case Type::destination_unreachable: told.error = error_for_v6(message.code); break;
    case Type::time_exceeded: told.error = Error::ttl_exceeded; break;
    case Type::parameter_problem:
      // RFC 5461 2.2: of the codes only this one says that there is no such service.
      told.error = message.code == wire::ParameterProblem::unknown_next_header
                       ? Error::connection_refused
                       : Error::parameter_problem;
      break;
    default: break;
  }
  if (told.error == Error::none) return Drop::icmp_unknown_type;
  return take_unreachable_v6(packet, told, now);
}

Drop Host::take_unreachable_v6(const Quoted& quoted, DatagramError told, Instant now) {
  if (quoted.protocol == wire::IpProtocol::tcp) {
    const std::uint32_t index = connection_quoted(quoted);
    if (index == Handle::no_index) return Drop::icmp_unmatched;
    // RFC 9293 MUST-56: these may pass.
    const bool may_pass =
        told.error == Error::ttl_exceeded || told.error == Error::parameter_problem;
    tcp::Context context = context_at(now);
    ConnectionRecord& record = table_.connections()[index];
    if (may_pass) {
      record.connection.on_soft_error(told.error);
    } else {
      record.connection.on_unreachable(told.error, context);
    }
    settle(index, record, context);
    return Drop::none;
  }
  const bool is_udp = quoted.protocol == wire::IpProtocol::udp;
  if (told.error == Error::connection_refused) {
    told.error = is_udp ? Error::port_unreachable : Error::protocol_unreachable;
  }
  if (!is_udp) return tell_raw_error(quoted, told);
  return tell_udp_error(quoted.source, told);
}

// ---- OUT ----------------------------------------------------------------------------------------

// `header` says from where and to where, and its hop limit if it is not the usual one.
Error Host::send_icmpv6(const Route& route, const wire::Ipv6Header& header,
                        const wire::Icmpv6Message& message, Instant now) {
  constexpr std::uint32_t before = wire::EthernetHeader::size + wire::Ipv6Header::size;
  const std::uint32_t length = wire::Icmpv6Message::header_size + message.payload.size();
  if (length > 0xffff) return Error::message_too_long;
  wire::Ipv6Header ip = header;
  ip.payload_length = static_cast<std::uint16_t>(length);
  ip.next_header = wire::NextHeader::icmpv6;
  if (ip.hop_limit == 0) ip.hop_limit = ipv6_.hop_limit_of(route.link);
  Slice headers = start_packet_v6(ip, wire::Icmpv6Message::header_size);
  wire::write_icmpv6(message, {ip.source, ip.destination}, headers.writable().subspan(before));
  Frame frame{.bytes = BufferChain(std::move(headers))};
  frame.bytes.append(message.payload);
  return send_whole_or_cut(route, ip, std::move(frame), now);
}

// ---- CALL ---------------------------------------------------------------------------------------

Error Host::ping_v6(IpAddress remote, EchoName name, Bytes payload, Instant now) {
  if (routes_.is_bad_destination(remote)) return Error::invalid_argument;
  const std::optional<Route> route = route_to_v6(remote, {});
  if (!route) return Error::network_unreachable;
  wire::Icmpv6Message message;
  message.type = wire::Icmpv6Type::echo_request;
  message.rest = std::uint32_t{name.identifier} << 16 | name.sequence;
  if (!payload.empty()) message.payload.append(pool_->copy_of(payload));
  const Error error =
      send_icmpv6(*route, {.source = route->source, .destination = remote}, message, now);
  if (error == Error::none) echoes_.on_request(remote, name);
  return error;
}

}  // namespace acksu
