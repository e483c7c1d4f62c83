// What poll(2) says of a socket.
#include <algorithm>

#include "api/posix_sockets.h"

namespace acksu::posix {
namespace {

constexpr short bits_of(int bits) { return static_cast<short>(bits); }

constexpr short readable = bits_of(POLLIN | POLLRDNORM);
constexpr short writable = bits_of(POLLOUT | POLLWRNORM);
constexpr short always_told = bits_of(POLLERR | POLLHUP | POLLNVAL);
constexpr short anything = bits_of(POLLIN | POLLOUT | POLLPRI);

}  // namespace

short Sockets::readiness(int descriptor, Instant now) {
  Description* const description = find(descriptor);
  if (description == nullptr) return POLLNVAL;
  if (description->epoll) return has_epoll_news(*description->epoll, now) ? readable : short{0};
  if (!description->is_stream()) return datagram_readiness(*description);
  if (description->phase == Phase::listening) {
    const Result<std::uint32_t> waiting = host_->count_acceptable(description->handle);
    return waiting && *waiting > 0 ? readable : short{0};
  }
  return stream_readiness(*description, now);
}

short Sockets::stream_readiness(Description& description, Instant now) {
  follow_failure(description);
  follow_urgent(description, now);
  const Standing stands = standing(description);
  const bool is_closed = stands.state == tcp::State::closed;
  const bool is_read_down =
      stands.is_ended || description.is_read_shut || description.is_failure_told;
  const bool is_write_down = description.is_write_shut || description.is_failure_told;
  int bits = 0;
  if (is_closed || (is_read_down && is_write_down)) bits |= POLLHUP;
  if (is_read_down) bits |= readable | POLLRDHUP;
  if (description.pending_error != 0 || has_reports(description)) bits |= POLLERR;
  if (description.waits_for_text) bits |= writable;
  if (!is_closed && !stands.may_send) return bits_of(bits);
  const auto low_water = static_cast<std::uint32_t>(description.options.receive_low_water);
  const bool looks_over = stands.urgent_bytes == 1 && !description.options.reads_urgent_inline;
  if (stands.unread_bytes >= std::max(low_water, 1u) + (looks_over ? 1u : 0u)) bits |= readable;
  if (has_urgent(description, stands)) bits |= POLLPRI;
  if (is_write_down || is_closed || has_room(description, now)) bits |= writable;
  return bits_of(bits);
}

short Sockets::datagram_readiness(Description& description) {
  int bits = writable | POLLWRBAND;
  if (hold_datagram(description) || description.is_read_shut) bits |= readable;
  if (description.is_read_shut) bits |= POLLRDHUP;
  if (description.is_read_shut && description.is_write_shut) bits |= POLLHUP;
  if (description.pending_error != 0 || !description.errors.empty()) bits |= POLLERR;
  return bits_of(bits);
}

// Whoever finds no room is told when there is some.
bool Sockets::has_room(const Description& description, Instant now) {
  const Result<bool> has_room = host_->await_room(description.handle, now);
  return has_room && *has_room;
}

Outcome Sockets::select(int count, const SelectSets& sets, Instant now) {
  fd_set none;
  FD_ZERO(&none);
  const fd_set reading = sets.read == nullptr ? none : *sets.read;
  const fd_set writing = sets.write == nullptr ? none : *sets.write;
  const fd_set excepting = sets.except == nullptr ? none : *sets.except;
  if (count < 0) return Outcome::failed(EINVAL);
  fd_set found_read = none, found_write = none, found_except = none;
  std::int64_t total = 0;
  for (int each = 0; each < std::min(count, FD_SETSIZE); ++each) {
    const bool reads = FD_ISSET(each, &reading), writes = FD_ISSET(each, &writing);
    const bool excepts = FD_ISSET(each, &excepting);
    if (!reads && !writes && !excepts) continue;
    const int bits = readiness(each, now);
    if (bits == POLLNVAL) return Outcome::failed(EBADF);
    const auto note = [&](bool is_wanted, int wanted_bits, fd_set& result) {
      if (!is_wanted || (bits & wanted_bits) == 0) return;
      FD_SET(each, &result);
      ++total;
    };
    note(reads, readable | POLLHUP | POLLERR, found_read);
    note(writes, writable | POLLERR, found_write);
    note(excepts, POLLPRI, found_except);
  }
  Outcome outcome = Outcome::of(total);
  if (total == 0) outcome.waits_for = anything;
  if (sets.read != nullptr) *sets.read = found_read;
  if (sets.write != nullptr) *sets.write = found_write;
  if (sets.except != nullptr) *sets.except = found_except;
  return outcome;
}

Outcome Sockets::poll(std::span<pollfd> descriptors, Instant now) {
  const auto most = static_cast<std::size_t>(std::max(settings_.most_descriptors, 0));
  if (descriptors.size() > most) return Outcome::failed(EINVAL);
  std::int64_t count = 0;
  for (pollfd& each : descriptors) {
    each.revents = 0;
    if (each.fd < 0) continue;
    const int wanted = each.events | always_told;
    each.revents = bits_of(readiness(each.fd, now) & wanted);
    if (each.revents != 0) ++count;
  }
  Outcome outcome = Outcome::of(count);
  if (count == 0) outcome.waits_for = anything;
  return outcome;
}

}  // namespace acksu::posix
