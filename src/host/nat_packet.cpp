// Reading and rewriting packets that are translated. Nothing here keeps state.
#include "host/nat_packet.h"

#include <algorithm>
#include <array>

#include "host/checksum_update.h"
#include "wire/icmp.h"

namespace acksu {
namespace {

using wire::IcmpType;
using wire::IpProtocol;

constexpr std::uint32_t icmp_header_bytes = wire::IcmpMessage::header_size;
constexpr std::uint32_t udp_header_bytes = 8;
constexpr std::uint32_t ports_bytes = 8;  // what every quote has of the transport header
// The longest beginning that is ever looked at: IP, ICMP, quoted IP, quoted TCP up to its checksum.
constexpr std::uint32_t longest_head = 60 + icmp_header_bytes + 60 + 20;

// The beginning of a packet in one piece: its own first slice where that is enough.
class Head {
 public:
  explicit Head(const BufferChain& packet) {
    if (packet.is_empty()) return;
    bytes_ = packet[0].bytes();
    const std::size_t wanted = std::min(packet.size(), longest_head);
    if (bytes_.size() >= wanted) return;
    std::size_t held = 0;
    for (std::uint32_t i = 0; i < packet.count() && held < wanted; ++i) {
      const Bytes from = packet[i].bytes();
      const std::size_t count = std::min(from.size(), wanted - held);
      std::copy_n(from.begin(), count, copy_.begin() + static_cast<std::ptrdiff_t>(held));
      held += count;
    }
    bytes_ = Bytes{copy_.data(), held};
  }
  Bytes bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, longest_head> copy_{};
  Bytes bytes_;
};

// What is asked and answered, and told apart by an identifier: echo, time stamps, information (RFC
// 792), address masks (RFC 950).
constexpr std::uint8_t timestamp = 13, information = 15, address_mask = 17;

bool is_query_type(std::uint8_t type) {
  return type == IcmpType::echo_request || type == timestamp || type == information ||
         type == address_mask;
}

bool is_reply_type(std::uint8_t type) {
  return type == IcmpType::echo_reply || type == timestamp + 1 || type == information + 1 ||
         type == address_mask + 1;
}

bool is_error_type(std::uint8_t type) {
  return type == IcmpType::destination_unreachable || type == IcmpType::source_quench ||
         type == IcmpType::time_exceeded || type == IcmpType::parameter_problem;
}

Sum sum_behind(BufferChain packet, std::uint32_t offset) {
  packet.drop_front(offset);
  return packet.sum();
}

}  // namespace

Drop NatPacket::open(BufferChain& packet) {
  const Head head(packet);
  const Bytes bytes = head.bytes();
  const Drop drop = wire::read(bytes, packet.size(), ip_);
  if (drop != Drop::none) return drop;
  packet.drop_back(packet.size() - ip_.total_length);
  // RFC 4787 REQ-14: fragments are reassembled, in any order, before they come here.
  if (ip_.is_fragment()) return Drop::nat_fragment;
  const std::size_t held = std::min<std::size_t>(bytes.size(), ip_.total_length);
  const Bytes transport = bytes.first(held).subspan(ip_.header_bytes);
  source_.address = ip_.source.as_v4();
  destination_.address = ip_.destination.as_v4();
  if (ip_.protocol == IpProtocol::tcp) {
    const Drop tcp_drop = read(transport, ip_.payload_bytes(), segment_);
    kind_ = Kind::tcp;
    source_.port = segment_.source_port;
    destination_.port = segment_.destination_port;
    if (tcp_drop != Drop::none) return tcp_drop;
  } else if (ip_.protocol == IpProtocol::udp) {
    if (transport.size() < udp_header_bytes) return Drop::nat_truncated;
    kind_ = Kind::udp;
    source_.port = load_be16(transport.data());
    destination_.port = load_be16(transport.data() + 2);
  } else if (ip_.protocol == IpProtocol::icmp) {
    const Drop icmp_drop = open_icmp(packet, transport);
    if (icmp_drop != Drop::none) return icmp_drop;
  } else {
    return Drop::nat_protocol;
  }
  new_source_ = source_;
  new_destination_ = destination_;
  return Drop::none;
}

Drop NatPacket::open_icmp(const BufferChain& packet, Bytes transport) {
  if (transport.size() < icmp_header_bytes) return Drop::nat_truncated;
  const std::uint8_t type = transport[0];
  icmp_type_ = type;
  const std::uint16_t id = load_be16(transport.data() + 4);
  if (is_query_type(type)) {
    kind_ = Kind::query;
    source_.port = id;
  } else if (is_reply_type(type)) {
    kind_ = Kind::reply;
    destination_.port = id;
  } else if (is_error_type(type)) {
    kind_ = Kind::error;
    return open_quote(packet);
  } else {
    // RFC 5508 REQ-11 leaves others to us; a redirect is about one link and never goes further.
    return Drop::nat_protocol;
  }
  return Drop::none;
}

Drop NatPacket::open_quote(const BufferChain& packet) {
  // RFC 5508 REQ-3: an error whose checksum fails is dropped in silence.
  if (sum_behind(packet, ip_.header_bytes).folded() != 0xffff) return Drop::icmp_bad_checksum;
  const Head head(packet);
  quote_.ip = ip_.header_bytes + icmp_header_bytes;
  const Bytes quote = head.bytes().subspan(std::min<std::size_t>(quote_.ip, head.bytes().size()));
  wire::Ipv4Header inner;
  const Drop drop = wire::read_quoted(quote, inner);
  if (drop != Drop::none) return drop;
  // RFC 5508 REQ-3 (a), (b): the quoted header's checksum too, and past its options.
  if (sum_of(quote.first(inner.header_bytes)).folded() != 0xffff) return Drop::icmp_bad_checksum;
  const Bytes transport = quote.subspan(inner.header_bytes);
  if (transport.size() < ports_bytes || inner.fragment_offset_bytes != 0) {
    return Drop::icmp_malformed;
  }
  quote_.transport = quote_.ip + inner.header_bytes;
  quote_.protocol = inner.protocol;
  quoted_.protocol = inner.protocol;
  quoted_.near.address = inner.source.as_v4();
  quoted_.far.address = inner.destination.as_v4();
  if (inner.protocol == IpProtocol::icmp) {
    // RFC 1122 3.2.2: nobody sends errors about errors.
    if (!is_query_type(transport[0]) && !is_reply_type(transport[0])) return Drop::icmp_malformed;
    quote_.is_answer = is_reply_type(transport[0]);
    (quote_.is_answer ? quoted_.far : quoted_.near).port = load_be16(transport.data() + 4);
  } else if (inner.protocol == IpProtocol::tcp || inner.protocol == IpProtocol::udp) {
    quoted_.near.port = load_be16(transport.data());
    quoted_.far.port = load_be16(transport.data() + 2);
  } else {
    return Drop::nat_protocol;
  }
  new_quoted_ = quoted_;
  return Drop::none;
}

// How much of the packet may be changed.
std::uint32_t NatPacket::header_bytes(const BufferChain& packet) const {
  const std::uint32_t ip = ip_.header_bytes;
  switch (kind_) {
    case Kind::tcp: return ip + segment_.header_bytes;
    case Kind::udp: return ip + udp_header_bytes;
    case Kind::query:
    case Kind::reply: return ip + icmp_header_bytes;
    case Kind::error: return std::min(packet.size(), quote_.transport + 20);
  }
  return ip;
}

// Puts the ends of a flow, seen from the packet's source, into one IP packet's headers.
void NatPacket::replace(MutableBytes head, const Place& place, const V4Flow& flow) {
  std::uint8_t* const ip = head.data() + place.ip;
  std::uint8_t* const transport = head.data() + place.transport;
  const std::size_t held = head.size() - place.transport;
  ChecksumUpdate addresses;
  addresses.replace32(load_be32(ip + 12), flow.near.address);
  addresses.replace32(load_be32(ip + 16), flow.far.address);
  store_be32(ip + 12, flow.near.address);
  store_be32(ip + 16, flow.far.address);
  store_be16(ip + 10, addresses.applied_to(load_be16(ip + 10)));

  if (place.protocol == IpProtocol::icmp) {
    const std::uint16_t id = place.is_answer ? flow.far.port : flow.near.port;
    ChecksumUpdate update;
    update.replace16(load_be16(transport + 4), id);
    store_be16(transport + 4, id);
    store_be16(transport + 2, update.applied_to(load_be16(transport + 2)));
    return;
  }
  ChecksumUpdate update = addresses;  // they are part of the pseudo header
  update.replace16(load_be16(transport), flow.near.port);
  update.replace16(load_be16(transport + 2), flow.far.port);
  store_be16(transport, flow.near.port);
  store_be16(transport + 2, flow.far.port);
  const bool is_udp = place.protocol == IpProtocol::udp;
  const std::uint32_t at = is_udp ? 6 : 16;
  if (held < at + 2) return;  // a quote that ends before
  const std::uint16_t before = load_be16(transport + at);
  // RFC 768: a checksum of zero says that there is none, and one that comes out as zero is sent as
  // all ones.
  if (is_udp && before == 0) return;
  const std::uint16_t after = update.applied_to(before);
  store_be16(transport + at, is_udp && after == 0 ? std::uint16_t{0xffff} : after);
}

void NatPacket::write(BufferChain& packet) const {
  const std::uint32_t count = header_bytes(packet);
  Slice slice = packet[0].pool()->allocate(count);
  const MutableBytes head = slice.writable();
  BufferChain beginning = packet;
  beginning.drop_back(packet.size() - count);
  beginning.copy_to(head);

  const std::uint32_t transport = ip_.header_bytes;
  if (kind_ != Kind::error) {
    const Place place{0, transport, ip_.protocol, kind_ == Kind::reply};
    replace(head, place, {ip_.protocol, new_source_, new_destination_});
  } else {
    const Bytes quote = head.subspan(quote_.ip);
    ChecksumUpdate icmp;
    const Sum before = sum_of(quote);
    replace(head, quote_, new_quoted_);
    icmp.replace(before, sum_of(quote));
    std::uint8_t* const checksum = head.data() + transport + 2;
    store_be16(checksum, icmp.applied_to(load_be16(checksum)));
    ChecksumUpdate addresses;
    addresses.replace32(source_.address, new_source_.address);
    addresses.replace32(destination_.address, new_destination_.address);
    store_be32(head.data() + 12, new_source_.address);
    store_be32(head.data() + 16, new_destination_.address);
    store_be16(head.data() + 10, addresses.applied_to(load_be16(head.data() + 10)));
  }
  BufferChain result{std::move(slice)};
  packet.drop_front(count);
  result.append(std::move(packet));
  packet = std::move(result);
}

}  // namespace acksu
