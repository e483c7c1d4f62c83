// ICMP's "too big" of both families (RFC 1191, RFC 8201), and whose packet an error quotes.
#include "host/host.h"
#include "wire/ipv4.h"

namespace acksu {

// RFC 5927 4.1: only of what is in flight.
std::uint32_t HostPaths::connection_quoted(const Quoted& quoted) const {
  const FourTuple tuple{quoted.source, quoted.destination};
  const RecordName name = table_.find(table_.hash(tuple), tuple);
  if (name.kind != RecordKind::connection) return Handle::no_index;
  const tcp::Info info = table_.connections()[name.index].connection.info(settings_.tcp);
  const std::uint32_t flight = bytes_between(info.snd.una, info.snd.nxt);
  return is_within(Seq{quoted.tcp_seq}, info.snd.una, flight) ? name.index : Handle::no_index;
}

// As Linux: whoever has seen our SYN+ACK can end what it opens.
Drop Host::end_half_open_quoted(const Quoted& quoted, Instant now) {
  const FourTuple tuple{quoted.source, quoted.destination};
  const RecordName name = table_.find(table_.hash(tuple), tuple);
  if (!settings_.tcp.icmp_ends_half_open || name.kind != RecordKind::half_open ||
      table_.half_open()[name.index].half_open.iss() != Seq{quoted.tcp_seq}) {
    return Drop::icmp_unmatched;
  }
  tcp::Context context = context_at(now);
  ++counters_.tcp.failed_opens;
  end_half_open(name.index, tcp::Event::time_out, context);
  return Drop::none;
}

// Believed of what we may have sent just now (RFC 5927 7.2), and never below the minimum of the
// family (RFC 8201 4, RFC 8021).
Drop Host::take_too_big(const Quoted& quoted, DatagramError told, Instant now) {
  const bool is_tcp = quoted.protocol == wire::IpProtocol::tcp;
  const std::uint32_t index = is_tcp ? connection_quoted(quoted) : Handle::no_index;
  const bool is_udp_ours = quoted.protocol == wire::IpProtocol::udp &&
                           udp_.find(quoted.source) != BoundSockets<UdpSocket>::none;
  if (index == Handle::no_index && !is_udp_ours) return tell_raw_error(quoted, told);
  const IpAddress remote = quoted.destination.address;
  const std::optional<Route> route = routes_.find(remote);
  if (!route) return Drop::icmp_unmatched;
  const std::uint32_t link_mtu =
      remote.is_v4() ? settings_.links[route->link].mtu : ipv6_.mtu_of(route->link);
  const PathMtu::Verdict verdict =
      path_mtu_.on_too_big({remote, told.mtu_bytes, quoted.packet_bytes}, link_mtu, now);
  const bool is_believed =
      verdict == PathMtu::Verdict::lowered || verdict == PathMtu::Verdict::known;
  if (verdict == PathMtu::Verdict::too_small) return Drop::icmp_unmatched;
  if (index != Handle::no_index) {
    tcp::Context context = context_at(now);
    follow_path_mtu(index, context);
    settle(index, table_.connections()[index], context);
  }
  if (!is_believed) return Drop::icmp_unmatched;
  return is_udp_ours ? tell_udp_error(quoted.source, told) : Drop::none;
}

}  // namespace acksu
