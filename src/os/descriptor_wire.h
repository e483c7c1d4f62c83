// A wire over a file descriptor that keeps frames apart, one read or write each: a TAP device
// without packet information, or a message socket (SOCK_SEQPACKET, SOCK_DGRAM).
// Leaves out on purpose: offloads (see offload_wire.h); every frame is one packet of the wire's
// MTU.
#pragma once

#include <memory>

#include "base/buffer.h"
#include "os/unique_descriptor.h"
#include "os/wire.h"
#include "os/wire_outcome.h"

namespace acksu::os {

class DescriptorWire final : public Wire {
 public:
  // Takes the descriptor over and makes it non-blocking. `max_frame_bytes` is the largest frame
  // that will be passed on, Ethernet header included.
  DescriptorWire(UniqueDescriptor descriptor, std::uint32_t max_frame_bytes,
                 std::shared_ptr<BufferPool> pool);

  int descriptor() const override { return descriptor_.get(); }
  std::size_t receive(std::vector<Frame>& frames, std::size_t max_frames) override;
  std::size_t send(std::span<const Frame> frames) override;
  const std::string& failure() const override { return failure_; }
  const WireCounters& counters() const override { return counters_; }

 private:
  WireOutcome receive_one(std::vector<Frame>& frames);
  WireOutcome send_one(const Frame& frame);

  UniqueDescriptor descriptor_;
  std::uint32_t max_frame_bytes_;
  std::shared_ptr<BufferPool> pool_;
  std::string failure_;
  WireCounters counters_;
};

}  // namespace acksu::os
