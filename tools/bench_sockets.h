// Connections of the benchmarks: opened in batches, with as many listening ports as ephemeral ports
// require.
#pragma once

#include <span>
#include <vector>

#include "tools/bench_wire.h"

namespace acksu::tools {

struct SocketPair {
  Handle client, server;
};

class BenchSockets {
 public:
  BenchSockets(BenchWire& wire, std::uint32_t connections);

  // Opens one connection and waits until both ends hold it.
  SocketPair open_one();
  // Opens `count` connections; the order of the pairs is that of the opening.
  std::vector<SocketPair> open(std::uint32_t count);
  // Starts an active open towards listener `index`.
  Handle connect(std::uint32_t index);
  Handle listener(std::uint32_t index) const { return listeners_[index % listeners_.size()]; }

 private:
  void open_batch(std::uint32_t count, std::vector<SocketPair>& pairs);
  void forget_events();
  SocketPair& pair_of(Handle server, std::span<SocketPair> batch, std::size_t next);

  static constexpr std::uint32_t connections_per_port = 30000;
  static constexpr std::uint16_t first_port = 1;

  BenchWire& wire_;
  std::vector<Handle> listeners_;
  std::uint32_t opened_ = 0;
};

// Ends the program with a sentence when a call fails that cannot.
[[noreturn]] void bench_failed(const char* what, Error error);

}  // namespace acksu::tools
