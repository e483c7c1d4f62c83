// Opening the connections of the benchmarks.
#include "tools/bench_sockets.h"

#include <algorithm>
#include <span>
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

void BenchSockets::open_batch(std::uint32_t count, std::vector<SocketPair>& pairs) {
  const std::uint32_t port = opened_++;
  const std::size_t first = pairs.size();
  for (std::uint32_t i = 0; i < count; ++i) pairs.push_back({connect(port), {}});
  const std::span<SocketPair> batch = std::span(pairs).subspan(first);
  for (std::size_t accepted = 0; accepted < batch.size();) {
    wire_.tick();
    wire_.tick();
    wire_.pump();
    while (const Result<Handle> server = wire_.server.accept(listener(port), wire_.now())) {
      pair_of(*server, batch, accepted++).server = *server;
    }
  }
  forget_events();
}

// As every program takes its events, whatever it does about them.
void BenchSockets::forget_events() {
  while (wire_.client.next_event()) {
  }
  while (wire_.server.next_event()) {
  }
}

// As a rule they are accepted in the order in which they were opened: then it is the `next` one.
SocketPair& BenchSockets::pair_of(Handle server, std::span<SocketPair> batch, std::size_t next) {
  const Endpoint client = *wire_.server.remote_endpoint(server);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    SocketPair& pair = batch[(next + i) % batch.size()];
    if (*wire_.client.local_endpoint(pair.client) == client) return pair;
  }
  bench_failed("accept", Error::address_not_available);
}

std::vector<SocketPair> BenchSockets::open(std::uint32_t count) {
  std::vector<SocketPair> pairs;
  pairs.reserve(count);
  while (pairs.size() < count) {
    const std::uint32_t batch =
        std::min<std::uint32_t>(64, count - static_cast<std::uint32_t>(pairs.size()));
    open_batch(batch, pairs);
  }
  wire_.settle();
  forget_events();
  return pairs;
}

}  // namespace acksu::tools
