// A small simulated network in which everything is recorded: hosts 10.0.0.1, 10.0.0.2, ... on
// cables, in virtual time.
#pragma once

#include <string>
#include <vector>

#include "sim/packet.h"
#include "sim/world.h"
#include "trace/recorder.h"

namespace acksu::tools {

class Stage : private sim::FrameWatcher {
 public:
  explicit Stage(std::uint64_t seed) : world_(seed) { world_.watch(this); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  static IpAddress address(sim::HostId id) {
    return IpAddress::v4(10, 0, 0, static_cast<std::uint8_t>(id + 1));
  }
  static MacAddress mac(sim::HostId id) {
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(id + 1)}};
  }
  // Settings of the host that add_host() makes next: one link eth0 to 10.0.0.0/24.
  HostSettings next_settings(const std::string& name) const;
  sim::HostId add_host(HostSettings settings);
  sim::HostId add_host(const std::string& name) { return add_host(next_settings(name)); }
  sim::CableId connect(sim::HostId a, sim::HostId b, const sim::DirectionSettings& both);
  // A column of the ladder for someone who is no host of the world.
  std::uint32_t add_stranger(const std::string& name, const std::string& address);

  // Lets `a` find the MAC address of `b`, forgets what was recorded, and counts time from here.
  void warm_up(sim::HostId a, sim::HostId b);
  // One more who sees every frame; null: nobody. Not owned.
  void watch(sim::FrameWatcher* watcher) { watcher_ = watcher; }
  void remark(const std::string& english, const std::string& korean);

  Host& host(sim::HostId id) { return world_.host(id); }
  sim::World& world() { return world_; }
  const sim::World& world() const { return world_; }
  trace::Recorder& recorder() { return recorder_; }
  const trace::Trace& trace() const { return recorder_.trace(); }
  Instant origin() const { return origin_; }
  // So long after the beginning.
  Instant at(Duration since) const { return origin_ + since; }

 private:
  void on_frame(Instant now, sim::Port port, Way way, const Frame& frame) override;
  void on_lost(Instant now, sim::Port port, const Frame& frame) override;

  sim::World world_;
  trace::Recorder recorder_;
  sim::FrameWatcher* watcher_ = nullptr;
  Instant origin_{};
};

}  // namespace acksu::tools
