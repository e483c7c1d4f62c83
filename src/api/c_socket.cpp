// The calls of include/acksu/socket.h, but for those that move text.
// The arguments are those of POSIX, one row a call.
// house: table
#include "acksu/socket.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "api/c_stack.h"

using acksu::Bytes;
using acksu::Duration;
using acksu::Instant;
using acksu::MutableBytes;
using acksu::posix::end_short_call;
using acksu::posix::Outcome;
using acksu::posix::Sockets;
using acksu::posix::WrittenName;

namespace acksu::posix {
namespace {

// As much as fits, and how long all of it is; judged as Linux does.
Outcome give_caller(const WrittenName& name, sockaddr* room, socklen_t* bytes) {
  if (bytes == nullptr) return Outcome::failed(EFAULT);
  if (is_negative(*bytes)) return Outcome::failed(EINVAL);
  const socklen_t count = std::min(name.bytes, *bytes);
  if (room == nullptr && count > 0) return Outcome::failed(EFAULT);
  if (count > 0) std::memcpy(room, &name.name, count);
  *bytes = name.bytes;
  return Outcome::of(0);
}

Duration limit_of(int milliseconds) {
  return milliseconds < 0 ? forever : milliseconds * Duration{1ms};
}

// Longer than anybody waits is for ever.
Duration limit_of(const timeval& limit) {
  constexpr time_t longest_s = 1'000'000'000;
  if (limit.tv_sec >= longest_s) return forever;
  return std::chrono::seconds{limit.tv_sec} + std::chrono::microseconds{limit.tv_usec};
}

timeval timeval_of(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(duration - seconds);
  return {static_cast<time_t>(seconds.count()), static_cast<suseconds_t>(rest.count())};
}

}  // namespace
}  // namespace acksu::posix

using acksu::posix::give_caller;
using acksu::posix::limit_of;
using acksu::posix::timeval_of;

