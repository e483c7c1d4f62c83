// Text of connections, in and out, with Linux's order of judging.
#include <algorithm>
#include <array>

#include "api/posix_moving.h"
#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr std::size_t scratch_bytes = 4096;

}  // namespace

Sockets::Standing Sockets::standing(const Description& description) const {
  Standing stands;
  if (description.phase != Phase::connecting && description.phase != Phase::connected) {
    return stands;
  }
  const std::optional<tcp::Info> info = host_->info(description.handle);
  if (!info) return stands;
  stands.state = info->state == tcp::State::time_wait ? tcp::State::closed : info->state;
  stands.unread_bytes = info->rcv.unread_bytes;
  stands.urgent_bytes = info->rcv.urgent_bytes;
  stands.is_ended = info->rcv.is_ended;
  // A passive one that may be accepted before its handshake is over (Fast Open) may also speak.
  const bool is_passive = description.phase == Phase::connected;
  stands.may_send = stands.state != tcp::State::syn_sent &&
                    (stands.state != tcp::State::syn_received || is_passive);
  return stands;
}

// ---- Out ----------------------------------------------------------------------------------------

Outcome Sockets::send_text(Description& description, Transfer& transfer, Instant now) {
  follow_failure(description);
  const Standing stands = standing(description);
  const bool is_over = stands.state == tcp::State::closed || description.is_write_shut;
  if (is_over || description.pending_error != 0) {
    if (transfer.done > 0) return Outcome::of(static_cast<std::int64_t>(transfer.done));
    const int error = take_error(description);
    return Outcome::failed(error == 0 ? EPIPE : error);
  }
  const Duration patience = description.options.send_patience;
  if (!stands.may_send) {
    if (is_nonblocking(description, transfer)) return Outcome::failed(EAGAIN);
    return blocked(transfer, POLLOUT, patience);
  }
  if (!has_good_controls(description, transfer)) return so_far(transfer, EINVAL);
  const bool more_follows = (transfer.flags & MSG_MORE) != 0;
  if (std::exchange(description.more_follows, more_follows) != more_follows) {
    pass_options(description, now);
  }
  // Who tries again without need disturbs nobody.
  const bool is_vain = transfer.has_waited && !has_room(description, now);
  const std::size_t done_before = transfer.done;
  const int error = is_vain ? EAGAIN : move_out(description, transfer, now);
  const bool is_urgent = (transfer.flags & MSG_OOB) != 0;
  if (is_urgent && transfer.done > done_before) host_->mark_urgent(description.handle, now);
  if (error == 0) {
    // As Linux: of a call that has written all.
    if ((transfer.flags & MSG_EOR) != 0) host_->end_record(description.handle, now);
    return Outcome::of(static_cast<std::int64_t>(transfer.done));
  }
  if (error != EAGAIN || is_nonblocking(description, transfer)) return so_far(transfer, error);
  transfer.has_waited = true;
  return blocked(transfer, POLLOUT, patience);
}

// 0: all of it; EAGAIN: no room for the rest.
int Sockets::move_out(Description& description, Transfer& transfer, Instant now) {
  while (true) {
    const iovec part = part_behind(transfer);
    if (part.iov_len == 0) return 0;
    if (part.iov_base == nullptr) return EFAULT;
    const Bytes bytes{static_cast<const std::uint8_t*>(part.iov_base), part.iov_len};
    const Result<std::uint32_t> count = host_->write(description.handle, bytes, now);
    if (!count) {
      const bool is_short = count.error() == Error::out_of_memory;
      return is_short ? EAGAIN : errno_of(count.error());
    }
    transfer.done += *count;
    if (*count < bytes.size()) return EAGAIN;
  }
}

// ---- In -----------------------------------------------------------------------------------------

Outcome Sockets::receive_text(Description& description, Transfer& transfer, Instant now) {
  if (description.phase == Phase::listening) return Outcome::failed(ENOTCONN);
  follow_failure(description);
  follow_urgent(description, now);
  if ((transfer.flags & MSG_OOB) != 0) return receive_urgent(description, transfer);
  if ((transfer.flags & MSG_PEEK) != 0) transfer.done = 0;
  if (description.handle) {
    const int error = move_in(description, transfer, now);
    if (error != 0) return so_far(transfer, error);
  }
  const Standing stands = standing(description);
  const std::size_t size = transfer.size();
  const auto low_water = static_cast<std::size_t>(description.options.receive_low_water);
  const bool wants_all = (transfer.flags & MSG_WAITALL) != 0;
  const std::size_t wanted = wants_all ? size : std::min(size, low_water);
  const bool is_down = description.is_read_shut || description.is_failure_told;
  if (transfer.done > 0) {
    const bool is_enough =
        transfer.done >= wanted || transfer.is_at_mark || stands.is_ended || is_down;
    if (is_enough || is_nonblocking(description, transfer)) {
      return Outcome::of(static_cast<std::int64_t>(transfer.done));
    }
  } else {
    if (size == 0 && stands.unread_bytes > 0) return Outcome::of(0);
    if (stands.is_ended) return Outcome::of(0);
    if (const int error = take_error(description); error != 0) return Outcome::failed(error);
    if (is_down) return Outcome::of(0);
    if (!description.handle) return Outcome::failed(ENOTCONN);
    if (is_nonblocking(description, transfer)) return Outcome::failed(EAGAIN);
  }
  return blocked(transfer, POLLIN, description.options.receive_patience);
}

// Moves what is there. EFAULT: there is text, and nowhere to put it.
int Sockets::move_in(Description& description, Transfer& transfer, Instant now) {
  std::array<std::uint8_t, scratch_bytes> scratch;
  const bool is_discarding = (transfer.flags & MSG_TRUNC) != 0;
  const bool is_peeking = (transfer.flags & MSG_PEEK) != 0;
  if (standing(description).unread_bytes == 0) return 0;
  const std::size_t reach = reach_of(description, transfer, now);
  while (true) {
    iovec part = part_behind(transfer);
    transfer.is_at_mark = transfer.done == reach;
    if (part.iov_len == 0 || transfer.is_at_mark) return 0;
    part.iov_len = std::min(part.iov_len, reach - transfer.done);
    MutableBytes room{static_cast<std::uint8_t*>(part.iov_base), part.iov_len};
    if (is_discarding) room = MutableBytes{scratch}.first(std::min(part.iov_len, scratch.size()));
    if (room.data() == nullptr) {
      return standing(description).unread_bytes > transfer.done * is_peeking ? EFAULT : 0;
    }
    const auto skipped = static_cast<std::uint32_t>(transfer.done + transfer.hole);
    const Result<std::uint32_t> count = is_peeking ? host_->peek(description.handle, skipped, room)
                                                   : host_->read(description.handle, room, now);
    if (!count || *count == 0) return 0;
    transfer.done += *count;
  }
}

}  // namespace acksu::posix
