// Datagrams: UDP sockets of a program, what they hear and say, and what ICMP says about that.
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>

#include <algorithm>

#include "api/posix_control.h"
#include "api/posix_moving.h"
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::size_t largest_datagram = 65'535;
constexpr std::uint16_t discard_port = 9;
constexpr std::size_t most_errors = 16;  // kept for MSG_ERRQUEUE; the oldest gives way

// Whether Linux tells it to who has not asked for all (icmp_err_convert).
bool is_fatal(const DatagramError& told) {
  return told.error == Error::port_unreachable || told.error == Error::message_too_long;
}

// All parts, one behind the other. False: there is none where there should be.
bool gather(const Transfer& transfer, std::vector<std::uint8_t>& bytes) {
  for (const iovec& part : transfer.parts()) {
    if (part.iov_len == 0) continue;
    if (part.iov_base == nullptr) return false;
    const auto* const from = static_cast<const std::uint8_t*>(part.iov_base);
    bytes.insert(bytes.end(), from, from + part.iov_len);
  }
  return true;
}

bool scatter(Bytes bytes, Transfer& transfer) {
  for (const iovec& part : transfer.parts()) {
    const std::size_t count = std::min(part.iov_len, bytes.size());
    if (count == 0) continue;
    if (part.iov_base == nullptr) return false;
    std::memcpy(part.iov_base, bytes.data(), count);
    bytes = bytes.subspan(count);
    transfer.done += count;
  }
  return true;
}

// What sendmsg(2) may say about one datagram; errno, or 0.
int read_controls(const msghdr& message, DatagramTarget& target) {
  if (message.msg_control == nullptr) return 0;
  const Bytes all{static_cast<const std::uint8_t*>(message.msg_control), message.msg_controllen};
  std::size_t length = 0;
  for (Bytes rest = all; rest.size() >= sizeof(cmsghdr);
       rest = rest.subspan(std::min(CMSG_ALIGN(length), rest.size()))) {
    cmsghdr header;
    std::memcpy(&header, rest.data(), sizeof header);
    length = header.cmsg_len;
    // One that says that it is longer than all there is would be read beyond it.
    if (length < CMSG_LEN(0) || length > rest.size()) return EINVAL;
    if (header.cmsg_level != IPPROTO_IP) continue;
    in_pktinfo given;
    if (header.cmsg_type != IP_PKTINFO || length < CMSG_LEN(sizeof given)) return EINVAL;
    std::memcpy(&given, rest.data() + CMSG_LEN(0), sizeof given);
    const IpAddress source = IpAddress::v4(ntohl(given.ipi_spec_dst.s_addr));
    if (!source.is_any()) target.source = source;
  }
  return 0;
}

}  // namespace

UdpOptions Sockets::udp_options(const Description& description) {
  const SocketOptions& chosen = description.options;
  UdpOptions options;
  options.versions = description.versions();
  options.allows_broadcast = chosen.allows_broadcast;
  options.binds_freely = chosen.binds_freely;
  options.dont_fragment = chosen.mtu_discovery == IP_PMTUDISC_DO;
  options.ttl = static_cast<std::uint8_t>(chosen.ttl);
  options.max_queue_bytes = static_cast<std::uint32_t>(chosen.receive_buffer / 2);
  return options;
}

// A socket of the host's, once it has a name. Errno, or 0.
int Sockets::open_datagram(Description& description, Endpoint local, Instant now) {
  if (description.handle) return 0;
  if (!description.bound) {
    if (const int error = bind_port(description, local); error != 0) return error;
  }
  const Result<Handle> udp = host_->open_udp(*description.bound, udp_options(description), now);
  if (!udp) {
    description.bound.reset();
    return errno_of(udp.error());
  }
  hold(description, *udp);
  return 0;
}

Outcome Sockets::connect_datagram(Description& description, Endpoint remote, Instant now) {
  remote.address = as_destination(remote.address, description.family);
  if (const int error = open_datagram(description, {}, now); error != 0) {
    return Outcome::failed(error);
  }
  // As Linux: port 0 asks which address this host would speak from, and speaks to nobody.
  const bool only_asks = remote.port == 0;
  const Endpoint peer{remote.address, only_asks ? discard_port : remote.port};
  const Error error = host_->connect_udp(description.handle, peer);
  if (error != Error::none) return Outcome::failed(errno_of_way(description, error));
  description.remote = remote;
  description.phase = Phase::connected;
  description.held.reset();
  description.pending_error = 0;
  return Outcome::of(0);
}

// ---- Out ----------------------------------------------------------------------------------------

