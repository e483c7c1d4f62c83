// The stack that packetdrill loads: sockets on a host in virtual time, under descriptors of the
// kernel's, which packetdrill closes by itself in the end. Descriptors of other things (pipes) are
// the kernel's business.
#pragma once

#include <map>

#include "api/posix_sockets.h"
#include "packetdrill/commands.h"
#include "packetdrill/engine.h"
#include "packetdrill/plugin_flags.h"

namespace acksu::packetdrill {

class Plugin : public Engine {
 public:
  explicit Plugin(const PluginFlags& flags);
  ~Plugin() override;

  // ---- Calls as in POSIX: the value, or -1 and `errno`.
  int socket(int family, int type, int protocol);
  int bind(int descriptor, const sockaddr* name, socklen_t bytes);
  int listen(int descriptor, int backlog);
  int accept(int descriptor, sockaddr* name, socklen_t* bytes);
  int connect(int descriptor, const sockaddr* name, socklen_t bytes);
  ssize_t send(posix::Transfer transfer);
  ssize_t receive(posix::Transfer& transfer);
  int control(int descriptor, int command, int argument);
  int control_device(int descriptor, unsigned long request, int* argument);
  int close(int descriptor);
  int shutdown(int descriptor, int how);
  int get_option(int descriptor, posix::OptionName option, void* value, socklen_t* bytes);
  int set_option(int descriptor, posix::OptionName option, const void* value, socklen_t bytes);
  int poll(pollfd* descriptors, nfds_t count, int milliseconds);
  int make_epoll();
  int change_epoll(int epoll, int operation, int descriptor, const epoll_event* event);
  int await_epoll(int epoll, std::span<epoll_event> room, int milliseconds);
  ssize_t splice(int from, int to, std::size_t bytes, unsigned flags);
  ssize_t send_file(int to, int from, off64_t* offset, std::size_t bytes);

  // A command of a script was run: what it does to a host beside sysctls, which are read.
  void hear_command(const char* text);

  // Whether that is one of ours.
  bool has(int descriptor);

 private:
  void refresh() override;
  void hear(const SocketEvent& event) override { sockets_.hear(event); }
  bool follow() override { return sockets_.follow_stamps(); }
  void adopt(const sockaddr* name, socklen_t bytes, Instant now);
  // Ours behind one of the kernel's; -1: none.
  int inner(int descriptor) const;
  int place(int inner_descriptor);
  ssize_t finish(const posix::Outcome& outcome) const;
  template <typename Call>
  ssize_t run(Call call) {
    return finish(this->call(call));
  }

  PluginFlags flags_;
  posix::Sockets sockets_;
  bool may_open_fast_ = true;  // as a client
  std::map<int, int> inner_;   // by the kernel's descriptor
  Commands heard_{HostSettings{}};
  long commands_ = -1;  // that packetdrill has run, as far as can be told
};

}  // namespace acksu::packetdrill
