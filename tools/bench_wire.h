// Two hosts in one process and one thread, joined by an in-memory wire of Ethernet frames: what
// every workload of `acksu bench` runs on.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "host/host.h"

namespace acksu::tools {

struct BenchSettings {
  std::uint32_t mtu = 1500;
  std::uint32_t max_split_bytes = 0;  // 64 KiB segments kept whole on the wire
  std::uint32_t buffer_bytes = 256 * 1024;
  std::uint32_t max_time_wait = 4096;
  std::uint32_t max_half_open = tcp::Settings{}.max_half_open;
  bool timestamps = true;
  Duration tick{};  // that passes with each turn; zero: as long as it takes
  tcp::CongestionAlgorithm congestion = tcp::Settings{}.congestion;
  std::optional<ShardSettings> shard{};  // of several such pairs: both hosts' place among them
};

class BenchWire {
 public:
  explicit BenchWire(const BenchSettings& settings);

  Host client, server;

  static constexpr IpAddress client_address = IpAddress::v4(10, 0, 0, 1);
  static constexpr IpAddress server_address = IpAddress::v4(10, 0, 0, 2);

  Instant now() const { return now_; }
  // Reads the clock (or counts) and lets timers fire, as a program does once for each turn of its
  // loop.
  void tick();
  // From now on it is so much later than the clock says.
  void skip(Duration duration) { skipped_ += duration; }
  // Carries one burst from the client to the server; the other way. True if anything moved.
  bool carry_forth() { return carry(client, server); }
  bool carry_back() { return carry(server, client); }
  // Both.
  bool pump();
  // A tick, then bursts until nothing moves any more.
  void settle();
  std::uint64_t frames() const { return frames_; }
  BufferPool& pool() { return *pool_; }

 private:
  BenchWire(const BenchSettings& settings, std::shared_ptr<BufferPool> pool);
  bool carry(Host& from, Host& to);

  std::shared_ptr<BufferPool> pool_;
  std::vector<Frame> burst_;
  Duration tick_;
  Duration skipped_{};
  Instant now_;
  std::uint64_t frames_ = 0;
};

}  // namespace acksu::tools