Outcome Sockets::send_datagram(Description& description, Transfer& transfer, Instant now) {
  if ((transfer.flags & MSG_OOB) != 0) return Outcome::failed(EOPNOTSUPP);
  follow_datagram_errors(description);
  if (const int error = take_error(description); error != 0) return Outcome::failed(error);
  DatagramTarget target;
  if (transfer.message.msg_name != nullptr) {
    const auto* const name = static_cast<const sockaddr*>(transfer.message.msg_name);
    const GivenName given = read_name(description.family, name, transfer.message.msg_namelen);
    if (given.error != 0) return Outcome::failed(given.error);
    if (given.endpoint.port == 0) return Outcome::failed(EINVAL);
    target.remote = given.endpoint;
    target.remote.address = as_destination(target.remote.address, description.family);
  } else if (description.phase == Phase::connected) {
    target.remote = description.remote;
  } else {
    return Outcome::failed(EDESTADDRREQ);
  }
  if (description.is_write_shut) return Outcome::failed(EPIPE);
  if (description.options.v6_only && target.remote.address.is_v4()) {
    return Outcome::failed(ENETUNREACH);
  }
  if (transfer.size() > largest_datagram) return Outcome::failed(EMSGSIZE);
  if (const int error = read_controls(transfer.message, target); error != 0) {
    return Outcome::failed(error);
  }
  std::vector<std::uint8_t> bytes;
  if (!gather(transfer, bytes)) return Outcome::failed(EFAULT);
  if (const int error = open_datagram(description, {}, now); error != 0) {
    return Outcome::failed(error);
  }
  const Error error = host_->send_datagram(description.handle, target, bytes, now);
  if (error != Error::none) return Outcome::failed(errno_of_way(description, error));
  return Outcome::of(static_cast<std::int64_t>(bytes.size()));
}

// ---- In -----------------------------------------------------------------------------------------

// What ICMP has said: to the queue of who wants to know all, else only what ends hope.
void Sockets::follow_datagram_errors(Description& description) {
  if (description.is_stream() || !description.handle) return;
  while (const std::optional<DatagramError> told = host_->take_udp_error(description.handle)) {
    const bool is_connected = description.phase == Phase::connected;
    if (description.options.keeps_errors) {
      if (description.errors.size() == most_errors) description.errors.pop_front();
      description.errors.push_back(*told);
    } else if (!is_connected || !is_fatal(*told)) {
      continue;
    }
    description.pending_error = errno_of(told->error);
  }
}

// The next datagram, if there is one.
bool Sockets::hold_datagram(Description& description) {
  follow_datagram_errors(description);
  if (description.held) return true;
  if (!description.handle) return false;
  datagram_room_.resize(largest_datagram);
  const Result<Datagram> datagram = host_->receive_from(description.handle, datagram_room_);
  if (!datagram) return false;
  const auto end = datagram_room_.begin() + datagram->length;
  description.held = HeldDatagram{*datagram, {datagram_room_.begin(), end}};
  return true;
}

Outcome Sockets::receive_datagram(Description& description, Transfer& transfer) {
  const bool is_there = hold_datagram(description);
  if (const int error = take_error(description); error != 0) return Outcome::failed(error);
  if (!is_there) {
    if (is_nonblocking(description, transfer)) return Outcome::failed(EAGAIN);
    if (description.is_read_shut) return Outcome::of(0);
    return {-1, EAGAIN, POLLIN, description.options.receive_patience};
  }
  HeldDatagram datagram = std::move(*description.held);
  description.held.reset();
  if ((transfer.flags & MSG_PEEK) != 0) description.held = datagram;
  transfer.done = 0;
  if (!scatter(datagram.bytes, transfer)) return Outcome::failed(EFAULT);
  give_name(transfer, write_name(description.family, datagram.name.from));
  const bool is_cut = transfer.done < datagram.bytes.size();
  if (is_cut) transfer.message.msg_flags |= MSG_TRUNC;
  tell_datagram(description, datagram.name, transfer);
  const bool tells_size = (transfer.flags & MSG_TRUNC) != 0;
  const std::size_t told = tells_size ? datagram.bytes.size() : transfer.done;
  return Outcome::of(static_cast<std::int64_t>(told));
}

void Sockets::tell_datagram(const Description& description, const Datagram& datagram,
                            Transfer& transfer) {
  const StampOptions& stamps = description.options.stamps;
  const bool in_full = stamps.wants_arrivals() && stamps.tells_arrivals_in_full();
  put_time(transfer, stamps, datagram.received, in_full);
  if (transfer.control_room == 0) return;
  if (description.options.tells_destination && datagram.to.address.is_v4()) {
    in_pktinfo told{};
    told.ipi_ifindex = datagram.link + 1;
    told.ipi_addr.s_addr = told.ipi_spec_dst.s_addr = htonl(datagram.to.address.as_v4());
    put_control(transfer, IPPROTO_IP, IP_PKTINFO, told);
  }
  if (description.options.tells_ttl) {
    put_control(transfer, IPPROTO_IP, IP_TTL, static_cast<int>(datagram.ttl));
  }
}

// MSG_ERRQUEUE: where it was sent, what became of it, and who said so.
Outcome Sockets::receive_error(Description& description, Transfer& transfer) {
  follow_datagram_errors(description);
  if (description.errors.empty()) return Outcome::failed(EAGAIN);
  const DatagramError told = description.errors.front();
  description.errors.pop_front();
  struct {
    sock_extended_err error;
    sockaddr_in reporter;
  } record{};
  record.error.ee_errno = static_cast<std::uint32_t>(errno_of(told.error));
  record.error.ee_origin = SO_EE_ORIGIN_ICMP;
  record.error.ee_info = told.mtu_bytes;
  const WrittenName reporter = write_name(AF_INET, {told.reporter, 0});
  std::memcpy(&record.reporter, &reporter.name, sizeof record.reporter);
  give_name(transfer, write_name(description.family, told.remote));
  if (transfer.control_room > 0 && told.reporter.is_v4()) {
    put_control(transfer, IPPROTO_IP, IP_RECVERR, record);
  }
  transfer.message.msg_flags |= MSG_ERRQUEUE;
  description.pending_error =
      description.errors.empty() ? 0 : errno_of(description.errors.front().error);
  return Outcome::of(0);
}

}  // namespace acksu::posix
