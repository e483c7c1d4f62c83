// A script's system calls, on the sockets of the host under test.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "packetdrill/arguments.h"
#include "packetdrill/conversation.h"
#include "packetdrill/machine.h"
#include "packetdrill/script.h"

namespace acksu::packetdrill {

// A call that can be tried until it is over, and what is to be seen about it then.
struct Attempt {
  std::function<posix::Outcome()> run;
  // What is not as the script says, besides value and errno; empty: nothing.
  std::function<std::string(const posix::Outcome&)> check;
  bool makes_descriptor = false;  // its value is a new one, and not compared
  bool goes_on = false;           // has returned by then: its text goes when it can
};

class Calls {
 public:
  Calls(Machine& machine, Conversations& conversations, const PlayOptions& options);

  // Throws Mistake: no such call, or arguments that mean nothing.
  Attempt prepare(const SystemCall& call, std::uint32_t line);
  // The socket that code asks about: the last that connected or was accepted.
  std::optional<int> tested_descriptor() const { return tested_; }

 private:
  struct Given {  // a call, with where it stands
    const SystemCall& call;
    std::uint32_t line;

    const Expression& at(std::size_t place) const;
    std::int64_t number(std::size_t place) const { return number_of(at(place), line); }
    int integer(std::size_t place) const { return static_cast<int>(number(place)); }
    bool has(std::size_t place) const { return place < call.arguments.size(); }
  };
  using Preparer = Attempt (Calls::*)(const Given& given);

  int descriptor(const Given& given, std::size_t place) const;
  int descriptor_called(std::int64_t called) const;
  int family() const { return options_.version == IpVersion::v4 ? AF_INET : AF_INET6; }
  SocketName local_name() const;
  SocketName remote_name() const;
  void begin_connect(int script_descriptor, const SocketName& name);
  Attempt made(const Given& given, std::function<posix::Outcome()> run);

  // calls.cpp
  Attempt prepare_socket(const Given& given);
  Attempt prepare_bind(const Given& given);
  Attempt prepare_listen(const Given& given);
  Attempt prepare_accept(const Given& given);
  Attempt prepare_connect(const Given& given);
  Attempt prepare_close(const Given& given);
  Attempt prepare_shutdown(const Given& given);
  // option_calls.cpp
  Attempt prepare_setsockopt(const Given& given);
  Attempt prepare_getsockopt(const Given& given);
  Attempt prepare_fcntl(const Given& given);
  Attempt prepare_ioctl(const Given& given);
  Attempt prepare_poll(const Given& given);
  // epoll_calls.cpp
  Attempt prepare_epoll_create(const Given& given);
  Attempt prepare_epoll_ctl(const Given& given);
  Attempt prepare_epoll_wait(const Given& given);
  // transfer_calls.cpp
  Attempt prepare_read(const Given& given);
  Attempt prepare_readv(const Given& given);
  Attempt prepare_recv(const Given& given);
  Attempt prepare_recvmsg(const Given& given);
  Attempt prepare_write(const Given& given);
  Attempt prepare_writev(const Given& given);
  Attempt prepare_send(const Given& given);
  Attempt prepare_sendmsg(const Given& given);
  bool opens_fast(const Given& given) const;
  std::shared_ptr<posix::Transfer> transfer_of(const Given& given, std::shared_ptr<Buffers> buffers,
                                               int flags) const;
  Attempt sending(std::shared_ptr<posix::Transfer> transfer, std::shared_ptr<Buffers> buffers);
  Attempt receiving(std::shared_ptr<posix::Transfer> transfer, std::shared_ptr<Buffers> buffers);

  Machine& machine_;
  Conversations& conversations_;
  const PlayOptions& options_;
  std::map<std::int64_t, int> descriptors_;      // the script's to the host's
  std::map<std::int64_t, int> protocols_;        // of sockets, by the script's descriptor
  std::map<std::int64_t, std::uint16_t> bound_;  // ports, the same
  std::map<std::int64_t, bool> has_begun_;       // to connect, the same
  std::optional<int> tested_;
};

}  // namespace acksu::packetdrill
