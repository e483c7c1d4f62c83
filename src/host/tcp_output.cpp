// Segments on their way out: replies of records and of nobody, and what connections have to say,
// each in its turn.
#include "host/checksum_update.h"
#include "host/host.h"
#include "wire/ethernet.h"
#include "wire/tcp.h"

namespace acksu {
namespace {

// Segments that a connection may send before the next one has its turn.
constexpr std::uint32_t turn_segments = 16;

// RFC 9293 MUST-48, MUST-49, SHLD-21, SHLD-22, RFC 1122 3.2.1.6 (a): in a header that is written,
// and nobody else has.
void put_ip_options(const tcp::ConnectionOptions& chosen, bool is_v4, Slice& headers) {
  constexpr std::size_t v4_class_at = 0, v4_ttl_at = 8, v4_checksum_at = 10, v6_hops_at = 7;
  const MutableBytes ip = headers.writable().subspan(wire::EthernetHeader::size);
  if (!is_v4) {
    constexpr std::uint16_t dscp_bits = 0x0fc0;  // of the first two octets
    const auto marked = static_cast<std::uint16_t>((load_be16(ip.data()) & ~dscp_bits) |
                                                   (chosen.dscp.value_or(0) << 6));
    if (chosen.dscp) store_be16(ip.data(), marked);
    if (chosen.ttl) ip[v6_hops_at] = *chosen.ttl;
    return;
  }
  ChecksumUpdate update;
  const std::uint16_t first = load_be16(&ip[v4_class_at]), lifetime = load_be16(&ip[v4_ttl_at]);
  constexpr std::uint8_t ecn_bits = 3;
  if (chosen.dscp) ip[1] = static_cast<std::uint8_t>((ip[1] & ecn_bits) | (*chosen.dscp << 2));
  if (chosen.ttl) ip[v4_ttl_at] = *chosen.ttl;
  update.replace16(first, load_be16(&ip[v4_class_at]));
  update.replace16(lifetime, load_be16(&ip[v4_ttl_at]));
  store_be16(&ip[v4_checksum_at], update.applied_to(load_be16(&ip[v4_checksum_at])));
}

constexpr std::uint32_t before_tcp = wire::EthernetHeader::size + wire::Ipv4Header::size;

std::uint16_t ether_type_of(const FourTuple& tuple) {
  return tuple.remote.address.is_v4() ? wire::EtherType::ipv4 : wire::EtherType::ipv6;
}

}  // namespace

// With all that it calls in one piece, for every segment that leaves passes here.
[[gnu::flatten]] Slice HostPaths::segment_headers(const FourTuple& tuple,
                                                  const Segment& segment) const {
  if (!tuple.remote.address.is_v4()) [[unlikely]]
    return segment_headers_v6(tuple, segment);
  Slice headers = pool_->allocate(before_tcp + wire::largest_tcp_header);
  const MutableBytes room = headers.writable();
  const auto pseudo = wire::PseudoHeader::between_v4(tuple.local.address, tuple.remote.address);
  const std::uint32_t header_bytes = wire::write_tcp(segment, pseudo, room.subspan(before_tcp));
  const std::uint32_t length = wire::Ipv4Header::size + header_bytes + segment.text.size();
  // RFC 7323 5.7: whole or not at all.
  wire::write(wire::AtomicIpv4{.dscp_ecn = static_cast<std::uint8_t>(segment.ecn),
                               .ttl = settings_.ttl,  // RFC 9293 MUST-49
                               .protocol = wire::IpProtocol::tcp,
                               .total_length = static_cast<std::uint16_t>(length),
                               .source = tuple.local.address.as_v4(),  // RFC 9293 MUST-45
                               .destination = tuple.remote.address.as_v4()},
              room.subspan(wire::EthernetHeader::size));
  headers.drop_back(wire::largest_tcp_header - header_bytes);
  return headers;
}

// `chosen`: what the packet carries, if an application has said so.
void Host::reply(const FourTuple& tuple, const Segment& segment, Instant now,
                 const ConnectionOptions* chosen) {
  const std::optional<Route> route = routes_.find(tuple.remote.address);
  if (!route) {
    counters_.drops.add(Drop::ip_no_route);
    return;
  }
  Frame frame;
  Slice headers = segment_headers(tuple, segment);
  if (chosen != nullptr) put_ip_options(*chosen, tuple.remote.address.is_v4(), headers);
  frame.bytes.append(std::move(headers));
  // Nobody who may have sent what is answered has the address of many (Routes::is_bad_source).
  const Error error = route->next_hop.is_v4()
                          ? send_to_neighbour(*route, std::move(frame), wire::EtherType::ipv4, now)
                          : send_v6(*route, std::move(frame), now);
  if (error != Error::none) return;
  ++counters_.tcp.segments_out;
  if (segment.has(Flags::rst)) ++counters_.tcp.resets_out;
}

// One connection's turn.
void Host::emit_connection(std::uint32_t index, std::vector<Frame>& frames, std::size_t most,
                           tcp::Context& context) {
  ConnectionRecord& record = table_.connections()[index];
  Link& link = links_[record.link];
  if (!link.neighbours.holds(record.hop)) [[unlikely]]
    find_hop(record, context.now);
  tcp::Connection& connection = record.connection;
  bool has_more = connection.may_speak();
  for (std::uint32_t i = 0; has_more && i < turn_segments && frames.size() < most; ++i) {
    Segment segment;
    has_more = connection.next_segment(segment, context);
    if (!has_more) break;
    ++counters_.tcp.segments_out;
    Frame& frame = frames.emplace_back();
    Slice headers = segment_headers(connection.tuple(), segment);
    if (const tcp::ConnectionOptions* chosen = connection.ip_options()) [[unlikely]]
      put_ip_options(*chosen, connection.tuple().remote.address.is_v4(), headers);
    frame.bytes.append(std::move(headers));
    if (!segment.text.is_empty()) {
      counters_.tcp.text_bytes_out += segment.text.size();
      if (segment.text.size() > connection.mss() && !connection.is_path_probe(segment)) {
        frame.segment_bytes = connection.mss();
      }
      frame.bytes.append(std::move(segment.text));
    }
    const std::uint16_t type = ether_type_of(connection.tuple());
    if (!link.address(frame, record.hop, type, context.now)) [[unlikely]] {
      const Neighbours::Sender sender{index, table_.connections().generation(index)};
      park({record.link, record.hop, sender, type}, std::move(frame));
      frames.pop_back();
    }
    has_more = connection.may_speak();
    if (!has_more) connection.tell_silence(context);
  }
  if (link.neighbours.has_work()) serve_neighbours(record.link, context.now);
  if (connection.is_send_awaited()) [[unlikely]] {
    connection.on_turn_over(context);
    const std::uint8_t news = connection.take_news();
    if (news != 0) raise_news(index, record, news);
  }
  if (connection.is_over()) {
    bury(index, record, context);
    return;
  }
  if (has_more) make_ready(index, record);
  if (context.is_timer_armed) follow_deadline(index, record, context);
}

void Host::find_hop(ConnectionRecord& record, Instant now) {
  const IpAddress remote = record.connection.tuple().remote.address;
  const std::optional<Route> route = routes_.find(remote);
  record.hop = hop_to(record.link, route ? route->next_hop : remote, now);
}

}  // namespace acksu
