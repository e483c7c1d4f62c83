// ICMP (RFC 792, RFC 1122 3.2.2): echo both ways, port unreachable for UDP, what errors mean for
// connections (RFC 5461, and RFC 5927 against forged ones), path MTUs (RFC 1191).
//
// Left out on purpose: source quench is never followed (RFC 6633).
#include "wire/icmp.h"

#include "host/host.h"
#include "host/unreachable.h"
#include "wire/ethernet.h"

namespace acksu {
namespace {

constexpr std::uint32_t largest_ipv4_packet = 0xffff;

// What a code of "destination unreachable" tells the transport; none: nothing.
Error error_for(std::uint8_t code) {
  using Code = wire::UnreachableCode;
  switch (coarse_unreachable(code)) {
    case Code::network: return Error::network_unreachable;
    case Code::host: return Error::host_unreachable;
    case Code::protocol: return Error::protocol_unreachable;
    case Code::port: return Error::connection_refused;
    default: return Error::none;
  }
}

Error soft_error_for(std::uint8_t type) {
  return type == wire::IcmpType::time_exceeded ? Error::ttl_exceeded : Error::parameter_problem;
}

}  // namespace

// ---- IN -----------------------------------------------------------------------------------------

Drop Host::take_icmp(Arrival& arrival, Instant now) {
  const BufferChain whole = arrival.packet;
  arrival.packet.drop_front(arrival.ip.header_bytes);
  wire::IcmpMessage message;
  const Drop drop =
      wire::read_icmp(std::move(arrival.packet), arrival.is_checksum_trusted, message);
  if (drop != Drop::none) return drop;
  RawOffer offer = RawOffer::of(arrival, whole);
  offer.icmp_type = message.type;
  const bool is_heard = offer_raw(offer);
  const Drop verdict = take_icmp_message(arrival, message, now);
  const bool is_for_others = verdict == Drop::icmp_unknown_type || verdict == Drop::icmp_unmatched;
  return is_heard && is_for_others ? Drop::none : verdict;
}

Drop Host::take_icmp_message(const Arrival& arrival, wire::IcmpMessage& message, Instant now) {
  switch (message.type) {
    case wire::IcmpType::echo_request: return take_echo_request(arrival, message, now);
    case wire::IcmpType::echo_reply: {
      const EchoReply reply{.from = arrival.ip.source,
                            .identifier = message.id,
                            .sequence = message.sequence,
                            .payload_bytes = message.payload.size(),
                            .ttl = arrival.ip.ttl,
                            .received = now};
      // RFC 1122 3.2.2.6 (f).
      return echoes_.on_reply(reply) ? Drop::none : Drop::icmp_unmatched;
    }
    case wire::IcmpType::destination_unreachable:
    case wire::IcmpType::parameter_problem:
    case wire::IcmpType::time_exceeded: return take_error(arrival, message, now);
    case wire::IcmpType::redirect: return take_redirect(arrival, message, now);
    // RFC 1122 3.2.2 (a), 3.2.2.7, RFC 9293 MUST-55, RFC 5927 6.2: source quench among them.
    default: return Drop::icmp_unknown_type;
  }
}

// RFC 1122 3.2.2.6 (a), (d), (e): the same data, from the address that was asked.
Drop Host::take_echo_request(const Arrival& arrival, wire::IcmpMessage& message, Instant now) {
  // RFC 1122 3.2.2.6 (c) lets us be silent to broadcasts: else one frame makes a storm (smurf).
  if (arrival.is_group) return Drop::icmp_rate_limited;
  message.type = wire::IcmpType::echo_reply;
  message.code = 0;
  const wire::Ipv4Header header{.protocol = wire::IpProtocol::icmp,
                                .source = arrival.ip.destination,
                                .destination = arrival.ip.source};
  send_icmp(header, message, now);
  return Drop::none;
}

Drop Host::take_error(const Arrival& arrival, const wire::IcmpMessage& message, Instant now) {
  const std::vector<std::uint8_t> quote = message.payload.flatten();
  wire::QuotedPacket quoted;
  const Drop drop = wire::read(quote, quoted);
  if (drop != Drop::none) return drop;
  const Quoted packet{.protocol = quoted.ip.protocol,
                      .packet_bytes = quoted.ip.total_length,
                      .source = {quoted.ip.source, quoted.source_port},
                      .destination = {quoted.ip.destination, quoted.destination_port},
                      .tcp_seq = quoted.tcp_seq};
  const bool is_unreachable = message.type == wire::IcmpType::destination_unreachable;
  if (is_unreachable && message.code == wire::UnreachableCode::fragmentation_needed) {
    const DatagramError told{.error = Error::message_too_long,
                             .remote = packet.destination,
                             .reporter = arrival.ip.source,
                             .mtu_bytes = message.sequence};  // RFC 1191 section 4
    return take_too_big(packet, told, now);
  }
  // RFC 1122 3.2.2 (c), 3.2.2.1 (b), 3.2.2.4, 3.2.2.5 (b): to whose packet it was.
  if (quoted.ip.protocol != wire::IpProtocol::tcp) {
    return take_datagram_error(message, packet, arrival.ip.source);
  }
  // RFC 9293 MUST-54.
  const std::uint32_t index = connection_quoted(packet);
  if (index == Handle::no_index && is_unreachable) return end_half_open_quoted(packet, now);
  if (index == Handle::no_index) return Drop::icmp_unmatched;
  const Error error = is_unreachable ? error_for(message.code) : soft_error_for(message.type);
  if (error == Error::none) return Drop::icmp_unknown_type;
  tcp::Context context = context_at(now);
  ConnectionRecord& record = table_.connections()[index];
  if (is_unreachable) {
    record.connection.on_unreachable(error, context);
  } else {
    record.connection.on_soft_error(error);  // RFC 9293 MUST-56: it may pass
  }
  settle(index, record, context);
  return Drop::none;
}

// ---- OUT ----------------------------------------------------------------------------------------

Error Host::send_icmp(const wire::Ipv4Header& header, const wire::IcmpMessage& message,
                      Instant now) {
  const std::optional<Route> route = route_to(header.destination);
  if (!route) return Error::network_unreachable;
  constexpr std::uint32_t before = wire::EthernetHeader::size + wire::Ipv4Header::size;
  const std::uint32_t length =
      wire::Ipv4Header::size + wire::IcmpMessage::header_size + message.payload.size();
  if (length > largest_ipv4_packet) return Error::message_too_long;
  wire::Ipv4Header ip = header;
  ip.total_length = static_cast<std::uint16_t>(length);
  // RFC 1122 3.2.2.6 (e): all the data comes back, in fragments where the link takes less.
  ip.dont_fragment = length <= settings_.links[route->link].mtu;
  if (!ip.dont_fragment) {
    ip.identification = identifications_.next_v4(ip.source, ip.destination, ip.protocol);
  }
  ip.ttl = settings_.ttl;
  Slice headers = start_packet(ip, wire::IcmpMessage::header_size);
  wire::write_icmp(message, headers.writable().subspan(before));
  BufferChain frame(std::move(headers));
  frame.append(message.payload);
  return send_packet({.route = *route, .mac = {}}, std::move(frame), now);
}

// ---- CALL ---------------------------------------------------------------------------------------

Error Host::ping(IpAddress remote, EchoName name, Bytes payload, Instant now) {
  if (!remote.is_v4()) return ping_v6(remote, name, payload, now);
  // RFC 1122 3.2.2.6 (b).
  if (routes_.is_bad_destination(remote)) return Error::invalid_argument;
  const std::optional<Route> route = routes_.find(remote);
  if (!route) return Error::network_unreachable;
  wire::IcmpMessage message;
  message.type = wire::IcmpType::echo_request;
  message.id = name.identifier;
  message.sequence = name.sequence;
  if (!payload.empty()) message.payload.append(pool_->copy_of(payload));
  const wire::Ipv4Header header{
      .protocol = wire::IpProtocol::icmp, .source = route->source, .destination = remote};
  const Error error = send_icmp(header, message, now);
  if (error == Error::none) echoes_.on_request(remote, name);
  return error;
}

std::optional<EchoReply> Host::next_echo_reply() { return echoes_.next_reply(); }

}  // namespace acksu
