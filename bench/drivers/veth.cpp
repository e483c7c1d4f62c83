// Two network namespaces joined by a veth pair, made by ip and ethtool.
#include "bench/drivers/veth.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace acksu::peers {
namespace {

int new_space() {
  if (unshare(CLONE_NEWNET) != 0)
    throw std::runtime_error(std::string("needs root for network namespaces: ") +
                             std::strerror(errno));
  return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

}  // namespace

Veth::Veth(unsigned mtu, bool offloads) : mtu_(mtu), has_offloads_(offloads) {
  client_ = new_space();
  server_ = new_space();
  run_in(client_, "ip link add near type veth peer name far && ip link set far netns " +
                      std::to_string(getpid()));  // this process is at the server
  set_up(client_, "near", "10.0.0.1");
  set_up(server_, "far", server_address);
  enter(client_);
}

void Veth::set_up(int space, const char* device, const char* address) {
  const std::string name = device;
  run_in(space, "ip link set lo up && ip address add " + std::string(address) + "/24 dev " + name +
                    " && ip link set " + name + " mtu " + std::to_string(mtu_) + " up");
  // As acksu's: time stamps, SACK, as many in TIME-WAIT. More ports, so that a client does
  // not run out of them.
  run_in(space,
         "cd /proc/sys/net/ipv4 && echo 1 >tcp_timestamps && "
         "echo 1 >tcp_sack && echo 1 >tcp_window_scaling && echo 4096 >tcp_max_tw_buckets && "
         "echo 1024 65535 >ip_local_port_range");
  if (!has_offloads_)
    run_in(space, "ethtool -K " + name + " tx off rx off tso off gso off gro off");
}

void Veth::enter(int space) {
  if (setns(space, CLONE_NEWNET) != 0) throw std::runtime_error("cannot enter a namespace");
}

void Veth::run_in(int space, const std::string& command) {
  const pid_t child = fork();
  if (child == 0) {
    if (setns(space, CLONE_NEWNET) != 0) _exit(126);
    const std::string quiet = "{ " + command + "; } >/dev/null";
    execl("/bin/sh", "sh", "-c", quiet.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("this failed: " + command);
}

}  // namespace acksu::peers
