// Urgent text as Linux reads it: the last urgent octet stands beside the stream (MSG_OOB), or in it
// (SO_OOBINLINE); reading stops before it, and goes on behind it. What the host holds is the stream
// with that octet in its place (RFC 6093 section 6): only here it is looked over.
#include <limits>

#include "api/posix_moving.h"
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::size_t no_mark = std::numeric_limits<std::size_t>::max();

}  // namespace

// A mark that moves on leaves its old octet to the stream, unless whoever reads stands right before
// it: he has been told of it as urgent.
void Sockets::follow_urgent(Description& description, Instant now) {
  if (!description.is_stream() || !description.handle) return;
  const std::optional<tcp::Info> numbers = host_->info(description.handle);
  if (!numbers || numbers->rcv.urgent_bytes == 0) {
    description.urgent_at.reset();
    return;
  }
  const auto& rcv = numbers->rcv;
  const Seq next = rcv.nxt - (rcv.is_ended ? 1u : 0u) - rcv.unread_bytes;
  const Seq at = next + (rcv.urgent_bytes - 1);
  if (description.urgent_at == at) return;
  const bool is_before_old = description.urgent_at == next && rcv.unread_bytes > 0;
  if (is_before_old && !description.options.reads_urgent_inline) skip_octet(description, now);
  description.urgent_at = at;
  description.is_urgent_read = false;
}

void Sockets::skip_octet(const Description& description, Instant now) {
  std::uint8_t octet;
  (void)host_->read(description.handle, {&octet, 1}, now);
}

// How many bytes one call may move in all: up to the mark, unless it begins there.
std::size_t Sockets::reach_of(const Description& description, Transfer& transfer, Instant now) {
  transfer.hole = 0;
  const std::uint32_t urgent_bytes = standing(description).urgent_bytes;
  if (urgent_bytes == 0) return no_mark;
  if (urgent_bytes > 1 || transfer.done > 0) return transfer.done + (urgent_bytes - 1);
  if (description.options.reads_urgent_inline) return no_mark;
  if ((transfer.flags & MSG_PEEK) != 0) {
    transfer.hole = 1;
  } else {
    skip_octet(description, now);
  }
  return no_mark;
}

bool Sockets::has_urgent(const Description& description, const Standing& stands) {
  const bool is_here = stands.unread_bytes >= stands.urgent_bytes;
  return stands.urgent_bytes > 0 && is_here && !description.is_urgent_read;
}

// MSG_OOB. It never waits, as Linux.
Outcome Sockets::receive_urgent(Description& description, Transfer& transfer) {
  const Standing stands = standing(description);
  const bool is_aside = !description.options.reads_urgent_inline && !description.is_urgent_read;
  if (!is_aside || stands.urgent_bytes == 0) return Outcome::failed(EINVAL);
  if (!has_urgent(description, stands)) {
    const bool is_over = description.is_read_shut || stands.is_ended;
    return is_over || description.is_failure_told ? Outcome::of(0) : Outcome::failed(EAGAIN);
  }
  description.is_urgent_read = (transfer.flags & MSG_PEEK) == 0;
  transfer.message.msg_flags |= MSG_OOB;
  const iovec part = part_behind(transfer);
  if (part.iov_len == 0) {
    transfer.message.msg_flags |= MSG_TRUNC;
    return Outcome::of(0);
  }
  if ((transfer.flags & MSG_TRUNC) != 0) return Outcome::of(1);
  if (part.iov_base == nullptr) return Outcome::failed(EFAULT);
  const MutableBytes room{static_cast<std::uint8_t*>(part.iov_base), 1};
  (void)host_->peek(description.handle, stands.urgent_bytes - 1, room);
  return Outcome::of(1);
}

// SIOCATMARK, FIONREAD.
bool Sockets::is_at_mark(const Description& description) const {
  return standing(description).urgent_bytes == 1;
}

int Sockets::count_readable(const Description& description) const {
  const Standing stands = standing(description);
  const bool stops_before = !description.options.reads_urgent_inline && stands.urgent_bytes > 0 &&
                            stands.unread_bytes >= stands.urgent_bytes;
  return static_cast<int>(stops_before ? stands.urgent_bytes - 1 : stands.unread_bytes);
}

}  // namespace acksu::posix
