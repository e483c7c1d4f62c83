// A model, not TCP: a server whose connections are open as soon as a SYN arrives, which is what a
// two-way handshake would mean. Built on raw segments, to show what the third one is good for.
#pragma once

#include <deque>

#include "tools/stage.h"

namespace acksu::tools {

struct TwoWaySettings {
  Duration delay = 10ms;                // of the network each way
  Duration first_syn_delay{};           // of the first SYN, more than that
  std::uint32_t greeting_bytes = 1000;  // its application sends these at once
};

// Stands where host 10.0.0.2 would: answers what leaves the link of host 0, which has no cable.
class TwoWayServer : private sim::FrameWatcher {
 public:
  // `column`: of the ladder.
  TwoWayServer(Stage& stage, std::uint32_t column, TwoWaySettings settings);
  TwoWayServer(const TwoWayServer&) = delete;
  TwoWayServer& operator=(const TwoWayServer&) = delete;
  ~TwoWayServer() { stage_.watch(nullptr); }

  void run_until(Instant until);
  std::uint32_t opened() const { return opened_; }
  std::uint64_t text_sent() const { return text_sent_; }

 private:
  struct Arrival {
    Instant at{};
    Frame frame;
  };

  void on_frame(Instant now, sim::Port port, Way way, const Frame& frame) override;
  void take(const Arrival& arrival);
  void on_syn(const sim::TcpPacket& packet, Instant now);
  void say(const sim::TcpPacket& to, Segment segment, Instant now);

  Stage& stage_;
  HostObserver* column_observer_;
  std::uint32_t column_;
  TwoWaySettings settings_;
  std::deque<Arrival> arrivals_;  // by time
  std::uint32_t syns_ = 0;
  std::uint32_t opened_ = 0;
  std::uint64_t text_sent_ = 0;
};

}  // namespace acksu::tools
