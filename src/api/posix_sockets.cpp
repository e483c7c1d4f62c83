// Descriptors: made, changed, shut down and closed.
#include "api/posix_sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace acksu::posix {
namespace {

constexpr int type_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

int protocol_of(int type) { return type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP; }

// Linux's order of judging.
int judge_kind(int family, int type, int protocol) {
  if (family != AF_INET && family != AF_INET6) return EAFNOSUPPORT;
  if (type < 0 || type > SOCK_PACKET) return EINVAL;
  if (type != SOCK_STREAM && type != SOCK_DGRAM) return ESOCKTNOSUPPORT;
  return protocol == 0 || protocol == protocol_of(type) ? 0 : EPROTONOSUPPORT;
}

}  // namespace

bool Description::is_stream() const { return type == SOCK_STREAM; }

IpVersions Description::versions() const {
  if (family == AF_INET) return IpVersions::v4_only;
  return options.v6_only ? IpVersions::v6_only : IpVersions::both;
}

Sockets::Sockets(Host& host, SocketsSettings settings)
    : host_(&host), settings_(settings), port_key_(host.next_key()) {}

// ---- Descriptors --------------------------------------------------------------------------------

Description* Sockets::find(int descriptor) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= descriptions_.size()) {
    return nullptr;
  }
  std::optional<Description>& place = descriptions_[static_cast<std::size_t>(descriptor)];
  return place ? &*place : nullptr;
}

const Description* Sockets::description(int descriptor) const {
  return const_cast<Sockets*>(this)->find(descriptor);
}

std::uint64_t Sockets::serial_of(int descriptor) const {
  const Description* const found = description(descriptor);
  return found == nullptr ? 0 : found->serial;
}

std::optional<tcp::Info> Sockets::info(int descriptor) const {
  const Description* const found = description(descriptor);
  return found != nullptr && found->handle ? host_->info(found->handle) : std::nullopt;
}

bool Sockets::is_socket(const Description* description) {
  return description != nullptr && description->is_socket();
}

Outcome Sockets::no_socket(const Description* description) {
  return Outcome::failed(description == nullptr ? EBADF : ENOTSOCK);
}

// The smallest number that is free, as POSIX asks for.
Outcome Sockets::place(Description description) {
  const auto first = static_cast<std::size_t>(std::max(settings_.first_descriptor, 0));
  if (descriptions_.size() < first) descriptions_.resize(first);
  const auto from = descriptions_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto free = std::find_if(from, descriptions_.end(), [](const auto& each) { return !each; });
  const auto number = static_cast<int>(free - descriptions_.begin());
  if (number >= settings_.most_descriptors) return Outcome::failed(EMFILE);
  description.number = number;
  description.serial = ++serials_given_;
  if (free == descriptions_.end()) {
    descriptions_.emplace_back(std::move(description));
  } else {
    *free = std::move(description);
  }
  return Outcome::of(number);
}

Outcome Sockets::socket(int family, int type, int protocol) {
  const int kind = type & ~type_flags;
  if (const int error = judge_kind(family, kind, protocol); error != 0) {
    return Outcome::failed(error);
  }
  Description description;
  description.family = family;
  description.type = kind;
  description.protocol = protocol_of(kind);
  description.is_nonblocking = (type & SOCK_NONBLOCK) != 0;
  description.closes_on_exec = (type & SOCK_CLOEXEC) != 0;
  return place(std::move(description));
}

Outcome Sockets::close(int descriptor, Instant now) {
  Description* const description = find(descriptor);
  if (description == nullptr) return Outcome::failed(EBADF);
  stop_watching(descriptor, *description);
  description->watchers.clear();
  const Duration patience = description->options.linger_s * Duration{1s};
  if (!description->lingers_until && begins_to_linger(*description)) {
    host_->shutdown_write(description->handle, now);
    description->lingers_until = later_by(now, patience);
  }
  if (description->lingers_until > now && is_lingering(*description)) {
    return {0, 0, POLLOUT, patience + 1ms};  // and is over when it is called again after that
  }
  release(*description, now);
  descriptions_[static_cast<std::size_t>(descriptor)].reset();
  return Outcome::of(0);
}

void Sockets::close_all(Instant now) {
  for (std::size_t i = 0; i < descriptions_.size(); ++i) {
    if (!descriptions_[i]) continue;
    descriptions_[i]->lingers_until = now;  // nobody waits
    (void)close(static_cast<int>(i), now);
  }
}

