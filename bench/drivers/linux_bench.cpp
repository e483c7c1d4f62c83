// The workloads on sockets of Linux in two namespaces, by one thread: no call waits longer than the
// kernel needs, and no call is made to ask which socket is ready, for the program knows it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "bench/drivers/veth.h"
#include "bench/drivers/workload.h"

namespace acksu::peers {
namespace {

constexpr std::uint16_t port = 7;

int check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

// How many connections may be open: both ends are open files of this process.
std::uint32_t most_connections() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::uint32_t>((std::min<rlim_t>(limit.rlim_max, 1'000'000) - 64) / 2);
}

sockaddr_in server_name() {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  inet_pton(AF_INET, Veth::server_address, &name.sin_addr);
  return name;
}

int new_socket() {
  const int socket = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  // Both are passed on to what is accepted.
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  static constexpr char algorithm[] = "cubic";  // as acksu's
  check(setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, algorithm, sizeof algorithm - 1),
        algorithm);
  return socket;
}

// What the kernel holds in its slabs.
double slab_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  double kib = 0;
  while (file >> key) {
    if (key == "Slab:" && file >> kib) return kib * 1024;
  }
  return 0;
}

void read_message(int socket) {
  std::array<std::uint8_t, message_bytes> message;
  if (recv(socket, message.data(), message.size(), MSG_WAITALL) != message_bytes)
    throw std::runtime_error("a message did not come");
}

void write_message(int socket) {
  static constexpr std::array<std::uint8_t, message_bytes> message{'q'};
  check(static_cast<int>(send(socket, message.data(), message.size(), 0)), "send");
}

class LinuxPeer : public Peer {
 public:
  explicit LinuxPeer(const Workload& workload)
      : wire_(workload.mtu, workload.gso), source_(write_bytes, 0xa5), sink_(write_bytes) {
    wire_.at_server([&] { listener_ = new_socket(); });
    const sockaddr_in name = server_name();
    check(bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind");
    check(listen(listener_, 1024), "listen");
  }

  void open(std::uint32_t connections) override {
    slab_before_ = slab_bytes();
    for (std::uint32_t i = 0; i < connections; ++i) pairs_.push_back(open_one());
  }

  std::uint32_t pour() override {
    const auto& [client, server] = pairs_.front();
    const bool has_sent = send(client, source_.data(), source_.size(), MSG_DONTWAIT) > 0;
    std::uint32_t total = 0;
    while (true) {
      const ssize_t count = recv(server, sink_.data(), sink_.size(), MSG_DONTWAIT);
      if (count <= 0) break;
      total += static_cast<std::uint32_t>(count);
    }
    if (has_sent || total > 0) return total;
    std::array<pollfd, 2> either{{{client, POLLOUT, 0}, {server, POLLIN, 0}}};
    check(poll(either.data(), either.size(), 1000), "poll");
    return 0;
  }

  void cycle() override {
    const auto [client, server] = open_one();
    ::close(client);
    std::uint8_t nothing;
    if (recv(server, &nothing, 1, 0) != 0) throw std::runtime_error("the client did not close");
    ::close(server);
  }

  void transact(std::span<const std::uint32_t> connections) override {
    for (const std::uint32_t each : connections) write_message(pairs_[each].client);
    for (const std::uint32_t each : connections) {
      read_message(pairs_[each].server);
      write_message(pairs_[each].server);
    }
    for (const std::uint32_t each : connections) read_message(pairs_[each].client);
  }

  double bytes_per_end() override {
    return (slab_bytes() - slab_before_) / static_cast<double>(2 * pairs_.size());
  }

 private:
  struct Pair {
    int client, server;
  };

  Pair open_one() {
    const int client = new_socket();
    const sockaddr_in name = server_name();
    check(connect(client, reinterpret_cast<const sockaddr*>(&name), sizeof name), "connect");
    return {client, check(accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), "accept")};
  }

  Veth wire_;
  int listener_ = -1;
  std::vector<Pair> pairs_;
  std::vector<std::uint8_t> source_, sink_;
  double slab_before_ = 0;
};

}  // namespace
}  // namespace acksu::peers

int main(int count, char** words) {
  using namespace acksu::peers;
  return run_peer({words, static_cast<std::size_t>(count)},
                  [](Workload& workload) -> std::unique_ptr<Peer> {
                    workload.connections = std::min(workload.connections, most_connections());
                    return std::make_unique<LinuxPeer>(workload);
                  });
}
