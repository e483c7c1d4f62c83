// bulk: as much text as goes one way over one connection, copied in and out, or shared.
#include <algorithm>
#include <vector>

#include "tools/bench_measures.h"
#include "tools/bench_turns.h"

namespace acksu::tools {
namespace {

constexpr std::uint32_t pattern_bytes = 64 * 1024;

// How text gets in and out, and how much has.
class CopiedText {
 public:
  explicit CopiedText(BenchWire&) {}
  void write(Host& host, Handle socket, Instant now) { (void)host.write(socket, source_, now); }
  std::uint64_t read(Host& host, Handle socket, Instant now) {
    return drain(host, socket, sink_, now);
  }
  void end_warm_up() {}

 private:
  std::vector<std::uint8_t> source_ = std::vector<std::uint8_t>(pattern_bytes, 0xa5);
  std::vector<std::uint8_t> sink_ = std::vector<std::uint8_t>(pattern_bytes);
};

// One block is written over and over, and never changes. The reader looks at the ends of each view;
// before it is measured, at all octets.
class SharedText {
 public:
  explicit SharedText(BenchWire& wire) : block_(wire.client.pool()->allocate(pattern_bytes)) {
    std::uint32_t place = 0;
    for (std::uint8_t& octet : block_.writable()) {
      octet = static_cast<std::uint8_t>(place * 31 + place / 256);
      ++place;
    }
  }
  void write(Host& host, Handle socket, Instant now) {
    const std::uint32_t from = written_ % pattern_bytes;
    const Slice part = block_.part(from, pattern_bytes - from);
    if (const Result<std::uint32_t> count = host.write_shared(socket, part, now)) {
      written_ += *count;
    }
  }
  std::uint64_t read(Host& host, Handle socket, Instant now) {
    const std::uint64_t before = read_;
    for (;;) {
      const Result<BufferChain> views = host.read_shared(socket, pattern_bytes, now);
      if (!views || views->is_empty()) return read_ - before;
      for (std::uint32_t i = 0; i < views->count(); ++i) look_at((*views)[i].bytes());
    }
  }
  void end_warm_up() { is_warm_ = true; }

 private:
  void look_at(Bytes view) {
    const std::size_t step = is_warm_ ? std::max<std::size_t>(view.size() - 1, 1) : 1;
    for (std::size_t at = 0; at < view.size(); at += step) {
      if (view[at] == block_.bytes()[(read_ + at) % pattern_bytes]) continue;
      bench_failed("a view of the text", Error::invalid_argument);
    }
    read_ += view.size();
  }

  Slice block_;
  std::uint64_t written_ = 0, read_ = 0;
  bool is_warm_ = false;
};

template <class Text>
Figures run_bulk(const Workload& workload) {
  BenchWire wire{settings_for(workload)};
  BenchSockets sockets{wire, 1};
  const SocketPair pair = sockets.open_one();
  Text text{wire};

  std::uint64_t bytes = 0, frames = 0;
  const auto run_for = [&](double seconds) {
    bytes = 0;
    frames = wire.frames();
    const Clock::time_point start = Clock::now();
    while (seconds_since(start) < seconds) {
      for (int i = 0; i < 16; ++i) {
        wire.tick();
        text.write(wire.client, pair.client, wire.now());
        wire.pump();
        bytes += text.read(wire.server, pair.server, wire.now());
      }
    }
    frames = wire.frames() - frames;
    return seconds_since(start);
  };
  run_for(0.2);
  text.end_warm_up();
  wait_for_others(workload);
  const double seconds = run_for(workload.seconds);

  Figures figures = parameters(workload);
  const auto payload = static_cast<double>(bytes);
  figures["mtu"] = workload.mtu;
  figures["gso"] = workload.gso;
  figures["zero_copy"] = workload.zero_copy;
  figures["gbit_per_s"] = payload * 8 / seconds / 1e9;
  figures["ns_per_1460"] = seconds * 1e9 / (payload / 1460);
  figures["frames"] = frames;
  figures["retransmitted"] = wire.client.counters().tcp.retransmitted_segments;
  return figures;
}

}  // namespace

Figures bench_bulk(const Workload& workload) {
  return workload.zero_copy ? run_bulk<SharedText>(workload) : run_bulk<CopiedText>(workload);
}

}  // namespace acksu::tools