// As Linux, also where the socket does not block. Text that nobody has read makes it a reset.
bool Sockets::begins_to_linger(const Description& description) const {
  const SocketOptions& options = description.options;
  if (!options.lingers || options.linger_s == 0 || !description.is_stream()) return false;
  return standing(description).may_send && standing(description).unread_bytes == 0;
}

bool Sockets::is_lingering(const Description& description) const {
  const tcp::State state = standing(description).state;
  return state == tcp::State::fin_wait_1 || state == tcp::State::closing ||
         state == tcp::State::last_ack;
}

// Gives up what the host holds for it.
void Sockets::release(Description& description, Instant now) {
  if (description.handle) host_->close(description.handle, now);
  let_go(description);
  description.phase = Phase::idle;
}

Outcome Sockets::shutdown(int descriptor, int how, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return Outcome::failed(EINVAL);
  wake(descriptor, ~0u);
  if (description->phase == Phase::idle || !description->is_stream()) {
    // As Linux: what cannot be shut down is, all the same.
    if (how != SHUT_WR) description->is_read_shut = true;
    if (how != SHUT_RD) description->is_write_shut = true;
    return description->phase == Phase::idle ? Outcome::failed(ENOTCONN) : Outcome::of(0);
  }
  if (description->phase == Phase::listening) {
    if (how != SHUT_WR) release(*description, now);
    return Outcome::of(0);
  }
  follow_failure(*description);
  const tcp::State state = standing(*description).state;
  if (state == tcp::State::closed) return Outcome::failed(ENOTCONN);
  if (state == tcp::State::syn_sent) {
    disconnect_by_choice(*description, now);
    return Outcome::of(0);
  }
  description->phase = Phase::connected;  // as Linux, whether or not connect() has told it
  if (how != SHUT_WR) description->is_read_shut = true;
  if (how != SHUT_RD) {
    description->is_write_shut = true;
    host_->shutdown_write(description->handle, now);
  }
  return Outcome::of(0);
}

// ---- fcntl and ioctl ----------------------------------------------------------------------------

Outcome Sockets::fcntl(int descriptor, int command, int argument) {
  Description* const description = find(descriptor);
  if (description == nullptr) return Outcome::failed(EBADF);
  switch (command) {
    case F_GETFL: return Outcome::of(O_RDWR | (description->is_nonblocking ? O_NONBLOCK : 0));
    case F_SETFL: description->is_nonblocking = (argument & O_NONBLOCK) != 0; break;
    case F_GETFD: return Outcome::of(description->closes_on_exec ? FD_CLOEXEC : 0);
    case F_SETFD: description->closes_on_exec = (argument & FD_CLOEXEC) != 0; break;
    default: return Outcome::failed(EINVAL);
  }
  return Outcome::of(0);
}

Outcome Sockets::ioctl(int descriptor, unsigned long request, int* argument, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  const bool is_listening = description->phase == Phase::listening;
  const bool asks_mark = request == SIOCATMARK && description->is_stream();
  if (request != FIONBIO && request != FIONREAD && request != TIOCOUTQ && !asks_mark) {
    return Outcome::failed(ENOTTY);
  }
  if ((request == FIONREAD || request == TIOCOUTQ) && is_listening) return Outcome::failed(EINVAL);
  if (argument == nullptr) return Outcome::failed(EFAULT);
  if (!description->is_stream() && request != FIONBIO) {
    const bool asks_next = request == FIONREAD && hold_datagram(*description);
    *argument = asks_next ? static_cast<int>(description->held->bytes.size()) : 0;
    return Outcome::of(0);
  }
  follow_urgent(*description, now);
  const std::optional<tcp::Info> told = info(descriptor);
  if (request == FIONBIO) description->is_nonblocking = *argument != 0;
  if (request == FIONREAD) *argument = count_readable(*description);
  if (request == SIOCATMARK) *argument = is_at_mark(*description) ? 1 : 0;
  // Written and not acknowledged, a FIN included, as Linux counts it.
  if (request == TIOCOUTQ) *argument = told ? static_cast<int>(told->snd.queued_bytes) : 0;
  return Outcome::of(0);
}

}  // namespace acksu::posix
