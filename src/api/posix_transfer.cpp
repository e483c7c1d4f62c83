// The send and receive families: what is judged before it matters what kind of socket it is.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "api/posix_control.h"
#include "api/posix_moving.h"
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::size_t most_parts = 1024;  // UIO_MAXIOV

int judge_parts(const Transfer& transfer) {
  const msghdr& message = transfer.message;
  if (message.msg_iovlen > most_parts) return EMSGSIZE;
  if (message.msg_iovlen > 0 && message.msg_iov == nullptr) return EFAULT;
  const auto parts = transfer.parts();
  const bool is_absurd = std::any_of(parts.begin(), parts.end(), [](const iovec& part) {
    return part.iov_len > static_cast<std::size_t>(std::numeric_limits<ssize_t>::max());
  });
  return is_absurd ? EINVAL : 0;
}

}  // namespace

Outcome Sockets::write(int descriptor, Bytes bytes, Instant now) {
  auto* const data = const_cast<std::uint8_t*>(bytes.data());
  Transfer transfer = Transfer::plain(descriptor, data, bytes.size());
  return send(transfer, now);
}

Outcome Sockets::read(int descriptor, MutableBytes bytes, Instant now) {
  Transfer transfer = Transfer::plain(descriptor, bytes.data(), bytes.size());
  return receive(transfer, now);
}

Outcome Sockets::send(Transfer& transfer, Instant now) {
  Description* const description = find(transfer.descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (const int error = judge_parts(transfer); error != 0) return Outcome::failed(error);
  if (!description->is_stream()) return send_datagram(*description, transfer, now);
  const bool is_fast = (transfer.flags & MSG_FASTOPEN) != 0 || description->waits_for_text;
  const bool opens = is_fast && !transfer.has_waited;
  Outcome outcome = Outcome::of(0);
  if (opens)
    outcome = send_fast(*description, transfer, now);
  else if (transfer.is_opening)
    outcome = await_answer(*description, transfer, now);
  else
    outcome = send_text(*description, transfer, now);
  note_loan(*description, transfer, outcome);
  note_stamp(*description, transfer, outcome);
  return outcome;
}

// Text that goes with the SYN (RFC 7413), if a cookie of that server is known; else as soon as the
// handshake is over.
Outcome Sockets::send_fast(Description& description, Transfer& transfer, Instant now) {
  if (description.waits_for_text) return send_with_syn(description, transfer, now);
  if (description.phase == Phase::connecting) {
    Outcome opening = follow_connect(description, false, now);
    if (is_nonblocking(description, transfer)) opening.waits_for = 0;
    return opening ? send_text(description, transfer, now) : opening;
  }
  if (!may_ask_cookies()) return Outcome::failed(EOPNOTSUPP);
  if (description.phase != Phase::idle) return Outcome::failed(EISCONN);
  const auto* const name = static_cast<const sockaddr*>(transfer.message.msg_name);
  const GivenName given = read_name(description.family, name, transfer.message.msg_namelen);
  if (given.error != 0) return Outcome::failed(name == nullptr ? EINVAL : given.error);
  const int error = open_connection(description, given.endpoint, true, now);
  if (error != 0) return Outcome::failed(error);
  return send_with_syn(description, transfer, now);
}

// The SYN leaves next.
Outcome Sockets::send_with_syn(Description& description, Transfer& transfer, Instant now) {
  if (std::exchange(description.waits_for_text, false)) host_->send_syn(description.handle, now);
  const bool may_wait = !is_nonblocking(description, transfer);
  const Result<std::uint32_t> room = host_->fast_open_room(description.handle, now);
  if (room && !fill_syn(description, transfer, *room, now)) {
    disconnect(description, now);
    return Outcome::failed(EFAULT);
  }
  if (!may_wait) return so_far(transfer, EINPROGRESS);
  // The ACK of the SYN+ACK waits for what is left.
  if (part_behind(transfer).iov_len > 0) has_room(description, now);
  transfer.has_waited = transfer.is_opening = true;
  return blocked(transfer, POLLOUT, description.options.send_patience);
}

// As on Linux the call is a connect, too: it tells why there is no connection, not what went with
// the SYN.
Outcome Sockets::await_answer(Description& description, Transfer& transfer, Instant now) {
  const Outcome answer = follow_connect(description, false, now);
  if (answer.error == EALREADY) {
    return blocked(transfer, POLLOUT, description.options.send_patience);
  }
  if (!answer) return answer;
  transfer.is_opening = false;
  return send_text(description, transfer, now);
}

// As much of all parts as goes with it. False: there is none where there should be.
bool Sockets::fill_syn(const Description& description, Transfer& transfer, std::size_t room,
                       Instant now) {
  while (room > transfer.done) {
    const iovec part = part_behind(transfer);
    if (part.iov_len == 0) return true;
    if (part.iov_base == nullptr) return false;
    const auto count = std::min(part.iov_len, room - transfer.done);
    const Bytes bytes{static_cast<const std::uint8_t*>(part.iov_base), count};
    const Result<std::uint32_t> taken = host_->write(description.handle, bytes, now);
    if (!taken) return true;
    transfer.done += *taken;
  }
  return true;
}

Outcome Sockets::receive(Transfer& transfer, Instant now) {
  Description* const description = find(transfer.descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (const int error = judge_parts(transfer); error != 0) return Outcome::failed(error);
  if (transfer.is_plain && transfer.size() == 0) return Outcome::of(0);
  if (!std::exchange(transfer.is_begun, true)) {
    transfer.control_room = transfer.message.msg_controllen;
    transfer.name_room = transfer.message.msg_namelen;
  }
  transfer.message.msg_namelen = 0;
  transfer.message.msg_controllen = 0;
  transfer.message.msg_flags = 0;
  if ((transfer.flags & MSG_ERRQUEUE) != 0) {
    const bool is_stream = description->is_stream();
    return is_stream ? receive_report(*description, transfer)
                     : receive_error(*description, transfer);
  }
  if (!description->is_stream()) return receive_datagram(*description, transfer);
  const Outcome outcome = receive_text(*description, transfer, now);
  if (outcome && outcome.is_over()) tell_arrival(*description, transfer);
  if (outcome && description->options.tells_unread && transfer.control_room > 0) {
    const Standing stands = standing(*description);
    // As Linux: 1 also where only the end is left to be read.
    const auto unread = static_cast<int>(stands.unread_bytes);
    const int hint = unread == 0 && stands.is_ended ? 1 : unread;
    put_control(transfer, IPPROTO_TCP, TCP_CM_INQ, hint);
  }
  return outcome;
}

void give_name(Transfer& transfer, const WrittenName& name) {
  if (transfer.message.msg_name == nullptr) return;
  const std::size_t count = std::min(name.bytes, transfer.name_room);
  std::memcpy(transfer.message.msg_name, &name.name, count);
  transfer.message.msg_namelen = name.bytes;
}

}  // namespace acksu::posix
