// The calls about sockets: each is made under the lock, on the socket behind the kernel's
// descriptor.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "packetdrill/plugin.h"

namespace acksu::packetdrill {
namespace {

using posix::Outcome;

Duration patience_of(int milliseconds) {
  return milliseconds < 0 ? forever : Duration{std::chrono::milliseconds{milliseconds}};
}

void give_name(const posix::WrittenName& from, sockaddr* name, socklen_t* bytes) {
  if (name == nullptr || bytes == nullptr) return;
  std::memcpy(name, &from.name, std::min(*bytes, from.bytes));
  *bytes = from.bytes;
}

}  // namespace

int Plugin::socket(int family, int type, int protocol) {
  return static_cast<int>(run([&](Instant) {
    const Outcome made = sockets_.socket(family, type, protocol);
    return made ? Outcome::of(place(static_cast<int>(made.value))) : made;
  }));
}

// A script may bring addresses of its own: what it binds to is ours from then on.
int Plugin::bind(int descriptor, const sockaddr* name, socklen_t bytes) {
  return static_cast<int>(run([&](Instant now) {
    adopt(name, bytes, now);
    return sockets_.bind(inner(descriptor), name, bytes, now);
  }));
}

void Plugin::adopt(const sockaddr* name, socklen_t bytes, Instant now) {
  if (name == nullptr || bytes < sizeof(sockaddr_in)) return;
  const IpAddress address = posix::read_name(name->sa_family, name, bytes).endpoint.address;
  if (address.is_any() || host().routes().is_ours(address)) return;
  const std::uint8_t whole = address.is_v4() ? 32 : 128;
  static_cast<void>(host().add_address(0, {address, whole}, now));
}

int Plugin::listen(int descriptor, int backlog) {
  return static_cast<int>(
      run([&](Instant now) { return sockets_.listen(inner(descriptor), backlog, now); }));
}

int Plugin::accept(int descriptor, sockaddr* name, socklen_t* bytes) {
  return static_cast<int>(run([&](Instant now) {
    const Outcome taken = sockets_.accept(inner(descriptor), 0, now);
    if (!taken || !taken.is_over()) return taken;
    // Also of one that has ended meanwhile: it has a peer, although getpeername() knows none.
    const posix::Description& accepted = *sockets_.description(static_cast<int>(taken.value));
    give_name(posix::write_name(accepted.family, accepted.remote), name, bytes);
    return Outcome::of(place(static_cast<int>(taken.value)));
  }));
}

int Plugin::connect(int descriptor, const sockaddr* name, socklen_t bytes) {
  return static_cast<int>(
      run([&](Instant now) { return sockets_.connect(inner(descriptor), name, bytes, now); }));
}

ssize_t Plugin::send(posix::Transfer transfer) {
  const int descriptor = transfer.descriptor;
  const bool is_fast = (transfer.flags & MSG_FASTOPEN) != 0;
  const auto* const name = static_cast<const sockaddr*>(transfer.message.msg_name);
  const bool names_nobody = is_fast && name != nullptr && name->sa_family == AF_UNSPEC;
  return run([&](Instant now) {
    if (is_fast && (names_nobody || !may_open_fast_)) return Outcome::failed(EOPNOTSUPP);
    transfer.descriptor = inner(descriptor);
    return sockets_.send(transfer, now);
  });
}

ssize_t Plugin::receive(posix::Transfer& transfer) {
  const int descriptor = transfer.descriptor;
  return run([&](Instant now) {
    transfer.descriptor = inner(descriptor);
    return sockets_.receive(transfer, now);
  });
}

int Plugin::control(int descriptor, int command, int argument) {
  if (!has(descriptor)) return ::fcntl(descriptor, command, argument);
  return static_cast<int>(
      run([&](Instant) { return sockets_.fcntl(inner(descriptor), command, argument); }));
}

int Plugin::control_device(int descriptor, unsigned long request, int* argument) {
  if (!has(descriptor)) return ::ioctl(descriptor, request, argument);
  return static_cast<int>(
      run([&](Instant now) { return sockets_.ioctl(inner(descriptor), request, argument, now); }));
}

int Plugin::close(int descriptor) {
  if (!has(descriptor)) return ::close(descriptor);
  return static_cast<int>(run([&](Instant now) {
    const Outcome outcome = sockets_.close(inner(descriptor), now);
    if (!outcome.is_over()) return outcome;
    inner_.erase(descriptor);
    ::close(descriptor);
    return outcome;
  }));
}

int Plugin::shutdown(int descriptor, int how) {
  return static_cast<int>(
      run([&](Instant now) { return sockets_.shutdown(inner(descriptor), how, now); }));
}

int Plugin::get_option(int descriptor, posix::OptionName option, void* value, socklen_t* bytes) {
  return static_cast<int>(run([&](Instant now) {
    if (bytes == nullptr) return Outcome::failed(EFAULT);
    const MutableBytes room{static_cast<std::uint8_t*>(value), *bytes};
    const Outcome outcome = sockets_.getsockopt(inner(descriptor), option, room, now);
    if (!outcome) return outcome;
    *bytes = static_cast<socklen_t>(outcome.value);
    return Outcome::of(0);
  }));
}

int Plugin::set_option(int descriptor, posix::OptionName option, const void* value,
                       socklen_t bytes) {
  return static_cast<int>(run([&](Instant now) {
    const bool is_fast = option == posix::OptionName{IPPROTO_TCP, TCP_FASTOPEN_CONNECT};
    if (is_fast && !may_open_fast_) return Outcome::failed(EOPNOTSUPP);
    const Bytes given{static_cast<const std::uint8_t*>(value), bytes};
    return sockets_.setsockopt(inner(descriptor), option, given, now);
  }));
}

int Plugin::make_epoll() {
  return static_cast<int>(run([&](Instant) {
    const Outcome made = sockets_.epoll_create(0);
    return made ? Outcome::of(place(static_cast<int>(made.value))) : made;
  }));
}

int Plugin::change_epoll(int epoll, int operation, int descriptor, const epoll_event* event) {
  return static_cast<int>(run([&](Instant) {
    return sockets_.epoll_ctl(inner(epoll), operation, inner(descriptor), event);
  }));
}

int Plugin::await_epoll(int epoll, std::span<epoll_event> room, int milliseconds) {
  return static_cast<int>(run([&](Instant now) {
    Outcome outcome = sockets_.epoll_wait(inner(epoll), room, now);
    outcome.patience = patience_of(milliseconds);
    return outcome;
  }));
}

int Plugin::poll(pollfd* descriptors, nfds_t count, int milliseconds) {
  std::vector<pollfd> asked(descriptors, descriptors + count);
  const auto result = run([&](Instant now) {
    for (nfds_t i = 0; i < count; ++i) asked[i].fd = inner(descriptors[i].fd);
    Outcome outcome = sockets_.poll(asked, now);
    outcome.patience = patience_of(milliseconds);
    return outcome;
  });
  for (nfds_t i = 0; i < count; ++i) descriptors[i].revents = asked[i].revents;
  return static_cast<int>(result);
}

ssize_t Plugin::splice(int from, int to, std::size_t bytes, unsigned flags) {
  std::vector<std::uint8_t> text(std::min<std::size_t>(bytes, 1u << 20));
  const int receive_flags = (flags & SPLICE_F_NONBLOCK) != 0 ? MSG_DONTWAIT : 0;
  if (has(from)) {
    auto transfer = posix::Transfer::of(-1, text.data(), text.size(), receive_flags);
    const ssize_t count = run([&](Instant now) {
      transfer.descriptor = inner(from);
      // As Linux: an urgent octet stays where it is, and nobody waits for what is behind it.
      int is_at_mark = 0;
      const bool is_stream =
          bool{sockets_.ioctl(transfer.descriptor, SIOCATMARK, &is_at_mark, now)};
      const auto numbers = sockets_.info(transfer.descriptor);
      const bool is_held_up = is_stream && is_at_mark != 0 && numbers->rcv.unread_bytes > 0;
      if (is_held_up) return receive_flags == 0 ? Outcome::of(0) : Outcome::failed(EAGAIN);
      return sockets_.receive(transfer, now);
    });
    return count <= 0 ? count : ::write(to, text.data(), static_cast<std::size_t>(count));
  }
  const ssize_t count = ::read(from, text.data(), text.size());
  if (count <= 0) return count;
  return send(posix::Transfer::of(to, text.data(), static_cast<std::size_t>(count), 0));
}

ssize_t Plugin::send_file(int to, int from, off64_t* offset, std::size_t bytes) {
  std::array<std::uint8_t, 65536> text;
  std::size_t sent = 0;
  while (sent < bytes) {
    const std::size_t wanted = std::min(bytes - sent, text.size());
    const ssize_t got = offset == nullptr ? ::read(from, text.data(), wanted)
                                          : ::pread(from, text.data(), wanted, *offset);
    if (got <= 0) break;
    const auto size = static_cast<std::size_t>(got);
    const int flags = sent + size < bytes ? MSG_MORE : 0;
    const ssize_t taken = send(posix::Transfer::of(to, text.data(), size, flags));
    if (taken < 0) return sent > 0 ? static_cast<ssize_t>(sent) : taken;
    sent += static_cast<std::size_t>(taken);
    if (offset != nullptr) *offset += taken;
    if (taken < got) break;
  }
  return static_cast<ssize_t>(sent);
}

}  // namespace acksu::packetdrill
