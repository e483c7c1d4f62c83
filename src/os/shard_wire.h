// The wires of several hosts that share their addresses (shards), each with its own thread: what
// comes by a device is steered, and what is for another shard goes to it through a ring.
//
// Either each shard has a device, a queue of the same card (then a frame goes through a ring only
// if the card has steered it otherwise), or the first one alone has, which carries all frames.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/spreader.h"
#include "os/bell.h"
#include "os/frame_ring.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"

namespace acksu::os {

// What they share: a ring from each to each, and a bell for each. Outlives the wires.
class ShardLines {
 public:
  // `has_device_each`: else the first shard's device carries the frames of all.
  ShardLines(std::uint32_t shards, bool has_device_each)
      : shards_(shards),
        has_device_each_(has_device_each),
        rings_(shards * shards),
        bells_(shards) {}

  std::uint32_t shards() const { return shards_; }
  bool has_device_each() const { return has_device_each_; }
  // One thread writes: `from`'s; one reads: `to`'s.
  FrameRing& ring(std::uint32_t from, std::uint32_t to) { return rings_[from * shards_ + to]; }
  Bell& bell(std::uint32_t shard) { return bells_[shard]; }
  void ring_all() {
    for (Bell& bell : bells_) bell.ring();
  }

 private:
  std::uint32_t shards_;
  bool has_device_each_;
  std::vector<FrameRing> rings_;
  std::vector<Bell> bells_;
};

class ShardWire final : public Wire {
 public:
  struct Place {
    ShardLines& lines;
    std::uint32_t number;  // of the shard
    Steering steering;
    LinkKind kind;
    std::uint32_t max_split_bytes = 0;  // of the first one's device; for those without
  };

  // `device`: this shard's own; null: the first shard's carries its frames. All other calls are
  // made by the shard's thread.
  ShardWire(const Place& place, std::unique_ptr<Wire> device, std::shared_ptr<BufferPool> pool);

  int descriptor() const override {
    return device_ ? waiting_.get() : lines_.bell(number_).descriptor();
  }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return device_ ? device_->failure() : failure_; }
  // The device's, where there is one.
  const WireCounters& counters() const override {
    return device_ ? device_->counters() : counters_;
  }
  std::uint32_t max_split_bytes() const override {
    return device_ ? device_->max_split_bytes() : max_split_bytes_;
  }

  // Frames that came by this shard's device and were another's; those that were lost because a ring
  // had no room.
  std::uint64_t passed_on() const { return passed_on_; }
  std::uint64_t lost() const { return lost_; }

 private:
  void take_from_device(std::vector<Frame>& frames, std::size_t most);
  bool take_from_rings(std::vector<Frame>& frames, std::size_t most);
  void give(std::uint32_t shard, const Frame& frame);
  void publish();
  bool send_for_others();
  void flush_others();
  void wait_for_room();

  ShardLines& lines_;
  std::uint32_t number_;
  Spreader spreader_;
  std::uint32_t max_split_bytes_;
  std::unique_ptr<Wire> device_;
  std::shared_ptr<BufferPool> pool_;
  UniqueDescriptor waiting_;      // an epoll(7) of the bell and the device
  std::vector<Frame> burst_;      // empty between calls; kept for its room
  std::vector<Steered> steered_;  // the same
  std::vector<Frame> of_others_;  // what the device has not taken: from `sent_` on
  std::size_t sent_ = 0;
  bool has_own_unsent_ = false;
  bool waits_for_room_ = false;  // of the device
  std::uint64_t passed_on_ = 0;
  std::uint64_t lost_ = 0;
  std::string failure_;  // none
  WireCounters counters_;
};

}  // namespace acksu::os
