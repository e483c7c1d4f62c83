// flood: what nobody asked for comes at full speed, and of a hundred frames one is followed by an
// honest client that connects. How much is judged, who gets in, what is held, what is answered.
#include <algorithm>
#include <stdexcept>

#include "tools/bench_measures.h"
#include "tools/bench_strangers.h"
#include "tools/bench_workloads.h"

namespace acksu::tools {
namespace {

constexpr std::uint32_t frames_at_once = 64;
constexpr std::uint32_t frames_of_a_client = 100;
constexpr std::uint32_t prepared_frames = 65'536;

BenchSettings flood_settings(const std::string& flood) {
  BenchSettings settings;
  settings.timestamps = flood != "pieces";
  return settings;
}

std::vector<Frame> frames_of(const std::string& flood, BenchWire& wire, BenchSockets& sockets) {
  if (flood == "fragments") return lone_fragments(wire.pool(), prepared_frames);
  if (flood == "pieces") return every_second_octet(wire, sockets.open_one(), prepared_frames / 4);
  const Flags flags{flood == "syn" ? Flags::syn : flood == "ack" ? Flags::ack : Flags::rst};
  return spoofed_segments(wire.pool(), flags, prepared_frames);
}

// Honest clients: each connects, is accepted, and closes.
class Honest {
 public:
  Honest(BenchWire& wire, BenchSockets& sockets) : wire_(wire), sockets_(sockets) {}

  void start() {
    ++started_;
    sockets_.connect(0);
  }
  void follow() {
    while (const std::optional<SocketEvent> event = wire_.client.next_event()) {
      if (event->readiness.has(Readiness::failed)) ++failed_;
      if (!event->readiness.has(Readiness::connected)) continue;
      ++connected_;
      wire_.client.close(event->socket, wire_.now());
    }
    while (const std::optional<SocketEvent> event = wire_.server.next_event()) {
      if (event->socket == sockets_.listener(0)) {
        while (wire_.server.accept(sockets_.listener(0), wire_.now())) {
        }
      } else if (event->readiness.has(Readiness::ended)) {
        wire_.server.close(event->socket, wire_.now());
      }
    }
  }
  std::uint64_t started() const { return started_; }
  std::uint64_t connected() const { return connected_; }
  bool are_all_decided() const { return connected_ + failed_ >= started_; }

 private:
  BenchWire& wire_;
  BenchSockets& sockets_;
  std::uint64_t started_ = 0, connected_ = 0, failed_ = 0;
};

class Flood {
 public:
  Flood(BenchWire& wire, BenchSockets& sockets, const std::string& name)
      : wire_(wire), honest_(wire, sockets), frames_(frames_of(name, wire, sockets)) {}

  void run(double seconds) {
    const Clock::time_point start = Clock::now();
    heap_before_ = heap_bytes();
    for (double passed = 0; passed < seconds; passed = seconds_since(start)) {
      for (int i = 0; i < 64; ++i) turn();
      most_heap_ = std::max(most_heap_, heap_bytes());
    }
    seconds_ = seconds_since(start);
    events_ = sent_;
    while (!honest_.are_all_decided() && seconds_since(start) < seconds_ + longest_wait) turn();
  }
  void tell(Figures& figures) const {
    figures["events_per_s"] = static_cast<double>(events_) / seconds_;
    figures["honest_success"] =
        static_cast<double>(honest_.connected()) / static_cast<double>(honest_.started());
    figures["honest_clients"] = honest_.started();
    figures["bytes_held"] = most_heap_ > heap_before_ ? most_heap_ - heap_before_ : 0;
    figures["bytes_out_per_byte_in"] =
        static_cast<double>(bytes_out_) / static_cast<double>(bytes_in_);
  }

 private:
  static constexpr double longest_wait = 10;  // seconds for the last honest clients

  void turn() {
    wire_.tick();
    burst_.clear();
    for (std::uint32_t i = 0; i < frames_at_once; ++i) {
      burst_.push_back(frames_[next_++ % frames_.size()]);
      bytes_in_ += burst_.back().bytes.size();
    }
    sent_ += frames_at_once;
    wire_.server.absorb(0, burst_, wire_.now());
    while (events_ == 0 && honest_.started() * frames_of_a_client < sent_) honest_.start();
    carry();
    honest_.follow();
  }
  // What the server says to strangers is counted and goes nowhere.
  void carry() {
    for (;;) {
      const bool is_forth = wire_.carry_forth();
      burst_.clear();
      wire_.server.emit(0, burst_, frames_at_once, wire_.now());
      if (burst_.empty() && !is_forth) return;
      std::erase_if(burst_, [this](const Frame& frame) {
        const bool is_for_strangers = frame.bytes.front()[ip_destination_at] == 198;
        if (is_for_strangers) bytes_out_ += frame.bytes.size();
        return is_for_strangers;
      });
      wire_.client.absorb(0, burst_, wire_.now());
    }
  }
  static constexpr std::size_t ip_destination_at = 14 + 16;

  BenchWire& wire_;
  Honest honest_;
  std::vector<Frame> frames_, burst_;
  std::size_t next_ = 0;
  std::uint64_t sent_ = 0, events_ = 0, bytes_in_ = 0, bytes_out_ = 0;
  std::uint64_t heap_before_ = 0, most_heap_ = 0;
  double seconds_ = 0;
};

}  // namespace

Figures bench_flood(const Workload& workload) {
  BenchWire wire{flood_settings(workload.flood)};
  BenchSockets sockets{wire, 1};
  (void)sockets.open_one();  // neighbours know each other
  Flood flood{wire, sockets, workload.flood};
  flood.run(workload.seconds);
  Figures figures{{"workload", workload.name}, {"flood", workload.flood}};
  flood.tell(figures);
  return figures;
}

}  // namespace acksu::tools
