// What the drivers of peers written in C++ have in common: the words of `acksu bench`, its loops,
// its figures.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace acksu::peers {

struct Workload {
  std::string name;
  std::uint32_t mtu = 1500;
  bool gso = false;
  std::uint32_t connections = 1;
  std::uint32_t others = 0;
  std::string order = "sequential";  // or random, batched
  double seconds = 2;
};

constexpr std::uint32_t message_bytes = 64, write_bytes = 64 * 1024;

// Two hosts of a peer, joined by a wire, with the programs of a workload on them.
class Peer {
 public:
  virtual ~Peer() = default;
  // Opens so many connections; they have numbers from 0 on.
  virtual void open(std::uint32_t connections) = 0;
  // Writes up to write_bytes, carries them, and reads what has come; the bytes read.
  virtual std::uint32_t pour() = 0;
  // Connect, accept, close, close; and all that follows from it until the wire is silent.
  virtual void cycle() = 0;
  // A request of message_bytes on each of these connections, and their responses.
  virtual void transact(std::span<const std::uint32_t> connections) = 0;
  virtual double bytes_per_end() = 0;
};

// Runs what the command line asks for, prints its figures, and returns the exit code. `make` may
// lower what its peer cannot do; the figures say so.
int run_peer(std::span<char*> words, std::unique_ptr<Peer> (*make)(Workload&));

}  // namespace acksu::peers
