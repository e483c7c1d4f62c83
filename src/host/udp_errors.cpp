// What ICMP says about datagrams of ours, kept for the program that sent them (RFC 1122 3.2.2 and
// 4.1.3.3). Who guesses a port can make us tell a lie, but nothing else: no state follows it.
#include "host/host.h"
#include "host/unreachable.h"

namespace acksu {
namespace {

// What a message means for the datagram that it quotes; none: nothing.
DatagramError verdict_of(const wire::IcmpMessage& message) {
  using Code = wire::UnreachableCode;
  DatagramError verdict;
  if (message.type == wire::IcmpType::time_exceeded) {
    if (message.code == 0) verdict.error = Error::ttl_exceeded;
    return verdict;
  }
  // RFC 1122 3.2.2.5: passed to the transport layer.
  if (message.type == wire::IcmpType::parameter_problem) {
    verdict.error = Error::parameter_problem;
    return verdict;
  }
  switch (coarse_unreachable(message.code)) {
    case Code::network: verdict.error = Error::network_unreachable; break;
    case Code::host: verdict.error = Error::host_unreachable; break;
    case Code::protocol: verdict.error = Error::protocol_unreachable; break;
    case Code::port: verdict.error = Error::port_unreachable; break;
    default: break;
  }
  return verdict;
}

}  // namespace

Drop Host::take_datagram_error(const wire::IcmpMessage& message, const Quoted& quoted,
                               IpAddress by) {
  DatagramError told = verdict_of(message);
  if (told.error == Error::none) return Drop::icmp_unknown_type;
  told.remote = quoted.destination;
  told.reporter = by;
  if (quoted.protocol != wire::IpProtocol::udp) return tell_raw_error(quoted, told);
  return tell_udp_error(quoted.source, told);
}

// To the socket that has sent from `source`.
Drop Host::tell_udp_error(const Endpoint& source, const DatagramError& told) {
  const std::uint32_t index = udp_.find_if(source.port, [&](const UdpSocket& socket) {
    return (socket.local.address == source.address || socket.local.address.is_any()) &&
           (!socket.is_connected() || socket.remote == told.remote);
  });
  if (index == BoundSockets<UdpSocket>::none) return Drop::icmp_unmatched;
  std::vector<DatagramError>& errors = udp_[index].errors;
  if (errors.size() == UdpSocket::most_errors) {
    ++counters_.udp_errors_forgotten;
    errors.erase(errors.begin());
  }
  errors.push_back(told);
  raise(SocketKind::udp, index, Readiness::readable);
  return Drop::none;
}

std::optional<DatagramError> Host::take_udp_error(Handle udp) {
  UdpSocket* const socket = udp_socket(udp);
  if (socket == nullptr || socket->errors.empty()) return std::nullopt;
  const DatagramError oldest = socket->errors.front();
  socket->errors.erase(socket->errors.begin());
  return oldest;
}

}  // namespace acksu
