// Opening the connections of the benchmarks.
#include "tools/bench_sockets.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

namespace acksu::tools {

void bench_failed(const char* what, Error error) {
  throw std::runtime_error(std::string(what) + ": " + sentence(error));
}

BenchSockets::BenchSockets(BenchWire& wire, std::uint32_t connections) : wire_(wire) {
  const std::uint32_t ports = connections / connections_per_port + 1;
  for (std::uint32_t i = 0; i < ports; ++i) {
    const Endpoint local{BenchWire::server_address, static_cast<std::uint16_t>(first_port + i)};
    const Result<Handle> listener = wire_.server.listen(local, {.backlog = 1024}, wire_.now());
    if (!listener) bench_failed("listen", listener.error());
    listeners_.push_back(*listener);
  }
}

Handle BenchSockets::connect(std::uint32_t index) {
  const auto port = static_cast<std::uint16_t>(first_port + index % listeners_.size());
  const Result<Handle> client =
      wire_.client.connect({BenchWire::server_address, port}, {}, wire_.now());
  if (!client) bench_failed("connect", client.error());
  return *client;
}

SocketPair BenchSockets::open_one() { return open(1).front(); }

std::vector<SocketPair> BenchSockets::open(std::uint32_t count) {
  std::vector<SocketPair> pairs;
  pairs.reserve(count);
  while (pairs.size() < count) {
    const std::uint32_t batch =
        std::min<std::uint32_t>(64, count - static_cast<std::uint32_t>(pairs.size()));
    const std::uint32_t port = opened_++;
    std::map<std::uint16_t, Handle> by_port;
    for (std::uint32_t i = 0; i < batch; ++i) {
      const Handle client = connect(port);
      by_port[wire_.client.local_endpoint(client)->port] = client;
    }
    while (!by_port.empty()) {
      wire_.tick();
      wire_.tick();
      wire_.pump();
      while (const Result<Handle> server = wire_.server.accept(listener(port), wire_.now())) {
        const auto found = by_port.find(wire_.server.info(*server)->tuple.remote.port);
        pairs.push_back({found->second, *server});
        by_port.erase(found);
      }
    }
  }
  wire_.settle();
  while (wire_.client.next_event()) {
  }
  while (wire_.server.next_event()) {
  }
  return pairs;
}

}  // namespace acksu::tools
