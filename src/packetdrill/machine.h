// The host under test in virtual time, with its sockets: packets go in, time passes, packets come
// out. Everything follows from the settings.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "api/posix_sockets.h"
#include "host/host.h"
#include "packetdrill/packet_bytes.h"
#include "trace/recorder.h"

namespace acksu::packetdrill {

class Machine {
 public:
  // Who is told after each instant at which something may have changed.
  using Awakened = std::function<void()>;

  explicit Machine(HostSettings settings);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Instant now() const { return now_; }
  Host& host() { return host_; }
  const Host& host() const { return host_; }
  posix::Sockets& sockets() { return sockets_; }
  const trace::Trace& trace() const { return recorder_.trace(); }
  void when_awakened(Awakened awakened) { awakened_ = std::move(awakened); }

  // A packet from the peer arrives.
  void inject(Bytes packet);
  // All that is due up to and at `until`; the clock then stands there.
  void run_until(Instant until);
  // The next instant at which something is due, if it is not after `limit`; else the clock stands
  // there. False: nothing is due before that.
  bool step(Instant limit);
  // Lets the host say what it has to say now. After each call.
  void speak();
  // What it said, and nobody has taken; the oldest first.
  std::deque<HeardPacket>& heard() { return heard_; }
  // Packets of the host go nowhere: a queue without room.
  void set_mute(bool is_mute) { is_mute_ = is_mute; }

 private:
  void hear(const Frame& frame);

  static constexpr Instant start{1s};

  trace::Recorder recorder_;
  HostObserver* peer_;
  std::shared_ptr<BufferPool> pool_;
  Host host_;
  posix::Sockets sockets_;
  Instant now_ = start;
  std::deque<HeardPacket> heard_;
  std::vector<Frame> frames_;  // empty between calls; kept for its room
  Awakened awakened_;
  bool is_mute_ = false;
};

}  // namespace acksu::packetdrill
