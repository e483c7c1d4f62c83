// Echo requests, and the messages that may answer them.
#include "api/echo_socket.h"

#include <algorithm>
#include <array>
#include <vector>

#include "wire/icmp.h"
#include "wire/icmpv6.h"

namespace acksu {
namespace {

constexpr std::uint32_t header_bytes = 8;     // of a message
constexpr std::size_t most_read_bytes = 160;  // of a message: what an error quotes of a request
constexpr std::uint8_t filler = 0xac;

using Kind = EchoAnswer::Kind;

// What an error says; nothing: not that a request did not arrive.
std::optional<Kind> kind_of(std::uint8_t type, std::uint8_t code) {
  if (type == wire::IcmpType::time_exceeded) return Kind::ttl_exceeded;
  if (type != wire::IcmpType::destination_unreachable) return std::nullopt;
  return code == wire::UnreachableCode::network ? Kind::network_unreachable
                                                : Kind::host_unreachable;
}

std::optional<Kind> kind_of_v6(std::uint8_t type, std::uint8_t code) {
  if (type == wire::Icmpv6Type::time_exceeded) return Kind::ttl_exceeded;
  if (type != wire::Icmpv6Type::destination_unreachable) return std::nullopt;
  return code == wire::Unreachable6Code::no_route ? Kind::network_unreachable
                                                  : Kind::host_unreachable;
}

}  // namespace

Error EchoSocket::open(Host& host, IpAddress target, Instant now) {
  using Type = wire::IcmpType;
  using Type6 = wire::Icmpv6Type;
  const bool is_v4 = target.is_v4();
  const RawName name =
      is_v4 ? RawName{.protocol = wire::IpProtocol::icmp}
            : RawName{.version = IpVersion::v6, .protocol = wire::NextHeader::icmpv6};
  const IcmpTypes types =
      is_v4
          ? IcmpTypes::only({Type::echo_reply, Type::destination_unreachable, Type::time_exceeded})
          : IcmpTypes::only(
                {Type6::echo_reply, Type6::destination_unreachable, Type6::time_exceeded});
  options_.icmp_types = types;
  const Result<Handle> socket = host.open_raw(name, options_, now);
  if (!socket) return socket.error();
  socket_ = *socket;
  target_ = target;
  return Error::none;
}

Error EchoSocket::send(Host& host, const EchoRequest& request, Instant now) {
  std::vector<std::uint8_t> message(header_bytes + request.payload_bytes, filler);
  message[0] = target_.is_v4() ? wire::IcmpType::echo_request : wire::Icmpv6Type::echo_request;
  message[1] = 0;
  store_be16(&message[2], 0);  // the host sets the checksum
  store_be16(&message[4], identifier_);
  store_be16(&message[6], request.sequence);
  options_.ttl = request.ttl;
  host.set_raw_options(socket_, options_);
  return host.send_raw(socket_, {target_}, message, now);
}

std::optional<EchoAnswer> EchoSocket::next(Host& host) {
  while (host.take_raw_error(socket_)) continue;  // the messages themselves say more
  std::array<std::uint8_t, most_read_bytes> room{};
  while (const Result<RawPacket> packet = host.receive_raw(socket_, room)) {
    const Bytes message = Bytes(room).first(std::min<std::size_t>(packet->length, room.size()));
    if (message.size() < header_bytes) continue;
    const std::optional<EchoAnswer> answer =
        target_.is_v4() ? answer_in(*packet, message) : answer_in_v6(*packet, message);
    if (answer) return answer;
  }
  return std::nullopt;
}

void EchoSocket::close(Host& host, Instant now) {
  if (socket_) host.close(socket_, now);
  socket_ = {};
}

std::optional<std::uint16_t> EchoSocket::sequence_of(Bytes request, std::uint8_t type) const {
  const bool is_ours =
      request.size() >= header_bytes && request[0] == type && load_be16(&request[4]) == identifier_;
  if (!is_ours) return std::nullopt;
  return load_be16(&request[6]);
}

std::optional<EchoAnswer> EchoSocket::answer_in(const RawPacket& packet, Bytes message) const {
  EchoAnswer answer{.from = packet.from, .bytes = packet.length, .ttl = packet.ttl};
  std::optional<std::uint16_t> sequence;
  if (message[0] == wire::IcmpType::echo_reply) {
    if (packet.from == target_) sequence = sequence_of(message, wire::IcmpType::echo_reply);
  } else {
    const Bytes quote = message.subspan(header_bytes);
    wire::QuotedPacket quoted;
    const std::optional<Kind> kind = kind_of(message[0], message[1]);
    if (!kind || wire::read(quote, quoted) != Drop::none) return std::nullopt;
    answer.kind = *kind;
    if (quoted.ip.destination != target_ || quoted.ip.protocol != wire::IpProtocol::icmp) {
      return std::nullopt;
    }
    sequence = sequence_of(quote.subspan(quoted.ip.header_bytes), wire::IcmpType::echo_request);
  }
  if (!sequence) return std::nullopt;
  answer.sequence = *sequence;
  return answer;
}

std::optional<EchoAnswer> EchoSocket::answer_in_v6(const RawPacket& packet, Bytes message) const {
  EchoAnswer answer{.from = packet.from, .bytes = packet.length, .ttl = packet.ttl};
  std::optional<std::uint16_t> sequence;
  if (message[0] == wire::Icmpv6Type::echo_reply) {
    if (packet.from == target_) sequence = sequence_of(message, wire::Icmpv6Type::echo_reply);
  } else {
    const Bytes quote = message.subspan(header_bytes);
    wire::Ipv6Header ip;
    wire::ExtensionHeaders extensions;
    const std::optional<Kind> kind = kind_of_v6(message[0], message[1]);
    if (!kind || wire::read_quoted(quote, ip) != Drop::none || ip.destination != target_ ||
        wire::read(quote, ip, extensions) != Drop::none ||
        extensions.protocol != wire::NextHeader::icmpv6 || extensions.upper_offset > quote.size()) {
      return std::nullopt;
    }
    answer.kind = *kind;
    sequence = sequence_of(quote.subspan(extensions.upper_offset), wire::Icmpv6Type::echo_request);
  }
  if (!sequence) return std::nullopt;
  answer.sequence = *sequence;
  return answer;
}

}  // namespace acksu
