// Which calls there are, and those that make and end sockets.
#include "packetdrill/calls.h"

#include <array>

#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

std::string nothing(const posix::Outcome&) { return ""; }

}  // namespace

Calls::Calls(Machine& machine, Conversations& conversations, const PlayOptions& options)
    : machine_(machine), conversations_(conversations), options_(options) {}

const Expression& Calls::Given::at(std::size_t place) const {
  if (!has(place)) {
    throw Mistake{
        line, call.name + "() has more arguments than " + std::to_string(call.arguments.size())};
  }
  return call.arguments[place];
}

int Calls::descriptor(const Given& given, std::size_t place) const {
  return descriptor_called(given.number(place));
}

// Numbers that no call has made stand for themselves, and out of the way: EBADF.
int Calls::descriptor_called(std::int64_t called) const {
  const auto known = descriptors_.find(called);
  return known == descriptors_.end() ? -1 : known->second;
}

SocketName Calls::local_name() const {
  return name_of(Endpoint{options_.local, options_.bind_port}, options_.version);
}

SocketName Calls::remote_name() const {
  return name_of(Endpoint{options_.remote, options_.connect_port}, options_.version);
}

Attempt Calls::prepare(const SystemCall& call, std::uint32_t line) {
  struct Row {
    const char* name;
    Preparer prepare;
  };
  static constexpr std::array rows{
      Row{"socket", &Calls::prepare_socket},
      Row{"bind", &Calls::prepare_bind},
      Row{"listen", &Calls::prepare_listen},
      Row{"accept", &Calls::prepare_accept},
      Row{"accept4", &Calls::prepare_accept},
      Row{"connect", &Calls::prepare_connect},
      Row{"close", &Calls::prepare_close},
      Row{"shutdown", &Calls::prepare_shutdown},
      Row{"setsockopt", &Calls::prepare_setsockopt},
      Row{"getsockopt", &Calls::prepare_getsockopt},
      Row{"fcntl", &Calls::prepare_fcntl},
      Row{"ioctl", &Calls::prepare_ioctl},
      Row{"poll", &Calls::prepare_poll},
      Row{"read", &Calls::prepare_read},
      Row{"readv", &Calls::prepare_readv},
      Row{"recv", &Calls::prepare_recv},
      Row{"recvfrom", &Calls::prepare_recv},
      Row{"recvmsg", &Calls::prepare_recvmsg},
      Row{"write", &Calls::prepare_write},
      Row{"writev", &Calls::prepare_writev},
      Row{"send", &Calls::prepare_send},
      Row{"sendto", &Calls::prepare_send},
      Row{"sendmsg", &Calls::prepare_sendmsg},
      Row{"epoll_create", &Calls::prepare_epoll_create},
      Row{"epoll_create1", &Calls::prepare_epoll_create},
      Row{"epoll_ctl", &Calls::prepare_epoll_ctl},
      Row{"epoll_wait", &Calls::prepare_epoll_wait},
  };
  for (const Row& row : rows) {
    if (call.name == row.name) return (this->*row.prepare)(Given{call, line});
  }
  throw Mistake{line, "there is no call " + call.name + "() here"};
}

// Its value, which the script calls so, is a descriptor.
Attempt Calls::made(const Given& given, std::function<posix::Outcome()> run) {
  const std::int64_t called = given.call.result.number;
  const auto remember = [this, called](const posix::Outcome& outcome) {
    if (outcome) descriptors_[called] = static_cast<int>(outcome.value);
    return std::string{};
  };
  return {std::move(run), remember, true};
}

Attempt Calls::prepare_socket(const Given& given) {
  const int wanted = given.at(0).is_ellipsis() ? family() : given.integer(0);
  const int type = given.integer(1), protocol = given.integer(2);
  protocols_[given.call.result.number] =
      (type & 0xf) == SOCK_DGRAM ? int{IPPROTO_UDP} : int{IPPROTO_TCP};
  bound_.erase(given.call.result.number);
  has_begun_.erase(given.call.result.number);
  return made(given, [this, wanted, type, protocol] {
    const posix::Outcome outcome = machine_.sockets().socket(wanted, type, protocol);
    if (outcome && options_.is_freebsd()) tested_ = static_cast<int>(outcome.value);
    return outcome;
  });
}

Attempt Calls::prepare_bind(const Given& given) {
  const std::int64_t called = given.number(0);
  const SocketName name = name_of(given.at(1), local_name(), given.line);
  const std::uint16_t port =
      name.bytes == 0 ? std::uint16_t{0}
                      : ntohs(reinterpret_cast<const sockaddr_in*>(name.data())->sin_port);
  const auto remember = [this, called, port](const posix::Outcome& outcome) {
    if (!outcome) return std::string{};
    bound_[called] = port;
    if (protocols_[called] == IPPROTO_UDP) conversations_.bind(IPPROTO_UDP, port);
    return std::string{};
  };
  return {[this, name, fd = descriptor(given, 0)] {
            return machine_.sockets().bind(fd, name.data(), name.bytes, machine_.now());
          },
          remember};
}

Attempt Calls::prepare_listen(const Given& given) {
  const int backlog = given.integer(1);
  const auto remember = [this](const posix::Outcome& outcome) {
    if (outcome) conversations_.listen();
    return std::string{};
  };
  return {[this, backlog, fd = descriptor(given, 0)] {
            return machine_.sockets().listen(fd, backlog, machine_.now());
          },
          remember};
}

Attempt Calls::prepare_accept(const Given& given) {
  const int flags = given.has(3) ? given.integer(3) : 0;
  Attempt attempt = made(given, [this, flags, fd = descriptor(given, 0)] {
    return machine_.sockets().accept(fd, flags, machine_.now());
  });
  attempt.check = [this, remember = attempt.check](const posix::Outcome& outcome) {
    if (outcome) tested_ = static_cast<int>(outcome.value);
    return remember(outcome);
  };
  return attempt;
}

// Once for each socket; a connect that asks how it ended begins nothing.
void Calls::begin_connect(int script_descriptor, const SocketName& name) {
  if (name.bytes == 0 || name.storage.ss_family == AF_UNSPEC) {
    has_begun_.erase(script_descriptor);
    return;
  }
  if (std::exchange(has_begun_[script_descriptor], true)) return;
  const std::uint16_t port = ntohs(reinterpret_cast<const sockaddr_in*>(name.data())->sin_port);
  conversations_.connect(protocols_[script_descriptor], {options_.remote, port},
                         bound_[script_descriptor]);
  tested_ = descriptor_called(script_descriptor);
}

Attempt Calls::prepare_connect(const Given& given) {
  const SocketName name = name_of(given.at(1), remote_name(), given.line);
  begin_connect(given.integer(0), name);
  return {[this, name, fd = descriptor(given, 0)] {
            return machine_.sockets().connect(fd, name.data(), name.bytes, machine_.now());
          },
          nothing};
}

Attempt Calls::prepare_close(const Given& given) {
  const int fd = descriptor(given, 0);
  descriptors_.erase(given.number(0));
  return {[this, fd] { return machine_.sockets().close(fd, machine_.now()); }, nothing};
}

Attempt Calls::prepare_shutdown(const Given& given) {
  const int how = given.integer(1);
  return {[this, how, fd = descriptor(given, 0)] {
            return machine_.sockets().shutdown(fd, how, machine_.now());
          },
          nothing};
}

}  // namespace acksu::packetdrill
