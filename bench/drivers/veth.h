// Two network namespaces of Linux joined by a veth pair. Both have no name: they end with the
// process.
#pragma once

#include <string>

namespace acksu::peers {

class Veth {
 public:
  // The calling thread stays in the client's namespace: the sockets that it makes are there.
  // Without `offloads` every frame is one of the MTU, and Linux computes and verifies its checksum
  // in software.
  Veth(unsigned mtu, bool offloads);

  // Runs `act` in the server's namespace.
  template <typename Act>
  void at_server(Act act) {
    enter(server_);
    act();
    enter(client_);
  }

  static constexpr const char* server_address = "10.0.0.2";

 private:
  static void enter(int space);
  static void run_in(int space, const std::string& command);
  void set_up(int space, const char* device, const char* address);

  int client_ = -1, server_ = -1;
  unsigned mtu_;
  bool has_offloads_;
};

}  // namespace acksu::peers