extern "C" {

// ---- Making and ending --------------------------------------------------------------------------

int acksu_socket(acksu_stack* stack, int domain, int type, int protocol) {
  return end_short_call(stack->shell->run(
      [&](Sockets& sockets, Instant) { return sockets.socket(domain, type, protocol); }));
}

int acksu_close(acksu_stack* stack, int fd) { return end_short_call(stack->shell->close(fd)); }

int acksu_shutdown(acksu_stack* stack, int fd, int how) {
  return end_short_call(stack->shell->run_and_wake(
      [&](Sockets& sockets, Instant now) { return sockets.shutdown(fd, how, now); }));
}

// ---- Names and opening --------------------------------------------------------------------------

int acksu_bind(acksu_stack* stack, int fd, const sockaddr* name, socklen_t bytes) {
  return end_short_call(stack->shell->run(
      [&](Sockets& sockets, Instant now) { return sockets.bind(fd, name, bytes, now); }));
}

int acksu_listen(acksu_stack* stack, int fd, int backlog) {
  return end_short_call(stack->shell->run_and_wake(
      [&](Sockets& sockets, Instant now) { return sockets.listen(fd, backlog, now); }));
}

int acksu_accept(acksu_stack* stack, int fd, sockaddr* name, socklen_t* bytes) {
  return acksu_accept4(stack, fd, name, bytes, 0);
}

int acksu_accept4(acksu_stack* stack, int fd, sockaddr* name, socklen_t* bytes, int flags) {
  const auto call = [&](Sockets& sockets, Instant now) {
    const Outcome accepted = sockets.accept(fd, flags, now);
    if (!accepted || name == nullptr) return accepted;
    const int descriptor = static_cast<int>(accepted.value);
    const acksu::posix::Description& description = *sockets.description(descriptor);
    const WrittenName peer = acksu::posix::write_name(description.family, description.remote);
    const Outcome given = give_caller(peer, name, bytes);
    if (given) return accepted;
    (void)sockets.close(descriptor, now);  // nobody would ever know of it
    return given;
  };
  return end_short_call(stack->shell->run(call, acksu::forever, fd));
}

int acksu_connect(acksu_stack* stack, int fd, const sockaddr* name, socklen_t bytes) {
  const auto call = [&](Sockets& sockets, Instant now) {
    return sockets.connect(fd, name, bytes, now);
  };
  return end_short_call(stack->shell->run(call, acksu::forever, fd));
}

int acksu_getsockname(acksu_stack* stack, int fd, sockaddr* name, socklen_t* bytes) {
  return end_short_call(stack->shell->run([&](Sockets& sockets, Instant) {
    WrittenName told;
    const Outcome outcome = sockets.getsockname(fd, told);
    return outcome ? give_caller(told, name, bytes) : outcome;
  }));
}

int acksu_getpeername(acksu_stack* stack, int fd, sockaddr* name, socklen_t* bytes) {
  return end_short_call(stack->shell->run([&](Sockets& sockets, Instant) {
    WrittenName told;
    const Outcome outcome = sockets.getpeername(fd, told);
    return outcome ? give_caller(told, name, bytes) : outcome;
  }));
}

// ---- Options ------------------------------------------------------------------------------------

int acksu_getsockopt(acksu_stack* stack, int fd, int level, int name, void* value,
                     socklen_t* bytes) {
  return end_short_call(stack->shell->run([&](Sockets& sockets, Instant now) {
    if (bytes == nullptr) return Outcome::failed(EFAULT);
    const MutableBytes room{static_cast<std::uint8_t*>(value), *bytes};
    const Outcome told = sockets.getsockopt(fd, {level, name}, room, now);
    if (!told) return told;
    *bytes = static_cast<socklen_t>(told.value);
    return Outcome::of(0);
  }));
}

int acksu_setsockopt(acksu_stack* stack, int fd, int level, int name, const void* value,
                     socklen_t bytes) {
  return end_short_call(stack->shell->run([&](Sockets& sockets, Instant now) {
    const Bytes given{static_cast<const std::uint8_t*>(value), bytes};
    return sockets.setsockopt(fd, {level, name}, given, now);
  }));
}

int acksu_fcntl(acksu_stack* stack, int fd, int command, int argument) {
  return end_short_call(stack->shell->run(
      [&](Sockets& sockets, Instant) { return sockets.fcntl(fd, command, argument); }));
}

int acksu_ioctl(acksu_stack* stack, int fd, unsigned long request, int* argument) {
  return end_short_call(stack->shell->run(
      [&](Sockets& sockets, Instant now) { return sockets.ioctl(fd, request, argument, now); }));
}

// ---- Readiness ----------------------------------------------------------------------------------

int acksu_poll(acksu_stack* stack, pollfd* fds, nfds_t count, int milliseconds) {
  const auto call = [&](Sockets& sockets, Instant now) {
    if (fds == nullptr && count > 0) return Outcome::failed(EFAULT);
    return sockets.poll({fds, count}, now);
  };
  return end_short_call(stack->shell->run(call, limit_of(milliseconds)));
}

int acksu_select(acksu_stack* stack, int count, fd_set* reading, fd_set* writing, fd_set* excepting,
                 timeval* limit) {
  fd_set none;
  FD_ZERO(&none);
  const fd_set wants_read = reading == nullptr ? none : *reading;
  const fd_set wants_write = writing == nullptr ? none : *writing;
  const fd_set wants_except = excepting == nullptr ? none : *excepting;
  const auto call = [&](Sockets& sockets, Instant now) {
    if (reading != nullptr) *reading = wants_read;
    if (writing != nullptr) *writing = wants_write;
    if (excepting != nullptr) *excepting = wants_except;
    return sockets.select(count, {reading, writing, excepting}, now);
  };
  if (limit == nullptr) return end_short_call(stack->shell->run(call));
  if (limit->tv_sec < 0 || limit->tv_usec < 0) return end_short_call(Outcome::failed(EINVAL));
  const Duration patience = limit_of(*limit);
  const auto begun = std::chrono::steady_clock::now();
  const Outcome outcome = stack->shell->run(call, patience);
  // As Linux: what is left of it.
  const Duration waited = std::chrono::steady_clock::now() - begun;
  if (patience != acksu::forever) {
    *limit = timeval_of(std::max(patience - waited, Duration::zero()));
  }
  return end_short_call(outcome);
}

int acksu_epoll_create1(acksu_stack* stack, int flags) {
  return end_short_call(
      stack->shell->run([&](Sockets& sockets, Instant) { return sockets.epoll_create(flags); }));
}

int acksu_epoll_ctl(acksu_stack* stack, int epoll, int operation, int fd, epoll_event* event) {
  return end_short_call(stack->shell->run_and_wake(
      [&](Sockets& sockets, Instant) { return sockets.epoll_ctl(epoll, operation, fd, event); }));
}

int acksu_epoll_wait(acksu_stack* stack, int epoll, epoll_event* events, int most,
                     int milliseconds) {
  const auto call = [&](Sockets& sockets, Instant now) {
    if (most <= 0) return Outcome::failed(EINVAL);
    if (events == nullptr) return Outcome::failed(EFAULT);
    return sockets.epoll_wait(epoll, {events, static_cast<std::size_t>(most)}, now);
  };
  return end_short_call(stack->shell->run(call, limit_of(milliseconds), epoll));
}

}  // extern "C"
