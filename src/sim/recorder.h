// Watchers of a world: one keeps a digest of every frame with its time and place, one writes them
// down as a capture. Two runs are the same when their digests are.
#pragma once

#include <cstdint>
#include <vector>

#include "base/digest.h"
#include "sim/world.h"

namespace acksu::sim {

class FrameDigest final : public FrameWatcher {
 public:
  void on_frame(Instant now, Port port, Way way, const Frame& frame) override;
  std::uint64_t value() const { return digest_.value(); }
  std::uint64_t frames() const { return frames_; }

 private:
  Digest digest_;
  std::uint64_t frames_ = 0;
};

// A pcapng file with one interface for each first link of the world's hosts, by their names. Frames
// appear where they leave and where they arrive.
class Capture final : public FrameWatcher {
 public:
  explicit Capture(const World& world);
  void on_frame(Instant now, Port port, Way way, const Frame& frame) override;
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

// Tells several watchers.
class Watchers final : public FrameWatcher {
 public:
  void add(FrameWatcher* watcher) { watchers_.push_back(watcher); }
  void on_frame(Instant now, Port port, Way way, const Frame& frame) override {
    for (FrameWatcher* watcher : watchers_) watcher->on_frame(now, port, way, frame);
  }

 private:
  std::vector<FrameWatcher*> watchers_;
};

}  // namespace acksu::sim
